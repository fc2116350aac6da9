#!/usr/bin/env python3
"""IBSI-1's families through pictologics or MIRP, in memory: processor seconds of a ROI, the first run left out.

    peer_ibsi.py pictologics|mirp IMAGE MASK BINS RUNS OUT

Prints "STEP SHORTEST MEDIAN" a line ("all" with MIRP). OUT: family, IBSI code and value of every feature (pictologics).
"""
import csv
import statistics
import sys
import time
import warnings

import numpy as np
import SimpleITK

warnings.filterwarnings("ignore")


def pictologics_steps(image, mask, spacing, bins, out):
    from pictologics.features import intensity, morphology, texture
    from pictologics.loader import Image

    roi = mask != 0
    inside = image[roi]
    low, high = inside.min(), inside.max()
    whole = [Image(array=array, spacing=spacing, origin=(0.0, 0.0, 0.0)) for array in (image, mask)]
    found, levels = {}, {}

    def discretise():
        numbers = np.minimum(np.floor(bins * (image - low) / (high - low)) + 1, bins)
        levels["volume"] = np.where(roi, numbers, 0)
        levels["values"] = levels["volume"][roi]

    def spatial():
        return {**morphology.calculate_morphology_features(whole[1], whole[0], whole[1]),
                **intensity.calculate_spatial_intensity_features(*whole)}

    steps = {
        "levels": discretise,
        "morphology": spatial,
        "local": lambda: intensity.calculate_local_intensity_features(*whole),
        "statistics": lambda: intensity.calculate_intensity_features(inside),
        "histogram": lambda: intensity.calculate_intensity_histogram_features(levels["values"], bins),
        "ivh": lambda: intensity.calculate_ivh_features(levels["values"], bin_width=1.0, min_val=1.0, max_val=bins),
        "texture": lambda: texture.calculate_all_texture_features(levels["volume"], mask, bins),
    }

    def run():
        seconds = {}
        for name, step in steps.items():
            begun = time.process_time()
            found[name] = step()
            seconds[name] = time.process_time() - begun
        seconds["all"] = sum(seconds.values())
        return seconds

    def write():
        with open(out, "w", newline="") as file:
            table = csv.writer(file)
            for name, values in found.items():
                for key, value in (values or {}).items():
                    table.writerow([name, key.rsplit("_", 1)[-1], repr(float(value))])

    return run, write


def mirp_steps(image, mask, spacing, bins):
    import mirp

    def run():
        begun = time.process_time()
        mirp.extract_features(
            image=np.ascontiguousarray(image.transpose(2, 1, 0)), mask=np.ascontiguousarray(mask.transpose(2, 1, 0)),
            image_name="one", sample_name="one", write_features=False, export_features=True,
            base_feature_families="all", by_slice=False, base_discretisation_method="fixed_bin_number",
            base_discretisation_n_bins=bins, glcm_spatial_method="3d_volume_merge",
            glrlm_spatial_method="3d_volume_merge", ivh_discretisation_method="fixed_bin_number",
            ivh_discretisation_n_bins=bins)
        return {"all": time.process_time() - begun}

    return run, lambda: None


def main():
    which, image, mask, bins, runs, out = sys.argv[1:]
    volume = SimpleITK.ReadImage(image)
    x_first = [SimpleITK.GetArrayFromImage(v).transpose(2, 1, 0).copy() for v in (volume, SimpleITK.ReadImage(mask))]
    arguments = (x_first[0].astype(np.float64), x_first[1].astype(np.uint8), volume.GetSpacing(), int(bins))
    run, write = (pictologics_steps(*arguments, out) if which == "pictologics" else mirp_steps(*arguments))
    run()
    rounds = [run() for _ in range(int(runs))]
    for name in rounds[0]:
        seconds = [one[name] for one in rounds]
        print(f"{name} {min(seconds):.9f} {statistics.median(seconds):.9f}")
    write()


main()
