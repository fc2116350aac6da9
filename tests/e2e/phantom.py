#!/usr/bin/env python3
"""radmill phantom through its command line: the same bytes for any number of ranks and after a kill; what the tables
say against what lies in the folder; what is refused, with which status and which words.

Oracle: identities alone; the numbers have theirs in tests/kernels/test_phantom.c.

Usage: phantom.py path/to/radmill
"""
import csv
import gzip
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

RADMILL = os.path.abspath(sys.argv[-1])
PATIENTS = 26  # over 20, so that the rule for second readers shows: 20 of them


def run(*arguments, ranks=1, status=0, say=None):
    """Runs the verb, checks status and that every text of `say` stands on stderr; returns stdout."""
    launch = ["mpirun", "-q", "-n", str(ranks)] if ranks > 1 else []
    done = subprocess.run([*launch, RADMILL, "phantom", *map(str, arguments)], capture_output=True, text=True)
    what = f"phantom {' '.join(map(str, arguments))} on {ranks} ranks"
    if done.returncode != status:
        sys.exit(f"{what}: status {done.returncode} for {status}\n{done.stdout}{done.stderr}")
    for text in say or []:
        if text not in done.stderr:
            sys.exit(f"{what}: no {text!r} on stderr, but\n{done.stderr}")
    return done.stdout


def contents(folder):
    """Every file but the run folder's, by its name under the folder."""
    root = pathlib.Path(folder)
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*"))
            if path.is_file() and "phantom.run" not in path.parts}


def same(one, other, what):
    if one.keys() != other.keys():
        sys.exit(f"{what}: files differ: {sorted(one.keys() ^ other.keys())}")
    different = [name for name in one if one[name] != other[name]]
    if different:
        sys.exit(f"{what}: contents differ: {different}")


def expect(truth, what):
    if not truth:
        sys.exit(what)


def table(files, name):
    return list(csv.DictReader(files[name].decode().splitlines()))


def tables_agree_with_files(files):
    cohort, clinical, truth = (table(files, name) for name in ("cohort.csv", "clinical.csv", "truth.csv"))
    expect(list(cohort[0]) == ["ID", "Image", "Mask", "Label", "Centre", "Reader", "Timepoint"], "cohort.csv: columns")
    expect(list(clinical[0]) == ["id", "centre", "age", "sex", "y", "time", "status", "marker"], "clinical.csv: columns")
    expect(list(truth[0]) == ["id", "b", "R", "irr", "core_fraction", "ell", "c", "response", "gain", "offset", "noise"],
           "truth.csv: columns")
    ids = [f"P{i:04d}" for i in range(1, PATIENTS + 1)]
    expect([row["id"] for row in clinical] == ids and [row["id"] for row in truth] == ids, "ids and their order")
    expect([row["ID"] for row in cohort] == sorted(row["ID"] for row in cohort), "cohort.csv: order")
    expect({row["ID"] for row in cohort} == set(ids), "cohort.csv: every patient")
    expect(sum(row["Reader"] == "2" for row in cohort) == 20, "second readers: 20")
    expect(sum(row["Timepoint"] == "2" for row in cohort) == round(PATIENTS / 3), "second time points: a third")
    named = {row[column] for row in cohort for column in ("Image", "Mask")}
    expect(named == {name for name in files if name.endswith(".gz")}, "cohort.csv names what is there, and all of it")
    sizes = {"A": (72, 72, 60), "B": (80, 80, 20), "C": (60, 60, 30), "D": (72, 72, 12)}
    for number, row in enumerate(cohort):
        expect(row["Label"] == "1" and row["Centre"] == "ABCD"[(int(row["ID"][1:]) - 1) % 4], f"cohort.csv: row {number}")
        for column, datatype, width in (("Image", 4, 2), ("Mask", 2, 1)):
            plain = gzip.decompress(files[row[column]])
            size = struct.unpack_from("<3h", plain, 42)
            expect(size == sizes[row["Centre"]], f"{row[column]}: size {size}")
            expect(struct.unpack_from("<h", plain, 70) == (datatype,), f"{row[column]}: type")
            expect(len(plain) == 352 + size[0] * size[1] * size[2] * width, f"{row[column]}: length")
        expect(1 in plain[352:], f"{row['Mask']}: has the label")


def any_number_of_ranks(work):
    options = ("--patients", PATIENTS, "--centres", 4, "--seed", 7, "--quiet")
    wanted = None
    for ranks in (1, 2, 3, 7):
        folder = work / f"ranks{ranks}"
        run(*options, "--out", folder, ranks=ranks)
        files = contents(folder)
        if wanted:
            same(wanted, files, f"1 and {ranks} ranks")
        wanted = wanted or files
    tables_agree_with_files(wanted)
    other = work / "other"
    run("--patients", PATIENTS, "--seed", 8, "--quiet", "--out", other, ranks=2)
    expect(contents(other)["truth.csv"] != wanted["truth.csv"], "another seed is another cohort")
    return options, wanted


def killed_and_resumed(work, options, wanted):
    folder = work / "killed"
    process = subprocess.Popen([RADMILL, "phantom", *map(str, options), "--out", folder, "--resume"])
    deadline = time.monotonic() + 60
    while len(list(folder.glob("images/*.gz"))) < 8 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    expect(process.wait() == -9, "the run ended before it could be killed")
    expect(not (folder / "truth.csv").exists(), "no table before all are made")
    run(*options, "--out", folder, status=3, say=["--resume", "--fresh"])
    made = run(*options, "--out", folder, "--resume", ranks=3)
    same(wanted, contents(folder), "killed and resumed")
    now = int(made.split("made now: ")[1].split()[0])
    expect(0 < now < PATIENTS, f"resuming made {now} of {PATIENTS} again")

    # What got lost since is made again, what is of no patient goes, and the rest is not touched.
    kept = folder / "images" / "P0005_t1.nii.gz"
    before = kept.stat().st_mtime_ns
    (folder / "images" / "P0003_t1.nii.gz").unlink()
    os.truncate(folder / "masks" / "P0002_t1_r1.nii.gz", 10)
    (folder / "clinical.csv").unlink()
    (folder / "images" / "P0099_t1.nii.gz").write_bytes(b"of another cohort")
    (folder / "masks" / "P0001_t1_r1.nii.gz.tmp").write_bytes(b"half")
    made = run(*options, "--out", folder, "--resume", ranks=2)
    expect("made now: 2 " in made, f"two patients had lost files:\n{made}")
    expect(kept.stat().st_mtime_ns == before, "a patient with all its files was made again")
    same(wanted, contents(folder), "repaired")

    run("--patients", PATIENTS, "--seed", 9, "--out", folder, "--resume", status=3, say=["seed"])
    same(wanted, contents(folder), "after a foreign journal was refused")
    run("--patients", 3, "--seed", 9, "--out", folder, "--fresh", "--quiet", "--second-reader", 0, "--second-time", 1)
    files = contents(folder)
    expect(sum(name.startswith("images/") for name in files) == 6 and not any("_r2" in name for name in files),
           "--fresh leaves the new cohort alone")


def one_fails(work, options, wanted):
    """A folder stands where a file of P0002 must go: that patient fails, the others do not, and --resume mends it."""
    folder = work / "fails"
    (folder / "phantom.run").mkdir(parents=True)
    blocked = folder / "masks" / "P0002_t1_r1.nii.gz"
    (blocked / "full").mkdir(parents=True)
    run(*options, "--out", folder, "--resume", ranks=2, status=1)
    listed = list(csv.DictReader((folder / "phantom.run" / "failures.csv").open()))
    expect([row["ID"] for row in listed] == ["P0002"], f"failures.csv: {listed}")
    expect("P0002_t1_r1.nii.gz" in listed[0]["Reason"], f"failures.csv names the file: {listed}")
    files = contents(folder)
    expect([row["id"] for row in table(files, "truth.csv")] == [row["id"] for row in table(wanted, "truth.csv")
                                                                if row["id"] != "P0002"], "the others are there")
    shutil.rmtree(blocked)
    run(*options, "--out", folder, "--resume", ranks=2)
    same(wanted, contents(folder), "mended")


def refused(work):
    fine = ("--patients", 2, "--quiet", "--out")
    foreign = work / "foreign"
    foreign.mkdir()
    (foreign / "notes.txt").write_text("mine")
    for extra in ((), ("--resume",), ("--fresh",)):
        run(*fine, foreign, *extra, status=3, say=["notes.txt"])
    expect((foreign / "notes.txt").read_text() == "mine", "the folder was touched")
    real = work / "real"
    (real / "images").mkdir(parents=True)
    (real / "images" / "P0001_t1.nii.gz").write_bytes(b"a real patient")
    for extra in (("--resume",), ("--fresh",)):
        run(*fine, real, *extra, status=3, say=["phantom.run"])
    expect((real / "images" / "P0001_t1.nii.gz").read_bytes() == b"a real patient", "real data were touched")
    (work / "file").write_text("")
    run(*fine, work / "file", status=3, say=["file"])
    run(*fine, work / "file" / "below", status=3, say=["file"], ranks=2)
    run(*fine, work / "no" / "parent", ranks=2)
    expect((work / "no" / "parent" / "cohort.csv").exists(), "the folders above the output were not made")

    never = work / "never"
    for arguments, say in (((), ["--patients N is missing"]),
                           (("--patients", 2), ["--out DIR is missing"]),
                           (("--patients", 0, "--out", never), ["--patients 0", "from 1"]),
                           (("--patients", "2x", "--out", never), ["--patients 2x"]),
                           (("--patients", 2, "--centres", 0, "--out", never), ["--centres 0"]),
                           (("--patients", 2, "--seed", -1, "--out", never), ["--seed -1"]),
                           (("--patients", 2, "--shift", "nan", "--out", never), ["--shift nan"]),
                           (("--patients", 2, "--second-time", 1.5, "--out", never), ["--second-time 1.5"]),
                           (("--patients", 2, "--centers", 4, "--out", never), ["--centers", "did you mean --centres"]),
                           (("--patients", 2, "--out", never, "word"), ["word"]),
                           (("--patients", 2, "--out", never, "--fresh", "--resume"), ["exclude"])):
        run(*arguments, status=2, say=say)
    expect(not never.exists(), "misuse made a folder")
    expect("--patients" in run("--help") and "Example:" in run("--help"), "help")


def main():
    if not shutil.which("mpirun"):
        print("no mpirun on this machine")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="radmill-phantom-") as folder:
        work = pathlib.Path(folder)
        options, wanted = any_number_of_ranks(work)
        killed_and_resumed(work, options, wanted)
        one_fails(work, options, wanted)
        refused(work)


if __name__ == "__main__":
    main()
