#!/usr/bin/env python3
"""radmill filter: the files that it writes hold what the filters' definitions give, voxel by voxel.

Usage: filter.py path/to/radmill
"""
import math
import os

import nifti
from formula_images import IMAGES
from program import content, expect, finish, folder, run, write

PARAMS = """
imageType:
  Original: {}
  Wavelet: {wavelet: haar}
  Square: {}
  Logarithm: {}
  Gradient: {}
"""


def voxels_are_those_of_the_definitions(where):
    image = IMAGES[0]
    path, out = os.path.join(where, "image.nii.gz"), os.path.join(where, "made")
    nifti.write(path, image.type, image.size, image.spacing, image.voxels(image.value))
    done = run("filter", path, "--params", write(os.path.join(where, "p.yaml"), PARAMS), "--out", out)
    expect(done.returncode == 0, f"status {done.returncode}: {done.stderr}")
    names = ["gradient", "logarithm", "preprocessed", "square"] + [f"wavelet-{a}{b}{c}" for a in "HL" for b in "HL" for c in "HL"]
    expect(sorted(os.listdir(out)) == sorted(f"{name}.nii.gz" for name in names), f"files: {sorted(os.listdir(out))}")
    made = {name: nifti.read(os.path.join(out, f"{name}.nii.gz")) for name in names}
    expect(all(size == image.size and spacing == image.spacing for size, spacing, _ in made.values()), "grids")
    values = image.voxels(image.value)
    nx, ny, nz = image.size
    at = lambda x, y, z: values[(z * ny + y) * nx + x]
    largest = max(abs(value) for value in values)
    # PyWavelets' Haar, undecimated: y[k] = (x[k] +- x[k + 1]) / sqrt(2) along each axis, after an odd axis is padded by
    # one of its first voxels; the detail is the voxel less the next one.
    wrapped = lambda i, n: 0 if i == n + n % 2 or i == n else i

    def haar(letters, x, y, z):
        total = 0.0
        for dx in (0, 1):
            for dy in (0, 1):
                for dz in (0, 1):
                    sign = math.prod(-1 if letter == "H" and step else 1 for letter, step in zip(letters, (dx, dy, dz)))
                    total += sign * at(wrapped(x + dx, nx), wrapped(y + dy, ny), wrapped(z + dz, nz))
        return total / math.sqrt(8)

    for z in range(nz):
        for y in range(ny):
            for x in range(nx):
                place, value = (z * ny + y) * nx + x, at(x, y, z)
                slope = sum(((at(*(min(i + (a == axis), n - 1) for a, (i, n) in enumerate(zip((x, y, z), image.size)))) -
                              at(*(max(i - (a == axis), 0) for a, i in enumerate((x, y, z))))) / 2 / image.spacing[axis]) ** 2
                            for axis in range(3))
                for name, wanted, within in (
                        ("preprocessed", value, 0), ("square", value * value / largest, 1e-9),
                        ("logarithm", math.copysign(math.log(abs(value) + 1) * largest / math.log(largest + 1), value), 1e-9),
                        ("gradient", math.sqrt(slope), 1e-4), ("wavelet-LLL", haar("LLL", x, y, z), 1e-9),
                        ("wavelet-HLH", haar("HLH", x, y, z), 1e-9)):
                    if abs(made[name][2][place] - wanted) > within:
                        expect(False, f"{name} at {x}, {y}, {z}: {made[name][2][place]} for {wanted}")
                        return


def what_is_wrong_is_said(where):
    path = os.path.join(where, "image.nii.gz")
    for what, arguments, sentence in (
            ("no image", ["--out", where], "which image?"), ("no folder", [path], "--out FOLDER is missing"),
            ("two images", [path, path, "--out", where], "one image was expected"),
            ("not there", [os.path.join(where, "none.nii"), "--out", os.path.join(where, "x")], "none.nii"),
            ("written over", [os.path.join(where, "made", "preprocessed.nii.gz"), "--out", os.path.join(where, "made")],
             "preprocessed.nii.gz")):
        before = content(os.path.join(where, "made", "preprocessed.nii.gz"))
        done = run("filter", *arguments)
        expect(done.returncode == (3 if what == "not there" else 2) and sentence in done.stderr, f"{what}: {done.returncode} {done.stderr}")
        expect(content(os.path.join(where, "made", "preprocessed.nii.gz")) == before, f"{what}: nothing is written over")


def main():
    with folder() as where:
        voxels_are_those_of_the_definitions(where)
        what_is_wrong_is_said(where)
    finish("filter")


main()
