#!/usr/bin/env python3
"""Profile ibsi on formula-made images: what becomes of ROIs that are small, flat, not finite or out of range, and where the
numbers do not hang on how a file is stored. Expected values are worked by hand or are identities.

Usage: ibsi_rois.py path/to/radmill
"""
import math
import os

import nifti
import program

SIZE = (9, 8, 7)
SPACING = (1.0, 1.25, 2.5)
N_CELLS = SIZE[0] * SIZE[1] * SIZE[2]


def cells():
    return [(x, y, z) for z in range(SIZE[2]) for y in range(SIZE[1]) for x in range(SIZE[0])]


IMAGE = [1 + (3 * x + 5 * y * y + 7 * z + x * y * z) % 6 for x, y, z in cells()]
BOX = [1 if 1 <= x <= 6 and 1 <= y <= 5 and 1 <= z <= 4 else 0 for x, y, z in cells()]


def extract(where, params, image=None, mask=None, kind="int16", spacing=SPACING, options=()):
    """The one row (None: it failed), the sentence of its failure, its warnings."""
    nifti.write(os.path.join(where, "i.nii"), kind, SIZE, spacing, image or IMAGE)
    nifti.write(os.path.join(where, "m.nii"), "uint8", SIZE, spacing, mask or BOX)
    cohort = program.write(os.path.join(where, "c.csv"), "ID,Image,Mask\nP,i.nii,m.nii\n")
    yaml = program.write(os.path.join(where, "p.yaml"), "profile: ibsi\n" + params)
    table, out = os.path.join(where, "f.csv"), os.path.join(where, "f.h5ad")
    run = program.run("extract", cohort, "--params", yaml, "--out", out, "--csv", table, "--fresh", *options)
    program.expect(run.returncode in (0, 1), f"extract ends with {run.returncode}: {run.stderr}")
    rows = program.table(table)
    failures = program.table(os.path.join(out + ".run", "failures.csv"))
    warnings = program.table(os.path.join(out + ".run", "warnings.csv"))
    said = list(failures[0].values())[-1] if failures else ""
    return (rows[0] if rows else None), said, " ".join(list(w.values())[-1] for w in warnings)


def features(row):
    return {k: v for k, v in row.items() if k not in ("ID", "Image", "Mask", "Label") and not k.startswith("diagnostics_")}


def close(a, b, relative=1e-12):
    return abs(float(a) - float(b)) <= relative * max(abs(float(a)), abs(float(b)), 1e-300)


def statistics_by_hand(where):
    row, _, _ = extract(where, "featureClass: {statistics: , morphology: [morph_vol_approx]}\n")
    inside = [v for v, m in zip(IMAGE, BOX) if m]
    mean = sum(inside) / len(inside)
    program.expect(close(row["stat_mean"], mean), f"mean {row['stat_mean']}, by hand {mean}")
    variance = sum((v - mean) ** 2 for v in inside) / len(inside)
    program.expect(close(row["stat_var"], variance), f"variance {row['stat_var']}, by hand {variance}")
    volume = len(inside) * SPACING[0] * SPACING[1] * SPACING[2]
    program.expect(close(row["morph_vol_approx"], volume), f"volume {row['morph_vol_approx']}, by hand {volume}")
    program.expect(row["diagnostics_Versions_standard"].startswith("IBSI"), row["diagnostics_Versions_standard"])


def masks_by_hand(where):
    """Re-segmentation takes voxels from the intensity mask alone."""
    row, _, _ = extract(where, "featureClass: {statistics: , morphology: [morph_vol_approx]}\n"
                               "setting: {resegmentRange: [2, 4]}\n")
    inside = [v for v, m in zip(IMAGE, BOX) if m]
    kept = [v for v in inside if 2 <= v <= 4]
    program.expect(close(row["stat_mean"], sum(kept) / len(kept)), f"mean of the range: {row['stat_mean']}")
    program.expect(close(row["morph_vol_approx"], len(inside) * SPACING[0] * SPACING[1] * SPACING[2]),
                   "the volume is of the morphological mask")
    program.expect(row["diagnostics_Mask-resegmented_VoxelNum"] == str(len(kept)), "voxels after re-segmentation")
    # a range, then 1 standard deviation of what it leaves
    row, _, _ = extract(where, "featureClass: {statistics: }\nsetting: {resegmentRange: [2, 6], outlierSigma: 1}\n")
    kept = [v for v in inside if v >= 2]
    mean = sum(kept) / len(kept)
    sd = math.sqrt(sum((v - mean) ** 2 for v in kept) / len(kept))
    left = [v for v in kept if mean - sd <= v <= mean + sd]
    program.expect(0 < len(left) < len(kept), "the deviation leaves some out")
    program.expect(row["diagnostics_Mask-resegmented_VoxelNum"] == str(len(left)), "voxels without outliers")
    program.expect(close(row["stat_mean"], sum(left) / len(left)), f"mean without outliers: {row['stat_mean']}")
    _, said, _ = extract(where, "setting: {outlierSigma: 0.5}\n", image=[1 + 6 * ((x + y + z) % 2) for x, y, z in cells()])
    program.expect("no voxel of the ROI is within 0.5 standard deviations of its mean" in said, said)
    _, said, _ = extract(where, "setting: {resegmentRange: [100, 200]}\n")
    program.expect("no voxel of the ROI is in resegmentRange 100 to 200" in said, said)


def storage_does_not_matter(where):
    """The same intensities as int16 and float32; and spacings of float32 that mean a decimal."""
    whole, _, _ = extract(where, "")
    single, _, _ = extract(where, "", kind="float32", image=[float(v) for v in IMAGE])
    program.expect(features(whole) == features(single), "float32 gives other values than int16")
    params = "setting: {resampledPixelSpacing: [2, 2, 2]}\nfeatureClass: {statistics: , morphology: }\n"
    row, _, _ = extract(where, params, spacing=(0.4, 0.8, 2.0))
    # 9 * 0.4 / 2 = 1.8, 8 * 0.8 / 2 = 3.2 and 7 voxels, rounded up
    program.expect(row["diagnostics_Mask-interpolated_Size"] == "(2, 4, 7)", row["diagnostics_Mask-interpolated_Size"])
    row, _, _ = extract(where, params, spacing=(0.7, 0.5, 2.0))
    program.expect(row["diagnostics_Mask-interpolated_Size"] == "(4, 2, 7)", row["diagnostics_Mask-interpolated_Size"])
    row, _, _ = extract(where, "setting: {resampledPixelSpacing: [0.9, 0, 0]}\nfeatureClass: {statistics: }\n",
                        spacing=(0.3, 0.5, 2.0))
    program.expect(row["diagnostics_Mask-interpolated_Size"] == "(3, 8, 7)", row["diagnostics_Mask-interpolated_Size"])
    # the header's float32 of 0.3 is 0.30000001192…
    row, _, _ = extract(where, "featureClass: {morphology: [morph_vol_approx]}\n", spacing=(0.3, 0.5, 2.0))
    program.expect(close(row["morph_vol_approx"], sum(BOX) * 0.3), f"volume of decimals: {row['morph_vol_approx']}")


def small_and_flat(where):
    one = [1 if (x, y, z) == (3, 3, 3) else 0 for x, y, z in cells()]
    _, said, _ = extract(where, "", mask=one)
    program.expect("has 1 voxel, at least 2 were expected" in said, said)
    row, _, _ = extract(where, "", image=[3] * N_CELLS)
    program.expect(row is not None, "a flat ROI fails")
    if row:
        values = features(row)
        for name in ("stat_skew", "ih_skew", "morph_moran_i", "cm_corr_3D_avg"):
            program.expect(values[name] == "" or math.isnan(float(values[name])), f"{name} of a flat ROI: {values[name]}")
        program.expect(float(values["stat_mean"]) == 3 and float(values["cm_joint_max_3D_avg"]) == 1, "a flat ROI's values")
    slice_ = [1 if z == 3 and 1 <= x <= 6 and 1 <= y <= 5 else 0 for x, y, z in cells()]
    row, said, _ = extract(where, "setting: {aggregation: [2D:avg, 3D:avg]}\n", mask=slice_)
    program.expect(row is not None, f"a ROI of one slice fails: {said}")


def not_finite(where):
    image = [float(v) for v in IMAGE]
    at = cells().index((3, 3, 3))
    image[at] = float("nan")
    params = "featureClass: {statistics: , morphology: [morph_vol_approx]}\n"
    _, said, _ = extract(where, params, image=image, kind="float32")
    program.expect("1 of the ROI's voxels is NaN or infinite, the first at (3, 3, 3)" in said, said)
    # on a new grid more voxels are none; the one that is named is the stored one
    _, said, _ = extract(where, params + "setting: {resampledPixelSpacing: [0.8, 0.8, 2]}\n", image=image, kind="float32")
    program.expect("voxels are NaN or infinite, the first at (3, 3, 3)" in said, said)
    row, said, warned = extract(where, params, image=image, kind="float32", options=("--nan-policy", "exclude"))
    inside = [v for i, (v, m) in enumerate(zip(IMAGE, BOX)) if m and i != at]
    program.expect(row is not None and close(row["stat_mean"], sum(inside) / len(inside)), f"without the NaN: {said}")
    volume = len(inside) * SPACING[0] * SPACING[1] * SPACING[2]
    program.expect(row is not None and close(row["morph_vol_approx"], volume), "the NaN leaves the morphological mask too")
    program.expect("1 voxel that is NaN or infinite was left out" in warned, warned)
    image[at] = IMAGE[at]
    image[cells().index((7, 3, 3))] = float("inf")  # beside the ROI, in spheres about its voxels
    row, said, _ = extract(where, "featureClass: {local_intensity: }\n", image=image, kind="float32")
    program.expect(row is not None and all(math.isfinite(float(v)) for v in features(row).values() if v), f"peaks: {row} {said}")
    image[at] = float("nan")
    _, said, _ = extract(where, params + "setting: {resampledPixelSpacing: [2, 2, 2], interpolator: cubic}\n",
                         image=image, kind="float32", options=("--nan-policy", "exclude"))
    program.expect("which a cubic spline spreads over all others" in said, said)


def levels_that_are_none(where):
    _, said, _ = extract(where, "", image=[v - 3 for v in IMAGE])
    program.expect("no whole number from 1 on" in said, said)
    row, _, _ = extract(where, "setting: {binCount: 4, ivhBinCount: 100}\n", image=[v - 3 for v in IMAGE])
    program.expect(row is not None and row["ih_max"] == "4" and row["ih_min"] == "1", "levels of four bins")
    _, said, _ = extract(where, "setting: {binWidth: 1.0e-09}\n", kind="float32", image=[float(v) for v in IMAGE])
    program.expect("binWidth 1e-09 cuts the ROI into more levels than can be counted" in said, said)
    _, said, _ = extract(where, "setting: {binWidth: 1.0e-07}\nfeatureClass: {intensity_histogram: }\n")
    program.expect("the intensity histogram has more than 16777216 levels" in said, said)
    # without a range, bins begin at the ROI's minimum: 1 to 6 in bins of 2 are levels 1, 1, 2, 2, 3, 3
    row, _, _ = extract(where, "setting: {binWidth: 2}\nfeatureClass: {intensity_histogram: }\n")
    inside = [1 + (v - 1) // 2 for v, m in zip(IMAGE, BOX) if m]
    program.expect(row is not None and close(row["ih_mean"], sum(inside) / len(inside)), "levels of bins of 2")


def filters_by_hand(where):
    """A mean of one voxel, along a border or not, is the image; one of three along a flat image is the image; a NaN near
    the ROI spreads into it, and a NaN far away does not."""
    params = "featureClass: {statistics: , local_intensity: }\nimageType: {Original: {}, Mean: {support: [1, 3]}}\n"
    row, said, _ = extract(where, params)
    program.expect(row is not None, f"a mean fails: {said}")
    for tag in ("stat_mean", "stat_p90", "loc_peak_glob"):
        program.expect(row and close(row[tag], row[f"mean-1-3D_{tag}"]), f"{tag} of a mean of 1 voxel")
    at = {c: v for c, v in zip(cells(), IMAGE)}
    means = [sum(at[x + a, y + b, z + c] for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)) / 27
             for (x, y, z), m in zip(cells(), BOX) if m]
    program.expect(row and close(row["mean-3-3D_stat_mean"], sum(means) / len(means)), "a mean of 3 voxels by hand")
    program.expect(row and close(row["mean-3-3D_stat_max"], max(means)), "the highest mean of 3 voxels by hand")
    for place, spreads in (((7, 3, 3), True), ((8, 7, 6), False)):
        image = [float("nan") if c == place else float(v) for c, v in zip(cells(), IMAGE)]
        row, said, warned = extract(where, params, image=image, kind="float32")
        value = row["mean-3-3D_stat_mean"] if row else ""
        program.expect(row is not None and (value == "" or value == "nan") == spreads, f"NaN at {place}: {value}, {said}")
        program.expect(("mean-3-3D is NaN or infinite somewhere in the ROI" in warned) == spreads, warned)
    # the range is of the unfiltered image, and bins of a response begin at its own minimum
    row, said, _ = extract(where, "featureClass: {intensity_histogram: }\nimageType: {Mean: {support: 3}}\n"
                                  "setting: {binWidth: 0.25, resegmentRange: [2, 4]}\n")
    program.expect(row is not None and row["mean-3-3D_ih_min"] == "1", f"the first bin of a response: {said}")


# wavelet, bands, level, boundary, coefficients in BOX; their mean, variance, minimum, maximum and global intensity peak.
# PyWavelets 1.5.0, by tests/oracle/decimated_rois.py
DECIMATED = (
    ('db3', 'LLH', 1, 'mirror', 12,
     (0.44803286260806413, 1.6568240295130103, -1.6236109037647966, 3.261270559944333, 0.4188622797788937)),
    ('db2', 'HLH', 1, 'zero', 18,
     (-0.7128859773632987, 2.131669801030275, -3.3405694196073226, 2.7426727692333857, -0.16260933106064554)),
    ('haar', 'LLL', 1, 'nearest', 12,
     (9.72271824131503, 1.4270833333333337, 7.42462120245875, 11.667261889578036, 10.357034618555902)),
    ('db2', 'LHL', 1, 'periodic', 12,
     (-0.5291686876785646, 3.225111902999256, -4.00897782231362, 2.6401198319760297, -0.09435680366375825)),
    ('db2', 'HL', 2, 'mirror', 16,
     (-0.5051318967305409, 1.091784686729075, -1.9521131997724612, 1.6677983181676708, 0.05343734586064208)),
    ('db3', 'LL', 2, 'periodic', 4,
     (14.777416720217108, 3.347145106175941, 13.054739923563554, 17.544610242267595, 14.752747623499033)),
)


def decimated_wavelets(where):
    """Each of PyWavelets' coefficients at the voxel where it stands; the ROI's at the same; what no coefficient stands in."""
    tags = ("stat_mean", "stat_var", "stat_min", "stat_max", "loc_peak_glob")
    for wavelet, bands, level, border, n, values in DECIMATED:
        image = f"wavelet-decimated-{wavelet}-{bands}-level-{level}-{len(bands)}D"
        row, said, _ = extract(where, "featureClass: {statistics: , local_intensity: , intensity_histogram: [ih_max]}\n"
                                      "imageType: {Original: {}, Wavelet: {wavelet: %s, bands: %s, level: %d, decimated: "
                                      "true, boundary: %s, dimensions: %d}}\nsetting: {binCount: 1000}\n"
                               % (wavelet, bands, level, border, len(bands)))
        program.expect(row is not None, f"{image} fails: {said}")
        for tag, value in zip(tags, values):
            got = row[f"{image}_{tag}"] if row else ""
            program.expect(got != "" and abs(float(got) - value) < 1e-11, f"{image}: {tag} {got}, PyWavelets {value}")
        program.expect(row and row[f"{image}_ih_max"] == "1000", f"{image}: levels of the coefficients")
        energy = float(row[f"{image}_stat_energy"]) if row else 0
        expected = n * (values[0] ** 2 + values[1])
        program.expect(abs(energy - expected) < 1e-9, f"{image}: energy {energy} is not of {n} coefficients")
        inside = [v for v, m in zip(IMAGE, BOX) if m]
        program.expect(row and close(row["stat_mean"], sum(inside) / len(inside)), f"the original beside {image}")
    # all families, after re-segmentation, on a grid of its own
    row, said, warned = extract(where, "imageType: {Wavelet: {wavelet: haar, bands: LLL, decimated: true}}\n"
                                       "setting: {binCount: 4, ivhBinCount: 10, resegmentRange: [2, 6], "
                                       "resampledPixelSpacing: [0.5, 0.5, 1.25], roundIntensities: true}\n")
    program.expect(row is not None and not warned, f"all families of a decimated wavelet: {said} {warned}")
    if row:
        name = "wavelet-decimated-haar-LLL-level-1-3D_"
        values = [v for k, v in features(row).items() if k.startswith(name)]
        program.expect(len(values) > 100 and all(v not in ("", "nan") for v in values), "a family without values")
    # the range is of the voxels where coefficients stand
    row, said, _ = extract(where, "featureClass: {statistics: }\nimageType: {Wavelet: {wavelet: haar, bands: LLL, decimated: "
                                  "true}}\nsetting: {resegmentRange: [2, 4]}\n")
    kept = [v for (x, y, z), v, m in zip(cells(), IMAGE, BOX) if m and 2 <= v <= 4 and x % 2 == y % 2 == z % 2 == 0]
    program.expect(row is not None, f"a range before a decimated wavelet: {said}")
    if row:
        mean, variance, energy = (float(row[f"wavelet-decimated-haar-LLL-level-1-3D_stat_{t}"]) for t in ("mean", "var", "energy"))
        program.expect(abs(energy / (mean ** 2 + variance) - len(kept)) < 1e-9, f"{len(kept)} coefficients in the range")
    # of haar's coefficients, at even voxels, one stands in the first ROI, none in the second
    for first, last, sentence in ((2, 3, "the ROI at its coefficients has 1 voxel, at least 2 were expected"),
                                  (3, 3, "none of its coefficients stands in the ROI")):
        mask = [1 if first <= x <= last and 2 <= y <= 3 and 2 <= z <= 3 else 0 for x, y, z in cells()]
        row, said, warned = extract(where, "featureClass: {statistics: }\nimageType: {Original: {}, Wavelet: {wavelet: haar, "
                                           "bands: LLL, decimated: true}}\n", mask=mask)
        program.expect(row is not None and row["wavelet-decimated-haar-LLL-level-1-3D_stat_mean"] in ("", "nan"),
                       f"few coefficients: {said}")
        program.expect(row is not None and row["stat_mean"] != "", "the original of a ROI of few coefficients")
        program.expect(f"wavelet-decimated-haar-LLL-level-1-3D: {sentence}; its features are NaN" in warned, warned)


def filters_that_cannot_be(where):
    """Each a sentence about the one case, before anything of that size is asked for."""
    for image_type, sentence in (
            ("Mean: {support: 2000001}", "GiB of memory, and a node has"),
            ("LoG: {sigma: 1.0e+7}", "its filter reaches over more than the 1048576 voxels to each side"),
            ("Gabor: {sigma: 5000, wavelength: 2, orientation: 0, dimensions: 2, pool: none}", "more than the 4096 voxels"),
            ("Laws: {kernel: L5E5E5, energyDelta: 10000000}", "GiB of memory, and a node has")):
        row, said, _ = extract(where, f"featureClass: {{statistics: }}\nimageType: {{{image_type}}}\n")
        program.expect(row is None and sentence in said, f"{image_type}: {said}")
    _, said, _ = extract(where, "featureClass: {statistics: }\nsetting: {resampledPixelSpacing: [0.001, 0.001, 0.001]}\n")
    program.expect("GiB of memory, most of it for the grid that resampledPixelSpacing asks for, and a node has" in said, said)
    # wider than the image, the border's rule goes on: the mean of a mirrored image over a whole number of its periods
    row, said, _ = extract(where, "featureClass: {statistics: }\nimageType: {Mean: {support: 721, dimensions: 2}}\n")
    program.expect(row is not None, f"a filter wider than the image: {said}")


def other_verbs(where):
    extract(where, "featureClass: {statistics: }\n")
    yaml = os.path.join(where, "p.yaml")
    run = program.run("check", os.path.join(where, "c.csv"), "--params", yaml)
    program.expect(run.returncode == 0, run.stdout + run.stderr)
    run = program.run("info", os.path.join(where, "f.h5ad"))
    program.expect(run.returncode == 0 and "statistics 18" in run.stdout, run.stdout + run.stderr)
    run = program.run("info", "--params", os.path.join(where, "f.h5ad"))
    program.expect(run.stdout == "profile: ibsi\nfeatureClass: {statistics: }\n", run.stdout)


def mirrored_is_the_same(where):
    """No feature hangs on the sense of an axis: of a ragged ROI, as it is, and on a grid whose weights (multiples of 0.05)
    make halves to be rounded. The ellipsoid is found to 1e-7."""
    place = {c: i for i, c in enumerate(cells())}
    ragged = [m if (3 * x + 5 * y + 7 * z + x * y) % 4 else 0 for m, (x, y, z) in zip(BOX, cells())]
    for params in ("", "setting: {resampledPixelSpacing: [1.7, 1.1, 2], roundIntensities: true}\n"):
        row, said, _ = extract(where, params, mask=ragged)
        for axis in range(3):
            other = [place[tuple(SIZE[a] - 1 - v if a == axis else v for a, v in enumerate(c))] for c in cells()]
            again, said, _ = extract(where, params, image=[IMAGE[i] for i in other], mask=[ragged[i] for i in other])
            program.expect(row is not None and again is not None, said)
            wrong = [k for k, v in features(row).items() if v != again[k] and abs(float(v) - float(again[k])) > 1e-12
                     and not close(v, again[k], 1e-6 if k.endswith("mvee") else 1e-9)]
            program.expect(not wrong, f"{params}mirrored along {'xyz'[axis]}: {wrong[:8]}")


def check_foretells(where):
    """Check puts a ROI on the new grid as extract does; what it foretells of time grows with it."""
    params = "setting: {resampledPixelSpacing: [%s], binCount: 4, ivhBinCount: 10}\n"
    row, _, _ = extract(where, params % "0.5, 0.5, 0.5")
    cohort, yaml = os.path.join(where, "c.csv"), os.path.join(where, "p.yaml")
    run = program.run("check", cohort, "--params", yaml)
    n = int(row["diagnostics_Mask-interpolated_VoxelNum"])
    program.expect(n > 10 * sum(BOX) and f"1 row, 1 ROI of {n} voxels: nothing wrong" in run.stdout, run.stdout)
    seconds = float(run.stdout.split("core-hours (")[1].split(" s ")[0])
    program.write(yaml, "profile: ibsi\nfeatureClass: {statistics: }\n" + params % "0.5, 0.5, 0.5")
    fewer = float(program.run("check", cohort, "--params", yaml).stdout.split("core-hours (")[1].split(" s ")[0])
    program.expect(seconds > fewer > 1e-4, f"{seconds} s with morphology, {fewer} s without")
    _, said, _ = extract(where, params % "9, 9, 25", mask=[1 if c in ((1, 1, 1), (2, 1, 1)) else 0 for c in cells()])
    run = program.run("check", cohort, "--params", yaml)
    sentence = "no voxel of the new grid is in the ROI"
    program.expect(sentence in said and run.returncode == 1 and sentence in run.stdout, said + run.stdout)


def main():
    for test in (statistics_by_hand, masks_by_hand, storage_does_not_matter, small_and_flat, not_finite,
                 levels_that_are_none, filters_by_hand, decimated_wavelets, filters_that_cannot_be, other_verbs,
                 check_foretells, mirrored_is_the_same):
        with program.folder() as where:
            test(where)
    program.finish("ibsi_rois")


if __name__ == "__main__":
    main()
