"""What a page says of a time to an event follows the study's design: one part held out or folds, centres or none, a lambda that
was given or chosen, and pipelines that all failed."""
import json
import math
import os
import random
import re

from html_page import read_page
from program import expect, finish, folder, run, save, table, write
from report_cases import need_gnuplot, report
from times import concordance, logrank

STUDY = """table: table.csv
patient: id
centre: centre
outcome: {time: months, event: dead}
features: {match: ["f*"]}
clinical: {file: table.csv, by: id, use: [age], as: control}
split: {holdout: [B]}
inner: {kfold: 3}
prepare: [{scale: zscore}]
models:
  cox: {penalty: none}
controls: {permute: 3}
"""


def write_cohort(where, n=120, seed=7):
    """f0 shortens and f1 lengthens times; whole months, so that many are tied; ages in whole years, so that scores are."""
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        x = [draw.gauss(0, 1) for _ in range(4)]
        months, until = -20 * math.log(1 - draw.random()) / math.exp(0.8 * x[0] - 0.6 * x[1]), 50 * draw.random()
        rows.append({"id": f"p{i:03d}", "centre": "ABA"[i % 3], "months": math.ceil(min(months, until)),
                     "dead": int(months <= until), "age": round(60 + 8 * draw.gauss(0, 1)),
                     **{f"f{j}": round(v, 6) for j, v in enumerate(x)}})
    save(os.path.join(where, "table.csv"), rows)


def swept(where, name, study, status=0):
    out = os.path.join(where, name)
    done = run("sweep", write(os.path.join(where, name + ".yaml"), study), "--out", out)
    expect(done.returncode == status, f"{name}: {done.returncode} {done.stderr}")
    return out, done.stdout


def words(folder_of):
    return " ".join(" ".join(read_page(report(folder_of, folder_of + ".html")).texts).split())


def jackknife(rows):
    """C and its standard error: each patient's pairs, less what C says of them (R's concordance, infinitesimal jackknife)."""
    c, n_pairs = concordance(rows), 0
    good, pairs = [0.0] * len(rows), [0] * len(rows)
    for i, (time, event, score) in enumerate(rows):
        for j, (other_time, other_event, other) in enumerate(rows):
            if event and (time < other_time or (time == other_time and not other_event)):
                n_pairs += 1
                for k in (i, j):
                    pairs[k] += 1
                    good[k] += (score > other) + 0.5 * (score == other)
    return c, math.sqrt(sum((g - c * p) ** 2 for g, p in zip(good, pairs))) / n_pairs


def held_out(where):
    out, said = swept(where, "holdout", STUDY)
    predictions, board = table(os.path.join(out, "predictions.csv")), table(os.path.join(out, "leaderboard.csv"))
    for row in board:
        own = [(float(p["time"]), int(p["event"]), float(p["score"])) for p in predictions if p["pipeline"] == row["pipeline"]]
        if not own:
            continue
        c, se = jackknife(own)
        for column, wanted in (("c-index", c), ("jackknife_low", c - 1.959963984540054 * se),
                               ("jackknife_high", c + 1.959963984540054 * se)):
            expect(abs(float(row[column]) - wanted) < 1e-12, f"{row['pipeline']}: {column} {row[column]}, {wanted}")
        expect(row["c-index_low"] == row["p_vs_chosen"] == "", f"one split has no interval of splits: {row}")
    chosen = board[0]
    low, high = float(chosen["jackknife_low"]), float(chosen["jackknife_high"])
    expect(f"{low:.3f} to  {high:.3f}" in said and "infinitesimal jackknife" in said and "naive" not in said, said)
    expect("paired" not in said, f"a test that is none: {said}")
    cut, = {float(row["median_cut"]) for row in table(os.path.join(out, "survival_splits.csv")) if row["pipeline"] == "chosen"}
    root = logrank([(float(p["time"]), int(p["event"]), float(p["score"]) > cut) for p in predictions if p["pipeline"] == "chosen"])
    tests = [row for row in table(os.path.join(out, "survival_tests.csv")) if row["pipeline"] == "chosen" and row["repeat"] == "1"]
    expect(abs(float(tests[0]["logrank_p"]) - math.erfc(abs(root) / math.sqrt(2))) < 1e-9, f"log-rank {tests[0]}")
    expect(all("one model on patients" in row["note"] for row in tests if row["repeat"] != "mean"), tests[0]["note"])
    shown = words(out)
    p = "< 0.001" if float(tests[0]["logrank_p"]) < 0.001 else f"{float(tests[0]['logrank_p']):.3f}"
    for sentence in ("Held out, once: B. Everything fitted to the other patients alone", f"C-index, chosen {low:.2f} to {high:.2f}",
                     f"chosen {float(chosen['c-index']):.3f} ({low:.3f} to {high:.3f})", "of a fixed model on the held-out patients",
                     f"Log-rank p {p}: one model and its cut, both frozen", f"Log-rank p {p} At risk", "Time (months)", "one model, on held-out patients",
                     "of one held-out part there are neither limits nor p", "permuted within centres", "(time and event together) within centres"):
        expect(sentence in shown, f"not on the page of a hold-out: {sentence}")
    for word in ("Cross-validation", "every fold", "overlapping training parts", "Nadeau", "naive", "– to –", "held-out parts",
                 "corrected, approximate", "Band: 95", "corrected paired t"):
        expect(word not in shown, f"on the page of a hold-out: {word}")


def folds_without_centres(where):
    out, _ = swept(where, "folds", STUDY.replace("centre: centre\n", "").replace("{holdout: [B]}", "{kfold: 3}").replace(
        "[{scale: zscore}]", "[{scale: zscore}, {redundancy: {cutoff: 0.9}}]"))
    shown = words(out)
    p = [float(row["permutation_p"]) for row in table(os.path.join(out, "survival_tests.csv"))
         if (row["pipeline"], row["cut"], row["repeat"]) == ("chosen", "median", "mean")]
    least = float(table(os.path.join(out, "leaderboard.csv"))[0]["permutation_p"]) == 0.25
    expect(("p 0.250, the least that 3 permutations can give" in shown) == least, f"the floor of p: {least}")
    expect(p != [0.25] or "through the whole procedure, which cannot give less" in shown, f"the floor of the separation's p: {p}")
    for sentence in (f"p {p[0]:.3f}, by 3 permutations At risk", "33 Dimension reduction In preparation: redundancy", "Cross-validation: 3 folds", "corrected for overlapping training parts", "naive",
                     "outcomes permuted.", "(time and event together): p "):
        expect(sentence in shown, f"not on the page of folds: {sentence}")
    for word in ("within centres", "Held out, once", "jackknife"):
        expect(word not in shown, f"on the page of folds without centres: {word}")


def settings_that_count(where):
    """What is told of a model's settings is what played a part, and the lambda that was chosen."""
    for name, model, told, untold in (
            ("ridge", "{penalty: ridge, choose: min, kfold: 4}", ("penalty: ridge", "choose: min", "kfold: 4"), ("lambda:", "alpha:")),
            ("given", "{penalty: [elasticnet, lasso], choose: given, lambda: [0.02, 0.2]}",
             ("penalty: elasticnet lasso", "lambda: 0.02 0.2", "alpha: 0.5"), ("kfold:",)),
            ("plain", "{penalty: none}", ("penalty: none",), ("choose:", "lambda:", "alpha:", "kfold:"))):
        out, _ = swept(where, name, STUDY.replace("{penalty: none}", model).replace("permute: 3", "permute: 0"))
        shown = words(out)
        told_of = shown[shown.index("Models and their settings"):shown.index("Validation and choice")]
        for word in told:
            expect(word in told_of, f"{name}: not told: {word}: {told_of}")
        for word in untold:
            expect(word not in told_of, f"{name}: told: {word}: {told_of}")
        with open(os.path.join(out, "model.json"), encoding="utf-8") as file:
            fitted = json.load(file)["model"]["fitted"]
        if name == "plain":
            expect("with lambda" not in shown, "a lambda of a model without one")
        else:
            value = fitted["lambda"][0] if isinstance(fitted["lambda"], list) else fitted["lambda"]
            expect(f"fitted to all patients, with lambda {value:.4g};" in shown, f"{name}: lambda {value} is not told")


def nothing_chosen(where):
    """More folds than there are patients with the event: every pipeline fails, with controls beside it or without."""
    fails = STUDY.replace("{penalty: none}", "{penalty: ridge, choose: min, kfold: 900}").replace("permute: 3", "permute: 2")
    of_classes = fails.replace("{time: months, event: dead}", "{class: dead}").replace(
        "models:\n", "select:\n  few: [{lasso: {kfold: 900}}]\nmodels:\n").replace(
        "cox: {penalty: ridge, choose: min, kfold: 900}", "logistic: {C: [1]}")
    for name, study in (("failed", fails), ("failed_alone", fails.replace("permute: 2", "permute: 0, baselines: false").replace(", as: control", "")),
                        ("failed_folds", fails.replace("{holdout: [B]}", "{kfold: 3}")), ("failed_classes", of_classes)):
        out, _ = swept(where, name, study, status=1)
        why = table(os.path.join(out, "failures.csv"))[0]["sentence"]
        shown = words(out)
        for sentence in ("Nothing was chosen in any part", " ".join(why.split()), "failures.csv", "Methods"):
            expect(sentence in shown, f"{name}: not on the page: {sentence}")
        expect(("Every pipeline and control" in shown) == (name != "failed_alone"), f"{name}: {shown[:400]}")
        expect("nan" not in shown.lower().split(), f"{name}: a number that is none")


def all_at_once(where):
    """Everybody has the event at time 0: nothing to draw, but a page."""
    rows = table(os.path.join(where, "table.csv"))
    save(os.path.join(where, "zero.csv"), [dict(row, months=0, dead=1) for row in rows])
    asked = STUDY.split("split:")[0].replace("table.csv", "zero.csv") + "survive: {groups: [f0], times: [5]}\n"
    out = os.path.join(where, "zero")
    done = run("survive", write(os.path.join(where, "zero.yaml"), asked), "--out", out)
    expect(done.returncode == 0, f"survive: {done.stderr}")
    expect("Kaplan–Meier curves by f0" in words(out), "no curve of times that are all 0")


def from_a_landmark(where):
    """Curves that begin at a landmark say so on their axis, and the page who was left out."""
    rows = table(os.path.join(where, "table.csv"))
    left = sum(int(row["months"]) <= 3 for row in rows)
    asked = STUDY.split("split:")[0] + "landmark: 3\nsurvive: {groups: [f0], times: [5]}\n"
    out = os.path.join(where, "landmark")
    done = run("survive", write(os.path.join(where, "landmark.yaml"), asked), "--out", out)
    expect(done.returncode == 0, f"survive: {done.stderr}")
    shown = words(out)
    for sentence in ("Time from the landmark on (months)", f"left out: {left} with the event, or no longer observed, by the landmark"):
        expect(sentence in shown, f"not on the page: {sentence}")
    out, _ = swept(where, "landmark_sweep", STUDY.replace("permute: 3", "permute: 0") + "landmark: 3\n")
    expect("Time from the landmark on (months)" in words(out), "the axis of held-out curves from a landmark")


def many_patients(where):
    """Of steps that no eye tells apart the picture has a part, the CSV beside it all; both end alike."""
    out = os.path.join(where, "zero")  # as radmill survive left it; its curves are replaced
    draw, time, alive, n = random.Random(1), 0.0, 1.0, 20000
    rows = []
    for k in range(n):
        time += draw.expovariate(300)
        event = draw.random() < 0.5
        alive *= 1 - event / (n - k)
        rows.append({"column": "f0", "group": "all", "time": f"{time:.6f}", "n_risk": n - k, "n_event": int(event),
                     "n_censor": int(not event), "survival": f"{alive:.9f}", "lower": f"{alive:.9f}", "upper": f"{alive:.9f}"})
    save(os.path.join(out, "curves.csv"), rows)
    words(out)
    expect(len(table(os.path.join(out + "_csv", "kaplan_meier_1.csv"))) == n, "steps in the CSV")
    with open(out + ".html", encoding="utf-8") as file:
        page = file.read()
    expect(len(page) < 700_000, f"a page of {len(page)} bytes")
    figure = page[page.index("figure_kaplan_meier_1"):]
    lines = re.findall(r"<path stroke='rgb\([^)]*\)'[^>]*d='([^']*)'", figure[:figure.index("</svg>")])
    places = [[float(v) for v in re.findall(r"-?[0-9.]+", piece)] for line in lines for piece in line.split("M")]
    curve = max(places, key=len)
    x, y = curve[0::2], curve[1::2]
    expect(len(x) > 500 and x == sorted(x) and y == sorted(y), f"a curve of {len(x)} points")
    for share in (0.2, 0.5, 0.8):  # of the way: as high as the step there
        at = x[0] + share * (x[-1] - x[0])
        drawn = max(v for u, v in zip(x, y) if u <= at)
        wanted = float(rows[max(k for k, row in enumerate(rows) if float(row["time"]) <= share * time)]["survival"])
        height = (y[-1] - y[0]) / (1 - alive)
        expect(abs(drawn - (y[0] + (1 - wanted) * height)) < 1, f"{share}: {drawn}, {y[0] + (1 - wanted) * height}")


def main():
    need_gnuplot()
    with folder() as where:
        write_cohort(where)
        held_out(where)
        folds_without_centres(where)
        settings_that_count(where)
        nothing_chosen(where)
        all_at_once(where)
        many_patients(where)
        from_a_landmark(where)
    finish("report_designs")


main()
