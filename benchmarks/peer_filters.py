#!/usr/bin/env python3
"""A case with filters through PyRadiomics: processor seconds of reading, execute() without diagnostics, and the row's CSV.

    peer_filters.py IMAGE MASK PARAMS RUNS OUT

Prints "case SHORTEST MEDIAN", and writes the features, a column each, to OUT.
"""
import csv
import logging
import statistics
import sys
import time

import radiomics
import radiomics.featureextractor
import SimpleITK


def main():
    image, mask, params, runs, out = sys.argv[1:]
    logging.getLogger("radiomics").setLevel(logging.ERROR)
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    extractor = radiomics.featureextractor.RadiomicsFeatureExtractor(params, additionalInfo=False)
    seconds = []
    for _ in range(int(runs)):
        begun = time.process_time()
        values = extractor.execute(SimpleITK.ReadImage(image), SimpleITK.ReadImage(mask))
        with open(out, "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(values)
            table.writerow([repr(float(value)) for value in values.values()])
        seconds.append(time.process_time() - begun)
    print(f"case {min(seconds):.9f} {statistics.median(seconds):.9f}")


main()
