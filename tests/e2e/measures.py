"""The measures of a sweep's tables, worked through here from predictions.csv: of all patients and of each centre, a repeat at a
time and on average over repeats; of two classes with calibration.csv and decision_curve.csv, of several, and of a number. A
patient with several rows counts once. The working itself is held against R and scikit-learn where the reference is present."""
import csv
import json
import math
import os
import random

from program import expect, finish, folder, run, table, write
from worked import (auc_delong, chi_square_upper, close, hosmer_lemeshow, log_loss, logistic_fit, net_benefit, pearson,
                    ranks, rates)

SHARED = os.environ.get("RADMILL_SHARED") or os.path.join(os.environ.get("RADMILL_SOURCE", "."), "..", "shared")
STUDY = """
table: table.csv
clinical: {{file: clinical.csv, by: id, use: [age]}}
patient: id
rois: separate
centre: centre
outcome: {outcome}
features: {{match: ["f*"]}}
split: {{kfold: 4, repeats: 2, seed: 3}}
inner: {{kfold: 3{inner}}}
prepare: [{{scale: zscore}}]
select: {{all: []}}
models: {models}
controls: {{permute: 0}}
"""


def cohort(outcome, n=120, seed=9):
    """Every third patient has two rows; centre D has patients without the event alone. outcome: of (class, noise)."""
    draw = random.Random(seed)
    rows, patients = [], []
    for i in range(n):
        centre = "ABCD"[i % 4]
        code = 0 if centre == "D" else draw.randrange(3)
        y = outcome(code, draw)
        for _ in range(1 + (i % 3 == 0)):
            rows.append({"id": f"p{i:03d}", "centre": centre, "y": y,
                         **{f"f{j}": repr(draw.gauss(0.7 * code * (j < 2), 1)) for j in range(4)}})
        patients.append({"id": f"p{i:03d}", "age": repr(60 + 9 * draw.gauss(0, 1) + 4 * code)})
    return rows, patients


def sweep(where, name, outcome, values, models, inner=""):
    """The folder of a finished sweep, the study's centre of each patient, and what it printed."""
    here = os.path.join(where, name)
    os.makedirs(here)
    rows, patients = cohort(values)
    for file, records in (("table.csv", rows), ("clinical.csv", patients)):
        with open(os.path.join(here, file), "w", newline="") as out:
            writer = csv.DictWriter(out, records[0].keys())
            writer.writeheader()
            writer.writerows(records)
    study = STUDY.format(outcome=outcome, models=models, inner=inner)
    done = run("sweep", write(os.path.join(here, "study.yaml"), study), "--out", os.path.join(here, "out"))
    expect(done.returncode == 0, f"{name}: {done.returncode} {done.stderr}")
    lines = done.stdout.split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith("Pipeline"))
    widest = max(lines[first:next(i for i, line in enumerate(lines) if line.startswith("p: against"))], key=len)
    expect(len(widest) <= 100, f"{name}: a line of {len(widest)}: {widest}")
    return os.path.join(here, "out"), {row["id"]: row["centre"] for row in rows}, done.stdout


def mean(values):
    """Over those that are defined."""
    there = [v for v in values if math.isfinite(v)]
    return sum(there) / len(there) if there else math.nan


def repeats_of(predictions, pipeline, keep=lambda row: True):
    return [[row for row in predictions if row["pipeline"] == pipeline and row["repeat"] == repeat and keep(row)]
            for repeat in "12"]


def average(measure, repeats):
    """Each measure's mean over the repeats."""
    each = [measure(rows) for rows in repeats]
    return {name: mean([one[name] for one in each]) for name in each[0]}


def compare(out, centres, measure_of, metric, counts):
    """leaderboard.csv and centres.csv against the measures of the held-out patients together, by a pipeline's measure."""
    predictions = table(os.path.join(out, "predictions.csv"))
    board = table(os.path.join(out, "leaderboard.csv"))
    expect(any(row["control"] == "yes" for row in board) and board[0]["pipeline"] == "chosen", "controls and chosen are there")
    for row in board:
        repeats = repeats_of(predictions, row["pipeline"])
        expect(all(sorted(r["id"] for r in rows) == sorted(centres) for rows in repeats),
               f"{row['pipeline']}: every patient is held out once a repeat, with one score")
        for name, value in average(measure_of(row["pipeline"]), repeats).items():
            close(row[metric + "_pooled" if name == metric else name], value, f"{row['pipeline']}: {name}", 1e-6)
    found = table(os.path.join(out, "centres.csv"))
    expect(len(found) == len(board) * 4, f"{len(found)} rows of {len(board)} pipelines and 4 centres")
    for row in found:
        repeats = repeats_of(predictions, row["pipeline"], lambda r: centres[r["id"]] == row["centre"])
        what = f"{row['pipeline']} in {row['centre']}"
        expect(row["n"] == str(len(repeats[0])), f"{what}: {row['n']} patients")
        for name, value in counts(repeats[0]).items():
            expect(row[name] == value, f"{what}: {name} {row[name]}, expected {value}")
        for name, value in average(measure_of(row["pipeline"]), repeats).items():
            close(row[name], value, f"{what}: {name}", 1e-6)
    return predictions, found


# --- two classes ------------------------------------------------------------------------------------------------------

def two_classes(rows):
    y = [int(row["y"]) for row in rows]
    s, p = [float(row["score"]) for row in rows], [float(row["probability"]) for row in rows]
    groups = hosmer_lemeshow(y, p)
    chi = sum(group[-1] for group in groups)
    both = 0 < sum(y) < len(y)
    logit = [math.log(q / (1 - q)) for q in p]
    intercept, slope = logistic_fit(y, logit, True) if both else (math.nan, math.nan)
    return {**rates(y, [row["positive"] == "1" for row in rows]),
            "auc": auc_delong([v for v, t in zip(s, y) if t], [v for v, t in zip(s, y) if not t])[0] if both else math.nan,
            "brier": sum((a - b) ** 2 for a, b in zip(p, y)) / len(y), "log_loss": log_loss(y, p),
            "calibration_intercept": intercept, "calibration_slope": slope,
            "calibration_in_the_large": logistic_fit(y, logit, False)[0] if both else math.nan,
            "hosmer_lemeshow": chi, "hosmer_lemeshow_p": chi_square_upper(chi, len(groups))}


def check_calibration(out, predictions):
    found = table(os.path.join(out, "calibration.csv"))
    names = ("calibration_intercept", "calibration_slope", "calibration_in_the_large", "hosmer_lemeshow", "hosmer_lemeshow_p")
    merged = False
    for pipeline in {row["pipeline"] for row in predictions}:
        wanted = []
        for rows in repeats_of(predictions, pipeline):
            y, p = [int(row["y"]) for row in rows], [float(row["probability"]) for row in rows]
            groups, measured = hosmer_lemeshow(y, p), two_classes(rows)
            wanted.append([{"n": len(y), "observed": sum(y), "expected": sum(p), "hosmer_lemeshow_df": len(groups) if math.isfinite(measured["hosmer_lemeshow"]) else math.nan,
                            **{name: measured[name] for name in names}}] +
                          [dict(zip(("low", "high", "n", "observed", "expected"), group)) for group in groups])
        first, second = wanted
        alike = len(first) == len(second)  # else a group of one repeat is not that of the other: their mean has none
        wanted.append([{name: mean([a[name], b[name]]) for name in a} for a, b in zip(first, second)][:None if alike else 1])
        merged |= not alike
        own = [row for row in found if row["pipeline"] == pipeline]
        expect([(row["repeat"], row["group"]) for row in own] ==
               [(r, str(g) if g else "all") for r, rows in zip(("1", "2", "mean"), wanted) for g in range(len(rows))],
               f"{pipeline}: {[(row['repeat'], row['group']) for row in own]}")
        for row, want in zip(own, sum(wanted, [])):
            for name in list(row)[4:]:
                close(row[name], want.get(name, math.nan), f"{pipeline}, repeat {row['repeat']}, {row['group']}: {name}", 1e-6)
    expect(merged, "one pipeline's equal probabilities make another number of groups in each repeat")


def check_curves(out, predictions):
    found = table(os.path.join(out, "decision_curve.csv"))
    pipelines = {row["pipeline"] for row in predictions}
    expect(len(found) == len(pipelines) * 3 * 99, f"{len(found)} points of {len(pipelines)} pipelines")
    worth = {}
    for pipeline in pipelines:
        for repeat, rows in enumerate(repeats_of(predictions, pipeline), 1):
            y, p = [int(row["y"]) for row in rows], [float(row["probability"]) for row in rows]
            for k in range(1, 100):
                worth[pipeline, str(repeat), k] = (net_benefit(y, [q >= k / 100 for q in p], k / 100),
                                                   net_benefit(y, [True] * len(y), k / 100))
        for k in range(1, 100):
            first, second = worth[pipeline, "1", k], worth[pipeline, "2", k]
            worth[pipeline, "mean", k] = ((first[0] + second[0]) / 2, (first[1] + second[1]) / 2)
    for row in found:
        k = round(100 * float(row["threshold"]))
        what = f"{row['pipeline']}, repeat {row['repeat']}, at {k / 100}"
        net, all_ = worth[row["pipeline"], row["repeat"], k]
        close(row["threshold"], k / 100, what, 1e-15)
        close(row["net_benefit"], net, f"{what}: net benefit", 1e-12)
        close(row["treat_all"], all_, f"{what}: treating all", 1e-12)
        close(row["treat_none"], 0, f"{what}: treating none", 0)
        close(row["clinical"], worth["clinical", row["repeat"], k][0], f"{what}: the clinical columns", 1e-12)


def two(where):
    out, centres, said = sweep(where, "two", "{class: y}", lambda code, draw: str(int(code == 2 or code and draw.random() < 0.3)),
                               "{logistic: {C: [0.01, 1]}, knn: {k: 1}}")
    predictions, found = compare(out, centres, lambda name: two_classes, "auc",
                                 lambda rows: {"events": str(sum(row["y"] == "1" for row in rows))})
    for row in found:
        if row["centre"] == "D":
            expect(not any(row[name] for name in ("auc", "auc_low", "sensitivity", "balanced_accuracy", "calibration_slope")),
                   f"a centre without events: {row}")
            expect(row["events"] == "0" and row["specificity"] and row["brier"], f"a centre without events: {row}")
    check_calibration(out, predictions)
    check_curves(out, predictions)
    expect("Controls, never chosen:" in said and "honest figure" in said, said)


# --- several classes --------------------------------------------------------------------------------------------------

NAMES = ("calm", "high", "low")  # in the order of their columns


def shares(scores, kind):
    """Probabilities by a kind's scores: they are such, or their softmax is; a distance tells none."""
    if kind in ("knn", "forest"):
        return scores
    return [math.exp(s) / sum(math.exp(t) for t in scores) for s in scores] if kind != "centroid" else None


def several_classes(kind):
    def measure(rows):
        y = [NAMES.index(row["y"]) for row in rows]
        scores = [[float(row["score_" + name]) for name in NAMES] for row in rows]
        called = [s.index(max(s)) for s in scores]
        there = sorted(set(y))
        one = lambda c: auc_delong([s[c] for s, t in zip(scores, y) if t == c], [s[c] for s, t in zip(scores, y) if t != c])[0]
        least = 2.0 ** -52
        p = [shares(s, kind) for s in scores]
        return {"auc": sum(one(c) for c in there) / len(there) if len(there) > 1 else math.nan,
                "accuracy": sum(a == b for a, b in zip(y, called)) / len(y),
                "balanced_accuracy": sum(sum(a == b == c for a, b in zip(y, called)) / y.count(c) for c in there) / len(there),
                "log_loss": -sum(math.log(min(max(q[t], least), 1 - least)) for q, t in zip(p, y)) / len(y) if p[0] else math.nan}
    return measure


def several(where):
    counts = lambda rows: {"events": "", **{"n_" + name: str(sum(row["y"] == name for row in rows)) for name in NAMES}}
    for kind in ("lda", "knn", "naive-bayes", "centroid"):
        out, centres, _ = sweep(where, kind, "{classes: y}", lambda code, draw: ("calm", "low", "high")[code], f"{{{kind}: {{}}}}")
        board = table(os.path.join(out, "leaderboard.csv"))
        expect(all((row["log_loss"] == "") == (kind == "centroid" and row["control"] == "no") for row in board), f"{kind}: log loss")
        compare(out, centres, lambda name: several_classes("lda" if name.startswith("clinical") else kind), "auc", counts)
        for name in ("calibration.csv", "decision_curve.csv"):
            expect(table(os.path.join(out, name)) == [], f"{name} is of two classes")


# --- a number ---------------------------------------------------------------------------------------------------------

def of_number(metric):
    def measure(rows):
        y, s = [float(row["y"]) for row in rows], [float(row["score"]) for row in rows]
        around = sum((a - sum(y) / len(y)) ** 2 for a in y)
        error = sum(abs(a - b) for a, b in zip(y, s)) / len(y)
        values = {"r2": 1 - sum((a - b) ** 2 for a, b in zip(y, s)) / around, "spearman": pearson(ranks(y), ranks(s))}
        return {"mean_absolute_error": error, metric: values.pop(metric, -error),
                **{name + "_pooled": value for name, value in values.items()}}
    return measure


def number(where):
    for metric in ("r2", "spearman", "mae"):
        out, centres, _ = sweep(where, metric, "{value: y}", lambda code, draw: repr(round(30 * code + draw.gauss(0, 20), 0)),
                                "{linear: {lambda: [0.1, 1]}, knn: {}}", f", metric: {metric}")
        compare(out, centres, lambda name: of_number(metric), metric, lambda rows: {"events": ""})
        header = list(table(os.path.join(out, "leaderboard.csv"))[0])
        expect(len(header) == len(set(header)) and "brier" not in header, f"{metric}: {header}")


# --- the working itself -----------------------------------------------------------------------------------------------

def working():
    """Hosmer-Lemeshow's groups, slope and intercepts of R, rates and losses of scikit-learn, net benefit of dcurves."""
    stats = os.path.join(SHARED, "reference", "stats")
    if not os.path.isdir(stats):
        return
    for case in ("n82", "n400"):
        rows = table(os.path.join(stats, "calibration", case, "input.csv"))
        y, p = [int(row["y"]) for row in rows], [float(row["p"]) for row in rows]
        with open(os.path.join(stats, "calibration", case, "expected.json")) as file:
            wanted = json.load(file)["result"]["hl"]["g10"]
        groups = hosmer_lemeshow(y, p)
        chi = sum(group[-1] for group in groups)
        close(repr(chi), wanted["chisq"], f"{case}: chi square", 1e-10)
        close(repr(chi_square_upper(chi, wanted["df"])), wanted["p"], f"{case}: its p", 1e-10)
        expect([group[3] for group in groups] == wanted["observed1"], f"{case}: observed")
        expect([group[2] for group in groups] == wanted["n"], f"{case}: groups")
    for case in ("n82", "rare", "rounded"):
        rows = table(os.path.join(stats, "metrics", case, "input.csv"))
        y, p = [int(row["y"]) for row in rows], [float(row["p"]) for row in rows]
        with open(os.path.join(stats, "metrics", case, "expected.json")) as file:
            result = json.load(file)["result"]
        close(repr(log_loss(y, p)), result["log_loss_clipped"], f"{case}: log loss", 1e-12)
        names = {"sen": "sensitivity", "spe": "specificity", "ppv": "ppv", "npv": "npv", "acc": "accuracy",
                 "balanced_acc": "balanced_accuracy", "f1_sklearn": "f1"}
        for key, wanted in result.items():
            if key.startswith("threshold_"):
                found = rates(y, [q >= float(key[10:]) for q in p])
                for short, name in names.items():
                    if wanted[short] is not None:
                        close(repr(found[name]), wanted[short], f"{case}, {key}: {name}", 1e-12)
    for case in ("n82", "rare", "on_threshold"):
        rows = table(os.path.join(stats, "dca", case, "input.csv"))
        y = [int(row["y"]) for row in rows]
        for row in table(os.path.join(stats, "dca", case, "expected.csv")):
            t = float(row["threshold"])
            if row["model"] in rows[0]:
                found = net_benefit(y, [float(r[row["model"]]) >= t for r in rows], t)
                close(repr(found), float(row["net_benefit"]), f"{case}: net benefit at {t}", 1e-12)


def main():
    working()
    with folder() as where:
        two(where)
        several(where)
        number(where)
    finish("measures")


main()
