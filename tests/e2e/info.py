#!/usr/bin/env python3
"""info on the file of a real extraction: failures as failures.csv has them, with case and label; the commit. And
warnings: in warnings.csv, in the summary, in info."""
import math
import os

from program import SIZE, expect, finish, folder, image_voxels, mask_voxels, nifti, run, table, write, write_cases


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
    for row in rows:
        line = f"  {row['ID']} label {row['Label']} ({row['stage']}, {row['code']}): {row['sentence']}\n"
        expect(row["sentence"] and line in said, f"info shows {line!r} as failures.csv has it: {said}")
    version = run("--version").stdout
    commit = said.partition(", commit ")[2].partition(" (")[0]
    expect(commit and commit in version, f"info names the commit that --version names: {commit!r} {version}")


def warnings(where):
    """A NaN inside a ROI under --nan-policy exclude."""
    voxels = [float(v) for v in image_voxels(0)]
    voxels[5 + SIZE[0] * (5 + SIZE[1] * 5)] = math.nan
    nifti.write(os.path.join(where, "i.nii"), "float32", SIZE, (1.0, 1.25, 2.5), voxels)
    nifti.write(os.path.join(where, "m.nii"), "uint8", SIZE, (1.0, 1.25, 2.5), mask_voxels())
    cohort = write(os.path.join(where, "c.csv"), "ID,Image,Mask,Label\nholey,i.nii,m.nii,all\n")
    out = os.path.join(where, "f.h5ad")
    for options in ((), ("--resume",)):  # of earlier runs too
        done = run("extract", cohort, "--out", out, "--nan-policy", "exclude", *options)
        path = os.path.join(out + ".run", "warnings.csv")
        rows = table(path) if os.path.exists(path) else []
        expect(done.returncode == 0 and [r["ID"] for r in rows] == ["holey"] and rows[0]["Image"] == "i.nii" and
               rows[0]["Mask"] == "m.nii" and rows[0]["sentence"], f"warnings.csv: {done.returncode} {rows} {done.stderr}")
        expect(rows and rows[0]["sentence"] in done.stdout, f"the summary repeats the warning: {done.stdout}")
        said = run("info", out).stdout
        expect(rows and f"Warnings: 1\n  holey: {rows[0]['sentence']}\n" in said, f"info repeats the warning: {said}")


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


if __name__ == "__main__":
    for test in (failures, warnings, named_warnings):
        with folder() as where:
            test(where)
    finish("info")
