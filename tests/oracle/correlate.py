#!/usr/bin/env python3
"""correlate_table.csv, and correlate.csv: what numpy, scipy and scikit-learn say of it.

usage: correlate.py FOLDER       (numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1)

The table: 41 rows; f00 .. f11 complete, of them f03 full of ties, f04 skewed, f05 far from 0, f11 a copy of f02; gap has
missing values, flat none but one value; row 18 has no value at all. The expectations: method, what, i, j, value, with i
and j counted among the complete columns and the rows but that one: numpy.corrcoef, scipy.stats.spearmanr; PCA (svd_solver
"full") of the columns (their ranks, for spearman) with mean 0 and standard deviation 1 (divisor rows - 1), the loading
that is largest in size turned positive.
"""
import csv
import os
import sys

import numpy as np
from scipy.stats import rankdata, spearmanr
from sklearn.decomposition import PCA

N, P, K, EMPTY = 41, 12, 4, 18
rng = np.random.default_rng(11)
x = rng.normal(size=(N, 3)) @ rng.normal(size=(3, P)) + .6 * rng.normal(size=(N, P))
x[:, 3] = np.round(x[:, 3])
x[:, 4] = np.exp(x[:, 4])
x[:, 5] = 1e6 + x[:, 5]
x[:, 11] = x[:, 2]
x = np.array([[float(f'{v:.9g}') for v in row] for row in x])
gap = np.where(rng.random(N) < .1, '', 'x')

with open(os.path.join(sys.argv[1], 'correlate_table.csv'), 'w', newline='') as file:
    out = csv.writer(file, lineterminator='\n')
    out.writerow(['id', *(f'f{j:02d}' for j in range(6)), 'gap', 'flat', *(f'f{j:02d}' for j in range(6, P))])
    for i in range(N):
        cells = [f'{v:.9g}' for v in x[i]]
        line = [*cells[:6], gap[i] and f'{i / 7:.6g}', '0.1', *cells[6:]]
        out.writerow([f'r{i:02d}', *('' if i == EMPTY else cell for cell in line)])

x = np.delete(x, EMPTY, axis=0)
with open(os.path.join(sys.argv[1], 'correlate.csv'), 'w', newline='') as file:
    out = csv.writer(file, lineterminator='\n')
    out.writerow(['method', 'what', 'i', 'j', 'value'])
    for method, r, data in (('pearson', np.corrcoef(x.T), x),
                            ('spearman', spearmanr(x).statistic, np.apply_along_axis(rankdata, 0, x))):
        z = (data - data.mean(0)) / data.std(0, ddof=1)
        pca = PCA(K, svd_solver='full').fit(z)
        sign = np.array([np.sign(v[np.argmax(np.abs(v))]) for v in pca.components_])
        tables = {'correlation': np.triu(r, 1), 'variance': pca.explained_variance_[:, None],
                  'ratio': pca.explained_variance_ratio_[:, None], 'loadings': (pca.components_ * sign[:, None]).T,
                  'scores': (pca.transform(z) * sign)[::4]}
        for what, table in tables.items():
            for (i, j), value in np.ndenumerate(table):
                if what != 'correlation' or i < j:
                    out.writerow([method, what, i * 4 if what == 'scores' else i, j, repr(float(value))])
