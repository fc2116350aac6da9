"""A selection that keeps no feature and a penalty that sets all coefficients to 0 are one and the same to whoever reads the
figures: models that say the same of everybody have neither interval nor p, in no table and not on the page, stand in no
curve, and are named."""
import json
import os
import re

from html_page import read_page
from program import expect, finish, folder, save, table
from report_cases import need_gnuplot, report
from times_cases import STUDY, sweep, write_cohort

MODELS = STUDY[STUDY.index("models:"):STUDY.index("controls:")]
NOISE = STUDY.replace('["f*"]', "[f01, f02, f04, f05]")
CAUSES = {  # what is said of it: the study
    "kept no feature": (NOISE.replace("  all: []\n  lasso: [{lasso: {kfold: 4}}]\n", "  lasso: [{lasso: {kfold: 4, lambda: 1se}}]\n")
                        .replace(MODELS, "models:\n  cox: {penalty: ridge, choose: given, lambda: 0.1}\n"), "0"),
    "has coefficients that are all 0": (STUDY.replace("  lasso: [{lasso: {kfold: 4}}]\n", "")
                                        .replace(MODELS, "models:\n  cox: {penalty: lasso, choose: given, lambda: 5}\n"), "6")}


def texts(path):
    return " ".join(" ".join(read_page(path).texts).split())


def limits_of(where, name, pipelines):
    """Every limit and p of these pipelines that a table of the sweep has."""
    found = []
    for row in table(os.path.join(where, name)):
        if row["pipeline"] in pipelines or row.get("against") in pipelines:
            found += [(name, row["pipeline"], key, value) for key, value in row.items() if value and
                      (key in ("low", "high", "p") or re.search(r"_low$|_high$|_p$|^p_vs|^hr|hosmer.*_p|^naive", key))]
    return found


def of_times(where):
    for k, (said, (study, zero)) in enumerate(CAUSES.items()):
        out = os.path.join(where, f"out{k}")
        done = sweep(where, study, f"out{k}")
        lines = [line for line in done.stdout.splitlines() if "and says the same of every patient there" in line]
        expect(done.returncode == 0 and len(lines) == 2 and
               all(f"{said} in 6 of 6 splits and says the same of every patient there: no interval, no p" in line for line in lines),
               f"{said}: {done.stdout} {done.stderr}")
        board = table(os.path.join(out, "leaderboard.csv"))
        names = {row["pipeline"] for row in board if row["control"] == "no"}
        for row in board[:2]:
            expect((row["c-index"], row["kept_none"], row["coefficients_zero"]) == ("0.5", "6", zero), f"{said}: {row}")
        for name in ("leaderboard.csv", "survival.csv", "time_auc.csv", "survival_tests.csv", "survival_added.csv", "centres.csv"):
            expect(not limits_of(out, name, names), f"{said}: limits {limits_of(out, name, names)}")
        expect(limits_of(out, "leaderboard.csv", {"clinical"}), "the controls keep theirs")
        own = done.stdout[done.stdout.index('"chosen", held-out'):done.stdout.index("The features tell")]
        expect("Uno's C 0.500, integrated Brier score" in own and "(" not in own.replace("(repeat 1)", "") and " p " not in own,
               f"{said}: {own}")
        expect(own.count("0 low, 0 high: nothing to compare; 90 in neither") == 2, f"{said}: {own}")
        expect(not table(os.path.join(out, "survival_groups.csv"))[0]["pipeline"] == "chosen", "groups of one model's constants")
        page = report(out, os.path.join(where, f"page{k}.html"))
        shown = texts(page)
        cause = "the selection kept no feature" if zero == "0" else "all coefficients are 0"
        for sentence in (f"Nothing was kept: in 6 of 6 training parts {cause}; the model there says the same of every patient",
                         "there is no interval and no p", "90 of 90 held-out patients are in neither group"):
            expect(sentence in shown, f"{said}: not on the page: {sentence}")
        expect(not {"figure_held_out_median", "figure_held_out_learned"} & set(read_page(page).ids), f"{said}: curves")
        expect("0.50 (0.50" not in shown and "0.500 (0.500" not in shown, f"{said}: limits on the page")


def in_part(where):
    """Some splits alone: the figures keep their limits, and patients of these splits are in no curve and counted."""
    study = CAUSES["has coefficients that are all 0"][0].replace("lambda: 5", "lambda: 0.4")
    done = sweep(where, study, "part")
    found = re.search(r'"chosen" has coefficients that are all 0 in (\d) of 6 splits and says the same of every patient there\n', done.stdout)
    expect(found and 0 < int(found[1]) < 6, f"in part: {done.stdout}")
    out = os.path.join(where, "part")
    splits = [row for row in table(os.path.join(out, "survival_splits.csv")) if row["pipeline"] == "chosen" and row["repeat"] == "1"]
    empty = sum(int(row["n"]) for row in splits if row["c_index"] == "0.5")
    groups = {cut: [row for row in table(os.path.join(out, "survival_groups.csv"))
                    if (row["pipeline"], row["cut"], row["repeat"]) == ("chosen", cut, "1")] for cut in ("median", "learned")}
    expect(empty > 0 and sum(int(row["n"]) for row in groups["median"]) == 90 - empty, f"{empty} in no group: {groups}")
    shown = texts(report(out, os.path.join(where, "part.html")))
    expect(f"Nothing was kept: in {found[1]} of 6 training parts all coefficients are 0" in shown
           and "in every fit" not in shown, "said in part")
    expect(f"{empty} of 90 held-out patients are in neither group: their model says the same of everybody." in shown, "who is in no curve")
    ids = read_page(os.path.join(where, "part.html")).ids
    for cut, rows in groups.items():
        expect((f"figure_held_out_{cut}" in ids) == (len(rows) == 2), f"{cut}: {rows}")
    expect(board_row(out)["c-index_low"] != "", "limits of what varies")


def board_row(out):
    return table(os.path.join(out, "leaderboard.csv"))[0]


def of_classes(where):
    """Two classes: the same of logistic regression, of a hold-out's fixed interval and of what calibration tests."""
    rows = write_cohort(where)
    save(os.path.join(where, "clinical.csv"), [{"id": row["id"], "y": row["dead"], "age": row["age"]} for row in rows])
    study = STUDY.replace("{time: months, event: dead}", "{class: y, positive: 1}").replace("  lasso: [{lasso: {kfold: 4}}]\n", "")
    for k, split in enumerate(("{kfold: 3, repeats: 2, seed: 3}", "{holdout: [B]}")):
        text = study.replace("{kfold: 3, repeats: 2, seed: 3}", split).replace(
            MODELS, "models:\n  logistic: {penalty: l1, C: 1e-6}\n")
        done = sweep(where, text, f"classes{k}")
        expect(done.returncode == 0 and '"chosen" has coefficients that are all 0 in ' in done.stdout
               and ": no interval, no p" in done.stdout, f"{split}: {done.stdout} {done.stderr}")
        out = os.path.join(where, f"classes{k}")
        for name in ("leaderboard.csv", "centres.csv", "calibration.csv"):
            found = limits_of(out, name, {"chosen", "all/logistic"})
            expect(not found, f"{split}: {found}")


def counted(where):
    """How often a coefficient is not 0: a feature's share of the fits, a fit's number of them, and the final model's."""
    study = STUDY.replace(
        MODELS, "models:\n  cox: {penalty: [lasso, ridge], choose: given, lambda: [0.15, 0.3]}\n  ridge: {kind: cox, penalty: ridge}\n")
    done = sweep(where, study, "counted")
    expect(done.returncode == 0, f"counted: {done.stdout} {done.stderr}")
    out = os.path.join(where, "counted")
    features, settings = table(os.path.join(out, "features.csv")), table(os.path.join(out, "settings.csv"))
    columns = [name for name in features[0] if name.startswith("nonzero_")]
    expect(columns == [f"nonzero_{select}/cox" for select in ("all", "lasso")], f"columns: {columns}")
    for row in settings:
        said = row["used"] == "1" and "penalty=lasso" in row["settings"]
        expect((row["nonzero"] != "") == said or row["select"] == "lasso", f"whose number: {row}")
    for select in ("all", "lasso"):
        used = [row for row in settings if (row["select"], row["model"], row["used"]) == (select, "cox", "1") and row["fold"] != "all"]
        shares = [float(row[f"nonzero_{select}/cox"]) * 6 for row in features]
        expect(all(abs(share - round(share)) < 1e-9 for share in shares), f"{select}: {shares} of 6 fits")
        ridge = sum("penalty=ridge" in row["settings"] for row in used)  # these have no number, and no coefficient that is 0
        expect(len(used) == 6 and sum(shares) >= sum(int(row["nonzero"] or 0) for row in used) + ridge, f"{select}: {shares}, {used}")
        expect(all(float(row[f"nonzero_{select}/cox"]) <= float(row[f"kept_{select}"]) for row in features), "more than was kept")
    study = study.replace("[lasso, ridge]", "lasso").replace("  ridge: {kind: cox, penalty: ridge}\n", "").replace(
        "  lasso: [{lasso: {kfold: 4}}]\n", "").replace("[0.15, 0.3]", "0.2")
    done = sweep(where, study, "one")
    out = os.path.join(where, "one")
    with open(os.path.join(out, "model.json"), encoding="utf-8") as file:
        coefficients = json.load(file)["model"]["fitted"]["coefficient"].values()
    n = sum(value != 0 for value in coefficients)
    features, settings = table(os.path.join(out, "features.csv")), table(os.path.join(out, "settings.csv"))
    expect(0 < n < 9 and f": all/cox on all patients, 9 features, {n} of 9 coefficients not 0\n" in done.stdout, f"{n}: {done.stdout}")
    expect([row["nonzero"] for row in settings if row["fold"] == "all"] == [str(n)], f"of all patients: {settings}")
    of_folds = sum(int(row["nonzero"]) for row in settings if row["fold"] != "all")
    shares = {row["feature"]: round(6 * float(row["nonzero_all/cox"])) for row in features}
    expect(sum(shares.values()) == of_folds, f"{shares}, {of_folds} in the folds")
    shown = texts(report(out, os.path.join(where, "one.html")))
    most = max(shares, key=shares.get)
    for sentence in (f"{n} of 9 coefficients are not 0", f"Not 0 in how many of the 6 fits to training parts: {most} {shares[most]}",
                     "Of the steps of selection alone: a penalty may still set a kept feature’s coefficient to 0"):
        expect(sentence in shown, f"not on the page: {sentence}")


def main():
    need_gnuplot()
    with folder() as where:
        write_cohort(where)
        of_times(where)
        counted(where)
        in_part(where)
        of_classes(where)
    finish("kept_nothing")


main()
