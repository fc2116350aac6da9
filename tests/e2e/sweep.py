"""radmill sweep through its command line: the same bytes for any number of ranks, any order of rows and after a kill;
nothing of a held-out patient reaches what is fitted; what is wrong with a study is said."""
import csv
import os
import random
import time

from program import content, expect, finish, folder, kill_all, run, start, table, write

TABLES = ("leaderboard.csv", "predictions.csv", "selected.csv", "failures.csv", "model.json", "sweep.h5")

STUDY = """
table: {{file: {table}, rows: {{reader: 1}}}}
patient: id
centre: centre
outcome: {{class: y, positive: yes}}
features: {{match: ["f*"]}}
split: {split}
inner: {{kfold: 3}}
prepare: [{{icc: {{readers: reader, min: 0.5}}}}, {{impute: median}}, {{combat: {{batch: centre}}}}, {{scale: zscore}}]
select:
  mrmr-rfe: [{{mrmr: {{k: 10}}}}, {{rfe: {{to: 4}}}}]
  none: []
models:
  logistic: {{C: [0.01, 1]}}
  svm-linear: {{C: [0.1, 1]}}
controls: {{permute: {permute}}}
"""


def cohort(seed=1, n=80, p=15):
    """Rows of a table: two informative features, a centre that shifts, a second reading of every other patient."""
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        y = draw.random() < 0.45
        centre = "ABC"[i % 3]
        base = [draw.gauss(0, 1) + (0.9 * y if j in (2, 5) else 0) + (0.8 * (centre == "B")) for j in range(p)]
        for reader in (1, 2) if i // 4 % 2 == 0 else (1,):
            rows.append({"id": f"p{i:03d}", "centre": centre, "reader": str(reader), "y": "yes" if y else "no",
                         "fold": str(i % 4), **{f"f{j:02d}": repr(base[j] + draw.gauss(0, 0.2 if j != 7 else 3))
                                                for j in range(p)}})
    rows[4]["f03"] = ""
    return rows


def save(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def study(where, name, rows, split="{kfold: 4, repeats: 2, seed: 5}", permute=10, edit=lambda text: text):
    save(os.path.join(where, name + ".csv"), rows)
    return write(os.path.join(where, name + ".yaml"),
                 edit(STUDY.format(table=name + ".csv", split=split, permute=permute)))


def results(out):
    return {name: content(os.path.join(out, name)) for name in TABLES if os.path.exists(os.path.join(out, name))}


def the_same_bytes(where):
    rows = cohort()
    path = study(where, "study", rows)
    outs = []
    for ranks in (1, 2, 3, 8):
        out = os.path.join(where, f"ranks{ranks}")
        done = run("sweep", path, "--out", out, "--quiet", ranks=ranks)
        expect(done.returncode == 0, f"sweep on {ranks} ranks ends with {done.returncode}: {done.stderr}")
        outs.append(results(out))
    expect(len(outs[0]) >= 4, f"tables: {sorted(outs[0])}")
    for ranks, other in zip((2, 3, 8), outs[1:]):
        for name in outs[0]:
            expect(other[name] == outs[0][name], f"{name} on {ranks} ranks differs from one rank's")
    predictions = table(os.path.join(where, "ranks1", "predictions.csv"))
    expect(len(predictions) == 80 * 2 * 5, f"{len(predictions)} predictions for 80 patients, 2 repeats, 5 pipelines")
    board = table(os.path.join(where, "ranks1", "leaderboard.csv"))
    expect(board[0]["pipeline"] == "chosen" and board[0]["corrected_for_choice"] == "yes", "the first row is chosen")
    expect(float(board[0]["auc"]) > 0.6, f"the planted effect is found: {board[0]['auc']}")
    expect(0 < float(board[0]["permutation_p"]) <= 1, "a permutation p")

    again = run("sweep", path, "--out", os.path.join(where, "ranks1"))
    expect(again.returncode == 3 and "--resume" in again.stderr, "a second run without --resume is refused")

    # Killed in its middle, then gone on with.
    out = os.path.join(where, "killed")
    for _ in range(3):
        process = start("sweep", path, "--out", out, "--resume", "--quiet", ranks=2)
        journal = os.path.join(out, "run", "journal")
        size = os.path.getsize(journal) if os.path.exists(journal) else 0
        while process.poll() is None and (not os.path.exists(journal) or os.path.getsize(journal) < size + 20000):
            time.sleep(0.002)
        kill_all(process)
    done = run("sweep", path, "--out", out, "--resume", "--quiet", ranks=2)
    expect(done.returncode == 0, f"resumed: {done.returncode} {done.stderr}")
    for name, bytes_ in results(out).items():
        expect(bytes_ == outs[0][name], f"{name} of a killed and resumed run differs")

    # Rows in another order: the same folds, the same scores of the same patients.
    random.Random(3).shuffle(rows)
    out = os.path.join(where, "shuffled")
    done = run("sweep", study(where, "shuffled", rows), "--out", out, "--quiet")
    expect(done.returncode == 0, f"shuffled rows: {done.stderr}")
    key = lambda row: (row["pipeline"], row["repeat"], row["id"])
    old = {key(row): row for row in predictions}
    new = {key(row): row for row in table(os.path.join(out, "predictions.csv"))}
    expect(old.keys() == new.keys(), "shuffled rows: the same patients")
    expect(all(old[k]["fold"] == new[k]["fold"] for k in old), "shuffled rows: the same folds")


def garble(rows, ids, draw, outcome=False, features=False, second=False):
    changed = [dict(row) for row in rows]
    for row in changed:
        if row["id"] not in ids or (second and row["reader"] == "1"):
            continue
        if outcome:
            row["y"] = draw.choice(["yes", "no"])
        for name in row:
            if features and name.startswith("f") and name != "fold":
                row[name] = repr(draw.uniform(-1e3, 1e3))
    return changed


def nothing_leaks(where):
    """Folds are given. Held-out outcomes, second readings and rows turned to garbage change nothing that was fitted."""
    draw = random.Random(9)
    rows = cohort()
    held = sorted({row["id"] for row in rows if row["fold"] == "2"})
    split = "{column: fold, seed: 5}"
    cases = {"plain": rows,
             "outcomes": garble(rows, held, draw, outcome=True),
             "second": garble(rows, held, draw, features=True, second=True),
             "one": garble(rows, held[:1], draw, outcome=True, features=True),
             "without": [row for row in rows if row["id"] != held[0]]}
    scores, selected = {}, {}
    for name, changed in cases.items():
        out = os.path.join(where, "leak_" + name)
        done = run("sweep", study(where, "leak_" + name, changed, split, 0), "--out", out, "--quiet")
        # Garbled second readings train the other folds, which may lose every feature by it: that is status 1.
        expect(done.returncode in (0, 1), f"{name}: {done.returncode} {done.stderr}")
        scores[name] = {(row["pipeline"], row["id"]): (row["score"], row["probability"], row["positive"])
                        for row in table(os.path.join(out, "predictions.csv")) if row["fold"] == "2"}
        selected[name] = [row for row in table(os.path.join(out, "selected.csv"))
                          if row["fold"] == "2" and row["repeat"] == "1"]
    expect(len(scores["plain"]) == 20 * 5, f"{len(scores['plain'])} scores of 20 held-out patients and 5 pipelines")
    for name in cases:
        left_out = held[:1] if name in ("one", "without") else []
        same = all(scores[name][key] == value for key, value in scores["plain"].items() if key[1] not in left_out)
        expect(same, f"{name}: a held-out score changed although nothing of the training part did")
        expect(selected[name] == selected["plain"], f"{name}: the selection changed")
    # The same garbage in the training part does change them, or the test shows nothing.
    train = sorted({row["id"] for row in rows if row["fold"] == "1"})
    for name, changed in (("train_outcomes", garble(rows, train, draw, outcome=True)),
                          ("train_second", garble(rows, train, draw, features=True, second=True))):
        out = os.path.join(where, name)
        run("sweep", study(where, name, changed, split, 0), "--out", out, "--quiet")
        now = {(row["pipeline"], row["id"]): (row["score"], row["probability"], row["positive"])
               for row in table(os.path.join(out, "predictions.csv")) if row["fold"] == "2"}
        expect(now != scores["plain"], f"{name}: garbage in the training part leaves everything as it was")


def what_is_wrong_is_said(where):
    rows = cohort()
    replace = lambda old, new: lambda text: text.replace(old, new)
    telling = [dict(row, f99=repr(float(row["y"] == "yes"))) for row in rows]
    several = [dict(row, reader="1") for row in rows]
    cases = [
        (rows, replace("inner:", "iner:"), "did you mean \"inner\""),
        (rows, replace("zscore", "zscores"), "zscore, robust"),
        (rows, replace("svm-linear:", "svm-linaer:"), "did you mean \"svm-linear\""),
        (rows, replace("C: [0.1, 1]", "C: [0.1, -1]"), "a number from"),
        (rows, replace("class: y", "class: yy"), "did you mean \"y\""),
        (rows, replace("positive: yes", "positive: maybe"), "must be one of them"),
        (rows, replace("{batch: centre}", "{batch: centre, covariates: [y]}"), "is the outcome"),
        (rows, replace("kfold: 4, repeats: 2, seed: 5", "kfold: 40"), "fewer than there are folds"),
        (rows, replace("\"f*\"", "\"g*\""), "no feature matches"),
        (rows, replace("reader: 1", "reader: 7"), "no row"),
        (telling, replace("x", "x"), "tells the outcome"),
        (several, replace("x", "x"), "rois: largest"),
    ]
    for number, (data, edit, sentence) in enumerate(cases):
        done = run("sweep", study(where, f"wrong{number}", data, edit=edit), "--out", os.path.join(where, "wrong"))
        expect(done.returncode == 2, f"{sentence}: status {done.returncode}")
        expect(sentence in done.stderr, f"expected «{sentence}», found: {done.stderr}")
        expect(done.stderr.count("\n") == 1, f"one sentence: {done.stderr}")
    expect("15 features" in run("sweep", study(where, "named", rows, "{column: fold}"), "--explain").stdout,
           "the columns that the study names (fold) are no features, whatever the patterns say")
    explained = run("sweep", study(where, "explained", rows), "--explain")
    expect(explained.returncode == 0 and "class_weight: none" in explained.stdout and "tasks" in explained.stdout,
           f"--explain: {explained.stdout} {explained.stderr}")


def main():
    with folder() as where:
        the_same_bytes(where)
        nothing_leaks(where)
        what_is_wrong_is_said(where)
    finish("sweep")


main()
