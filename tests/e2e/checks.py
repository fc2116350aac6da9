#!/usr/bin/env python3
"""Every value of the PyRadiomics tables of the reference data, where that folder is present ($RADMILL_SHARED, else
../shared beside the source). Runs its own comparison, checks/pyradiomics.py, over NRRD, then NIfTI, on one rank and two.

Usage: checks.py path/to/radmill
"""
import os
import pathlib
import subprocess
import sys

SETTINGS = ("default,paper_mr,paper_mr_shift300,normalize_outliers,bincount32,force2D,distances123,gldm_a1,"
            "asymmetric_glcm,voxelarrayshift300,weight_euclidean,weight_manhattan,weight_infinity,weight_no_weighting,"
            "resegment_absolute,resegment_absolute_shape,resegment_sigma,slice_shape2D,"
            "tiny_default,tiny_2d,tiny_bc8,tiny_bw10_d12,tiny_wman,tiny_shape2d")


def main():
    radmill = os.path.abspath(sys.argv[-1])
    source = pathlib.Path(__file__).resolve().parent.parent.parent
    check = pathlib.Path(os.environ.get("RADMILL_SHARED") or source.parent / "shared") / "checks" / "pyradiomics.py"
    if not check.exists():
        print(f"the reference data are not here: no {check} (RADMILL_SHARED names their folder)")
        sys.exit(77)
    status = 0
    for options in (["--tiny", "--only", SETTINGS],
                    ["--format", "nii.gz", "--only", "default,paper_mr"],
                    ["--only", "default", "--launch", "mpirun -q -n 2"]):
        print("pyradiomics.py", *options, flush=True)
        status |= subprocess.run([sys.executable, check, radmill, *options]).returncode
    sys.exit(status != 0)


if __name__ == "__main__":
    main()
