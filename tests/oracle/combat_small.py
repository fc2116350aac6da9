#!/usr/bin/env python3
"""combat_small.csv: ComBat by the formulas of sva 3.46.0 with explicit design matrices and loops over rows, on a small
table with a covariate and missing values, and a batch that is not in training.

usage: combat_small.py > combat_small.csv        (numpy 1.26.4)

Columns: batch (3: not in training), age, x1..x6, p1..p6 harmonised with the parametric prior, n1..n6 with the
non-parametric one. Batch 3 is harmonised by its own rows under the training's pooled prior: all gamma_hat (delta_hat)
of all training batches as one sample; non-parametric: these estimates as the points, the feature's own left out.
"""
import numpy as np

rng = np.random.default_rng(20240611)
N, P = [7, 8, 9, 10], 6
batch = np.repeat([0, 1, 2, 3], N)
age = np.round(rng.normal(60, 9, batch.size) + 4 * batch)
scale, centre = np.array([1, 10, .1, 1000, 2, 5.]), np.array([5, -3, 0, 1e4, 2, 50.])
shift = rng.normal(0, 1, (4, P)) + np.array([-.5, .2, .8, 1.])[:, None]
spread = np.sqrt(rng.gamma(6, 1 / 6, (4, P)))
x = centre + scale * (.03 * (age[:, None] - 60) + shift[batch] + spread[batch] * rng.normal(size=(batch.size, P)))
x = np.array([[float(f'{v:.6g}') for v in row] for row in x])
for row, column in ((2, 1), (9, 1), (20, 4), (3, 0), (30, 4)):
    x[row, column] = np.nan
train = batch < 3


def least_squares(design, y):
    seen = ~np.isnan(y)
    return np.linalg.solve(design[seen].T @ design[seen], design[seen].T @ y[seen])


design = np.column_stack([batch[train] == b for b in range(3)] + [age[train]]).astype(float)
xt, bt = x[train], batch[train]
coefficients = np.array([least_squares(design, xt[:, j]) for j in range(P)]).T
grand = np.array(N[:3]) / sum(N[:3]) @ coefficients[:3]
beta = coefficients[3]
var_pooled = np.nanvar(xt - design @ coefficients, axis=0, ddof=1)
expected = grand + age[:, None] * beta
z = (x - expected) / np.sqrt(var_pooled)
gamma_hat = np.array([np.nanmean(z[batch == b], axis=0) for b in range(4)])
delta_hat = np.array([np.nanvar(z[batch == b], axis=0, ddof=1) for b in range(4)])


def parametric(rows, gamma, delta, prior_gamma, prior_delta):
    bar, t2 = prior_gamma.mean(), prior_gamma.var(ddof=1)
    m, s2 = prior_delta.mean(), prior_delta.var(ddof=1)
    a, b = (2 * s2 + m * m) / s2, (m * s2 + m ** 3) / s2
    n = (~np.isnan(rows)).sum(axis=0)
    g, d, change = gamma, delta, 1
    while change > 1e-4:
        new_g = (t2 * n * gamma + d * bar) / (t2 * n + d)
        new_d = (.5 * np.nansum((rows - new_g) ** 2, axis=0) + b) / (n / 2 + a - 1)
        change = max((abs(new_g - g) / g).max(), (abs(new_d - d) / d).max())
        g, d = new_g, new_d
    return g, d


def nonparametric(rows, points_gamma, points_delta):  # points: [sets, P]
    g, d = np.empty(P), np.empty(P)
    for j in range(P):
        others = np.arange(P) != j
        seen = rows[~np.isnan(rows[:, j]), j]
        pg, pd = points_gamma[:, others].ravel(), points_delta[:, others].ravel()
        w = np.array([np.prod(np.exp(-(seen - u) ** 2 / (2 * v)) / np.sqrt(2 * np.pi * v)) for u, v in zip(pg, pd)])
        g[j], d[j] = (w * pg).sum() / w.sum(), (w * pd).sum() / w.sum()
    return g, d


p, n = np.empty_like(x), np.empty_like(x)
for b in range(4):
    rows = batch == b
    use = slice(0, 3) if b == 3 else slice(b, b + 1)
    for out, (g, d) in ((p, parametric(z[rows], gamma_hat[b], delta_hat[b], gamma_hat[use], delta_hat[use])),
                        (n, nonparametric(z[rows], gamma_hat[use], delta_hat[use]))):
        out[rows] = (z[rows] - g) / np.sqrt(d) * np.sqrt(var_pooled) + expected[rows]

print('batch,age,' + ','.join(f'{c}{j + 1}' for c in 'xpn' for j in range(P)))
for i in range(batch.size):
    print(','.join('' if np.isnan(v) else repr(float(v)) for v in (batch[i], age[i], *x[i], *p[i], *n[i])))
