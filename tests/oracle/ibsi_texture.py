"""Writes ibsi_texture.h: IBSI-1's texture reference values for the digital phantom and CT configurations A to C, and
MIRP's.

    python3 ibsi_texture.py FOLDER > ibsi_texture.h

FOLDER holds ibsi1_reference_values.csv, the consensus values with their tolerances (github.com/theibsi/data_sets,
Zwanenburg et al., Radiology 295 (2020)), and mirp_2.7.0_values.csv, what MIRP 2.7.0 computes of the same images.
"""

import csv
import os
import sys

FAMILIES = ["glcm", "glrlm", "glszm", "gldzm", "ngtdm", "ngldm"]
DIRECTIONAL = ["2D:avg", "2D:mrg", "2.5D:avg", "2.5D:mrg", "3D:avg", "3D:mrg"]
WHOLE = ["2D", "2.5D", "3D"]
CONFIGS = {"digital_phantom": "IBSI_PHANTOM", "A": "IBSI_CT_A", "B": "IBSI_CT_B", "C": "IBSI_CT_C"}


def read(folder, name):
    with open(os.path.join(folder, name), newline="") as file:
        return list(csv.DictReader(file))


def main():
    folder = sys.argv[1]
    mirp = {(row["base_tag"], row["aggregation"], row["config"]): row["mirp_value"]
            for row in read(folder, "mirp_2.7.0_values.csv")}
    print("/* clang-format off */")
    print("/* Written by ibsi_texture.py: IBSI-1's texture values (value, tolerance) and those of MIRP 2.7.0. */")
    print("#ifndef RML_TESTS_IBSI_TEXTURE_H")
    print("#define RML_TESTS_IBSI_TEXTURE_H")
    print()
    print("enum { IBSI_PHANTOM, IBSI_CT_A, IBSI_CT_B, IBSI_CT_C };")
    print()
    print("static const struct {")
    print("    int config, family, row; /* of rml_ibsi_texture and of its aggregations */")
    print("    const char *tag;")
    print("    double value, tolerance, mirp;")
    print("} ibsi_texture[] = {")
    for row in read(folder, "ibsi1_reference_values.csv"):
        if row["family"] not in FAMILIES or row["config"] not in CONFIGS:
            continue
        rows = DIRECTIONAL if row["aggregation"] in DIRECTIONAL else WHOLE
        print('    {%s, %d, %d, "%s", %s, %s, %s},' % (
            CONFIGS[row["config"]], FAMILIES.index(row["family"]), rows.index(row["aggregation"]), row["base_tag"],
            row["value"], row["tolerance"], mirp[row["base_tag"], row["aggregation"], row["config"]]))
    print("};")
    print()
    print("/* clang-format on */")
    print()
    print("#endif")


main()
