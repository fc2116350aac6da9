#!/usr/bin/env python3
"""All 107 features of three formula-made images, from NIfTI files to the CSV, against PyRadiomics 3.0.1.

Oracle: tests/oracle/formula_images.csv. Bounds: 1e-9 relative, 1e-12 absolute; MCC 1e-7, since the symmetric route to
its eigenvalues drops PyRadiomics' epsilon.

Usage: oracle.py path/to/radmill
"""
import csv
import os
import pathlib
import sys
import tempfile

import nifti
import program
from formula_images import IMAGES

TABLE = pathlib.Path(__file__).parent.parent / "oracle" / "formula_images.csv"


def write_cohort(folder):
    rows = ["ID,Image,Mask"]
    for number, image in enumerate(IMAGES):
        ending = (".nii", ".nii.gz")[number % 2]
        for part, type, function in (("image", image.type, image.value), ("mask", "uint8", image.inside)):
            path = os.path.join(folder, f"{image.name}_{part}{ending}")
            nifti.write(path, type, image.size, image.spacing, image.voxels(function))
        rows.append(f"{image.name},{image.name}_image{ending},{image.name}_mask{ending}")
    path = os.path.join(folder, "cohort.csv")
    pathlib.Path(path).write_text("\n".join(rows) + "\n")
    return path


def close(name, value, expected):
    relative = 1e-7 if name.endswith("_MCC") else 1e-9
    return abs(value - expected) <= max(1e-12, relative * abs(expected))


def main():
    with open(TABLE, newline="") as file:
        expected = {row["feature"]: row for row in csv.DictReader(file)}
    with tempfile.TemporaryDirectory() as folder:
        table = os.path.join(folder, "features.csv")
        run = program.run("extract", write_cohort(folder), "--out", os.path.join(folder, "features.h5ad"), "--csv", table)
        if run.returncode != 0:
            sys.exit(f"radmill extract ended with status {run.returncode}:\n{run.stdout}{run.stderr}")
        with open(table, newline="") as file:
            rows = {row["ID"]: row for row in csv.DictReader(file)}

    wrong = 0
    for image in IMAGES:
        computed = {name: value for name, value in rows[image.name].items() if name.startswith("original_")}
        if list(computed) != list(expected):
            sys.exit(f"{image.name}: columns differ from PyRadiomics': {set(computed) ^ set(expected) or 'their order'}")
        for name, value in computed.items():
            want = expected[name][image.name]
            if value == "" or not close(name, float(value), float(want)):
                print(f"{image.name} {name}: {value or 'empty'} for {want}")
                wrong += 1
    print(f"{len(IMAGES) * len(expected) - wrong} of {len(IMAGES) * len(expected)} values agree")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
