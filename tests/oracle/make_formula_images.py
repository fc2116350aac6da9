#!/usr/bin/env python3
"""Writes formula_images.csv: all 107 features of PyRadiomics on each image of formula_images.py, default settings; and
formula_filters.csv: a few features of every image that the parameter files in params/ ask for.

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


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
    print(f"{path}: {len(rows)} rows, PyRadiomics {radiomics.__version__}")


def values_of(params):
    """By feature: a value for each image, "" where PyRadiomics makes none (a filter that needs a larger image)."""
    extractor = radiomics.featureextractor.RadiomicsFeatureExtractor(*params, additionalInfo=False)
    extractor.settings["additionalInfo"] = False
    columns = {}
    for image in IMAGES:
        values = extractor.execute(volume(image, image.value, image.type), volume(image, image.inside, "uint8"))
        columns[image.name] = {name: "%.17g" % float(value) for name, value in values.items()
                               if not name.startswith("diagnostics_")}
    names = max(columns.values(), key=len)
    return {name: [columns[image.name].get(name, "") for image in IMAGES] for name in names}


def main():
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    here = pathlib.Path(__file__).parent
    images = [image.name for image in IMAGES]
    default = values_of([])
    assert len(default) == 107, len(default)
    write(here / "formula_images.csv", ["feature"] + images, [[name] + row for name, row in default.items()])
    rows = []
    for params in sorted(here.glob("params/*.yaml")):
        rows += [[params.stem, name] + row for name, row in values_of([str(params)]).items()]
    write(here / "formula_filters.csv", ["params", "feature"] + images, rows)


if __name__ == "__main__":
    main()
