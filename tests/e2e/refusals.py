"""What a table does not bear is said in one sentence, before anything runs where that can be known, in failures.csv where it
hangs on a fold: too few of a class for the folds, features that do not vary, one centre alone, missing values, separated
classes, ids that do not match, and a new patient of a centre that the model has never seen.

Usage: refusals.py path/to/radmill
"""
import os
import random

from program import expect, finish, folder, run, save, table, write

STUDY = """
table: {name}.csv
patient: id
centre: centre
outcome: {{{outcome}}}
features: {{match: ["f*"], allow: [f2]}}
split: {{{split}}}
inner: {{kfold: {inner}}}
prepare: [{prepare}]
select: {{none: []}}
models: {{{models}}}
controls: {{permute: 0}}
{more}
"""


def cohort(n=40, n_positive=20, seed=2):
    draw = random.Random(seed)
    return [{"id": f"p{i:02d}", "centre": "AB"[i % 2], "y": int(i < n_positive),
             **{f"f{j}": f"{draw.gauss(j == 1 and i < n_positive, 1):.4f}" for j in range(5)}} for i in range(n)]


def change(rows, **columns):
    """The rows with columns by what a function makes of each row's number and itself."""
    return [{**row, **{name: make(i, row) for name, make in columns.items()}} for i, row in enumerate(rows)]


def sweep(where, name, rows, outcome="class: y", split="kfold: 5", inner=3, prepare="{scale: zscore}",
          models="logistic: {}", more=""):
    save(os.path.join(where, name + ".csv"), rows)
    path = write(os.path.join(where, name + ".yaml"), STUDY.format(
        name=name, outcome=outcome, split=split, inner=inner, prepare=prepare, models=models, more=more))
    return run("sweep", path, "--out", os.path.join(where, name))


def before_anything_runs(where):
    one_value = {f"f{j}": lambda i, row: "3" for j in range(5)}
    combat = "{combat: {batch: centre}}"
    grades = change(cohort(), y=lambda i, row: "low" if i < 18 else "mid" if i < 34 else "high")
    for name, rows, options, sentence in (
            ("outer", cohort(n_positive=3), {}, "split: class positive has 3 patients, fewer than there are folds (5)"),
            ("outer_negative", cohort(n_positive=36), {}, "class negative has 4 patients, fewer than there are folds (5)"),
            # 6 in 5 folds: the fold that holds two of them leaves 4
            ("inner", cohort(n_positive=6), {"inner": 5}, "inner: class positive has 4 patients to train on in repeat 1, "
             "fold 5, fewer than there are inner folds (5)"),
            ("inner_negative", cohort(n_positive=34), {"inner": 5}, "inner: class negative has 4 patients to train on"),
            ("inner_grades", grades, {"inner": 5, "outcome": "classes: y", "models": "knn: {}"},
             "inner: class high has 4 patients to train on"),
            ("centre", change(cohort(), y=lambda i, row: int(i < 20 and row["centre"] == "A" or i < 2)),
             {"split": "leave_out: centre"}, "split: centre A leaves 1 positive and 19 negative patients to train on"),
            ("constant", change(cohort(), **one_value), {}, "each of the 5 features has one value alone in all 40 patients"),
            ("constant_gaps", change(cohort(), **{f"f{j}": lambda i, row: "3" if i % 2 else "" for j in range(5)}),
             {"prepare": "{impute: median}"}, "each of the 5 features has one value alone"),
            ("alone", change(cohort(), centre=lambda i, row: "A"), {"prepare": combat},
             "combat: all 40 patients are of centre A; at least two were expected"),
            ("small_centre", change(cohort(), centre=lambda i, row: "B" if i in (5, 6) else "A"), {"prepare": combat},
             "rows of centre B to train on; combat takes 3 or more, or none"),
            ("one_left", cohort(), {"prepare": "{combat: {batch: centre, unseen: pass}}", "split": "leave_out: centre"},
             "alone to train on; combat takes two or more"),
            ("no_values", change(cohort(), f3=lambda i, row: ""), {},
             "f3 is missing of 40 patients, and "),
            ("one_missing", change(cohort(), f3=lambda i, row: "" if i == 3 else row["f3"]), {"prepare": "{scale: zscore}"},
             "f3 is missing of 1 patient, and "),
            ("missing_pairs", change(cohort(), f3=lambda i, row: "" if i == 3 else row["f3"]),
             {"prepare": "{redundancy: {cutoff: 0.9}}"}, "f3 is missing of 1 patient, and redundancy takes no missing value"),
            ("missing_pca", change(cohort(), f3=lambda i, row: "" if i == 3 else row["f3"]), {"prepare": "{pca: {k: 2}}"},
             "f3 is missing of 1 patient, and pca takes no missing value"),
            ("missing_clean", change(cohort(), f3=lambda i, row: "" if i == 3 else row["f3"]), {"prepare": "{clean: constant}"},
             "f3 is missing of 1 patient, and "),
            ("nowhere", change(cohort(), centre=lambda i, row: "" if i == 3 else row["centre"]), {"prepare": combat},
             "patient p03 has no centre")):
        done = sweep(where, name, rows, **options)
        expect(done.returncode == 2 and sentence in done.stderr and done.stderr.count("\n") == 1,
               f"{name}: expected «{sentence}»: {done.returncode} {done.stderr}")
        expect(not os.path.exists(os.path.join(where, name)), f"{name}: nothing is written")


def what_nothing_reads(where):
    """Settings without the one beside which they mean something."""
    for name, models, sentence in (("l1_ratio", "logistic: {penalty: l1, l1_ratio: [0.1, 0.5]}", "logistic: an l1_ratio is given, which"),
                                   ("c", "logistic: {penalty: none, C: [0.1, 1]}", "logistic: a C is given, which nothing reads"),
                                   ("shrinkage", "lda: {shrinkage: 0.2}", "lda: a shrinkage is given, which nothing reads: solver: ")):
        done = sweep(where, name, cohort(), models=models)
        expect(done.returncode == 2 and sentence in done.stderr, f"{name}: {done.returncode} {done.stderr}")
    done = sweep(where, "read", cohort(), models="lda: {solver: shrinkage, shrinkage: [0.2, 0.4]}")
    expect(done.returncode == 0, f"shrinkage that is read: {done.returncode} {done.stderr}")


def in_the_folds(where):
    """Status 1, and the sentence in failures.csv."""
    apart = change(cohort(), f2=lambda i, row: f"{(2 * row['y'] - 1) * (1 + i % 7)}")
    done = sweep(where, "separated", apart, models="logistic: {penalty: none}")
    expect(done.returncode == 1, f"separated: status {done.returncode} {done.stderr}")
    said = {row["sentence"] for row in table(os.path.join(where, "separated", "failures.csv"))}
    sentence = "the classes are separated (completely): plain logistic regression has no finite estimate; a penalty gives one"
    expect(any(sentence in text for text in said), f"separated: expected «{sentence}»: {said}")
    expect("failed; the first: " in done.stdout and sentence in done.stdout, f"separated: the summary says why: {done.stdout}")
    done = sweep(where, "ridge", apart, models="logistic: {penalty: l2, C: [1, 1000]}")
    expect(done.returncode == 0, f"a ridge parts separated classes: {done.returncode} {done.stderr}")
    expect(float(table(os.path.join(where, "ridge", "leaderboard.csv"))[0]["auc"]) == 1.0, "and parts them wholly")
    done = sweep(where, "imputed", change(cohort(), f3=lambda i, row: ""), prepare="{impute: median}")
    expect(done.returncode == 0, f"a column without a value is left out by impute: {done.stderr}")


def ids_that_do_not_match(where):
    use = "clinical: {file: clinical.csv, by: id, use: [age]}"
    path = os.path.join(where, "clinical.csv")
    save(path, [{"id": f"q{i}", "age": 30 + i} for i in range(40)])
    done = sweep(where, "no_id", cohort(), more=use, prepare="{impute: median}")
    expect(done.returncode == 2 and "no id of clinical.csv is a patient of no_id.csv: the first are \"q0\" and \"p00\""
           in done.stderr, f"no id matches: {done.returncode} {done.stderr}")
    save(path, [{"id": f"p{i:02d}" if i >= 2 else f"P{i}", "age": 30 + i * 7 % 20} for i in range(70)])
    done = sweep(where, "some_ids", cohort(), more=use, prepare="{impute: median}")
    expect(done.returncode == 0 and "\n2 patients of the table are not in the clinical file: p00, p01\n" in done.stdout,
           f"those of the table are counted and listed: {done.stdout}")
    expect("\n32 patients of the clinical file are not in the table: P0, P1, p40, " in done.stdout
           and ", p57 and 12 others\n" in done.stdout, f"and those of the file: {done.stdout}")


def a_centre_that_is_new_to_the_model(where):
    new = change(cohort(12, 6, 5), centre=lambda i, row: "Z" if i < 11 else "A")
    save(os.path.join(where, "new.csv"), new)
    for unseen, status in (("refuse", 2), ("pass", 0), ("own", 0)):
        done = sweep(where, "unseen_" + unseen, cohort(), prepare=f"{{combat: {{batch: centre, unseen: {unseen}}}}}")
        expect(done.returncode == 0, f"unseen {unseen}: {done.stderr}")
        csv = os.path.join(where, unseen + ".csv")
        done = run("score", os.path.join(where, "unseen_" + unseen, "model.json"), os.path.join(where, "new.csv"), "--csv",
                   csv)
        expect(done.returncode == status, f"scored with unseen {unseen}: {done.returncode} {done.stderr}")
        expect(("Z" in done.stderr and done.stderr.count("\n") == 1) if status else len(table(csv)) == 12,
               f"scored with unseen {unseen}: {done.stdout} {done.stderr}")


def what_is_read_is_not_written_over(where):
    here = os.path.join(where, "own")
    os.makedirs(here)
    done = sweep(here, "features", cohort())  # leaves features/model.json
    model, csv, yaml = (os.path.join(here, name) for name in ("features/model.json", "features.csv", "features.yaml"))
    new = os.path.join(here, "new.csv")
    save(new, cohort(20, 10, 7))
    before = {name: open(name).read() for name in (model, csv, yaml, new)}
    for arguments in (["score", model, new, "--csv", new], ["score", model, new, "--csv", model],
                      ["select", yaml, "--csv", csv], ["select", yaml, "--csv", yaml],
                      ["sweep", yaml, "--out", here, "--fresh"], ["validate", model, csv, "--outcome", "y", "--out", here]):
        done = run(*arguments)
        expect(done.returncode == 2 and "is read here" in done.stderr, f"{arguments}: {done.returncode} {done.stderr}")
    done = run("validate", model, new, "--outcome", "y", "--out", os.path.join(here, "features"))
    expect(done.returncode == 2 and "the folder of a sweep" in done.stderr, f"over a sweep: {done.returncode} {done.stderr}")
    expect(all(open(name).read() == text for name, text in before.items()), "all of them are as they were")


def separators_and_recoded_outcomes(where):
    path = os.path.join(where, "semi.csv")
    rows = cohort()
    save(path, rows)
    with open(path) as file:
        text = file.read()
    for separator, word in ((";", "semicolons"), ("\t", "tabs")):
        done = sweep(where, "cut", rows)
        write(os.path.join(where, "cut.csv"), text.replace(",", separator))
        done = run("sweep", os.path.join(where, "cut.yaml"), "--explain")
        expect(done.returncode == 2 and word in done.stderr and "commas were expected" in done.stderr, f"{word}: {done.stderr}")
    again = change(rows, yn=lambda i, row: "yes" if row["y"] else "no")
    done = sweep(where, "again", again, prepare="{combat: {batch: centre, covariates: [yn]}}, {scale: zscore}")
    expect(done.returncode == 2 and "yn is the outcome in other words" in done.stderr, f"recoded: {done.stderr}")


def main():
    with folder() as where:
        before_anything_runs(where)
        what_is_read_is_not_written_over(where)
        separators_and_recoded_outcomes(where)
        what_nothing_reads(where)
        in_the_folds(where)
        ids_that_do_not_match(where)
        a_centre_that_is_new_to_the_model(where)
    finish("refusals")


main()
