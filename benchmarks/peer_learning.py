#!/usr/bin/env python3
"""The same selections and the same nested sweep through scikit-learn and mrmr_selection.

    peer_learning.py rfe FILE svm|logistic default|tight RUNS OUT
    peer_learning.py mrmr FILE K RUNS OUT
    peer_learning.py nested TABLE.csv STUDY.json JOBS OUT

The first two print and write what benchmarks/bench_learning.c does, on the same files. The third prints wall and
processor seconds from the table in memory to the last held-out decision, and writes these decisions: imports and reading
are not counted. The sweep is a GridSearchCV for every selection, model and outer fold over Pipeline(memory=…), so that a
selection is fitted once an inner fold for all models and settings; the memory is a new folder, and filling it counts.
"""
import csv
import json
import statistics
import sys
import tempfile
import time
import warnings

import numpy
import pandas
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_selection import RFE, SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

LONG = 30.0  # processor seconds in all after which a run is not repeated
TOLERANCE = {"svm": {"default": 1e-3, "tight": 1e-7}, "logistic": {"default": 1e-4, "tight": 1e-8}}


def read(path):
    """Rows x columns in C order, as scikit-learn takes them without a copy, and the outcome."""
    size = numpy.fromfile(path, dtype="<i8", count=2)
    values = numpy.fromfile(path, dtype="<f8", offset=16)
    n, p = size
    return numpy.ascontiguousarray(values[:n * p].reshape(p, n).T), values[n * p:].astype(int)


def timed(name, runs, step):
    seconds = []
    while len(seconds) < runs and sum(seconds) <= LONG:
        begun = time.process_time()
        result = step()
        seconds.append(time.process_time() - begun)
    print(f"{name} {min(seconds):.9f} {statistics.median(seconds):.9f}", flush=True)
    return result


def write(path, numbers):
    with open(path, "w") as file:
        file.writelines(f"{number}\n" for number in numbers)


def estimator(model, tolerance):
    if model == "svm":
        return SVC(kernel="linear", C=1.0, tol=tolerance)
    return LogisticRegression(C=1.0, max_iter=1000, tol=tolerance)


def rfe(path, model, tolerance, runs, out):
    x, y = read(path)
    fitted = timed("rfe", int(runs), lambda: RFE(estimator(model, TOLERANCE[model][tolerance]),
                                                 n_features_to_select=8, step=1).fit(x, y))
    write(out, fitted.ranking_)


def chosen_by_mrmr(x, y, k):
    from mrmr import mrmr_classif
    return mrmr_classif(X=x, y=y, K=k, relevance="f", redundancy="c", denominator="mean", n_jobs=1,
                        show_progress=False)


def mrmr(path, k, runs, out):
    x, y = read(path)
    x, y = pandas.DataFrame(x), pandas.Series(y)
    write(out, timed("mrmr", int(runs), lambda: chosen_by_mrmr(x, y, int(k))))


class Mrmr(TransformerMixin, BaseEstimator):
    """mrmr_selection as a step of a pipeline."""

    def __init__(self, k=8):
        self.k = k

    def fit(self, x, y):
        self.columns_ = chosen_by_mrmr(pandas.DataFrame(x), pandas.Series(y), self.k)
        return self

    def transform(self, x):
        return x[:, self.columns_]


def selection(name, tolerance):
    if name == "anova":
        return SelectKBest(f_classif, k=8)
    if name == "rfe":
        return RFE(estimator("logistic", TOLERANCE["logistic"][tolerance]), n_features_to_select=8, step=1)
    return Mrmr(8)


def classifier(name, tolerance):
    if name == "svm-rbf":
        return SVC(kernel="rbf", tol=TOLERANCE["svm"][tolerance])
    return estimator("svm" if name == "svm-linear" else name, TOLERANCE["svm" if name == "svm-linear" else name][tolerance])


def nested(path, study, jobs, out):
    with open(study) as file:
        study = json.load(file)
    tolerance = study["tolerance"]
    table = pandas.read_csv(path)
    x = numpy.ascontiguousarray(table[[name for name in table if name.startswith("f0")]].to_numpy(dtype=float))
    y = table["y"].to_numpy()
    outer = table["fold"].to_numpy()
    inner = {fold: table[f"inner_for_outer{fold}"].to_numpy() for fold in sorted(set(outer))}
    rows = []
    clock, begun = time.process_time(), time.perf_counter()
    for fold in sorted(inner):
        train, test = numpy.flatnonzero(outer != fold), numpy.flatnonzero(outer == fold)
        of_train = inner[fold][train]
        folds = [(numpy.flatnonzero(of_train != f), numpy.flatnonzero(of_train == f)) for f in sorted(set(of_train))]
        for select in study["selections"]:
            with tempfile.TemporaryDirectory(prefix="radmill-bench-") as memory:
                for model, grid in study["models"].items():
                    steps = [("scale", StandardScaler()), ("select", selection(select, tolerance)),
                             ("model", classifier(model, tolerance))]
                    search = GridSearchCV(Pipeline(steps, memory=memory),
                                          {f"model__{name}": values for name, values in grid.items()},
                                          scoring="roc_auc", cv=folds, n_jobs=int(jobs))
                    decision = search.fit(x[train], y[train]).decision_function(x[test])
                    rows += [(f"{select}/{model}", fold, row, value, search.best_index_)
                             for row, value in zip(test, decision)]
    print(f"nested {time.perf_counter() - begun:.9f} {time.process_time() - clock:.9f}")
    with open(out, "w", newline="") as file:
        csv.writer(file).writerows([("pipeline", "fold", "row", "decision", "point"), *rows])


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    {"rfe": rfe, "mrmr": mrmr, "nested": nested}[sys.argv[1]](*sys.argv[2:])
