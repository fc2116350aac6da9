"""Trees, forests' building blocks and gradient boosting of scikit-learn on 160 random rows: trees_sklearn.csv.

Needs scikit-learn 1.9.1, numpy 2.4.6: python trees_sklearn.py > trees_sklearn.csv

Rows 0-119 are trained on (column train), all are predicted. scikit-learn draws the order in which columns are tried, and
with it the winner of equal gains: what is written must be the same for every seed, and this is checked here. The values
of x are multiples of 2^-12, which single precision holds.
"""
import sys
import warnings

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20)
n, p, n_train = 160, 6, 120
x = np.round(rng.normal(size=(n, p)) * 4096) / 4096
score = x[:, 0] - x[:, 1] * x[:, 2] + 0.8 * rng.normal(size=n)
y = (score > 0.2).astype(int)
classes = np.digitize(score, [-0.6, 0.7])
number = np.round(score * 1000) / 1000
weight = np.round(rng.uniform(0.25, 2, size=n) * 64) / 64


def always(predict):
    """What predict(seed) gives, when it gives the same for each seed."""
    first = predict(0)
    for seed in range(1, 12):
        if np.abs(predict(seed) - first).max() > 1e-12:
            sys.exit("depends on the seed")
    return first


def fitted(model, target, weighted):
    return model.fit(x[:n_train], target[:n_train], sample_weight=weight[:n_train] if weighted else None)


boost = dict(max_depth=3, n_estimators=12, learning_rate=0.2, min_samples_leaf=9)
columns = {f"x{j}": x[:, j] for j in range(p)}
columns |= {"y": y, "class": classes, "number": number, "weight": weight}
columns["train"] = (np.arange(n) < n_train).astype(int)
for w in (0, 1):
    columns[f"boost_y_{w}"] = always(
        lambda s: fitted(GradientBoostingClassifier(random_state=s, **boost), y, w).decision_function(x))
    columns[f"boost_number_{w}"] = always(
        lambda s: fitted(GradientBoostingRegressor(random_state=s, **boost), number, w).predict(x))
    shares = always(lambda s: fitted(
        DecisionTreeClassifier(max_depth=4, min_samples_leaf=7, min_samples_split=20, random_state=s),
        classes, w).predict_proba(x))
    for c in range(3):
        columns[f"tree_class{c}_{w}"] = shares[:, c]
    columns[f"tree_number_{w}"] = always(
        lambda s: fitted(DecisionTreeRegressor(max_depth=5, min_samples_leaf=6, random_state=s), number, w).predict(x))
names = list(columns)
print(",".join(names))
for i in range(n):
    print(",".join(repr(columns[k][i].item()) for k in names))
