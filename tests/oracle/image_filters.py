"""Writes image_filters.h: filtered images as PyRadiomics makes them, for tests/kernels.

PyRadiomics 3.0.1, numpy 1.26.4, SimpleITK 2.3.1, scikit-image 0.26.0, scipy 1.11.4, trimesh 5.2.0.
Run: python image_filters.py > image_filters.h
The image is a formula in integers that tests/kernels/filter_cases.h has too: 12 x 10 x 9 voxels of 0.75 x 1.25 x 2.5
mm, as int16, as float32 (an eighth) and as float64 (a seventh, which float32 cannot hold); "ramp" is x + y
and a third, where interpolated values equal their neighbours but for rounding. Three rows along x of each
result are written, (y, z) = (0, 0), (5, 4) and (9, 8): corners, the middle.
"""
import logging
import warnings

import numpy as np
import SimpleITK as sitk
from radiomics import imageoperations as operations

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")
SIZE, SPACING, ROWS = (12, 10, 9), (0.75, 1.25, 2.5), ((0, 0), (5, 4), (9, 8))


def image(kind):
    z, y, x = np.meshgrid(*(np.arange(n) for n in SIZE[::-1]), indexing="ij")
    v = (5 * x * x + 3 * y * y + 11 * z * z + x * y * z) % 331 * 2 - 210
    v = {"int16": v.astype("int16"), "float32": (v / 8).astype("float32"), "float64": v / 7,
         "ramp": x + y + 1 / 3 + 0 * z}[kind]
    out = sitk.GetImageFromArray(v)
    out.SetSpacing(SPACING)
    return out


def emit(name, response):
    a = sitk.GetArrayFromImage(response)
    print("static const double %s[3][%d] = { /* %s */" % (name, SIZE[0], a.dtype))
    for y, z in ROWS:
        words = ["%r" % float(v) for v in a[z, y]]
        words = ["NAN" if w == "nan" else w for w in words]
        print("    {%s},"
              % ",\n     ".join(", ".join(words[i:i + 4]) for i in range(0, len(words), 4)))
    print("};")


print("/* Written by image_filters.py: PyRadiomics 3.0.1, numpy 1.26.4, SimpleITK 2.3.1, scikit-image 0.26.0, scipy 1.11.4, trimesh 5.2.0. */")
print("#ifndef RML_TESTS_ORACLE_IMAGE_FILTERS_H\n#define RML_TESTS_ORACLE_IMAGE_FILTERS_H\n")
for kind, sigmas in (("int16", (1.0, 2.5)), ("float64", (0.5, 4.0))):
    for response, name, _ in operations.getLoGImage(image(kind), None, sigma=list(sigmas)):
        emit("oracle_" + name.replace("-mm-3D", "").replace("-", "_") + "_" + kind, response)
for kind in ("int16", "float32", "float64"):
    for name, function in (("square", operations.getSquareImage), ("squareroot", operations.getSquareRootImage),
                           ("logarithm", operations.getLogarithmImage),
                           ("exponential", operations.getExponentialImage)):
        for response, _, _ in function(image(kind), None):
            emit("oracle_%s_%s" % (name, kind), response)
    for spacing in (True, False):
        for response, _, _ in operations.getGradientImage(image(kind), None, gradientUseSpacing=spacing):
            emit("oracle_gradient_%s_%s" % (kind, "mm" if spacing else "voxels"), response)
for kind, axis, samples, radius, method in (
        ("int16", 0, 8, 1, "uniform"), ("int16", 1, 8, 1, "uniform"), ("int16", 2, 12, 2.5, "uniform"),
        ("float32", 0, 24, 3, "uniform"), ("int16", 0, 16, 2, "default"), ("float64", 2, 16, 1.5, "default"),
        ("int16", 0, 8, 1, "ror"), ("float32", 1, 12, 2, "ror"), ("int16", 0, 8, 1, "nri_uniform"),
        ("float64", 1, 10, 2.2, "nri_uniform"), ("int16", 0, 8, 1, "var"), ("float32", 0, 8, 1, "var"),
        ("float64", 2, 6, 1.5, "var"), ("ramp", 0, 8, 1, "default"), ("ramp", 0, 16, 2, "default")):
    for response, _, _ in operations.getLBP2DImage(image(kind), None, lbp2DRadius=radius, lbp2DSamples=samples,
                                                   lbp2DMethod=method, force2Ddimension=axis):
        emit("oracle_lbp2d_%s_%d_%d_%s" % (kind, axis, samples, method), response)
for kind, settings in (("int16", {}), ("float32", {"lbp3DIcosphereRadius": 1.5, "lbp3DIcosphereSubdivision": 2}),
                       ("float64", {"lbp3DLevels": 3, "lbp3DIcosphereRadius": 2, "lbp3DIcosphereSubdivision": 0})):
    everywhere = sitk.GetImageFromArray(np.ones(SIZE[::-1], "uint8"))
    for response, name, _ in operations.getLBP3DImage(image(kind), everywhere, label=1, **settings):
        emit("oracle_%s_%s" % (name.replace("-", "_").lower(), kind), response)
print("\n#endif")
