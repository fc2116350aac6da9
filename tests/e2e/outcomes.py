"""A study that lists several outcomes: each is what the sweep of it alone is, none is a feature of another, one that fails
does not hinder the others, a killed run goes on in the right one, and outcomes.csv adjusts the p of all.

Usage: outcomes.py path/to/radmill
"""
import os
import random
import shutil
import time

from program import content, expect, finish, folder, kill_all, run, save, start, table, write

STUDY = """
table: t.csv
clinical: {{file: c.csv, by: id, use: [age]}}
patient: id
centre: centre
outcome: {outcome}
features: {{match: ["{match}"]}}
split: {{kfold: 4, repeats: {repeats}, seed: 3}}
inner: {{kfold: 3{inner}}}
prepare: [{{impute: median}}, {{scale: zscore}}]
select: {{filter: [{{univariate: {{test: anova, k: 3}}}}], none: []}}
models: {models}
controls: {{permute: {permute}}}
"""
LISTED = "[{class: y}, {value: v}, {classes: grade, name: Grade}]"
MODELS = {"logistic": "{C: [0.1, 1]}", "linear": "{lambda: [0.1, 1]}", "knn": "{}"}


def cohort(where, n=60):
    """f1 tells y, f2 tells v, f3 tells the grade; y, v, grade and rare also stand in the table, under names that a pattern
    for features may match. One has no y, two no v."""
    draw = random.Random(4)
    rows, clinical = [], []
    for i in range(n):
        f = [draw.gauss(0, 1) for _ in range(6)]
        y = i % 2
        f[1] += 1.2 * y
        known = {"y": "" if i == 3 else y, "v": "" if i in (5, 9) else f"{2 * f[2] + draw.gauss(0, 1):.3f}",
                 "grade": 1 + (f[3] > -0.5) + (f[3] > 0.5), "rare": int(i < 3)}
        rows.append({"id": f"p{i:02d}", "centre": draw.choice("ABC"), **{f"f{j}": f"{f[j]:.4f}" for j in range(6)},
                     **{"in_" + name: value for name, value in known.items()}, "In_Other": known["rare"]})
        clinical.append({"id": f"p{i:02d}", "age": 40 + draw.randrange(30), **known})
    save(os.path.join(where, "t.csv"), rows)
    save(os.path.join(where, "c.csv"), clinical)


def study(where, name, outcome, models=MODELS, match="f*", inner="", permute=9, repeats=2, edit=lambda text: text):
    models = "{" + ", ".join(f"{key}: {models[key]}" for key in models) + "}"
    return write(os.path.join(where, name + ".yaml"), edit(STUDY.format(
        outcome=outcome, match=match, inner=inner, permute=permute, repeats=repeats, models=models)))


def files(out):
    """All but times and the journal, whose records stand in the order of their arrival."""
    return {os.path.relpath(os.path.join(at, name), out): content(os.path.join(at, name))
            for at, _, names in os.walk(out) for name in names if os.path.basename(at) != "run"}


def adjusted(p):
    """Benjamini and Hochberg 1995: the least p n / rank over this and all larger ones, at most 1."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    q, least = [0.0] * len(p), 1.0
    for place in reversed(range(len(p))):
        least = min(least, p[order[place]] * len(p) / (place + 1))
        q[order[place]] = least
    return q


def each_is_as_if_alone(where):
    out = os.path.join(where, "all")
    done = run("sweep", study(where, "all", LISTED), "--out", out, ranks=2)
    expect(done.returncode == 0, f"three outcomes: {done.returncode} {done.stderr}")
    for sentence in ("left out: 1 patients without an outcome", "left out: 2 patients without an outcome",
                     "never features, being other outcomes: v, grade",
                     "left out, being for another kind of outcome: linear", "Benjamini"):
        expect(sentence in done.stdout, f"expected «{sentence}»: {done.stdout}")
    expect(sorted(os.listdir(out)) == ["Grade", "outcomes.csv", "v", "y"], f"a folder an outcome: {os.listdir(out)}")
    rows = table(os.path.join(out, "outcomes.csv"))
    expect([(row["outcome"], row["column"], row["kind"], row["patients"], row["without_outcome"], row["metric"])
            for row in rows] == [("y", "y", "two classes", "59", "1", "auc"), ("v", "v", "a number", "58", "2", "r2"),
                                 ("Grade", "grade", "several classes", "60", "0", "auc")], f"outcomes.csv: {rows}")
    for row in rows:
        board = table(os.path.join(out, row["outcome"], "leaderboard.csv"))[0]
        expect((row["mean"], row["permutation_p"]) == (board[row["metric"]], board["permutation_p"]),
               f"{row} is not what the leaderboard says: {board}")
    p, q = ([float(row[key]) for row in rows] for key in ("permutation_p", "q"))
    expect(all(abs(a - b) < 1e-15 for a, b in zip(q, adjusted(p))), f"p {p} were adjusted to {q}")

    kinds = {"y": ("{class: y}", ("logistic", "knn")), "v": ("{value: v}", ("linear", "knn")),
             "Grade": ("{classes: grade}", ("knn",))}
    for name, (outcome, models) in kinds.items():
        alone = os.path.join(where, "alone_" + name)
        path = study(where, "alone_" + name, outcome, {model: MODELS[model] for model in models})
        done = run("sweep", path, "--out", alone, "--quiet")
        expect(done.returncode == 0, f"{name} alone: {done.stderr}")
        expect(files(alone) == files(os.path.join(out, name)), f"{name} in a list differs from {name} alone")
        expect(len(files(alone)) >= 9, f"files of a single outcome: {sorted(files(alone))}")


def a_time_among_them(where):
    """Two columns are one outcome: what is listed is what the sweep of the time alone is, and of the class alone."""
    draw = random.Random(6)
    rows = table(os.path.join(where, "c.csv"))
    save(os.path.join(where, "timed.csv"),
         [dict(row, months=repr(draw.expovariate(0.1)), dead=int(draw.random() < 0.7)) for row in rows])
    timed = lambda text: text.replace("c.csv", "timed.csv").replace("filter: [{univariate: {test: anova, k: 3}}], ", "")
    models = {"logistic": "{C: 1}", "cox": "{choose: given, lambda: [0.05, 0.2]}"}
    time, out = "{time: months, event: dead%s}", os.path.join(where, "timed")
    done = run("sweep", study(where, "timed", f"[{{class: y}}, {time % ', name: death'}]", models, edit=timed), "--out", out)
    expect(done.returncode == 0, f"with a time: {done.returncode} {done.stderr}")
    rows = table(os.path.join(out, "outcomes.csv"))
    expect([(row["outcome"], row["column"], row["metric"]) for row in rows] ==
           [("y", "y", "auc"), ("death", "months", "c-index")], f"with a time: {rows}")
    for name, outcome, model in (("y", "{class: y}", "logistic"), ("death", time % "", "cox")):
        alone = os.path.join(where, "timed_" + name)
        done = run("sweep", study(where, "timed_" + name, outcome, {model: models[model]}, edit=timed), "--out", alone, "-q")
        expect(done.returncode == 0, f"{name} alone: {done.stderr}")
        expect(files(alone) == files(os.path.join(out, name)), f"{name} beside a time differs from {name} alone")


def features_of(out):
    return {row["feature"] for row in table(os.path.join(out, "features.csv"))}


def no_outcome_is_a_feature(where):
    outcome = "[{class: in_y}, {value: in_v}, {class: in_other}]" # the column's name has capitals
    path = study(where, "wide", outcome, match="*", permute=0)
    done = run("sweep", path, "--out", os.path.join(where, "wide"))
    expect(done.returncode == 1 and "outcome in_other is left out" in done.stderr, f"wide: {done.stderr}")
    expect("neither p nor q" in done.stdout, "without permutations this is said")
    done = run("sweep", path, "--out", os.path.join(where, "wide"), "--resume", "--failed-status", "65", ranks=2)
    expect(done.returncode == 65, f"another status: {done.returncode} {done.stderr}")
    for row in table(os.path.join(where, "wide", "outcomes.csv")):
        expect(row["permutation_p"] == row["q"] == "", f"without permutations: {row}")
    for name in ("in_y", "in_v"): # in_grade and in_rare are features: no one says that they are outcomes
        expect(features_of(os.path.join(where, "wide", name)) ==
               {"f0", "f1", "f2", "f3", "f4", "f5", "in_grade", "in_rare", "age"}, f"{name}: features "
               f"{sorted(features_of(os.path.join(where, 'wide', name)))}")
    replace = lambda old, new: lambda text: text.replace(old, new)
    combat = "prepare: [{combat: {batch: centre, covariates: [%s]}}, "
    for number, (edit, sentence) in enumerate([
            (replace("use: [age]", "use: [age, v]"), "use: v is the outcome v, which no step may know"),
            (replace("use: [age]", "use: [age, V]"), "use: V is the outcome v"),
            (replace("prepare: [", combat % "grade"), "grade is another outcome"),
            (replace("prepare: [", combat % "GRADE"), "covariates: GRADE is the outcome grade"),
            (replace("centre: centre", "centre: grade"), "grade is the outcome grade"),
            (replace("{value: v}", "{value: w}"), "has a column \"w\"")]):
        done = run("sweep", study(where, f"used{number}", LISTED, edit=edit), "--out", os.path.join(where, "used"))
        expect(done.returncode == 2 and sentence in done.stderr and done.stderr.count("\n") == 1,
               f"expected «{sentence}»: {done.returncode} {done.stderr}")
        expect(not os.path.exists(os.path.join(where, "used")), f"{sentence}: nothing is written")


def one_that_fails_hinders_no_other(where):
    path = study(where, "fails", "[{class: rare}, {class: y}]", {"logistic": "{}"})
    done = run("sweep", path, "--out", os.path.join(where, "fails"), "--quiet")
    sentence = "class positive has 3 patients, fewer than there are folds (4)"
    expect(done.returncode == 1 and "outcome rare" in done.stderr and sentence in done.stderr,
           f"a rare class: {done.returncode} {done.stderr}")
    rows = table(os.path.join(where, "fails", "outcomes.csv"))
    expect(rows[0]["mean"] == rows[0]["permutation_p"] == rows[0]["q"] == "" and sentence in rows[0]["why"],
           f"the row of what failed: {rows[0]}")
    expect(rows[1]["why"] == "" and rows[1]["q"] == rows[1]["permutation_p"] != "", f"the other's row: {rows[1]}")
    explained = run("sweep", path, "--explain")
    expect(explained.returncode == 1 and sentence in explained.stderr and "=== y" in explained.stdout,
           f"--explain: {explained.returncode} {explained.stderr}")
    done = run("sweep", study(where, "none", "[{class: rare}]", {"logistic": "{}"}), "--out", os.path.join(where, "none"))
    expect(done.returncode == 2 and not os.path.exists(os.path.join(where, "none")), f"none is left: {done.stderr}")


def what_is_wrong_is_said(where):
    for number, (outcome, options, sentence) in enumerate([
            (LISTED, {"inner": ", metric: auc"}, "metric: auc does not fit the outcome v (a number); without"),
            (LISTED, {"inner": ", metric: r2"}, "metric: r2 does not fit the outcome y (two classes)"),
            ("[{class: y}, {class: rare}]", {}, "linear cannot be fitted"),
            ("[{class: y}, {classes: grade}]", {"models": {"logistic": "{}"}}, "no model can be fitted to the outcome grade"),
            ("[{class: y}, {value: Y}]", {}, "Y is listed twice"),
            ("[{class: y, name: a/b}]", {}, "cannot be a folder's name"),
            ("[]", {}, "an empty list"),
            ("{class: y, name: z}", {}, "there is no list")]):
        done = run("sweep", study(where, f"wrong{number}", outcome, **options), "--explain")
        expect(done.returncode == 2 and sentence in done.stderr, f"expected «{sentence}»: {done.returncode} {done.stderr}")
    done = run("select", study(where, "select", LISTED), "--select", "filter", "--csv", os.path.join(where, "s.csv"))
    expect(done.returncode == 2 and "lists 3 outcomes" in done.stderr, f"select: {done.stderr}")


def a_killed_run_goes_on_in_the_right_one(where):
    path = study(where, "long", LISTED, permute=60, repeats=4)
    whole, out = os.path.join(where, "whole"), os.path.join(where, "killed")
    done = run("sweep", path, "--out", whole, "--quiet", ranks=2)
    expect(done.returncode == 0, f"undisturbed: {done.stderr}")
    journal, board = os.path.join(out, "v", "run", "journal"), os.path.join(out, "v", "leaderboard.csv")
    for _ in range(5):  # on a machine that is busy elsewhere the run may end before this script has its turn
        shutil.rmtree(out, ignore_errors=True)
        process = start("sweep", path, "--out", out, "--quiet", ranks=2)
        while process.poll() is None and (not os.path.exists(journal) or os.path.getsize(journal) < 20000):
            time.sleep(0.001)
        kill_all(process)
        if not os.path.exists(board):
            break
    expect(os.path.exists(journal) and not os.path.exists(board), "it was killed while the second outcome was computed")
    refused = run("sweep", path, "--out", out, "--quiet")
    expect(refused.returncode == 3 and "--resume" in refused.stderr, f"without --resume: {refused.stderr}")
    done = run("sweep", path, "--out", out, "--resume", "--quiet", ranks=3)
    expect(done.returncode == 0, f"resumed: {done.returncode} {done.stderr}")
    expect(files(out) == files(whole), "a killed and resumed run differs from an undisturbed one")


def main():
    with folder() as where:
        cohort(where)
        each_is_as_if_alone(where)
        a_time_among_them(where)
        no_outcome_is_a_feature(where)
        one_that_fails_hinders_no_other(where)
        what_is_wrong_is_said(where)
        a_killed_run_goes_on_in_the_right_one(where)
    finish("outcomes")


main()
