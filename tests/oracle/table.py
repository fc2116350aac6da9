#!/usr/bin/env python3
"""docs/oracles.md: what features, filters, statistics, steps and models are held against, and how far off they were found.

usage: table.py LOG CATALOGUE > docs/oracles.md    LOG: what the tests appended to the file that $RADMILL_ORACLE_LOG names
       table.py --complete CATALOGUE docs/oracles.md    CATALOGUE: the program build/tests/catalogue

Both end with status 1, naming it, where something that the program computes has no row.
"""
import json
import math
import os
import re
import subprocess
import sys

import table_image

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
    "coxnet": ("cox: lasso, elastic net", "Simon, Friedman, Hastie & Tibshirani 2011", "cox"),
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
    "km": ("Kaplan-Meier: curve, limits, quantiles, restricted mean", "Kaplan & Meier 1958; Greenwood 1926", ""),
    "logrank": ("log-rank: groups, strata, pairs, Peto-Peto, trend", "Harrington & Fleming 1982", ""),
    "cox": ("Cox models, proportional hazards, baseline", "Cox 1972; Efron 1977; Grambsch & Therneau 1994", ""),
    "cindex": ("concordance, time-dependent AUC, Brier score of survival",
               "Harrell 1982; Uno 2007, 2011; Graf 1999", ""),
    "optimism": ("optimism of a Cox model: concordance, calibration", "Harrell, Lee & Mark 1996", ""),
    "reclassification": ("net reclassification, integrated discrimination of times", "Pencina 2008, 2011; Uno 2013", ""),
    "survive.csv": ("`radmill survive`", "Cox 1972; Kaplan & Meier 1958", ""),
    "glioma.csv": ("a whole study of published patients: survival, cut-points, subgroups, correlations",
                   "Cox 1972; Kaplan & Meier 1958; Hothorn & Lausen 2003", ""),
    "kmeans": ("`radmill groups`: k-means, silhouette", "Lloyd 1982; Hartigan 1975; Rousseeuw 1987", ""),
    "consensus": ("`radmill groups`: consensus clustering", "Monti 2003; Senbabaoglu 2014", ""),
    "consensus_km.csv": ("`radmill groups`: consensus by k-means, the resamples that were drawn", "Monti 2003", ""),
    "groups.csv": ("`radmill groups`", "R stats; standardised differences: Austin 2009, Yang & Dalton 2012", ""),
    "subgroup": ("subgroups and their interaction", "likelihood ratio", ""),
    "stability": ("stability of a selection", "Nogueira, Sechidis & Brown 2018", ""),
    "corrected interval": ("intervals over folds, paired test", "Nadeau & Bengio 2003", ""),
    ".632+": (".632+ of a bootstrap", "Efron & Tibshirani 1997", ""),
    "maxstat": ("optimal cut-point of survival", "Lausen & Schumacher 1992; Lausen 1994; Hothorn & Lausen 2003", ""),
    "splits": ("split: kfold, leave_out", "scikit-learn StratifiedKFold; each centre once", ""),
    "rad_score": ("`radmill score`", "a published model", ""),
    "nested_cv": ("whole studies: nested cross-validation, folds given", "scikit-learn Pipeline", ""),
    "real_tables.json": ("whole studies on published tables, folds given", "scikit-learn Pipeline", ""),
    "studies": ("whole studies on real patients, from images or tables to a report", "PyRadiomics; R", ""),
}
# Modules of these folders are the learning half; its tests include one of their headers.
FOLDERS = "learn|models|prepare|select|simple|stats|survival|trees"


HEAD = """# What radmill is held against

Made by `./dev oracles` from what the tests measured, a row a feature, filter, step or model. *Defined by*: where the
definition stands. *Held against*: another program with its version, a published value, or the definition written anew.
*Found of allowed*: the largest deviation, as the power of ten above it, and the tolerance that the test asserts; relative to the
expected value (where a test allows as much of 1, to the larger), or absolute (abs), which then follows the numbers' size; "0 of
0" is equal to the last bit. Several programs or tests of one feature stand together, under the tightest tolerance, and under a
wider one where something was further off. Every deviation is one that a test asserts; nothing of radmill's own output is an
expected value.

Some of what is compared is not in the repository, being large or under other licences: images and tables of PyRadiomics,
IBSI's CT phantom (CC BY-NC 3.0), tables and response maps, and the cases of R and Python. Tests look for them in the folder
that `RADMILL_SHARED` names; without it they skip, and the comparisons of `tests/oracle` and of numbers typed into tests remain.
This page was made with them.
"""


def read(*parts):
    with open(os.path.join(ROOT, *parts)) as file:
        return file.read()


def made_by(file):
    """The packages that a generator beside this file names, with their versions."""
    stem = "prepare_sklearn" if file == "prepare_small.csv" else os.path.splitext(file)[0]
    written_in = next(end for end in (".py", ".R") if os.path.exists(os.path.join(ROOT, "tests", "oracle", stem + end)))
    head = read("tests", "oracle", stem + written_in)[:1500]
    found = re.findall(r"\b(scikit-learn|neuroCombat|numpy|inmoose|scipy|mpmath|R|survival|glmnet|ConsensusClusterPlus|lifelines|"
                       r"scikit-survival|dcurves|maxstat) (\d[\d.-]*\d)", head)
    return ", ".join(dict.fromkeys(f"{name} {version}" for name, version in found)) or file


def some(names):
    """A few of the names, in order; those that differ in a number alone (features, rows) as one."""
    alike = {}
    for name in names:
        alike.setdefault(re.sub(r"\d+", "#", name), set()).add(name)
    names = sorted(name for form, of in alike.items() for name in ([form] if len(of) > 2 else of))
    return "; ".join(names[:5]) + (" …" if len(names) > 5 else "")


def rows_of_learning(log):
    """{(method, oracle): {"cases", "n", "groups": {(kind, decade): [worst, within, names]}}}, the programs that logged."""
    rows, programs = {}, set()
    with open(log) as lines:
        for line in lines:
            program, name, oracle, kind, n, worst, within, names = line.rstrip("\n").split("\t")
            method, _, case = name.partition("/")
            if method in table_image.SECTIONS:
                continue
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
        lines.append(table_image.found_of(kind, worst, within) + (f": {some(names)}" if names else ""))
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


def learning(log):
    """The page's half of statistics, steps and models, as text."""
    rows, programs = rows_of_learning(log)
    order = list(METHODS)
    unknown = sorted({method for method, _ in rows if method not in METHODS})
    if unknown:
        sys.exit(f"table.py: METHODS has no line for {', '.join(unknown)}")
    page = ["""## The learning half

R and Python ran once, elsewhere, and their numbers are compared on every test. Comparisons whose tolerances are of another
size stand on lines of their own. A wide one has its reason in the test: the method draws, the other program's solver or root
finder stops early, or it prints few digits. *no numbers*: choices, orders, folds or counts that must be equal, or bands over
seeds.

| in a study | defined by | held against | cases | numbers | found of allowed |
|---|---|---|---|---|---|"""]
    for method, oracle in sorted(rows, key=lambda key: (order.index(key[0]), key[1])):
        row = rows[method, oracle]
        what, source, _ = METHODS[method]
        page.append(f"| {what} | {source} | {oracle} | {len(row['cases'])} | {row['n'] or ''} | {measured(row['groups'])} |")
    covered = {kind for method, _ in rows for kind in METHODS[method][2].split()}
    bare = [kind for kind in kinds() if kind not in covered]
    page.append(f"\nSteps and models of a study without a row above: {', '.join(bare) or 'none'}. Rows are by method: that each of its\n"
                "settings has an oracle they do not say. No other program stands behind: information and chi-square of binned\n"
                "columns in univariate, class_weight (a formula by hand, but for svm and logistic), the permutation p, choose: one_se\n"
                "of the inner folds, pivot and its differences.")
    page.append("\n### Held otherwise\n\nTests by hand, by definition or by what must hold, in their own words:\n")
    for name, comment in without_numbers(programs):
        page.append(f"- `{name}`: {comment}")
    page.append("\n### Cases\n\nOf the reference's folders, and what of them no test opens.\n")
    for method in order:
        cases = {case for (m, _), row in rows.items() if m == method for case in row["cases"] if case}
        if cases:
            rest = left_out(method, cases)
            page.append(f"- {method.removesuffix('.json')}: {', '.join(sorted(cases))}" + (f". Not held: {rest}" if rest else ""))
    return "\n".join(page), bare


def main():
    if sys.argv[1] == "--complete":
        shipped = table_image.catalogue(subprocess.run(sys.argv[2], capture_output=True, text=True, check=True).stdout)
        with open(sys.argv[3]) as file:
            bare = table_image.without_row(shipped, file.read())
    else:
        shipped = table_image.catalogue(subprocess.run(sys.argv[2], capture_output=True, text=True, check=True).stdout)
        text, bare = learning(sys.argv[1])
        image, more = table_image.image(sys.argv[1], shipped)
        bare += more
        print(HEAD)
        print(image)
        print()
        print(text)
    if bare:
        sys.exit("".join(f"table.py: {name} has no oracle\n" for name in bare).rstrip())


main()
