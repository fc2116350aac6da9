"""51 patients with a sarcoma of the soft tissue, from their scans to a report: do features of the PET scan tell who will have
metastases of the lung? The images are read where they lie (Vallieres et al. 2015, 10.1088/0031-9155/60/14/5471; TCIA
Soft-tissue-Sarcoma). sarcoma/expected.csv is R's, of PyRadiomics' features; there are no times, so nothing of survival."""
import math
import os
import pathlib
import shutil
import statistics
import sys

import browser
from html_page import read_page
from look import look
from program import Measured, expect, finish, folder, reference, run, save, table

STUDY = pathlib.Path(__file__).resolve().parent / "sarcoma"
PYRADIOMICS, R, PROC = "PyRadiomics 3.0.1", "R 4.2.2", "pROC 1.18.0 (R 4.2.2)"
EXPECTED = {}
for line in table(STUDY / "expected.csv"):
    EXPECTED.setdefault((line["what"], line["of"]), {})[line["name"]] = float(line["value"])
MEASURED = Measured()


def close(value, wanted, within, what, case, oracle):
    off = abs(float(value) - wanted) / max(abs(wanted), 1e-12)
    expect(off <= within, f"{what}: {value}, {oracle} {wanted}")
    MEASURED.add(f"studies/sarcoma: {case}", oracle, off, within, case)


def done(where, *arguments, ranks=1):
    """What a command said that ended well."""
    process = run(*arguments, ranks=ranks, cwd=where)
    expect(process.returncode == 0, f"{arguments[0]}: {process.returncode} {process.stderr}")
    return process.stdout


def features(where, images):
    """Every PET scan by two ranks; PyRadiomics' numbers of the first patient."""
    cohort, grids = [], []
    for patient in table(images / "cohort.csv"):
        who = patient["patient_id"]
        for of in ("MR_T1", "PET") if patient["mr_t1_mask_voxels"] else ("PET",):
            row = {"ID": who, "Image": str(images / f"{who}_{of}_image.nii.gz"), "Mask": str(images / f"{who}_{of}_mask.nii.gz")}
            if patient["mr_t1_mask_voxels"]:
                grids.append(row | {"Grid": of})
        cohort.append(row | {"Centre": "McGill", "LungMetastasis": patient["lung_metastasis"]})
    save(os.path.join(where, "cohort.csv"), cohort)
    save(os.path.join(where, "grids.csv"), grids)
    said = done(where, "check", "cohort.csv", "--params", "pet.yaml")
    expect("51 ROIs" in said and "nothing wrong" in said, f"check: {said}")
    done(where, "extract", "cohort.csv", "--params", "pet.yaml", "--out", "pet.h5ad", "--csv", "pet.csv", "--quiet", ranks=2)
    rows = table(os.path.join(where, "pet.csv"))
    expect(len(rows) == 51, f"{len(rows)} patients")
    first = next(found for found in rows if found["ID"] == "STS_001")
    expect(len(EXPECTED["feature", "STS_001"]) == 107, "features that R was given")
    for name, value in EXPECTED["feature", "STS_001"].items():
        close(first[name], value, 1e-9, f"STS_001 {name}", "features", PYRADIOMICS)
    return rows


def area(rows, name):
    """How often a patient with metastases has the higher value, equals by half."""
    values = {y: [float(row[name]) for row in rows if row["LungMetastasis"] == y] for y in "01"}
    return statistics.fmean((a > b) + (a == b) / 2 for a in values["1"] for b in values["0"])


def agreement(where):
    """The same contour on the grids of MR and PET."""
    done(where, "extract", "grids.csv", "--params", "shape.yaml", "--out", "grids.h5ad", "--quiet", ranks=2)
    said = done(where, "icc", "grids.h5ad", "--over", "Grid", "--patient", "ID", "--csv", "icc.csv")
    expect("25 say little" in said, f"icc: {said}")
    found = table(os.path.join(where, "icc.csv"))
    expect(len(found) == 14, f"icc of {len(found)} features")
    for row in found:
        close(row["icc"], EXPECTED["icc", row["feature"]]["icc"], 1e-9, f"ICC of {row['feature']}", "ICC(2,1)", R)


def groups(where, rows):
    """Volume and highest uptake of patients with and without metastases."""
    done(where, "groups", "study.yaml", "--out", "groups", "--quiet")
    described = {(row["column"], row["group"]): row for row in table(os.path.join(where, "groups", "table1.csv"))}
    tests = {row["column"]: row for row in table(os.path.join(where, "groups", "table1_tests.csv"))}
    for name in ("original_shape_VoxelVolume", "original_firstorder_Maximum"):
        wanted = dict(EXPECTED["table1", name])
        close(tests[name]["p_wilcoxon"], wanted.pop("p"), 1e-9, f"p of {name}", "Wilcoxon's p", R)
        expect(tests[name]["test"] == "Wilcoxon" and tests[name]["p"] == tests[name]["p_wilcoxon"], f"{name}: {tests[name]}")
        for key, value in wanted.items():
            group, quartile = key.split(" ")
            close(described[name, group][quartile], value, 1e-9, f"{name} {key}", "quartiles", R)
        close(area(rows, name), EXPECTED["alone", name]["auc"], 1e-12, f"AUC of {name} alone", "AUC of a feature", PROC)


def sweep(where):
    """R's models of PyRadiomics' features, in radmill's folds."""
    done(where, "sweep", "study.yaml", "--out", "sweep", "--quiet", ranks=2)
    board = {row["pipeline"]: row for row in table(os.path.join(where, "sweep", "leaderboard.csv"))}
    pooled = {row["pipeline"]: row for row in table(os.path.join(where, "sweep", "centres.csv"))}
    for pipeline in ("chosen", "wilcoxon-3/logistic", "mrmr-3/logistic", "volume"):
        for name, value in EXPECTED["sweep", pipeline].items():
            close(board[pipeline][name], value, 1e-9, f"{pipeline}, mean over folds, {name}", "AUC over folds", PROC)
        for name, value in EXPECTED["pooled", pipeline].items():
            close(pooled[pipeline][name], value, 1e-9, f"{pipeline}, patients together, {name}", "DeLong's limits", PROC)
        expect(board[pipeline]["auc_pooled"] == pooled[pipeline]["auc"], f"{pipeline}: pooled {board[pipeline]['auc_pooled']}")
    for row in table(os.path.join(where, "sweep", "predictions.csv")):
        if row["repeat"] == row["fold"] == "1" and row["pipeline"] != "chosen":
            value = EXPECTED["score", row["pipeline"]][row["id"]]
            close(row["score"], value, 1e-9, f"{row['pipeline']} of {row['id']}", "held-out scores", R)
    permuted(board["chosen"], EXPECTED["permuted", "chosen"])
    return board


def permuted(ours, theirs):
    """The procedure on permuted outcomes against R's, of other permutations and folds: the same but for chance."""
    n = int(ours["permutations"])
    expect(n == 499 and ours["permutations_failed"] == "0", f"permutations: {ours}")
    close(ours["permutation_observed"], theirs["observed"], 1e-9, "two repeats", "AUC over folds", PROC)
    off = abs(float(ours["permutation_chance"]) - theirs["mean"]) / (theirs["sd"] * (1 / n + 1 / theirs["n"]) ** 0.5)
    expect(off < 4, f"permuted: {ours['permutation_chance']} on average, R {theirs['mean']}: {off:.1f} errors apart")
    p, share = float(ours["permutation_p"]), (theirs["n_as_good"] + 1) / (theirs["n"] + 1)
    at_least = round(p * (n + 1)) - 1  # as good permutations, of which a binomial count has so many or more with chance:
    chance = sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(at_least, n + 1))
    expect(0 <= at_least and chance > 1e-3, f"p {p}, R {share}")


def report(where, board):
    """What stands on the page, honestly; and how it looks."""
    out = os.path.join(where, "report.html")
    done(where, "report", "sweep", "--features", "pet.h5ad", "--icc", "icc.csv", "--out", "report.html")
    shown = " ".join(" ".join(read_page(out).texts).split())
    auc, low, high = (f"{EXPECTED['sweep', 'chosen'][name]:.2f}" for name in ("auc", "auc_low", "auc_high"))
    for sentence in ("Prediction of LungMetastasis (positive: 1)", f"{auc} AUC, chosen {low} to {high}",
                     f"{EXPECTED['sweep', 'volume']['auc']:.2f} volume alone",
                     f"outcome permuted, mean of 499 p {float(board['chosen']['permutation_p']):.3f}",
                     "Uncertain: 51 patients, 19 of them positive: 0.18 positive patients for each of the 107 features",
                     "Fewer than 100 of the rarer outcome", "All patients are of one centre",
                     "interpolator: sitkBSpline; resampledPixelSpacing: 4 4 4", "Original.binWidth: 0.5",
                     "ICC(2,1) with 95 % limits, 2 readings of 25 patients", "Fewer than the 30 patients that Koo and Li ask for", "0 failed", "on 499 permutations of the outcome: p"):
        expect(sentence in shown, f"not on the page: {sentence}")
    for sentence in ("within centres: p", "permuted within centres", "volume and clinical columns alone", "binCount: 0;"):
        expect(sentence not in shown, f"on the page: {sentence}")
    if not browser.CHROMIUM:
        print("the page was not looked at: chromium is not installed (Debian: chromium)")
        return
    with browser.Browser() as viewer:
        look(viewer, out, 360, 7, 10, 1)
        look(viewer, out, 1280, 9, 10, 1)


images = reference("data", "images", "sts")
if not shutil.which("gnuplot"):
    print("gnuplot is not installed (Debian: gnuplot-nox)")
    sys.exit(77)
with folder() as where:
    for name in ("study.yaml", "pet.yaml", "shape.yaml"):
        shutil.copy(STUDY / name, where)
    cohort = features(where, images)
    agreement(where)
    groups(where, cohort)
    report(where, sweep(where))
    MEASURED.write()
finish("sarcoma")
