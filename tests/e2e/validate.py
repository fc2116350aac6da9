"""radmill validate through its command line: its measures against their definitions worked through here from the scores of
`radmill score`, in all and in every group; what does not fit is said."""
import json
import math
import os
import random

from program import expect, finish, folder, run, save, table, write
from score_cases import cohort, refused, sweep
from worked import auc_delong, chi_square_upper, close, hosmer_lemeshow, logistic_fit, net_benefit, pearson, ranks


def tail(k, n, p):
    """P(X >= k) of a binomial."""
    return sum(math.comb(n, i) * p ** i * (1 - p) ** (n - i) for i in range(k, n + 1))


def compare(row, people, benefit, name):
    y = [int(p["y"] == "yes") for p in people]
    s = [float(p["score"]) for p in people]
    q = [float(p["probability"]) for p in people]
    close(row["n"], len(y), f"{name}: n")
    close(row["positive"], sum(y), f"{name}: positive")
    area, low, high = auc_delong([v for v, t in zip(s, y) if t], [v for v, t in zip(s, y) if not t])
    close(row["auc"], area, f"{name}: AUC")
    close(row["auc_low"], low, f"{name}: DeLong")
    close(row["auc_high"], high, f"{name}: DeLong")
    called = [float(row["threshold"]) <= v for v in s]
    expect(called == [p["positive"] == "1" for p in people], f"{name}: the threshold is that of score")
    tp, fp = sum(c and t for c, t in zip(called, y)), sum(c and not t for c, t in zip(called, y))
    fn, tn = sum(y) - tp, len(y) - sum(y) - fp
    for rate, k, n in (("sensitivity", tp, tp + fn), ("specificity", tn, tn + fp), ("ppv", tp, tp + fp), ("npv", tn, tn + fn)):
        close(row[rate], k / n if n else math.nan, f"{name}: {rate}")
        if n and 0 < k < n:  # Clopper and Pearson's bounds are where the tails hold 2.5 %
            close(repr(tail(k, n, float(row[rate + "_low"]))), 0.025, f"{name}: {rate} low", 1e-8)
            close(repr(1 - tail(k + 1, n, float(row[rate + "_high"]))), 0.025, f"{name}: {rate} high", 1e-8)
    close(row["brier"], sum((a - b) ** 2 for a, b in zip(q, y)) / len(y), f"{name}: Brier")
    close(row["log_loss"], -sum(math.log(a if t else 1 - a) for a, t in zip(q, y)) / len(y), f"{name}: log loss")
    logit = [math.log(a / (1 - a)) for a in q]
    close(row["calibration_in_the_large"], logistic_fit(y, logit, False)[0], f"{name}: in the large", 1e-6)
    close(row["calibration_slope"], logistic_fit(y, logit, True)[1], f"{name}: slope", 1e-6)
    groups = hosmer_lemeshow(y, q)
    chi, df = sum(group[-1] for group in groups), len(groups)
    close(row["hosmer_lemeshow"], chi, f"{name}: Hosmer-Lemeshow", 1e-8)
    close(row["hosmer_lemeshow_df"], df, f"{name}: degrees of freedom")
    close(row["hosmer_lemeshow_p"], chi_square_upper(chi, df), f"{name}: p of as many degrees as groups", 1e-8)
    expect(len(benefit) == 99, f"{name}: {len(benefit)} thresholds")
    for point in benefit:
        t = float(point["threshold"])
        above = [a >= t for a in q]
        close(point["net_benefit"], net_benefit(y, above, t), f"{name}: net benefit at {t}")
        close(point["treat_all"], net_benefit(y, [True] * len(y), t), f"{name}: treating all at {t}")


def measures(where):
    path = sweep(where, "model", "{scale: zscore}")
    rows = cohort(7, 150)
    for row in rows[:40]:  # a shifted centre, so that calibration is off
        row["f02"] = repr(float(row["f02"]) + 1.5)
    rows[10]["y"] = ""
    rows[11]["y"] = "NA"
    rows[12]["sex"] = ""
    rows[13]["age"], rows[14]["age"], rows[15]["age"] = "50", "65", "49.9"
    features = [{k: v for k, v in row.items() if k not in ("y", "sex", "age", "centre")} for row in rows]
    people = [{k: row[k] for k in ("id", "y", "sex", "age", "centre")} for row in reversed(rows)]
    new, clinical = save(os.path.join(where, "new.csv"), features), save(os.path.join(where, "people.csv"), people)
    first = run("validate", path, new, "--clinical", clinical, "--by", "id", "--outcome", "y", "--out", os.path.join(where, "f"))
    expect(first.returncode == 0, f"{first.returncode} {first.stderr}")
    needed = [row["feature"] for row in table(os.path.join(where, "f", "features.csv"))]
    features[20][needed[0]] = ""
    rows[20][needed[0]] = ""
    save(new, features)
    out = os.path.join(where, "v")
    done = run("validate", path, new, "--clinical", clinical, "--by", "id", "--outcome", "y=yes", "--centre", "centre", "--sex",
               "sex", "--age", "age", "--out", out)
    expect(done.returncode == 1, f"one has no score: {done.returncode} {done.stderr}")
    n_positive = sum(row["y"] == "yes" for i, row in enumerate(rows) if i != 20)
    expect(f"147 patients with outcome and score, {n_positive} positive (y = yes)\n" in done.stdout, f"counted: {done.stdout}")
    expect("fitted to 90 patients (37 positive: y = yes)" in done.stdout, f"what is positive: {done.stdout}")
    expect("TRAINED ON" not in done.stdout and "TRAINED ON" not in first.stdout, f"on others: {done.stdout[:600]}")
    expect(f"left out: 2 without an outcome: {rows[10]['id']}, {rows[11]['id']}\n" in done.stdout, f"named: {done.stdout}")
    expect(f"left out: 1 without a score for want of a value: {rows[20]['id']}\n    they lack {needed[0]} (1)\n" in done.stdout,
           f"named: {done.stdout}")
    expect(run("score", path, new, "--clinical", clinical, "--by", "id", "--csv", os.path.join(where, "s.csv")).returncode == 1,
           "scored")
    scored = {row["id"]: row for row in table(os.path.join(where, "s.csv"))}
    judged = [dict(row, **scored[row["id"]]) for row in rows if row["y"] in ("yes", "no") and scored[row["id"]]["score"]]
    band = lambda age: "below 50" if float(age) < 50 else "50 to 65" if float(age) <= 65 else "above 65"
    groups = {("all", ""): judged}
    for row in judged:
        for group, value in (("centre", row["centre"]), ("sex", row["sex"] or "not known"), ("age", band(row["age"]))):
            groups.setdefault((group, value), []).append(row)
    found = table(os.path.join(out, "validation.csv"))
    benefit = table(os.path.join(out, "net_benefit.csv"))
    expect({(row["group"], row["value"]) for row in found} == set(groups), f"groups: {[r['value'] for r in found]}")
    for row in found:
        key = (row["group"], row["value"])
        if len(groups[key]) > 20:
            compare(row, groups[key], [b for b in benefit if (b["group"], b["value"]) == key], f"{key[0]} {key[1]}")
    alone = next(row for row in found if row["value"] == "not known")
    expect(alone["n"] == "1" and alone["auc"] == "" and alone["hosmer_lemeshow_p"] == "", f"one patient: {alone}")
    with open(path) as file:
        model = json.load(file)
    threshold, scale = model["threshold"], model["probability"]
    close(found[0]["threshold"], threshold, "the threshold is model.json's")
    probability = 1 / (1 + math.exp(-(scale["slope"] * threshold + scale["intercept"])))
    close(found[0]["threshold_probability"], probability, "as a probability")
    expect(f"frozen in model.json: a score of {threshold:.4g}, which is a probability of {probability:.4g}" in done.stdout,
           f"both scales: {done.stdout}")
    told = {}
    for row in table(os.path.join(out, "features.csv")):
        x = [float(r[row["feature"]]) for r in judged]
        low, high = float(row["training_low"]), float(row["training_high"])
        below, above = sum(v < low for v in x), sum(v > high for v in x)
        expect((row["patients"], row["missing"], row["below_training"], row["above_training"], row["unscored_missing"]) ==
               ("147", "0", str(below), str(above), str(int(row["feature"] == needed[0]))), f"counted: {row}")
        close(row["mean"], sum(x) / 147, "the mean of those with a score")
        if below + above:
            told[row["feature"]] = ["0", str(below), str(above)]
    lines = [line.split() for line in done.stdout.split("features missing or outside the training range:")[1].splitlines()]
    expect({line[0]: line[1:4] for line in lines if line and line[0] in told} == told, f"named: {done.stdout}")
    return path, new, clinical, rows


def trained_on(where):
    """The rows that a model was trained on are counted in any mixture with others, whoever they are called."""
    out = os.path.join(where, "trained.out")

    def validated(model, rows, n, what, status=0):
        """n: of how many it is said, None where it is not known."""
        new = save(os.path.join(where, "trained.csv"), rows)
        done = run("validate", model, new, "--outcome", "y", "--centre", "centre", "--out", out)
        expect(done.returncode == status, f"{what}: {done.returncode} {done.stderr}")
        expect((f"{n} OF {len(rows)} PATIENTS ARE ROWS THAT THE MODEL WAS TRAINED ON" in done.stdout) == bool(n) and
               ("TRAINED ON" in done.stdout) == bool(n), f"{what}: {n} expected: {done.stdout[:600]}")
        expect(("is not known" in done.stdout) == (n is None), f"{what}: {done.stdout[:600]}")
        told = table(os.path.join(out, "validation.csv"))
        expect(told[0]["trained_on"] == ("" if n is None else str(n)), f"{what}: {n} expected: {told[0]}")
        if n is not None:
            expect(sum(int(row["trained_on"]) for row in told[1:]) == n, f"{what}: by centre: {told}")
        scored = os.path.join(where, "trained.scores.csv")
        done = run("score", model, new, "--csv", scored)
        marks = [row["trained_on"] for row in table(scored)]
        expect(marks.count("1") == (n or 0) and set(marks) <= {"0", "1"} if n is not None else set(marks) == {""}, f"{what}: {marks}")
        expect(("rows that the model was trained on" in done.stdout) == bool(n), f"{what}: {done.stdout}")

    path = sweep(where, "seen", "{impute: median}, {scale: zscore}", edit=lambda rows: [dict(r, f02="") if i == 3 else r
                                                                                        for i, r in enumerate(rows)])
    own, others = table(os.path.join(where, "train.csv")), cohort(17, 60)
    validated(path, own, 90, "its training rows")
    validated(path, own[5:42] + others[:8], 37, "some of them")
    validated(path, others + own[::-1], 90, "more than them")
    validated(path, [dict(r, id=f"x{i}") for i, r in enumerate(own)], 90, "by another name")
    validated(path, others, 0, "others")
    rounded = [{k: f"{float(v):.3f}" if k[0] == "f" and v else v for k, v in r.items()} for r in own]
    validated(path, rounded, 0, "rounded values are others")
    with open(path) as file:
        model = json.load(file)
    hashes = model["training_rows_xxh3"]
    expect(len(hashes) == 90 and hashes == sorted(hashes) and not model["contains_patient_data"], f"hashes: {hashes[:3]}")
    del model["training_rows_xxh3"]
    validated(write(os.path.join(where, "older.json"), json.dumps(model)), own, None, "an older file")
    for wrong in (1, [1], ["0" * 15], ["G" * 16], [hashes[1], hashes[0]], [hashes[0]] * 2):
        bad = write(os.path.join(where, "bad.json"), json.dumps(dict(model, training_rows_xxh3=wrong)))
        refused(run("validate", bad, os.path.join(where, "trained.csv"), "--outcome", "y"), "bad.json: training_rows_xxh3", "expected")

    # Whole numbers are shared by chance: there the patient's name tells, too.
    whole = lambda rows: [{k: str(round(float(v))) if k[0] == "f" and v else v for k, v in r.items()} for r in rows]
    path = sweep(where, "whole", "{scale: zscore}", edit=whole)
    own = table(os.path.join(where, "train.csv"))
    validated(path, own[10:] + whole(others), 80, "whole numbers")
    validated(path, [dict(r, id=f"x{i}") for i, r in enumerate(own)], 0, "whole numbers of others")
    # A patient's several rows are one.
    twice = lambda people: [r for p in people for r in (p, {k: repr(float(v) + 0.01) if k[0] == "f" else v for k, v in p.items()})]
    for rois in ("separate", "mean"):
        path = sweep(where, rois, "{scale: zscore}", more=f"rois: {rois}", use="", long=twice)
        done = run("validate", path, save(os.path.join(where, "several.csv"), table(os.path.join(where, "train.csv"))[:30]),
                   "--outcome", "y")
        expect("15 OF 15 PATIENTS ARE ROWS" in done.stdout, f"{rois}: {done.stdout[:600]} {done.stderr}")


def what_is_wrong_is_said(where, path, new, clinical, rows):
    validate = lambda *more: run("validate", path, new, "--clinical", clinical, "--by", "id", *more)
    refused(validate("--outcome", "age"), "more than two values")
    refused(validate("--outcome", "y=no"), "the model predicts y = yes, and no was asked for", "--map no=yes")
    refused(validate("--outcome", "sex"), "has the values", "none of which is the model's positive one, yes", "--map")
    refused(validate("--outcome", "y", "--map", "dead=yes"), "of " + clinical + " has no dead; its values are")
    refused(validate("--outcome", "y", "--map", "no=yes"), "has yes in y, too", "--map yes=")
    expect(validate("--outcome", "y", "--map", "yes").returncode == 2, "THEIRS=MODELS is needed")
    expect(validate("--outcome", "y", "--map", "a=1", "--map", "a=2").returncode == 2, "one name a text")
    refused(validate("--outcome", "yy"), "did you mean \"y\"")
    refused(validate("--outcome", "y", "--age", "sex"), "a number was expected")
    refused(validate("--outcome", "y", "--centre", "center"), "did you mean \"centre\"")
    refused(run("validate", path, new, "--clinical", clinical, "--by", "sex", "--outcome", "y"), "no sex of")
    expect(run("validate", path, new).returncode == 2, "--outcome is needed")
    twice = save(os.path.join(where, "twice.csv"), rows + rows[:1])
    refused(run("validate", path, twice, "--outcome", "y"), rows[0]["id"], "several rows (1 and 151)")
    refused(run("validate", path, new, "--clinical", save(os.path.join(where, "both.csv"), rows + rows[:1]), "--by", "id",
                "--outcome", "y"), "stands there twice (lines 2 and 152)")
    # Where both files have a column they must agree on every patient, whoever reads it; a missing value says nothing.
    wide = save(os.path.join(where, "wide.csv"), [dict(row, sex="") if i == 30 else row for i, row in enumerate(rows)])
    for column, value, more in (("y", "yes" if rows[5]["y"] == "no" else "no", ()), ("centre", "D", ("--centre", "centre")),
                                ("sex", "f" if rows[5]["sex"] == "m" else "m", ("--sex", "sex"))):
        people = [{"id": row["id"], column: row[column]} for row in rows]
        asked = ("validate", path, wide, "--clinical", save(os.path.join(where, "people2.csv"), people), "--by", "id", "--outcome", "y")
        done = run(*asked, *more)
        expect(done.returncode == 1, f"{column} in both files: {done.returncode} {done.stderr}")
        people[5][column] = value
        save(os.path.join(where, "people2.csv"), people)
        refused(run(*asked, *more), f"patient {rows[5]['id']} has {column} \"{rows[5][column]}\" in {wide} and \"{value}\" in "
                + os.path.join(where, "people2.csv"))
    nobody = save(os.path.join(where, "nobody.csv"), [dict(row, y="") for row in rows])
    refused(run("validate", path, nobody, "--outcome", "y"), "no patient has one")
    one = save(os.path.join(where, "one.csv"), [dict(row, y="yes") for row in rows])
    done = run("validate", path, one, "--outcome", "y")
    expect(done.returncode == 1 and "one outcome only" in done.stdout, f"one outcome: {done.returncode} {done.stderr}")


def other_names(where, path, new, clinical, rows):
    """A table that names the classes otherwise gives the same figures when --map says so, and is refused when not."""
    figures = lambda name: open(os.path.join(where, name, "validation.csv")).read()
    done = run("validate", path, new, "--clinical", clinical, "--by", "id", "--outcome", "y", "--out", os.path.join(where, "same"))
    expect(done.returncode == 1 and "--map" not in done.stdout, done.stderr)
    for name, names, maps in (("words", {"yes": "dead", "no": "alive"}, ("dead=yes",)),
                              ("codes", {"yes": "2", "no": "1"}, ("2.0=yes", "1=no")),
                              ("turned", {"yes": "no", "no": "yes"}, ("no=yes", "yes=no"))):
        other = save(os.path.join(where, name + ".csv"), [{"id": r["id"], "outcome": names.get(r["y"], r["y"])} for r in rows])
        asked = ("validate", path, new, "--clinical", other, "--by", "id", "--outcome", "outcome", "--out", os.path.join(where, name))
        if name != "turned":
            refused(run(*asked), "none of which is the model's positive one, yes", f"--map {names['no'] if names['no'] > names['yes'] else ''}")
        done = run(*asked, *[word for m in maps for word in ("--map", m)])
        expect(done.returncode == 1 and figures(name) == figures("same"), f"{name}: {done.stderr}")
        expect(f"outcome of {other}, taken for the model's y" in done.stdout and "is the model's yes (--map)" in done.stdout, done.stdout)
    # A published score names no outcome: POSITIVE is what it predicts.
    plain = write(os.path.join(where, "plain.json"), json.dumps({"type": "logistic", "intercept": 0.1,
                                                                 "features": [{"name": "f02", "coef": 1.0}]}))
    areas = []
    for positive in ("yes", "no"):
        done = run("validate", plain, new, "--clinical", clinical, "--by", "id", "--outcome", f"y={positive}", "--out",
                   os.path.join(where, "plain"))
        expect(f"the model does not say what it predicts: y = {positive} is taken for it" in done.stdout, done.stdout + done.stderr)
        expect(f" positive (y = {positive})\n" in done.stdout, f"what is positive: {done.stdout}")
        areas.append(float(table(os.path.join(where, "plain", "validation.csv"))[0]["auc"]))
    close(repr(areas[0]), 1 - areas[1], "the other outcome")


def scored_and_validated(where, name, path, rows, *more):
    """The validation's output and its folder, with the scores of the same rows."""
    new, out = save(os.path.join(where, name + ".new.csv"), rows), os.path.join(where, name + ".out")
    done = run("validate", path, new, "--outcome", "y", "--out", out, *more)
    expect(run("score", path, new, "--csv", os.path.join(where, "s.csv")).returncode == done.returncode == 0,
           f"{name}: {done.returncode} {done.stderr}")
    return done, out, {row["id"]: row for row in table(os.path.join(where, "s.csv"))}, new


def of_a_number(where):
    draw = random.Random(5)
    number = lambda rows: [dict(row, y=repr(2 * float(row["f02"]) - float(row["f05"]) + draw.gauss(0, 0.4))) for row in rows]
    path = sweep(where, "number", "{scale: zscore}", use="", edit=number, outcome="{value: y}", models="{linear: {lambda: 0}}",
                 more="", match="\"f*\"", select="")
    board = table(os.path.join(where, "number", "leaderboard.csv"))[0]
    centre = math.fsum(float(board[f"r2_{end}"]) for end in ("low", "high")) / 2
    expect(float(board["r2_high"]) == 1 and centre < float(board["r2"]), f"R2's interval ends at 1: {board}")
    rows = number(cohort(21, 60))
    done, out, scored, new = scored_and_validated(where, "number", path, rows, "--centre", "centre")
    found = table(os.path.join(out, "validation.csv"))
    expect([row["value"] for row in found] == ["", "A", "B", "C"], "groups")
    for row in found:
        people = [r for r in rows if row["value"] in ("", r["centre"])]
        y, q = [float(r["y"]) for r in people], [float(scored[r["id"]]["score"]) for r in people]
        n, u, v = len(y), sum(y) / len(y), sum(q) / len(q)
        errors = sum((a - b) ** 2 for a, b in zip(y, q))
        close(row["n"], n, "n")
        close(row["mean_observed"], u, "mean")
        close(row["mean_predicted"], v, "mean of predictions")
        close(row["r2"], 1 - errors / sum((a - u) ** 2 for a in y), "R2")
        close(row["mean_absolute_error"], sum(abs(a - b) for a, b in zip(y, q)) / n, "MAE")
        close(row["root_mean_squared_error"], math.sqrt(errors / n), "RMSE")
        close(row["spearman"], pearson(ranks(y), ranks(q)), "Spearman")
        xx = sum((b - v) ** 2 for b in q)
        slope = sum((a - u) * (b - v) for a, b in zip(y, q)) / xx
        rest = sum((a - u - slope * (b - v)) ** 2 for a, b in zip(y, q)) / (n - 2)
        close(row["calibration_slope"], slope, "slope")
        close(row["calibration_intercept"], u - slope * v, "intercept")
        close(row["calibration_slope_se"], math.sqrt(rest / xx), "slope's error")
        close(row["calibration_intercept_se"], math.sqrt(rest * (1 / n + v * v / xx)), "intercept's error")
    expect(f"R2                       {float(found[0]['r2']):.4g}\n" in done.stdout and "the measures above have none" in done.stdout,
           done.stdout)
    expect(not os.path.exists(os.path.join(out, "net_benefit.csv")) and f"{out}/validation.csv, features.csv, about.csv\n" in done.stdout,
           "files")
    refused(run("validate", path, new, "--outcome", "y=1"), "the model predicts a number; --outcome y was expected")
    refused(run("validate", path, new, "--outcome", "sex"), "a number was expected, as the model predicts one")
    refused(run("validate", path, new, "--outcome", "y", "--map", "1=2"), "the model predicts a number")


def of_several_classes(where):
    spread = lambda rows: [dict(row, y="low" if float(row["f02"]) + float(row["f03"]) / 2 < -0.4 else
                                "high" if float(row["f02"]) > 0.4 else "mid") for row in rows]
    path = sweep(where, "classes", "{scale: zscore}", use="", edit=spread, outcome="{classes: y}", models="{lda: {}}",
                 match="\"f02\", \"f05\", \"f07\"", select="")
    rows = spread(cohort(22, 60))
    names = ("high", "low", "mid")
    done, out, scored, new = scored_and_validated(where, "classes", path, rows, "--sex", "sex")
    found, classes, confusion = (table(os.path.join(out, f"{name}.csv")) for name in ("validation", "classes", "confusion"))
    expect([row["value"] for row in found] == ["", "f", "m"], "groups")
    sure = []
    for row in found:
        people = [r for r in rows if row["value"] in ("", r["sex"])]
        y, called = [r["y"] for r in people], [scored[r["id"]]["predicted"] for r in people]
        score = {c: [float(scored[r["id"]][f"score_{c}"]) for r in people] for c in names}
        areas, recalls, mine = {}, {}, [c for c in classes if c["value"] == row["value"]]
        expect([c["class"] for c in mine] == list(names), "classes")
        for c in mine:
            k = c["class"]
            areas[k], low, high = auc_delong([s for s, t in zip(score[k], y) if t == k], [s for s, t in zip(score[k], y) if t != k])
            if low == high:  # who are all told apart have no variance, which is no interval
                low = high = math.nan
                sure.append(k)
            recalls[k] = sum(a == b == k for a, b in zip(called, y)) / y.count(k)
            for key, value in (("n", y.count(k)), ("called", called.count(k)), ("auc", areas[k]), ("auc_low", low), ("auc_high", high),
                               ("recall", recalls[k])):
                close(c[key], value, f"{k}: {key}")
        close(row["n"], len(y), "n")
        close(row["auc"], sum(areas.values()) / 3, "AUC")
        close(row["balanced_accuracy"], sum(recalls.values()) / 3, "balanced accuracy")
        close(row["accuracy"], sum(a == b for a, b in zip(y, called)) / len(y), "accuracy")
        softmax = [math.exp(score[t][i]) / sum(math.exp(score[c][i]) for c in names) for i, t in enumerate(y)]
        close(row["log_loss"], -sum(math.log(p) for p in softmax) / len(y), "log loss")
        for cell in (c for c in confusion if c["value"] == row["value"]):
            n = sum(a == cell["observed"] and b == cell["called"] for a, b in zip(y, called))
            expect(cell["n"] == str(n), f"confusion: {cell}, {n} expected")
    expect(sure, "one class is told from the others without a mistake")
    expect(len(confusion) == 27 and "observed \\ called" in done.stdout, done.stdout)
    named = [dict(row, y={"high": "3", "low": "1", "mid": "2"}[row["y"]]) for row in rows]
    refused(run("validate", path, save(new, named), "--outcome", "y"), "the model knows the classes high, low, mid", "--map THEIRS=CLASS")
    done = run("validate", path, new, "--outcome", "y", "--map", "3=high", "--map", "1=low", "--map", "2=mid", "--sex", "sex", "--out",
               os.path.join(where, "named"))
    expect(done.returncode == 0 and table(os.path.join(where, "named", "classes.csv")) == classes, f"named: {done.stderr}")
    refused(run("validate", path, new, "--outcome", "y=3"), "the model predicts several classes; --outcome y was expected")
    done = run("validate", path, save(new, [r for r in rows if r["y"] != "mid"]), "--outcome", "y", "--out", os.path.join(where, "two"))
    expect(done.returncode == 0 and "a class has no patient" in done.stdout and
           table(os.path.join(where, "two", "validation.csv"))[0]["auc"] == "", f"a class is absent: {done.stdout} {done.stderr}")


def few(where):
    """Counts are of those that the line speaks of, and one of something is one; an AUC whose variance is 0 has no interval."""
    path = sweep(where, "imputed", "{impute: median}, {scale: zscore}", use="")
    needed = list(json.load(open(path))["features"])
    rows = cohort(31, 40)
    new, out = os.path.join(where, "few.csv"), os.path.join(where, "few")
    for row in rows[:4]:
        row[needed[0]] = ""
    for row in rows[1:]:
        row["y"] = ""
    rows[0]["y"] = "yes"

    def said(*more):
        done = run("validate", path, save(new, rows), "--outcome", "y", "--centre", "centre", "--out", out, *more)
        expect(done.returncode == 0, f"few: {done.returncode} {done.stderr}")
        return done.stdout

    text = said()
    expect("\n1 patient with outcome and score, 1 positive (y = yes)\n" in text and "\n  1 scored although values are missing" in text,
           f"one, though others lack values, too: {text}")
    expect("\nOf the 1 patient with a score, features missing" in text and " patients with" not in text, f"one patient: {text}")
    scored = run("score", path, new, "--csv", os.path.join(where, "few.scored.csv"))
    expect("  4 scored although values are missing" in scored.stdout, f"score speaks of all of them: {scored.stdout}")
    order = sorted(table(os.path.join(where, "few.scored.csv")), key=lambda row: float(row["score"]))
    for row in rows:
        row["y"] = {order[0]["id"]: "no", order[1]["id"]: "no", order[-1]["id"]: "yes", order[-2]["id"]: "yes"}.get(row["id"], "")
    text = said()
    all_of, = (row for row in table(os.path.join(out, "validation.csv")) if row["group"] == "all")
    expect((all_of["n"], all_of["auc"], all_of["auc_low"], all_of["auc_high"]) == ("4", "1", "", ""), f"four in order: {all_of}")
    expect("AUC                      1.000  (no interval: DeLong's variance comes out as 0)\n" in text, f"four in order: {text}")


def main():
    with folder() as where:
        case = measures(where)
        what_is_wrong_is_said(where, *case)
        other_names(where, *case)
        trained_on(where)
        of_a_number(where)
        of_several_classes(where)
        few(where)
    finish("validate")


main()
