#!/usr/bin/env python3
"""radmill filter with profile ibsi. Where the reference data are ($RADMILL_SHARED, else ../shared beside the source): the 33
response maps of IBSI-2's first phase, every voxel within 1 % of the map's range, which is what IBSI asks for. Everywhere:
the files lie where the interpolated image does and hold what features are taken of.

Usage: ibsi_images.py path/to/radmill
"""
import math
import os
import pathlib

import nifti
import program

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
SHARED = pathlib.Path(os.environ.get("RADMILL_SHARED") or SOURCE.parent / "shared")
IBSI = SHARED / "reference" / "ibsi" / "data"

# The map, the phantom, the filter: NOTES of IBSI-2's first phase (arXiv:2006.05470, "Filter tests").
MAPS = (
    ("1_a_1", "checkerboard", "Mean: {support: 15, boundary: zero}"),
    ("1_a_2", "checkerboard", "Mean: {support: 15, boundary: nearest}"),
    ("1_a_3", "checkerboard", "Mean: {support: 15, boundary: periodic}"),
    ("1_a_4", "checkerboard", "Mean: {support: 15, boundary: mirror}"),
    ("1_b_1", "impulse", "Mean: {support: 15, boundary: zero, dimensions: 2}"),
    ("2_a", "impulse", "LoG: {sigma: 3, cutOff: 4, boundary: zero}"),
    ("2_b", "checkerboard", "LoG: {sigma: 5, cutOff: 4}"),
    ("2_c", "checkerboard", "LoG: {sigma: 5, cutOff: 4, dimensions: 2}"),
    ("3_a_1", "impulse", "Laws: {kernel: E5L5S5, boundary: zero}"),
    ("3_a_2", "impulse", "Laws: {kernel: E5L5S5, pool: max, boundary: zero}"),
    ("3_a_3", "impulse", "Laws: {kernel: E5L5S5, pool: max, energyDelta: 7, boundary: zero}"),
    ("3_b_1", "checkerboard", "Laws: {kernel: E3W5R5}"),
    ("3_b_2", "checkerboard", "Laws: {kernel: E3W5R5, pool: max}"),
    ("3_b_3", "checkerboard", "Laws: {kernel: E3W5R5, pool: max, energyDelta: 7}"),
    ("3_c_1", "checkerboard", "Laws: {kernel: L5S5, dimensions: 2}"),
    ("3_c_2", "checkerboard", "Laws: {kernel: L5S5, pool: max, dimensions: 2}"),
    ("3_c_3", "checkerboard", "Laws: {kernel: L5S5, pool: max, energyDelta: 7, dimensions: 2}"),
    ("4_a_1", "impulse", "Gabor: {sigma: 10, wavelength: 4, aspectRatio: 0.5, orientation: 60, pool: none, dimensions: 2,"
                         " boundary: zero}"),
    ("4_a_2", "impulse", "Gabor: {sigma: 10, wavelength: 4, aspectRatio: 0.5, orientationStep: 45, pool: mean,"
                         " boundary: zero}"),
    ("4_b_1", "sphere", "Gabor: {sigma: 20, wavelength: 8, aspectRatio: 2.5, orientation: 225, pool: none, dimensions: 2}"),
    ("4_b_2", "sphere", "Gabor: {sigma: 20, wavelength: 8, aspectRatio: 2.5, orientationStep: 22.5, pool: mean}"),
    ("5_a_1", "impulse", "Wavelet: {wavelet: db2, bands: LHL, boundary: zero}"),
    ("5_a_2", "impulse", "Wavelet: {wavelet: db2, bands: LHL, pool: mean, boundary: zero}"),
    ("6_a_1", "sphere", "Wavelet: {wavelet: coif1, bands: HHL, boundary: periodic}"),
    ("6_a_2", "sphere", "Wavelet: {wavelet: coif1, bands: HHL, pool: mean, boundary: periodic}"),
    ("7_a_1", "checkerboard", "Wavelet: {wavelet: haar, bands: LLL, level: 2, pool: mean}"),
    ("7_a_2", "checkerboard", "Wavelet: {wavelet: haar, bands: HHH, level: 2, pool: mean}"),
    ("8_a_1", "checkerboard", "Simoncelli: {level: 1}"),
    ("8_a_2", "checkerboard", "Simoncelli: {level: 2}"),
    ("8_a_3", "checkerboard", "Simoncelli: {level: 3}"),
    ("9_a", "impulse", "LoG: {sigma: 3, cutOff: 4, riesz: [1, 0, 0], boundary: zero}"),
    ("9_b_1", "sphere", "LoG: {sigma: 3, cutOff: 4, riesz: [0, 2, 0], boundary: zero}"),
    ("10_b_1", "pattern_1", "Simoncelli: {level: 1, riesz: [0, 2, 0]}"),
)


def filter_image(where, image, params):
    """The paths of the response and of the preprocessed image; None where there are not two."""
    out = os.path.join(where, "out")
    yaml = program.write(os.path.join(where, "p.yaml"), "profile: ibsi\n" + params)  # no bins, which features need
    for old in os.listdir(out) if os.path.isdir(out) else ():
        os.remove(os.path.join(out, old))
    run = program.run("filter", image, "--params", yaml, "--out", out)
    program.expect(run.returncode == 0, f"{params}: status {run.returncode}: {run.stderr}")
    made = sorted(os.listdir(out)) if run.returncode == 0 else []
    responses = [os.path.join(out, name) for name in made if name != "preprocessed.nii.gz"]
    program.expect(len(made) == 2 and len(responses) == 1, f"{params}: files {made}")
    return (responses[0], os.path.join(out, "preprocessed.nii.gz")) if len(responses) == 1 else None


def response_maps(where):
    for name, phantom, image_type in MAPS:
        paths = filter_image(where, IBSI / "ibsi_2_digital_phantom" / f"{phantom}.nii.gz", f"imageType: {{{image_type}}}\n")
        if not paths:
            continue
        size, spacing, made = nifti.read(paths[0])
        expected_size, expected_spacing, expected = nifti.read(IBSI / "ibsi_2_reference_response_maps" / f"{name}.nii.gz")
        program.expect(size == expected_size and spacing == expected_spacing, f"{name}: the grid is another")
        span = max(expected) - min(expected)
        worst = max(map(abs, map(float.__sub__, made, expected))) / span
        program.expect(all(map(math.isfinite, made)) and worst <= 0.01, f"{name}: {100 * worst:.3g} % of the range")
        filter_ = image_type.split(":")[0] + (" + Riesz" if "riesz" in image_type else "")
        program.measured(f"IBSI-2 filter/{filter_}", "IBSI-2 consensus, response map", 1, worst, 0.01, name)


SIZE, SPACING = (9, 8, 7), (1.0, 1.25, 2.5)
IMAGE = [float((3 * x + 5 * y * y + 7 * z + x * y * z) % 11)
         for z in range(SIZE[2]) for y in range(SIZE[1]) for x in range(SIZE[0])]


def grid_is_the_interpolated_one(where):
    """IBSI's grid has the image's centre: 2.25 mm along x (9 voxels of 1 mm: 4 of 2.25), the others as they are."""
    image = os.path.join(where, "i.nii.gz")
    nifti.write(image, "float32", SIZE, SPACING, IMAGE)
    paths = filter_image(where, image, "imageType: {Mean: {support: 1}}\nsetting: {resampledPixelSpacing: [2.25, 0, 0]}\n")
    for path in paths or ():
        size, spacing, _ = nifti.read(path)
        program.expect(size == (4, 8, 7) and spacing == (2.25, 1.25, 2.5), f"grid {size}, {spacing}")
        x, y, z = nifti.origin(path)
        program.expect(abs(x - (4.0 - 1.5 * 2.25)) < 1e-6 and y == 0 and z == 0, f"origin {x}, {y}, {z}")
    if paths:
        program.expect(nifti.read(paths[0])[2] == nifti.read(paths[1])[2], "a mean of one voxel is the image")


def decimated_grid_is_a_coarser_one(where):
    """PyWavelets 1.5.0, dwtn(image, "db2", "zero")["dad"] (z, y, x), without what stands beyond the border: of db2's
    coefficients the second stands at voxel 1, and so on by twos."""
    image = os.path.join(where, "i.nii.gz")
    nifti.write(image, "float32", SIZE, SPACING, IMAGE)
    paths = filter_image(where, image, "imageType: {Wavelet: {wavelet: db2, bands: HLH, decimated: true, boundary: zero}}\n")
    if not paths:
        return
    size, spacing, made = nifti.read(paths[0])
    program.expect(size == (4, 4, 3) and spacing == (2.0, 2.5, 5.0), f"grid {size}, {spacing}")
    program.expect(nifti.origin(paths[0]) == (1.0, 1.25, 2.5), f"origin {nifti.origin(paths[0])}")
    found = (made[0], made[(1 * 4 + 2) * 4 + 3], made[-1], sum(map(abs, made)))
    expected = (5.662080541443439, 1.4107293677390567, 4.67045952807181, 111.2136884852591)
    program.expect(all(abs(a - b) < 1e-11 for a, b in zip(found, expected)), f"coefficients {found}")
    nifti.write(image, "float32", (9, 8, 1), SPACING, IMAGE[:72])
    yaml = program.write(os.path.join(where, "p.yaml"), "profile: ibsi\nfeatureClass: {statistics: }\nimageType: {Wavelet: "
                         "{wavelet: db6, bands: LLH, level: 3, decimated: true}}\n")
    run = program.run("filter", image, "--params", yaml, "--out", os.path.join(where, "none"))
    program.expect(run.returncode == 2 and "none of its coefficients stands in the image's 9 x 8 x 1 voxels" in run.stderr,
                   f"one slice: status {run.returncode}: {run.stderr}")


def features_are_of_these_voxels(where):
    """Of a ROI, the highest and the lowest value of the file are stat_max and stat_min."""
    image, mask = os.path.join(where, "i.nii.gz"), os.path.join(where, "m.nii.gz")
    inside = [1 if 2 <= x <= 7 and 1 <= y <= 7 and 2 <= z <= 4 else 0
              for z in range(SIZE[2]) for y in range(SIZE[1]) for x in range(SIZE[0])]
    nifti.write(image, "float32", SIZE, SPACING, IMAGE)
    nifti.write(mask, "uint8", SIZE, SPACING, inside)
    cohort = program.write(os.path.join(where, "c.csv"), f"ID,Image,Mask\nP,{image},{mask}\n")
    for image_type in ("Mean: {support: 3}", "LoG: {sigma: 1.5}", "LoG: {sigma: 1.5, riesz: [1, 1, 0]}",
                       "LoG: {sigma: 1.5, riesz: [1, 1, 0], dimensions: 2}", "Simoncelli: {level: 2, dimensions: 2}",
                       "Simoncelli: {level: 1}", "Gabor: {sigma: 2, wavelength: 3, orientationStep: 30, pool: max}",
                       "Laws: {kernel: L5S5R5, pool: min, energyDelta: 9}",
                       "Laws: {kernel: L5S5, pool: min, energyDelta: 9, dimensions: 2, boundary: periodic}",
                       "Wavelet: {wavelet: db3, bands: HLH, level: 2, boundary: nearest}"):
        for setting in ("", "setting: {roundIntensities: true, interpolator: cubic, resampledPixelSpacing: [1, 1, 2.5]}\n"):
            params = f"imageType: {{{image_type}}}\n" + setting
            paths = filter_image(where, image, params)
            table = os.path.join(where, "f.csv")
            run = program.run("extract", cohort, "--params",
                              program.write(os.path.join(where, "e.yaml"), "profile: ibsi\nfeatureClass: {statistics: }\n" + params),
                              "--out", os.path.join(where, "f.h5ad"), "--fresh", "--csv", table)
            program.expect(run.returncode == 0, f"{params}: {run.stderr}")
            if run.returncode != 0 or not paths or setting:  # on the new grid the ROI is another
                continue
            values = [v for v, m in zip(nifti.read(paths[0])[2], inside) if m]
            row = program.table(table)[0]
            found = [float(row[k]) for tag in ("_stat_min", "_stat_max") for k in row if k.endswith(tag)]
            program.expect(len(found) == 2 and all(abs(a - b) <= 1e-12 * max(map(abs, values))
                                                   for a, b in zip(found, (min(values), max(values)))),
                           f"{params}: {found}, in the file {min(values)}, {max(values)}")


def what_cannot_be_is_said(where):
    image = os.path.join(where, "i.nii.gz")
    nifti.write(image, "float32", SIZE, SPACING, IMAGE)
    for params, sentence in (("imageType: {Mean: {support: 2000001}}\n", "its filter reaches 1000000 x 1000000 x 1000000"),
                             ("imageType: {Laws: {kernel: L5E5E5, energyDelta: 10000000}}\n", "energies over 10000000 voxels"),
                             ("setting: {resampledPixelSpacing: [0.00001, 0.00001, 1]}\n", "more than the 64.00 GiB there are")):
        yaml = program.write(os.path.join(where, "p.yaml"), "profile: ibsi\nfeatureClass: {statistics: }\n" + params)
        run = program.run("filter", image, "--params", yaml, "--out", os.path.join(where, "none"))
        program.expect(run.returncode == 3 and sentence in run.stderr and image in run.stderr,
                       f"{params}: status {run.returncode}: {run.stderr}")


def main():
    for test in (grid_is_the_interpolated_one, decimated_grid_is_a_coarser_one, features_are_of_these_voxels, what_cannot_be_is_said):
        with program.folder() as where:
            test(where)
    if (IBSI / "ibsi_2_reference_response_maps").is_dir():
        with program.folder() as where:
            response_maps(where)
    else:
        print(f"no response maps: {IBSI} is not here (RADMILL_SHARED names the reference data's folder)")
    program.finish("ibsi_images")


if __name__ == "__main__":
    main()
