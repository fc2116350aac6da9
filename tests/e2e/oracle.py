#!/usr/bin/env python3
"""All 107 features of three formula-made images, from NIfTI files to the CSV, against PyRadiomics 3.0.1.

And a few of them on every filter's images, pre-cropped and resampled, by the parameter files in tests/oracle/params.
Oracle: tests/oracle/formula_images.csv, formula_filters.csv. Bounds: 1e-9 relative, 1e-12 absolute; MCC 1e-7, since the
symmetric route to its eigenvalues drops PyRadiomics' epsilon; 1e-6 where an image is float32.

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

ORACLE = pathlib.Path(__file__).parent.parent / "oracle"


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


def close(name, value, expected, measured, what):
    relative = 1e-7 if name.endswith("_MCC") else 1e-6 if name.startswith(("log-", "gradient_")) else 1e-9
    off = abs(value - expected)
    measured.add(f"PyRadiomics/{name}", "PyRadiomics 3.0.1", off / abs(expected) if off > 1e-12 else 0.0, relative, what)
    return off <= max(1e-12, relative * abs(expected))


def extract(folder, cohort, *options):
    """The rows of the CSV by ID."""
    table = os.path.join(folder, "features.csv")
    run = program.run("extract", cohort, "--out", os.path.join(folder, "features.h5ad"), "--csv", table, "--fresh",
                      *options)
    if run.returncode != 0:
        sys.exit(f"radmill extract ended with status {run.returncode}:\n{run.stdout}{run.stderr}")
    with open(table, newline="") as file:
        return {row["ID"]: row for row in csv.DictReader(file)}


def compare(what, rows, expected, measured):
    """How many values are wrong. expected: {feature: {image: value}}, in PyRadiomics' order of columns."""
    wrong = 0
    for image in IMAGES:
        computed = {name: value for name, value in rows[image.name].items()
                    if name not in ("ID", "Image", "Mask", "Label") and not name.startswith("diagnostics_")}
        if list(computed) != list(expected):
            sys.exit(f"{what}, {image.name}: columns differ from PyRadiomics': "
                     f"{set(computed) ^ set(expected) or 'their order'}")
        for name, value in computed.items():
            want = expected[name][image.name]
            if (value == "") != (want == "") or value and not close(name, float(value), float(want), measured, what):
                print(f"{what}, {image.name} {name}: {value or 'empty'} for {want or 'none'}")
                wrong += 1
    print(f"{what}: {len(IMAGES) * len(expected) - wrong} of {len(IMAGES) * len(expected)} values agree")
    return wrong


def main():
    with open(ORACLE / "formula_images.csv", newline="") as file:
        default = {row["feature"]: row for row in csv.DictReader(file)}
    filtered = {}
    with open(ORACLE / "formula_filters.csv", newline="") as file:
        for row in csv.DictReader(file):
            filtered.setdefault(row["params"], {})[row["feature"]] = row
    with tempfile.TemporaryDirectory() as folder:
        cohort = write_cohort(folder)
        measured = program.Measured()
        wrong = compare("defaults", extract(folder, cohort), default, measured)
        for params, expected in filtered.items():
            wrong += compare(params, extract(folder, cohort, "--params", str(ORACLE / "params" / f"{params}.yaml")),
                             expected, measured)
    measured.write()
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
