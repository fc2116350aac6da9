"""Cohorts that leave something undefined, as a user would bring them: who tells the order of the events, groups without an
event, one time for all, time 0, nobody censored, nobody with the event, one centre. Through survive, groups, sweep, score,
validate and report: a number, or nothing with a sentence beside it, never a crash, "nan" or "inf"."""
import math
import os
import random
import re

from program import expect, finish, folder, run, save, table, write
from report_cases import GNUPLOT

FEATURES = [f"f{j}" for j in range(5)]
SURVIVE = """table: features.csv
clinical: {file: clinical.csv, by: id, use: [age, arm, stage]}
patient: id
outcome: {time: months, event: dead}
features: {match: ["f*"]}
survive:
  cox: [f0, f1, arm]
  groups: [f0, arm, stage]
  times: [6, 12]
  subgroups: {of: arm, by: [stage]}
  compare: {base: [arm], with: [f0]}
  cutpoint: {of: [f0, arm], permutations: 99}
"""
SWEEP = """table: features.csv
clinical: {file: clinical.csv, by: id, use: [age]}
patient: id
centre: centre
outcome: {time: months, event: dead}
features: {match: ["f*"]}
split: {kfold: 3, seed: 3}
inner: {kfold: 3}
models: {cox: {penalty: ridge, choose: given, lambda: [0.1]}}
controls: {permute: 2}
"""
GROUPS = """table: features.csv
clinical: {file: clinical.csv, by: id}
patient: id
features: {match: ["f*"]}
outcome: {time: months, event: dead}
groups: {clusters: {k: 2, resamples: 10}, by: [cluster], describe: [age]}
"""
SEPARATION = "the covariate tells the order of the events (separation)"


def cohort(change=None):
    draw, rows = random.Random(3), []
    for i in range(60):
        x = [round(draw.gauss(0, 1), 5) for _ in FEATURES]
        time, until = -20 * math.log(1 - draw.random()) / math.exp(0.8 * x[0]), 40 * draw.random()
        rows.append({"id": f"p{i:02d}", "centre": "AB"[i % 2], "months": math.ceil(min(time, until)), "dead": int(time <= until),
                     "age": round(60 + 10 * draw.gauss(0, 1)), "arm": i // 2 % 2, "stage": i % 3 + 1, **dict(zip(FEATURES, x))})
    for k, row in enumerate(rows):
        if change:
            row.update(change(k, row))
    return rows


KINDS = {
    "plain": None,
    "an arm without events": lambda k, row: {"dead": row["dead"] * row["arm"]},
    "a stage without events": lambda k, row: {"dead": row["dead"] * (row["stage"] < 3)},
    "one patient a stage": lambda k, row: {"stage": 1 + k % 2 if k else 3},
    "one time": lambda k, row: {"months": 10},
    "events at one time": lambda k, row: {"months": 10 if row["dead"] else 12},
    "some at time 0": lambda k, row: {"months": row["months"] if k % 6 else 0},
    "all at time 0": lambda k, row: {"months": 0},
    "nobody censored": lambda k, row: {"dead": 1},
    "one centre, a constant": lambda k, row: {"centre": "A", "f2": 1},
    "nobody with the event": lambda k, row: {"dead": 0},
}


def put(where, rows):
    os.makedirs(where, exist_ok=True)
    save(os.path.join(where, "features.csv"), [{key: row[key] for key in ("id", "centre", *FEATURES)} for row in rows])
    save(os.path.join(where, "clinical.csv"),
         [{key: row[key] for key in row if key not in FEATURES and key != "centre"} for row in rows])


def plain_numbers(name, done, out):
    """Whatever there is, is a number."""
    expect(done.returncode == 0, f"{name}: {done.returncode} {done.stderr[:300]}")
    for line in done.stdout.splitlines():
        expect(not re.search(r"\b(nan|inf)\b", line), f"{name} prints: {line}")
    for file in sorted(os.listdir(out)) if os.path.isdir(out) else ():
        for row in table(os.path.join(out, file)) if file.endswith(".csv") else ():
            expect(not any(re.fullmatch(r"-?(nan|inf)", value or "", re.I) for value in row.values()), f"{name}: {file} {row}")


def survive(where, kind, rows):
    out = os.path.join(where, "survive")
    done = run("survive", write(os.path.join(where, "survive.yaml"), SURVIVE), "--out", out)
    if kind == "nobody with the event":
        expect(done.returncode == 2 and "0 of 60 patients have the event" in done.stderr, f"survive {kind}: {done.stderr}")
        return
    plain_numbers(f"survive, {kind}", done, out)
    for file, ratio, why in (("univariable.csv", "hr", "fit"), ("multivariable.csv", "hr", "fit"), ("subgroups.csv", "hr", "fit")):
        for row in table(os.path.join(out, file)):
            expect((row[ratio] != "") == (row[why] == "converged"), f"survive, {kind}: {file} {row}")
            expect(float(row.get("interaction_lrt") or 0) >= 0, f"survive, {kind}: {row}")
    for row in table(os.path.join(out, "tests.csv")):
        there = row["hr"] if row["test"] == "hazard ratio" else row["p"]
        expect((there == "") == (row["note"] != ""), f"survive, {kind}: {row}")
    tests = {(row["column"], row["test"]): row for row in table(os.path.join(out, "tests.csv"))}
    if kind == "an arm without events":
        expect(SEPARATION in tests["arm", "hazard ratio"]["note"] and float(tests["arm", "log-rank"]["p"]) < 0.001,
               f"the ratio has no value, its test has: {tests['arm', 'hazard ratio']}")
        expect("a model without finite ratios gives no risks" in done.stdout, "what is added to a model that has no end")
    if kind == "one time":  # the log-rank test is then that of a table of counts
        low, high = ([row["dead"] for row in rows if row["arm"] == arm] for arm in (0, 1))
        n, events = len(low) + len(high), sum(low) + sum(high)
        variance = events * len(high) / n * (1 - len(high) / n) * (n - events) / (n - 1)
        chisq = (sum(high) - events * len(high) / n) ** 2 / variance
        expect(abs(float(tests["arm", "log-rank"]["chisq"]) - chisq) < 1e-9, f"of one time: {tests['arm', 'log-rank']} {chisq}")
        expect("no AUC at 6" in done.stdout, "an AUC before the first event")
    if GNUPLOT:
        done = run("report", out, "--out", os.path.join(where, "survive.html"))
        expect(done.returncode == 0, f"report of survive, {kind}: {done.stderr}")


def groups(where, kind):
    out = os.path.join(where, "groups")
    done = run("groups", write(os.path.join(where, "groups.yaml"), GROUPS), "--out", out)
    if kind == "nobody with the event":
        expect(done.returncode == 2 and "0 of 60 patients have the event" in done.stderr, f"groups {kind}: {done.stderr}")
    else:
        plain_numbers(f"groups, {kind}", done, out)


def sweep(where, kind):
    out = os.path.join(where, "sweep")
    done = run("sweep", write(os.path.join(where, "sweep.yaml"), SWEEP), "--out", out)
    if kind == "nobody with the event":
        expect(done.returncode == 2 and "0 of 60 patients have the event" in done.stderr, f"sweep {kind}: {done.stderr}")
        return
    plain_numbers(f"sweep, {kind}", done, out)
    for row in table(os.path.join(out, "survival_tests.csv")):
        expect(row["repeat"] == "mean" or row["hr"] or "; naive_p" in row["note"], f"sweep, {kind}: {row}")
    if kind == "one time":
        expect("-: of no held-out part" in done.stdout, f"sweep, {kind}: {done.stdout}")
    if GNUPLOT:
        done = run("report", out, "--out", os.path.join(where, "sweep.html"))
        expect(done.returncode == 0, f"report of a sweep, {kind}: {done.stderr}")


def applied(where, kind, model):
    out, told = os.path.join(where, "validated"), ("--clinical", os.path.join(where, "clinical.csv"), "--by", "id")
    features = os.path.join(where, "features.csv")
    done = run("validate", model, features, *told, "--outcome", "months", "--event", "dead", "--time", "6", "--centre", "centre",
               "-o", out)
    plain_numbers(f"validate, {kind}", done, out)
    for row in table(os.path.join(out, "cuts.csv")):
        expect(row["side"] == "low" or (row["hr"] == "") == (row["note"] != ""), f"validate, {kind}: {row}")
    at = table(os.path.join(out, "times.csv"))[0]
    if kind == "all at time 0":
        expect(at["brier"] == at["auc"] == at["observed"] == "" and "followed so far" in done.stdout, f"validate, {kind}: {at}")
    if kind == "nobody with the event":
        expect("no two patients whose order is known" in done.stdout and "no test: " in done.stdout and
               at["auc"] == "" and at["observed"] == "0", f"validate, {kind}: {done.stdout} {at}")
    scored = os.path.join(where, "scored.csv")
    done = run("score", model, features, *told, "--csv", scored, "--time", "0")
    plain_numbers(f"score, {kind}", done, where)
    expect({row["survival"] for row in table(scored)} == {"1"}, f"at time 0 nobody has had the event: {kind}")


def main():
    with folder() as where:
        base = os.path.join(where, "base")
        put(base, cohort())
        done = run("sweep", write(os.path.join(base, "sweep.yaml"), SWEEP), "--out", os.path.join(base, "sweep"))
        expect(done.returncode == 0, f"the model: {done.stderr}")
        for number, (kind, change) in enumerate(KINDS.items()):
            here, rows = os.path.join(where, str(number)), cohort(change)
            put(here, rows)
            survive(here, kind, rows)
            if kind not in ("plain", "one patient a stage"):
                sweep(here, kind)
            if kind in ("an arm without events", "all at time 0", "nobody with the event"):
                groups(here, kind)
            if kind in ("an arm without events", "events at one time", "all at time 0", "nobody with the event"):
                applied(here, kind, os.path.join(base, "sweep", "model.json"))
    finish("hard_times")


main()
