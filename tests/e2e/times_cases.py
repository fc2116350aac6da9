"""What the tests of sweeps whose outcome is a time share: a cohort, a study, and the definitions by which numbers are held
against: every one a plain sum over patients, or pairs of them."""
import math
import os
import random

from program import run, save, write

STUDY = """table: table.csv
patient: id
centre: centre
outcome: {time: months, event: dead}
features: {match: ["f*"]}
clinical: {file: clinical.csv, by: id, use: [age]}
split: {kfold: 3, repeats: 2, seed: 3}
inner: {kfold: 3}
prepare: [{scale: zscore}]
select:
  all: []
  lasso: [{lasso: {kfold: 4}}]
models:
  cox: {penalty: [lasso, ridge], choose: given, lambda: [0.03, 0.3]}
  cv: {kind: cox, kfold: 4}
  xgboost: {rounds: 10, max_depth: 2}
controls: {permute: 3}
"""
FEATURES = [f"f{j:02d}" for j in range(8)]


def write_cohort(where, n=90, seed=11):
    """f00 and f03 shorten and lengthen times; whole months, so that many are tied."""
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        x = [draw.gauss(0, 1) for _ in FEATURES]
        age = round(60 + 10 * draw.gauss(0, 1))
        months = -20 * math.log(1 - draw.random()) / math.exp(1.2 * x[0] - 0.9 * x[3] + 0.02 * (age - 60))
        until = 60 * draw.random()
        rows.append({"id": f"p{i:03d}", "centre": "AB"[i % 2], "months": math.ceil(min(months, until)),
                     "dead": int(months <= until), "age": age, **{f: round(v, 6) for f, v in zip(FEATURES, x)}})
    save(os.path.join(where, "table.csv"), [{key: row[key] for key in ("id", "centre", *FEATURES)} for row in rows])
    save(os.path.join(where, "clinical.csv"), [{key: row[key] for key in ("id", "months", "dead", "age")} for row in rows])
    return rows


def sweep(where, study=STUDY, out="out", ranks=1):
    return run("sweep", write(os.path.join(where, "study.yaml"), study), "--out", os.path.join(where, out), ranks=ranks)


def concordance(rows):
    """(time, event, score): of pairs whose order is known, how often the higher score has the event first."""
    good = pairs = 0
    for time, event, score in rows:
        for other_time, other_event, other in rows:
            if event and (time < other_time or (time == other_time and not other_event)):
                pairs += 1
                good += (score > other) + 0.5 * (score == other)
    return good / pairs


def jackknife(rows, weight):
    """Concordance with a weight of each event's time, and its standard error: each patient's part in the pairs, the weights
    held fixed. rows: (time, event, score)"""
    good, pairs = [0.0] * len(rows), [0.0] * len(rows)
    for i, (time, event, score) in enumerate(rows):
        for j, (other_time, other_event, other) in enumerate(rows):
            if event and (time < other_time or (time == other_time and not other_event)):
                for k in (i, j):
                    pairs[k] += weight(time)
                    good[k] += weight(time) * ((score > other) + 0.5 * (score == other))
    c = sum(good) / sum(pairs)
    return c, math.sqrt(sum((g - c * p) ** 2 for g, p in zip(good, pairs))) / (sum(pairs) / 2)


def product(rows, steps):
    """Kaplan and Meier's product as a function of time and of whether the step at that time counts. steps: (time, at risk)
    of every one that leaves."""
    def at(time, before=False):
        value = 1.0
        for step in sorted(set(t for t, _ in steps)):
            if step < time or (step == time and not before):
                n_risk = next(n for t, n in steps if t == step)
                value *= 1 - sum(t == step for t, _ in steps) / n_risk
        return value
    return at


def curves(train):
    """Survival, and being under observation, of (time, event): who has the event at a time is not at risk of being censored
    at that time."""
    alive = product(train, [(t, sum(u >= t for u, _ in train)) for t, d in train if d])
    seen = product(train, [(t, sum(u > t or (u == t and not e) for u, e in train)) for t, d in train if not d])
    return alive, seen


def efron(rows):
    """The baseline's cumulative hazard as a function of time: of d events at one time, those before event k (from 0) in
    their turn have left the risk set by the share k / d of all d. rows: (time, event, score)"""
    steps = []
    for time in sorted({t for t, d, _ in rows if d}):
        at_risk = sum(math.exp(s) for t, _, s in rows if t >= time)
        tied = [math.exp(s) for t, d, s in rows if t == time and d]
        steps.append((time, sum(1 / (at_risk - k / len(tied) * sum(tied)) for k in range(len(tied)))))
    return lambda at: sum(step for time, step in steps if time <= at)


def median(rows):
    """Where Kaplan and Meier's curve has come down to a half, the middle of a stretch that lies on it; None: nowhere."""
    alive, _ = curves(rows)
    below = [time for time in sorted({t for t, _ in rows}) if alive(time) <= 0.5 + 1e-8]
    if below and abs(alive(below[0]) - 0.5) < 1e-8:
        less = [time for time in below if alive(time) < 0.5 - 1e-8]
        return (below[0] + less[0]) / 2 if less else below[0]
    return below[0] if below else None


def limits(rows, at):
    """Of 1 - that curve: Greenwood's on the scale of log S."""
    alive, _ = curves(rows)
    variance = 0.0
    for time in {t for t, d in rows if d and t <= at}:
        n, died = sum(t >= time for t, _ in rows), sum(d for t, d in rows if t == time)
        variance += died / (n * (n - died)) if n > died else math.inf
    if alive(at) == 0:
        return None, None
    low, high = (alive(at) * math.exp(side * 1.959963984540054 * math.sqrt(variance)) for side in (-1, 1))
    return 1 - min(high, 1), 1 - low


def ratio(rows):
    """The hazard ratio of the high group and its limits: (time, event, high)."""
    beta, se = slope_of(rows)
    return [math.exp(beta + side * 1.959963984540054 * se) for side in (0, -1, 1)]


def benefit(rows, at, threshold):
    """Net benefit at a time of acting on a risk of at least the threshold: (time, event, risk)."""
    acted = [(time, event) for time, event, risk in rows if risk >= threshold]
    had = 1 - curves(acted)[0](at) if acted else 0
    return len(acted) / len(rows) * (had - (1 - had) * threshold / (1 - threshold))


def uno(held, seen, tau):
    good = pairs = 0.0
    for time, event, score in held:
        for other_time, other_event, other in held:
            if event and time < tau and (time < other_time or (time == other_time and not other_event)):
                weight = 1 / seen(time, True) ** 2
                pairs += weight
                good += weight * ((score > other) + 0.5 * (score == other))
    return good / pairs


def brier(held, survival, seen, at):
    total = 0.0
    for time, event, _ in held:
        if time > at:
            total += (1 - survival) ** 2 / seen(at)
        elif event:
            total += survival ** 2 / seen(time, True)
    return total / len(held)


def auc(held, seen, at):
    good = cases = 0.0
    controls = [score for time, _, score in held if time > at]
    for time, event, score in held:
        if event and time <= at:
            weight = 1 / seen(time, True)
            cases += weight
            good += weight * sum((score > other) + 0.5 * (score == other) for other in controls)
    return good / cases / len(controls)


def logrank(rows):
    """The signed root: (time, event, high)."""
    less = variance = 0.0
    for time in sorted({t for t, d, _ in rows if d}):
        n, high = sum(t >= time for t, _, _ in rows), sum(h for t, _, h in rows if t >= time)
        died = sum(d for t, d, _ in rows if t == time)
        less += sum(d and h for t, d, h in rows if t == time) - died * high / n
        if n > 1:
            variance += died * high / n * (1 - high / n) * (n - died) / (n - 1)
    return less / math.sqrt(variance)


def slope_of(rows):
    """Cox's coefficient of the score by Newton's steps on Efron's partial likelihood. rows: (time, event, score)"""
    beta = 0.0
    for _ in range(30):
        first = second = 0.0
        for time in {t for t, d, _ in rows if d}:
            risk = [s for t, _, s in rows if t >= time]
            died = [s for t, d, s in rows if t == time and d]
            sums = [[sum(s ** k * math.exp(beta * s) for s in of) for k in range(3)] for of in (risk, died)]
            first += sum(died)
            for tied in range(len(died)):
                a, b, c = (whole - tied / len(died) * part for whole, part in zip(*sums))
                first -= b / a
                second += c / a - (b / a) ** 2
        beta += first / second
    return beta, 1 / math.sqrt(second)
