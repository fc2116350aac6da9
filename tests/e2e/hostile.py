#!/usr/bin/env python3
"""Bad images and masks: each becomes a row of the failures table with a sentence that names the file, what was found and
what was expected; the cases beside it are computed. And ROIs that look odd but are sound."""
import gzip
import math
import os
import struct

from program import SIZE, content, expect, finish, folder, image_voxels, mask_voxels, nifti, run, table, write

SPACING = (1.0, 1.25, 2.5)
N = SIZE[0] * SIZE[1] * SIZE[2]


def build(where):
    """Manifest rows of bad cases: ID -> (image, mask, code, words of the sentence)."""
    def path(name):
        return os.path.join(where, name)

    def put(name, data):
        with open(path(name), "wb") as file:
            file.write(data)
        return name

    nifti.write(path("good.nii"), "int16", SIZE, SPACING, image_voxels(0))
    nifti.write(path("good.nii.gz"), "int16", SIZE, SPACING, image_voxels(0))
    nifti.write(path("mask.nii.gz"), "uint8", SIZE, SPACING, mask_voxels())
    good, packed = content(path("good.nii")), content(path("good.nii.gz"))
    patched = lambda offset, data: good[:offset] + data + good[offset + len(data):]
    os.mkdir(path("folder.nii"))
    nan = [float(v) for v in image_voxels(0)]
    nan[5 + SIZE[0] * (5 + SIZE[1] * 5)] = math.nan
    nifti.write(path("nan.nii"), "float32", SIZE, SPACING, nan)
    outside = [float(v) for v in image_voxels(0)]
    outside[0] = math.inf
    nifti.write(path("nan_outside.nii"), "float32", SIZE, SPACING, outside)
    nifti.write(path("spacing.nii.gz"), "uint8", SIZE, (1.0, 1.25, 2.0), mask_voxels())
    nifti.write(path("size.nii.gz"), "uint8", (12, 11, 9), SPACING, mask_voxels((12, 11, 9)))
    nifti.write(path("one.nii"), "uint8", SIZE, SPACING, [int(i == N // 2) for i in range(N)])
    nifti.write(path("empty_mask.nii"), "uint8", SIZE, SPACING, [0] * N)
    shifted = bytearray(gzip.decompress(content(path("mask.nii.gz"))))
    struct.pack_into("<f", shifted, 280 + 12, 3.0)  # srow_x[3]
    return {
        "missing": ("nowhere.nii.gz", "mask.nii.gz", "missing-file", ["nowhere.nii.gz"]),
        "folder": ("folder.nii", "mask.nii.gz", "read-or-write-error", ["folder.nii", "is a folder"]),
        "empty": (put("empty.nii", b""), "mask.nii.gz", "damaged-file", ["empty.nii"]),
        "header-cut": (put("header.nii", good[:200]), "mask.nii.gz", "damaged-file", ["header.nii"]),
        "data-cut": (put("data.nii", good[:-100]), "mask.nii.gz", "damaged-file", ["data.nii", "2892", "2992"]),
        "gz-cut": (put("cut.nii.gz", packed[:len(packed) // 2]), "mask.nii.gz", "damaged-file", ["cut.nii.gz"]),
        "gz-crc": (put("crc.nii.gz", packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]), "mask.nii.gz", "damaged-file",
                   ["crc.nii.gz"]),
        "magic": (put("magic.nii", patched(344, b"zz")), "mask.nii.gz", "damaged-file", ["magic.nii"]),
        "text": (put("text.nii", b"this is no image\n" * 100), "mask.nii.gz", "damaged-file", ["text.nii"]),
        "overflow": (put("huge.nii", patched(40, struct.pack("<8h", 7, *[32767] * 7))), "mask.nii.gz", None, ["huge.nii"]),
        "beyond": (put("beyond.nii", patched(40, struct.pack("<4h", 3, 1024, 1024, 600))), "mask.nii.gz", "damaged-file",
                   ["beyond.nii"]),
        "frames": (put("frames.nii", patched(40, struct.pack("<5h", 4, 12, 11, 5, 2))), "mask.nii.gz", "unsupported-data",
                   ["frames.nii"]),
        "zero-spacing": (put("zero.nii", patched(80, struct.pack("<f", 0.0))), "mask.nii.gz", "damaged-file",
                         ["zero.nii", "spacing"]),
        "rgb": (put("rgb.nii", patched(70, struct.pack("<2h", 128, 24))), "mask.nii.gz", "unsupported-data", ["rgb.nii", "RGB"]),
        "complex": (put("complex.nii", patched(70, struct.pack("<2h", 32, 64))), "mask.nii.gz", "unsupported-data",
                    ["complex.nii"]),
        "nan": ("nan.nii", "mask.nii.gz", "invalid-value", ["nan.nii", "(5, 5, 5)"]),
        "spacing": ("good.nii", "spacing.nii.gz", "geometry-mismatch", ["spacing.nii.gz", "2.5", "2"]),
        "size": ("good.nii", "size.nii.gz", "geometry-mismatch", ["size.nii.gz", "10", "9"]),
        "origin": ("good.nii", put("origin.nii", bytes(shifted)), "geometry-mismatch", ["origin.nii", "3"]),
        "no-label": ("good.nii", "empty_mask.nii", "label-absent", ["empty_mask.nii"]),
        "one-voxel": ("good.nii", "one.nii", "roi-too-small", ["one.nii", "1 voxel"]),
    }


def hostile(where):
    cases = build(where)
    lines = ["ID,Image,Mask,Label", "first,good.nii,mask.nii.gz,1"]
    lines += [f"{name},{image},{mask},{'2' if name == 'nan' else '1'}" for name, (image, mask, _, _) in cases.items()]
    lines += ["label-9,good.nii,mask.nii.gz,9", "part,good.nii,mask.nii.gz,1;9", "nan-elsewhere,nan_outside.nii,mask.nii.gz,1",
              "last,good.nii.gz,mask.nii.gz,all"]
    cases["label-9"] = ("", "", "label-absent", ["mask.nii.gz", "9", "1, 2, 3"])
    cases["part"] = ("", "", "label-absent", ["mask.nii.gz", "9"])
    cohort = write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n")
    out = os.path.join(where, "f.h5ad")
    for ranks in (1, 2):
        done = run("extract", cohort, "--out", out, "--csv", os.path.join(where, "f.csv"), "--fresh", ranks=ranks)
        expect(done.returncode == 1, f"status 1 on {ranks} ranks: {done.returncode} {done.stderr}")
        done = run("extract", cohort, "--out", out, "--resume", "--failed-status", "65", "-q", ranks=ranks)
        expect(done.returncode == 65, f"status 65 on {ranks} ranks: {done.returncode} {done.stderr}")
    for taken in ("0", "3", "75", "126", "x"):
        done = run("extract", cohort, "--out", out, "--resume", "--failed-status", taken)
        expect(done.returncode == 2 and f"--failed-status {taken};" in done.stderr, f"status {taken}: {done.returncode} {done.stderr}")
        rows = [(r["ID"], r["Label"]) for r in table(os.path.join(where, "f.csv"))]
        expect(rows == [("first", "1"), ("part", "1"), ("nan-elsewhere", "1"), ("last", "1"), ("last", "2"), ("last", "3")],
               f"the sound ones are all there on {ranks} ranks: {rows}")
        failures = {f["ID"]: f for f in table(out + ".run/failures.csv")}
        expect(set(failures) == set(cases), f"one failure a bad case: {set(failures) ^ set(cases)}")
        for name, (_, _, code, words) in cases.items():
            failure = failures.get(name, {"code": "", "sentence": ""})
            expect(code in (None, failure["code"]), f"{name}: code {failure['code']} for {code}: {failure['sentence']}")
            for word in words:
                expect(word in failure["sentence"], f"{name}: the sentence names {word!r}: {failure['sentence']}")
            expect(where not in failure["sentence"], f"{name}: no absolute path: {failure['sentence']}")


def nan_excluded(where):
    build(where)
    cohort = write(os.path.join(where, "cohort.csv"), "ID,Image,Mask,Label\nnan,nan.nii,mask.nii.gz,2\n")
    done = run("extract", cohort, "--out", os.path.join(where, "f.h5ad"), "--csv", os.path.join(where, "f.csv"),
               "--nan-policy", "exclude")
    rows = table(os.path.join(where, "f.csv"))
    whole = mask_voxels().count(2) * 1.0 * 1.25 * 2.5
    expect(done.returncode == 0 and float(rows[0]["original_shape_VoxelVolume"]) == whole - 3.125,
           f"excluded voxels leave the ROI: {rows[0]['original_shape_VoxelVolume']} of {whole}")


def sound(where):
    """A ROI of one slice, one that touches the border, one that fills the image; negative spacing is its absolute value."""
    nx, ny, nz = SIZE
    index = [(x, y, z) for z in range(nz) for y in range(ny) for x in range(nx)]
    nifti.write(os.path.join(where, "image.nii"), "int16", SIZE, SPACING, image_voxels(1))
    data = content(os.path.join(where, "image.nii"))
    negative = lambda content: content[:80] + struct.pack("<f", -1.0) + content[84:]
    with open(os.path.join(where, "negative.nii"), "wb") as file:
        file.write(negative(data))
    masks = {"slice": [int(z == 4 and 2 < x < 9 and 2 < y < 8) for x, y, z in index],
             "border": [int(x < 3 and y > 6) for x, y, z in index],
             "full": [1] * N}
    lines = ["ID,Image,Mask"]
    for name, voxels in masks.items():
        nifti.write(os.path.join(where, f"{name}.nii.gz"), "uint8", SIZE, SPACING, voxels)
        lines.append(f"{name},image.nii,{name}.nii.gz")
    with open(os.path.join(where, "negative_mask.nii"), "wb") as file: # ITK turns the axis too, so of both files
        file.write(negative(gzip.decompress(content(os.path.join(where, "border.nii.gz")))))
    lines.append("negative,negative.nii,negative_mask.nii")
    cohort = write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n")
    done = run("extract", cohort, "--out", os.path.join(where, "f.h5ad"), "--csv", os.path.join(where, "f.csv"))
    rows = {r["ID"]: r for r in table(os.path.join(where, "f.csv"))}
    expect(done.returncode == 0 and set(rows) == {"slice", "border", "full", "negative"}, f"all computed: {done.stdout}")
    for name, voxels in masks.items():
        volume = float(rows[name]["original_shape_VoxelVolume"])
        expect(volume == sum(voxels) * 3.125, f"{name}: {volume} for {sum(voxels) * 3.125}")
        expect(rows[name]["original_glcm_Contrast"] != "", f"{name} has texture")
    same = {k: v for k, v in rows["border"].items() if k.startswith("original_")}
    expect(same == {k: v for k, v in rows["negative"].items() if k.startswith("original_")}, "negative spacing: its absolute value")


def slices(where):
    """shape2D is of one slice across force2Ddimension: other ROIs fail, as in PyRadiomics 3.0.1, and `check` says so."""
    nx, ny, nz = SIZE
    index = [(x, y, z) for z in range(nz) for y in range(ny) for x in range(nx)]
    nifti.write(os.path.join(where, "image.nii"), "int16", SIZE, SPACING, image_voxels(1))
    masks = {"x": [int(x == 4 and 2 < y < 8 and 1 < z < 6) for x, y, z in index],
             "y": [int(y == 4 and 2 < x < 8 and 1 < z < 6) for x, y, z in index],
             "z": [int(z == 4 and 2 < x < 8 and 2 < y < 7) for x, y, z in index]}
    for name, voxels in masks.items():
        nifti.write(os.path.join(where, f"{name}.nii"), "uint8", SIZE, SPACING, voxels)
    cohort = write(os.path.join(where, "cohort.csv"),
                   "ID,Image,Mask\n" + "".join(f"{name},image.nii,{name}.nii\n" for name in masks))
    thick = {("x", 0): 4, ("x", 1): 5, ("y", 0): 4, ("y", 2): 5, ("z", 1): 4, ("z", 2): 5}
    for dimension, thin in enumerate("zyx"):
        params = write(os.path.join(where, "p.yaml"), "featureClass: {shape2D: [PixelSurface]}\n"
                       f"setting: {{force2D: true, force2Ddimension: {dimension}}}\n")
        done = run("extract", cohort, "--params", params, "--out", os.path.join(where, "f.h5ad"), "--csv",
                   os.path.join(where, "f.csv"), "--fresh")
        failures = {f["ID"]: f for f in table(os.path.join(where, "f.h5ad.run/failures.csv"))}
        rows = table(os.path.join(where, "f.csv"))
        area = 20 * SPACING[0] * SPACING[1] * SPACING[2] / SPACING["xyz".index(thin)]
        expect(done.returncode == 1 and [r["ID"] for r in rows] == [thin], f"only {thin}.nii is a slice: {done.stdout}")
        expect([float(r["original_shape2D_PixelSurface"]) for r in rows] == [area], f"its surface: {rows} for {area}")
        expect(set(failures) == set("xyz") - {thin}, f"the others failed: {set(failures)}")
        checked = run("check", cohort, "--params", params)
        for name, failure in failures.items():
            words = f"{name}.nii: label 1: the ROI spans {thick[name, dimension]} slices along {thin}; class shape2D is of one"
            expect(failure["code"] == "roi-too-small" and words in failure["sentence"], f"{name}: {failure}")
            expect(words in checked.stdout, f"check foretells it: {checked.stdout}")


if __name__ == "__main__":
    for test in (hostile, nan_excluded, sound, slices):
        with folder() as where:
            test(where)
    finish("hostile")
