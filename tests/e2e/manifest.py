#!/usr/bin/env python3
"""Manifests as people write them: what is carried, what is named, what is refused, and with which exit status."""
import os

from program import SIZE, content, expect, finish, folder, mask_voxels, nifti, run, table, write, write_cases


def carried_columns(where):
    """Byte-order mark, CRLF, quoted commas, an empty line; ids, labels and index."""
    write_cases(where, 2)
    manifest = ('\ufeffID,Centre,Image,Mask,Reader,Timepoint,Note\r\n'
                'A,"Zürich, Nord",i000.nii.gz,m000.nii.gz,1,1,"said ""fine"""\r\n'
                '\r\n'
                'A,"Zürich, Nord",i000.nii.gz,m001.nii.gz,2,1,\r\n'
                'B,Lyon,i001.nii.gz,m001.nii.gz,1,1,007\r\n')
    cohort = os.path.join(where, "carried.csv")
    with open(cohort, "w", newline="", encoding="utf-8") as file:
        file.write(manifest)
    out = os.path.join(where, "carried.h5ad")
    done = run("extract", cohort, "--out", out, "--csv", os.path.join(where, "carried-out.csv"), "--label", "2")
    expect(done.returncode == 0, f"a manifest with quoted commas is read: {done.stderr}")
    rows = table(os.path.join(where, "carried-out.csv"))
    expect([r["ID"] for r in rows] == ["A", "A", "B"], "rows stand in the manifest's order")
    expect(rows[0]["Centre"] == "Zürich, Nord" and rows[0]["Note"] == 'said "fine"' and rows[2]["Note"] == "007",
           "carried cells come back as written")
    expect(all(r["Label"] == "2" for r in rows), "Label holds the computed label")
    expect(list(rows[0])[:8] == ["ID", "Centre", "Image", "Mask", "Reader", "Timepoint", "Note", "Label"],
           f"the manifest's columns, then Label: {list(rows[0])[:8]}")
    rest = [name for name in list(rows[0])[8:] if not name.startswith("diagnostics_")]
    expect(rest[0] == "original_shape_Elongation" and rest == list(rows[0])[-107:], "then diagnostics and the 107 features")


def labels(where):
    """all, lists and unions give one row a ROI; the union is the ROI of both."""
    lines = write_cases(where, 4)
    write(os.path.join(where, "labels.csv"), "\n".join(lines) + "\n")
    done = run("extract", os.path.join(where, "labels.csv"), "--out", os.path.join(where, "labels.h5ad"), "--csv",
               os.path.join(where, "labels-out.csv"))
    expect(done.returncode == 0, f"labels: {done.stderr}")
    rows = table(os.path.join(where, "labels-out.csv"))
    expect([(r["ID"], r["Label"]) for r in rows] == [("P000", "1"), ("P001", "1"), ("P001", "2"), ("P002", "1"),
                                                     ("P002", "2"), ("P002", "3"), ("P003", "1+3")],
           f"one row a ROI: {[(r['ID'], r['Label']) for r in rows]}")
    volume = {(r["ID"], r["Label"]): float(r["original_shape_VoxelVolume"]) for r in rows}
    expect(volume["P003", "1+3"] == volume["P002", "1"] + volume["P002", "3"], "a union has the voxels of both")
    done = run("extract", os.path.join(where, "labels.csv"), "--out", os.path.join(where, "override.h5ad"), "--csv",
               os.path.join(where, "override.csv"), "--label", "3;1")
    rows = table(os.path.join(where, "override.csv"))
    expect(done.returncode == 0 and [r["Label"] for r in rows] == ["3", "1"] * 4, "--label overrides the column, in its order")


def permuted_labels(where):
    """Other numbers for the same ROIs: the same rows under the new numbers."""
    write_cases(where, 1)
    other = {0: 0, 1: 7, 2: 1, 3: 40}
    nifti.write(os.path.join(where, "other.nii"), "int16", SIZE, (1.0, 1.25, 2.5), [other[v] for v in mask_voxels()])
    write(os.path.join(where, "permuted.csv"), "ID,Image,Mask\nA,i000.nii.gz,m000.nii.gz\nB,i000.nii.gz,other.nii\n")
    done = run("extract", os.path.join(where, "permuted.csv"), "--out", os.path.join(where, "permuted.h5ad"), "--csv",
               os.path.join(where, "permuted-out.csv"), "--label", "all")
    rows = {(r["ID"], int(r["Label"])): [v for k, v in r.items() if k.startswith("original_")]
            for r in table(os.path.join(where, "permuted-out.csv"))}
    expect(done.returncode == 0 and len(rows) == 6, f"three rows each: {sorted(rows)}")
    for label in (1, 2, 3):
        expect(rows["A", label] == rows["B", other[label]], f"label {label} as {other[label]}")


def without_id(where):
    write_cases(where, 1)
    write(os.path.join(where, "noid.csv"), "Image,Mask\ni000.nii.gz,m000.nii.gz\n")
    done = run("extract", os.path.join(where, "noid.csv"), "--out", os.path.join(where, "noid.h5ad"), "--csv",
               os.path.join(where, "noid-out.csv"))
    rows = table(os.path.join(where, "noid-out.csv"))
    expect(done.returncode == 0 and list(rows[0])[:3] == ["Image", "Mask", "Label"], "no ID column is invented in the CSV")


def duplicates(where):
    write_cases(where, 2)
    write(os.path.join(where, "twice.csv"), "ID,Image,Mask\nA,i000.nii.gz,m000.nii.gz\nB,i001.nii.gz,m001.nii.gz\n"
                                            "A,i000.nii.gz,m000.nii.gz\n")
    done = run("extract", os.path.join(where, "twice.csv"), "--out", os.path.join(where, "twice.h5ad"), "--csv",
               os.path.join(where, "twice-out.csv"))
    failures = table(os.path.join(where, "twice.h5ad.run", "failures.csv"))
    expect(done.returncode == 1 and [r["ID"] for r in table(os.path.join(where, "twice-out.csv"))] == ["B"],
           "rows that stand twice are not computed")
    expect(len(failures) == 2 and all(f["code"] == "duplicate" and "2" in f["sentence"] and "4" in f["sentence"]
                                      for f in failures), f"both are named: {failures}")


def clashes(where):
    """Of two rows that share one ROI only that one is lost, and named with the right lines."""
    write_cases(where, 1)
    for name, lines, computed, failed in (
            ("union", ["1", "1;1+2"], ["1+2"], {("1", "2 and 3"): 2}),
            ("all", ["1", "all"], ["2", "3"], {("1", "2 and 3"): 2}),
            ("lines", ["1", "3", "2", "1;2;1+2"], ["3", "1+2"], {("1", "2 and 5"): 2, ("2", "4 and 5"): 2}),
            ("absent", ["9;1", "all"], ["2", "3"], {("1", "2 and 3"): 2, ("9", "label 9 is not in"): 1})):
        cohort = write(os.path.join(where, f"clash-{name}.csv"), "ID,Image,Mask,Label\n" + "".join(
            f"A,i000.nii.gz,m000.nii.gz,{label}\n" for label in lines))
        out = os.path.join(where, f"clash-{name}.h5ad")
        done = run("extract", cohort, "--out", out, "--csv", out + ".csv")
        rows = table(out + ".csv")
        expect(done.returncode == 1 and [r["Label"] for r in rows] == computed,
               f"clash {name}: the others are computed: {done.returncode} {[r['Label'] for r in rows]} {done.stderr}")
        failures = table(out + ".run/failures.csv")
        found = {}
        for failure in failures:
            for key in failed:
                if failure["Label"] == key[0] and key[1] in failure["sentence"]:
                    found[key] = found.get(key, 0) + 1
        expect(found == failed and len(failures) == sum(failed.values()), f"clash {name}: {failures}")
        done = run("check", cohort)
        expect(done.returncode == 1 and done.stdout.count("duplicate") == sum(
            n for key, n in failed.items() if " and " in key[1]), f"clash {name}: check says the same: {done.stdout}")


def refused(where):
    """A wrong description ends with 2 and a sentence that names what is wrong."""
    write_cases(where, 1)
    good = "ID,Image,Mask\nA,i000.nii.gz,m000.nii.gz\n"
    cases = {
        "no column Mask": ("ID,Image\nA,i000.nii.gz\n", "", ["Mask"]),
        "a column in lower case": ("id,image,Mask\nA,i000.nii.gz,m000.nii.gz\n", "", ["image", "Image"]),
        "a row too short": ("ID,Image,Mask\nA,i000.nii.gz\n", "", ["line 2"]),
        "an empty cell": ("ID,Image,Mask\nA,,m000.nii.gz\n", "", ["line 2", "Image"]),
        "a label that is none": ("ID,Image,Mask,Label\nA,i000.nii.gz,m000.nii.gz,tumour\n", "", ["line 2", "tumour"]),
        "a column named as a feature": ("ID,Image,Mask,original_shape_Elongation\nA,i000.nii.gz,m000.nii.gz,1\n", "",
                                        ["original_shape_Elongation", "feature"]),
        "an unknown setting": (good, "setting:\n  binWith: 25\n", ["binWith", "binWidth", "line 2"]),
        "a filter": (good, "imageType:\n  LoG: {}\n", ["LoG", "sigma", "line 2"]),
        "a wavelet": (good, "imageType:\n  Wavelet:\n    wavelet: cof1\n", ["cof1", "coif1", "line 3"]),
        "resampling": (good, "setting:\n  resampledPixelSpacing: [1, 1, 1]\n  interpolator: 3\n", ["interpolator 3"]),
        "no YAML": (good, "setting: [\n", ["params.yaml"]),
    }
    for name, (manifest, params, words) in cases.items():
        params = params or "setting:\n  binWidth: 25\n"
        write(os.path.join(where, "refused.csv"), manifest)
        write(os.path.join(where, "params.yaml"), params)
        done = run("extract", os.path.join(where, "refused.csv"), "--params", os.path.join(where, "params.yaml"), "--out",
                   os.path.join(where, "refused.h5ad"))
        expect(done.returncode == 2, f"{name}: status {done.returncode}, 2 was expected: {done.stderr}")
        expect(all(word in done.stderr for word in words), f"{name}: the sentence names {words}: {done.stderr}")
        expect(not os.path.exists(os.path.join(where, "refused.h5ad")), f"{name}: no output")
    for arguments, words in ((["extract"], ["cohort"]), (["extract", "a.csv"], ["--out"]), (["extrct"], ["extract"]),
                             (["extract", "a.csv", "--out", "x", "--resum3"], ["--resume"]),
                             (["extract", "a.csv", "--out", "x", "--fresh", "--resume"], ["--fresh"]),
                             (["extract", "a.csv", "--out", "x", "--give-up", "1001"], ["--give-up 1001", "1 to 1000"]),
                             (["extract", "a.csv", "--out", "x", "--case-timeout", "1e10"], ["--case-timeout", "0.001 to 1e9"]),
                             (["sweep", "a.yaml", "--out", "x", "--give-up", "1001"], ["--give-up 1001", "1 to 1000"]),
                             (["correlate", "a.csv", "--out", "x", "--pca", "1000001"], ["--pca 1000001", "1 to 1000000"])):
        done = run(*arguments)
        expect(done.returncode == 2 and all(w in done.stderr for w in words), f"{arguments}: {done.stderr}")
    for arguments, words in ((["-x"], "'x'"), (["-o"], "'o'"), (["a.csv", "--params"], "--params"), (["a.csv", "--fresh=1"], "--fresh"),
                             (["a.csv"], "--out FILE.h5ad is missing")):
        done = run("extract", *arguments)
        expect(done.returncode == 2 and words in done.stderr and done.stderr.endswith("\nSee `radmill extract --help`.\n") and
               done.stderr.count("\n") == 2, f"where to read on: {arguments}: {done.stderr}")
    done = run("extract", "nowhere.csv", "--out", os.path.join(where, "x.h5ad"))
    expect(done.returncode == 2 and "nowhere.csv" in done.stderr, f"a missing manifest: {done.returncode} {done.stderr}")


def every_wrong_line(where):
    """Both verbs say each wrong line once, in the file's order, then how many; one alone is said without a count."""
    write_cases(where, 1)
    cohort, out = os.path.join(where, "lines.csv"), os.path.join(where, "lines.h5ad")
    header = "ID,Image,Mask,Label,Label_channel\n"
    good = "A,i000.nii.gz,m000.nii.gz,1,\n"
    label = "label \"tumour\": expected a number from 1 to 4294967295, a list 1;2;5, a union 1+3, or all"

    def said(verb, ranks=1):
        done = run(*(["check", cohort] if verb == "check" else ["extract", cohort, "--out", out]), ranks=ranks)
        expect(done.returncode == 2 and done.stdout == "" and not os.path.exists(out),
               f"{verb} on {ranks} ends with 2 and nothing else: {done.returncode} {done.stdout}")
        start = f"radmill {verb}: "
        expect(all(line.startswith(start) for line in done.stderr.splitlines()), f"{verb}: {done.stderr}")
        return [line[len(start):] for line in done.stderr.splitlines()]

    cases = {
        "one of each": (header + "B,i,m,tumour,\n" + good + "C,i,m,1\n" + "D,i,,1,\n" + "E,i,m,1,x\n" + "\n" + ",,m,0,y\n",
                        [f"{cohort} line 2: {label}", f"{cohort} line 4: 4 cells, expected 5 as in the header",
                         f"{cohort} line 5: Mask is empty",
                         f"{cohort} line 6: Label_channel \"x\"; a number from 0 was expected",
                         f"{cohort} line 8: Image is empty", f"{cohort}: 5 lines are wrong"]),
        "one alone": (header + good + "B,i,m,tumour,\n", [f"{cohort} line 3: {label}"]),
        "a row before an open quote": (header + "B,i,m,1\n" + good + "C,\"i,m,1,\n" + ",i,m,1,\n",
                                       [f"{cohort} line 2: 4 cells, expected 5 as in the header",
                                        f"{cohort} line 4: a quote is opened and never closed"]),
        "very many": (header + "B,i,m,0,\n" + ",i,m,1,\n" * 1500 + "C\n",
                      [f"{cohort} line 2: {label.replace('tumour', '0')}",
                       *[f"{cohort} line {n}: ID is empty" for n in range(3, 1002)], "… and 502 more wrong lines",
                       f"{cohort}: 1502 lines are wrong"]),
    }
    for name, (text, sentences) in cases.items():
        write(cohort, text)
        for verb, ranks in (("check", 1), ("extract", 1), ("extract", 2)):
            found = said(verb, ranks)
            expect(found == sentences, f"{name}: {verb} on {ranks} says {found[:8]}, expected {sentences[:8]}")
    write(cohort, header + good)
    done = run("check", cohort, "--label", "tumour")
    expect(done.returncode == 2 and f"--label: {label}" in done.stderr and "line" not in done.stderr,
           f"a wrong --label is no line's mistake: {done.stderr}")


def inert(where):
    """Null values, and an interpolator without a spacing, change nothing."""
    write_cases(where, 1)
    write(os.path.join(where, "one.csv"), "ID,Image,Mask\nA,i000.nii.gz,m000.nii.gz\n")
    write(os.path.join(where, "inert.yaml"), "imageType:\n  Original: {}\nsetting:\n  binWidth: 25\n  interpolator: sitkBSpline\n"
                                             "  resampledPixelSpacing: null\n  weightingNorm: null\n")
    for name, options in (("plain", []), ("inert", ["--params", os.path.join(where, "inert.yaml")])):
        done = run("extract", os.path.join(where, "one.csv"), "--out", os.path.join(where, f"{name}.h5ad"), "--csv",
                   os.path.join(where, f"{name}.csv"), *options)
        expect(done.returncode == 0, f"{name}: {done.stderr}")
    expect(content(os.path.join(where, "plain.csv")) == content(os.path.join(where, "inert.csv")), "inert settings are inert")


if __name__ == "__main__":
    for test in (carried_columns, labels, permuted_labels, without_id, duplicates, clashes, refused, every_wrong_line, inert):
        with folder() as where:
            test(where)
    finish("manifest")
