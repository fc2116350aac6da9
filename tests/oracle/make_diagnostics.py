#!/usr/bin/env python3
"""Writes diagnostics.csv: what PyRadiomics' diagnostics say of the cases of diagnostic_cases.py, in its order and as its
own table prints them. How to get it again:

    python3 -m venv peer
    peer/bin/pip install numpy==1.26.4 versioneer wheel
    peer/bin/pip install --no-cache-dir --no-build-isolation pyradiomics==3.0.1 SimpleITK==2.3.1 PyWavelets==1.5.0
    peer/bin/python tests/oracle/make_diagnostics.py
"""
import csv
import logging
import pathlib
import tempfile

import radiomics.featureextractor

import diagnostic_cases


def main():
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, image, mask, parameters in diagnostic_cases.make(folder):
            params = pathlib.Path(folder, "p.yaml")
            params.write_text(parameters)
            values = radiomics.featureextractor.RadiomicsFeatureExtractor(str(params)).execute(str(image), str(mask))
            rows += [[name, key, str(value)] for key, value in values.items()
                     if key.startswith(("diagnostics_Image", "diagnostics_Mask"))]
    path = pathlib.Path(__file__).parent / "diagnostics.csv"
    with open(path, "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["case", "name", "value"])
        table.writerows(rows)
    print(f"{path}: {len(rows)} values, PyRadiomics {radiomics.__version__}")


if __name__ == "__main__":
    main()
