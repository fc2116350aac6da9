"""PyRadiomics 3.0.1's features of the sarcoma images, for expected.R (numpy 1.26.4, SimpleITK 2.3.1):

    python features.py IMAGES FOLDER

FOLDER/pet.csv    all patients' PET scans by pet.yaml
FOLDER/grids.csv  the shape of PET and MR masks of the patients who have both, by shape.yaml
"""
import csv
import logging
import os
import sys

from radiomics import featureextractor

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGES, FOLDER = sys.argv[1:3]


def features(parameters, patient, of):
    extractor = featureextractor.RadiomicsFeatureExtractor(os.path.join(HERE, parameters))
    values = extractor.execute(*(os.path.join(IMAGES, f"{patient}_{of}_{what}.nii.gz") for what in ("image", "mask")))
    return {name: repr(float(value)) for name, value in values.items() if name.startswith("original_")}


def save(name, rows):
    with open(os.path.join(FOLDER, name), "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


logging.getLogger("radiomics").setLevel(logging.ERROR)
with open(os.path.join(IMAGES, "cohort.csv"), newline="") as cohort:
    patients = list(csv.DictReader(cohort))
save("pet.csv", [{"ID": p["patient_id"], "LungMetastasis": p["lung_metastasis"]} | features("pet.yaml", p["patient_id"], "PET")
                 for p in patients])
save("grids.csv", [{"ID": p["patient_id"], "Grid": of} | features("shape.yaml", p["patient_id"], of)
                   for p in patients if p["mr_t1_mask_voxels"] for of in ("MR_T1", "PET")])
