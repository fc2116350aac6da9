"""A sweep whose names are as bad as names can be, and its report: what the tests of radmill report share."""
import os
import random
import shutil
import sys

import sweep_cases
from program import expect, run, save

GNUPLOT = shutil.which("gnuplot")
# Markup, quotes of every kind, commands of shell and gnuplot, format letters, line feeds, letters from beyond ASCII, and
# characters that a figure's script uses itself.
NAMES = ["<script>alert(1)</script>", "a\"b'c", "two\nlines", "M\u00fcller \u65e5\u672c", "$(touch INJECTED)",
         "`touch INJECTED`", "'; system('touch INJECTED'); #", "EOD\nset output 'INJECTED'", "%s%n%d", "a,b;c|d\\n",
         "\U000f0001\u2800x", "&lt;b&gt; &amp;", "<img src=x onerror=alert(1)>", "</svg></figure>", "{/*2 big}", "@x^2_y",
         "--help", "../../etc", "x" * 300, "title=\"\" onload=\"y"]
CENTRES = {"A": "<b>A</b> & \"co\"", "B": "B'; set print '-'\n", "C": "\u00c7 {/Bold x}"}
FEATURES = {"f02": "f<02>&\"'", "f05": "f05\\n{/=30 @x}", "f03": "f03 `id` $(id)"}


def need_gnuplot():
    if not GNUPLOT:
        print("gnuplot is not installed (Debian: gnuplot-nox)")
        sys.exit(77)


def rows(seed=3, n=72):
    """The cohort of sweep_cases with other names."""
    found = sweep_cases.cohort(seed, n, 12)
    names = sorted({row["id"] for row in found})
    random.Random(seed).shuffle(names)
    renamed = dict(zip(names, NAMES))
    return [{FEATURES.get(key, key): value for key, value in row.items()} |
            {"id": renamed.get(row["id"], row["id"]), "centre": CENTRES[row["centre"]].strip()} for row in found]


def sweep(where, **options):
    """A finished sweep in where/sweep."""
    path = sweep_cases.study(where, "study", rows(), **{"permute": 5, **options})
    done = run("sweep", path, "--out", os.path.join(where, "sweep"), ranks=2)
    expect(done.returncode == 0, f"sweep: {done.returncode} {done.stderr}")
    return os.path.join(where, "sweep")


def report(folder, out, *more, **options):
    done = run("report", folder, "--out", out, *more, **options)
    expect(done.returncode == 0, f"report: {done.returncode} {done.stderr}")
    return out


__all__ = ["NAMES", "CENTRES", "FEATURES", "need_gnuplot", "report", "rows", "save", "sweep"]
