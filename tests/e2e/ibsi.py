#!/usr/bin/env python3
"""Every parameter file of profile ibsi that is shipped, on IBSI's phantoms, where the reference data are ($RADMILL_SHARED,
else ../shared beside the source): the consensus values of IBSI-1 and of IBSI-2's second phase by their own comparison,
checks/ibsi.py; and that configurations D and E, whose values are not among them, give every column a number.

Usage: ibsi.py path/to/radmill
"""
import csv
import math
import os
import pathlib

import program

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
PARAMS = SOURCE / "jobs" / "params"
N_COLUMNS = 29 + 2 + 18 + 23 + 7 + 2 * (25 + 16) + 16 + 16 + 5 + 17  # two aggregations of GLCM and GLRLM, one of the others


def filters_without_values(where, cohort):
    """The half of IBSI-2's tests that has no values among the reference data: 18 statistics each, of one image."""
    for name in ("1B", "2A", "3B", "4A", "5B", "6A", "7B", "8A", "9B"):
        table = os.path.join(where, f"2{name}.csv")
        run = program.run("extract", cohort, "--params", PARAMS / f"ibsi2_{name}.yaml", "--out",
                          os.path.join(where, f"2{name}.h5ad"), "--csv", table)
        program.expect(run.returncode == 0, f"2.{name} ends with {run.returncode}: {run.stderr}")
        rows = program.table(table) if run.returncode == 0 else []
        values = [v for k, v in rows[0].items() if "stat_" in k] if rows else []
        program.expect(len(values) == 18 and all(math.isfinite(float(v)) for v in values), f"2.{name} has {values}")


def configurations_without_values(where):
    data = program.reference("reference", "ibsi", "data", "ibsi_1_ct_radiomics_phantom")
    cohort = program.write(os.path.join(where, "c.csv"),
                           f"ID,Image,Mask\nct,{data / 'image.nii.gz'},{data / 'mask.nii.gz'}\n")
    filters_without_values(where, cohort)
    for name in "DE":
        table = os.path.join(where, f"{name}.csv")
        out = os.path.join(where, f"{name}.h5ad")
        run = program.run("extract", cohort, "--params", PARAMS / f"ibsi_{name}.yaml", "--out", out, "--csv", table)
        program.expect(run.returncode == 0, f"{name} ends with {run.returncode}: {run.stderr}")
        if run.returncode != 0:
            continue
        row = program.table(table)[0]
        values = {k: v for k, v in row.items()
                  if k not in ("ID", "Image", "Mask", "Label") and not k.startswith("diagnostics_")}
        program.expect(len(values) == N_COLUMNS, f"{name} has {len(values)} columns, not {N_COLUMNS}")
        wrong = [k for k, v in values.items() if v == "" or not math.isfinite(float(v))]
        program.expect(not wrong, f"{name}: no value for {wrong[:5]}")
        again = os.path.join(where, f"{name}2.h5ad")
        program.run("extract", cohort, "--params", PARAMS / f"ibsi_{name}.yaml", "--out", again, ranks=2)
        program.expect(program.content(out) == program.content(again), f"{name}: two ranks write another file than one")


def keep(check):
    """The rows that the comparison gets to see, by the name of the parameter file."""
    run, kept = check.run, {}

    def kept_run(radmill, params, data, work):
        row, said = run(radmill, params, data, work)
        kept[params.stem] = row
        return row, said

    check.run = kept_run
    return kept


def record(check, kept):
    """How far values, in three significant digits, are from the consensus, with its tolerance."""
    measured = program.Measured()

    def add(case, oracle, config, tag, row):
        got = kept[config].get(tag) or next((v for k, v in kept[config].items() if k.endswith("_" + tag)), "")
        if got != "":
            off, tolerance = abs(check.sig3(float(got)) - float(row["value"])), float(row["tolerance"] or 0)
            # three decimal digits less others are not exact in binary
            measured.add(case, oracle, off if off > 1e-9 * abs(float(row["value"])) else 0.0, tolerance, config, "absolute")

    with open(check.HERE / "ibsi1_reference_values.csv", newline="") as file:
        for row in csv.DictReader(file):
            config = f"ibsi_{row['config'].replace('digital_', '')}"
            if row["value"] != "" and config in kept:
                add(f"IBSI-1/{row['ibsi_sheet_tag']}", "IBSI-1 consensus", config, row["ibsi_sheet_tag"], row)
    with open(check.HERE / "ibsi2_phase2_reference_values.csv", newline="") as file:
        for row in csv.DictReader(file):
            config = f"ibsi2_{row['filter_id'].replace('.', '')}"
            if row["value"] != "" and config in kept:
                add(f"IBSI-2 phase 2/{config}", "IBSI-2 consensus", config, row["base_tag"], row)
    measured.write()


def main():
    check = program.load(program.reference("checks", "ibsi.py"))
    os.environ.update(program.ENVIRONMENT)
    kept = keep(check)
    held = program.status_of(check.main, program.RADMILL, "--params-dir", PARAMS)
    program.expect(held == 0, "values outside IBSI's tolerances")
    record(check, kept)
    with program.folder() as where:
        configurations_without_values(where)
    program.finish("ibsi")


if __name__ == "__main__":
    main()
