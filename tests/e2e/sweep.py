"""radmill sweep through its command line: the same bytes for any number of ranks, any order of rows and after a kill;
nothing of a held-out patient reaches what is fitted; what is wrong with a study is said.

Usage: sweep.py PYTHON path/to/radmill        PYTHON: one that has h5py; without it sweep.h5 is compared as a file alone
"""
import json
import os
import random
import signal
import subprocess
import sys
import time

from program import content, end_of, expect, finish, folder, kill_all, run, save, start, table, write
from sweep_cases import cohort, study

TABLES = ("leaderboard.csv", "predictions.csv", "selected.csv", "failures.csv", "model.json", "sweep.h5")

def results(out):
    return {name: content(os.path.join(out, name)) for name in TABLES if os.path.exists(os.path.join(out, name))}


def stopped(where, rows):
    """Stopped through mpirun while tasks run: no rank crashes, whatever still computes, and --resume gives the same
    bytes. mpirun passes SIGUSR1 on; of SIGTERM it makes 1."""
    path = study(where, "long", rows, permute=400)
    run("sweep", path, "--out", os.path.join(where, "long_run"), "--quiet", ranks=2)
    whole = results(os.path.join(where, "long_run"))
    for number, ranks, code in ((signal.SIGTERM, 2, 1), (signal.SIGTERM, 3, 1), (signal.SIGUSR1, 2, 75)):
        out = os.path.join(where, f"stopped{number}_{ranks}")
        journal = os.path.join(out, "run", "journal")
        process = start("sweep", path, "--out", out, ranks=ranks)
        while process.poll() is None and (not os.path.exists(journal) or os.path.getsize(journal) < 2000):
            time.sleep(0.002)
        process.send_signal(number)
        said = end_of(process, 60)[0]
        expect((process.stood_still or process.returncode == code) and "stopped on request" in said and "Signal:" not in said,
               f"{number.name} on {ranks} ranks: {process.returncode} {said}")
        done = run("sweep", path, "--out", out, "--resume", "--quiet", ranks=2)
        expect(done.returncode == 0 and results(out) == whole, f"resumed: {done.returncode} {done.stderr}")


def others_files_are_spared(where):
    """What no sweep wrote is not written over: refused before any work, by name, unless --fresh says so."""
    path = study(where, "spared", cohort())
    for name in ("features.csv", "leaderboard.csv", "sweep.h5"):
        out = os.path.join(where, "own_" + name)
        os.mkdir(out)
        mine = write(os.path.join(out, name), "id,mine\n1,2\n")
        for more in ((), ("--resume",)):
            done = run("sweep", path, "--out", out, "--quiet", *more)
            expect(done.returncode == 3 and mine in done.stderr and "--fresh" in done.stderr and
                   done.stderr.count("\n") == 1, f"{name} {more}: {done.returncode} {done.stderr}")
            expect(os.listdir(out) == [name] and content(mine) == b"id,mine\n1,2\n", f"{name} is as it was")
    done = run("sweep", path, "--out", out, "--quiet", "--fresh")
    expect(done.returncode == 0 and content(mine) != b"id,mine\n1,2\n", f"--fresh replaces it: {done.stderr}")
    done = run("sweep", path, "--out", out, "--quiet", "--resume")
    expect(done.returncode == 0, f"a sweep's own files are: {done.stderr}")


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
    stopped(where, rows)

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


def what_does_not_fit(where):
    """A part that needs more than --memory fails with the figure, and is tried again where there is more of it."""
    every = lambda text: text.replace("{scale: zscore}]", "{scale: zscore}, {redundancy: {}}]")
    path, out = study(where, "large", cohort(), permute=0, edit=every), os.path.join(where, "large_run")
    done = run("sweep", path, "--out", out, "--memory", "20K", "--retry-quarantined")
    failures = table(os.path.join(out, "failures.csv"))
    expect(done.returncode == 1 and failures and all("(--memory)" in row["sentence"] for row in failures),
           f"20K: {done.returncode} {failures[:1]} {done.stderr}")
    done = run("sweep", path, "--out", out, "--memory", "1G", "--resume", "--quiet")
    expect(done.returncode == 0 and not table(os.path.join(out, "failures.csv")), f"1G: {done.returncode} {done.stderr}")
    rows = table(os.path.join(out, "run", "timings.csv"))
    save(os.path.join(out, "run", "timings.csv"), [dict(row, seconds="") if k == 1 else row for k, row in enumerate(rows)])
    done = run("simulate", "--trace", out, "--ranks", "2")
    expect(done.returncode == 0 and "tasks of" in done.stdout, f"a part without a time: {done.returncode} {done.stderr}")
    done = run("sweep", path, "--out", out, "--memory", "much")
    expect(done.returncode == 2 and "--memory much" in done.stderr, f"no size: {done.returncode} {done.stderr}")


def what_is_told_beside_features(where):
    """Numbers of a file, a row a patient, in any order; who has none has none. Oracle: a feature's own values, rho 1."""
    rows = cohort()
    mine = {row["id"]: row for row in rows if row["reader"] == "1"}
    told = [{"who": name, "same": row["f05"], "word": "NA"} for name, row in reversed(mine.items())]
    ask = lambda column: lambda text: text + f"report: {{file: told.csv, by: who, columns: [{column}]}}\n"
    save(os.path.join(where, "told.csv"), told[4:] + [{"who": "nobody", "same": "7", "word": "x"}])
    out = os.path.join(where, "told")
    done = run("sweep", study(where, "beside", rows, permute=0, edit=ask("same, word")), "--out", out, "--quiet")
    found = {row["feature"]: row for row in table(os.path.join(out, "features.csv"))}
    expect(done.returncode == 0 and float(found["f05"]["rho_same"]) == 1 and float(found["f04"]["rho_same"]) < 0.9 and
           found["f05"]["rho_word"] == "", f"rho: {found.get('f05')} {done.stderr}")
    for extra, column, sentence in ((dict(told[9]), "same", "stands on rows 10 and 81; one row a patient"),
                                    ({"who": "nobody", "same": "", "word": ""}, "sane", "has no column \"sane\""),
                                    (None, "word", f"word of patient {told[3]['who']} is \"high\", a number was expected")):
        save(os.path.join(where, "told.csv"), [dict(row, word="high") if row is told[3] else row for row in told] +
             [extra] * (extra is not None))
        done = run("sweep", study(where, "beside", rows, permute=0, edit=ask(column)), "--out", out, "--fresh")
        expect(done.returncode == 2 and sentence in done.stderr, f"expected «{sentence}», found: {done.stderr}")


def stopped_while_computing(where):
    """SIGTERM to all ranks while they compute: no rank may touch the shared table once MPI has taken it away."""
    slow = lambda text: text.replace("select:\n", "select:\n  boruta: [{boruta: {runs: 30, trees: 100}}]\n")
    path = study(where, "term", cohort(n=160, p=60), permute=100, edit=slow)
    for number in range(3):
        out = os.path.join(where, f"term{number}")
        process = start("sweep", path, "--out", out, "--quiet", ranks=2)
        journal = os.path.join(out, "run", "journal")
        while process.poll() is None and (not os.path.exists(journal) or os.path.getsize(journal) < 2000):
            time.sleep(0.002)
        time.sleep(0.05 * number)
        process.send_signal(signal.SIGTERM)
        said = end_of(process, 60)[0]
        expect(process.returncode != 0, f"SIGTERM while computing: status {process.returncode}")
        expect("ignal" not in said and "egmentation" not in said, f"SIGTERM while computing: {said[-400:]}")
        expect("stopped on request" in said, f"--quiet or not, what tells mpirun's 1 from failed parts is said: {said}")


def one_thing_of_a_patient(where):
    """Rows of a patient, or the two files, that contradict each other."""
    rows = [row for row in cohort() if row["reader"] == "1"]
    mean = lambda text: text.replace("patient: id\n", "patient: id\nrois: mean\n").replace(
        "{icc: {readers: reader, min: 0.5}}, ", "")
    other = lambda column, value: rows + [{**rows[7], column: value}]
    swapped = "no" if rows[7]["y"] == "yes" else "yes"
    for number, (data, split, sentence) in enumerate((
            (other("y", swapped), "{kfold: 4, repeats: 1}", f"patient {rows[7]['id']} has y"),
            (other("centre", "D"), "{kfold: 4, repeats: 1}", f"patient {rows[7]['id']} has centre"),
            (other("fold", "3" if rows[7]["fold"] != "3" else "2"), "{column: fold}",
             f"patient {rows[7]['id']} has fold"),
            ([dict(row, scanner="XY"[number % 2]) for number, row in enumerate(rows + [rows[7]])], "{kfold: 4, repeats: 1}",
             f"patient {rows[7]['id']} has scanner"))):
        batch = "batch: scanner" if "scanner" in data[0] else "batch: centre"
        edit = lambda text: mean(text).replace("batch: centre", batch)
        done = run("sweep", study(where, f"two{number}", data, split, edit=edit), "--out", os.path.join(where, "two"))
        expect(done.returncode == 2 and sentence in done.stderr and "row 8" in done.stderr and "row 81" in done.stderr,
               f"expected «{sentence}», found {done.returncode}: {done.stderr}")
    save(os.path.join(where, "clinical.csv"),
         [{"id": row["id"], "y": swapped if row is rows[7] else row["y"]} for row in rows])
    files = lambda text: text.replace("patient: id\n", "clinical: {file: clinical.csv, by: id}\npatient: id\n").replace(
        "{icc: {readers: reader, min: 0.5}}, ", "")
    done = run("sweep", study(where, "files", rows, edit=files), "--out", os.path.join(where, "two"))
    expect(done.returncode == 2 and f"patient {rows[7]['id']} has y" in done.stderr and "clinical.csv" in done.stderr,
           f"two files: {done.returncode}: {done.stderr}")

    # A model that takes the mean of a patient's rows, on a table whose rows contradict each other.
    trained = os.path.join(where, "mean")
    done = run("sweep", study(where, "mean", rows + [dict(rows[7])], edit=mean, permute=0), "--out", trained, "--quiet")
    expect(done.returncode == 0, f"rois: mean: {done.stderr}")
    for column, value in (("y", swapped), ("centre", "B" if rows[7]["centre"] != "B" else "C")):
        save(os.path.join(where, "later.csv"), other(column, value))
        done = run("validate", os.path.join(trained, "model.json"), os.path.join(where, "later.csv"), "--outcome", "y")
        expect(done.returncode == 2 and f"patient {rows[7]['id']} has {column}" in done.stderr,
               f"validate: {done.returncode}: {done.stderr}")
    # What the first row misses the second one says, of the outcome and of the batch.
    said = []
    for column in (None, "y", "centre"):
        save(os.path.join(where, "later.csv"), [dict(row, **{column: "NA"}) if column and row is rows[7] else row for row in rows]
             + [dict(rows[7])])
        done = run("validate", os.path.join(trained, "model.json"), os.path.join(where, "later.csv"), "--outcome", "y")
        expect(done.returncode == 0, f"{column} is missing on one row: {done.returncode}: {done.stderr}")
        said.append(done.stdout)
    expect(said[1] == said[2] == said[0], f"a missing cell takes the other row's value: {said}")


def an_outcome_that_cannot_move(where):
    """Centres of one outcome each: a permutation within centres changes nothing, and says nothing."""
    rows = [dict(row, centre=f"{row['y']}{number % 2}") for number, row in enumerate(
        row for row in cohort() if row["reader"] == "1")]
    plain = lambda text: text.replace("{icc: {readers: reader, min: 0.5}}, ", "").replace("{combat: {batch: centre}}, ", "")
    out = os.path.join(where, "stuck")
    done = run("sweep", study(where, "stuck", rows, permute=5, edit=plain), "--out", out)
    expect(done.returncode == 0 and "No outcome can be permuted within centres" in done.stdout,
           f"centres of one outcome: {done.returncode} {done.stdout[-600:]} {done.stderr}")
    chosen = table(os.path.join(out, "leaderboard.csv"))[0]
    expect(chosen["permutation_p"] == chosen["permutations"] == "", f"permutations that change nothing: {chosen}")
    expect("permuted" not in {row["part"] for row in table(os.path.join(out, "run", "timings.csv"))}, "and nothing is computed")
    done = run("sweep", os.path.join(where, "stuck.yaml"), "--explain")
    expect(done.returncode == 0 and "No outcome can be permuted within centres" in done.stdout, f"--explain: {done.stdout}")
    expect("positive (y = yes)" in done.stdout, "the summary says which outcome is positive")


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


# Checksums of all that stands under a fold's fits but what is said of its held-out patients: contents, shapes, attributes.
FITS = r"""
import hashlib, json, sys
import h5py, numpy

def fits(group, where, seen):
    plain = lambda v: v.tobytes().hex() if isinstance(v, (numpy.ndarray, numpy.generic)) else repr(v)
    seen[where] = hashlib.sha256(repr(sorted((k, plain(v)) for k, v in group.attrs.items())).encode()).hexdigest()
    for name in group:
        at, there = where + "/" + name, group[name]
        if name == "held_out":
            continue
        if isinstance(there, h5py.Group):
            fits(there, at, seen)
        else:
            fits_of = hashlib.sha256(repr((str(there.dtype), there.shape)).encode() + there[()].tobytes())
            fits_of.update(repr(sorted((k, plain(v)) for k, v in there.attrs.items())).encode())
            seen[at] = fits_of.hexdigest()

seen = {}
with h5py.File(sys.argv[1]) as file:
    for select in file["fits"]:
        for fold in file["fits"][select]:
            if fold == sys.argv[2]:
                fits(file["fits"][select][fold], select + "/" + fold, seen)
json.dump(seen, sys.stdout)
"""
PYTHON = os.environ.get("RADMILL_ANNDATA_PYTHON") or sys.argv[1]


def fits(out, fold):
    """What sweep.h5 holds of the fits of one fold, path by path; None where there is no h5py."""
    if not os.path.exists(PYTHON):
        expect(os.environ.get("CI") != "true", f"no Python with h5py at {PYTHON}")
        return None
    read = subprocess.run([PYTHON, "-c", FITS, os.path.join(out, "sweep.h5"), fold], capture_output=True, text=True)
    expect(read.returncode == 0, f"sweep.h5 is read: {read.stderr}")
    return json.loads(read.stdout) if read.returncode == 0 else {}


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
    scores, selected, fitted = {}, {}, {}
    for name, changed in cases.items():
        out = os.path.join(where, "leak_" + name)
        done = run("sweep", study(where, "leak_" + name, changed, split, 0), "--out", out, "--quiet")
        # Garbled second readings train the other folds, which may lose every feature by it: that is status 1.
        expect(done.returncode in (0, 1), f"{name}: {done.returncode} {done.stderr}")
        scores[name] = {(row["pipeline"], row["id"]): (row["score"], row["probability"], row["positive"])
                        for row in table(os.path.join(out, "predictions.csv")) if row["fold"] == "2"}
        selected[name] = [row for row in table(os.path.join(out, "selected.csv"))
                          if row["fold"] == "2" and row["repeat"] == "1"]
        fitted[name] = fits(out, "1_2")
    if fitted["plain"] is None:
        print("left out: what sweep.h5 holds, there is no h5py")
    else: # two selections of 4 and 6 steps, two models each
        expect(len(fitted["plain"]) > 100, f"{len(fitted['plain'])} objects under the fits of one fold")
    expect(len(scores["plain"]) == 20 * 5, f"{len(scores['plain'])} scores of 20 held-out patients and 5 pipelines")
    for name in cases:
        left_out = held[:1] if name in ("one", "without") else []
        same = all(scores[name][key] == value for key, value in scores["plain"].items() if key[1] not in left_out)
        expect(same, f"{name}: a held-out score changed although nothing of the training part did")
        expect(selected[name] == selected["plain"], f"{name}: the selection changed")
        if fitted["plain"] is not None:
            changed = [at for at in fitted["plain"].keys() | fitted[name].keys()
                       if fitted["plain"].get(at) != fitted[name].get(at)]
            expect(not changed, f"{name}: what was fitted changed: {sorted(changed)[:3]}")
    # The same garbage in the training part does change them, or the test shows nothing.
    train = sorted({row["id"] for row in rows if row["fold"] == "1"})
    for name, changed in (("train_outcomes", garble(rows, train, draw, outcome=True)),
                          ("train_second", garble(rows, train, draw, features=True, second=True))):
        out = os.path.join(where, name)
        run("sweep", study(where, name, changed, split, 0), "--out", out, "--quiet")
        now = {(row["pipeline"], row["id"]): (row["score"], row["probability"], row["positive"])
               for row in table(os.path.join(out, "predictions.csv")) if row["fold"] == "2"}
        expect(now != scores["plain"], f"{name}: garbage in the training part leaves everything as it was")
        expect(fitted["plain"] is None or fits(out, "1_2") != fitted["plain"], f"{name}: nothing that is fitted changed")


def what_is_wrong_is_said(where):
    rows = cohort()
    replace = lambda old, new: lambda text: text.replace(old, new)
    telling = [dict(row, f99=repr(float(row["y"] == "yes"))) for row in rows]
    several = [dict(row, reader="1") for row in rows]
    rare = [dict(row, centre="Oslo" if row["id"] in ("p001", "p002") else row["centre"]) for row in rows]
    cases = [
        (rows, replace("inner:", "iner:"), "did you mean \"inner\""),
        (rows, replace("zscore", "zscores"), "zscore, robust"),
        (rows, replace("svm-linear:", "svm-linaer:"), "did you mean \"svm-linear\""),
        (rows, replace("C: [0.1, 1]", "C: [0.1, -1]"), "C is -1; a number from"),
        (rows, replace("k: 10", "k: ten"), "k is ten; a whole number from"),
        (rows, replace("kfold: 3", "kfold: three"), "kfold is three; a whole number from"),
        (rows, replace("{impute: median}, ", "{impute: median}, {clean: {max_missing: 0.2}}, "), "put clean before impute"),
        ([dict(row, z="1.5") for row in rows], lambda text: text.replace("{class: y, positive: yes}", "{value: z}").replace(
            "logistic: {C: [0.01, 1]}\n  svm-linear: {C: [0.1, 1]}", "linear: {}").replace(
            "  mrmr-rfe: [{mrmr: {k: 10}}, {rfe: {to: 4}}]\n", ""), "all patients have the same, 1.5"),
        ([dict(row, f03="0x10") if row is rows[9] else row for row in rows], replace("x", "x"), "0x10"),
        (rows, replace("{scale: zscore}]", "{scale: zscore}, {mrmr: {k: 3}}]"), "it belongs under \"select\""),
        (rows, replace("class: y", "class: yy"), "did you mean \"y\""),
        (rows, replace("positive: yes", "positive: maybe"), "must be one of them"),
        (rows, lambda text: text.replace("{class: y, positive: yes}", "{classes: y}").replace(
            "models:\n  logistic: {C: [0.01, 1]}\n  svm-linear: {C: [0.1, 1]}", "models: {knn: {}}").replace(
            "  mrmr-rfe: [{mrmr: {k: 10}}, {rfe: {to: 4}}]\n", ""), "class: y, positive: yes"),
        (rows, replace("{batch: centre}", "{batch: centre, covariates: [y]}"), "is the outcome"),
        (rows, replace("kfold: 4, repeats: 2, seed: 5", "kfold: 40"), "fewer than there are folds"),
        (rows, replace("{kfold: 4, repeats: 2, seed: 5}", "{leave_out: centre}"),
         "leaves no row of centre A to train on, which combat refuses"),
        (rare, replace("x", "x"), " of centre Oslo to train on"),
        (rows, replace("\"f*\"", "\"g*\""), "no feature matches"),
        (rows, replace("\"f*\"", "\"f*\", \"f100\""), "no feature matches \"f100\"; did you mean \"f00\"?"),
        (rows, replace("reader: 1", "reader: 7"), "no row"),
        (telling, replace("x", "x"), "tells the outcome"),
        (several, replace("x", "x"), "rois: largest"),
        (rows + [dict(rows[1], f00="9")], replace("x", "x"), f"reader 2 has read patient {rows[1]['id']} twice (rows 2 and "),
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
        what_does_not_fit(where)
        what_is_told_beside_features(where)
        stopped_while_computing(where)
        others_files_are_spared(where)
        one_thing_of_a_patient(where)
        an_outcome_that_cannot_move(where)
        nothing_leaks(where)
        what_is_wrong_is_said(where)
    finish("sweep")


main()
