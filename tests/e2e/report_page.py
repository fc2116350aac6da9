"""The pages of radmill report in headless Chromium, on a telephone and on a desk (look.py). Names are those of
report_cases."""
import os
import sys

import browser
from look import WIDTHS, look
from program import content, expect, finish, folder
from report_cases import need_gnuplot, of_images, report, survival, sweep

if not browser.CHROMIUM:
    print("chromium is not installed (Debian: chromium)")
    sys.exit(77)

need_gnuplot()
with folder() as where:
    pdf = os.path.join(where, "a #page%20.pdf")
    out = report(sweep(where), os.path.join(where, "report.html"), "--pdf", pdf)
    expect(content(pdf).startswith(b"%PDF-") and len(content(pdf)) > 50000, "the PDF")
    of_images(where)
    survival(where)
    report(os.path.join(where, "survive"), os.path.join(where, "survival.html"), "--png", os.path.join(where, "png"))
    made = {name[:-4]: browser.drawn(content(os.path.join(where, "png", name))) for name in os.listdir(os.path.join(where, "png"))}
    expect({"kaplan_meier_1", "forest", "subgroups", "cutpoint_1", "nomogram"} <= set(made), f"pictures: {sorted(made)}")
    for name, (wide, high, share) in made.items():
        expect(wide == 1760 and high > 400 and share > 0.002, f"{name}.png: {wide} x {high}, {share:.3f} drawn")
    report(os.path.join(where, "times"), os.path.join(where, "times.html"))
    with browser.Browser() as viewer:
        for width, least in zip(WIDTHS, (7, 9)):
            look(viewer, out, width, least, 10)
            look(viewer, os.path.join(where, "images.html"), width, least, 10, 1)
            look(viewer, os.path.join(where, "survival.html"), width, least, 9)
            look(viewer, os.path.join(where, "times.html"), width, least, 3)
finish("report_page")
