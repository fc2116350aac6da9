"""Prints resample.h: regions that PyRadiomics resamples or crops out of images that formulas make.

Usage: python resample.py > resample.h      (PyRadiomics 3.0.1, numpy 1.26.4, SimpleITK 2.3.1)

The grids and masks are PyRadiomics' own (imageoperations.resampleImage and cropToTumorMask), the values SimpleITK's.
Voxel (x, y, z) of every image is that of picture() below, and of every mask that of ball(); the test has both again.
Whole numbers and float32 are compared by a checksum over all voxels (FNV-1a over their bits as doubles), float64 by
twelve voxels spread evenly.
"""
import logging
import struct

import numpy
import radiomics
import SimpleITK
from radiomics import imageoperations

radiomics.logger.setLevel(logging.CRITICAL)
N_SAMPLES = 12
AXES = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
SWAPPED = (-1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0)
TURNED = (0.9362933635841992, -0.31299183108822474, 0.15934506917563, 0.2896294776255156, 0.9447024859948957,
          0.1537919979889243, -0.1986693307950612, -0.09784339500725571, 0.9751703272018158)
TILTED = (0.9751700327201816, -0.11933466418160498, 0.18651523810600165, 0.1384315010530125, 0.9862933635841992,
          -0.09273843345069215, -0.17289165, 0.11625530, 0.97805613)
TILTED = numpy.linalg.qr(numpy.array(TILTED).reshape(3, 3))
TILTED = tuple((TILTED[0] * numpy.sign(numpy.diag(TILTED[1]))).ravel())
TYPES = {"int16": SimpleITK.sitkInt16, "uint8": SimpleITK.sitkUInt8, "float32": SimpleITK.sitkFloat32,
         "float64": SimpleITK.sitkFloat64, "int32": SimpleITK.sitkInt32, "uint16": SimpleITK.sitkUInt16}


def grid(size, spacing, origin=(0.0, 0.0, 0.0), direction=AXES):
    return dict(size=size, spacing=spacing, origin=origin, direction=direction)


def indices(size):
    z, y, x = numpy.meshgrid(*(range(n) for n in reversed(size)), indexing="ij")
    return x, y, z


def picture(where, kind):
    """A rough part and, at x + y < 9, a flat one, where truncation hangs on the last bit."""
    x, y, z = indices(where["size"])
    v = (3 * x * x + 7 * y + 5 * z * z + x * y * z) % 401
    v = numpy.where(x + y < 9, 77, v)
    if kind == "uint8":
        v = v % 256
    elif kind == "int16":
        v = 10 * v - 1000
    elif kind == "int32":
        v = 1000003 * (v - 200)
    elif kind == "uint16":
        v = 163 * v
    else:
        v = (v - 130) / 7.0
    image = SimpleITK.GetImageFromArray(v.astype(kind))
    return placed(image, where)


def ball(where, centre, radius, flat):
    x, y, z = indices(where["size"])
    inside = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2 <= radius**2
    if flat:
        inside &= z == centre[2]
    return placed(SimpleITK.GetImageFromArray(inside.astype(numpy.uint8)), where)


def placed(image, where):
    image.SetSpacing(where["spacing"])
    image.SetOrigin(where["origin"])
    image.SetDirection(where["direction"])
    return image


FINE = grid((24, 21, 13), (0.78125, 0.78125, 2.5), (-13.3, 7.7, 100.1))
ROTATED = grid((24, 21, 13), (0.78125, 0.9, 2.5), (-13.3, 7.7, 100.1), TURNED)
CUBES = grid((22, 20, 18), (1.0, 1.0, 1.0), (3.5, -2.25, 0.1))
FLIPPED = grid((22, 20, 18), (0.5, 0.7, 1.1), (3.5, -2.25, 0.1), SWAPPED)
FINER = grid((40, 38, 20), (0.5, 0.5, 1.0), (-12.8, 8.2, 103.1))
ASKEW = grid((16, 15, 14), (0.9, 0.8, 1.2), (-8.3, 10.7, 107.1), TILTED)
SHIFTED = grid((22, 20, 18), (1.0, 1.0, 1.0), (4.0, -1.75, 0.6))
THIN = grid((24, 21, 1), (0.8, 0.8, 3.0))
BARELY = grid((22, 20, 18), (1.0, 1.0, 1.0), (3.5, -2.25, 0.1),
              (1.0, -1e-4, 0.0, 1e-4, 1.0, 0.0, 0.0, 0.0, 1.0))
HALVES = grid((21, 21, 21), (0.5, 0.5, 0.5), (3.5, -2.25, 0.1), TURNED)
LEANING = grid((22, 20, 18), (1.0, 1.0, 1.0), (3.5, -2.25, 0.1), TURNED)
ORDERED = grid((22, 20, 18), (0.9, 0.7, 0.6), (0.0, 0.0, 0.0))
SMALL = grid((3, 4, 5), (1.5, 2.0, 1.0))  # with two voxels ITK reads beyond its coefficients

CASES = []  # image, type, mask, centre, radius, flat, spacing, interpolator, pad (spacing None: preCrop)


def case(image, kind, mask, centre, radius, spacing, interpolator, pad=5, flat=False):
    CASES.append((image, kind, mask, centre, radius, flat, spacing, interpolator, pad))


one = (1.0, 1.0, 1.0)
for kind in TYPES:
    case(FINE, kind, FINE, (12, 10, 6), 3, one, 23)
    case(ROTATED, kind, ROTATED, (12, 10, 6), 3, one, 23)
case(FINE, "int16", FINE, (1, 2, 1), 2, one, 23)  # at the border
case(FINE, "int16", FINE, (22, 19, 11), 2, (0.5, 0.5, 0.0), 23)  # 0 keeps the mask's spacing
case(FINE, "uint8", FINE, (12, 10, 6), 4, (2.0, 2.0, 2.0), 23, flat=True)  # one slice keeps it too
case(FLIPPED, "int16", FLIPPED, (11, 10, 9), 5, (1.5, 1.4, 2.2), 23, 2)
case(CUBES, "int16", CUBES, (11, 10, 9), 4, (0.5, 0.5, 0.5), 23, 0)
case(CUBES, "int16", CUBES, (11, 10, 9), 4, (3.0, 3.0, 3.0), 23, 50)
case(FINE, "int16", FINER, (18, 17, 9), 5, one, 23)  # the mask on a grid of its own
case(FINE, "int16", ASKEW, (8, 7, 6), 4, one, 23)
case(FINE, "float64", ASKEW, (8, 7, 6), 4, one, 23)
case(THIN, "int16", THIN, (12, 10, 0), 5, one, 23)
case(SMALL, "int16", SMALL, (1, 1, 2), 1, (0.7, 0.7, 0.7), 23)
case(SMALL, "float64", SMALL, (1, 1, 2), 1, (0.7, 0.7, 0.7), 23)
case(SMALL, "float64", SMALL, (1, 1, 2), 1, (0.7, 0.7, 0.7), 2)
case(ROTATED, "float32", ROTATED, (12, 10, 6), 3, (0.390625, 0.45, 1.25), 2)  # half-way between two float32
case(CUBES, "int16", BARELY, (11, 10, 9), 4, (0.9, 0.9, 0.9), 23)  # not quite parallel
case(HALVES, "int16", HALVES, (10, 10, 10), 4, one, 2, 50)  # centres that rounding puts on or beyond the border
case(LEANING, "float32", LEANING, (11, 10, 9), 4, (2.4, 2.4, 2.4), 4, 50)  # Gaussians that just reach a voxel
case(CUBES, "int16", CUBES, (11, 10, 9), 4, (3.0, 3.0, 3.0), 10)  # on the voxels
case(ORDERED, "int16", ORDERED, (16, 13, 13), 3, (1.1, 1.1, 0.35), 2, 0)  # an origin that hangs on the order of sums
for interpolator in (1, 2, 4, 5, 6, 7, 8, 9, 10):
    for kind in ("int16", "float64"):
        case(FINE, kind, FINE, (12, 10, 6), 3, one, interpolator)
        case(FINE, kind, ASKEW, (8, 7, 6), 3, (1.1, 1.2, 1.3), interpolator, 2)
case(CUBES, "int16", CUBES, (11, 10, 9), 3, one, 23, 3)  # close to the image's: nothing is interpolated
case(CUBES, "float32", SHIFTED, (11, 10, 9), 3, (1.000009, 1.0, 1.0), 23, 3)
case(CUBES, "int16", CUBES, (11, 10, 9), 3, (1.00002, 1.0, 1.0), 23, 3)  # not close
case(ROTATED, "int16", ROTATED, (22, 19, 6), 3, None, 23, 5)  # preCrop
case(ROTATED, "int16", ROTATED, (12, 10, 6), 2, None, 23, 0)


def checksum(values):
    h = 0xCBF29CE484222325
    for byte in struct.pack(f"<{len(values)}d", *values):
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


def numbers(values):
    return "{" + ", ".join(repr(float(v)) if not float(v).is_integer() else str(int(v)) for v in values) + "}"


def grid_text(g):
    d = g["direction"]
    return (f"{{{numbers(g['size'])}, {numbers(g['spacing'])}, {numbers(g['origin'])}, "
            f"{{{numbers(d[0:3])}, {numbers(d[3:6])}, {numbers(d[6:9])}}}}}")


print(f"""/* Regions that PyRadiomics {radiomics.__version__.lstrip('v')} resamples or crops out of images that formulas make; printed by resample.py with
 * SimpleITK {SimpleITK.Version_VersionString()}. */
/* clang-format off */
static const struct {{
    rml_grid image, mask;
    rml_scalar type;
    int32_t centre[3], radius;
    bool flat, crop;
    double spacing[3];
    int kind;
    int32_t pad;
    rml_grid grid; /* from here on: what is expected */
    rml_box roi;
    int64_t n_mask;
    uint64_t mask_sum, value_sum;
    double value[{N_SAMPLES}];
}} oracle[] = {{""")
for where, kind, mask_where, centre, radius, flat, spacing, interpolator, pad in CASES:
    image = picture(where, kind)
    mask = ball(mask_where, centre, radius, flat)
    if spacing is None:
        box, _ = imageoperations.checkMask(image, mask)
        image, mask = imageoperations.cropToTumorMask(image, mask, box, padDistance=pad)
    else:
        image, mask = imageoperations.resampleImage(image, mask, resampledPixelSpacing=spacing,
                                                    interpolator=interpolator, padDistance=pad)
    values = SimpleITK.GetArrayFromImage(image).ravel().astype(float)
    voxels = SimpleITK.GetArrayFromImage(mask)
    found = [sorted(set(axis)) for axis in reversed(numpy.nonzero(voxels))]
    first = [int(axis[0]) for axis in found]
    extent = [int(axis[-1] - axis[0] + 1) for axis in found]
    region = grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    assert mask.GetSize() == image.GetSize() and mask.GetOrigin() == image.GetOrigin()
    n = len(values)
    samples = [values[(k * n + n // 2) // N_SAMPLES] for k in range(N_SAMPLES)]
    print(f"    {{{grid_text(where)},\n     {grid_text(mask_where)},")
    print(f"     RML_{kind.upper()}, {numbers(centre)}, {radius}, {str(flat).lower()}, {str(spacing is None).lower()}, "
          f"{numbers(spacing or (0, 0, 0))}, {interpolator}, {pad},")
    print(f"     {grid_text(region)},")
    print(f"     {{{numbers(first)}, {numbers(extent)}}}, {int(voxels.sum())}, "
          f"{hex(checksum(voxels.ravel().astype(float)))}, "
          f"{hex(checksum(values)) if kind != 'float64' else 0},")
    print(f"     {numbers(samples)}}},")
print("};\n/* clang-format on */")
