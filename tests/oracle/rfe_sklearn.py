"""scikit-learn's RFECV and RFE on 90 random rows of 9 columns: the rows in rfe_sklearn.csv, the results in rfe_sklearn.h.

Needs scikit-learn 1.9.1, numpy 2.4.6: python rfe_sklearn.py rfe_sklearn.csv rfe_sklearn.h

Folds are given (column fold). Linear models: every fold's area under the curve at every size, exactly. Forests draw, so
of them there is the mean of each size's mean score over 6 seeds with its standard deviation, and the columns that an
elimination to 2 keeps, which must be the same for every seed. The standard error is the deviation with n - 1 over the
folds / sqrt(folds).
"""
import sys

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.feature_selection import RFE, RFECV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit
from sklearn.svm import SVC

rng = np.random.default_rng(8)
n, p, n_folds, seeds = 90, 9, 5, range(6)
x = np.round(rng.normal(size=(n, p)) * 1024) / 1024
number = np.round(1000 * (1.5 * x[:, 1] + 1.2 * x[:, 4] - 0.5 * x[:, 6] + rng.normal(size=n))) / 1000
y = (number > 0.3).astype(int)
fold = rng.permutation(n) % n_folds
cv = PredefinedSplit(fold)
out = ["/* Made by rfe_sklearn.py: scikit-learn 1.9.1. Sizes rise; folds one after the other. */"]


def put(name, values, kind="double"):
    values = np.ravel(values)
    text = ", ".join(repr(v.item()) for v in values)
    out.append(f"static const {kind} {name}[{len(values)}] = {{{text}}};")


def one_se(found):
    scores = np.array([found[f"split{f}_test_score"] for f in range(n_folds)])
    mean, error = scores.mean(0), scores.std(0, ddof=1) / np.sqrt(n_folds)
    best = int(mean.argmax())
    return found["n_features"][np.flatnonzero(mean >= mean[best] - error[best])[0]]


for step in (1, 2):
    for name, model in (("logistic", LogisticRegression(C=1.0, tol=1e-12, max_iter=100000)),
                        ("svm", SVC(kernel="linear", C=1.0, tol=1e-8))):
        fit = RFECV(model, step=step, cv=cv, scoring="roc_auc").fit(x, y)
        found = fit.cv_results_
        put(f"{name}_{step}_sizes", found["n_features"], "int")
        put(f"{name}_{step}_auc", [found[f"split{f}_test_score"] for f in range(n_folds)])
        put(f"{name}_{step}_chosen", np.array([fit.n_features_, one_se(found)]), "int")
        put(f"{name}_{step}_kept", fit.support_.astype(int), "int")
forests = {
    "class": (lambda s: RandomForestClassifier(200, random_state=s), y, "roc_auc"),
    "number": (lambda s: RandomForestRegressor(200, max_features=1 / 3, min_samples_split=6, random_state=s), number, "r2"),
}
for name, (forest, target, scoring) in forests.items():
    means = np.array([RFECV(forest(s), cv=cv, scoring=scoring, n_jobs=2).fit(x, target).cv_results_["mean_test_score"]
                      for s in seeds])
    kept = np.array([RFE(forest(s), n_features_to_select=2).fit(x, target).support_ for s in seeds])
    if (kept != kept[0]).any():
        sys.exit(f"{name}: what is kept depends on the seed")
    put(f"forest_{name}_mean", means.mean(0))
    put(f"forest_{name}_sd", means.std(0, ddof=1))
    put(f"forest_{name}_kept", kept[0].astype(int), "int")
with open(sys.argv[1], "w") as file:
    file.write(",".join([*(f"x{j + 1}" for j in range(p)), "y", "number", "fold"]) + "\n")
    for i in range(n):
        file.write(",".join(repr(v.item()) for v in (*x[i], y[i], number[i], fold[i])) + "\n")
with open(sys.argv[2], "w") as file:
    file.write("/* clang-format off */\n" + "\n".join(out) + "\n")
