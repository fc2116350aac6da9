#!/usr/bin/env python3
"""Names that would like to be something else: a path out of the folder, a command, an escape sequence, a formula, a line of
a table. They come back from every table as they were; nothing is written but what was asked for, and nothing is run.

Usage: names.py path/to/radmill
"""
import csv
import json
import os
import pty
import random

import nifti
from program import ENVIRONMENT, RADMILL, SIZE, expect, finish, folder, image_voxels, mask_voxels, run, table, write

SPACING = (1.0, 1.25, 2.5)
# Each may be a file's name (no slash, at most 255 bytes).
FILES = ["a b", " lead", 'quote"s', "single'q", "new\nline", "cr\rx", "tab\tx", "$(touch owned)", "`touch owned`", ";touch owned;",
         "| touch owned", "&& touch owned", "ünïcödé 漢字 🙂", "=1+1", "=cmd|' C calc'!A0", "@SUM(A1)", "+1+1", "-1+1", "\x1b[31mred",
         "\x1b]0;title\x07", "\x7fdel", "\u009b31m", "-rf", "--help", "%s%n%d", "back\\slash", "a,b", ";", "<script>alert(1)", "&amp;",
         "x" * 240, "*?[a]", "..", "...", "~", "#hash", "null", "NaN", "True", "{fold}", "a|1"]
# And these a case's alone.
IDS = FILES + ["../../up", "../up.nii", "/etc/passwd", "a/b", ".", "y" * 4096, "é" * 2048, "<b onmouseover=\"x('y')\">"]
FORMULAS = ("=1+1", "=cmd|' C calc'!A0", "@SUM(A1)", "+1+1", "-1+1", "-rf", "--help")


def everything(where):
    """Every path below, itself not counted."""
    return {os.path.relpath(os.path.join(at, name), where) for at, folders, files in os.walk(where) for name in folders + files}


def save(path, rows):
    """A CSV with every cell in quotes: white space at its ends is dropped from one without."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    return path


def cells(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def on_a_terminal(*arguments):
    """What a terminal is sent on stdout."""
    parent, child = pty.openpty()
    pid = os.fork()
    if pid == 0:
        os.dup2(child, 1)
        os.close(parent)
        os.execve(RADMILL, [RADMILL, *arguments], ENVIRONMENT)
    os.close(child)
    said = b""
    while True:
        try:
            piece = os.read(parent, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    os.close(parent)
    os.waitpid(pid, 0)
    return said.decode("utf-8", "replace").replace("\r\n", "\n")


def is_tame(text):
    return all(c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f") for c in text)


def cohort(where):
    """Rows of sound cases and of cases whose image is not there."""
    inputs = os.path.join(where, "in")
    os.mkdir(inputs)
    for name in FILES:
        nifti.write(os.path.join(inputs, name + ".nii"), "int16", SIZE, SPACING, image_voxels(0))
    nifti.write(os.path.join(inputs, "mask.nii"), "uint8", SIZE, SPACING, mask_voxels())
    row = lambda name, image, note: {"ID": name, "Image": image, "Mask": "in/mask.nii", "Label": "1", "Note, \"said\"": note}
    sound = [row(name, f"in/{name}.nii" if name in FILES else "in/a b.nii", name) for name in IDS]
    absent = [row("no " + name, f"in/no {name}.nii", "") for name in FILES + ["../up", "z" * 5000]]
    return save(os.path.join(where, "cohort.csv"), sound + absent), sound, absent


def extract(where):
    path, sound, absent = cohort(where)
    work, out = os.path.join(where, "work"), os.path.join(where, "out")
    os.mkdir(work)
    os.mkdir(out)
    before = everything(where)
    for ranks in (1, 2):
        done = run("extract", path, "--out", os.path.join(out, "f.h5ad"), "--csv", os.path.join(out, "f.csv"), "--fresh",
                   ranks=ranks, cwd=work)
        expect(done.returncode == 1, f"status 1 on {ranks} ranks: {done.returncode} {done.stderr}")
        new = everything(where) - before
        allowed = {"out/f.h5ad", "out/f.csv", "out/f.h5ad.run"} | {"out/f.h5ad.run/" + name for name in (
            "journal", "log", "lock", "failures.csv", "warnings.csv", "timings.csv")}
        expect(new <= allowed, f"nothing else was written: {sorted(new - allowed)}")
        rows = table(os.path.join(out, "f.csv"))
        expect([{k: r[k] for k in sound[0]} for r in rows] == sound, f"names come back as they were on {ranks} ranks")
        failures = table(os.path.join(out, "f.h5ad.run", "failures.csv"))
        expect([(f["ID"], f["Image"]) for f in failures] == [(r["ID"], r["Image"]) for r in absent], "those of failures, too")
        for failure in failures:
            text = failure["sentence"]
            expect(is_tame(text) and "\n" not in text and len(text.encode()) < 1024, f"a sentence on one line: {text!r}")
            expect("no such file" in text or "File name too long" in text, f"which says what is wrong: {text!r}")
            expect(where not in text or len(failure["Image"]) > 1000, f"no absolute path: {text!r}")
        timings = table(os.path.join(out, "f.h5ad.run", "timings.csv"))
        expect([t["ID"] for t in timings] == [r["ID"] for r in sound + absent], "and of timings")
        with open(os.path.join(out, "f.h5ad.run", "log"), encoding="utf-8") as log:
            lines = log.read().split("\n")[:-1]
        expect(all(line[:2] == "20" for line in lines), "every line of the log begins with its date")
    return path, os.path.join(out, "f.h5ad")


def looked_at(where):
    path, features = extract(where)
    for arguments in (("info", features), ("info", "--failures", features), ("check", path)):
        piped = run(*arguments)
        expect(piped.returncode in (0, 1) and piped.stdout, f"{arguments[0]}: {piped.returncode} {piped.stderr}")
        shown = on_a_terminal(*arguments)
        expect(shown.count("\n") == piped.stdout.count("\n") and is_tame(shown), f"{arguments[0]}: what a terminal is sent")
    failures = run("info", "--failures", features).stdout.split("\n")
    expect(sum(line.startswith("  no ") for line in failures) == len(FILES) + 2, f"a line a failure: {len(failures)}")
    said = run("check", path).stdout
    for name in FORMULAS:
        expect(f"begins as a spreadsheet's formula does: {name}" in said, f"check says that {name!r} is a formula")
    expect(said.count("spreadsheet's formula does") == 2 * len(FORMULAS) , # as ID and as Note
           f"and of nothing else: {said.count(chr(39) + 's formula does')}")


def formulas(where):
    """Cells that a spreadsheet would compute are told once, by extract, by every share and by merge, and stay as they are."""
    nifti.write(os.path.join(where, "i.nii"), "int16", SIZE, SPACING, image_voxels(0))
    nifti.write(os.path.join(where, "m.nii"), "uint8", SIZE, SPACING, mask_voxels())
    link = '=HYPERLINK("http://a.b/?"&A1,"open")'
    rows = [{"ID": name, "Image": "i.nii", "Mask": "m.nii", "Note": note}
            for name, note in (("plain", "-1.5"), ("second", "+1"), (link, "@SUM(A1)"), ("last", "-"))]
    cohort = save(os.path.join(where, "c.csv"), rows)
    said = f"c.csv: 2 cells begin as a spreadsheet's formula does, and the tables have them as written; the first: line 4, case {link}, column ID: {link}\n"
    out, csv_file = os.path.join(where, "f.h5ad"), os.path.join(where, "f.csv")
    done = run("extract", cohort, "--out", out, "--csv", csv_file)
    expect(done.returncode == 0 and done.stderr.count("formula") == 1 and done.stderr.endswith(said), f"extract: {done.stderr}")
    expect([(r["ID"], r["Note"]) for r in table(csv_file)] == [(r["ID"], r["Note"]) for r in rows], "as they were")
    for share in ("1/2", "2/2"):
        done = run("extract", cohort, "--out", os.path.join(where, "g.h5ad"), "--share", share)
        expect(done.returncode == 0 and done.stderr.endswith(said), f"share {share}: {done.stderr}")
    done = run("merge", os.path.join(where, "g.h5ad"), "--csv", os.path.join(where, "g.csv"))
    expect(done.returncode == 0 and done.stderr.count("formula") == 1 and done.stderr.endswith(said), f"merge: {done.stderr}")
    save(cohort, rows[:2])
    done = run("extract", cohort, "--out", out, "--fresh")
    expect(done.returncode == 0 and "formula" not in done.stderr, f"numbers are none: {done.stderr}")


STUDY = """
table: table.csv
patient: "patient, \\"who\\""
outcome: {outcome}
features: {{match: ["f*"]}}
split: {{kfold: 3, seed: 5}}
inner: {{kfold: 3}}
select: {{"a/../../b": [{{univariate: {{k: 2}}}}]}}
models: {{logistic: {{C: [0.1, 1]}}}}
controls: {{permute: 0}}
report: {{file: told.csv, by: feature, columns: ["=icc, \\"x\\""]}}
"""
FEATURES = ["f../../up", "f,\"1\"", "f\nline", "f=1+1", "f$(touch owned)", "f\x1b[31m", "f<script>", "f" + "w" * 300]


def patients():
    """The hostile names and as many plain ones, with an outcome that the features tell in part."""
    draw, rows = random.Random(3), []
    for i, name in enumerate(name for name in [*dict.fromkeys(IDS), *(f"plain {k}" for k in range(60))]
                             if name not in ("NaN", "null", ".")):  # which are missing values there
        y = i * 7 % 5 < 2
        rows.append({'patient, "who"': name, "y": "=yes" if y else "-no", "grade": "=yes" if i * 3 % 7 < 3 else "-no",
                     **{f: repr(draw.gauss(0, 1) + (0.9 * y if k < 3 else 0)) for k, f in enumerate(FEATURES)}})
    return rows


def sweep_and_score(where):
    rows = patients()
    names = [row['patient, "who"'] for row in rows]
    save(os.path.join(where, "table.csv"), rows)
    save(os.path.join(where, "told.csv"), [{"feature": f, "=icc, \"x\"": "0.5"} for f in FEATURES])
    work = os.path.join(where, "work")
    os.mkdir(work)
    for name in ("../up", "a/b", "..", "/abs", ".hidden", "run"):
        bad = write(os.path.join(where, "bad.yaml"), STUDY.format(
            outcome=f"[{{class: y, positive: \"=yes\", name: \"{name}\"}}, {{class: grade, positive: \"=yes\"}}]"))
        done = run("sweep", bad, "--out", os.path.join(where, "bad"), cwd=work)
        expect(done.returncode == 2 and "cannot be a folder's name" in done.stderr, f"outcome {name}: {done.stderr}")
    study = write(os.path.join(where, "study.yaml"), STUDY.format(
        outcome="[{class: y, positive: \"=yes\", name: \"$(touch owned)\"}, {class: grade, positive: \"=yes\", name: \"a b'c\\\"d\"}]"))
    before, out = everything(where), os.path.join(where, "swept")
    done = run("sweep", study, "--out", out, "--quiet", cwd=work, ranks=2)
    expect(done.returncode == 0, f"sweep: {done.returncode} {done.stderr}")
    new = everything(where) - before
    expect(all(path == "swept" or path.startswith("swept/") for path in new), f"nothing outside: {sorted(new)[:5]}")
    expect(sorted(os.listdir(out)) == ["$(touch owned)", "a b'c\"d", "outcomes.csv"], f"a folder each: {os.listdir(out)}")
    swept = os.path.join(out, "$(touch owned)")
    for name in (n for n in os.listdir(swept) if n.endswith(".csv")):
        widths = {len(row) for row in cells(os.path.join(swept, name))}
        expect(len(widths) == 1, f"{name}: as many cells in every row: {widths}")
    predictions = table(os.path.join(swept, "predictions.csv"))
    column = next(key for key, value in predictions[0].items() if value in names)
    expect({row[column] for row in predictions} == set(names), "every patient is found again in predictions.csv")
    model = os.path.join(swept, "model.json")
    with open(model, encoding="utf-8") as file:
        features = list(json.load(file)["features"])
    expect(features and set(features) <= set(FEATURES), f"model.json has the features by their names: {features}")
    before, scores = everything(where), os.path.join(where, "scores.csv")
    done = run("score", model, os.path.join(where, "table.csv"), "--csv", scores, cwd=work)
    expect(done.returncode == 0, f"score: {done.returncode} {done.stderr}")
    expect(everything(where) - before == {"scores.csv"}, f"score writes one file: {everything(where) - before}")
    expect([row[0] for row in cells(scores)[1:]] == names or {row[0] for row in cells(scores)[1:]} == set(names),
           "and names every patient as the table does")


def filtered(where):
    """An image's name is no part of what is written, and one that looks like an option is still a file."""
    work, out = os.path.join(where, "work"), os.path.join(where, "out")
    os.mkdir(work)
    for name in ("$(touch owned)", "-rf", "new\nline", "=1+1"):
        nifti.write(os.path.join(work, name + ".nii"), "int16", SIZE, SPACING, image_voxels(0))
        before = everything(where)
        done = run("filter", "--out", out, "--", name + ".nii", cwd=work)
        new = everything(where) - before
        expect(done.returncode == 0 and new <= {"out", "out/preprocessed.nii.gz"}, f"{name!r}: {done.stderr} {new}")


if __name__ == "__main__":
    for test in (looked_at, formulas, sweep_and_score, filtered):
        with folder() as where:
            test(where)
    finish("names")
