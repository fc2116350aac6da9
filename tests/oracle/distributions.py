#!/usr/bin/env python3
"""Tails and quantiles to 17 digits, computed with 60: distributions.csv beside this file.
mpmath 1.4.1 (any version that has betainc and gammainc will do). Usage: distributions.py > distributions.csv"""
from mpmath import betainc, erfc, erfinv, findroot, gammainc, mp, mpf, nstr, sqrt

mp.dps = 60


def t_two_sided(t, df):
    return betainc(mpf(df) / 2, mpf(1) / 2, 0, mpf(df) / (df + mpf(t) ** 2), regularized=True)


def row(name, arguments, value):
    cells = [repr(float(a)) for a in arguments] + [""] * (3 - len(arguments))
    print(",".join([name, *cells, nstr(mpf(value), 20)]))


print("function,a,b,c,value")
for z in (0, 0.3, 1.96, 5, 12, 37):
    row("normal_upper", [z], erfc(mpf(z) / sqrt(2)) / 2)
for p in (0.5, 0.975, 0.95, 0.9999, 0.2, 1e-10, 1e-200):
    p_exact = mpf(p)
    value = sqrt(2) * erfinv(2 * p_exact - 1) if p > 1e-12 else findroot(
        lambda z: mp.log(erfc(-z / sqrt(2)) / 2) - mp.log(p_exact), -30)
    row("normal_quantile", [p], value)
for df in (1, 2.5, 8, 30, 141.7, 1298, 100000):
    for t in (0.001, 0.7, 2.1, 9.5, 60, 82191237.0):
        if t > 100 and df > 200:
            continue
        row("t_two_sided", [t, df], t_two_sided(t, df))
for p, df in ((0.975, 1), (0.975, 9), (0.95, 48.8), (0.995, 400)):
    row("t_quantile", [p, df], findroot(lambda t: t_two_sided(t, df) - 2 * (1 - mpf(p)), 2 if df > 2 else 12))
for df in (1, 2, 3, 6, 40, 900):
    for x in (0.01, 0.9, 7.9, 78.7, 950):
        row("chisq_upper", [x, df], gammainc(mpf(df) / 2, mpf(x) / 2, mp.inf, regularized=True))
for f, d1, d2 in ((0.2, 1, 78), (3.3, 2, 77), (25, 4, 145), (1.01, 300, 400)):
    x = mpf(d2) / (d2 + mpf(d1) * mpf(f))
    row("f_upper", [f, d1, d2], betainc(mpf(d2) / 2, mpf(d1) / 2, 0, x, regularized=True))
for x, a, b in ((0.5, 0.5, 0.5), (0.01, 3, 90), (0.7667, 46, 15), (0.3, 5000, 12000), (0.999, 2, 0.5), (1e-9, 0.1, 4)):
    row("beta_lower", [x, a, b], betainc(a, b, 0, mpf(x), regularized=True))
    row("beta_upper", [x, a, b], betainc(a, b, mpf(x), 1, regularized=True))
for p, a, b, start in ((0.025, 46, 15, (0.6, 0.7)), (0.975, 47, 14, (0.8, 0.9)), (0.975, 1, 10, (0.2, 0.4)),
                       (0.025, 100, 3, (0.9, 0.95))):
    row("beta_quantile", [p, a, b], findroot(
        lambda x: betainc(a, b, 0, x, regularized=True) - mpf(p), start, solver="anderson"))
