#!/usr/bin/env python3
"""docs/oracles.md: what the statistics, steps and models of studies are held against, and how far off they were found.

usage: table.py LOG > docs/oracles.md    LOG: what the tests appended to the file that $RADMILL_ORACLE_LOG names
"""
import json
import math
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# A folder of the reference, a file beside this one, or what a test calls it: what a study calls it or a table shows,
# where its definition is written down, and which steps and models of a study it is about.
METHODS = {
    "standardise": ("scale: z-score, robust, min-max", "R scale, median/mad", "scale"),
    "prepare_small.csv": ("scale (all methods, Yeo-Johnson too), impute (median, nearest)",
                          "scikit-learn; Yeo & Johnson 2000; Troyanskaya 2001", "scale impute"),
    "icc": ("icc", "Shrout & Fleiss 1979; McGraw & Wong 1996", "icc"),
    "combat": ("combat", "Johnson, Li & Rabinovic 2007; Fortin 2018", "combat"),
    "combat_small.csv": ("combat: of training rows, applied to others", "the same", "combat"),
    "pca": ("pca", "R prcomp", "pca"),
    "filters": ("univariate: anova; clean", "scikit-learn", "univariate clean"),
    "correlation": ("correlations, redundancy", "Pearson, Spearman, Kendall; caret findCorrelation", "redundancy"),
    "wilcoxon": ("univariate: wilcoxon, t; rank tests",
                 "Mann & Whitney 1947; Kruskal & Wallis 1952; Welch 1947", "univariate"),
    "contingency": ("tables of counts", "Pearson; Fisher", ""),
    "distributions.csv": ("tails and quantiles of every p and interval", "normal, t, F, chi-square, beta", ""),
    "fdr": ("adjusted p", "Benjamini & Hochberg 1995", ""),
    "mrmr": ("mrmr, all forms", "Ding & Peng 2005; De Jay 2013", "mrmr"),
    "rfe": ("rfe", "Guyon 2002", "rfe"),
    "combined": ("the control of clinical columns with the score of what is chosen", "stacking by out-of-fold scores", ""),
    "rfe_sklearn.csv": ("rfe: by a forest, size by folds", "scikit-learn RFE, RFECV", "rfe"),
    "relief": ("relief", "Kononenko 1994", "relief"),
    "glmnet": ("lasso, elastic net, linear", "Friedman, Hastie & Tibshirani 2010", "lasso linear"),
    "boruta": ("boruta (frequencies over seeds)", "Kursa & Rudnicki 2010", "boruta"),
    "logistic": ("logistic, no penalty", "R glm", "logistic"),
    "logistic_penalised": ("logistic: l2, l1, elastic net", "scikit-learn LogisticRegression", "logistic"),
    "svm": ("svm-linear, svm-rbf", "libsvm", "svm-linear svm-rbf"),
    "platt": ("probabilities from scores", "Platt 1999; Lin, Lin & Weng 2007", ""),
    "knn": ("knn", "scikit-learn", "knn"),
    "naive-bayes": ("naive-bayes", "scikit-learn GaussianNB", "naive-bayes"),
    "lda": ("lda", "scikit-learn; Ledoit & Wolf 2004", "lda"),
    "centroid": ("centroid", "scikit-learn; Tibshirani 2002", "centroid"),
    "randomforest": ("forest (bands over seeds)", "Breiman 2001", "forest"),
    "forest_sklearn.csv": ("forest: numbers, several classes (bands over seeds)", "Breiman 2001", "forest"),
    "trees_sklearn.csv": ("trees, forests' parts, boosting", "scikit-learn", "forest boosting"),
    "gbdt": ("boosting, xgboost", "Friedman 2001; scikit-learn; R gbm; XGBoost", "boosting xgboost"),
    "roc": ("AUC, DeLong, ROC, tables of hits", "DeLong 1988; Sun & Xu 2014", ""),
    "metrics": ("metrics of two classes", "scikit-learn", ""),
    "several classes": ("metrics of several classes", "scikit-learn", ""),
    "numbers": ("metrics of numbers", "scikit-learn, scipy", ""),
    "calibration": ("calibration, Hosmer-Lemeshow, Brier", "Hosmer & Lemeshow 1980; rms", ""),
    "dca": ("net benefit", "Vickers & Elkin 2006", ""),
    "stability": ("stability of a selection", "Nogueira, Sechidis & Brown 2018", ""),
    "corrected interval": ("intervals over folds, paired test", "Nadeau & Bengio 2003", ""),
    ".632+": (".632+ of a bootstrap", "Efron & Tibshirani 1997", ""),
    "splits": ("split: kfold, leave_out", "scikit-learn StratifiedKFold; each centre once", ""),
    "rad_score": ("`radmill score`", "a published model", ""),
    "nested_cv": ("whole studies: nested cross-validation, folds given", "scikit-learn Pipeline", ""),
    "ibsi: digital phantom": ("IBSI morphology, intensity: the digital phantom", "IBSI reference manual", ""),
    "ibsi: configurations A to C": ("IBSI morphology, intensity: CT phantom, configurations A, B, C",
                                    "IBSI reference manual", ""),
    "ibsi: statistics": ("IBSI statistics", "IBSI reference manual", ""),
    "ibsi: convex hull": ("IBSI convex hull", "IBSI reference manual", ""),
    "ibsi: oriented bounding box": ("IBSI oriented bounding box", "O'Rourke 1985; Chan & Tan 2001", ""),
    "ibsi: enclosing ellipsoid": ("IBSI minimum volume enclosing ellipsoid", "Khachiyan 1996", ""),
    "ibsi: area of an ellipsoid": ("IBSI area of an ellipsoid", "IBSI reference manual", ""),
    "ibsi: interpolation": ("IBSI interpolation", "IBSI reference manual", ""),
    "real_tables.json": ("whole studies on published tables, folds given", "scikit-learn Pipeline", ""),
}
# Modules of these folders are the learning half; its tests include one of their headers.
FOLDERS = "learn|models|prepare|select|simple|stats|trees"


def read(*parts):
    with open(os.path.join(ROOT, *parts)) as file:
        return file.read()


def made_by(file):
    """The packages that a generator beside this file names, with their versions."""
    script = "prepare_sklearn.py" if file == "prepare_small.csv" else re.sub(r"\.\w+$", ".py", file)
    head = read("tests", "oracle", script)[:1500]
    found = re.findall(r"\b(scikit-learn|neuroCombat|numpy|inmoose|scipy|mpmath) (\d[\d.]*\d)", head)
    return ", ".join(dict.fromkeys(f"{name} {version}" for name, version in found)) or file


def bound(value):
    """A power of ten above it: what is measured moves with the processor, its size hardly."""
    return "0" if value == 0 else f"1e{max(-16, math.ceil(math.log10(value) - 1e-9)):d}"


def some(names):
    """A few of the names, in order; those that differ in a number alone (features, rows) as one."""
    alike = {}
    for name in names:
        alike.setdefault(re.sub(r"\d+", "#", name), set()).add(name)
    names = sorted(name for form, of in alike.items() for name in ([form] if len(of) > 2 else of))
    return "; ".join(names[:5]) + (" …" if len(names) > 5 else "")


def rows_of(log):
    """{(method, oracle): {"cases", "n", "groups": {(kind, decade): [worst, within, names]}}}, the programs that logged."""
    rows, programs = {}, set()
    with open(log) as lines:
        for line in lines:
            program, name, oracle, kind, n, worst, within, names = line.rstrip("\n").split("\t")
            method, _, case = name.partition("/")
            if re.search(r"\.(csv|json)$", method) and not program.startswith("e2e_"):
                oracle = made_by(method)
            row = rows.setdefault((method, oracle), {"cases": set(), "n": 0, "groups": {}})
            programs.add(program)
            row["cases"].add(case)
            row["n"] += int(n)
            if kind != "equal":
                decade = math.ceil(math.log10(float(within)) - 1e-9) if float(within) > 0 else -99
                group = row["groups"].setdefault((kind, decade), [0.0, 0.0, set()])
                group[0] = max(group[0], float(worst))
                group[1] = max(group[1], float(within))
                for what in names.split("|"):  # without the case, which stands elsewhere
                    what = what.removeprefix(name).lstrip(", ")
                    group[2].update([what] if what else [])
    return rows, programs


def measured(groups):
    """"1e-13 of 1e-10: p, t" a line, relative first, the tightest first."""
    lines = []
    for (kind, _), (worst, within, names) in sorted(groups.items(), key=lambda g: (g[0][0] == "absolute", g[0][1])):
        allowed = f"{within:.0e}".replace("e-0", "e-") if within > 0 else "0"
        found = bound(worst) if worst == 0 or float(bound(worst)) < within else allowed
        lines.append(f"{found} of {allowed}{' abs' if kind == 'absolute' and within > 0 else ''}"
                     + (f": {some(names)}" if names else ""))
    return "<br>".join(lines) or "no numbers"


def kinds():
    """Names of the steps and models that a study may name."""
    names = {}
    for file in sorted(os.listdir(os.path.join(ROOT, "kernels", "learn"))):
        if file.endswith(".c"):
            for body in re.findall(r"const rml_kind rml_kind_\w+ = \{(.*?)\};", read("kernels", "learn", file), re.S):
                names[re.search(r'\.name = "([^"]+)"', body)[1]] = None
    return [name for name in names if name not in ("columns", "shifted")]  # a sweep's own controls


def without_numbers(programs):
    """Test programs of the learning half in which no case of an oracle was opened: what their first comment says."""
    for file in sorted(os.listdir(os.path.join(ROOT, "tests", "kernels"))):
        if not re.fullmatch(r"test_\w+\.c", file) or "test_kernels_" + file[5:-2] in programs:
            continue
        text = read("tests", "kernels", file)
        if re.search(rf'#include "kernels/({FOLDERS})/', text):
            comment = re.match(r"/\*(.*?)\*/", text, re.S)
            yield file[5:-2], " ".join(comment[1].replace("\n *", "\n").split()) if comment else ""


def left_out(method, cases):
    """Cases of the reference that no test opened, each with what the reference says of its tolerance."""
    shared = os.environ.get("RADMILL_SHARED") or os.path.join(ROOT, "..", "shared")
    manifest = os.path.join(shared, "reference", "stats", "manifest.json")
    if not os.path.exists(manifest):
        sys.exit(f"table.py: no reference at {manifest}: it is what the table is about")
    with open(manifest) as file:
        return "; ".join(f"{entry['case']} ({entry['tolerance']})" for entry in json.load(file)
                         if entry["method"] == method and entry["case"] not in cases)


def main():
    rows, programs = rows_of(sys.argv[1])
    order = list(METHODS)
    unknown = sorted({method for method, _ in rows if method not in METHODS})
    if unknown:
        sys.exit(f"table.py: METHODS has no line for {', '.join(unknown)}")
    print("""# What the learning half is held against

Made by `./dev oracles` from what the tests measured; R and Python ran once, elsewhere, and their numbers are compared on
every test. *Found of allowed*: the largest deviation, as the power of ten above it, and the tolerance that the test asserts;
relative to the expected value (where a test allows as much of 1, to the larger), or absolute (abs). Comparisons whose
tolerances are of another size stand on lines of their own. A wide one has its reason in the test: the method draws, the other
program's solver or root finder stops early, or it prints few digits. *no numbers*: choices, orders, folds or counts that must be
equal, or bands over seeds. Where the reference data are absent only the oracles of `tests/oracle` are compared.

| in a study | defined by | held against | cases | numbers | found of allowed |
|---|---|---|---|---|---|""")
    for method, oracle in sorted(rows, key=lambda key: (order.index(key[0]), key[1])):
        row = rows[method, oracle]
        what, source, _ = METHODS[method]
        print(f"| {what} | {source} | {oracle} | {len(row['cases'])} | {row['n'] or ''} | {measured(row['groups'])} |")
    covered = {kind for method, _ in rows for kind in METHODS[method][2].split()}
    bare = [kind for kind in kinds() if kind not in covered]
    print(f"\nSteps and models of a study without a row above: {', '.join(bare) or 'none'}. Rows are by method: that each of its\n"
          "settings has an oracle they do not say. No other program stands behind: information and chi-square of binned\n"
          "columns in univariate, class_weight (a formula by hand, but for svm and logistic), the permutation p, choose: one_se\n"
          "of the inner folds, pivot and its differences.")
    print("\n## Held otherwise\n\nTests by hand, by definition or by what must hold, in their own words:\n")
    for name, comment in without_numbers(programs):
        print(f"- `{name}`: {comment}")
    print("\n## Cases\n\nOf the reference's folders, and what of them no test opens.\n")
    for method in order:
        cases = {case for (m, _), row in rows.items() if m == method for case in row["cases"] if case}
        if cases:
            rest = left_out(method, cases)
            print(f"- {method.removesuffix('.json')}: {', '.join(sorted(cases))}" + (f". Not held: {rest}" if rest else ""))


main()
