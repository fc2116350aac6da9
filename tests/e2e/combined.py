"""The control "clinical + chosen" through the command line: against scikit-learn, nothing of a held-out patient in what it
fits, the same bytes after a kill; and clinical columns that are for the controls alone.

Usage: combined.py PYTHON path/to/radmill        PYTHON: one that has h5py; without it sweep.h5 is left out
"""
import json
import os
import random
import subprocess
import sys
import time

import sweep_cases
from program import content, expect, finish, folder, kill_all, measured, run, save, start, table, write

ORACLE = os.path.join(os.environ.get("RADMILL_SOURCE", "."), "tests", "oracle")
CONTROL = "clinical + chosen"
STUDY = """
table: table.csv
clinical: {{file: clinical.csv, by: id, use: [age, sex]{way}}}
patient: id
outcome: {outcome}
features: {{match: ["f?"]}}
split: {split}
inner: {inner}
prepare: [{{impute: median}}, {{scale: zscore}}]
select:
  two: [{{univariate: {{test: anova, k: 2}}}}]
  all: []
models: {models}
controls: {controls}
"""
FOLDS = {"split": "{column: fold}", "inner": '{column: "inner_{fold}"}'}
LOGISTIC = {"outcome": "{class: y}", "models": "{logistic: {C: [0.01, 1]}}"}


def sweep(where, name, rows, status=0, patients=None, **what):
    """A finished sweep's folder. what: fills STUDY."""
    here = os.path.join(where, name)
    os.makedirs(here)
    path = prepare(here, rows, patients, **what)
    done = run("sweep", path, "--out", os.path.join(here, "out"), "--quiet")
    expect(done.returncode == status, f"{name}: {done.returncode} {done.stderr}")
    return os.path.join(here, "out")


def prepare(here, rows, patients=None, edit=lambda text: text, **what):
    save(os.path.join(here, "table.csv"), [{k: v for k, v in row.items() if k not in ("age", "sex")} for row in rows])
    save(os.path.join(here, "clinical.csv"), patients or [{k: row[k] for k in ("id", "age", "sex")} for row in rows])
    fill = {"way": ", as: control", "controls": "{permute: 0}", **FOLDS, **LOGISTIC, **what}
    return write(os.path.join(here, "study.yaml"), edit(STUDY.format(**fill)))


def predictions(out, pipeline):
    return {row["id"]: row for row in table(os.path.join(out, "predictions.csv")) if row["pipeline"] == pipeline}


def as_scikit_learn_has_it(where, rows):
    expected = table(os.path.join(ORACLE, "combined_sklearn.csv"))
    for outcome, models in (("{class: y}", LOGISTIC["models"]), ("{classes: grade}", "{lda: {}}"),
                            ("{value: v}", "{linear: {lambda: 0.1, alpha: 0}}")):
        name = outcome.strip("{}").split(": ")[1]
        out = sweep(where, name, rows, outcome=outcome, models=models)
        found, worst, n = predictions(out, CONTROL), 0.0, 0
        wanted = {row["id"]: row for row in expected if row["outcome"] == name}
        apparent = [float(wanted.pop(f"apparent {fold}")["score_1"]) for fold in range(3)]
        expect(found.keys() == wanted.keys(), f"{name}: {len(found)} patients")
        for who, row in wanted.items():
            said = [found[who]["score_" + c] for c in "abc"] if name == "grade" else [found[who]["score"]]
            for mine, theirs in zip(said, (row["score_1"], row["score_2"], row["score_3"])):
                worst, n = max(worst, abs(float(mine) - float(theirs))), n + 1
        expect(worst < 1e-6, f"{name}: a held-out score differs by {worst:.3g}")
        board = {row["pipeline"]: row for row in table(os.path.join(out, "leaderboard.csv"))}
        mine = float(board[CONTROL]["r2_apparent" if name == "v" else "auc_apparent"])
        expect(abs(mine - sum(apparent) / 3) < 1e-6, f"{name}: apparent {mine}, expected {sum(apparent) / 3}")
        measured(f"combined/{name}", "scikit-learn 1.7.2", n, worst, 1e-6, "score")
        print(f"{name}: largest difference {worst:.2g}")


# Checksums of what stands under a fold of a control but what is said of its held-out patients; and names of columns.
INSIDE = r"""
import hashlib, json, sys
import h5py

seen = {}
def take(name, there):
    if "held_out" in name.split("/"):
        return
    for key, value in there.attrs.items():
        seen[name + "@" + key] = repr(value)
    if isinstance(there, h5py.Dataset):
        seen[name] = hashlib.sha256(there[()].tobytes()).hexdigest()

with h5py.File(sys.argv[1]) as file:
    fold = file["controls"][sys.argv[2]][sys.argv[3]]
    fold.visititems(take)
    model = next(iter(fold["models"].values()))
    seen["names"] = [t.decode() for t in model["features"][()]]
json.dump(seen, sys.stdout)
"""
PYTHON = os.environ.get("RADMILL_ANNDATA_PYTHON") or sys.argv[1]


def fits(out, control=CONTROL, fold="1_2"):
    if not os.path.exists(PYTHON):
        expect(os.environ.get("CI") != "true", f"no Python with h5py at {PYTHON}")
        print(f"no Python with h5py at {PYTHON}: what {out}/sweep.h5 holds is not compared")
        return {}
    read = subprocess.run([PYTHON, "-c", INSIDE, os.path.join(out, "sweep.h5"), control, fold], capture_output=True,
                          text=True)
    expect(read.returncode == 0, f"sweep.h5 is read: {read.stderr}")
    return json.loads(read.stdout) if read.returncode == 0 else {}


def nothing_leaks(where, rows):
    """Held-out outcomes, clinical values and features turned to garbage; the same of one patient alone."""
    draw = random.Random(4)
    held = [row["id"] for row in rows if row["fold"] == "2"]

    def garbled(who, *what):
        changed = [dict(row) for row in rows]
        for row in changed:
            if row["id"] not in who:
                continue
            if "y" in what:
                row["y"] = draw.choice("01")
            if "clinical" in what:
                row.update(age=repr(draw.uniform(-1e3, 1e3)), sex=draw.choice("fm"))
            if "features" in what:
                row.update({f"f{j}": repr(draw.uniform(-1e3, 1e3)) for j in range(6)})
        return changed

    for way in (", as: control", ""):
        plain = sweep(where, "plain" + way[2:4], rows, way=way)
        fitted, scores = fits(plain), predictions(plain, CONTROL)
        cases = [("all", held, ["y", "clinical", "features"]), ("one", held[:1], ["y", "clinical", "features"]),
                 ("outcomes", held, ["y"]), ("clinical", held, ["y", "clinical"])]
        for name, who, what in cases[:4 if way else 2]:
            out = sweep(where, name + way[2:4], garbled(who, *what), way=way)
            changed = [at for at, value in fits(out).items() if fitted.get(at) != value]
            expect(not changed, f"{name}{way}: fitted otherwise: {changed[:3]}")
            same = held[1:] if name == "one" else held if name == "outcomes" else []
            mine = predictions(out, CONTROL)
            expect(all(mine[who]["score"] == scores[who]["score"] for who in same), f"{name}{way}: held-out scores change")
        train = [row["id"] for row in rows if row["fold"] == "1"]
        # The same of training patients does change it, or this shows nothing.
        for what in ("y", "clinical", "features") if way else ():
            out = sweep(where, f"train {what}{way[2:4]}", garbled(train, what), way=way)
            now = predictions(out, CONTROL)
            expect(any(now[who]["score"] != scores[who]["score"] for who in held), f"training {what} change nothing")
            expect(not fitted or fits(out) != fitted, f"training {what}: nothing that is fitted changes")
    if fitted:
        expect(len(fitted) > 20, f"{len(fitted)} objects of a fold")
        expect(fitted["names"] == ["age", "sex=m", "chosen"], f"columns {fitted['names']}")


def for_the_controls_alone(where, rows):
    """as: control. The study's pipelines are those of a study without clinical columns, to the byte; so is the model."""
    plain = sweep(where, "control", rows)
    without = sweep(where, "without", rows, edit=lambda text: "".join(
        line for line in text.splitlines(True) if not line.startswith("clinical:")))
    features = sweep(where, "features", rows, way="")
    for name in ("chosen", "two/logistic", "all/logistic"):
        expect(predictions(plain, name) == predictions(without, name), f"{name} hangs on clinical columns")
    expect(predictions(plain, "chosen") != predictions(features, "chosen"), "as features they are used")
    expect(predictions(plain, "clinical") == predictions(features, "clinical"), "clinical columns alone are the same")
    expect(content(os.path.join(plain, "selected.csv")) == content(os.path.join(without, "selected.csv")), "selected.csv")
    expect(content(os.path.join(plain, "features.csv")) == content(os.path.join(without, "features.csv")), "features.csv")
    found = fits(plain, "clinical")
    expect(not found or found["names"] == ["age", "sex=m"], f"columns {found.get('names')} of the clinical control")
    expect(not predictions(without, CONTROL) and not predictions(without, "clinical"), "no clinical columns, no control")

    with open(os.path.join(plain, "model.json")) as file:
        model = json.load(file)
    with open(os.path.join(without, "model.json")) as file:
        other = json.load(file)
    for told in (model, other): # what the study is called by
        for key in [key for key in told if "study" in key or "data" in key or key == "made"]:
            told.pop(key)
    model.pop("provenance", None), other.pop("provenance", None)
    expect(model == other, f"model.json: {[key for key in model if model[key] != other.get(key)]}")
    here = os.path.dirname(plain)
    scored = run("score", os.path.join(plain, "model.json"), os.path.join(here, "table.csv"), "--csv",
                 os.path.join(here, "scored.csv"))
    expect(scored.returncode == 0 and len(table(os.path.join(here, "scored.csv"))) == 90, f"score: {scored.stderr}")
    judged = run("validate", os.path.join(plain, "model.json"), os.path.join(here, "table.csv"), "--outcome", "y", "--out",
                 os.path.join(here, "judged"))
    expect(judged.returncode == 0 and "90 patients" in judged.stdout, f"validate: {judged.stderr} {judged.stdout}")


def beside_readings_and_rows(where):
    """Second readings, ComBat and a fixed ICC table see no clinical columns; several rows a patient are one score."""
    draw = random.Random(8)
    rows = sweep_cases.cohort()
    ids = sorted({row["id"] for row in rows})
    save(os.path.join(where, "people.csv"),
         [{"id": who, "age": repr(draw.gauss(60, 9)), "sex": draw.choice("fm")} for who in ids])
    save(os.path.join(where, "icc.csv"), [{"feature": f"f{j:02d}", "icc": repr(draw.random()), "lower": "0"}
                                          for j in range(15)])
    several = [dict(row, reader="1") for row in rows]
    use = "clinical: {file: people.csv, by: id, use: [age, sex], as: control}\n"
    step = "{icc: {readers: reader, min: 0.5}}, "
    for name, data, edit in (("readers", rows, lambda text: text),
                             ("fixed", rows, lambda text: text.replace(step, "{icc: {table: icc.csv, min: 0.3}}, ")),
                             ("separate", several, lambda text: text.replace(step, "") + "rois: separate\n")):
        outs = []
        for way in ("", use):
            path = sweep_cases.study(where, f"{name}{bool(way)}", data, "{column: fold, seed: 5}", 0,
                                     lambda text: way + edit(text))
            outs.append(os.path.join(where, f"{name}{bool(way)}.out"))
            done = run("sweep", path, "--out", outs[-1], "--quiet")
            expect(done.returncode == 0, f"{name}: {done.returncode} {done.stderr}")
        expect(content(os.path.join(outs[0], "selected.csv")) == content(os.path.join(outs[1], "selected.csv")), name)
        expect(predictions(outs[0], "chosen") == predictions(outs[1], "chosen"), f"{name}: chosen")
        expect(len(predictions(outs[1], CONTROL)) == len(ids), f"{name}: {len(predictions(outs[1], CONTROL))} of {len(ids)}")


def apparent_and_boot(where, rows):
    """Resampled: every number of the row is there, and the score that the fit has seen looks better than it does."""
    out = sweep(where, "boot", rows, split="{bootstrap: 20}", inner="{kfold: 3, repeats: 2}")
    row = next(row for row in table(os.path.join(out, "leaderboard.csv")) if row["pipeline"] == CONTROL)
    expect(row["splits"] == "20" and row["failed"] == "0" and row["auc_632plus"], f"{row}")
    expect(float(row["auc_apparent"]) > float(row["auc"]), f"apparent {row['auc_apparent']}, out of the bag {row['auc']}")
    expect(float(row["auc_inner"]) < float(row["auc_apparent"]), f"inner {row['auc_inner']}, apparent {row['auc_apparent']}")


def killed_and_resumed(where, rows):
    study = {"split": "{kfold: 4, repeats: 8, seed: 3}", "inner": "{kfold: 3}", "controls": "{permute: 10}"}
    whole = sweep(where, "whole", rows, **study)
    here = os.path.join(where, "killed")
    os.makedirs(here)
    path, out = prepare(here, rows, **study), os.path.join(here, "out")
    journal, n_killed = os.path.join(out, "run", "journal"), 0
    for _ in range(2):
        process = start("sweep", path, "--out", out, "--resume", "--quiet", ranks=2)
        size = os.path.getsize(journal) if os.path.exists(journal) else 0
        while process.poll() is None and (not os.path.exists(journal) or os.path.getsize(journal) < size + 20000):
            time.sleep(0.002)
        n_killed += process.poll() is None
        kill_all(process)
    expect(n_killed > 0, "no run was killed in its middle")
    done = run("sweep", path, "--out", out, "--resume", "--quiet", ranks=2)
    expect(done.returncode == 0, f"resumed: {done.returncode} {done.stderr}")
    for name in sorted(os.listdir(whole)):
        if name != "run":
            expect(content(os.path.join(out, name)) == content(os.path.join(whole, name)), f"{name} after a kill")


def what_cannot_be_is_said(where, rows):
    # A training patient whom no inner fold holds out has no score by others: the control fails there, nothing else does.
    first = next(row["id"] for row in rows if row["fold"] == "1")
    left = [dict(row, inner_0="-1") if row["id"] == first else row for row in rows]
    out = sweep(where, "unheld", left, status=1)
    failures = table(os.path.join(out, "failures.csv"))
    expect([(row["select"], row["fold"]) for row in failures] == [(CONTROL, "0")] and first in failures[0]["sentence"],
           f"failures: {failures}")
    expect(len(predictions(out, CONTROL)) == 60 and len(predictions(out, "clinical")) == 90, "the other folds have it")
    for number, (sentence, what) in enumerate((
            ("baselines: false leaves", {"controls": "{permute: 0, baselines: false}"}),
            ("features or control", {"way": ", as: controls"}),
            ("there are none", {"edit": lambda text: text.replace("use: [age, sex], ", "")}))):
        here = os.path.join(where, f"wrong{number}")
        os.makedirs(here)
        done = run("sweep", prepare(here, rows, **what), "--explain")
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    for way, sentence in (("", "which may use them already"), (", as: control", "for the controls alone: age sex")):
        here = os.path.join(where, "explained" + way[2:4])
        os.makedirs(here)
        done = run("sweep", prepare(here, rows, way=way), "--explain")
        expect(done.returncode == 0 and sentence in done.stdout, f"--explain: {done.stdout} {done.stderr}")


def main():
    rows = table(os.path.join(ORACLE, "combined_table.csv"))
    with folder() as where:
        as_scikit_learn_has_it(where, rows)
        nothing_leaks(where, rows)
        for_the_controls_alone(where, rows)
        beside_readings_and_rows(where)
        apparent_and_boot(where, rows)
        killed_and_resumed(where, rows)
        what_cannot_be_is_said(where, rows)
    finish("combined")


main()
