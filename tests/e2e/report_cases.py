"""A sweep whose names are as bad as names can be, and its report: what the tests of radmill report share."""
import os
import pathlib
import random
import shutil
import sys

import sweep_cases
from program import expect, run, save, table, write

GNUPLOT = shutil.which("gnuplot")
# Markup, quotes of every kind, commands of shell and gnuplot, format letters, line feeds, letters from beyond ASCII, and
# characters that a figure's script uses itself.
NAMES = ["<script>alert(1)</script>", "a\"b'c", "two\nlines", "M\u00fcller \u65e5\u672c", "$(touch INJECTED)",
         "`touch INJECTED`", "'; system('touch INJECTED'); #", "EOD\nset output 'INJECTED'", "%s%n%d", "a,b;c|d\\n",
         "\U000f0001\u2800x", "&lt;b&gt; &amp;", "<img src=x onerror=alert(1)>", "</svg></figure>", "{/*2 big}", "@x^2_y",
         "--help", "../../etc", "x" * 300, "title=\"\" onload=\"y"]
CENTRES = {"A": "<b>A</b> & \"co\"", "B": "B'; set print '-'\n", "C": "\u00c7 {/Bold x}"}
FEATURES = {"f02": "f<02>&\"'", "f05": "f05\\n{/=30 @x}", "f03": "f03 `id` $(id)"}
ORACLE = pathlib.Path(__file__).resolve().parent.parent / "oracle"
# Names of columns and values of a cohort with times.
NASTY = {"f00": "f<00>&\"' {/Bold x}", "f03": "EOD set output 'INJECTED'",
         "female": "<b>f</b>", "male": "m\"'`id`"}
SURVIVE = """table: features.csv
clinical: {file: clinical.csv, by: id, use: [age, sex, stage]}
patient: id
outcome: {time: months, event: dead}
features: {match: ["f*", "EOD*"]}
survive:
  cox: ["f<00>&\\"' {/Bold x}", f01, age, sex]
  groups: ["f<00>&\\"' {/Bold x}", stage, sex]
  times: [12, 24, 36]
  nomogram: true
  cutpoint: ["f<00>&\\"' {/Bold x}", age]
  compare: {base: [age, sex], with: ["f<00>&\\"' {/Bold x}"], reclassification: {time: 24, cuts: [0.5], resamples: 50}}
  subgroups: {of: "f<00>&\\"' {/Bold x}", by: [sex, stage]}
"""
TIMES = """table: features.csv
clinical: {file: clinical.csv, by: id, use: [age]}
patient: id
centre: centre
outcome: {time: months, event: dead}
features: {match: ["f*", "EOD*"]}
split: {kfold: 3, seed: 3}
inner: {kfold: 3}
prepare: [{impute: median}, {scale: zscore}]
select: {all: [], lasso: [{lasso: {kfold: 4}}]}
models: {cox: {penalty: [lasso], choose: given, lambda: [0.03, 0.3]}}
controls: {permute: 3}
"""


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


def of_images(where):
    """where/images.html, the report of a sweep of where/images.h5ad, in whose cohort two cases fail; the cohort's other
    rows."""
    run("phantom", "--patients", "40", "--centres", "2", "--seed", "3", "--out", os.path.join(where, "phantom"))
    cohort = table(os.path.join(where, "phantom", "cohort.csv"))
    lost = dict(cohort[0], ID="lost <i>", Image="images/no<b>.nii.gz")
    save(os.path.join(where, "phantom", "more.csv"), [*cohort, lost, dict(cohort[1], ID="label", Label="77")])
    write(os.path.join(where, "p.yaml"), "imageType: {Original: {}}\nfeatureClass: {shape: , firstorder: [Mean, Entropy]}\n"
                                         "setting: {binWidth: 25}\n")
    done = run("extract", os.path.join(where, "phantom", "more.csv"), "--params", os.path.join(where, "p.yaml"), "--out",
               os.path.join(where, "images.h5ad"), "--csv", os.path.join(where, "images.csv"))
    expect(done.returncode == 1, f"extract: {done.returncode} {done.stderr}")
    study = write(os.path.join(where, "images.yaml"), """
table: {file: images.h5ad, rows: {timepoint: 1, reader: 1}}
patient: ID
clinical: {file: phantom/clinical.csv, by: id, use: [age]}
centre: centre
outcome: {class: y}
split: {kfold: 3, seed: 1}
inner: {kfold: 3}
prepare: [{clean: {}}, {combat: {batch: centre}}, {scale: zscore}]
select: {none: []}
models: {logistic: {C: [0.1]}}
controls: {permute: 0}
""")
    done = run("sweep", study, "--out", os.path.join(where, "of_images"))
    expect(done.returncode == 0, f"sweep of images: {done.returncode} {done.stderr}")
    report(os.path.join(where, "of_images"), os.path.join(where, "images.html"), "--features",
           os.path.join(where, "images.h5ad"))
    return cohort


def survival(where):
    """where/survive of `radmill survive` and where/times of a sweep, of one cohort with times; its rows."""
    rows = table(ORACLE / "survive_table.csv")
    features = [key for key in rows[0] if key.startswith("f")]
    rows = [{NASTY.get(key, key): NASTY.get(value, value) for key, value in row.items()} for row in rows]
    names = ["id", "centre", *[NASTY.get(f, f) for f in features]]
    save(os.path.join(where, "features.csv"), [{key: row[key] for key in names} for row in rows])
    clinical = ("id", "age", "sex", "stage", "months", "dead")
    save(os.path.join(where, "clinical.csv"), [{key: row[key] for key in clinical} for row in rows])
    for verb, study, out in (("survive", SURVIVE, "survive"), ("sweep", TIMES, "times")):
        done = run(verb, write(os.path.join(where, f"{out}.yaml"), study), "--out", os.path.join(where, out), "-q")
        expect(done.returncode == 0, f"{verb}: {done.returncode} {done.stderr}")
    return rows


__all__ = ["NAMES", "CENTRES", "FEATURES", "GNUPLOT", "NASTY", "ORACLE", "need_gnuplot", "of_images", "report", "rows", "save",
           "survival", "sweep"]
