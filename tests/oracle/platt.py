"""Prints platt.h: Platt scaling of decision values that formulas make.

Usage: python platt.py > platt.h      (scikit-learn 1.7.2, numpy 2.3.4, scipy 1.17.1)

scikit-learn's L-BFGS stops at a gradient of 1e-6, so its result is polished: the root of the gradient of the same
cross-entropy, by scipy.optimize.root (MINPACK hybr). Both are printed.
"""
import numpy
import scipy
import sklearn
from scipy.optimize import root
from scipy.special import expit
from sklearn.calibration import _sigmoid_calibration


def case(name):
    i = numpy.arange(60)
    f = numpy.sin(1.7 * i) + 0.02 * i - 0.4
    y = (numpy.sin(1.7 * i + 0.9 * numpy.cos(5.0 * i)) + 0.03 * i > 0.8).astype(int)
    w = 1.0 + i % 3
    if name == "plain":
        return f, y, None
    if name == "weighted":
        return f, y, w
    if name == "large":  # above the threshold from which scikit-learn scales
        return 250.0 * f + 1000.0, y, None
    if name == "separated":
        return f, (f > 0.3).astype(int), None
    if name == "reversed":
        return -3.0 * f, y, None
    if name == "rare":
        return f, (i % 20 == 3).astype(int), None


def gradient(ab, f, y, w):
    n1, n0 = (w * y).sum(), (w * (1 - y)).sum()
    t = numpy.where(y > 0, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))
    r = w * (t - expit(-(ab[0] * f + ab[1])))
    return [r @ f, r.sum()]


print(f"/* Platt scaling, printed by platt.py with scikit-learn {sklearn.__version__}, numpy {numpy.__version__}, scipy "
      f"{scipy.__version__}.\n * weight 0: none. */\n/* clang-format off */")
print("static const struct {\n    const char *name;\n    double sklearn[2], exact[2]; /* a, b */\n"
      "    double decision[60], weight[60];\n    int y[60];\n} oracle[] = {")
for name in ("plain", "weighted", "large", "separated", "reversed", "rare"):
    f, y, w = case(name)
    a, b = _sigmoid_calibration(f, y, w)
    centre, scale = f.mean(), f.std()
    g = (f - centre) / scale
    found = root(gradient, [a * scale, b + a * centre], args=(g, y, numpy.ones(60) if w is None else w), tol=1e-15)
    assert numpy.abs(found.fun).max() < 1e-12, found
    exact = [found.x[0] / scale, found.x[1] - found.x[0] * centre / scale]
    numbers = lambda v: ", ".join(repr(float(x)) for x in v)
    print(f'    {{"{name}", {{{numbers([a, b])}}}, {{{numbers(exact)}}},')
    print(f"     {{{numbers(f)}}},\n     {{{numbers(numpy.zeros(60) if w is None else w)}}},")
    print(f"     {{{', '.join(str(int(v)) for v in y)}}}}},")
print("};\n/* clang-format on */")
