"""Prints pyradiomics_sizes.h: GLRLM, GLSZM and GLDM values of three images that formulas make, from PyRadiomics.

Usage: python pyradiomics_sizes.py > pyradiomics_sizes.h      (PyRadiomics 3.0.1, numpy 1.26.4, SimpleITK 2.3.1)
"""
import logging

import numpy
import radiomics
import SimpleITK
from radiomics import gldm, glrlm, glszm

radiomics.logger.setLevel(logging.CRITICAL)
SPACING = (0.7, 1.1, 2.5)


def image(name):
    sizes = {"a": (7, 6, 5), "b": (9, 4, 6), "c": (12, 11, 8)}
    nx, ny, nz = sizes[name]
    z, y, x = numpy.meshgrid(range(nz), range(ny), range(nx), indexing="ij")
    if name == "a":
        return 1 + (x * x + 3 * y + 2 * y * z) % 5, (x + 2 * y + 3 * z) % 7 != 3
    if name == "b":
        return 1 + 2 * ((x // 2 + y + z // 2) % 4), (x * y + z) % 5 != 1
    return 1 + (x * x + 2 * y * y + 3 * z * z) // 40, (x - 5) ** 2 + (y - 5) ** 2 + 2 * (z - 3) ** 2 <= 36


CONFIGS = [
    ("glrlm", "3D", {}),
    ("glrlm", "euclidean", {"weightingNorm": "euclidean"}),
    ("glrlm", "manhattan", {"weightingNorm": "manhattan"}),
    ("glrlm", "infinity", {"weightingNorm": "infinity"}),
    ("glrlm", "no_weighting", {"weightingNorm": "no_weighting"}),
    ("glrlm", "2D z", {"force2D": True, "force2Ddimension": 0}),
    ("glrlm", "2D y", {"force2D": True, "force2Ddimension": 1}),
    ("glrlm", "2D x", {"force2D": True, "force2Ddimension": 2}),
    ("glrlm", "2D y euclidean", {"force2D": True, "force2Ddimension": 1, "weightingNorm": "euclidean"}),
    ("glszm", "3D", {}),
    ("glszm", "2D z", {"force2D": True, "force2Ddimension": 0}),
    ("glszm", "2D y", {"force2D": True, "force2Ddimension": 1}),
    ("glszm", "2D x", {"force2D": True, "force2Ddimension": 2}),
    ("gldm", "3D", {}),
    ("gldm", "alpha 1", {"gldm_a": 1}),
    ("gldm", "distances 1 2", {"distances": [1, 2]}),
    ("gldm", "distances 2 alpha 2", {"distances": [2], "gldm_a": 2}),
    ("gldm", "2D z", {"force2D": True, "force2Ddimension": 0}),
    ("gldm", "2D y", {"force2D": True, "force2Ddimension": 1}),
    ("gldm", "2D x alpha 1", {"force2D": True, "force2Ddimension": 2, "gldm_a": 1}),
]
CLASSES = {"glrlm": glrlm.RadiomicsGLRLM, "glszm": glszm.RadiomicsGLSZM, "gldm": gldm.RadiomicsGLDM}

print("/* GLRLM, GLSZM and GLDM of three images that formulas make; printed by pyradiomics_sizes.py with PyRadiomics "
      f"{radiomics.__version__.lstrip('v')},\n * binWidth 1, spacing {SPACING} mm (x y z). Values in ASCII order of the "
      "features' names, deprecated ones left out. */\n/* clang-format off */")
print("static const struct {\n    char image;\n    const char *class_, *config;\n    double value[16];\n} oracle[] = {")
for name in "abc":
    grey, mask = image(name)
    assert all(ax.min() == 0 and ax.max() == n - 1 for ax, n in zip(numpy.nonzero(mask), mask.shape))
    assert grey[mask].min() == 1
    picture = SimpleITK.GetImageFromArray(grey.astype(numpy.int32))
    roi = SimpleITK.GetImageFromArray(mask.astype(numpy.uint8))
    picture.SetSpacing(SPACING)
    roi.SetSpacing(SPACING)
    for family, config, settings in CONFIGS:
        calculator = CLASSES[family](picture, roi, binWidth=1, **settings)
        calculator.enableAllFeatures()
        values = calculator.execute()
        print(f"    {{'{name}', \"{family}\", \"{config}\", {{")
        ordered = [repr(float(values[key])) for key in sorted(values)]
        for i in range(0, len(ordered), 4):
            print("        " + ", ".join(ordered[i:i + 4]) + ",")
        print("    }},")
print("};\n/* clang-format on */")
