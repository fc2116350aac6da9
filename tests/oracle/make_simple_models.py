#!/usr/bin/env python3
"""Writes tests/oracle/simple_models.h: naive Bayes, discriminant analysis and nearest centroids by scikit-learn, on
small tables of random numbers.

usage: make_simple_models.py > simple_models.h        numpy 2.3.5, scikit-learn 1.7.2, scipy 1.17.1
"""
import numpy as np
from scipy.spatial.distance import cdist
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis as LDA
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import NearestCentroid


def put(name, a):
    """Columns one after the other, as the kernels take them."""
    a = np.asarray(a)
    flat = a.T.ravel() if a.ndim == 2 else a.ravel()
    kind = 'int32_t' if a.dtype.kind == 'i' else 'double'
    text = ', '.join(str(v) if kind == 'int32_t' else repr(float(v)) for v in flat)
    lines, line = [], '   '
    for word in text.split(' '):
        if len(line) + len(word) > 118:
            lines.append(line)
            line = '   '
        line += ' ' + word
    print(f'static const {kind} {name}[{flat.size}] = {{\n' + '\n'.join(lines + [line]) + '};')


def table(name, n, p, k, seed, flat=False, decades=(-2, 3)):
    r = np.random.default_rng(seed)
    y = np.concatenate([np.arange(k), r.integers(0, k, n - k)])
    if k == 2:
        y = np.concatenate([[0, 0, 0, 1, 1, 1], (r.uniform(size=n - 6) < 0.35).astype(int)])
    mix = r.normal(size=(p, p)) / np.sqrt(p) + np.eye(p)
    x = (r.normal(size=(n, p)) + 0.9 * y[:, None] * r.normal(size=p)) @ mix * np.logspace(*decades, p) + np.arange(p) * 10
    t = (r.normal(size=(9, p)) @ mix) * np.logspace(*decades, p) + np.arange(p) * 10
    if flat:
        x[:, 2] = t[:, 2] = 7.25  # no spread at all
        x[:, 4] = 2 * x[:, 3] - 5  # of no rank of its own
        t[:, 4] = 2 * t[:, 3] - 5
    y = y.astype(np.int32)
    w = np.round(r.uniform(0.25, 3, n), 3)
    put(f'{name}_x', x), put(f'{name}_y', y), put(f'{name}_t', t), put(f'{name}_w', w)
    two = k == 2
    nb = GaussianNB().fit(x, y)
    j = nb.predict_joint_log_proba(t)
    put(f'{name}_bayes', j[:, 1] - j[:, 0] if two else nb.predict_log_proba(t))
    nb = GaussianNB().fit(x, y, sample_weight=w)
    j = nb.predict_joint_log_proba(t)
    put(f'{name}_bayes_weighted', j[:, 1] - j[:, 0] if two else nb.predict_log_proba(t))
    prior = np.arange(1, k + 1) / (k * (k + 1) / 2)
    for form, model in {'svd': LDA(), 'svd_prior': LDA(priors=prior), 'lsqr': LDA(solver='lsqr'),
                        'shrunk': LDA(solver='lsqr', shrinkage=0.3), 'auto': LDA(solver='lsqr', shrinkage='auto'),
                        'auto_prior': LDA(solver='lsqr', shrinkage='auto', priors=prior)}.items():
        put(f'{name}_lda_{form}', model.fit(x, y).decision_function(t))
    for form, threshold in {'plain': None, 'shrunk': 0.4, 'far': 50.0}.items():
        c = NearestCentroid(shrink_threshold=threshold).fit(x, y).centroids_
        d = cdist(t, c)
        put(f'{name}_centre_{form}', c.T)
        put(f'{name}_centroid_{form}', d[:, 0] - d[:, 1] if two else -d)


print('''/* Written by make_simple_models.py (scikit-learn 1.7.2): t are the rows to predict, columns one after the other. */
#ifndef RML_TESTS_SIMPLE_MODELS_H
#define RML_TESTS_SIMPLE_MODELS_H

/* clang-format off */''')
table('two', 32, 5, 2, 1)
table('three', 41, 6, 3, 2)
table('flat', 32, 5, 2, 3, True)
# more columns than rows; over five decades the covariance's condition would leave scikit-learn itself 6 digits
table('wide', 14, 20, 2, 4, decades=(-1, 1))
print('''/* clang-format on */

#endif''')
