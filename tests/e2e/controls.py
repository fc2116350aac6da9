"""What a sweep holds its pipelines against, through its command line: the volume and the clinical columns alone; of these
together with what is chosen combined.py has more."""
import json
import math
import os
import random

from program import content, expect, finish, folder, run, save, table, write

STUDY = """
table: table.csv
clinical: {file: clinical.csv, by: id, use: [age, sex]}
patient: id
centre: centre
outcome: {class: y}
features: {match: ["f*", "original_*"]}
split: {column: fold}
inner: {kfold: 3}
prepare: [{impute: median}, {combat: {batch: centre}}, {scale: zscore}]
select:
  few: [{univariate: {k: 3}}]
  none: []
models: {logistic: {C: [0.01, 1]}}
controls: {permute: 6}
"""
VOLUME = "original_shape_VoxelVolume"


def cohort(seed=4, n=90, p=8):
    """The volume tells much, the age something; centre B shifts every feature; folds are given."""
    draw = random.Random(seed)
    rows, patients = [], []
    for i in range(n):
        y = int(draw.random() < 0.45)
        centre = "AAABBC"[draw.randrange(6)]
        base = [draw.gauss(0, 1) + 0.5 * (y and j == 2) + 2.0 * (centre == "B") for j in range(p)]
        rows.append({"id": f"p{i:03d}", "centre": centre, "y": str(y), "fold": str(i % 4),
                     VOLUME: repr(1000 + 200 * (draw.gauss(0, 1) + 1.2 * y)),
                     **{f"f{j}": repr(value) for j, value in enumerate(base)}})
        patients.append({"id": f"p{i:03d}", "age": repr(60 + 9 * draw.gauss(0, 1) + 5 * y + 3 * (centre == "C")),
                         "sex": draw.choice(["f", "m"])})
    rows[5][VOLUME] = ""
    patients[7]["age"] = ""
    return rows, patients


def sweep(where, name, data, edit=lambda text: text, ranks=1, quiet=True, status=0):
    """The folder of a finished sweep and what it printed."""
    here = os.path.join(where, name)
    os.makedirs(here)
    save(os.path.join(here, "table.csv"), data[0])
    save(os.path.join(here, "clinical.csv"), data[1])
    done = run("sweep", write(os.path.join(here, "study.yaml"), edit(STUDY)), "--out", os.path.join(here, "out"),
               *(["--quiet"] if quiet else []), ranks=ranks)
    expect(done.returncode == status, f"{name}: {done.returncode} {done.stderr}")
    return os.path.join(here, "out"), done.stdout


def replaced(old, new):
    return lambda text: text.replace(old, new)


def by(rows, **what):
    return [row for row in rows if all(row[key] == value for key, value in what.items())]


# --- what is computed apart from the program --------------------------------------------------------------------------

def solve(a, b):
    """Gauss with pivots."""
    n = len(b)
    rows = [list(a[i]) + [b[i]] for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(n):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [u - factor * v for u, v in zip(rows[r], rows[i])]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def logistic(x, y):
    """Intercept and coefficients of the penalised likelihood, C 1, by Newton steps."""
    p = len(x[0]) + 1
    beta = [0.0] * p
    for _ in range(60):
        gradient = [0.0] + beta[1:]
        curvature = [[float(i == j and i > 0) for j in range(p)] for i in range(p)]
        for row, truth in zip(x, y):
            u = [1.0, *row]
            m = 1 / (1 + math.exp(-sum(a * b for a, b in zip(u, beta))))
            for i in range(p):
                gradient[i] += (m - truth) * u[i]
                for j in range(p):
                    curvature[i][j] += m * (1 - m) * u[i] * u[j]
        beta = [b - s for b, s in zip(beta, solve(curvature, gradient))]
    return beta


def median(values):
    ordered, n = sorted(values), len(values)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def prepared(train, test):
    """Medians for what is missing and z-scores (divisor n), by the training rows; a list of values a column each."""
    for values, others in zip(train, test):
        fill = median([v for v in values if v is not None])
        values[:] = [fill if v is None else v for v in values]
        mean = sum(values) / len(values)
        sd = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
        values[:] = [(v - mean) / sd for v in values]
        others[:] = [((fill if v is None else v) - mean) / sd for v in others]
    return list(zip(*train)), list(zip(*test))


def number(text):
    return float(text) if text else None


def expected_scores(data, of_patient):
    """The held-out log-odds of a logistic model of some columns: {id: score}."""
    scores = {}
    for fold in sorted({row["fold"] for row in data[0]}):
        parts = [row for row in data[0] if row["fold"] != fold], [row for row in data[0] if row["fold"] == fold]
        columns = [[list(column) for column in zip(*[of_patient[row["id"]] for row in part])] for part in parts]
        train, test = prepared(*columns)
        beta = logistic(train, [int(row["y"]) for row in parts[0]])
        for row, values in zip(parts[1], test):
            scores[row["id"]] = beta[0] + sum(b * v for b, v in zip(beta[1:], values))
    return scores


def auc(pairs):
    """Of (truth, score): a positive's score above a negative's, ties half."""
    positive, negative = ([score for truth, score in pairs if truth == side] for side in (1, 0))
    if not positive or not negative:
        return math.nan
    return sum((a > b) + 0.5 * (a == b) for a in positive for b in negative) / len(positive) / len(negative)


def delong(pairs):
    """The variance of an AUC: by the shares of the other side that each score beats."""
    sides = [[score for truth, score in pairs if truth == side] for side in (1, 0)]
    total = 0.0
    for own, other, sign in ((*sides, 1), (*sides[::-1], -1)):
        shares = [sum((sign * (a - b) > 0) + 0.5 * (a == b) for b in other) / len(other) for a in own]
        mean = sum(shares) / len(own)
        total += sum((s - mean) ** 2 for s in shares) / (len(own) - 1) / len(own)
    return total


def paired_p(first, second):
    """DeLong's test of two scores of the same patients: by the differences of each patient's shares."""
    variance = 0.0
    for side, sign in ((1, 1), (0, -1)):
        shares = [[sum((sign * (score - other) > 0) + 0.5 * (score == other) for t, other in pairs if t != side)
                   / sum(t != side for t, _ in pairs) for truth, score in pairs if truth == side]
                  for pairs in (first, second)]
        differences = [a - b for a, b in zip(*shares)]
        mean = sum(differences) / len(differences)
        variance += sum((d - mean) ** 2 for d in differences) / (len(differences) - 1) / len(differences)
    gap = abs(auc(first) - auc(second))
    return math.erfc(gap / math.sqrt(2 * variance)) if variance > 0 else float(gap == 0)


def scored(rows):
    return [(int(row["y"]), float(row["score"])) for row in rows]


def by_split(predictions, pipeline):
    """The AUC of each held-out part, in the order of the splits."""
    splits = sorted({(int(row["repeat"]), row["fold"]) for row in predictions})
    return [auc(scored(by(predictions, pipeline=pipeline, repeat=str(repeat), fold=fold))) for repeat, fold in splits]


def close(found, wanted, what, tolerance=1e-9):
    found = float(found) if found else math.nan
    expect(abs(found - wanted) <= tolerance, f"{what}: {found}, expected {wanted}")


# --- tests ------------------------------------------------------------------------------------------------------------

def baselines(where):
    data = cohort()
    out, _ = sweep(where, "plain", data)
    predictions = table(os.path.join(out, "predictions.csv"))
    board = table(os.path.join(out, "leaderboard.csv"))
    columns = {"volume": {row["id"]: [number(row[VOLUME])] for row in data[0]},
               "clinical": {row["id"]: [number(row["age"]), float(row["sex"] == "m")] for row in data[1]}}
    for control, of_patient in columns.items():
        found = {row["id"]: float(row["score"]) for row in by(predictions, pipeline=control)}
        wanted = expected_scores(data, of_patient)
        expect(found.keys() == wanted.keys(), f"{control}: a score for each of {len(wanted)} patients")
        worst = max(abs(found[who] - wanted[who]) for who in found)
        expect(worst < 1e-5, f"{control}: scores differ by {worst} from a logistic model of its columns")
    expect(sorted(row["pipeline"] for row in by(board, control="yes")) == ["clinical", "clinical + chosen", "volume"],
           f"controls: {board}")
    expect([row["control"] for row in board] == ["no"] * 3 + ["yes"] * 3, "controls stand behind the pipelines")
    expect(float(by(board, pipeline="volume")[0]["auc"]) > 0.6, "the volume tells something, as it was made to")

    # Chosen is one of the study's pipelines in every fold, and model.json holds one of them.
    for fold in "0123":
        chosen = [row["score"] for row in by(predictions, pipeline="chosen", fold=fold)]
        same = [name for name in ("few/logistic", "none/logistic")
                if [row["score"] for row in by(predictions, pipeline=name, fold=fold)] == chosen]
        expect(same, f"fold {fold}: chosen is no pipeline of the study's")
    with open(os.path.join(out, "model.json")) as file:
        name = json.load(file)["pipeline"]
    expect(name in ("few/logistic", "none/logistic"), f"model.json holds {name}")

    # Without them all else is the same.
    without, _ = sweep(where, "without", data, replaced("controls: {", "controls: {baselines: false, "))
    kept = [row for row in predictions if row["pipeline"] not in (*columns, "clinical + chosen")]
    expect(table(os.path.join(without, "predictions.csv")) == kept, "without controls: the same scores of the others")
    expect(not by(table(os.path.join(without, "leaderboard.csv")), control="yes"), "baselines: false has no controls")

    # Neither a volume nor clinical columns: no control.
    none, _ = sweep(where, "none", data, lambda text: text.replace(', "original_*"', "").replace(
        "clinical: {file: clinical.csv, by: id, use: [age, sex]}\n", ""))
    expect(not by(table(os.path.join(none, "leaderboard.csv")), control="yes"), "nothing to make a control of")


def beside_the_chosen_one(where):
    """The corrected paired t test of every row against chosen: four folds of 90 patients, three degrees of freedom."""
    out, said = sweep(where, "beside", cohort(), quiet=False)
    predictions = table(os.path.join(out, "predictions.csv"))
    sizes = [len(by(predictions, pipeline="chosen", fold=fold)) for fold in "0123"]
    share = sum(size / (90 - size) for size in sizes) / 4
    for row in table(os.path.join(out, "leaderboard.csv")):
        expect("p_vs_chosen p_vs_clinical" in row["approximate"], "what is approximate is said")
        for other in ("chosen", "clinical"):
            if row["pipeline"] == other:
                expect(row["p_vs_" + other] == "", f"{other} is not held against itself")
                continue
            d = [a - b for a, b in zip(by_split(predictions, row["pipeline"]), by_split(predictions, other))]
            mean = sum(d) / 4
            t = abs(mean) / math.sqrt((1 / 4 + share) * sum((v - mean) ** 2 for v in d) / 3)
            upper = 0.5 - (t / math.sqrt(3) / (1 + t * t / 3) + math.atan(t / math.sqrt(3))) / math.pi
            close(row["p_vs_" + other], 2 * upper, f"p of {row['pipeline']} against {other}")
            if row["pipeline"] == "clinical + chosen":
                expect(f'"clinical + chosen" against "{other}" alone: auc {mean:+.3f} (95 % ' in said and
                       f", p = {2 * upper:.3f}" in said, said)
            half = 3.182446305284263 * math.sqrt((1 / 4 + share) * sum((v - mean) ** 2 for v in d) / 3)  # t of 0.975, 3 df
            for part, value in (("", mean), ("_low", mean - half), ("_high", mean + half)):
                close(row[f"gain_vs_{other}{part}"], value, f"{row['pipeline']} less {other}{part}")
        for empty in ("auc_632plus", "delong_low", "delong_high"):
            expect(row[empty] == "", f"{empty} belongs to other splits")
    expect("corrected paired t test (approximate)" in said, said)


def permutations(where):
    """The metric on the permuted repeats stands beside chance; permutations that fail are counted, not silent."""
    data = cohort()
    out, said = sweep(where, "permuted", data, replaced("{column: fold}", "{kfold: 4, repeats: 2}"), quiet=False)
    row = table(os.path.join(out, "leaderboard.csv"))[0]
    first = by(table(os.path.join(out, "predictions.csv")), repeat="1")
    close(row["permutation_observed"], sum(by_split(first, "chosen")) / 4, "chosen in the first repeat")
    expect(row["permutations"] == "6" and row["permutations_failed"] == "0", f"{row}")
    expect(0.3 < float(row["permutation_chance"]) < 0.7, f"chance {row['permutation_chance']}")
    seventh = [k / 7 for k in range(1, 8)]
    expect(min(abs(float(row["permutation_p"]) - p) for p in seventh) < 1e-12, f"p {row['permutation_p']}")
    expect(f"where the true one has {float(row['permutation_observed']):.3f}" in said, said)
    others = table(os.path.join(out, "leaderboard.csv"))[1:]
    expect(not any(r["permutation_observed"] or r["permutations"] for r in others), "permutations are the chosen row's")

    # Eight positives, four a fold, and as many inner folds: shuffled over all, some training part has too few of them.
    rare = [2 * i + side for side in (0, 1) for i in random.Random(2).sample(range(45), 4)]
    few = [dict(r, y=str(int(i in rare)), fold=str(i % 2)) for i, r in enumerate(data[0])]
    edit = lambda text: text.replace("centre: centre\n", "").replace("{combat: {batch: centre}}, ", "").replace(
        "permute: 6", "permute: 20").replace("inner: {kfold: 3}", "inner: {kfold: 4}")
    out, said = sweep(where, "few", (few, data[1]), edit, quiet=False)
    row = table(os.path.join(out, "leaderboard.csv"))[0]
    failed = int(row["permutations_failed"])
    expect(0 < failed < 20 and row["permutations"] == "20", f"{failed} of 20 permutations failed")
    expect(f"{failed} of 20 permutations failed: in p they count as at least as good" in said, said)
    p = float(row["permutation_p"]) * 21
    expect(abs(p - round(p)) < 1e-9 and p > failed + 0.5, f"p = {row['permutation_p']} counts {failed} failed permutations")


def single_centres(where):
    """Repeats apart: the mean of their AUCs, and of DeLong's variances."""
    data = cohort()
    out, _ = sweep(where, "centres", data, replaced("{column: fold}", "{kfold: 4, repeats: 2}"))
    predictions = table(os.path.join(out, "predictions.csv"))
    centre = {row["id"]: row["centre"] for row in data[0]}
    rows = table(os.path.join(out, "centres.csv"))
    expect(len(rows) == 6 * 3, f"{len(rows)} rows of 6 pipelines and 3 centres")
    for row in rows:
        mine = [p for p in by(predictions, pipeline=row["pipeline"]) if centre[p["id"]] == row["centre"]]
        repeats = [scored(by(mine, repeat=repeat)) for repeat in "12"]
        name = f"{row['pipeline']} in {row['centre']}"
        value = (auc(repeats[0]) + auc(repeats[1])) / 2
        half = 1.959963984540054 * math.sqrt((delong(repeats[0]) + delong(repeats[1])) / 2)
        close(row["auc"], value, name)
        close(row["auc_low"], max(value - half, 0), name + ", low")
        close(row["auc_high"], min(value + half, 1), name + ", high")
        expect(row["note"] == "interval ignores training variability", row["note"])
        expect(int(row["n"]) == sum(c == row["centre"] for c in centre.values()), f"{name}: n {row['n']}")
        expect(int(row["events"]) == len({p["id"] for p in mine if p["y"] == "1"}), f"{name}: events")
        shares = [[p["positive"] == p["y"] for p in mine if p["y"] == side] for side in "01"]
        close(row["balanced_accuracy"], sum(sum(s) / len(s) for s in shares) / 2, name + ", balanced accuracy")


def chosen_of_two_kinds(where):
    """Where folds choose models of different kinds, the row "chosen" ranks patients of several folds by probability."""
    data = cohort()
    out, _ = sweep(where, "kinds", data, lambda text: replaced("{column: fold}", "{kfold: 4, repeats: 5}")(text).replace(
        "models: {logistic: {C: [0.01, 1]}}", "models: {logistic: {C: [0.01, 1]}, knn: {k: [5, 15]}}").replace(
        "permute: 6", "permute: 0").replace('["f*", "original_*"]', '["f*"]'))
    predictions = table(os.path.join(out, "predictions.csv"))
    chosen, n_mixed, value = by(predictions, pipeline="chosen"), 0, {c: [] for c in "ABC"}
    scores = {pipeline: {(row["repeat"], row["id"]): row["score"] for row in by(predictions, pipeline=pipeline)}
              for pipeline in {row["pipeline"] for row in predictions}}
    for repeat in "12345":
        rows, kinds = by(chosen, repeat=repeat), set()
        for fold in {row["fold"] for row in rows}:
            kinds |= {name.split("/")[1] for name in scores if "/" in name and all(
                scores[name][repeat, row["id"]] == row["score"] for row in rows if row["fold"] == fold)}
        n_mixed += len(kinds) > 1
        ranked = "probability" if len(kinds) > 1 else "score"
        centre = {row["id"]: row["centre"] for row in data[0]}
        for c in value:
            value[c].append(auc([(int(row["y"]), float(row[ranked])) for row in rows if centre[row["id"]] == c]))
    expect(n_mixed > 0, "no repeat chooses models of two kinds: the test has nothing to see")
    for row in by(table(os.path.join(out, "centres.csv")), pipeline="chosen"):
        close(row["auc"], sum(value[row["centre"]]) / 5, f"chosen of two kinds in {row['centre']}")


def single_designs(where):
    data = cohort()
    out, said = sweep(where, "bootstrap", data, replaced("{column: fold}", "{bootstrap: 12}"), quiet=False)
    row = by(table(os.path.join(out, "leaderboard.csv")), pipeline="volume")[0]
    of_bag = by_split(table(os.path.join(out, "predictions.csv")), "volume")
    x, _ = prepared([[number(r[VOLUME]) for r in data[0]]], [[]])
    beta = logistic(x, [int(r["y"]) for r in data[0]])
    apparent = auc([(int(r["y"]), beta[1] * u) for r, (u,) in zip(data[0], x)])
    outside = sum(of_bag) / len(of_bag)
    close(row["auc"], outside, "out-of-bag AUC")
    inside, worse = 1 - apparent, min(1 - outside, 0.5)
    rate = (worse - inside) / (0.5 - inside) if worse > inside else 0
    weight = 0.632 / (1 - 0.368 * rate)
    close(row["auc_632plus"], 1 - (1 - weight) * inside - weight * worse, ".632+ of the volume")
    expect(all(r["auc_632plus"] for r in table(os.path.join(out, "leaderboard.csv"))), ".632+ of every pipeline")
    expect(".632+" in said, said)

    out, said = sweep(where, "holdout", data, lambda text: text.replace("{column: fold}", "{holdout: [B]}").replace(
        "{batch: centre}", "{batch: centre, unseen: pass}"), quiet=False)
    held = lambda pipeline: scored(sorted(by(table(os.path.join(out, "predictions.csv")), pipeline=pipeline),
                                          key=lambda row: row["id"]))
    for row in table(os.path.join(out, "leaderboard.csv")):
        pairs = held(row["pipeline"])
        half = 1.959963984540054 * math.sqrt(delong(pairs))
        close(row["delong_low"], max(auc(pairs) - half, 0), f"{row['pipeline']}: DeLong's low")
        close(row["delong_high"], min(auc(pairs) + half, 1), f"{row['pipeline']}: DeLong's high")
        expect(row["auc_low"] == "", "one split has no interval of splits")
        if row["pipeline"] == "chosen":
            expect(row["p_vs_chosen"] == "", "the chosen one is not held against itself")
        else:
            close(row["p_vs_chosen"], paired_p(pairs, held("chosen")), f"{row['pipeline']}: DeLong's paired test")
    expect("DeLong" in said and "paired test of the fixed models" in said, said)


def clinical_columns_are_not_harmonised(where):
    """As they come they go: the model of all patients says so of each, and its z-scores have the file's own mean."""
    out, _ = sweep(where, "harmonised", cohort(), replaced("few: [{univariate: {k: 3}}]\n  ", ""))
    with open(os.path.join(out, "model.json")) as file:
        steps = {step["kind"]: step["fitted"] for step in json.load(file)["steps"]}
    state = steps["combat"]["state"]
    expect({name for name, value in state.items() if value != 0} == {"age", "sex=m"}, f"combat adjusts: {state}")
    men = [row["sex"] == "m" for row in cohort()[1]]
    expect(abs(steps["scale"]["offset"]["sex=m"] - sum(men) / len(men)) < 1e-12, "the mean of sex is the share of men")


def how_well_the_centre_is_told(where):
    """Centre B shifts every feature by two: that is seen, and gone when harmonised."""
    data = cohort()
    out, said = sweep(where, "told", data, quiet=False)
    raw, behind = table(os.path.join(out, "harmonisation.csv"))
    expect(raw["features"] == "as they are" and behind["features"] == "prepared", f"{raw} {behind}")
    expect(float(raw["centre_auc"]) > 0.75, f"as they are: {raw['centre_auc']}")
    expect(0.35 < float(behind["centre_auc"]) < 0.65, f"prepared: {behind['centre_auc']}")
    expect("The features tell the centre" in said and raw["centre_auc"][:5] in said, said)

    # A preparation that cannot be fitted: said, and no number.
    tight = [dict(row, f3="1") for row in data[0]], data[1]
    out, _ = sweep(where, "untold", tight, lambda text: text.replace('["f*", "original_*"]', '["f3", "f4"]').replace(
        "few: [{univariate: {k: 3}}]\n  ", ""), status=1)
    behind = table(os.path.join(out, "harmonisation.csv"))[1]
    why = by(table(os.path.join(out, "failures.csv")), select="centre told, prepared")
    expect(behind["centre_auc"] == "" and len(why) == 5 and why[0]["sentence"], f"{behind} {why}")


def any_number_of_ranks(where):
    data = cohort()
    outs = [sweep(where, f"ranks{ranks}", data, ranks=ranks)[0] for ranks in (1, 2, 3)]
    names = sorted(name for name in os.listdir(outs[0]) if name != "run")
    expect(len(names) > 6, f"tables: {names}")
    for name in names:
        one, *others = (content(os.path.join(out, name)) for out in outs)
        expect(others == [one, one], f"{name} on 2 or 3 ranks differs from one rank's")


def volumes_side_by_side(where):
    """Two time points as columns: their volumes are one control together."""
    rows, clinical = cohort()
    draw = random.Random(11)
    later = [dict(row, time="2", **{name: repr(draw.gauss(float(row[name] or 1000), 150 if name == VOLUME else 0.7))
                                    for name in row if name == VOLUME or name[0] == "f" and name != "fold"})
             for row in rows]
    data = [dict(row, time="1") for row in rows] + later, clinical
    out, _ = sweep(where, "times", data, lambda text: text + "pivot: {by: [time]}\n")
    found = {row["id"]: float(row["score"]) for row in by(table(os.path.join(out, "predictions.csv")), pipeline="volume")}
    both = {a["id"]: [number(a[VOLUME]), number(b[VOLUME])] for a, b in zip(rows, later)}
    wanted = expected_scores((rows, clinical), both)
    expect(found.keys() == wanted.keys() and max(abs(found[who] - wanted[who]) for who in found) < 1e-5,
           "the volumes of two time points are a model of both")

    # A table that is wide already, its volumes anywhere.
    wide = [{"id": row["id"], "centre": row["centre"], "y": row["y"], "fold": row["fold"], f"{VOLUME}|1": row[VOLUME],
             f"{VOLUME}|2": after[VOLUME], **{f"f{j}": row[f"f{j}"] for j in range(8)},
             f"{VOLUME}|3": repr(draw.gauss(900, 70))} for row, after in zip(rows, later)]
    out, _ = sweep(where, "wide", (wide, clinical))
    found = {row["id"]: float(row["score"]) for row in by(table(os.path.join(out, "predictions.csv")), pipeline="volume")}
    wanted = expected_scores((rows, clinical), {row["id"]: [number(row[f"{VOLUME}|{t}"]) for t in (1, 2, 3)] for row in wide})
    expect(max(abs(found[who] - wanted[who]) for who in wanted) < 1e-5, "three volumes in a wide table are one control")


def ranks_of(values):
    """Middle ranks."""
    order = sorted(values)
    return [order.index(v) + (order.count(v) - 1) / 2 for v in values]


def spearman(x, y):
    pairs = [(a, b) for a, b in zip(x, y) if a is not None and b is not None]
    u, v = (ranks_of(column) for column in zip(*pairs))
    mean = (len(u) - 1) / 2
    dot = lambda a, b: sum((p - mean) * (q - mean) for p, q in zip(a, b))
    return dot(u, v) / math.sqrt(dot(u, u) * dot(v, v))


def volumes_by_their_names(where):
    """Columns of a table made elsewhere, with a suffix or a prefix each: the control is of all volumes, and each feature is
    held against that of its own sequence. The same numbers whatever the names are."""
    rows, clinical = cohort()
    draw = random.Random(12)
    post = [{VOLUME: repr(draw.gauss(800, 150)), **{f"f{j}": repr(draw.gauss(0, 1)) for j in range(8)}} for _ in rows]
    for row in post:
        row["f3"] = repr(float(row[VOLUME]) + draw.gauss(0, 40)) # f3 follows the second volume
    names = [VOLUME] + [f"f{j}" for j in range(8)]
    boards = []
    for k, name in enumerate((lambda n, s: f"{n}|{s}", lambda n, s: f"{n}_{s}", lambda n, s: f"{n}.{s}", lambda n, s: f"{s}_{n}",
                               lambda n, s: n + {"T1": "|1", "T1post": "|2|1", "s": "|1"}[s])): # one ends as the other does
        wide = [{"id": row["id"], "centre": row["centre"], "y": row["y"], "fold": row["fold"],
                 **{name(n, "T1"): row[n] for n in names}, **{name(n, "T1post"): after[n] for n in names}}
                for row, after in zip(rows, post)]
        out, _ = sweep(where, f"named{k}", (wide, clinical), replaced(
            '"f*", "original_*"', f'"*f[0-7]*", "*{VOLUME}*"'))
        found = {row["id"]: float(row["score"]) for row in by(table(os.path.join(out, "predictions.csv")), pipeline="volume")}
        wanted = expected_scores((rows, clinical), {row["id"]: [number(row[VOLUME]), number(after[VOLUME])]
                                                    for row, after in zip(rows, post)})
        expect(found.keys() == wanted.keys() and max(abs(found[who] - wanted[who]) for who in wanted) < 1e-5,
               f"{name('n', 's')}: two volumes are one control")
        facts = {row["feature"]: row["volume_rho"] for row in table(os.path.join(out, "features.csv"))}
        for s, of in (("T1", rows), ("T1post", post)):
            volume = [number(row[VOLUME]) for row in of]
            expect(facts[name(VOLUME, s)] == "", f"{name(VOLUME, s)} against itself")
            for j in (0, 3):
                rho = spearman([number(row[f"f{j}"]) for row in of], volume)
                expect(abs(float(facts[name(f"f{j}", s)] or "nan") - rho) < 1e-12,
                       f"{name(f'f{j}', s)}: rho {facts[name(f'f{j}', s)]} for {rho}")
        boards.append(by(table(os.path.join(out, "leaderboard.csv")), pipeline="volume"))
    expect(all(board == boards[0] for board in boards), "whatever the names are")


def main():
    with folder() as where:
        baselines(where)
        volumes_side_by_side(where)
        volumes_by_their_names(where)
        beside_the_chosen_one(where)
        permutations(where)
        single_centres(where)
        chosen_of_two_kinds(where)
        single_designs(where)
        clinical_columns_are_not_harmonised(where)
        how_well_the_centre_is_told(where)
        any_number_of_ranks(where)
    finish("controls")


main()
