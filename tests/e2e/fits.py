#!/usr/bin/env python3
"""sweep.h5 opened by h5py: its layout, its held-out decisions against predictions.csv, its names against selected.csv and
settings.csv, and held-out scores computed by hand from the table and the fitted arrays alone (oracle: the formulas of the
median, ComBat, the z-score and a linear model, in plain Python).

Usage: fits.py PYTHON path/to/radmill        PYTHON: one that has h5py (the test io/anndata makes it)
"""
import json
import os
import subprocess
import sys

import sweep_cases
from program import expect, finish, folder, run, table

INSIDE = r"""
import csv, json, math, sys
import h5py
import numpy as np

file = h5py.File(sys.argv[1])
with open(sys.argv[2], newline="") as text:
    rows = {r["id"]: r for r in csv.DictReader(text) if r["reader"] == "1"}
read = lambda data: [t.decode() for t in data[()]]
patients = read(file["patients"])
named = lambda v: int(v) if float(v).is_integer() else float(v)


def by_hand(split, patient):
    # one held-out score, step by step from the fitted arrays
    row = rows[patient]
    value = {name: float(row[name]) if row[name] else math.nan for name in read(file["features"])}
    for name in sorted(split["steps"]):
        step = split["steps"][name]
        into, out = read(step["features_in"]), read(step["features_out"])
        fitted = {k: dict(zip(into, v[()])) for k, v in step["fitted"].items()
                  if v.ndim == 1 and v.attrs.get("columns") == "features_in"}
        if name.endswith("_impute"):
            for f in into:
                value[f] = fitted["fill"][f] if math.isnan(value[f]) else value[f]
        if name.endswith("_combat"):
            b = read(step["levels"]).index(row["centre"])
            for k, f in enumerate(into):
                if fitted["state"][f] != 0:
                    continue
                sd, mean = math.sqrt(fitted["var_pooled"][f]), fitted["grand_mean"][f]
                z = (value[f] - mean) / sd - step["fitted/gamma"][b, k]
                value[f] = z / math.sqrt(step["fitted/delta"][b, k]) * sd + mean
        if name.endswith("_scale"):
            for f in into:
                value[f] = (value[f] - fitted["offset"][f]) / fitted["scale"][f]
        value = {f: value[f] for f in out}
    model = split["models/logistic"]
    assert read(model["features"]) == list(value)
    return model["fitted/intercept"][0] + sum(
        c * value[f] for f, c in zip(read(model["features"]), model["fitted/coefficient"][()]))


seen = {"predictions": [], "selected": [], "settings": [], "hand": 0.0, "n_hand": 0, "apart": True, "chosen": {}}
for name, split in file["splits"].items():
    train, test = split["train"][()], split["test"][()]
    seen["apart"] &= not set(train) & set(test) and len(set(train) | set(test)) == len(patients)
    seen["chosen"][name] = split.attrs["chosen"]
for select, splits in file["fits"].items():
    for name, split in splits.items():
        repeat, fold = name.split("_")
        steps = sorted(split["steps"])
        for feature in read(split["steps"][steps[-1]]["features_out"]):
            seen["selected"].append([select, repeat, fold, feature])
        for m, model in split["models"].items():
            held, used = model["held_out"], model["inner"].attrs["used"]
            assert (held["patient"][()] == file["splits"][name]["test"][()]).all()
            for p, d, q in zip(held["patient"][()], held["decision"][()], held["probability"][()]):
                seen["predictions"].append([f"{select}/{m}", repeat, fold, patients[p], float(d), float(q),
                                            int(d >= model.attrs["threshold"])])
            for g, (s, mean, se) in enumerate(zip(read(model["inner/setting"]), model["inner/mean"][()],
                                                  model["inner/se"][()])):
                seen["settings"].append([select, m, repeat, fold, s, float(mean), float(se), int(g == used)])
            assert f"C={named(model['settings'].attrs['C'])} " in read(model["inner/setting"])[used] + " "
        held = split["models/logistic/held_out"]
        for p, d in zip(held["patient"][()], held["decision"][()]):
            seen["hand"] = max(seen["hand"], abs(by_hand(split, patients[p]) - d))
            seen["n_hand"] += 1
seen["outcome"] = [[p, float(y)] for p, y in zip(patients, file["outcome"][()])]
seen["study"] = file["study"][()].decode()
seen["final"] = sorted(file["final"]) + [file["final"].attrs["chosen"]]
seen["no held-out in final"] = not any("held_out" in m for s in file["final"].values() for m in s["models"].values())
seen["program"] = file.attrs["program"]
json.dump(seen, sys.stdout)
"""


def agree(what, mine, theirs):
    expect(sorted(mine) == sorted(theirs), f"{what}: {len(mine)} of sweep.h5, {len(theirs)} of the table")


def main():
    python = os.environ.get("RADMILL_ANNDATA_PYTHON") or sys.argv[1]
    if not os.path.exists(python):
        print("skipped: no Python with h5py at", python)
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    with folder() as where:
        out = os.path.join(where, "out")
        done = run("sweep", sweep_cases.study(where, "study", sweep_cases.cohort()), "--out", out, "--quiet")
        expect(done.returncode == 0, f"sweep: {done.returncode} {done.stderr}")
        read = subprocess.run([python, "-W", "error", "-c", INSIDE, os.path.join(out, "sweep.h5"),
                               os.path.join(where, "study.csv")], capture_output=True, text=True)
        expect(read.returncode == 0, f"h5py opens it: {read.stderr}")
        if read.returncode != 0:
            return
        seen = json.loads(read.stdout)
        tables = {name: table(os.path.join(out, name + ".csv"))
                  for name in ("predictions", "selected", "settings", "leaderboard")}
        timings = table(os.path.join(out, "run", "timings.csv"))
        explained = run("sweep", os.path.join(where, "study.yaml"), "--explain").stdout
    agree("predictions", seen["predictions"],
          [[r["pipeline"], r["repeat"], r["fold"], r["id"], float(r["score"]), float(r["probability"]),
            int(r["positive"])] for r in tables["predictions"] if r["pipeline"] != "chosen"])
    agree("selected", seen["selected"], [[r["select"], r["repeat"], r["fold"], r["feature"]]
                                         for r in tables["selected"] if r["repeat"] != "all"])
    agree("settings", seen["settings"],
          [[r["select"], r["model"], r["repeat"], r["fold"], r["settings"], float(r["inner_mean"]),
            float(r["inner_se"]), int(r["used"])] for r in tables["settings"] if r["repeat"] != "all"])
    chosen = {(r["repeat"], r["fold"], r["id"]): r["score"] for r in tables["predictions"] if r["pipeline"] == "chosen"}
    expect(all(chosen[r["repeat"], r["fold"], r["id"]] == r["score"] for r in tables["predictions"]
               if r["pipeline"] == seen["chosen"][f"{r['repeat']}_{r['fold']}"]), "the pipeline that was chosen in a split")
    # Sums in the same order; the C library's square root is exact. 1e-12 leaves room for a few last places.
    expect(seen["n_hand"] == 80 * 2 * 2 and seen["hand"] < 1e-12,
           f"{seen['n_hand']} scores by hand differ by {seen['hand']}")
    expect(seen["apart"], "every patient stands in train or in test")
    expect(seen["outcome"] == sorted(seen["outcome"]) and len(seen["outcome"]) == 80, "patients with their outcome")
    expect(seen["study"] and explained.startswith(seen["study"]), "the study as --explain prints it")
    expect(seen["final"][:2] == ["mrmr-rfe", "none"] and "/" in seen["final"][2], f"final: {seen['final']}")
    expect(seen["no held-out in final"], "nobody is held out of the final fits")
    expect(seen["program"] == "radmill sweep", f"program: {seen['program']}")
    expect(len(timings) == 2 * 8 + 2 + 2 * 40 + 2 * 4 and all(0 <= float(r["seconds"]) < 60 for r in timings),
           f"timings of every task: {len(timings)}")
    expect({r["part"] for r in timings} == {"outer", "final", "permuted", "told"}, "timings of every part")


main()
finish("fits")
