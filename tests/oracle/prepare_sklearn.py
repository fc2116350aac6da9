#!/usr/bin/env python3
"""prepare_small.csv: scikit-learn's scalers and imputers, fitted on the first 24 rows and applied to all 36.

usage: prepare_sklearn.py > prepare_small.csv       (scikit-learn 1.5.2, scipy 1.13.1, numpy 1.26.4, mpmath 1.3.0)

Columns, for features 1..6: x the data, complete; s StandardScaler; r RobustScaler; m MinMaxScaler to [0, 1]; q to
[-1, 1]; y PowerTransformer (Yeo-Johnson, standardised); l its lambda, the same in every row; e the lambda of
the largest likelihood to 15 digits (mpmath); g the data with gaps;
z StandardScaler, v PowerTransformer and i SimpleImputer (median) of the data with gaps; k KNNImputer of 3 neighbours with
equal weights on z, w the same weighted by 1 / distance.
"""
import mpmath
import numpy as np
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, RobustScaler, StandardScaler

mpmath.mp.dps = 60


def exact_lambda(values, near):
    values = [mpmath.mpf(float(v)) for v in values]
    logs = sum(mpmath.sign(v) * mpmath.log(1 + abs(v)) for v in values)

    def cost(power):
        t = [((1 + v) ** power - 1) / power if v >= 0 else -((1 - v) ** (2 - power) - 1) / (2 - power) for v in values]
        mean = sum(t) / len(t)
        return len(t) / mpmath.mpf(2) * mpmath.log(sum((v - mean) ** 2 for v in t) / len(t)) - (power - 1) * logs

    return float(mpmath.findroot(lambda power: mpmath.diff(cost, power), near))


rng = np.random.default_rng(7)
N, TRAIN, P = 36, 24, 6
base = rng.normal(size=(N, P)) + rng.normal(size=(N, 1))
x = np.column_stack([np.exp(base[:, 0]), base[:, 1], -np.exp(.7 * base[:, 2]), 50 + 4 * base[:, 3],
                     base[:, 4] ** 3, 1e-3 * base[:, 5]])
x = np.array([[float(f'{v:.6g}') for v in row] for row in x])
gaps = x.copy()
gaps[rng.random(x.shape) < .15] = np.nan
gaps[30, :] = np.nan  # nothing is known of it: the training's means
columns = {'x': x, 'g': gaps}
for name, data, made in [('s', x, StandardScaler()), ('r', x, RobustScaler()), ('m', x, MinMaxScaler()),
                         ('q', x, MinMaxScaler((-1, 1))), ('y', x, PowerTransformer()),
                         ('z', gaps, StandardScaler()), ('v', gaps, PowerTransformer()),
                         ('i', gaps, SimpleImputer(strategy='median')), ('k', 'z', KNNImputer(n_neighbors=3)),
                         ('w', 'z', KNNImputer(n_neighbors=3, weights='distance'))]:
    if isinstance(data, str):
        data = columns[data]
    columns[name] = made.fit(data[:TRAIN]).transform(data)
    if name == 'y':
        columns['l'] = np.tile(made.lambdas_, (N, 1))
        columns['e'] = np.tile([exact_lambda(x[:TRAIN, j], made.lambdas_[j]) for j in range(P)], (N, 1))
print(','.join(f'{name}{j + 1}' for name in columns for j in range(P)))
for i in range(N):
    print(','.join('' if np.isnan(v) else repr(float(v)) for table in columns.values() for v in table[i]))
