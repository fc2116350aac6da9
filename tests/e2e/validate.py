"""radmill validate through its command line: its measures against their definitions worked through here from the scores of
`radmill score`, in all and in every group; what does not fit is said."""
import math
import os

from program import expect, finish, folder, run, save, table
from score_cases import cohort, refused, sweep
from worked import auc_delong, chi_square_upper, close, hosmer_lemeshow, logistic_fit, net_benefit


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
    expect("147 patients with outcome and score" in done.stdout and "2 without an outcome, 1 without a score" in done.stdout,
           f"counted: {done.stdout}")
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
    for row in table(os.path.join(out, "features.csv")):
        x = [float(r[row["feature"]]) for r in rows if r[row["feature"]] != ""]
        low, high = float(row["training_low"]), float(row["training_high"])
        expect((row["missing"], row["below_training"], row["above_training"]) ==
               (str(150 - len(x)), str(sum(v < low for v in x)), str(sum(v > high for v in x))), f"counted: {row}")

    # The other outcome named positive turns the counts around, and nothing else is fitted again.
    run("validate", path, new, "--clinical", clinical, "--by", "id", "--outcome", "y=no", "--out", os.path.join(where, "no"))
    turned = table(os.path.join(where, "no", "validation.csv"))[0]
    close(turned["auc"], 1 - float(found[0]["auc"]), "the other outcome")
    expect(turned["threshold"] == found[0]["threshold"], "the same threshold")
    return path, new, clinical, rows


def what_is_wrong_is_said(where, path, new, clinical, rows):
    validate = lambda *more: run("validate", path, new, "--clinical", clinical, "--by", "id", *more)
    refused(validate("--outcome", "age"), "more than two values")
    refused(validate("--outcome", "y=maybe"), "must name one")
    refused(validate("--outcome", "yy"), "did you mean \"y\"")
    refused(validate("--outcome", "y", "--age", "sex"), "a number was expected")
    refused(validate("--outcome", "y", "--centre", "center"), "did you mean \"centre\"")
    refused(run("validate", path, new, "--clinical", clinical, "--by", "sex", "--outcome", "y"), "no sex of")
    expect(run("validate", path, new).returncode == 2, "--outcome is needed")
    twice = save(os.path.join(where, "twice.csv"), rows + rows[:1])
    refused(run("validate", path, twice, "--outcome", "y"), rows[0]["id"], "several rows (1 and 151)")
    refused(run("validate", path, new, "--clinical", save(os.path.join(where, "both.csv"), rows + rows[:1]), "--by", "id",
                "--outcome", "y"), "stands there twice (lines 2 and 152)")
    nobody = save(os.path.join(where, "nobody.csv"), [dict(row, y="") for row in rows])
    refused(run("validate", path, nobody, "--outcome", "y"), "no patient has one")
    one = save(os.path.join(where, "one.csv"), [dict(row, y="yes") for row in rows])
    done = run("validate", path, one, "--outcome", "y")
    expect(done.returncode == 1 and "one outcome only" in done.stdout, f"one outcome: {done.returncode} {done.stderr}")


def main():
    with folder() as where:
        what_is_wrong_is_said(where, *measures(where))
    finish("validate")


main()
