"""Noise stays noise where the outcome is the time to an event: on cohorts whose features know nothing of it, the mean C-index
is 0.5, and the permutations' p is at most 0.05 in a twentieth of the cohorts: that of the C-index, and those of the log-rank
statistic at the median cut and at the learned one.

    validity_times.py [--long [COHORTS]] RADMILL

Each cohort: 60 patients of two centres, a third of them censored; the centres are followed differently and shift every
other feature, so that they go with the outcome's censoring and with the features. 12 features, all of them or those that are
not redundant in the training part, and two penalties; 3-fold cross-validation. Over m cohorts |mean C - 0.5| may be at most 4 SD / sqrt(m), and p <= 0.05 in at
most as many cohorts as a binomial of m and 0.05 exceeds once in a thousand. naive_p is counted beside them, without a bound:
it is no test.

The short form, which ./dev test runs: 20 cohorts. The long one, ./dev validity: 200; it prints the table that
docs/validity.md has.
"""
import concurrent.futures
import math
import os
import random
import statistics
import sys
import time

from program import expect, finish, folder, run, save, table, write

FEATURES = [f"f{j:02d}" for j in range(12)]
PERMUTATIONS = 19
STUDY = f"""
table: table.csv
patient: id
centre: centre
outcome: {{time: months, event: dead}}
features: {{match: ["f*"]}}
split: {{kfold: 3, seed: 1}}
inner: {{kfold: 3}}
prepare: [{{scale: zscore}}]
select:
  all: []
  few: [{{redundancy: {{cutoff: 0.35}}}}]
models:
  cox: {{penalty: ridge, choose: given, lambda: [0.03, 0.3]}}
controls: {{permute: {PERMUTATIONS}}}
"""
TESTS = ("C-index", "log-rank, median cut", "log-rank, learned cut")


def write_cohort(where, number):
    draw = random.Random(7000 + number)
    rows = []
    for i in range(60):
        centre = draw.choice("AB")
        common, months, until = draw.gauss(0, 1), draw.expovariate(1 / 20), draw.uniform(0, 70 if centre == "A" else 45)
        rows.append({"id": f"p{i:02d}", "centre": centre, "months": f"{min(months, until):.2f}", "dead": int(months <= until),
                     **{name: f"{0.6 * common + 0.8 * draw.gauss(0, 1) + (j % 2) * (centre == 'B'):.6f}"
                        for j, name in enumerate(FEATURES)}})
    save(os.path.join(where, "table.csv"), rows)


def one_cohort(number):
    """C-index of "chosen", p of each of TESTS, naive p at the median cut."""
    with folder() as where:
        write_cohort(where, number)
        out = os.path.join(where, "out")
        done = run("sweep", write(os.path.join(where, "study.yaml"), STUDY), "--out", out, "--quiet")
        expect(done.returncode in (0, 1), f"cohort {number}: {done.returncode} {done.stderr}")
        if done.returncode not in (0, 1):
            return math.nan, [math.nan] * 3, math.nan
        row = table(os.path.join(out, "leaderboard.csv"))[0]
        tests = {(test["cut"], test["repeat"]): test for test in table(os.path.join(out, "survival_tests.csv"))
                 if test["pipeline"] == "chosen"}
        p = [row["permutation_p"], *(tests[cut, "mean"]["permutation_p"] for cut in ("median", "learned"))]
        return float(row["c-index"]), [float(value or "nan") for value in p], float(tests["median", "1"]["naive_p"] or "nan")


def most(m, p=0.05, beyond=0.001):
    """What a binomial of m and p exceeds with at most that probability."""
    left, k = 1.0, -1
    while left > beyond:
        k += 1
        left -= math.comb(m, k) * p ** k * (1 - p) ** (m - k)
    return k


def main():
    words = sys.argv[1:-1]
    m = int(words[-1]) if words and words[-1].isdigit() else 200 if "--long" in words else 20
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        results = list(pool.map(one_cohort, range(m)))
    print(f"{m} cohorts of 60 patients and {len(FEATURES)} features without any signal ({time.monotonic() - begun:.0f} s)\n\n"
          "| p ≤ 0.05 | cohorts | at most | |\n|---|---|---|---|")
    for k, name in enumerate(TESTS):
        values = [p[k] for _, p, _ in results]
        small = sum(value <= 0.05 + 1e-12 for value in values)
        # a learned cut may leave one side empty in every fold: such a cohort has no test
        expect(sum(map(math.isnan, values)) <= (m // 10 if k == 2 else 0), f"{name}: no p in some of {m} cohorts")
        expect(small <= most(m), f"{name}: p <= 0.05 in {small} of {m} cohorts, at most {most(m)} were expected")
        print(f"| {name}, by {PERMUTATIONS} permutations | {small} | {most(m)} | {'passes' if small <= most(m) else 'FAILS'} |")
    print(f"| log-rank, median cut: naive_p, no test | {sum(naive <= 0.05 for _, _, naive in results)} | | |")
    c = [value for value, _, _ in results]
    limit = 4 * statistics.stdev(c) / math.sqrt(m)
    print(f"\nC-index of \"chosen\": mean {statistics.fmean(c):.4f}, SD {statistics.stdev(c):.4f}, 0.5 ± {limit:.4f}")
    expect(abs(statistics.fmean(c) - 0.5) <= limit, f"mean C-index {statistics.fmean(c):.4f}, 0.5 ± {limit:.4f} was expected")
    finish("validity_times")


main()
