#!/usr/bin/env python3
"""The file of an extraction, opened by anndata and by h5py: names, columns of obs, X against the CSV, reasons, failures.

Usage: opened.py PYTHON path/to/radmill        PYTHON: one that has anndata and h5py (the test io/anndata makes it)
"""
import os
import subprocess
import sys

from program import expect, finish, folder, nifti, run, SIZE, table, write, write_cases

INSIDE = r"""
import csv, json, math, sys, warnings
warnings.simplefilter("error")
import anndata, h5py, numpy
a = anndata.read_h5ad(sys.argv[1])
with open(sys.argv[2], newline="") as file:
    rows = list(csv.DictReader(file))
names = [n for n in rows[0] if n.startswith("original_")]
x = numpy.array([[float(r[n]) if r[n] else math.nan for n in names] for r in rows])
with h5py.File(sys.argv[1]) as file:
    same = numpy.array_equal(file["X"][()], x, equal_nan=True)
    index = [t.decode() for t in file["obs/_index"][()]]
reason = numpy.asarray(a.layers["reason"])
reasons = list(a.uns["radmill"]["reasons"])
json.dump({
    "names": list(a.var_names) == names, "X": bool(numpy.array_equal(a.X, x, equal_nan=True)), "h5py": bool(same),
    "index": list(a.obs_names), "index of h5py": index, "unique": bool(a.obs_names.is_unique),
    "obs": {c: str(a.obs[c].dtype) for c in a.obs.columns}, "label": [int(v) for v in a.obs["Label"]],
    "class": {str(k): int(v) for k, v in a.var["class"].value_counts().items()},
    "every NaN has a reason": bool((reason[numpy.isnan(a.X)] > 0).all()), "any NaN": bool(numpy.isnan(a.X).any()),
    "reasons are named": bool((reason < len(reasons)).all()),
    "failures": a.uns["radmill"]["failures"]["code"].tolist(), "sums": a.uns["radmill"]["inputs"]["Image_xxh3"].tolist(),
}, sys.stdout)
"""


def opened(where, python):
    import json

    lines = write_cases(where, 3)
    nifti.write(os.path.join(where, "dots.nii"), "uint8", SIZE, (1.0, 1.25, 2.5),
                [int(i in (0, 500)) for i in range(SIZE[0] * SIZE[1] * SIZE[2])])  # two voxels far apart: NaN textures
    lines += ["dots,i000.nii.gz,dots.nii,1,A", "gone,nowhere.nii,dots.nii,1,B"]
    lines = [line + (",PSA (mg/ml)" if i == 0 else f",{i}.5") for i, line in enumerate(lines)]
    cohort = write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n")
    out, tab = os.path.join(where, "f.h5ad"), os.path.join(where, "f.csv")
    done = run("extract", cohort, "--out", out, "--csv", tab)
    expect(done.returncode == 1, f"one failure: {done.returncode} {done.stderr}")
    read = subprocess.run([python, "-W", "error", "-c", INSIDE, out, tab], capture_output=True, text=True)
    expect(read.returncode == 0, f"anndata and h5py open it: {read.stderr}")
    if read.returncode != 0:
        return
    seen = json.loads(read.stdout)
    for what in ("names", "X", "h5py", "unique", "every NaN has a reason", "any NaN", "reasons are named"):
        expect(seen[what], f"{what}: {seen[what]}")
    index = ["P000|1", "P001|1", "P001|2", "P002|1", "P002|2", "P002|3", "dots|1"]
    expect(seen["index"] == index and seen["index of h5py"] == index, f"the index: {seen['index']}")
    expect(seen["label"] == [1, 1, 2, 1, 2, 3, 1], f"labels: {seen['label']}")
    expect(seen["obs"]["Centre"] == "category" and seen["obs"]["Label"] == "int64", f"types: {seen['obs']}")
    own = [c for c in seen["obs"] if not c.startswith("diagnostics_")]
    expect(own == ["ID", "Image", "Mask", "Label", "Centre", "PSA (mg_ml)"], f"columns: {list(seen['obs'])}")
    expect(seen["obs"]["diagnostics_Mask-original_VoxelNum"] == "int64" and
           seen["obs"]["diagnostics_Image-original_Mean"] == "float64" and
           seen["obs"]["diagnostics_Versions_radmill"] == "category" and
           seen["obs"]["diagnostics_Image-original_Size"] == "object", f"the diagnostics' types: {seen['obs']}")
    expect(seen["class"] == {"shape": 14, "shape2D": 0, "firstorder": 18, "glcm": 24, "gldm": 14, "glrlm": 16, "glszm": 16, "ngtdm": 5},
           f"classes: {seen['class']}")
    expect(seen["failures"] == ["missing-file"], f"failures: {seen['failures']}")
    expect(len(seen["sums"]) == 5 and all(len(s) == 16 for s in seen["sums"][:4]), f"checksums: {seen['sums']}")
    expect(table(tab)[0]["PSA (mg/ml)"] == "1.5", "a name with / is unchanged in the CSV")
    expect([r["ID"] for r in table(tab)] == ["P000", "P001", "P001", "P002", "P002", "P002", "dots"], "the CSV's rows")


if __name__ == "__main__":
    interpreter = os.environ.get("RADMILL_ANNDATA_PYTHON") or sys.argv[1]
    if not os.path.exists(interpreter):
        print("skipped: no Python with anndata and h5py at", interpreter)
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    with folder() as where:
        opened(where, interpreter)
    finish("opened")
