"""Writes wavelet_radiomics.h: the wavelet images of PyRadiomics for a small image of a formula.

Usage: python wavelet_radiomics.py > wavelet_radiomics.h
       (PyRadiomics 3.0.1, PyWavelets 1.5.0, SimpleITK 2.3.1, numpy 1.26.4)

Of every image: its name, the voxels (0, 0, 0), (3, 2, 2) and the last one, the sum of absolutes, and the sum of each
voxel times its index.
"""
import numpy
import SimpleITK
from radiomics import imageoperations

SIZES = {"odd": (7, 6, 5), "even": (8, 4, 10)}
CASES = [
    ("odd", "int16", "coif1", 0, 1, -1),
    ("even", "int16", "db3", 0, 2, -1),
    ("odd", "float64", "sym4", 0, 3, -1),
    ("odd", "int16", "bior2.2", 1, 2, -1),
    ("even", "int16", "dmey", 0, 1, -1),
    ("odd", "int16", "coif1", 0, 1, 2),
    ("even", "int16", "db2", 1, 2, 1),
    ("odd", "int16", "haar", 0, 1, 0),
    ("odd", "float32", "coif1", 0, 2, -1),
]


def image(size, kind):
    nx, ny, nz = size
    z, y, x = numpy.mgrid[:nz, :ny, :nx]
    values = (7 * x * x + 13 * y * y + 29 * z * z + 3 * x * y * z + 5 * x) % 101 - 20
    if kind != "int16":
        values = values / 3.0
    return SimpleITK.GetImageFromArray(values.astype(kind))


print("/* clang-format off */")
print("/* Written by wavelet_radiomics.py: PyRadiomics 3.0.1, PyWavelets 1.5.0, SimpleITK 2.3.1, numpy 1.26.4. */")
print("static const struct wavelet_case { int size[3]; rml_scalar type; const char *wavelet; int start_level, level, "
      "left_out;")
print("    int n; struct { const char *name; double numbers[5]; } images[22]; } wavelet_cases[] = {")
for size, kind, wavelet, start, level, left_out in CASES:
    settings = {"wavelet": wavelet, "start_level": start, "level": level}
    if left_out >= 0:
        settings.update(force2D=True, force2Ddimension=2 - left_out)
    images = list(imageoperations.getWaveletImage(image(SIZES[size], kind), None, **settings))
    print('{{%d, %d, %d}, RML_%s, "%s", %d, %d, %d, %d, {' % (*SIZES[size], kind.upper(), wavelet, start, level, left_out,
                                                              len(images)))
    for filtered, name, _ in images:
        a = SimpleITK.GetArrayFromImage(filtered)
        assert a.dtype == ("float32" if kind == "float32" else "float64")
        a = a.astype(float)
        numbers = [a[0, 0, 0], a[2, 2, 3], a[-1, -1, -1], abs(a).sum(), (a.ravel() * numpy.arange(a.size)).sum()]
        print('    {"%s", {%s}},' % (name, ", ".join(repr(float(v)) for v in numbers)))
    print("}},")
print("};")
