"""A cohort and a study that the tests of radmill sweep share."""
import os
import random

from program import save, write

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


def study(where, name, rows, split="{kfold: 4, repeats: 2, seed: 5}", permute=10, edit=lambda text: text):
    save(os.path.join(where, name + ".csv"), rows)
    return write(os.path.join(where, name + ".yaml"),
                 edit(STUDY.format(table=name + ".csv", split=split, permute=permute)))
