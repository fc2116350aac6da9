#!/usr/bin/env python3
"""Writes tests/oracle/relief.h: ReliefF weights by the paper's pseudocode, on a small table of random numbers.

Robnik-Sikonja & Kononenko 2003, "Theoretical and empirical analysis of ReliefF and RReliefF", figure 2: every row R in
turn (m = n), k nearest hits H and, of the other class, k nearest misses M by the Manhattan distance;
W[A] := W[A] - sum diff(A, R, H) / (m k) + P(C) / (1 - P(class(R))) sum diff(A, R, M) / (m k). A class with fewer than k
other rows gives all that it has, and k in its sum is their number.

usage: make_relief.py > relief.h        numpy 2.3.5
"""
import numpy as np


def put(name, a, kind='double'):
    flat = np.asarray(a).T.ravel()
    words = [str(v) if kind != 'double' else repr(float(v)) for v in flat]
    lines, line = [], '   '
    for k, word in enumerate(words):
        word += ',' if k + 1 < len(words) else ''
        if len(line) + len(word) > 118:
            lines.append(line)
            line = '   '
        line += ' ' + word
    print(f'static const {kind} {name}[{flat.size}] = {{\n' + '\n'.join(lines + [line]) + '};')


def relieff(x, y, k):
    n, p = x.shape
    span = x.max(0) - x.min(0)
    span[span == 0] = 1
    share = {c: np.mean(y == c) for c in np.unique(y)}
    w = np.zeros(p)
    for i in range(n):
        diff = np.abs(x - x[i]) / span  # [row, column]
        far = diff.sum(1)
        for c in share:
            rows = [r for r in range(n) if r != i and y[r] == c]
            rows = sorted(rows, key=lambda r: (far[r], r))[:k]
            if not rows:
                continue
            mean = diff[rows].sum(0) / len(rows)
            w += -mean / n if c == y[i] else share[c] / (1 - share[y[i]]) * mean / n
    return w


r = np.random.default_rng(5)
n, p = 45, 11
y = (r.uniform(size=n) < 0.3).astype(int)
y[:2] = 0, 1
x = r.normal(size=(n, p)) * np.logspace(-3, 3, p)
x[:, 1] += 0.004 * y
x[:, 6] = np.where(y == 1, 1, -1) * x[:, 7] + 0.2 * x[:, 6]  # says nothing without column 7
x[:, 3] = 4.5
x[:, 9] = np.round(r.uniform(0, 3, n))
x[7] = x[4]  # two rows that are the same
print('''/* Written by make_relief.py: the table, column by column, its classes, and the weights for k of 1, 5, 10 and 40. */
#ifndef RML_TESTS_RELIEF_H
#define RML_TESTS_RELIEF_H

#include <stdint.h>

/* clang-format off */''')
put('relief_x', x)
put('relief_y', y, 'uint8_t')
for k in (1, 5, 10, 40):
    put(f'relief_{k}', relieff(x, y, k))
print('''/* clang-format on */

#endif''')
