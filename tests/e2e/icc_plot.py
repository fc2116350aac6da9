"""radmill icc --plot: a figure that is an SVG by itself, whose bands count what the table holds, whatever names are like."""
import collections
import os
import random
import re
import subprocess
import xml.etree.ElementTree as tree

from program import ENVIRONMENT, RADMILL, content, expect, finish, folder, run, save, table
from report_cases import need_gnuplot

BANDS = {"poor": (float("-inf"), 0.5), "moderate": (0.5, 0.75), "good": (0.75, 0.9), "excellent": (0.9, float("inf"))}
COLUMN = "<b>reader</b> & 'time' `touch INJECTED`"


def readings(n=25, p=40):
    draw = random.Random(8)
    true = [[draw.gauss(0, 1) for _ in range(p)] for _ in range(n)]
    return [{"id": f"p{i:02d}", COLUMN: reader, "flat": "1",
             **{f"f{j:02d}": repr(true[i][j] + draw.gauss(0, j / 20)) for j in range(p)}}
            for i in range(n) for reader in "ABC"]


def figure(where):
    path, out, plot = (os.path.join(where, name) for name in ("in.csv", "icc.csv", "icc.svg"))
    save(path, readings())
    command = ["icc", path, "--over", COLUMN, "--patient", "id", "--match", "f*", "--csv", out, "--plot", plot]
    done = run(*command, cwd=where)
    expect(done.returncode == 0 and plot in done.stdout, f"--plot: {done.returncode} {done.stderr}")
    expect(not os.path.exists(os.path.join(where, "INJECTED")), "a column's name was run")
    root = tree.fromstring(content(plot).decode())
    words = " ".join("".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text"))
    expect(root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("viewBox"), f"an SVG by itself: {root.tag}")
    values = [float(row["icc"]) for row in table(out) if row["icc"]]
    for word, (low, high) in BANDS.items():
        n = sum(low <= value < high for value in values)
        expect(f"{word}: {n}" in words, f"{n} features are {word}: {words}")
    for text in ("40 features, by coefficient", "ICC(2,1) with 95 % limits", COLUMN + ": 3 readings of 25 patients"):
        expect(re.sub(r"\s+", "", text) in re.sub(r"\s+", "", words), f"{text}: {words}")
    before = content(plot)
    run(*command, cwd=where)
    expect(content(plot) == before, "the same readings give another figure")
    done = run(*command, "--form", "3,k", "--level", "0.9")
    expect(b"ICC(3,k) with 90" in content(plot), f"another form: {done.stderr}")


def texts(plot):
    root = tree.fromstring(content(plot).decode())
    return re.sub(r"\s+", "", " ".join("".join(e.itertext()) for e in root.iter("{http://www.w3.org/2000/svg}text")))


def borders(where):
    """No coefficient, one of -Inf, limits below the picture, a feature with fewer patients: counted, and said."""
    path, out, plot = (os.path.join(where, name) for name in ("in.csv", "icc.csv", "icc.svg"))
    rows = readings()
    for k, row in enumerate(rows):
        row["even"] = repr(float("ABC".index(row[COLUMN])))  # every patient has the mean 1: ICC(1,k) is -Inf
        if k == 4:
            row["f02"] = ""
    save(path, rows)
    done = run("icc", path, "--over", COLUMN, "--patient", "id", "--match", "f*", "--match", "even", "--csv", out, "--plot", plot,
               "--form", "1,k", "--level", "0.9")
    expect(done.returncode == 0, f"borders: {done.returncode} {done.stderr}")
    of = {row["feature"]: row for row in table(out)}
    number = {name: tuple(float(row[key]) if row[key] else float("nan") for key in ("icc", "lower")) for name, row in of.items()}
    expect(number["even"][0] == float("-inf") and of["flat"]["icc"] == "", f"{of['even']} {of['flat']}")
    below = sum(value < -0.5 or lower < -0.5 for value, lower in number.values())
    said = texts(plot)
    expect(below > 1, f"{below} go on below: nothing is tested")
    for words in (f"{below} go on below", "ICC(1,k) with 90 % limits", "41 features, by coefficient; 1 without one left out",
                  "3 readings of 24 to 25 patients", f"poor: {sum(value < 0.5 for value, _ in number.values())}", "by estimate"):
        expect(words.replace(" ", "") in said, f"{words}: {said}")
    drawn = collections.Counter(re.findall(r"<use xlink:href='(#[^']*)'", content(plot).decode()))
    expect(max(drawn.values()) == 41, f"41 points, that of -Inf on the border: {drawn}")
    done = run("icc", path, "--over", COLUMN, "--patient", "id", "--match", "f00", "--match", "f01", "--match", "f03", "--csv", out,
               "--plot", plot)
    said = texts(plot)
    expect(done.returncode == 0 and "below" not in said and "0.5" in said and "1.5" not in said and "2.5" not in said,
           f"a tick between two features: {said}")
    root = tree.fromstring(content(plot).decode())
    ticks = {"".join(e.itertext()).strip() for e in root.iter("{http://www.w3.org/2000/svg}text")}
    expect({"1", "2", "3"} <= ticks, f"a tick a feature: {ticks}")


def what_is_said(where):
    path, out, plot = (os.path.join(where, name) for name in ("in.csv", "icc.csv", "icc.svg"))
    save(path, readings())
    command = ["icc", path, "--over", COLUMN, "--patient", "id", "--csv", out]
    for extra, code, sentence in ((["--match", "flat", "--plot", plot], 2, "no feature has a coefficient to draw"),
                                  (["--match", "f*", "--plot", path], 2, "read here"),
                                  (["--match", "f*", "--plot", out], 2, "the file of a table"),
                                  (["--match", "f*", "--forms", out], 2, "two were expected"),
                                  (["--match", "f*", "--plot", where + "/./icc.csv"], 2, "is the file of --csv")):
        done = run(*command, *extra)
        expect(done.returncode == code and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    done = subprocess.run([RADMILL, *command, "--match", "f*", "--plot", plot], capture_output=True, text=True,
                          env=dict(ENVIRONMENT, PATH=os.path.join(where, "nothing")))
    expect(done.returncode == 3 and "gnuplot-nox" in done.stderr, f"without gnuplot: {done.returncode} {done.stderr}")
    expect(not os.path.exists(plot) and os.path.exists(out), "the table is there, the figure is not")


need_gnuplot()
with folder() as where:
    figure(where)
with folder() as where:
    borders(where)
with folder() as where:
    what_is_said(where)
finish("icc plot")
