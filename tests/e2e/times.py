"""A sweep whose outcome is the time to an event: the C-index of what it predicts counted pair by pair, Breslow's baseline
and a score's probability by their formulas, permuted pairs, the same files on any number of ranks, and what is refused."""
import json
import math
import os
import random

from program import content, expect, finish, folder, run, save, table, write

STUDY = """table: table.csv
patient: id
centre: centre
outcome: {time: months, event: dead}
features: {match: ["f*"]}
clinical: {file: clinical.csv, by: id, use: [age]}
split: {kfold: 3, repeats: 2, seed: 3}
inner: {kfold: 3}
prepare: [{scale: zscore}]
select:
  all: []
  lasso: [{lasso: {kfold: 4}}]
models:
  cox: {penalty: [lasso, ridge], choose: given, lambda: [0.03, 0.3]}
  cv: {kind: cox, kfold: 4}
  xgboost: {rounds: 10, max_depth: 2}
controls: {permute: 3}
"""
FEATURES = [f"f{j:02d}" for j in range(8)]


def write_cohort(where, n=90):
    """f00 and f03 shorten and lengthen times; whole months, so that many are tied."""
    draw = random.Random(11)
    rows = []
    for i in range(n):
        x = [draw.gauss(0, 1) for _ in FEATURES]
        age = round(60 + 10 * draw.gauss(0, 1))
        months = -20 * math.log(1 - draw.random()) / math.exp(1.2 * x[0] - 0.9 * x[3] + 0.02 * (age - 60))
        until = 60 * draw.random()
        rows.append({"id": f"p{i:03d}", "centre": "AB"[i % 2], "months": math.ceil(min(months, until)),
                     "dead": int(months <= until), "age": age, **{f: round(v, 6) for f, v in zip(FEATURES, x)}})
    save(os.path.join(where, "table.csv"), [{key: row[key] for key in ("id", "centre", *FEATURES)} for row in rows])
    save(os.path.join(where, "clinical.csv"), [{key: row[key] for key in ("id", "months", "dead", "age")} for row in rows])
    return rows


def sweep(where, study=STUDY, out="out", ranks=1):
    return run("sweep", write(os.path.join(where, "study.yaml"), study), "--out", os.path.join(where, out), ranks=ranks)


def concordance(rows):
    """(time, event, score): of pairs whose order is known, how often the higher score has the event first."""
    good = pairs = 0
    for time, event, score in rows:
        for other_time, other_event, other in rows:
            if event and (time < other_time or (time == other_time and not other_event)):
                pairs += 1
                good += (score > other) + 0.5 * (score == other)
    return good / pairs


def results(where):
    rows = {row["id"]: row for row in write_cohort(where)}
    done = sweep(where)
    expect(done.returncode == 0, f"sweep: {done.returncode} {done.stderr}")
    events = sum(row["dead"] for row in rows.values())
    expect(f"{events} with the event (dead), the others censored" in done.stdout, done.stdout[:300])
    out = os.path.join(where, "out")
    predictions, board = table(os.path.join(out, "predictions.csv")), table(os.path.join(out, "leaderboard.csv"))
    expect(list(predictions[0]) == ["pipeline", "repeat", "fold", "id", "time", "event", "score"], list(predictions[0]))
    for row in predictions:
        told = rows[row["id"]]
        expect((float(row["time"]), int(row["event"])) == (told["months"], told["dead"]), f"outcome of {row}")
    names = {row["pipeline"] for row in board}
    expect({"chosen", "all/cox", "lasso/cv", "all/xgboost", "clinical", "clinical + chosen"} <= names, names)
    for row in board:
        mine = [p for p in predictions if p["pipeline"] == row["pipeline"]]
        if not mine:
            continue
        folds = {}
        for p in mine:
            folds.setdefault((p["repeat"], p["fold"]), []).append((float(p["time"]), int(p["event"]), float(p["score"])))
        mean = sum(concordance(fold) for fold in folds.values()) / len(folds)
        expect(abs(mean - float(row["c-index"])) < 1e-12, f"{row['pipeline']}: {row['c-index']}, by pairs {mean}")
        pooled = [concordance([r for (of, _), fold in folds.items() if of == repeat for r in fold]) for repeat in "12"]
        if row["c-index_pooled"]:
            expect(abs(sum(pooled) / 2 - float(row["c-index_pooled"])) < 1e-12, f"{row['pipeline']} pooled")
        else:
            expect(row["pipeline"] == "chosen", f"{row['pipeline']} has no pooled C-index")
        if row["pipeline"] in ("chosen", "all/cox", "lasso/cv"):
            expect(mean > 0.65, f"{row['pipeline']}: {mean}")
    for split in {(p["repeat"], p["fold"]) for p in predictions}:
        held = [int(p["event"]) for p in predictions if p["pipeline"] == "all/cv" and (p["repeat"], p["fold"]) == split]
        expect(abs(sum(held) - events / 3) < 1, f"{sum(held)} of {events} events in {split}")
    permuted = float(board[0]["permutation_chance"])
    expect(0.35 < permuted < 0.65 and float(board[0]["permutation_p"]) == 0.25, f"permuted: {permuted}")
    return rows, out


def baseline(rows, out, where):
    """model.json's steps against Breslow's formula over the scores that the program gives its own training rows."""
    model = json.load(open(os.path.join(out, "model.json")))
    expect(model["outcome"] == {"kind": "time", "column": "months", "event": "dead"}, model["outcome"])
    scored = os.path.join(where, "scored.csv")
    with_age = ("--clinical", os.path.join(where, "clinical.csv"), "--by", "id")
    done = run("score", os.path.join(out, "model.json"), os.path.join(where, "table.csv"), "--csv", scored, "--time", "24",
               *with_age)
    expect(done.returncode == 0, f"score: {done.returncode} {done.stderr}")
    score = {row["id"]: float(row["score"]) for row in table(scored)}
    hazard = 0.0
    for time in sorted({row["months"] for row in rows.values() if row["dead"] and row["months"] <= 24}):
        died = sum(row["dead"] for row in rows.values() if row["months"] == time)
        hazard += died / sum(math.exp(score[name]) for name, row in rows.items() if row["months"] >= time)
    for row in table(scored):
        expected = math.exp(-hazard * math.exp(score[row["id"]]))
        expect(abs(float(row["survival"]) - expected) < 1e-12, f"survival of {row['id']}: {row['survival']}, {expected}")
    longest = max(row["months"] for row in rows.values())
    done = run("score", os.path.join(out, "model.json"), os.path.join(where, "table.csv"), "--csv", scored, "--time",
               str(longest + 1))
    expect(done.returncode == 2 and f"at most {longest:g} was expected" in done.stderr, f"too long: {done.stderr}")
    done = run("score", os.path.join(out, "model.json"), os.path.join(where, "table.csv"), "--csv", scored, "--time", "-1")
    expect(done.returncode == 2 and "0 or more" in done.stderr, f"--time -1: {done.stderr}")


def ranks(where, out):
    done = sweep(where, out="two", ranks=2)
    expect(done.returncode == 0, f"two ranks: {done.stderr}")
    for name in ("predictions.csv", "leaderboard.csv", "model.json", "centres.csv", "settings.csv"):
        expect(content(os.path.join(out, name)) == content(os.path.join(where, "two", name)), f"{name} of two ranks")


def refusals(where):
    outcome = "{time: months, event: dead}"
    cases = [(STUDY.replace(outcome, "{time: months}"), "time and event belong together"),
             (STUDY.replace(outcome, "{event: dead}"), "one of class"),
             (STUDY.replace(outcome, "{time: months, event: months}"), "one column, months"),
             (STUDY.replace("xgboost: {rounds: 10, max_depth: 2}", "forest: {}"),
              "forest cannot be fitted to an outcome that is the time to an event"),
             (STUDY.replace(outcome, "{class: dead}"), "cox cannot be fitted to an outcome of two classes"),
             (STUDY.replace("{kfold: 4}}", "{kfold: 4, measure: auc}}"), "measure auc is for classes"),
             (STUDY.replace("kfold: 3}\nprepare", "kfold: 3, metric: auc}\nprepare"), "auc")]
    for number, (study, sentence) in enumerate(cases):
        done = sweep(where, study, out=f"refused{number}")
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")


def main():
    with folder() as where:
        rows, out = results(where)
        baseline(rows, out, where)
        ranks(where, out)
        refusals(where)
    finish("times")


main()
