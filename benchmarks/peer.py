#!/usr/bin/env python3
"""The same case through PyRadiomics: processor seconds of each class, of all 107 features, and of the whole case.

    peer.py IMAGE MASK BIN_WIDTH RUNS OUT

One line a step, as benchmarks/bench_case.c prints them. A class is made from the cropped image (its own binning
included, as PyRadiomics does for every class), enabled and executed; "memory" is the extractor's execute() on image and
mask in memory without the diagnostics; "case" reads both files, executes and writes the row to the CSV OUT.
"""
import csv
import logging
import statistics
import sys
import time

import radiomics
import radiomics.featureextractor
import SimpleITK
from radiomics import imageoperations

CLASSES = ("shape", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")


def timed(name, runs, step):
    seconds = []
    for _ in range(runs):
        begun = time.process_time()
        step()
        seconds.append(time.process_time() - begun)
    print(f"{name} {min(seconds):.9f} {statistics.median(seconds):.9f}", flush=True)


def read(image_path, mask_path):
    return SimpleITK.ReadImage(image_path), SimpleITK.ReadImage(mask_path)


def main():
    image_path, mask_path, bin_width, runs, out = sys.argv[1:]
    runs = int(runs)
    settings = {"binWidth": float(bin_width), "additionalInfo": False}
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    extractor = radiomics.featureextractor.RadiomicsFeatureExtractor(**settings)
    image, mask = read(image_path, mask_path)
    box, _ = imageoperations.checkMask(image, mask)
    cropped = imageoperations.cropToTumorMask(image, mask, box)

    def one_class(name):
        features = radiomics.getFeatureClasses()[name](*cropped, **settings)
        features.enableAllFeatures()
        features.execute()

    def case():
        values = extractor.execute(*read(image_path, mask_path))
        with open(out, "a", newline="") as file:
            csv.writer(file).writerow([repr(float(value)) for value in values.values()])

    for name in CLASSES:
        timed(name, runs, lambda: one_class(name))
    timed("memory", runs, lambda: extractor.execute(image, mask))
    timed("read", runs, lambda: read(image_path, mask_path))
    timed("case", runs, case)


if __name__ == "__main__":
    main()
