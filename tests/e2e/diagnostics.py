#!/usr/bin/env python3
"""PyRadiomics' diagnostics, to the letter: of files with every pixel type, byte order and grid that they may hang on
(oracle: tests/oracle/diagnostics.csv), and every value of the tables of the reference data, where that folder is present
($RADMILL_SHARED, else ../shared beside the source). Then who gets them, and who must not.

Oracle: PyRadiomics 3.0.1 with SimpleITK 2.3.1 and numpy 1.26.4.

Usage: diagnostics.py path/to/radmill
"""
import csv
import hashlib
import json
import os
import pathlib
import tempfile

import diagnostic_cases
import program
from program import expect

HERE = pathlib.Path(__file__).resolve()
STAGES = ("diagnostics_Image", "diagnostics_Mask")
MEASURED = program.Measured()


def extract(folder, rows, parameters, *options):
    """The CSV's rows by ID."""
    cohort, table = pathlib.Path(folder, "cohort.csv"), pathlib.Path(folder, "f.csv")
    with open(cohort, "w", newline="") as file:
        csv.writer(file).writerows([["ID", "Image", "Mask"]] + rows)
    done = program.run("extract", cohort, "-p", parameters, "-o", pathlib.Path(folder, "f.h5ad"), "--csv", table,
                       "--fresh", "-q", *options)
    expect(done.returncode == 0, f"{rows[0][0]}: status {done.returncode}: {done.stderr}")
    with open(table, newline="") as file:
        return {row["ID"]: row for row in csv.DictReader(file)}


def note(name, got, want, oracle="PyRadiomics 3.0.1 (SimpleITK 2.3.1)"):
    """For docs/oracles.md: texts are equal, or numbers by as much apart."""
    off = 0.0 if got == want else abs(float(got) / float(want) - 1.0)
    MEASURED.add(f"PyRadiomics diagnostics/{name}", oracle, off, 0.0 if off == 0.0 else 1e-12, "")


def compare(what, row, want):
    """want: {name: text}, in PyRadiomics' order; the stages and their elements must be these and no others."""
    made = [name for name in row if name.startswith(STAGES)]
    expect(made == list(want), f"{what}: columns {made}, expected {list(want)}")
    for name, value in want.items():
        if value:
            note(name, row.get(name), value)
        expect(as_written(name, row.get(name), value), f"{what} {name}: {row.get(name)}, expected {value}")
    return len(want)


def as_written(name, got, want):
    """An interpolated float64 voxel may differ in its last bits, and with it an intensity."""
    if got == want or "interpolated" not in name and "resegmented" not in name or not name.endswith(
            ("_Mean", "_Minimum", "_Maximum")):
        return got == want
    return abs(float(got) - float(want)) <= 1e-12 * abs(float(want))


def cases_agree(folder):
    want, n = {}, 0
    with open(HERE.parent.parent / "oracle" / "diagnostics.csv", newline="") as file:
        for row in csv.DictReader(file):
            want.setdefault(row["case"], {})[row["name"]] = row["value"]
    parameters = pathlib.Path(folder, "p.yaml")
    for name, image, mask, text in diagnostic_cases.make(folder):
        parameters.write_text(text)
        n += compare(name, extract(folder, [[name, image, mask]], parameters, "--hashes")[name], want[name])
    print(f"{n} values of {len(want)} cases")


def tables_agree(folder):
    here = pathlib.Path(os.environ.get("RADMILL_SHARED") or HERE.parents[3] / "shared") / "reference" / "pyradiomics"
    tables, n = sorted(here.glob("diagnostics_*.csv")), 0
    if not tables:
        print(f"the reference data are not here: no {here}/diagnostics_*.csv (RADMILL_SHARED names their folder)")
    for path in tables:
        settings = path.stem[len("diagnostics_"):]
        with open(path, newline="") as file:
            want = list(csv.DictReader(file))
        cases = [c for c in want[0] if c != "feature"]
        rows = extract(folder, [[c, here / "data" / f"{c}_image.nrrd", here / "data" / f"{c}_label.nrrd"]
                                for c in cases], here / "params" / f"{settings}.yaml", "--hashes")
        for c in cases:
            n += compare(f"{settings} {c}", rows[c], {row["feature"]: row[c] for row in want})
    if tables:
        print(f"{n} values of {len(tables)} tables")


def who_gets_them(folder):
    parameters = pathlib.Path(folder, "p.yaml")
    cases = {name: (image, mask, text) for name, image, mask, text in diagnostic_cases.make(folder)}
    image, mask, text = cases["int16"]
    coarse = cases["corrected"][1]
    parameters.write_text(text)
    names = list(extract(folder, [["a", image, mask]], parameters)["a"])
    expect(not any("Hash" in name for name in names if name.startswith(STAGES)), "hashes come on request alone")
    first = [name for name in names if name.startswith("diagnostics_")]
    expect(names.index(first[0]) == names.index("Label") + 1 and
           names.index("original_firstorder_Mean") == names.index(first[-1]) + 1, f"their place: {names}")
    row = extract(folder, [["a", image, mask]], parameters)["a"]
    told = program.run("--version").stdout
    commit = next(line.split()[1] for line in told.splitlines() if "commit" in line)
    for name, value, oracle in (("Versions_radmill", told.split()[1], "radmill --version"),
                                ("Versions_commit", commit, "radmill --version"),
                                ("Versions_standard", "PyRadiomics 3.0.1", "by hand"),
                                ("Configuration_EnabledImageTypes", '["Original"]', "by hand")):
        expect(row[f"diagnostics_{name}"] == value, f"{name}: {row[f'diagnostics_{name}']}, expected {value}")
        note(f"diagnostics_{name}", value, value, oracle)
    expect(row["diagnostics_Versions_radmill"] in told and row["diagnostics_Versions_standard"] == "PyRadiomics 3.0.1",
           "versions")
    said = json.loads(row["diagnostics_Configuration_Settings"])
    expect(said["Original.binWidth"] == "500" and said["featureClass"] == "firstorder", f"settings: {said}")
    lines = "".join(f"{name}: {value}".rstrip() + "\n" if value else f"{name}:\n" for name, value in said.items())
    expect(hashlib.sha1(lines.encode()).hexdigest() == row["diagnostics_Configuration_Hash"], "the settings' digest")
    note("diagnostics_Configuration_Settings", "", "", "the settings as given, by hand")
    note("diagnostics_Configuration_Hash", "", "", "SHA-1 (hashlib) of the settings")
    expect(json.loads(row["diagnostics_Configuration_EnabledImageTypes"]) == ["Original"], "image types")
    # a stage that one row went through and another did not
    parameters.write_text(cases["corrected"][2])
    rows = extract(folder, [["a", image, mask], ["b", image, coarse]], parameters)
    for name in ("BoundingBox", "VoxelNum", "Mean"):
        name = f"diagnostics_Mask-corrected_{name}"
        expect(rows["a"][name] == "" and rows["b"][name] != "", f"{name}: {rows['a'][name]!r}, {rows['b'][name]!r}")
    # profile ibsi corrects the mask in the same way, before it makes a grid of its own
    for spacing in ("", "resampledPixelSpacing: [3, 3, 3], "):
        ibsi = pathlib.Path(folder, "ibsi.yaml")
        ibsi.write_text("profile: ibsi\nfeatureClass: {statistics: }\nsetting: {%scorrectMask: true}\n" % spacing)
        there = extract(folder, [["b", image, coarse]], ibsi)["b"]
        corrected = {name: value for name, value in rows["b"].items() if name.startswith("diagnostics_Mask-corrected_")}
        expect(len(corrected) == 10 and corrected == {name: there.get(name) for name in corrected},
               f"profile ibsi: {there}, expected {corrected}")
    # a cohort that has a column of such a name already: the table of an earlier run
    cohort = pathlib.Path(folder, "again.csv")
    cohort.write_text(f"ID,Image,Mask,diagnostics_Mask-original_VoxelNum\nb,{image},{mask},7\n")
    again = ["extract", cohort, "-p", parameters, "-o", pathlib.Path(folder, "again.h5ad")]
    done = program.run(*again)
    expect(done.returncode == 2 and "diagnostics_Mask-original_VoxelNum" in done.stderr, f"refused: {done.stderr}")
    # turned off, nothing is written, and hashes have no place
    parameters.write_text(text.replace("setting: {", "setting: {additionalInfo: false, "))
    row = extract(folder, [["a", image, mask]], parameters)["a"]
    expect(not any(name.startswith("diagnostics_") for name in row), "additionalInfo: false")
    expect(program.run(*again, "-q").returncode == 0, "additionalInfo: false leaves the name to the cohort")
    done = program.run(*again, "--hashes", "--fresh")
    expect(done.returncode == 2 and "additionalInfo" in done.stderr, f"hashes without: {done.returncode} {done.stderr}")


def resumed_runs_keep_them(folder):
    """Rows that a journal has come out the same, and one with hashes is another computation than one without."""
    parameters, cohort = pathlib.Path(folder, "p.yaml"), pathlib.Path(folder, "cohort.csv")
    cases = {name: (image, mask, text) for name, image, mask, text in diagnostic_cases.make(folder)}
    image, mask, text = cases["float32"]
    parameters.write_text(text)
    before = extract(folder, [["a", image, mask]], parameters, "--hashes")
    with open(cohort, "a", newline="") as file:
        csv.writer(file).writerow(["b", image, cases["float64"][1]])
    options = ["extract", cohort, "-p", parameters, "-o", pathlib.Path(folder, "f.h5ad"), "--csv",
               pathlib.Path(folder, "f.csv"), "-q", "--resume"]
    done = program.run(*options, "--hashes", ranks=2)
    with open(pathlib.Path(folder, "f.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    expect(done.returncode == 0 and rows[0] == before["a"], f"resumed: {done.stderr}")
    expect(rows[1]["diagnostics_Image-original_Hash"] == rows[0]["diagnostics_Image-original_Hash"], "the same image")
    done = program.run(*options)
    expect(done.returncode != 0 and "diagnostics" in done.stderr, f"without hashes: {done.returncode} {done.stderr}")


def no_features(folder):
    """Patterns pass them by unless they begin with their name."""
    parameters = pathlib.Path(folder, "p.yaml")
    cases = {name: (image, mask, text) for name, image, mask, text in diagnostic_cases.make(folder)}
    mask = cases["int16"][1]
    parameters.write_text(cases["int16"][2].replace("[Mean]", "[Mean, Range]"))
    extract(folder, [[name, cases[name][0], mask] for name in ("int16", "uint16", "int8")], parameters)
    for table in ("f.h5ad", "f.csv"):
        done = program.run("correlate", pathlib.Path(folder, table), "--match", "*origin*", "-o",
                           pathlib.Path(folder, "c.h5"), "--fresh")
        expect(done.returncode == 0 and " 2 features" in done.stdout, f"{table}: {done.stdout} {done.stderr}")
        done = program.run("correlate", pathlib.Path(folder, table), "--match", "diagnostics_*Mean", "-o",
                           pathlib.Path(folder, "c.h5"), "--fresh")
        expect((done.returncode == 0) == table.endswith("csv"), f"named, of {table}: {done.stdout} {done.stderr}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        cases_agree(folder)
        tables_agree(folder)
        who_gets_them(folder)
        resumed_runs_keep_them(folder)
        no_features(folder)
    MEASURED.write()
    program.finish("diagnostics")


if __name__ == "__main__":
    main()
