"""Patients who were not all followed as far as a time: what is judged there, and what has no number. And sweeps of one
split, of permuted repeats and of pipelines that fail: which p is whose, and what is said of it."""
import math
import os

from program import expect, finish, folder, run, save, table
from times_cases import FEATURES, STUDY, benefit, brier, curves, efron, jackknife, logrank, sweep, write_cohort

SMALL = (STUDY[:STUDY.index("select:")] +
         "select: {all: []}\nmodels: {cox: {penalty: ridge, choose: given, lambda: 0.1}}\n").replace(", repeats: 2", "")


def short(where, until=7):
    """A cohort of three centres, of which B was followed to a time alone; the last of all is censored."""
    rows = write_cohort(where)
    for i, row in enumerate(rows):
        row["centre"] = "ABC"[i % 3]
        if row["centre"] == "B" and row["months"] > until:
            row["months"], row["dead"] = until, 0
    max(rows, key=lambda row: row["months"])["dead"] = 0
    save(os.path.join(where, "clinical.csv"), [{key: row[key] for key in ("id", "months", "dead", "age", "centre")}
                                               for row in rows])
    save(os.path.join(where, "table.csv"), [{key: value for key, value in row.items() if key not in ("months", "dead", "age")}
                                            for row in rows])
    return {row["id"]: row for row in rows}


def held_out(where):
    """Centre by centre: what B was not followed to is judged on the others alone, and said so."""
    study = SMALL.replace("{kfold: 3, seed: 3}", "{leave_out: centre, seed: 3}") + "survive: {times: [6, 18]}\n"
    done = sweep(where, study, "centres")
    out = os.path.join(where, "centres")
    expect(done.returncode == 0, f"leave out: {done.stderr}")
    expect("over 2 of 3 held-out parts" in done.stdout, f"two centres alone: {done.stdout}")
    split = {row["fold"]: row for row in table(os.path.join(out, "survival_splits.csv")) if row["pipeline"] == "chosen"}
    expect(split["B"]["integrated_brier"] == split["B"]["integrated_brier_no_model"] == "", f"B beyond 7: {split['B']}")
    mean = next(row for row in table(os.path.join(out, "survival.csv")) if row["pipeline"] == "chosen")
    expect(mean["splits_brier"] == "2" and mean["splits"] == "3", f"splits: {mean}")
    for name in ("integrated_brier", "integrated_brier_no_model"):
        of = (float(split["A"][name]) + float(split["C"][name])) / 2
        expect(abs(float(mean[name]) - of) < 1e-12, f"{name} is of A and C alone: {mean} {of}")
    rows = table(os.path.join(out, "time_auc.csv"))
    counts = {(row["time"], row["splits_brier"]) for row in rows if row["pipeline"] == "chosen"}
    expect(counts == {("6", "3"), ("18", "2")}, f"each time: {counts}")
    return os.path.join(out, "model.json")


def nobody(where):
    """A time beyond everybody has no number, in words too."""
    done = sweep(where, SMALL + "survive: {times: [6, 500]}\n", "beyond")
    expect(done.returncode == 0 and "integrated Brier score - (over 0 of 3" in done.stdout, f"beyond: {done.stdout}")
    expect("nan" not in done.stdout, f"nan in words: {done.stdout}")
    for row in table(os.path.join(where, "beyond", "time_auc.csv")):
        expect((row["brier"] == row["brier_no_model"] == "") == (row["time"] == "500"), f"at 500: {row}")


def validated(where, rows, model):
    """Each group up to the last of the times that it was followed to."""
    files = (model, os.path.join(where, "table.csv"), "--clinical", os.path.join(where, "clinical.csv"), "--by", "id")
    done = run("validate", *files, "--outcome", "months", "--centre", "centre", "--time", "6", "--time", "18", "-o",
               os.path.join(where, "v"))
    expect(done.returncode == 0 and "centre B: not followed up to 18: Uno's C and the Brier score up to 6" in done.stdout,
           f"validate: {done.returncode} {done.stdout} {done.stderr}")
    steps = [6 * k / 20 for k in range(21)]
    for row in table(os.path.join(where, "v", "validation.csv")):
        expect(row["tau"] == ("6" if row["value"] == "B" else "18"), f"tau: {row}")
        if row["value"] == "B":
            held = [(r["months"], r["dead"], 0) for r in rows.values() if r["centre"] == "B"]
            alive, seen = curves([(time, event) for time, event, _ in held])
            at = [brier(held, alive(step), seen, step) for step in steps]
            area = sum((a + b) / 2 for a, b in zip(at, at[1:])) / 20
            expect(abs(float(row["integrated_brier_no_model"]) - area) < 1e-12, f"B up to 6: {row} {area}")
    for row in table(os.path.join(where, "v", "times.csv")):
        beyond = row["value"] == "B" and row["time"] == "18"
        for name in ("auc", "brier", "brier_no_model", "observed"):
            expect((row[name] == "") == beyond, f"{name} of {row}")
    done = run("validate", *files, "--outcome", "months", "--time", "500", "-o", os.path.join(where, "none"))
    expect(done.returncode == 0 and "followed to none of the times" in done.stdout and "nan" not in done.stdout,
           f"beyond everybody: {done.stdout}")
    row, = table(os.path.join(where, "none", "times.csv"))
    expect(row["brier"] == row["brier_no_model"] == "", f"at 500: {row}")


def few(where, model):
    """Groups too small to say how sure a number is: D, two patients in the order of their scores; E, 33 without an event; F,
    one event among three on either side of the cut. Their standard errors are 0 by every formula, and no interval is told."""
    other = os.path.join(where, "few")
    os.mkdir(other)
    rows = write_cohort(other, 120, 29)
    files = (model, os.path.join(other, "table.csv"), "--clinical", os.path.join(other, "clinical.csv"), "--by", "id")

    def put():
        save(os.path.join(other, "clinical.csv"), [{key: row[key] for key in ("id", "months", "dead", "age", "group")} for row in rows])

    for row in rows:
        row["group"] = "C"
    put()
    run("score", *files, "--csv", os.path.join(other, "scored.csv"))
    score = {row["id"]: float(row["score"]) for row in table(os.path.join(other, "scored.csv"))}
    rows.sort(key=lambda row: score[row["id"]])
    rows[0].update(group="D", months=20, dead=1)
    rows[-1].update(group="D", months=4, dead=1)
    rows[1].update(group="F", months=20, dead=0)
    rows[2].update(group="F", months=10, dead=0)
    rows[-2].update(group="F", months=4, dead=1)
    for row in rows[3:-3][::3][:33]:
        row.update(group="E", months=max(row["months"], 7), dead=0)
    put()
    out = os.path.join(other, "v")
    done = run("validate", *files, "--outcome", "months", "--centre", "group", "--time", "2", "--time", "6", "-o", out)
    expect(done.returncode == 0 and "nan" not in done.stdout, f"few: {done.returncode} {done.stderr}")
    of = {row["value"]: row for row in table(os.path.join(out, "validation.csv"))}
    expect((of["D"]["n"], of["E"]["n"], of["E"]["events"], of["F"]["n"]) == ("2", "33", "0", "3"), f"who is where: {of}")
    for value in "DEF":
        expect(of[value]["c_index"] == ("" if value == "E" else "1") and
               of[value]["c_index_se"] == of[value]["c_index_low"] == of[value]["c_index_high"] == "", f"C of {value}: {of[value]}")
        expect((f"centre {value}: C has no interval: its standard error comes out as 0" in done.stdout) == (value != "E") and
               (f"centre {value}: a cut without a test: one event while" in done.stdout) == (value != "E"), f"{value}: {done.stdout}")
    expect(of[""]["c_index_low"] and of["C"]["c_index_low"] and "centre C: " not in done.stdout, f"all: {done.stdout}")
    at = {(row["value"], row["time"]): row for row in table(os.path.join(out, "times.csv"))}
    for key, observed in ((("D", "2"), 0), (("D", "6"), 0.5), (("E", "2"), 0), (("E", "6"), 0), (("F", "6"), 1 / 3)):
        limited = at[key]["observed_low"] != "" and at[key]["observed_high"] != ""
        expect(abs(float(at[key]["observed"]) - observed) < 1e-12 and limited == (observed > 0), f"{key}: {at[key]}")
    for row in table(os.path.join(out, "calibration.csv")):
        expect((row["observed_low"] == "") == (row["observed"] in ("", "0", "1")), f"a part: {row}")
    for row in table(os.path.join(out, "cuts.csv")):
        if row["side"] == "high" and row["value"] in "DEF" and row["value"]:
            expect(row["logrank_p"] == row["hr"] == "" and row["note"] == ("no events" if row["value"] == "E" else
                   "one event while patients of both sides were at risk: too few for a test"), f"cut: {row}")
        elif row["side"] == "high":
            expect(row["logrank_p"] and not row["note"], f"cut of many: {row}")
    done = run("validate", *files, "--outcome", "months", "--time", "0.5", "-o", out)
    expect("   0.000  no interval: no event by then\n" in done.stdout, f"before the first event: {done.stdout}")
    rows[:] = [row for row in rows if row["group"] == "D"]
    put()
    save(files[1], [row for row in table(files[1]) if row["id"] in {row["id"] for row in rows}])
    done = run("validate", *files, "--outcome", "months", "--time", "6", "-o", out)
    for words in ("\n2 patients with outcome and score, 2 with the event\n", "1.000  (no interval: its standard error comes out as 0",
                  "1 patient, 1 event, median", "  no test: one event while patients of both sides were at risk"):
        expect(words in done.stdout, f"two patients: \"{words}\" in {done.stdout} {done.stderr}")


def single(where):
    """One split: a fixed model on other patients has a plain log-rank p, and the jackknife's interval."""
    rows = {row["id"]: row for row in write_cohort(where)}
    done = sweep(where, SMALL.replace("{kfold: 3, seed: 3}", "{holdout: [B], seed: 3}") + "controls: {permute: 4}\n", "single")
    out = os.path.join(where, "single")
    expect(done.returncode == 0, f"holdout: {done.stderr}")
    held = [(rows[p["id"]]["months"], rows[p["id"]]["dead"], float(p["score"]))
            for p in table(os.path.join(out, "predictions.csv")) if p["pipeline"] == "all/cox"]
    trained = [(row["months"], row["dead"]) for row in rows.values() if row["centre"] == "A"]
    expect(len(held) == len(trained) == 45, f"{len(held)} of B")
    _, seen = curves(trained)
    board = next(row for row in table(os.path.join(out, "leaderboard.csv")) if row["pipeline"] == "chosen")
    means = next(row for row in table(os.path.join(out, "survival.csv")) if row["pipeline"] == "chosen")
    tau = float(means["tau"])
    for row, name, limits, (value, se) in (
            (board, "c-index", "jackknife", jackknife(held, lambda time: 1)),
            (means, "uno_c", "uno_c", jackknife(held, lambda time: (time < tau) and 1 / seen(time, True) ** 2))):
        for column, expected in ((name, value), (limits + "_low", value - 1.959963984540054 * se),
                                 (limits + "_high", min(value + 1.959963984540054 * se, 1))):
            expect(abs(float(row[column]) - expected) < 1e-9, f"{column}: {row[column]} {expected}")
    splits = next(row for row in table(os.path.join(out, "survival_splits.csv")) if row["pipeline"] == "chosen")
    for row in table(os.path.join(out, "survival_tests.csv")):
        if (row["pipeline"], row["repeat"]) == ("chosen", "1"):
            root = logrank([(time, event, score > float(splits[row["cut"] + "_cut"])) for time, event, score in held])
            expect(abs(float(row["logrank_p"]) - math.erfc(abs(root) / math.sqrt(2))) < 1e-9 and row["naive_p"] == "" and
                   "plain" in row["note"], f"one model on others: {row} {root}")
    probabilities(where, rows, seen, {p["id"]: float(p["score"]) for p in table(os.path.join(out, "predictions.csv"))
                                      if p["pipeline"] == "all/cox"})
    expect("naive" not in done.stdout and "jackknife's interval" in done.stdout, f"words: {done.stdout}")


def probabilities(where, rows, seen, score):
    """Brier scores and net benefit of B's patients by Efron's formula over A's, whose scores are those of a model that is
    fitted to A alone: the same one."""
    alone = os.path.join(where, "A")
    os.mkdir(alone)
    for name in ("table.csv", "clinical.csv"):
        save(os.path.join(alone, name), [row for row in table(os.path.join(where, name)) if rows[row["id"]]["centre"] == "A"])
    done = sweep(alone, SMALL + "controls: {permute: 0}\n")
    of = {}
    for folder_of in (alone, where):
        scored = os.path.join(folder_of, "scored.csv")
        run("score", os.path.join(alone, "out", "model.json"), os.path.join(folder_of, "table.csv"), "--csv", scored,
            "--clinical", os.path.join(folder_of, "clinical.csv"), "--by", "id")
        of.update({row["id"]: float(row["score"]) for row in table(scored)})
    expect(done.returncode == 0 and all(abs(of[name] - value) < 1e-9 for name, value in score.items()),
           f"A's model says the same of B: {done.stderr}")
    hazard = efron([(row["months"], row["dead"], of[name]) for name, row in rows.items() if row["centre"] == "A"])

    def risk(name, at):
        return 1 - math.exp(-hazard(at) * math.exp(of[name]))

    def judged(at):
        return sum(risk(n, at) ** 2 / seen(at) if rows[n]["months"] > at else
                   rows[n]["dead"] * (1 - risk(n, at)) ** 2 / seen(rows[n]["months"], True) for n in score) / len(score)

    out = os.path.join(where, "single")
    for row in table(os.path.join(out, "time_auc.csv")):
        if row["pipeline"] == "all/cox":
            expect(abs(float(row["brier"]) - judged(float(row["time"]))) < 1e-9, f"Brier: {row} {judged(float(row['time']))}")
    row = next(row for row in table(os.path.join(out, "survival.csv")) if row["pipeline"] == "all/cox")
    steps = [judged(float(row["tau"]) * k / 20) for k in range(21)]
    area = sum((a + b) / 2 for a, b in zip(steps, steps[1:])) / 20
    expect(abs(float(row["integrated_brier"]) - area) < 1e-9, f"integrated: {row} {area}")
    n_worth = 0
    for row in table(os.path.join(out, "survival_benefit.csv")):
        at, threshold = float(row["time"]), float(row["threshold"])
        if row["pipeline"] == "chosen" and row["net_benefit"] and row["threshold"] in ("0.1", "0.2", "0.4", "0.6"):
            expected = benefit([(rows[n]["months"], rows[n]["dead"], risk(n, at)) for n in score], at, threshold)
            expect(abs(float(row["net_benefit"]) - expected) < 1e-9, f"net benefit: {row} {expected}")
            n_worth += 1
    expect(n_worth > 8, f"{n_worth} net benefits")


def repeats(where):
    """The p that is printed is of the number beside it: the mean over the permuted repeats."""
    write_cohort(where)
    study = SMALL.replace("{kfold: 3, seed: 3}", "{kfold: 3, repeats: 3, seed: 3}")
    done = sweep(where, study + "controls: {permute: 4, permute_repeats: 2}\n", "repeats")
    tests = [row for row in table(os.path.join(where, "repeats", "survival_tests.csv"))
             if (row["pipeline"], row["cut"]) == ("chosen", "median")]
    roots = [float(row["logrank_z"]) for row in tests if row["repeat"] in "12"]
    mean = next(row for row in tests if row["repeat"] == "mean")
    expect(len(roots) == 2 and abs(float(mean["permutation_observed"]) - sum(roots) / 2) < 1e-12 and
           (mean["permutation_repeats"], mean["permutations"], mean["permutations_failed"]) == ("2", "4", "0"), f"{mean}")
    said = f"log-rank z {roots[0]:.2f} (naive p "
    expect(said in done.stdout and f"; p = 0.2 by 4 permutations of the mean z of 2 repeats, {sum(roots) / 2:.2f}\n" in
           done.stdout, f"which z has the p: {done.stdout}")


def failing(where):
    """A column that tells the order of a training part's events is more than Cox's model without a penalty can be fitted to;
    among all patients it tells nothing. What stands beside the model is of the same splits."""
    rows = write_cohort(where)
    for i, row in enumerate(rows):
        order, noise = -row["months"] / 10, 5 * math.sin(1 + 3.7 * i)
        row.update(fold="AB"[i >= 50], f10=order if i < 50 else noise, f11=noise if i < 50 else order)
    save(os.path.join(where, "table.csv"), [{key: row[key] for key in ("id", "centre", "fold", "f10", "f11", *FEATURES)}
                                            for row in rows])
    study = SMALL.replace("penalty: ridge, choose: given, lambda: 0.1", "penalty: none").replace(
        "{kfold: 3, seed: 3}", "{column: fold, seed: 3}") + "controls: {permute: 0}\n"
    done = sweep(where, study, "never")
    expect("all/cox: 2 splits failed" in done.stdout and "all/cox failed in every outer split: no figure above" in done.stdout,
           f"never judged: {done.stdout} {done.stderr}")
    done = sweep(where, study.replace('match: ["f*"]', 'match: ["f0*", "f10"]'), "half")
    expect("all/cox: 1 split failed" in done.stdout and "in every outer split" not in done.stdout, f"half: {done.stdout}")
    board = {row["pipeline"]: row for row in table(os.path.join(where, "half", "survival.csv"))}
    splits = [row for row in table(os.path.join(where, "half", "survival_splits.csv")) if row["pipeline"] == "all/cox"]
    expect(len(splits) == 1 and board["all/cox"]["splits_brier"] == "1" and
           board["all/cox"]["integrated_brier_no_model"] == splits[0]["integrated_brier_no_model"] !=
           board["clinical"]["integrated_brier_no_model"] != "", f"of the same splits: {splits} {board}")
    expect("(over 1 of 2 held-out parts" in done.stdout, f"half of the splits: {done.stdout}")


def main():
    with folder() as where:
        rows = short(where)
        model = held_out(where)
        nobody(where)
        validated(where, rows, model)
        few(where, model)
    for case in (single, repeats, failing):
        with folder() as where:
            case(where)
    finish("times_followed")


main()
