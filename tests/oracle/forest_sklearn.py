"""Random forests of scikit-learn over 50 seeds on the rows of trees_sklearn.csv: forest_sklearn.csv.

Needs scikit-learn 1.9.1, numpy 2.4.6: python forest_sklearn.py > forest_sklearn.csv

200 trees, 2 columns a node; fitted on the first 120 rows, those that end in _w with the weights (numbers) or balanced (classes). Of numbers: squared
errors out of bag and of the last 40 rows. Of the three classes (mean class shares): shares of wrong rows, and the mean
over rows of the summed squared distance of shares from the class.
"""
import csv
import os

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "trees_sklearn.csv")) as file:
    rows = list(csv.DictReader(file))
column = {k: np.array([float(r[k]) for r in rows]) for k in rows[0]}
x = np.column_stack([column[f"x{j}"] for j in range(6)])
number, classes = column["number"], column["class"].astype(int)
train, test = np.arange(160) < 120, np.arange(160) >= 120
found = {}


def note(name, value):
    found.setdefault(name, []).append(float(value))


for seed in range(50):
    for mark, weight in (("", None), ("_w", column["weight"][train])):
        forest = RandomForestRegressor(200, max_features=2, min_samples_leaf=3, oob_score=True, random_state=seed)
        forest.fit(x[train], number[train], weight)
        if not mark:
            note("number_oob", ((forest.oob_prediction_ - number[train]) ** 2).mean())
        note("number_test" + mark, ((forest.predict(x[test]) - number[test]) ** 2).mean())
        for j in range(6):
            note(f"number_importance{j}" + mark, forest.feature_importances_[j])
        forest = RandomForestClassifier(200, max_features=2, oob_score=True, random_state=seed,
                                        class_weight="balanced" if mark else None)
        forest.fit(x[train], classes[train])
        note("class_oob" + mark, 1 - forest.oob_score_)
        shares = forest.predict_proba(x[test])
        note("class_test" + mark, (shares.argmax(1) != classes[test]).mean())
        note("class_brier" + mark, ((shares - np.eye(3)[classes[test]]) ** 2).sum(1).mean())
        for j in range(6):
            note(f"class_importance{j}" + mark, forest.feature_importances_[j])
print("quantity,mean,sd,min,max")
for name, values in found.items():
    print(name, *(f"{v:.6g}" for v in (np.mean(values), np.std(values, ddof=1), min(values), max(values))), sep=",")
