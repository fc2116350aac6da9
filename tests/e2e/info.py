#!/usr/bin/env python3
"""info on the file of a real extraction: failures as failures.csv has them, with case and label; the commit. And
warnings: in warnings.csv, in the summary, in info."""
import math
import os
import struct
import subprocess

from program import ENVIRONMENT, RADMILL, SIZE, content, expect, finish, folder, image_voxels, mask_voxels, nifti, run, table, write, write_cases


def failures(where):
    lines = write_cases(where, 3)
    lines += ["gone,nowhere.nii.gz,m000.nii.gz,1,A", "no-label,i000.nii.gz,m000.nii.gz,9,B"]
    cohort, out = write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n"), os.path.join(where, "f.h5ad")
    done = run("extract", cohort, "--out", out)
    expect(done.returncode == 1, f"two cases fail: {done.returncode} {done.stderr}")
    rows = table(os.path.join(out + ".run", "failures.csv"))
    said = run("info", out).stdout
    expect([(row["ID"], row["Label"]) for row in rows] == [("gone", "1"), ("no-label", "9")] and "Failed: 2\n" in said,
           f"the two that fail: {rows} {said}")
    expect([row["Line"] for row in rows] == [str(lines.index(line) + 1) for line in lines[-2:]],
           f"failures.csv has the manifest's lines: {rows}")
    for row in rows:
        line = f"  {row['ID']} label {row['Label']} ({row['stage']}, {row['code']}): {row['sentence']}\n"
        expect(row["sentence"] and line in said, f"info shows {line!r} as failures.csv has it: {said}")
    version = run("--version").stdout
    commit = said.partition(", commit ")[2].partition(" (")[0]
    expect(commit and commit in version, f"info names the commit that --version names: {commit!r} {version}")


def warnings(where):
    """A NaN inside a ROI under --nan-policy exclude."""
    voxels = [float(v) for v in image_voxels(0)]
    hole = 5 + SIZE[0] * (5 + SIZE[1] * 5)
    voxels[hole], label = math.nan, str(mask_voxels()[hole])
    nifti.write(os.path.join(where, "i.nii"), "float32", SIZE, (1.0, 1.25, 2.5), voxels)
    nifti.write(os.path.join(where, "m.nii"), "uint8", SIZE, (1.0, 1.25, 2.5), mask_voxels())
    cohort = write(os.path.join(where, "c.csv"), "ID,Image,Mask,Label\nholey,i.nii,m.nii,all\n")
    out = os.path.join(where, "f.h5ad")
    for options in ((), ("--resume",)):  # of earlier runs too
        done = run("extract", cohort, "--out", out, "--nan-policy", "exclude", *options)
        path = os.path.join(out + ".run", "warnings.csv")
        rows = table(path) if os.path.exists(path) else []
        expect(done.returncode == 0 and [r["ID"] for r in rows] == ["holey"] and rows[0]["Image"] == "i.nii" and
               rows[0]["Mask"] == "m.nii" and rows[0]["Line"] == "2" and rows[0]["Label"] == label and rows[0]["sentence"], f"warnings.csv: {done.returncode} {rows} {done.stderr}")
        expect(rows and rows[0]["sentence"] in done.stdout, f"the summary repeats the warning: {done.stdout}")
        said = run("info", out).stdout
        expect(rows and f"Warnings: 1\n  holey: {rows[0]['sentence']}\n" in said, f"info repeats the warning: {said}")


def made_again(where):
    """info --params gives a file that extract takes and that gives the same values, also of a run that had none."""
    cohort = write(os.path.join(where, "c.csv"), "\n".join(write_cases(where, 2)) + "\n")
    width = write(os.path.join(where, "width.yaml"), "setting: {binWidth: 5}\n")
    for name, options in (("plain", []), ("width", ["--params", width])):
        path = lambda ending: os.path.join(where, name + ending)
        done = run("extract", cohort, "--out", path(".h5ad"), "--csv", path(".csv"), *options)
        said = run("info", "--params", path(".h5ad"))
        expect(done.returncode == 0 and said.returncode == 0 and said.stdout, f"{name}: {done.stderr} {said.stdout!r}")
        params = write(path("-again.yaml"), said.stdout)
        done = run("extract", cohort, "--out", path("-again.h5ad"), "--csv", path("-again.csv"), "--params", params)
        expect(done.returncode == 0 and content(path("-again.csv")) == content(path(".csv")),
               f"{name}: made again with what info says: {done.returncode} {done.stderr}")
        expect("radmill info --params" in run("info", path(".h5ad")).stdout, f"{name}: info says how to get it")


def full_output(where):
    """What cannot be printed in full ends with 3 and a reason, not with 0."""
    if not os.path.exists("/dev/full"):
        print("no /dev/full here")
        return
    cohort = write(os.path.join(where, "c.csv"), "\n".join(write_cases(where, 2)) + "\n")
    out = os.path.join(where, "f.h5ad")
    for arguments in (f"extract {cohort} -o {out}", f"info {out}", f"info --params {out}", f"check {cohort}", "--help",
                      "--version", "help extract", "extract --help", "info --help"):
        done = subprocess.run(["sh", "-c", f"{RADMILL} {arguments} > /dev/full"], capture_output=True, text=True,
                              env=ENVIRONMENT)
        expect(done.returncode == 3 and "standard output" in done.stderr and done.stderr.count("\n") == 1,
               f"{arguments} > /dev/full: {done.returncode} {done.stderr!r}")
    expect(run("extract", cohort, "-o", out, "--resume").returncode == 0 and run("info", out).returncode == 0,
           "the tables are there all the same")
    done = run("extract", cohort)
    expect(done.returncode == 2, f"misuse stays misuse: {done.returncode}")


def named_warnings(where):
    """Image and mask with the same oddity: each is named."""
    spacing = (-1.0, 1.25, 2.5)
    nifti.write(os.path.join(where, "i.nii"), "float32", SIZE, spacing, [float(v) for v in image_voxels(0)])
    nifti.write(os.path.join(where, "m.nii"), "uint8", SIZE, spacing, mask_voxels())
    cohort = write(os.path.join(where, "c.csv"), "ID,Image,Mask\nturned,i.nii,m.nii\n")
    out = os.path.join(where, "f.h5ad")
    done = run("extract", cohort, "--out", out)
    said = "spacing -1 along x is negative: its absolute value is taken and the axis turned round"
    rows = table(os.path.join(out + ".run", "warnings.csv"))
    expect(done.returncode == 0 and [r["sentence"] for r in rows] == [f"i.nii: {said}; m.nii: {said}"],
           f"both files are named: {done.returncode} {rows} {done.stderr}")


def unscaled(where):
    """A slope that is no number scales nothing, which is said by check and in warnings.csv; the values are the stored ones'."""
    nifti.write(os.path.join(where, "i.nii"), "int16", SIZE, (1.0, 1.25, 2.5), image_voxels(0))
    nifti.write(os.path.join(where, "m.nii"), "uint8", SIZE, (1.0, 1.25, 2.5), mask_voxels())
    with open(os.path.join(where, "i.nii"), "rb") as file:
        data = bytearray(file.read())
    data[112:116] = struct.pack("<f", math.nan)
    with open(os.path.join(where, "n.nii"), "wb") as file:
        file.write(data)
    cohort = write(os.path.join(where, "c.csv"), "ID,Image,Mask\nsound,i.nii,m.nii\nnan,n.nii,m.nii\n")
    out, csv = os.path.join(where, "f.h5ad"), os.path.join(where, "f.csv")
    done, said = run("extract", cohort, "--out", out, "--csv", csv), "n.nii: scl_slope NaN is no number: taken as 1"
    rows = table(os.path.join(out + ".run", "warnings.csv"))
    expect(done.returncode == 0 and [(r["ID"], r["sentence"]) for r in rows] == [("nan", said)], f"warnings.csv: {rows} {done.stderr}")
    first, second = ({k: v for k, v in row.items() if k.startswith("original_")} for row in table(csv))
    expect(first == second, "the values are those of the stored voxels")
    checked = run("check", cohort)
    expect(checked.returncode == 0 and said in checked.stdout, f"check: {checked.stdout}{checked.stderr}")


def fractions_and_holes(where):
    """A mask of fractions is cut, which is said once; a ROI that has no number is not told to leave them out."""
    mask = mask_voxels()
    nifti.write(os.path.join(where, "i.nii"), "float32", SIZE, (1.0, 1.25, 2.5),
                [math.nan if m == 2 else float(v) for m, v in zip(mask, image_voxels(0))])
    nifti.write(os.path.join(where, "m.nii"), "float32", SIZE, (1.0, 1.25, 2.5), [m + 0.25 if m else 0.0 for m in mask])
    cohort = write(os.path.join(where, "c.csv"), "ID,Image,Mask,Label\ncut,i.nii,m.nii,1;2\n")
    out = os.path.join(where, "f.h5ad")
    done = run("extract", cohort, "--out", out, "--nan-policy", "exclude")
    rows, failed = table(out + ".run/warnings.csv"), table(out + ".run/failures.csv")
    n = sum(m > 0 for m in mask)
    expect(len(rows) == 1 and rows[0]["Label"] == "" and f"m.nii: {n} voxels of the mask are no whole" in rows[0]["sentence"],
           f"the cut is said once: {rows} {done.stderr}")
    expect(len(failed) == 1 and failed[0]["Label"] == "2" and "exclude leaves none" in failed[0]["sentence"],
           f"a ROI of NaN: {failed}")


if __name__ == "__main__":
    for test in (failures, warnings, made_again, full_output, named_warnings, unscaled, fractions_and_holes):
        with folder() as where:
            test(where)
    finish("info")
