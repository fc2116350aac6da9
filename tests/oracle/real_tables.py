#!/usr/bin/env python3
"""real_tables.json: nested cross-validation on published radiomics tables with given outer and inner folds, by
scikit-learn. usage: real_tables.py FOLDER > real_tables.json    (scikit-learn 1.9.1, numpy 2.4.6; some ten minutes)

FOLDER holds the tables of RadMLBench (a row a patient, Target 0 or 1), which are not kept here; the test of this name
reads them from there, too. Folds are dealt from a patient's place among those of its class: outer, place mod 5; inner,
of those who train, place mod 4. Solvers are run until they stand: their stopping rules are no part of what is compared.

For each table and pipeline a fold has the mean inner AUC of every C, the C that was used (the first of the largest),
the features that were kept (their number, where nothing selects), and what the refitted model says of the held-out
patients, 12 digits.
"""
import csv
import gzip
import json
import os
import sys
import warnings

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # else the last of 12 digits hangs on the number of cores

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import RFE, SelectKBest, SelectorMixin, VarianceThreshold, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

TABLES = ("Ahn2021", "Arita2018", "ISPY1", "LGG-1p19qDeletion")
GRID = (0.001, 0.01, 0.1, 1, 10)
OUTER, INNER = 5, 4
MOST = 1000  # columns that a model takes as they are: a Newton step over more takes minutes


def logistic(C):
    return LogisticRegression(C=C, solver="newton-cholesky", tol=1e-12, max_iter=1000)


def svm(C):
    return SVC(C=C, kernel="linear", tol=1e-10)


def rbf(C):
    return SVC(C=C, kernel="rbf", gamma="scale", tol=1e-10)


class Mrmr(SelectorMixin, BaseEstimator):
    """mrmr_selection's form: the largest F / mean of max(|r| with those chosen, 0.001), first the largest F."""

    def fit(self, x, y):
        relevance, r = f_classif(x, y)[0], np.maximum(np.abs(np.corrcoef(x.T)), 0.001)
        chosen, self.kept = [], np.zeros(x.shape[1], bool)
        for _ in range(10):
            score = relevance / r[chosen].mean(0) if chosen else relevance
            chosen.append(int(np.argmax(np.where(self.kept, -np.inf, score))))
            self.kept[chosen[-1]] = True
        return self

    def _get_support_mask(self):
        return self.kept


PIPELINES = {
    "none/logistic": ([], logistic),
    "anova/logistic": ([("anova", SelectKBest(f_classif, k=15))], logistic),
    "anova-rfe/logistic": ([("anova", SelectKBest(f_classif, k=30)),
                            ("rfe", RFE(logistic(1), n_features_to_select=6, step=1,
                                        importance_getter=lambda model: model.coef_[0] ** 2))], logistic),
    "mrmr/logistic": ([("mrmr", Mrmr())], logistic),
    "anova/svm-linear": ([("anova", SelectKBest(f_classif, k=15))], svm),
    "mrmr/svm-rbf": ([("mrmr", Mrmr())], rbf),
}


def dealt(y, who, k):
    place = {0: 0, 1: 0}
    fold = np.full(len(y), -1)
    for i in who:
        fold[i] = place[y[i]] % k
        place[y[i]] += 1
    return fold


def read(path):
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if name not in ("ID", "Target")]
    x = np.array([[float(row[name]) if row[name] else np.nan for name in names] for row in rows])
    return names, x, np.array([int(row["Target"]) for row in rows])


def pipeline(steps, model):
    return Pipeline([("impute", SimpleImputer(strategy="median")), ("clean", VarianceThreshold()),
                     ("scale", StandardScaler()), *steps, ("model", model)])


def main():
    warnings.simplefilter("error")
    result = {}
    for table in TABLES:
        names, x, y = read(os.path.join(sys.argv[1], table + ".csv.gz"))
        outer = dealt(y, range(len(y)), OUTER)
        for name, (steps, model) in PIPELINES.items():
            folds = []
            if not steps and len(names) > MOST:
                continue
            for f in range(OUTER):
                train, test = np.flatnonzero(outer != f), np.flatnonzero(outer == f)
                inner = dealt(y, train, INNER)
                means = []
                for C in GRID:
                    areas = []
                    for g in range(INNER):
                        fit, check = train[inner[train] != g], train[inner[train] == g]
                        fitted = pipeline(steps, model(C)).fit(x[fit], y[fit])
                        areas.append(roc_auc_score(y[check], fitted.decision_function(x[check])))
                    means.append(float(np.mean(areas)))
                used = int(np.argmax(means))
                fitted = pipeline(steps, model(GRID[used])).fit(x[train], y[train])
                kept = np.array([column.strip() for column in names])[fitted["clean"].get_support()]
                for step, _ in steps:
                    kept = kept[fitted[step].get_support()]
                folds.append({"inner": means, "C": GRID[used], "kept": list(kept) if steps else len(kept),
                              "scores": [float(f"{v:.12g}") for v in fitted.decision_function(x[test])]})
            result[f"{table}: {name}"] = folds
            print(table, name, file=sys.stderr)
    json.dump(result, sys.stdout, separators=(",", ":"))
    print()


main()
