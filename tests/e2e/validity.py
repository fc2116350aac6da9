"""Noise stays noise: on cohorts whose features know nothing of the outcome, the steps and models of STUDIES have a mean AUC
of 0.5. With fewer than 20 cohorts the SD says too little for the bound.

    validity.py [--long [COHORTS]] RADMILL

Each cohort: 60 + 60 patients of three centres that are independent of the outcome and shift and stretch every other
feature; correlated features, some values missing, 70 patients read twice. Stratified 5-fold cross-validation. Over the m
cohorts |mean AUC - 0.5| may be at most 4 SD / sqrt(m). The counter-example: columns chosen by the outcome before the
split, whose AUC must exceed 0.60. And permutations: p <= 0.05 in at most a tenth of the cohorts (a quarter in the short
form, which has too few for less).

The short form, which ./dev test runs: 20 cohorts of 50 features and some of the selections. The long one, ./dev validity:
200 of 200; it prints the table that docs/validity.md has.
"""
import concurrent.futures
import csv
import math
import os
import random
import statistics
import sys
import time

from program import expect, finish, folder, run, table, write

SCALED = "[{clean: constant}, {impute: median}, {scale: zscore}]"
HARMONISED = ("[{icc: {readers: reader, min: 0.5}}, {clean: constant}, {impute: median}, {combat: {batch: centre}}, "
              "{scale: zscore}]")
MODELS = {"logistic": "{C: [0.1, 1]}", "svm-linear": "{C: [0.1, 1]}", "svm-rbf": "{C: [1, 10]}"}
ANOVA = "[{univariate: {test: anova, k: 8}}]"
RFE_SVM = "[{rfe: {model: svm-linear, to: 8}}]"
STUDIES = {  # what is prepared, selected and modelled; the selections of the short form first
    "": (SCALED, {
        "none": "[]",
        "anova": ANOVA,
        "mrmr-mid": "[{mrmr: {form: mid, k: 8}}]",
        "rfe-svm": RFE_SVM,
        "pca": "[{pca: {k: 8}}]",
        "redundancy": "[{redundancy: {cutoff: 0.6}}]",
        "yeo-johnson": "[{scale: yeo-johnson}]",
        "wilcoxon": "[{univariate: {test: wilcoxon, k: 8}}]",
        "t": "[{univariate: {test: t, k: 8}}]",
        "information": "[{univariate: {test: information, k: 8}}]",
        "chi2": "[{univariate: {test: chi2, k: 8}}]",
        "mrmr-miq": "[{mrmr: {form: miq, k: 8}}]",
        "mrmr-f": "[{mrmr: {form: f-mean, k: 8}}]",
        "mrmr-ln": "[{mrmr: {form: ln, k: 8}}]",
        "rfe-logistic": "[{rfe: {model: logistic, to: 8}}]",
        "rfe-forest": "[{rfe: {model: forest, trees: 20, step: 40, to: 8}}]",
        "rfe-folds": "[{rfe: {model: svm-linear, step: 5, to: 1, kfold: 3, choose: one_se}}]",
    }, MODELS),
    "ICC, ComBat: ": (HARMONISED, {
        "mrmr-rfe": "[{mrmr: {form: mid, bins: mean_sd, k: 15}}, {rfe: {to: 8}}]",
        "none": "[]",
    }, MODELS),
    "l1: ": (SCALED, {"none": "[]"}, {"logistic": "{penalty: l1, C: [1, 10]}"}),
    "more: ": (SCALED, {"relief": "[{relief: {k: 8, neighbours: 5}}]"}, {
        "knn": "{k: [5, 9]}", "naive-bayes": "{}", "lda": "{}", "centroid": "{}", "forest": "{trees: 50}",
        "boosting": "{trees: 30, max_depth: 2}",
        "xgboost": "{rounds: 30, max_depth: 2, subsample: 0.8, colsample: 0.8, class_weight: balanced}"}),
    "age, sex: ": (SCALED, {"anova": ANOVA, "none": "[]"}, {"logistic": MODELS["logistic"]}),
    "boruta: ": (SCALED, {"boruta": "[{boruta: {runs: 30, trees: 50, p: 0.05}}]",
                          "forest": "[{forest: {k: 8, trees: 50}}]"}, {"logistic": "{}"}),
}
N_SHORT = {"": 4, "ICC, ComBat: ": 1, "l1: ": 0, "more: ": 0, "age, sex: ": 1, "boruta: ": 0}
CONTROLS = {"age, sex: ": ["clinical", "clinical + chosen"]}  # of the study that has clinical columns, for these alone
LEAKY = "leaky order"
ALPHA = 0.05


def cohort(number, p):
    """Rows of a table: patient, centre, reader, y, features. Nothing in it depends on y."""
    draw = random.Random(1000 + number)
    hidden = max(4, p // 5)
    of = [draw.randrange(hidden) for _ in range(p)]
    shift = {centre: [draw.gauss(0, 0.7) if j % 2 else 0.0 for j in range(p)] for centre in "ABC"}
    stretch = {centre: [math.exp(draw.gauss(0, 0.2)) if j % 2 else 1.0 for j in range(p)] for centre in "ABC"}
    y = [i % 2 for i in range(120)]
    draw.shuffle(y)
    rows = []
    for i in range(120):
        centre = draw.choice("ABC")
        common = [draw.gauss(0, 1) for _ in range(hidden)]
        base = [shift[centre][j] + stretch[centre][j] * (0.8 * common[of[j]] + 0.6 * draw.gauss(0, 1)) for j in range(p)]
        for reader in (1, 2) if i < 70 else (1,):
            values = base if reader == 1 else [value + draw.gauss(0, 0.3 + (j % 7 == 0)) for j, value in enumerate(base)]
            rows.append([f"p{i:03d}", centre, reader, y[i],
                         *("" if draw.random() < 0.005 else f"{value:.9g}" for value in values)])
    return rows


def save_clinical(path, number):
    """Age and sex, which know nothing of the outcome either."""
    draw = random.Random(5000 + number)
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "age", "sex"])
        out.writerows([f"p{i:03d}", f"{draw.gauss(60, 9):.1f}", draw.choice("fm")] for i in range(120))


def save(path, rows, columns):
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "centre", "reader", "y", *(f"f{j:03d}" for j in columns)])
        out.writerows([*row[:4], *(row[4 + j] for j in columns)] for row in rows)


def best_columns(rows, p, k):
    """What the leaky order does: the columns with the largest |t| on all rows, held-out ones included."""
    size = []
    for j in range(p):
        group = [[float(row[4 + j]) for row in rows if row[2] == 1 and row[3] == y and row[4 + j] != ""] for y in (0, 1)]
        error = sum(statistics.variance(values) / len(values) for values in group)
        size.append(abs(statistics.fmean(group[1]) - statistics.fmean(group[0])) / math.sqrt(error))
    return sorted(sorted(range(p), key=lambda j: -size[j])[:k])


def study(where, name, prepare, selections, models, permute=0, clinical=False):
    use = "clinical: {file: clinical.csv, by: id, use: [age, sex], as: control}" if clinical else ""
    lines = lambda entries: "".join(f"  {key}: {value}\n" for key, value in entries.items())
    return write(os.path.join(where, name + ".yaml"), f"""
table: {{file: {"leaky" if name == "leaky" else "cohort"}.csv, rows: {{reader: 1}}}}
patient: id
{use}
centre: centre
outcome: {{class: y}}
features: {{match: ["f*"]}}
split: {{kfold: 5, seed: 1}}
inner: {{kfold: 3}}
prepare: {prepare}
select:
{lines(selections)}models:
{lines(models)}controls: {{permute: {permute}}}
""")


def board(path, number):
    out = path[:-len(".yaml")]
    done = run("sweep", path, "--out", out, "--quiet", timeout=1200)
    expect(done.returncode == 0, f"cohort {number}, {os.path.basename(path)}: {done.returncode} {done.stderr}")
    return table(os.path.join(out, "leaderboard.csv")) if done.returncode in (0, 1) else []


def one_cohort(number, p, studies, n_permutations):
    """{pipeline: AUC} and the permutations' p of one cohort."""
    rows, auc = cohort(number, p), {}
    logistic = {"logistic": MODELS["logistic"]}
    with folder() as where:
        save(os.path.join(where, "cohort.csv"), rows, range(p))
        save_clinical(os.path.join(where, "clinical.csv"), number)
        save(os.path.join(where, "leaky.csv"), rows, best_columns(rows, p, 8))
        for place, (label, parts) in enumerate(studies.items()):
            for row in board(study(where, f"study{place}", *parts, clinical=label in CONTROLS), number):
                auc[label + row["pipeline"]] = float(row["auc"] or "nan")
        for row in board(study(where, "leaky", SCALED, {"none": "[]"}, logistic), number):
            if row["pipeline"] != "chosen":
                auc[LEAKY] = float(row["auc"])
        permuted = board(study(where, "permuted", SCALED, {"anova": ANOVA}, logistic, n_permutations), number)
        return auc, float(permuted[0]["permutation_p"]) if permuted else math.nan


def judge(pipeline, values):
    mean, sd = statistics.fmean(values), statistics.stdev(values)
    if pipeline == LEAKY:
        good, bound = mean > 0.60, "> 0.60"
    else:
        limit = 4 * sd / math.sqrt(len(values))
        good, bound = abs(mean - 0.5) <= limit, f"0.5 ± {limit:.4f}"
    verdict = "passes" if good else "FAILS"
    print(f"| {pipeline} | {mean:.4f} | {sd:.4f} | {bound} | {verdict} |")
    expect(good, f"{pipeline}: mean AUC {mean:.4f} over {len(values)} cohorts, {bound} was expected")


def main():
    words = sys.argv[1:-1]
    is_long = "--long" in words
    m = int(words[-1]) if is_long and words[-1].isdigit() else 200 if is_long else 20
    p, n_permutations = (200, 39) if is_long else (50, 19)
    studies = {label: (prepare, dict(list(selections.items())[:None if is_long else N_SHORT[label]]), models)
               for label, (prepare, selections, models) in STUDIES.items() if is_long or N_SHORT[label]}
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        results = list(pool.map(lambda number: one_cohort(number, p, studies, n_permutations), range(m)))
    print(f"{m} cohorts of 60 + 60 patients and {p} features without any signal, stratified 5-fold "
          f"({time.monotonic() - begun:.0f} s)\n\n| pipeline | mean AUC | SD | bound | |\n|---|---|---|---|---|")
    pipelines = [label + pipeline for label, (_, selections, models) in studies.items()
                 for pipeline in ["chosen", *(f"{select}/{model}" for select in selections for model in models),
                                  *CONTROLS.get(label, [])]]
    for pipeline in [*pipelines, LEAKY]:
        values = [auc[pipeline] for auc, _ in results if not math.isnan(auc.get(pipeline, math.nan))]
        expect(len(values) == m, f"{pipeline}: an AUC in {len(values)} of {m} cohorts")
        if len(values) > 1:
            judge(pipeline, values)
    small, most = sum(not value > ALPHA for _, value in results), m // 10 if is_long else m // 4
    print(f"\nPermuted outcome, {n_permutations} times a cohort, anova/logistic with its choice of C: p ≤ {ALPHA} in "
          f"{small} of {m} cohorts, at most {most}: {'passes' if small <= most else 'FAILS'}")
    expect(small <= most, f"p <= {ALPHA} in {small} of {m} cohorts")
    finish("validity")


main()
