"""Permuted outcomes of a time to an event are pairs: a time goes on with its own event, in what is fitted, in what is held
out, and in how the held-out patients are separated.

Oracle: the whole procedure again, from the shuffle's definition on. One column and one penalty leave a model nothing but a
direction, that of the partial likelihood's slope at 0, so that a C-index and a log-rank test of every permutation follow from
its folds and pairs alone. The draws are those of Philox4x32-10 (Salmon et al. 2011), whose known answers are asked first."""
import os

from program import expect, finish, folder, run, save, table, write
from times import concordance, logrank

SEED, N_PERMUTATIONS = 5, 39
STUDY = f"""table: table.csv
patient: id
centre: centre
outcome: {{time: months, event: dead}}
features: {{match: ["f*"]}}
split: {{kfold: 4, repeats: 2, seed: {SEED}}}
inner: {{kfold: 3}}
models:
  ridge: {{kind: cox, penalty: ridge, choose: given, lambda: [0.1]}}
controls: {{permute: {N_PERMUTATIONS}, permute_repeats: 2, baselines: false}}
"""


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(q >> 32) ^ c[1] ^ k[0], q & 0xFFFFFFFF, (p >> 32) ^ c[3] ^ k[1], p & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def known_answers():
    """Random123's kat_vectors of philox4x32 with 10 rounds."""
    expect(philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8], "all bits 0")
    expect(philox([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD], "all bits 1")


def uniform(stream, draw):
    low = 0xFFFFFFFF
    out = philox([draw & low, draw >> 32, stream & low, stream >> 32], [SEED & low, SEED >> 32])
    return ((out[1] << 32 | out[0]) >> 11) * 2.0 ** -53


def permuted(rows, permutation):
    """{id: (time, event)}: Fisher and Yates' shuffle of the pairs within each centre, from the last patient down."""
    pairs, draw = {row["id"]: (row["months"], row["dead"]) for row in rows}, 0
    for centre in "AB":
        who = [row["id"] for row in rows if row["centre"] == centre]
        for i in range(len(who) - 1, 0, -1):
            j = int(uniform((2 << 40) + permutation, draw) * (i + 1))
            draw += 1
            pairs[who[i]], pairs[who[j]] = pairs[who[j]], pairs[who[i]]
    return pairs


def direction(rows, pairs, held):
    """The sign of the partial likelihood's slope at 0 over those who are not held out: that of a ridge-penalised fit, whose
    function is concave."""
    train = [(*pairs[row["id"]], row["f00"]) for row in rows if row["id"] not in held]
    slope = 0.0
    for time, event, x in train:
        if event:
            risk = [other for at, _, other in train if at >= time]
            slope += x - sum(risk) / len(risk)
    expect(abs(slope) > 1e-6, "a slope that rounding could turn")
    return 1 if slope > 0 else -1


def median(values):
    values = sorted(values)
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def whole_procedure(rows, folds, pairs):
    """The mean C-index of held-out patients, and the mean over repeats of the log-rank test's signed root between those above
    and below the median of their training patients."""
    metrics, groups = [], {}
    for (repeat, _), held in folds.items():
        sign = direction(rows, pairs, held)
        middle = median([sign * row["f00"] for row in rows if row["id"] not in held])
        mine = [(*pairs[row["id"]], sign * row["f00"]) for row in rows if row["id"] in held]
        metrics.append(concordance(mine))
        groups.setdefault(repeat, []).extend((time, event, score > middle) for time, event, score in mine)
    return sum(metrics) / len(metrics), sum(map(logrank, groups.values())) / len(groups)


def cohort():
    """Months that are tied, half of them censored, and one column that says a little of them: formulas, no draw."""
    rows = []
    for i in range(64):
        x = ((37 * i) % 64 - 31.5) / 18
        months = 1 + (29 * i) % 23 - round(0.6 * x)
        rows.append({"id": f"p{i:02d}", "centre": "AB"[(i // 2) % 2], "months": max(1, months),
                     "dead": int((11 * i) % 16 < 9), "f00": round(x + 0.001 * ((7 * i) % 13), 6)})
    return rows


def pairs_stay_together(where):
    rows = cohort()
    save(os.path.join(where, "table.csv"), rows)
    done = run("sweep", write(os.path.join(where, "study.yaml"), STUDY), "--out", os.path.join(where, "out"))
    expect(done.returncode == 0, f"sweep: {done.returncode} {done.stderr}")
    folds = {}
    for row in table(os.path.join(where, "out", "predictions.csv")):
        if row["pipeline"] == "chosen":
            folds.setdefault((row["repeat"], row["fold"]), set()).add(row["id"])
    expect(len(folds) == 8, f"{len(folds)} held-out parts")
    metric, root = whole_procedure(rows, folds, {row["id"]: (row["months"], row["dead"]) for row in rows})
    chance = [whole_procedure(rows, folds, permuted(rows, p)) for p in range(1, N_PERMUTATIONS + 1)]
    board = table(os.path.join(where, "out", "leaderboard.csv"))[0]
    expect(board["pipeline"] == "chosen" and board["permutations_failed"] == "0", f"the first row: {board}")
    expect(abs(float(board["permutation_observed"]) - metric) < 1e-12, f"the true pairs: {metric}, {board}")
    mean = sum(c for c, _ in chance) / len(chance)
    expect(abs(float(board["permutation_chance"]) - mean) < 1e-12, f"mean of the permuted pairs: {mean}, {board}")
    p = (1 + sum(c >= metric for c, _ in chance)) / (1 + N_PERMUTATIONS)
    expect(abs(float(board["permutation_p"]) - p) < 1e-12, f"p of the C-index: {p}, {board}")
    test = next(row for row in table(os.path.join(where, "out", "survival_tests.csv"))
                if (row["pipeline"], row["cut"], row["repeat"]) == ("chosen", "median", "mean"))
    expect(abs(float(test["permutation_observed"]) - root) < 1e-9, f"the true pairs are separated by {root}: {test}")
    p = (1 + sum(z >= root for _, z in chance)) / (1 + N_PERMUTATIONS)
    expect(0.1 < p < 0.9, f"a p that one permutation more or less moves: {p}")
    expect(abs(float(test["permutation_p"]) - p) < 1e-12, f"p of the separation: {p}, {test}")


if __name__ == "__main__":
    known_answers()
    with folder() as where:
        pairs_stay_together(where)
    finish("permuted_times")
