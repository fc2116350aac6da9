#!/usr/bin/env python3
"""docs/oracles.md: what the statistics, steps and models of studies are held against, and how far off they were found.

usage: table.py LOG > docs/oracles.md    LOG: what the tests appended to the file that $RADMILL_ORACLE_LOG names
"""
import math
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# What a study calls it or a table shows, and where its definition is written down.
METHODS = {
    "standardise": ("scale: z-score, robust, min-max", "R scale, median/mad"),
    "prepare_small.csv": ("scale (all methods, Yeo-Johnson too), impute (median, nearest)", "scikit-learn; Yeo & Johnson 2000"),
    "icc": ("icc", "Shrout & Fleiss 1979; McGraw & Wong 1996"),
    "combat": ("combat", "Johnson, Li & Rabinovic 2007; Fortin 2018"),
    "combat_small.csv": ("combat: of training rows, applied to others", "the same"),
    "pca": ("pca", "R prcomp"),
    "filters": ("univariate: anova; clean", "scikit-learn"),
    "correlation": ("correlations, redundancy", "Pearson, Spearman, Kendall; caret findCorrelation"),
    "wilcoxon": ("univariate: wilcoxon", "Mann & Whitney 1947"),
    "contingency": ("univariate: chi2; tables", "Pearson; Fisher"),
    "fdr": ("adjusted p", "Benjamini & Hochberg 1995"),
    "mrmr": ("mrmr, all forms", "Ding & Peng 2005; De Jay 2013"),
    "rfe": ("rfe", "Guyon 2002"),
    "rfe_sklearn.csv": ("rfe: by a forest, size by folds", "scikit-learn RFE, RFECV"),
    "relief": ("relief", "Kononenko 1994"),
    "glmnet": ("lasso, elastic net, linear", "Friedman, Hastie & Tibshirani 2010"),
    "boruta": ("boruta", "Kursa & Rudnicki 2010"),
    "logistic": ("logistic, no penalty", "R glm"),
    "logistic_penalised": ("logistic: l2, l1, elastic net", "scikit-learn LogisticRegression"),
    "svm": ("svm-linear, svm-rbf", "libsvm"),
    "platt": ("probabilities from scores", "Platt 1999; Lin, Lin & Weng 2007"),
    "knn": ("knn", "scikit-learn"),
    "naive-bayes": ("naive-bayes", "scikit-learn GaussianNB"),
    "lda": ("lda", "scikit-learn; Ledoit & Wolf 2004"),
    "centroid": ("centroid", "scikit-learn; Tibshirani 2002"),
    "randomforest": ("forest (bands over seeds)", "Breiman 2001"),
    "forest_sklearn.csv": ("forest (bands over seeds)", "Breiman 2001"),
    "trees_sklearn.csv": ("trees, forests' parts, boosting", "scikit-learn"),
    "boosted trees": ("boosting", "Friedman 2001"),
    "gbdt": ("boosting, xgboost", "scikit-learn; R gbm; XGBoost"),
    "roc": ("AUC, DeLong, ROC", "DeLong 1988"),
    "metrics": ("metrics of two classes", "scikit-learn"),
    "several classes": ("metrics of several classes", "scikit-learn"),
    "numbers": ("metrics of numbers", "scikit-learn, scipy"),
    "calibration": ("calibration, Hosmer-Lemeshow, Brier", "Hosmer & Lemeshow 1980; rms"),
    "dca": ("net benefit", "Vickers & Elkin 2006"),
    "stability": ("stability of a selection", "Nogueira, Sechidis & Brown 2018"),
    "corrected interval": ("intervals over folds, paired test", "Nadeau & Bengio 2003"),
    ".632+": (".632+ of a bootstrap", "Efron & Tibshirani 1997"),
    "splits": ("folds", "scikit-learn"),
}


def made_by(file):
    """The packages that a generator beside this file names, with their versions."""
    script = "prepare_sklearn.py" if file == "prepare_small.csv" else file.replace(".csv", ".py")
    with open(os.path.join(HERE, script)) as source:
        head = source.read(1500)
    found = re.findall(r"\b(scikit-learn|neuroCombat|numpy|inmoose|scipy) (\d[\d.]*\d)", head)
    return ", ".join(dict.fromkeys(f"{name} {version}" for name, version in found)) or file


def bound(value):
    """A power of ten above it: what is measured moves with the processor, its size does not."""
    return "0" if value == 0 else f"1e{math.ceil(math.log10(value) - 1e-9):d}"


def main():
    cases = {}
    with open(sys.argv[1]) as log:
        for line in log:
            name, oracle, n, worst, within = line.rstrip("\n").split("\t")
            method = name.split("/")[0]
            case = cases.setdefault(method, {"names": set(), "oracles": {}, "n": 0, "worst": 0.0, "within": 0.0})
            case["names"].add(name)
            if name.endswith(".csv"):
                oracle = made_by(name)
            case["oracles"][oracle] = None
            case["n"] += int(n)
            if float(worst) >= case["worst"]:
                case["worst"], case["within"] = float(worst), max(float(within), case["within"])
    print("""# What the learning half is held against

Made by `./dev oracles` from what the tests measured; R and Python ran once, elsewhere, and their numbers are compared on
every test. *Off* is the largest |value − expected| / max(1, |expected|) found, as the power of ten above it; *may be* the widest
tolerance of these comparisons, counted alike. Where *may be* is wide, the method draws (bands over seeds), its solver stops
early, or the other program rounds: the test says which. Selections, rankings and counts are compared for equality and have no
row of numbers. Where the reference data are absent only the oracles of `tests/oracle` are compared.

| in a study | defined by | held against | cases | numbers | off | may be |
|---|---|---|---|---|---|---|""")
    order = list(METHODS)
    for method in sorted(cases, key=lambda m: (order.index(m) if m in order else len(order), m)):
        what, source = METHODS.get(method, (method, ""))
        case = cases[method]
        oracles = "; ".join(sorted(oracle for oracle in case["oracles"] if oracle))
        print(f"| {what} | {source} | {oracles} | {len(case['names'])} | {case['n']} | {bound(case['worst'])} | "
              f"{bound(case['within'])} |")
    print("""
Whole studies: nested cross-validation with given folds (`tests/e2e/nested.py`, all nine cases; `tests/e2e/real_tables.py`, three
published tables) gives scikit-learn 1.9.1's settings, features and held-out scores, to 1e-6 (logistic) and 1e-4 (SVM).""")


main()
