#!/usr/bin/env python3
"""Scores of predictions and of resamples, for scores.h beside this file. numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1.
Stability is the formula of Nogueira, Sechidis & Brown, JMLR 2018 (definition 4, theorem 7); the corrected t is Nadeau &
Bengio, Machine Learning 2003; .632+ is Efron & Tibshirani, JASA 1997. Usage: scores.py > scores.h"""
import numpy as np
from scipy import stats
from sklearn import metrics

print("/* Made by scores.py: numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1. */")
print("#ifndef RML_TESTS_SCORES_H\n#define RML_TESTS_SCORES_H\n\n#include <stdint.h>\n")


def array(kind, name, values):
    values = np.asarray(values)
    dims = "".join(f"[{d}]" for d in values.shape)
    cells = [repr(float(v)) if kind == "double" else str(int(v)) for v in values.ravel()]
    text, line = "", "   "
    for cell in cells:
        if len(line) + len(cell) > 115:
            text, line = text + line + "\n", "   "
        line += f" {cell},"
    flat = "".join(f"[{values.size}]")
    print(f"static const {kind} {name}{flat} = {{ /* {dims} */\n{text}{line}\n}};")


rng = np.random.default_rng(20180174)

# --- stability: 12 runs, 30 features, of which some are favoured; then a small one, and one that is always the same ---
z = (rng.random((12, 30)) < np.linspace(0.95, 0.02, 30)).astype(int)


def nogueira(z, level=0.95):
    m, d = z.shape
    pf, k = z.mean(0), z.sum(1)
    kbar = pf.sum()
    denominator = kbar / d * (1 - kbar / d)
    phi = 1 - (m / (m - 1) * pf * (1 - pf)).mean() / denominator
    parts = [((z[i] * pf).mean() - k[i] * kbar / d**2 + phi / 2 * (2 * k[i] * kbar / d**2 - k[i] / d - kbar / d + 1))
             / denominator for i in range(m)]
    variance = 4 / m**2 * np.sum((np.array(parts) - np.mean(parts)) ** 2)
    half = stats.norm.ppf(0.5 + level / 2) * np.sqrt(variance)
    return [phi, variance, phi - half, phi + half, kbar]


array("uint8_t", "stability_chosen", z)
array("double", "stability_expected", nogueira(z))
array("double", "stability_expected_90", nogueira(z[:5], 0.9))

# --- resamples: two methods on 10 x 5 folds ---
first = np.round(0.8 + 0.06 * rng.standard_normal(50), 6)
second = np.round(first - 0.02 + 0.03 * rng.standard_normal(50), 6)


def corrected(x, share, level=0.95):
    n, mean = len(x), np.mean(x)
    se = np.sqrt((1 / n + share) * np.var(x, ddof=1))
    half = stats.t.ppf(0.5 + level / 2, n - 1) * se
    return [mean, se, n - 1, mean - half, mean + half]


difference = corrected(first - second, 0.25)
t = difference[0] / difference[1]
array("double", "resampled_first", first)
array("double", "resampled_second", second)
array("double", "resampled_mean", corrected(first, 0.25))
array("double", "resampled_difference", difference + [t, 2 * stats.t.sf(abs(t), 49)])
array("double", "resampled_plain_t", stats.ttest_rel(first, second))  # share 0 is the plain test


def plus632(apparent, oob, gamma):
    at_worst = min(oob, gamma)
    rate = (at_worst - apparent) / (gamma - apparent) if at_worst > apparent and gamma > apparent else 0.0
    weight = 0.632 / (1 - 0.368 * rate)
    return [apparent, oob, gamma, 0.368 * apparent + 0.632 * oob, (1 - weight) * apparent + weight * at_worst, rate,
            weight]


array("double", "resampled_632_errors", [plus632(*a) for a in (
    (0.1, 0.3, 0.5), (0.0, 0.5, 0.5), (0.2, 0.15, 0.5), (0.05, 0.6, 0.45), (0.5, 0.6, 0.4), (0.3, 0.3, 0.3))])
auc = []
for apparent, oob in ((0.97, 0.71), (0.8, 0.83), (1.0, 0.5), (0.9, 0.4), (0.45, 0.3)):
    e = plus632(1 - apparent, 1 - oob, 0.5)
    auc.append([apparent, oob, 1 - e[3], 1 - e[4], e[5], e[6]])
array("double", "resampled_632_aucs", auc)

# --- several classes: 60 rows, 4 classes, rounded probabilities so that there are ties and zeros ---
y = rng.integers(0, 4, 60)
logits = rng.standard_normal((60, 4)) + 1.2 * np.eye(4)[y]
p = np.exp(3 * logits)
k = np.floor(100 * p / p.sum(1, keepdims=True)).astype(int)
k[np.arange(60), k.argmax(1)] += 100 - k.sum(1)
p = k / 100
predicted = p.argmax(1)
by_class = [metrics.roc_auc_score(y == c, p[:, c]) for c in range(4)]
array("int32_t", "multiclass_y", y)
array("int32_t", "multiclass_predicted", predicted)
array("double", "multiclass_p", p.T)
array("double", "multiclass_auc", by_class + [metrics.roc_auc_score(y, p, multi_class="ovr", average="macro")])
array("double", "multiclass_log_loss", [metrics.log_loss(y, p)])
array("double", "multiclass_recall", list(metrics.recall_score(y, predicted, average=None)) +
      [metrics.balanced_accuracy_score(y, predicted)])
gamma = sum((y == c).mean() * (1 - (predicted == c).mean()) for c in range(4))
array("double", "multiclass_no_information", [gamma])

# --- a number: 40 rows with ties ---
truth = np.round(rng.standard_normal(40) * 3 + 10, 1)
guess = np.round(0.6 * truth + rng.standard_normal(40) * 2 + 3, 0)
array("double", "continuous_y", truth)
array("double", "continuous_predicted", guess)
array("double", "continuous_expected", [metrics.r2_score(truth, guess), metrics.mean_absolute_error(truth, guess),
                                        metrics.root_mean_squared_error(truth, guess),
                                        stats.spearmanr(truth, guess)[0]])
line = stats.linregress(guess, truth)  # the observed on the predicted
half = stats.t.ppf(0.975, 38)
array("double", "continuous_line", [line.slope, line.stderr, line.slope - half * line.stderr, line.slope + half * line.stderr,
                                    line.intercept, line.intercept_stderr, line.intercept - half * line.intercept_stderr,
                                    line.intercept + half * line.intercept_stderr])

# --- t tests of the resamples' first 20 and of 15 others, against scipy ---
x, w = first[:20], second[20:35] - 0.03
def t_row(r):
    ci = r.confidence_interval(0.9)
    return [r.statistic, r.df, r.pvalue, ci.low, ci.high]
array("double", "ttest_y", w)
array("double", "ttest_expected", [t_row(stats.ttest_ind(x, w, equal_var=False)), t_row(stats.ttest_ind(x, w)),
                                   t_row(stats.ttest_rel(x[:15], w))])

# --- signed ranks with ties and zeros: the normal form with continuity correction ---
a, b = np.round(rng.standard_normal(25) * 2 + 0.8), np.round(rng.standard_normal(25) * 2)
with_ties = stats.wilcoxon(a, b, zero_method="wilcox", correction=True, method="approx")
ranks = stats.rankdata(np.abs((a - b)[a != b]))
array("double", "signed_x", a)
array("double", "signed_y", b)
array("double", "signed_expected", [ranks[(a - b)[a != b] > 0].sum(), with_ties.pvalue])
print("\n#endif")
