#!/usr/bin/env python3
"""--memory and what check foretells: a node's ranks wait for each other where cases take more than their files' sizes tell,
what can never fit fails with the figure, and estimates are near the peaks that were seen."""
import gzip
import os
import re
import resource
import struct

from program import RADMILL, content, expect, finish, folder, run, table, write

MIB = 1 << 20


def header(size, code, bits):
    data = bytearray(352)
    struct.pack_into("<i", data, 0, 348)
    struct.pack_into("<8h", data, 40, 3, *size, 1, 1, 1, 1)
    struct.pack_into("<2h", data, 70, code, bits)
    struct.pack_into("<4f", data, 76, 1, 1, 1, 1)
    struct.pack_into("<f", data, 108, 352)
    struct.pack_into("<2h", data, 252, 0, 1)
    for axis in range(3):
        struct.pack_into("<4f", data, 280 + 16 * axis, *[float(axis == c) for c in range(3)], 0)
    data[344:348] = b"n+1\0"
    return data


def put(path, size, code, bits, boxes, row):
    """Zeros but in the boxes (first, extent); on disk they are a hole."""
    width = bits // 8
    with open(path, "wb") as file:
        file.write(header(size, code, bits))
        file.truncate(352 + size[0] * size[1] * size[2] * width)
        for first, extent in boxes:
            for z in range(first[2], first[2] + extent[2]):
                for y in range(first[1], first[1] + extent[1]):
                    file.seek(352 + width * ((z * size[1] + y) * size[0] + first[0]))
                    file.write(row(extent[0], y + 7 * z))


def pair(where, name, size, boxes, compressed=False):
    """An int16 image and its mask; the manifest's line."""
    paths = [os.path.join(where, f"{name}_{kind}.nii") for kind in "im"]
    put(paths[0], size, 4, 16, boxes, lambda n, k: struct.pack(f"<{n}h", *[(k * x * x + 3 * x + k) % 199 for x in range(n)]))
    put(paths[1], size, 2, 8, boxes, lambda n, k: b"\1" * n)
    for path in paths if compressed else ():
        with gzip.open(path + ".gz", "wb", compresslevel=1) as file:
            file.write(content(path))
        os.remove(path)
    ending = ".nii.gz" if compressed else ".nii"
    return f"{name},{name}_i{ending},{name}_m{ending}\n"


def cohort_of(where, lines):
    return write(os.path.join(where, "cohort.csv"), "ID,Image,Mask\n" + "".join(lines))


def ranks_wait(where):
    """Four cases whose files are a hundredth of what they hold: one at a time where two do not fit, two where they do."""
    size, box = (256, 256, 320), [((100, 100, 100), (20, 20, 10))]  # 40 MiB of image, 20 MiB of mask
    cohort = cohort_of(where, [pair(where, f"c{i}", size, box, True) for i in range(4)])
    path = lambda name, ending: os.path.join(where, name + ending)
    waits = {}
    for name, ranks, memory in (("one", 1, "8G"), ("tight", 2, "140M"), ("wide", 2, "8G")):
        done = run("extract", cohort, "-o", path(name, ".h5ad"), "--csv", path(name, ".csv"), "--memory", memory, ranks=ranks)
        expect(done.returncode == 0 and len(table(path(name, ".csv"))) == 4, f"{name}: {done.returncode} {done.stderr}")
        waits[name] = content(path(name, ".h5ad.run/log")).decode().count("waits for")
    for _ in range(5):  # on a busy machine one rank may do all of them before the other asks
        if waits["tight"]:
            break
        run("extract", cohort, "-o", path("tight", ".h5ad"), "--memory", "140M", "--fresh", ranks=2)
        waits["tight"] = content(path("tight", ".h5ad.run/log")).decode().count("waits for")
    expect(waits["one"] == waits["wide"] == 0 and waits["tight"] > 0, f"who waits: {waits}")
    expect(content(path("one", ".h5ad")) == content(path("tight", ".h5ad")), "waiting changes no byte")
    for ranks in (1, 2):
        done = run("extract", cohort, "-o", path("none", ".h5ad"), "--memory", "60M", "--fresh", ranks=ranks)
        failures = table(path("none", ".h5ad.run/failures.csv"))
        expect(done.returncode == 1 and len(failures) == 4 and all("a node has 60.0 MiB for all ranks" in f["sentence"] and
               f["sentence"].startswith(f["ID"]) for f in failures), f"what never fits, on {ranks}: {failures}")
    done = run("extract", cohort, "-o", path("none", ".h5ad"), "--memory", "8G", "--resume")
    expect(done.returncode == 0, f"with more it goes on: {done.stderr}")
    for size in "1K", "32M", "0", "many":
        done = run("extract", cohort, "-o", path("none", ".h5ad"), "--memory", size, "--fresh")
        expect(done.returncode == 2 and f"--memory {size}; a " in done.stderr, f"less than a rank takes: {done.returncode} {done.stderr}")


def estimates(where):
    """The peaks that are seen, within a quarter: a small ROI in a large image, one that spans it, one that fills it; and a
    compressed file. What check foretells is enough for extract, and much less is not."""
    if b"__asan_init" in content(RADMILL) or b"__tsan_init" in content(RADMILL):
        print("estimates: a sanitizer's own memory hides the peaks")
        return
    corners = [((0, 0, 0), (9, 9, 9)), ((311, 311, 311), (9, 9, 9))]
    cases = {"small": ((512, 512, 512), [((300, 300, 300), (20, 20, 20))], False),
             "span": ((320, 320, 320), corners, False),
             "full": ((160, 160, 160), [((0, 0, 0), (160, 160, 160))], False),
             "packed": ((320, 320, 320), [((100, 100, 100), (60, 60, 60))], True)}
    for name, (size, boxes, compressed) in cases.items():
        cohort, out = cohort_of(where, [pair(where, name, size, boxes, compressed)]), os.path.join(where, name + ".h5ad")
        told = int(re.search(r"about (\d+) MiB a rank", run("check", cohort).stdout)[1])
        done = run("extract", cohort, "-o", out)
        seen = int(re.search(r"(\d+) MiB  \S+$", done.stdout, re.M)[1])
        expect(done.returncode == 0 and abs(told - seen) <= 0.25 * seen, f"{name}: told {told} MiB, seen {seen} MiB")
        for share, status in ((1.01, 0), (0.7, 1)):
            done = run("extract", cohort, "-o", out, "--fresh", "--memory", str(int(share * (told + 1) * MIB)))
            expect(done.returncode == status, f"{name} with {share} of {told} MiB: {done.returncode} {done.stdout}{done.stderr}")


def settings_count(where):
    """The peaks under settings that take more than the image, or less, within a sixth; and --memory holds them."""
    if b"__asan_init" in content(RADMILL) or b"__tsan_init" in content(RADMILL):
        return
    finer = "resampledPixelSpacing: [0.5, 0.5, 0.5]"
    ibsi = "profile: ibsi\nfeatureClass: {statistics: [], glcm: []}\n"
    for name, params in (("finer", f"setting: {{{finer}}}\n"),
                         ("finer, linear", f"setting: {{{finer}, interpolator: sitkLinear}}\n"),
                         ("finer, LoG", f"imageType: {{LoG: {{sigma: [1]}}}}\nsetting: {{{finer}}}\n"),
                         ("two filters", "imageType: {Gradient: {}, Square: {}}\n"),
                         ("wavelet", "imageType: {Wavelet: {}}\n"),
                         ("one class", "featureClass: {firstorder: []}\n"),
                         ("ibsi", ibsi + "setting: {binCount: 16}\n"),
                         ("ibsi, finer", ibsi + f"setting: {{binCount: 16, {finer}}}\n")):
        size = 50 if "finer" in name else 100
        cohort = cohort_of(where, [pair(where, f"s{size}", (size + 10,) * 3, [((5, 5, 5), (size,) * 3)])])
        file, out = write(os.path.join(where, "s.yaml"), params), os.path.join(where, "s.h5ad")
        told = int(re.search(r"about (\d+) MiB a rank", run("check", cohort, "-p", file).stdout)[1])
        done = run("extract", cohort, "-p", file, "-o", out, "--fresh", "--memory", str((told + 1) * MIB))
        seen = int(re.search(r"(\d+) MiB  \S+$", done.stdout, re.M)[1])
        expect(done.returncode == 0 and abs(told - seen) <= seen / 6, f"{name}: told {told} MiB, seen {seen} MiB")


def time_is_foretold(where):
    """Core seconds, within a factor of three (of two where nothing else runs), where distances and grey levels decide
    them."""
    if b"__asan_init" in content(RADMILL) or b"__tsan_init" in content(RADMILL):
        return
    cohort = cohort_of(where, [pair(where, "t", (50, 50, 50), [((10, 10, 10), (30, 30, 30))])])
    file, out, used = write(os.path.join(where, "t.yaml"), "setting: {}\n"), os.path.join(where, "t.h5ad"), {}
    for name, params in (("usual", "{}"), ("levels", "{binWidth: 1, distances: [1, 2, 3, 4]}"),
                         ("distances", "{binWidth: 25, distances: [1, 2, 3, 4, 5, 6]}")):
        write(file, "featureClass: {glcm: [], ngtdm: []}\nsetting: " + params + "\n")
        told = float(re.search(r"\(([\d.e+-]+) s on one core", run("check", cohort, "-p", file).stdout)[1])
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        expect(run("extract", cohort, "-p", file, "-o", out, "--fresh").returncode == 0, name)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used[name] = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        seconds = used[name] - used["usual"]  # of which all but some milliseconds are the program's start
        expect(name == "usual" or seconds / 3 < told < 3 * seconds, f"{name}: told {told:.3g} s, used {seconds:.3g} s")


def shared_files_count_once(where):
    """One rank reads a pair of files once for all rows that name it, in whatever order they stand: the same is foretold as
    where one row names all the labels. And of many rows of a small pair, core seconds within a factor of three."""
    size, n = (60, 60, 200), 3000
    boxes = [((10, 10, z), (12, 12, 6)) for z in (10, 90, 180)]
    for name in "ab":
        put(os.path.join(where, f"{name}_i.nii"), size, 4, 16, boxes,
            lambda n, k: struct.pack(f"<{n}h", *[(k * x * x + 3 * x + k) % 199 for x in range(n)]))
        with open(os.path.join(where, f"{name}_m.nii"), "wb") as file:
            voxels = bytearray(size[0] * size[1] * size[2])
            for label, ((x, y, z), (nx, ny, nz)) in enumerate(boxes, 1):
                for row in range(ny * nz):
                    at = ((z + row // ny) * size[1] + y + row % ny) * size[0] + x
                    voxels[at:at + nx] = bytes([label]) * nx
            file.write(header(size, 2, 8) + voxels)
    params = write(os.path.join(where, "p.yaml"), "imageType: {Original: {}, Wavelet: {}}\nsetting: {binCount: 16, normalize: true}\n")
    told = {}
    for how, rows in (("lists", [("a", "1;2;3"), ("b", "1;2;3")]), ("image", [(name, l) for name in "ab" for l in "123"]),
                      ("label", [(name, l) for l in "123" for name in "ab"])):
        cohort = write(os.path.join(where, "shared.csv"), "ID,Image,Mask,Label\n" +
                       "".join(f"{name},{name}_i.nii,{name}_m.nii,{label}\n" for name, label in rows))
        for file in None, params:
            said = run("check", cohort, *(["-p", file] if file else [])).stdout
            told[how, file] = re.search(r"about (\d+ MiB) a rank.* (core-hours .*)", said).groups()
    expect(all(told[how, file] == told["lists", file] for how, file in told), f"read once: {told}")
    if b"__asan_init" in content(RADMILL) or b"__tsan_init" in content(RADMILL):
        return
    cohort = write(os.path.join(where, "many.csv"), "ID,Image,Mask,Label\n" +
                   "".join(f"{i},{'ab'[i % 2]}_i.nii,{'ab'[i % 2]}_m.nii,{1 + i % 3}\n" for i in range(n)))
    foretold = float(re.search(r"\(([\d.e+-]+) s on one core", run("check", cohort).stdout)[1])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    expect(run("extract", cohort, "-o", os.path.join(where, "s.h5ad")).returncode == 0, "many rows of two pairs")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    expect(seconds / 3 < foretold < 3 * seconds, f"{n} rows: told {foretold:.3g} s, used {seconds:.3g} s")


def the_grid_is_named(where):
    """Where a case is too large for the grid that it is resampled onto, and only there."""
    cohort = cohort_of(where, [pair(where, "c", (64, 64, 64), [((10, 10, 10), (40, 40, 40))])])
    params, out = os.path.join(where, "p.yaml"), os.path.join(where, "f.h5ad")
    for spacing, filters, named in (("[0.02, 0.02, 0.02]", "", True), ("[0.5, 0.5, 0.5]", "", False),
                                    ("[1, 1, 1]", "LoG: {sigma: [1]}", False)):
        write(params, f"imageType: {{Original: {{}}, {filters}}}\nsetting: {{resampledPixelSpacing: {spacing}}}\n")
        done = run("extract", cohort, "-p", params, "-o", out, "--fresh", "--memory", "1G" if named else "36M")
        said = table(out + ".run/failures.csv")[0]["sentence"]
        expect(done.returncode == 1 and re.search("[GM]iB of memory", said) and
               ("most of it for the grid that resampledPixelSpacing asks for" in said) == named, f"{spacing}: {said}")


if __name__ == "__main__":
    for test in (settings_count, time_is_foretold, shared_files_count_once, ranks_wait, estimates, the_grid_is_named):  # a child's peak begins with this process's
        with folder() as where:
            test(where)
    finish("memory")
