"""What must hold of a page of radmill report in headless Chromium, at the width of a telephone and of a desk: nothing to scroll
sideways, nothing in the console, no request but the page, every figure there and legible."""
import browser
from program import expect

WIDTHS = (360, 1280)
FIGURES = """[...document.querySelectorAll('figure svg')].map(s => {
    const box = s.getBoundingClientRect(), scale = box.width / s.viewBox.baseVal.width;
    const sizes = [...s.querySelectorAll('text')].filter(t => t.textContent.trim()).map(
        t => parseFloat(getComputedStyle(t).fontSize) * scale);
    const outside = [...s.querySelectorAll('text')].filter(t => t.textContent.trim()).filter(t => {
        const b = t.getBoundingClientRect();
        return b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1 || b.bottom > box.bottom + 1;
    }).map(t => t.textContent.trim());
    const texts = [...s.querySelectorAll('text')].filter(t => t.textContent.trim());
    const boxes = texts.map(t => t.getBoundingClientRect());
    const touching = texts.flatMap((t, i) => texts.slice(0, i).filter((u, j) =>
        Math.min(boxes[i].right, boxes[j].right) - Math.max(boxes[i].left, boxes[j].left) > 2 &&
        Math.min(boxes[i].bottom, boxes[j].bottom) - Math.max(boxes[i].top, boxes[j].top) > 5
        ).map(u => t.textContent.trim() + ' | ' + u.textContent.trim()));
    return {id: s.id, touching, width: box.width, height: box.height, smallest: Math.min(...sizes), outside,
            label: s.getAttribute('aria-label')};
})"""
IMAGES = """Promise.all([...document.querySelectorAll('image, img')].map(async e => {
    const image = new Image();
    image.src = e.getAttribute('href') || e.getAttribute('xlink:href') || e.getAttribute('src');
    try { await image.decode(); } catch (wrong) { return 0; }
    return image.naturalWidth;
}))"""
# What sticks out of the page, but for tables that scroll in a box of their own.
WIDE = """[...document.querySelectorAll('body *')].filter(e => !e.closest('.wide, svg') &&
    e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map(e => e.tagName + ' ' + e.textContent.slice(0, 40))"""


def look(viewer, path, width, least_letters, least_figures, least_pictures=0):
    page = browser.Page(viewer, path, width)
    expect(page.value("document.documentElement.scrollWidth") <= width,
           f"{width}: {page.value('document.documentElement.scrollWidth')} wide; {page.value(WIDE)[:3]}")
    figures = page.value(FIGURES)
    expect(len(figures) >= least_figures, f"{width}: {len(figures)} figures")
    for figure in figures:
        expect(figure["width"] > 0.8 * min(width - 40, 400) and figure["height"] > 60, f"{width}: {figure}")
        expect(figure["smallest"] >= least_letters, f"{width}: {figure['id']} has letters of {figure['smallest']} px")
        expect(figure["outside"] == [], f"{width}: {figure['id']} cuts {figure['outside']}")
        expect(figure["touching"] == [], f"{width}: {figure['id']}: one over the other: {figure['touching'][:3]}")
        expect(bool(figure["label"]), f"{width}: {figure['id']} has no label")
    pictures = page.value(IMAGES)
    expect(len(pictures) >= least_pictures and all(n > 0 for n in pictures), f"{width}: pictures of widths {pictures}")
    expect(page.value("document.scripts.length") == 0, f"{width}: a script")
    wide, high, share = browser.drawn(page.picture())
    expect(wide == width and high > 3000 and share > 0.01, f"{width}: a picture of {wide} x {high}, {share:.3f} drawn")
    expect(page.complaints() == [], f"{width}: {page.complaints()}")
    expect(len(page.requests()) == 1 and page.requests()[0].startswith("file:"), f"{width}: {page.requests()}")
