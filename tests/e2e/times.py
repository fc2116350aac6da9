"""A sweep whose outcome is the time to an event: the C-index of what it predicts counted pair by pair, Efron's baseline
and a score's probability by their formulas, permuted pairs, the same files on any number of ranks, and what is refused."""
import json
import math
import os
import re

from program import content, expect, finish, folder, run, save, table, write
from times_cases import (FEATURES, STUDY, auc, brier, concordance, curves, efron, limits, logrank, median, ratio, slope_of,
                         sweep, uno, write_cohort)


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
    held_out(rows, out, done)
    return rows, out


def held_out(rows, out, done):
    """What is said of held-out patients beside the C-index, by the definitions, from predictions.csv."""
    predictions, splits = table(os.path.join(out, "predictions.csv")), table(os.path.join(out, "survival_splits.csv"))
    held, every = {}, {name: (row["months"], row["dead"]) for name, row in rows.items()}
    for p in predictions:
        held.setdefault((p["pipeline"], p["repeat"], p["fold"]), []).append(p)
    died = sorted(time for time, event in every.values() if event)
    times = [died[len(died) * k // 5] for k in range(1, 5)]
    by_time = {(row["pipeline"], float(row["time"])): row for row in table(os.path.join(out, "time_auc.csv"))}
    means = {row["pipeline"]: row for row in table(os.path.join(out, "survival.csv"))}
    expect(len(splits) == len(held) and {float(row["tau"]) for row in means.values()} == {times[-1]}, f"{len(splits)} splits")
    high, of_time, of_curve = {}, {}, {}
    for row in splits:
        who = held[row["pipeline"], row["repeat"], row["fold"]]
        ids = {p["id"] for p in who}
        key = row["repeat"], row["fold"]
        if key not in of_curve:
            alive, seen = curves([every[name] for name in every if name not in ids])
            of_curve[key] = alive, seen
        alive, seen = of_curve[key]
        mine = [(*every[p["id"]], float(p["score"])) for p in who]
        expected = uno(mine, seen, times[-1])
        expect(abs(float(row["uno_c"]) - expected) < 1e-12, f"Uno's C of {row}: {expected}")
        if row["pipeline"] in ("chosen", "clinical"):
            steps = [brier(mine, alive(times[-1] * k / 20), seen, times[-1] * k / 20) for k in range(21)]
            area = sum((a + b) / 2 for a, b in zip(steps, steps[1:])) / 20
            expect(abs(float(row["integrated_brier_no_model"]) - area) < 1e-12, f"Brier without a model of {row}: {area}")
        for time in times:
            of_time.setdefault((row["pipeline"], time), []).append(auc(mine, seen, time))
        for rule in ("median", "learned"):
            cut = float(row[rule + "_cut"])
            group = high.setdefault((row["pipeline"], rule, row["repeat"]), [])
            group += [(time, event, score > cut) for time, event, score in mine]
        if row["pipeline"] == "clinical":  # one column: its order is the score's, or the other way round
            age = sorted(rows[name]["age"] for name in every if name not in ids)
            middle = (age[len(age) // 2 - 1] + age[len(age) // 2]) / 2
            by_age = [(rows[p["id"]]["age"] > middle, rows[p["id"]]["age"] < middle,
                       float(p["score"]) > float(row["median_cut"])) for p in who if rows[p["id"]]["age"] != middle]
            expect(all(up == said for up, _, said in by_age) or all(down == said for _, down, said in by_age),
                   f"the median cut of {row} is not that of age")
    for (pipeline, time), values in of_time.items():
        row = by_time[pipeline, time]
        expect(abs(float(row["auc"]) - sum(values) / len(values)) < 1e-12, f"AUC of {row}: {values}")
    for name in ("chosen", "all/cox", "lasso/cv"):
        expect(float(means[name]["integrated_brier"]) < float(means[name]["integrated_brier_no_model"]) - 0.03, means[name])
    tests, groups = table(os.path.join(out, "survival_tests.csv")), table(os.path.join(out, "survival_groups.csv"))
    roots = {}
    for row in tests:
        if row["repeat"] == "mean":
            continue
        mine = high[row["pipeline"], row["cut"], row["repeat"]]
        root = roots[row["pipeline"], row["cut"], row["repeat"]] = logrank(mine)
        expect(abs(float(row["logrank_z"]) - root) < 1e-9, f"log-rank of {row}: {root}")
        expect(abs(float(row["naive_p"]) - math.erfc(abs(root) / math.sqrt(2))) < 1e-9 and "naive_p and the limits take" in row["note"] and row["logrank_p"] == "",
               f"naive p of {row}")
        expect(row["permutation_p"] == "", f"a p of one repeat: {row}")
        if row["repeat"] == "1" and row["pipeline"] in ("chosen", "clinical"):
            for name, expected in zip(("hr", "hr_lower", "hr_upper"), ratio([(t, d, float(up)) for t, d, up in mine])):
                expect(abs(float(row[name]) / expected - 1) < 1e-8, f"{name} of the high group in {row}: {expected}")
    for row in groups:
        mine = high[row["pipeline"], row["cut"], row["repeat"]]
        side = [(time, event) for time, event, up in mine if up == (row["group"] == "high")]
        expect((int(row["n"]), int(row["events"])) == (len(side), sum(e for _, e in side)), f"group {row}")
        if row["repeat"] == "1":
            middle = median(side)
            expect(row["median"] == "" if middle is None else float(row["median"]) == middle, f"median of {row}: {middle}")
    for rule in ("median", "learned"):
        row = next(row for row in tests if (row["pipeline"], row["cut"], row["repeat"]) == ("chosen", rule, "mean"))
        of = [roots["chosen", rule, repeat] for repeat in "12"]
        expect(abs(float(row["logrank_z"]) - sum(of) / 2) < 1e-9, f"mean of {row}")
        expect(abs(float(row["permutation_observed"]) - of[0]) < 1e-9, f"the repeat that is permuted: {row}")
        expect(row["permutation_p"] == "0.25" and row["permutations"] == "3" and row["permutation_repeats"] == "1", f"three permutations: {row}")
    curve = table(os.path.join(out, "survival_curves.csv"))
    expect({row["pipeline"] for row in curve} == {"chosen", "clinical", "clinical + chosen"}, "whose curves")
    for row in curve:
        mine = [(time, event) for time, event, up in high[row["pipeline"], row["cut"], row["repeat"]]
                if up == (row["group"] == "high")]
        at = curves(mine)[0](float(row["time"])) if row["repeat"] == "1" and row["pipeline"] == "chosen" else None
        expect(at is None or abs(float(row["survival"]) - at) < 1e-12, f"curve {row}: {at}")
    added = {(row["pipeline"], row["against"], row["measure"], row["time"]): row
             for row in table(os.path.join(out, "survival_added.csv"))}
    expect({key[:2] for key in added} == {("clinical + chosen", "clinical"), ("clinical + chosen", "chosen"),
                                          ("chosen", "clinical")}, "who is compared")
    of_split = {(row["pipeline"], row["repeat"], row["fold"]): row for row in splits}
    for (pipeline, against, measure, time), row in added.items():
        if measure == "auc":
            differences = [a - b for a, b in zip(of_time[pipeline, float(time)], of_time[against, float(time)])]
        elif measure != "brier":
            differences = [float(of_split[pipeline, r, f][measure]) - float(of_split[against, r, f][measure])
                           for name, r, f in of_split if name == pipeline]
        else:
            continue
        mean, n = sum(differences) / len(differences), len(differences)
        expect(int(row["splits"]) == n == 6 and abs(float(row["difference"]) - mean) < 1e-12, f"{row}: {mean}")
        deviation = math.sqrt(sum((d - mean) ** 2 for d in differences) / (n - 1) * (1 / n + 1 / 2))
        half = 2.5705818356363141 * deviation  # Student's 0.975 quantile of 5 df; Nadeau and Bengio: a third is held out
        expect(abs(float(row["high"]) - mean - half) < 1e-9, f"{row}: {half}")
    expect(float(added["clinical + chosen", "clinical", "uno_c", ""]["p"]) < 0.05, "scores add to age")
    benefit = [row for row in table(os.path.join(out, "survival_benefit.csv")) if float(row["time"]) == times[1]]
    expect(len(benefit) == 3 * 99, f"{len(benefit)} thresholds")
    risk = 1 - curves(list(every.values()))[0](times[1])
    for row in benefit:
        odds = float(row["threshold"]) / (1 - float(row["threshold"]))
        expect(abs(float(row["treat_all"]) - (risk - (1 - risk) * odds)) < 1e-12, f"treating all: {row}")
        if row["pipeline"] == "chosen" and 0.1 <= float(row["threshold"]) <= 0.5:
            expect(float(row["net_benefit"]) > max(float(row["treat_all"]), 0), f"benefit {row}")
    for words in ("Uno's C", "integrated Brier score", "log-rank z", "naive p", "by 3 permutations"):
        expect(words in done.stdout, f"the summary says nothing of \"{words}\"")


def times_asked(where):
    done = sweep(where, STUDY.replace("controls: {permute: 3}", "controls: {permute: 0}\nsurvive: {times: [6, 12]}"), "asked")
    out = os.path.join(where, "asked")
    expect(done.returncode == 0, f"times asked for: {done.stderr}")
    expect({row["time"] for row in table(os.path.join(out, "time_auc.csv"))} == {"6", "12"}, "times")
    row = next(row for row in table(os.path.join(out, "survival_tests.csv")) if row["repeat"] == "mean")
    expect(row["permutation_p"] == "" and row["logrank_z"] != "", f"without permutations: {row}")


def baseline(rows, out, where):
    """model.json's steps against Efron's formula over the scores that the program gives its own training rows."""
    model = json.load(open(os.path.join(out, "model.json")))
    expect(model["outcome"] == {"kind": "time", "column": "months", "event": "dead"}, model["outcome"])
    scored = os.path.join(where, "scored.csv")
    with_age = ("--clinical", os.path.join(where, "clinical.csv"), "--by", "id")
    done = run("score", os.path.join(out, "model.json"), os.path.join(where, "table.csv"), "--csv", scored, "--time", "24",
               *with_age)
    expect(done.returncode == 0, f"score: {done.returncode} {done.stderr}")
    score = {row["id"]: float(row["score"]) for row in table(scored)}
    hazard = efron([(row["months"], row["dead"], score[name]) for name, row in rows.items()])(24)
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
    for name in ("predictions.csv", "leaderboard.csv", "model.json", "centres.csv", "settings.csv", "survival.csv",
                 "time_auc.csv", "survival_splits.csv", "survival_groups.csv", "survival_tests.csv", "survival_curves.csv",
                 "survival_added.csv", "survival_benefit.csv"):
        expect(content(os.path.join(out, name)) == content(os.path.join(where, "two", name)), f"{name} of two ranks")


def validated(where, out, trained):
    """A model on other patients: every number by its definition from the scores that `score` gives them."""
    other = os.path.join(where, "other")
    os.mkdir(other)
    rows = {row["id"]: row for row in write_cohort(other, 120, 23)}
    model, told = os.path.join(out, "model.json"), os.path.join(other, "clinical.csv")
    clinical = table(told)
    for row in clinical:
        row["dead"] = {"0": "alive", "1": "gone"}[row["dead"]]
    clinical[7]["dead"] = ""
    save(told, clinical)
    files = (model, os.path.join(other, "table.csv"), "--clinical", told, "--by", "id")
    done = run("validate", *files, "--outcome", "months", "--map", "gone=1", "--map", "alive=0", "--time", "12", "--time", "6",
               "--centre", "centre", "-o", os.path.join(other, "v"))
    expect(done.returncode == 0 and "without an outcome" in done.stdout, f"validate: {done.returncode} {done.stderr}")
    mine = {}
    for time in (6, 12):
        scored = os.path.join(other, f"scored{time}.csv")
        run("score", *files, "--csv", scored, "--time", str(time))
        for row in table(scored):
            mine.setdefault(row["id"], []).append((float(row["score"]), float(row["survival"])))
    del mine[clinical[7]["id"]]
    cuts = json.load(open(model))["cuts"]
    mine_then = {row["id"]: float(row["score"]) for row in table(os.path.join(where, "scored.csv"))}
    hazard = efron([(row["months"], row["dead"], mine_then[name]) for name, row in trained.items()])
    for group, value in (("all", ""), ("centre", "A"), ("centre", "B")):
        who = [name for name in mine if not value or rows[name]["centre"] == value]
        held = [(rows[name]["months"], rows[name]["dead"], mine[name][0][0]) for name in who]
        alive, seen = curves([(t, d) for t, d, _ in held])

        def rows_of(name):
            return [row for row in table(os.path.join(other, "v", name)) if (row["group"], row["value"]) == (group, value)]

        row, = rows_of("validation.csv")
        expect((int(row["n"]), int(row["events"])) == (len(held), sum(d for _, d, _ in held)), f"who: {row}")
        slope, se = slope_of(held)
        for name, expected in (("c_index", concordance(held)), ("uno_c", uno(held, seen, 12)), ("calibration_slope", slope),
                               ("calibration_slope_low", slope - 1.959963984540054 * se), ("tau", 12)):
            expect(abs(float(row[name]) - expected) < 1e-8, f"{group} {value}: {name} {row[name]}, {expected}")
        expect(float(row["c_index_low"]) < float(row["c_index"]) < float(row["c_index_high"]), f"interval {row}")
        steps = []
        for at in (12 * k / 20 for k in range(21)):
            risk = {n: 1 - math.exp(-hazard(at) * math.exp(mine[n][0][0])) for n in who}
            steps += [sum(risk[n] ** 2 / seen(at) if rows[n]["months"] > at else
                          rows[n]["dead"] * (1 - risk[n]) ** 2 / seen(rows[n]["months"], True) for n in who) / len(who)]
        area = sum((a + b) / 2 for a, b in zip(steps, steps[1:])) / 20
        expect(abs(float(row["integrated_brier"]) - area) < 1e-10, f"{group} {value}: {row['integrated_brier']}, {area}")
        for k, at in enumerate(rows_of("times.csv")):
            time = (6, 12)[k]
            score = sum((1 - mine[n][k][1]) ** 2 / seen(time) if rows[n]["months"] > time else
                        rows[n]["dead"] * mine[n][k][1] ** 2 / seen(rows[n]["months"], True) for n in who) / len(who)
            for name, expected in (("time", time), ("auc", auc(held, seen, time)), ("brier", score),
                                   ("brier_no_model", brier(held, alive(time), seen, time)), ("observed", 1 - alive(time)),
                                   ("predicted", sum(1 - mine[n][k][1] for n in who) / len(who))):
                expect(abs(float(at[name]) - expected) < 1e-12, f"{group} {value} at {time}: {name} {at[name]}, {expected}")
            for name, expected in zip(("observed_low", "observed_high"), limits([(t, d) for t, d, _ in held], time)):
                expect(abs(float(at[name]) - expected) < 1e-9, f"{group} {value} at {time}: {name} {at[name]}, {expected}")
            order = sorted(who, key=lambda n: mine[n][0][0])
            parts = [row for row in rows_of("calibration.csv") if row["time"] == str(time)]
            expect(len(parts) == min(5, len(who) // 10) and sum(int(row["n"]) for row in parts) == len(who), f"parts {parts}")
            for p, part in enumerate(parts):
                own = order[-(-p * len(who) // len(parts)):-(-(p + 1) * len(who) // len(parts))]
                at_part = 1 - curves([(rows[n]["months"], rows[n]["dead"]) for n in own])[0](time)
                expect(int(part["n"]) == len(own) and
                       abs(float(part["predicted"]) - sum(1 - mine[n][k][1] for n in own) / len(own)) < 1e-12 and
                       (part["observed"] == "" or abs(float(part["observed"]) - at_part) < 1e-12), f"part {p}: {part} {at_part}")
        for row in rows_of("cuts.csv"):
            expect(row["note"] == "", f"a note on other patients: {row}")
            cut = cuts[row["cut"]]
            side = [(t, d) for t, d, s in held if (s > cut) == (row["side"] == "high")]
            expect(float(row["at"]) == cut and (int(row["n"]), int(row["events"])) == (len(side), sum(d for _, d in side)),
                   f"cut {row}")
            if row["side"] == "high":
                for name, expected in zip(("hr", "hr_low", "hr_high"), ratio([(t, d, float(s > cut)) for t, d, s in held])):
                    expect(abs(float(row[name]) / expected - 1) < 1e-8, f"{name} of the high side: {row} {expected}")
                root = logrank([(t, d, s > cut) for t, d, s in held])
                expect(abs(float(row["logrank_chisq"]) - root ** 2) < 1e-9 and
                       abs(float(row["logrank_p"]) - math.erfc(abs(root) / math.sqrt(2))) < 1e-9, f"log-rank {row}: {root}")
    own = ("validate", model, os.path.join(where, "table.csv"), "--clinical", os.path.join(where, "clinical.csv"), "--by", "id",
           "--outcome", "months")
    done = run(*own, "--event", "dead", "-o", os.path.join(other, "own"))
    expect(done.returncode == 0 and "TRAINED ON" in done.stdout and "log-rank p" not in done.stdout and
           done.stdout.count("no test: the score was fitted to some of these patients") == 2, done.stdout)
    expect(re.search(r"^all +90 .* - +-$", done.stdout, re.M), f"a p in the table of groups: {done.stdout}")
    for row in table(os.path.join(other, "own", "cuts.csv")):
        tests = [row[name] for name in ("hr", "hr_low", "hr_high", "logrank_chisq", "logrank_p")]
        expect("no test" in row["note"] and not any(tests), f"a test on those whose outcomes made the score: {row}")
        expect(row["cut"] != "median" or int(row["n"]) == 45, f"the training patients' median: {row}")
    old = json.load(open(model))
    del old["training_rows_xxh3"]
    unknown = write(os.path.join(other, "unknown.json"), json.dumps(old))
    done = run("validate", unknown, *own[2:], "-o", os.path.join(other, "unknown"))
    notes = {row["note"] for row in table(os.path.join(other, "unknown", "cuts.csv"))}
    expect(done.returncode == 0 and len(notes) == 1 and "is not known" in min(notes), f"an older model: {done.stderr} {notes}")
    for extra, sentence in ((("--time", "0"), "above 0"), (("--event", "age"), "1 (the event) or 0"),
                            (("--event", "daed"), "daed"), (("--map", "1=maybe"), "--map 1=1")):
        done = run(*own, *extra)
        expect(done.returncode == 2 and sentence in done.stderr, f"{extra}: {done.returncode} {done.stderr}")


def landmarks(where):
    """Times from a landmark on are those of a table that says them so, without whom the landmark leaves out; differences of
    two time points have none without it."""
    rows = write_cohort(where)
    for row in rows:
        row["second"] = "" if row["id"] in ("p007", "p050") else 1.5 + (int(row["id"][1:]) % 3)
    save(os.path.join(where, "clinical.csv"), [{key: row[key] for key in ("id", "months", "dead", "age", "second")} for row in rows])
    for name, line, of, n_without in (("column", "landmark: second\n", lambda row: row["second"] or math.inf, 2),
                                      ("number", "landmark: 2\n", lambda row: 2, 0)):
        shifted = os.path.join(where, name)
        os.mkdir(shifted)
        left = [row for row in rows if row["months"] > of(row)]
        save(os.path.join(shifted, "table.csv"), [{key: row[key] for key in ("id", "centre", *FEATURES)} for row in left])
        save(os.path.join(shifted, "clinical.csv"),
             [{"id": row["id"], "months": row["months"] - of(row), "dead": row["dead"], "age": row["age"]} for row in left])
        done, other = sweep(where, STUDY + line, "from_" + name), sweep(shifted)
        expect(done.returncode == other.returncode == 0, f"landmark {name}: {done.stderr} {other.stderr}")
        expect(f"left out: {len(rows) - len(left) - n_without} patients with the event" in done.stdout, f"who is left out: {done.stdout[:400]}")
        for file in ("predictions.csv", "survival.csv", "survival_curves.csv"):
            expect(content(os.path.join(where, "from_" + name, file)) == content(os.path.join(shifted, "out", file)),
                   f"{file} from a landmark that is a {name}")
        asked = STUDY.split("split:")[0] + "survive: {groups: [f00], cutpoint: {of: f00, permutations: 99}}\n"
        for folder_of, study in ((where, asked + line), (shifted, asked)):
            done = run("survive", write(os.path.join(folder_of, "survive.yaml"), study), "--out",
                       os.path.join(folder_of, "survive_" + name))
            expect(done.returncode == 0, f"survive from a landmark: {done.stderr}")
        for file in ("univariable.csv", "curves.csv", "cutpoints.csv"):
            expect(content(os.path.join(where, "survive_" + name, file)) == content(os.path.join(shifted, "survive_" + name, file)),
                   f"survive's {file} from a landmark that is a {name}")
        said = []
        for folder_of, model in ((where, os.path.join(where, "from_" + name)), (shifted, os.path.join(shifted, "out"))):
            done = run("validate", os.path.join(model, "model.json"), os.path.join(folder_of, "table.csv"), "--clinical",
                       os.path.join(folder_of, "clinical.csv"), "--by", "id", "--outcome", "months", "-o",
                       os.path.join(folder_of, "validated_" + name))
            expect(done.returncode == 0, f"validate from a landmark: {done.stderr}")
            if folder_of == where:
                expect(f"left out: {len(rows) - len(left) - n_without} with the event" in done.stdout and
                       (f"{n_without} without an outcome" in done.stdout) == (n_without > 0), f"validate: {done.stdout[:600]}")
            said += [[content(os.path.join(folder_of, "validated_" + name, file)) for file in ("validation.csv", "cuts.csv")]]
        expect(said[0] == said[1], f"validate from a landmark that is a {name}")
        scored = []
        for folder_of, model in ((where, os.path.join(where, "from_" + name)), (shifted, os.path.join(shifted, "out"))):
            out = os.path.join(folder_of, "scored.csv")
            done = run("score", os.path.join(model, "model.json"), os.path.join(folder_of, "table.csv"), "--clinical",
                       os.path.join(folder_of, "clinical.csv"), "--by", "id", "--csv", out, "--time", "12")
            expect(done.returncode == 0, f"score from a landmark: {done.stderr}")
            expect(("survival_from_landmark is that of 12 more" in done.stdout) == (folder_of == where) and
                   ("landmark, each patient's second" in done.stdout) == (folder_of == where and name == "column"),
                   f"what score says of a landmark: {done.stdout}")
            scored.append({row["id"]: row.get("survival_from_landmark" if folder_of == where else "survival")
                           for row in table(out)})
        expect(all(scored[0][key] == value and value for key, value in scored[1].items()), "survival from a landmark on")
        done = run("score", os.path.join(where, "from_" + name, "model.json"), os.path.join(where, "table.csv"), "--csv",
                   os.path.join(where, "late.csv"), "--time", "1000")
        expect(done.returncode == 2 and "followed so long from the landmark on" in done.stderr, f"too late: {done.stderr}")
    for number, (study, sentence) in enumerate((
            (STUDY + "pivot: {by: [point], delta: {from: 1, to: 2}}\n", "\"landmark\" was expected"),
            (STUDY + "pivot: {by: [point]}\n", "values of point side by side; if they are time points"),
            (STUDY + "pivot: {by: [sequence, point]}\n", "or landmark: none, where all of them are known"),
            (STUDY + "pivot: {by: [point], delta: {from: 1, to: 2}}\nlandmark: none\n", "delta: the difference is known only"),
            (STUDY + "landmark: 0\n", "a time above 0"), (STUDY + "landmark: secnod\n", "did you mean \"second\""),
            (STUDY + "landmark: months\n", "is the outcome"),
            (STUDY.replace("{time: months, event: dead}", "{class: dead}") + "landmark: 2\n", "is for an outcome"))):
        done = sweep(where, study, out=f"landmark{number}")
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    done = run("survive", write(os.path.join(where, "survive.yaml"), STUDY.split("split:")[0] +
                                "pivot: {by: [point], delta: {from: 1, to: 2}}\n"), "--out", os.path.join(where, "delta"))
    expect(done.returncode == 2 and "\"landmark\" was expected" in done.stderr, f"survive: {done.stderr}")
    rows = table(os.path.join(where, "table.csv"))
    for column, word, allowed in (("point", "", False), ("point", "landmark: none\n", True), ("Sequence", "", True),
                                  ("point", "landmark: 1\n", True)):
        folder_of = os.path.join(where, f"beside_{column}_{len(word)}")
        os.makedirs(folder_of)
        save(os.path.join(folder_of, "table.csv"), [{**row, column: value} for row in rows for value in "12"])
        save(os.path.join(folder_of, "clinical.csv"), table(os.path.join(where, "clinical.csv")))
        done = run("survive", write(os.path.join(folder_of, "survive.yaml"), STUDY.split("split:")[0] + word +
                                    f"pivot: {{by: [{column}]}}\n"), "--out", os.path.join(folder_of, "out"))
        expect((done.returncode == 0) == allowed, f"{column} side by side, {word}: {done.returncode} {done.stderr}")


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


def what_nothing_reads(where):
    """Settings that no fit reads make no grid; what is said to `radmill survive` alone is said to be; kinds name their outcomes."""
    models = STUDY[STUDY.index("models:"):STUDY.index("controls:")]
    for settings, sentence in (("{lambda: [0.1, 0.2]}", "a lambda is given, which nothing reads: choose: given, and a penalty, were expected"),
                               ("{penalty: none, choose: given, lambda: 0.2}", "a lambda is given, which nothing reads"),
                               ("{penalty: ridge, alpha: [0.2, 0.5]}", "an alpha is given, which nothing reads: penalty: elasticnet was expected"),
                               ("{penalty: none, thresh: 1e-7}", "thresh is where a fit with a penalty ends; none was expected with penalty: none")):
        done = sweep(where, STUDY.replace(models, f"models:\n  cox: {settings}\n"), out="unread")
        expect(done.returncode == 2 and f"cox: {sentence}" in done.stderr, f"{settings}: {done.returncode} {done.stderr}")
    said = "a sweep's Cox models have neither strata nor offset\n"
    models = STUDY.replace(models, "models:\n  cox: {penalty: elasticnet, choose: given, lambda: [0.1, 0.2], alpha: 0.3}\n")
    for more, n in (("survive: {strata: centre}\n", 1), ("survive: {offset: age, times: [6]}\n", 1), ("survive: {times: [6]}\n", 0)):
        path = write(os.path.join(where, "said.yaml"), models + more)
        for words in (("--explain",), ("--out", os.path.join(where, "said"), "--fresh")):
            done = run("sweep", path, *words)
            expect(done.returncode == 0 and done.stdout.count(said) == n, f"{more} {words}: {done.stdout} {done.stderr}")
    listed = " ".join(run("sweep", "--steps").stdout.split())
    for words in ("Efron's increments (for times)", "elastic net (for two classes, numbers, times)"):
        expect(words in listed and "(for )" not in listed, f"kinds: {words}")


def main():
    with folder() as where:
        rows, out = results(where)
        baseline(rows, out, where)
        validated(where, out, rows)
        ranks(where, out)
        times_asked(where)
        refusals(where)
        what_nothing_reads(where)
    with folder() as where:
        landmarks(where)
    finish("times")


if __name__ == "__main__":  # permuted_times.py asks it for its C-index and its log-rank test
    main()
