"""What radmill says before it runs a study that could only fail, of results that mean less than they look like, and of
files that are not what they seem: the reason, and what to do."""
import os

from program import content, expect, finish, folder, run, save, table, write
from sweep_cases import cohort

STUDY = """
table: t.csv
patient: id
outcome: {{class: y, positive: yes}}
features: {{match: ["f0*", "f1*"]}}
split: {split}
inner: {inner}
prepare: [{{impute: median}}, {{scale: zscore}}]
select: {select}
models: {{logistic: {{}}}}
controls: {{permute: {permute}, baselines: false}}
"""


def study(where, rows, split="{column: fold}", inner="{kfold: 3}", select="{none: []}", permute=0, save_rows=True):
    if save_rows:
        save(os.path.join(where, "t.csv"), rows)
    return write(os.path.join(where, "study.yaml"),
                 STUDY.format(split=split, inner=inner, select=select, permute=permute))


def patients(n=60):
    """One row a patient, with inner folds 0, 1, 2 for every outer one."""
    rows = [row for row in cohort(n=n) if row["reader"] == "1"]
    return [{**row, "fold": str(i % 3), **{f"inner_{k}": "-1" if i % 3 == k else str(i // 3 % 3) for k in range(3)}}
            for i, row in enumerate(rows)]


def broken_inner_folds(where):
    """Given inner folds by which nothing can be fitted or judged are refused before anything runs."""
    rows = patients()
    given = '{column: "inner_{fold}"}'
    held = lambda row, k: row[f"inner_{k}"] == "-1"
    change = lambda k, new: [row if held(row, k) else {**row, f"inner_{k}": new(row)} for row in rows]
    whole = run("sweep", study(where, rows, inner=given), "--explain")
    expect(whole.returncode == 0, f"folds that are right: {whole.stderr}")
    for name, data, sentence in (
            ("one", change(0, lambda row: "0"), "inner_0: all 40 patients to train on in fold 0 have the fold 0"),
            ("gap", change(1, lambda row: str(2 * int(row["inner_1"]))), "nobody to train on in fold 1 has the fold 1"),
            ("from 1", change(1, lambda row: str(1 + int(row["inner_1"]))),
             "inner_1: nobody to train on in fold 1 has the fold 0; folds numbered from 0 on"),
            ("none", change(2, lambda row: "-1"), "inner_2: all patients to train on in fold 2 have -1"),
            ("huge", change(2, lambda row: "1000000"), "nobody to train on in fold 2 has the fold 0"),
            ("empty", change(2, lambda row: "" if row["id"] == rows[3]["id"] else row["inner_2"]),
             f'inner_2 of patient {rows[3]["id"]} is ""; a fold number was expected'),
            ("class", change(0, lambda row: "1" if row["y"] == "yes" else row["inner_0"]),
             "inner_0: fold 0 of fold 0 holds out"),
            ("other class", change(0, lambda row: "0" if row["y"] == "yes" else str(int(row["id"][1:]) % 2)),
             "patients of one outcome alone")):
        done = run("sweep", study(where, data, inner=given), "--explain")
        expect(done.returncode == 2 and sentence in done.stderr and done.stderr.count("\n") == 1,
               f"{name}: expected «{sentence}», found {done.returncode} {done.stderr}")


def what_stands_in_cells(where):
    """Words for missing values give what empty cells give; a decimal comma is told, in quotes or between semicolons."""
    rows = patients()
    results = {}
    for word in ("", "-", " - ", "N/A", "."):
        lacking = [{**row, "f01": word if i % 7 == 0 else row["f01"], "y": word if i == 5 else row["y"]}
                   for i, row in enumerate(rows)]
        out = os.path.join(where, "word")
        done = run("sweep", study(where, lacking, split="{kfold: 3}"), "--out", out, "--quiet", "--fresh")
        expect(done.returncode == 0, f"«{word}»: {done.stderr}")
        results[word] = content(os.path.join(out, "predictions.csv")) if done.returncode == 0 else b""
    expect(len(set(results.values())) == 1, "missing values by whatever word: the same predictions")
    refused = lambda: run("sweep", os.path.join(where, "study.yaml"), "--explain")
    study(where, [{**row, "f01": row["f01"].replace(".", ",")} for row in rows])
    done = refused()
    expect(done.returncode == 2 and f'f01 is "{rows[0]["f01"].replace(".", ",")}", a number with a decimal point was expected'
           in done.stderr, f"quoted decimal comma: {done.stderr}")
    text = content(os.path.join(study(where, rows) and where, "t.csv")).decode()
    write(os.path.join(where, "t.csv"), text.replace(",", ";").replace(".", ","))
    done = refused()
    expect(done.returncode == 2 and "line 1: columns are separated by semicolons, and numbers have a decimal comma ("
           in done.stderr and "cells" not in done.stderr, f"semicolons and decimal commas: {done.stderr}")


def another_study_in_the_folder(where):
    """--resume in a folder of another study: each difference once, with its place, and what to do."""
    select = "{a: [{forest: {k: 5, trees: %d}}, {rfe: {model: forest, trees: %d, to: 3}}]}"
    out = os.path.join(where, "resumed")
    done = run("sweep", study(where, patients(), split="{kfold: 3}", select=select % (10, 10)), "--out", out, "--quiet")
    expect(done.returncode == 0, f"forests: {done.stderr}")
    done = run("sweep", study(where, patients(), split="{kfold: 3}", select=select % (12, 10)), "--out", out, "--resume")
    expect(done.returncode == 3 and done.stderr.count("10 there, 12 now") == 1
           and "; select a.forest.trees: 10 there, 12 now. --fresh replaces that run, another --out" in done.stderr,
           f"another study: {done.returncode} {done.stderr}")


def what_means_little(where):
    """Selections that keep nothing, folds without a metric and limits that leave nothing out are told where they act."""
    rows = patients()
    out = os.path.join(where, "little")
    path = study(where, rows, split="{kfold: 3}", select="{all: [{mrmr: {k: 40}}, {rfe: {to: 3}}], "
                 "nothing: [{univariate: {max_p: 1e-30}}], few: [{univariate: {k: 3}}, {mrmr: {k: 3}}]}")
    for done, will in ((run("sweep", path, "--explain"), "will leave none out: at most %d come to it"),
                       (run("sweep", path, "--out", out), "left none out: at most %d came to it in any split")):
        expect(done.returncode == 0 and "\nall: mrmr, told to keep 40 features, " + will % 15 in done.stdout
               and "\nfew: mrmr, told to keep 3 features, " + will % 3 in done.stdout
               and done.stdout.count("none out") == 2, f"limits: {done.stdout} {done.stderr}")
    expect("\nnothing kept no feature in 3 of 3 splits and says the same of every patient there: no interval, no p\n"
           in done.stdout and "all kept no" not in done.stdout, f"nothing is kept: {done.stdout}")
    board = {row["pipeline"]: row for row in table(os.path.join(out, "leaderboard.csv"))}
    empty = board["nothing/logistic"]
    expect([empty[k] for k in ("kept_none", "auc", "auc_low", "auc_high", "p_vs_chosen")] == ["3", "0.5", "", "", ""]
           and board["few/logistic"]["kept_none"] == "0" and board["few/logistic"]["auc_low"] != "", f"board: {empty}")
    path = study(where, rows, split="{kfold: 3}", select="{nothing: [{univariate: {max_p: 1e-30}}]}")
    done = run("sweep", path, "--out", out, "--fresh")
    expect('\n"chosen" kept no feature in 3 of 3 splits' in done.stdout
           and "0 features: it says the same of every patient" in done.stdout, f"nothing else: {done.stdout}")

    # What an earlier step leaves out is known only where it has run; how many rfe keeps by folds of its own is not said.
    thin = [{**row, "f01": "1", "f02": "2"} for row in rows]
    path = study(where, thin, split="{kfold: 3}", select="{a: [{clean: constant}, {mrmr: {k: 14}}, {rfe: {to: 2, kfold: 3}}, "
                 "{univariate: {k: 9}}]}")
    done = run("sweep", path, "--explain")
    expect("none out" not in done.stdout, f"not known yet: {done.stdout}")
    done = run("sweep", path, "--out", out, "--fresh")
    expect("\na: mrmr, told to keep 14 features, left none out: at most 13 came to it" in done.stdout, f"thin: {done.stdout}")

    # Leave-one-out: no AUC of one patient, but a pooled one. Two of three folds are whole: said of the third.
    for fold, n, of in ((lambda i, row: str(i), 60, 60), (lambda i, row: "0" if row["y"] == "yes" and i < 30 else str(1 + i % 2), 1, 3)):
        path = study(where, [{**row, "fold": fold(i, row)} for i, row in enumerate(rows)])
        for done in (run("sweep", path, "--explain"), run("sweep", path, "--out", out, "--fresh")):
            expect(f"\n{n} of {of} splits hold out patients of one outcome alone and have no auc" in done.stdout,
                   f"one outcome: {done.stdout} {done.stderr}")
    done = run("sweep", study(where, rows), "--out", out, "--fresh")
    expect(not any(word in done.stdout for word in ("one outcome alone", "kept no", "none out")), f"nothing to say: {done.stdout}")


def main():
    with folder() as where:
        broken_inner_folds(where)
        what_stands_in_cells(where)
        another_study_in_the_folder(where)
        what_means_little(where)
    finish("advice")


main()
