"""Measures worked through from their definitions, apart from the program."""
import math

from program import expect


def auc_delong(positive, negative):
    """AUC by counting pairs, and DeLong's interval from the placements (DeLong et al. 1988)."""
    half = lambda a, b: 1.0 if a > b else 0.5 if a == b else 0.0
    v10 = [sum(half(a, b) for b in negative) / len(negative) for a in positive]
    v01 = [sum(half(a, b) for a in positive) / len(positive) for b in negative]
    area = sum(v10) / len(v10)
    if len(positive) < 2 or len(negative) < 2:
        return area, math.nan, math.nan
    spread = lambda v: sum((x - area) ** 2 for x in v) / (len(v) - 1)
    sd = math.sqrt(spread(v10) / len(v10) + spread(v01) / len(v01))
    return area, max(0.0, area - 1.959963984540054 * sd), min(1.0, area + 1.959963984540054 * sd)


def logistic_fit(y, offset, slope):
    """Intercept (and slope of the offset, if asked) of a logistic regression, by Newton's steps, halved until they help."""
    def loss(a, b):
        return sum(max(u, 0) + math.log1p(math.exp(-abs(u))) - t * u for t, u in zip(y, [a + b * x for x in offset]))

    a, b = (0.0, 0.0) if slope else (0.0, 1.0)
    for _ in range(60):
        p = [1 / (1 + math.exp(-(a + b * x))) for x in offset]
        w = [q * (1 - q) for q in p]
        g0 = sum(t - q for t, q in zip(y, p))
        if slope:
            g1 = sum((t - q) * x for t, q, x in zip(y, p, offset))
            h00, h01, h11 = sum(w), sum(v * x for v, x in zip(w, offset)), sum(v * x * x for v, x in zip(w, offset))
            determinant = h00 * h11 - h01 * h01
            da, db = (h11 * g0 - h01 * g1) / determinant, (h00 * g1 - h01 * g0) / determinant
        else:
            da, db = g0 / sum(w), 0.0
        while loss(a + da, b + db) > loss(a, b) and abs(da) + abs(db) > 1e-13:
            da, db = da / 2, db / 2
        a, b = a + da, b + db
    return a, b


def close(found, expected, what, tolerance=1e-9):
    same = found == "" if math.isnan(expected) else found != "" and math.isclose(float(found), expected, rel_tol=tolerance,
                                                                               abs_tol=tolerance)
    expect(same, f"{what}: {found or 'nothing'}, expected {expected}")


def hosmer_lemeshow(y, p):
    """Ten groups between quantiles of p (type 7), the first with its lower end: (low, high, rows, events, expected, its part
    of the chi square) each; one without rows has none. Of equal p the last place of a break decides on the side: it is added as R's quantile adds."""
    s, n = sorted(p), len(p)

    def at(share):
        index = (n - 1) * share
        h = index - int(index)
        low, high = s[int(index)], s[math.ceil(index)]
        return low if low == high or h == 0 else (1 - h) * low + h * high

    breaks = sorted({at(min(k * 0.1, 1)) for k in range(11)})
    groups = []
    for low, high in zip(breaks, breaks[1:]):
        group = [(t, q) for t, q in zip(y, p) if low < q <= high or (low == breaks[0] == q)]
        events, expected = sum(t for t, _ in group), sum(q for _, q in group)
        off = (events - expected) ** 2
        groups.append((low, high, len(group), events, expected,
                       off / expected + off / (len(group) - expected) if 0 < expected < len(group) else math.nan))
    return groups


def chi_square_upper(x, df):
    """P(X > x), by its recurrence from 1 or 2 degrees of freedom (Abramowitz and Stegun 26.4.4 and 26.4.5)."""
    tail, term = (math.exp(-x / 2), math.exp(-x / 2)) if df % 2 == 0 else \
        (math.erfc(math.sqrt(x / 2)), math.sqrt(2 / math.pi / x) * math.exp(-x / 2))
    for k in range(2 if df % 2 == 0 else 1, df, 2):
        term *= x / k
        tail += term
    return tail


def net_benefit(y, acted, t):
    return (sum(a and b for a, b in zip(acted, y)) - sum(a and not b for a, b in zip(acted, y)) * t / (1 - t)) / len(y)


def rates(y, called):
    """By the names of the tables; NaN where nothing is counted."""
    tp, fp = sum(c and t for c, t in zip(called, y)), sum(c and not t for c, t in zip(called, y))
    fn, tn = sum(y) - tp, len(y) - sum(y) - fp
    share = lambda k, n: k / n if n else math.nan
    return {"sensitivity": share(tp, tp + fn), "specificity": share(tn, tn + fp), "ppv": share(tp, tp + fp),
            "npv": share(tn, tn + fn), "accuracy": share(tp + tn, len(y)), "f1": share(2 * tp, 2 * tp + fp + fn),
            "balanced_accuracy": (share(tp, tp + fn) + share(tn, tn + fp)) / 2}


def log_loss(y, p):
    """As scikit-learn's: probabilities are cut to what a double tells from 0 and 1."""
    least = 2.0 ** -52
    cut = [min(max(q, least), 1 - least) for q in p]
    return -sum(math.log(q if t else 1 - q) for t, q in zip(y, cut)) / len(y)


def ranks(values):
    """Midranks."""
    return [sum(b < a for b in values) + (sum(b == a for b in values) + 1) / 2 for a in values]


def pearson(x, y):
    u, v = sum(x) / len(x), sum(y) / len(y)
    cross = sum((a - u) * (b - v) for a, b in zip(x, y))
    return cross / math.sqrt(sum((a - u) ** 2 for a in x) * sum((b - v) ** 2 for b in y))
