"""An HTML page taken apart: what the tests of radmill report share."""
import html.parser

from program import expect

VOID = {"meta", "link", "br", "img", "input", "hr"}
ALLOWED = {"html", "head", "meta", "link", "title", "style", "body", "section", "h1", "h2", "h3", "p", "div", "span", "b",
           "br", "nav", "a", "ol", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "pre",
           "code", "svg", "g", "path", "circle", "rect", "text", "tspan", "use", "defs", "polygon", "image", "filter",
           "feflood", "fecomposite", "symbol", "lineargradient", "stop", "clippath", "polyline", "line", "pattern"}


class Structure(html.parser.HTMLParser):
    """Elements closed as they were opened, of known kinds, without handlers; names and texts kept."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.texts, self.n = [], [], [], [], {}

    def handle_starttag(self, tag, attributes):
        expect(tag in ALLOWED, f"<{tag}> on the page")
        self.n[tag] = self.n.get(tag, 0) + 1
        for name, value in attributes:
            expect(not name.startswith("on"), f"{name}=\"{value}\"")
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src", "xlink:href") and not value.startswith(("#", "data:")):
                self.links.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        expect(self.open and self.open[-1] == tag, f"</{tag}> where {self.open[-1:]} is open")
        if self.open:
            self.open.pop()

    def handle_data(self, data):
        self.texts.append(data)


def read_page(path):
    with open(path, encoding="utf-8") as file:
        page = Structure()
        page.feed(file.read())
    expect(page.open == [], f"left open: {page.open}")
    return page
