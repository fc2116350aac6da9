"""Cohorts and models for the tests of those verbs that use a model."""
import os
import random

from program import expect, run, save, write

STUDY = """
table: {table}
clinical: {{file: clinical.csv, by: id, use: [{use}]}}
patient: id
centre: centre
outcome: {outcome}
features: {{match: [{match}]}}
split: {{kfold: 3, seed: 5}}
inner: {{kfold: 3}}
prepare: [{prepare}]
select: {{few: [{select}]}}
models: {models}
controls: {{permute: 0}}
{more}
"""
COMBAT = "{combat: {batch: centre, covariates: [sex], unseen: %s}}"


def cohort(seed, n, centres="ABC"):
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        y, centre = draw.random() < 0.45, centres[i % len(centres)]
        x = [draw.gauss(0, 1) + (1.2 * y if j in (2, 5) else 0) + (0.8 * (centre == "B")) for j in range(12)]
        rows.append({"id": f"p{seed}_{i:03d}", "centre": centre, "age": str(draw.randint(30, 85)),
                     "sex": draw.choice(["f", "m"]), "y": "yes" if y else "no",
                     **{f"f{j:02d}": repr(x[j]) for j in range(12)}})
    return rows


def sweep(where, name, prepare, select="{univariate: {k: 4}}", more="", use="age, sex", match="\"f*\"",
          edit=lambda rows: rows, outcome="{class: y, positive: yes}", models="{logistic: {C: [0.1, 1]}}", table="train.csv",
          long=lambda rows: rows):
    """The model.json of a study of 90 patients. long: makes the table of features from the patients."""
    rows = edit(cohort(1, 90))
    save(os.path.join(where, "train.csv"), long(rows))
    save(os.path.join(where, "clinical.csv"), rows)
    text = STUDY.format(prepare=prepare, select=select, more=more, use=use, match=match, outcome=outcome, models=models, table=table)
    study = write(os.path.join(where, name + ".yaml"), text)
    done = run("sweep", study, "--out", os.path.join(where, name), "--quiet")
    expect(done.returncode == 0, f"{name}: {done.stderr}")
    return os.path.join(where, name, "model.json")


def refused(done, *sentences):
    expect(done.returncode == 2, f"{sentences}: status {done.returncode} {done.stdout}")
    for sentence in sentences:
        expect(sentence in done.stderr, f"expected «{sentence}», found: {done.stderr}")
    expect(done.stderr.count("\n") == 1, f"one sentence: {done.stderr}")
