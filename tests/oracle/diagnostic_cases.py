"""Cases for the diagnostics: files with everything that a hash, a mean or a grid may hang on (byte order, scaling, pixel
types, oblique axes, masks of other grids and types), made with the standard library alone, and parameters for each."""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import nifti

NRRD_TYPES = {"B": "uchar", "h": "short", "H": "ushort", "i": "int", "f": "float", "d": "double", "b": "signed char",
              "q": "longlong"}
PLAIN = ((0.75, 0, 0), (0, 1.25, 0), (0, 0, 2.5))
# Turned about x by atan(3/4) and then stretched: orthogonal, in numbers that are no powers of two.
OBLIQUE = ((0.9, 0, 0), (0, 0.88, 0.66), (0, -1.26, 1.68))
ORIGIN = (-31.7, 12.25, 5.1)


def write_nrrd(path, letter, size, directions, origin, values, order="<"):
    vectors = " ".join("(" + ",".join(repr(float(v)) for v in d) + ")" for d in directions)
    header = (f"NRRD0004\ntype: {NRRD_TYPES[letter]}\ndimension: 3\nspace: left-posterior-superior\n"
              f"sizes: {size[0]} {size[1]} {size[2]}\nspace directions: {vectors}\nkinds: domain domain domain\n"
              f"endian: {'little' if order == '<' else 'big'}\nencoding: raw\n"
              f"space origin: ({','.join(repr(float(o)) for o in origin)})\n\n")
    path.write_bytes(header.encode() + struct.pack(f"{order}{len(values)}{letter}", *values))


def noise(n, seed):
    """n numbers from -8000 to 8777 in steps of a thousandth: most are no float32, and their sums are rounded."""
    state, values = seed, []
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        values.append((state >> 40) / 1000.0 - 8000.0)
    return values


def voxels(size, function):
    return [function(x, y, z) for z in range(size[2]) for y in range(size[1]) for x in range(size[0])]


def pieces(x, y, z):
    """A block, a voxel at its corner that belongs to it, a bar apart, and label 2."""
    if 3 <= x <= 8 and 4 <= y <= 9 and 2 <= z <= 5:
        return 1
    if (x, y, z) == (9, 10, 6):
        return 1
    if 12 <= x <= 14 and y == 3 and 2 <= z <= 4:
        return 1
    return 2 if x == 1 and y < 6 and z < 3 else 0


SIZE, COARSE = (17, 13, 9), (9, 7, 9)
N = SIZE[0] * SIZE[1] * SIZE[2]


def make(folder):
    """Writes all files; returns (name, image, mask, parameters) of every case."""
    folder = pathlib.Path(folder)
    path = lambda name: folder / f"{name}.nrrd"
    whole = [int(v) for v in noise(N, 1)]
    write_nrrd(path("int16"), "h", SIZE, PLAIN, ORIGIN, whole)
    write_nrrd(path("int16_big"), "h", SIZE, OBLIQUE, ORIGIN, whole, ">")
    write_nrrd(path("uint16"), "H", SIZE, PLAIN, ORIGIN, [v + 8000 for v in whole])
    write_nrrd(path("int8"), "b", SIZE, PLAIN, ORIGIN, [v % 256 - 128 for v in whole])
    write_nrrd(path("int32"), "i", SIZE, OBLIQUE, ORIGIN, [v * 240007 for v in whole])
    write_nrrd(path("float32"), "f", SIZE, OBLIQUE, ORIGIN, noise(N, 2))
    write_nrrd(path("float64_big"), "d", SIZE, OBLIQUE, ORIGIN, noise(N, 3), ">")
    nifti.write(str(folder / "plain.nii"), "int16", SIZE, (0.75, 1.25, 2.5), whole)
    scaled = bytearray((folder / "plain.nii").read_bytes())
    scaled[112:120] = struct.pack("<2f", 0.3, -10.5)  # slope, intercept
    (folder / "scaled.nii").write_bytes(scaled)
    nifti.write(str(folder / "mask.nii.gz"), "uint8", SIZE, (0.75, 1.25, 2.5), voxels(SIZE, pieces))
    labels = voxels(SIZE, pieces)
    large = (41, 29, 23)  # longer than a buffer of numpy's, and so is its ROI
    write_nrrd(path("float64_large"), "d", large, PLAIN, ORIGIN, noise(41 * 29 * 23, 4))
    # floats so near each other that a threshold's last bit moves some of them
    write_nrrd(path("float32_near"), "f", large, PLAIN, ORIGIN,
               [1 + (int(1000 * v + 8.5e6) % 4096) / 2 ** 22 for v in noise(41 * 29 * 23, 5)])
    write_nrrd(path("mask_large"), "B", large, PLAIN, ORIGIN,
               voxels(large, lambda x, y, z: 1 if x > 3 and (x + y + z) % 3 else 0))
    write_nrrd(path("mask"), "B", SIZE, PLAIN, ORIGIN, labels)
    write_nrrd(path("mask_negative"), "h", SIZE, PLAIN, ORIGIN, [v or -(i % 3) for i, v in enumerate(labels)])
    write_nrrd(path("mask_oblique"), "i", SIZE, OBLIQUE, ORIGIN, labels, ">")
    write_nrrd(path("mask_fractions"), "f", SIZE, OBLIQUE, ORIGIN, [v + 0.75 * (v > 0) for v in labels])
    twice = [tuple(2 * v for v in d) if a < 2 else d for a, d in enumerate(PLAIN)]
    write_nrrd(path("mask_coarse"), "B", COARSE, twice, ORIGIN,
               voxels(COARSE, lambda x, y, z: 1 if 2 <= x <= 5 and 1 <= y <= 4 and 2 <= z <= 6 else 0))
    near = [tuple(v * (1 + 2e-6) for v in d) for d in PLAIN]
    write_nrrd(path("mask_near"), "B", SIZE, near, ORIGIN, labels)

    def settings(text, types="Original: {}"):
        return f"imageType:\n  {types}\nfeatureClass:\n  firstorder: [Mean]\nsetting: {{{text}}}\n"

    return [
        ("int16", path("int16"), path("mask"), settings("binWidth: 500")),
        ("label 2", path("int16"), path("mask"), settings("binWidth: 500, label: 2")),
        ("negative labels", path("int16"), path("mask_negative"), settings("binWidth: 500")),
        ("big-endian", path("int16_big"), path("mask_oblique"), settings("binWidth: 500")),
        ("uint16", path("uint16"), path("mask"), settings("binWidth: 500")),
        ("int8", path("int8"), path("mask"), settings("binWidth: 10")),
        ("int32", path("int32"), path("mask_oblique"), settings("binWidth: 1.0e+8")),
        ("float32", path("float32"), path("mask_fractions"), settings("binWidth: 500")),
        ("float64", path("float64_big"), path("mask_oblique"), settings("binWidth: 500")),
        ("large", path("float64_large"), path("mask_large"), settings("binWidth: 500, resegmentRange: [-7000, 7000]")),
        ("a threshold's last bit", path("float32_near"), path("mask_large"),
         settings("binWidth: 0.1, resegmentRange: [-1, 1.5], resegmentMode: sigma")),
        ("scaled", folder / "scaled.nii", folder / "mask.nii.gz", settings("binWidth: 500")),
        ("corrected", path("int16"), path("mask_coarse"), settings("binWidth: 500, correctMask: true")),
        ("corrected and re-segmented", path("int16"), path("mask_coarse"),
         settings("binWidth: 500, correctMask: true, normalize: true, resegmentRange: [-1.5, 1.5]")),
        ("corrected but pre-cropped", path("int16"), path("mask_coarse"),
         settings("binWidth: 500, correctMask: true, preCrop: true, padDistance: 2, resegmentRange: [-6000, 6000]")),
        ("pre-cropped", path("float32"), path("mask_oblique"),
         settings("binWidth: 500, preCrop: true, padDistance: 2, resegmentRange: [-6000, 6000]")),
        ("pre-cropped, filtered", path("float32"), path("mask_oblique"),
         settings("binWidth: 500, preCrop: true, padDistance: 2, resegmentRange: [-6000, 6000]", "Square: {}")),
        ("resampled", path("float64_big"), path("mask_oblique"),
         settings("binWidth: 500, resampledPixelSpacing: [1, 1, 1.5], interpolator: sitkLinear")),
        ("resampled, normalised, re-segmented", path("int16"), path("mask"),
         settings("binWidth: 0.5, normalize: true, resampledPixelSpacing: [1, 1, 2], resegmentRange: [-1, 1]")),
        ("resampled to nearly its own grid", path("int16"), path("mask_near"),
         settings("binWidth: 500, resampledPixelSpacing: [0.75, 1.25, 2.5], padDistance: 1")),
    ]
