#!/usr/bin/env python3
"""Writes formula_images.csv: all 107 features of PyRadiomics on each image of formula_images.py, default settings.

How the table came about, and how to get it again (17 significant digits, so that a double is told exactly):

    python3 -m venv peer
    peer/bin/pip install numpy==1.26.4 versioneer wheel
    peer/bin/pip install --no-cache-dir --no-build-isolation pyradiomics==3.0.1 SimpleITK==2.3.1 PyWavelets==1.5.0
    peer/bin/python tests/oracle/make_formula_images.py
"""
import csv
import logging
import pathlib

import numpy
import radiomics.featureextractor
import SimpleITK

from formula_images import IMAGES


def volume(image, function, type):
    voxels = numpy.array(image.voxels(function), dtype=type).reshape(image.size[::-1])
    made = SimpleITK.GetImageFromArray(voxels)
    made.SetSpacing(image.spacing)
    return made


def main():
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    extractor = radiomics.featureextractor.RadiomicsFeatureExtractor(additionalInfo=False)
    columns = {}
    for image in IMAGES:
        values = extractor.execute(volume(image, image.value, image.type), volume(image, image.inside, "uint8"))
        columns[image.name] = {name: float(value) for name, value in values.items() if name.startswith("original_")}
    names = list(columns[IMAGES[0].name])
    assert len(names) == 107, len(names)
    path = pathlib.Path(__file__).with_name("formula_images.csv")
    with open(path, "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["feature"] + [image.name for image in IMAGES])
        for name in names:
            table.writerow([name] + ["%.17g" % columns[image.name][name] for image in IMAGES])
    print(f"{path}: {len(names)} features of {len(IMAGES)} images, PyRadiomics {radiomics.__version__}")


if __name__ == "__main__":
    main()
