"""scikit-learn's stack of clinical columns and the out-of-fold score of the pipeline that nested cross-validation chooses.

Needs scikit-learn 1.7.2 (1.9.1 scales LDA by the rows, not by rows - classes), numpy 2.3.4:
python combined_sklearn.py combined_table.csv combined_sklearn.csv

The first file: 90 rows with two classes (y), three (grade), a number (v), outer folds (fold) and inner ones for each
(inner_0 ...; -1 of its held-out rows). The second: held-out decisions of the stack, a row an outcome and patient; and each
fold's apparent AUC (of classes one against the others, mean) or R2: of the training rows, scored by the pipeline they fitted.

In each outer fold the pipeline with the best mean inner score (the first of equals) is chosen; its inner out-of-fold
decisions, and the held-out decisions of its refit, stand beside age and sex: medians, z-scores, and a plain model. Of three
classes the decisions' differences from the first class'. Ridge as glmnet has it: the penalty n lambda / sd(y).
"""
import csv
import sys

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest, f_classif, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(21)
n, p, n_outer, n_inner = 90, 6, 3, 3
x = np.round(rng.normal(size=(n, p)), 4)
sex = rng.integers(0, 2, n)
age = np.round(60 + 9 * rng.normal(size=n), 1)
v = np.round(1.0 * x[:, 1] - 0.7 * x[:, 4] + 0.05 * (age - 60) + 0.6 * sex + 1.5 * rng.normal(size=n), 4)
y = (v > 0.2).astype(int)
grade = np.digitize(v + 0.5 * rng.normal(size=n), [-0.6, 0.9])
age[[3, 40, 77]] = np.nan
fold = rng.permutation(n) % n_outer
inner = np.full((n_outer, n), -1)
for f in range(n_outer):
    train = np.flatnonzero(fold != f)
    inner[f, train] = rng.permutation(len(train)) % n_inner


def ridge(rows, outcome):
    """lambda 0.1 of glmnet's own scale: its penalty is of the outcome divided by its deviation."""
    return Ridge(alpha=len(outcome) * 0.1 / outcome.std(), solver="cholesky")


CLASS = dict(outcome=y, score=lambda truth, d: roc_auc_score(truth, d), decide=lambda m, r: m.decision_function(r)[:, None],
             plain=lambda r, t: LogisticRegression(C=1, tol=1e-12, max_iter=10000), anova=f_classif,
             models=[lambda r, t: LogisticRegression(C=0.01, tol=1e-12, max_iter=10000),
                     lambda r, t: LogisticRegression(C=1, tol=1e-12, max_iter=10000)])
CLASSES = dict(outcome=grade, plain=lambda r, t: LinearDiscriminantAnalysis(), anova=f_classif,
               score=lambda truth, d: np.mean([roc_auc_score(truth == c, d[:, c]) for c in range(3)]),
               decide=lambda m, r: m.decision_function(r), models=[lambda r, t: LinearDiscriminantAnalysis()])
VALUE = dict(outcome=v, plain=ridge, anova=f_regression, score=lambda truth, d: r2_score(truth, d),
             decide=lambda m, r: m.predict(r)[:, None], models=[ridge])


def pipelines(kind, rows, outcome):
    """Fitted: each selection with each setting of the model."""
    for keep in (2, p):
        for model in kind["models"]:
            steps = StandardScaler(), SelectKBest(kind["anova"], k=keep), model(rows, outcome)
            yield make_pipeline(*steps).fit(rows, outcome)


def stack(kind, f):
    t, decide = kind["outcome"], kind["decide"]
    train, test = np.flatnonzero(fold != f), np.flatnonzero(fold == f)
    n_pipelines, unseen, scores = 2 * len(kind["models"]), {}, []
    for g in range(n_inner):
        fitted, held = inner[f] != g, np.flatnonzero(inner[f] == g)
        fitted &= inner[f] >= 0
        scores.append([])
        for k, pipe in enumerate(pipelines(kind, x[fitted], t[fitted])):
            said = decide(pipe, x[held])
            unseen.setdefault(k, np.full((n, said.shape[1]), np.nan))[held] = said
            scores[-1].append(kind["score"](t[held], said if said.shape[1] > 1 else said[:, 0]))
    best = int(np.mean(scores, 0).argmax())
    assert np.sort(np.mean(scores, 0))[-1] - np.sort(np.mean(scores, 0))[-2] > 1e-3, "a choice that hangs on rounding"
    own, score = decide(list(pipelines(kind, x[train], t[train]))[best], x), unseen[best]
    score[test] = own[test]
    if score.shape[1] > 1:
        own, score = own[:, 1:] - own[:, :1], score[:, 1:] - score[:, :1]
    table, seen = np.column_stack([age, sex, score]), np.column_stack([age, sex, own])
    plain = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    rows = plain.fit_transform(table[train])
    model = kind["plain"](rows, t[train]).fit(rows, t[train])
    apparent = decide(model, plain.transform(seen[train]))
    apparent = kind["score"](t[train], apparent if apparent.shape[1] > 1 else apparent[:, 0])
    return test, best, decide(model, plain.transform(table[test])), apparent


with open(sys.argv[1], "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["id", "y", "grade", "v", "fold", *(f"inner_{f}" for f in range(n_outer)), "age", "sex",
                  *(f"f{j}" for j in range(p))])
    for i in range(n):
        out.writerow([f"p{i:02d}", y[i], "abc"[grade[i]], v[i], fold[i], *inner[:, i],
                      "" if np.isnan(age[i]) else age[i], "fm"[sex[i]], *x[i]])
with open(sys.argv[2], "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["outcome", "id", "pipeline", "score_1", "score_2", "score_3"])
    for name, kind in (("y", CLASS), ("grade", CLASSES), ("v", VALUE)):
        for f in range(n_outer):
            test, best, said, apparent = stack(kind, f)
            out.writerow([name, f"apparent {f}", best, repr(float(apparent)), "", ""])
            for i, values in zip(test, said):
                out.writerow([name, f"p{i:02d}", best, *(repr(float(value)) for value in values), *[""] * (3 - len(values))])
