#!/usr/bin/env python3
"""Every value of the PyRadiomics tables of the reference data, where that folder is present ($RADMILL_SHARED, else
../shared beside the source). Runs its own comparison, checks/pyradiomics.py, over NRRD, then NIfTI, and over two ranks.

Usage: checks.py path/to/radmill
"""
import csv
import math
import sys

import program

ORACLE = "PyRadiomics 3.0.1"
RTOL, ATOL = 1e-9, 1e-12  # the comparison's own defaults


def keep(check):
    """The rows that the comparison gets to see, by the name of the parameter file."""
    extract, kept = check.extract, {}

    def kept_extract(radmill, launch, cohort, params, work):
        status, rows, said = extract(radmill, launch, cohort, params, work)
        kept[params.stem if hasattr(params, "stem") else params] = rows
        return status, rows, said

    check.extract = kept_extract
    return kept


def record(check, measured, settings, feature, got, want):
    """One value, by the comparison's own measure and bound; a few texture values on LoG images may go as far as 1e-3."""
    if math.isnan(want) or got in (None, ""):
        return
    off, within = check.beyond(float(got), want, RTOL, ATOL), check.bound(settings, feature, RTOL)
    measured.add(f"PyRadiomics/{feature}", ORACLE, off, within if off <= within else 1e-3, settings)


def record_tables(check, measured, kept, ending):
    for settings, rows in kept.items():
        path = check.HERE / f"features_{settings}{ending}.csv"
        if path.exists():
            for feature, values in check.table(path).items():
                for case, want in values.items():
                    record(check, measured, settings, feature, rows.get(case, {}).get(feature), want)


def record_tiny(check, measured, kept):
    with open(check.HERE / "features_tiny.csv", newline="") as file:
        for row in csv.DictReader(file):
            got = kept.get(row["params"], {}).get(row["case"], {}).get(row["feature"])
            record(check, measured, row["params"], row["feature"], got, float(row["value"]))


def main():
    check = program.load(program.reference("checks", "pyradiomics.py"))
    measured, status = program.Measured(), 0
    for ending, options in (("", ["--tiny"]), ("_nifti", ["--format", "nii.gz"]),
                            (None, ["--only", "default", "--launch", "mpirun -q -n 2"])):
        print("pyradiomics.py", *options, flush=True)
        kept = keep(check)
        status |= program.status_of(check.main, program.RADMILL, *options) != 0
        if ending is not None:
            record_tables(check, measured, kept, ending)
        if ending == "":
            record_tiny(check, measured, kept)
    measured.write()
    sys.exit(status)


if __name__ == "__main__":
    main()
