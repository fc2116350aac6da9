#!/usr/bin/env python3
"""What an extraction may write and what it may not: nobody loses a file, and no status 0 covers a table that is not where
it was asked for."""
import fcntl
import os
import stat

from program import content, expect, finish, folder, run, run_beside, write, write_cases

NHDR = ("NRRD0004\ntype: short\ndimension: 3\nsizes: 12 11 10\nspace: left-posterior-superior\n"
        "space directions: (1,0,0) (0,1.25,0) (0,0,2.5)\nspace origin: (0,0,0)\nendian: little\nencoding: raw\n"
        "data file: i000.raw\n")


def state(where):
    """Every file's content and kind, by path."""
    found = {}
    for folder_, _, names in os.walk(where):
        for name in names:
            path = os.path.join(folder_, name)
            regular = stat.S_ISREG(os.lstat(path).st_mode)
            found[path] = content(path) if regular else oct(os.lstat(path).st_mode)
    return found


def cohort_in(where):
    lines = write_cases(where, 2, ".nii")
    write(os.path.join(where, "d000.nhdr"), NHDR)
    with open(os.path.join(where, "i000.raw"), "wb") as file:
        file.write(content(os.path.join(where, "i000.nii"))[352:])
    return write(os.path.join(where, "cohort.csv"), "\n".join([*lines, "D,d000.nhdr,m000.nii,1,A"]) + "\n")


def refused(where, cohort, words, *arguments, status=3, ranks=1):
    before = state(where)
    done = run("extract", cohort, *arguments, ranks=ranks, cwd=where)
    expect(done.returncode == status and all(word in done.stderr for word in words),
           f"{arguments} on {ranks}: {done.returncode} {done.stderr}")
    expect(state(where) == before, f"{arguments} on {ranks}: nothing is changed or made")


def inputs(where):
    """No output is a file that is read, under whatever name and option."""
    cohort, out = cohort_in(where), os.path.join(where, "f.h5ad")
    path = lambda name: os.path.join(where, name)
    os.link(path("i001.nii"), path("hard.csv"))
    os.symlink("m001.nii", path("soft.csv"))
    for name, role in (("i000.nii", "image of the cohort's line 2"), ("m001.nii", "mask of the cohort's line 3"),
                       ("d000.nhdr", "image of the cohort's line 4"), ("i000.raw", "image's data file"),
                       ("hard.csv", "image of the cohort's line 3"), ("soft.csv", "mask of the cohort's line 3")):
        for option in ("--fresh", "--resume"):
            refused(where, cohort, [name, role], "--out", out, "--csv", path(name), option)
            refused(where, cohort, [name, role], "--out", path(name), option)
    refused(where, cohort, ["m001.nii", "mask"], "--out", out, "--csv", path("m001.nii"), "--fresh", ranks=2)
    os.rename(path("i001.nii"), path("t.csv.tmp"))
    write(cohort, content(cohort).decode().replace("i001.nii", "t.csv.tmp"))
    refused(where, cohort, ["t.csv.tmp", "image"], "--out", out, "--csv", path("t.csv"), "--fresh")
    refused(where, cohort, ["f.h5ad.tmp"], "--out", out, "--csv", out + ".tmp", "--fresh", status=2)


def run_folder(where):
    """Nothing of the run folder is an output, and none of its tables is read as the cohort that replaces it."""
    cohort, out = cohort_in(where), os.path.join(where, "f.h5ad")
    write(cohort, content(cohort).decode() + "bad,nowhere.nii,m000.nii,1,A\n")
    refused(where, cohort, ["f.h5ad.run"], "--out", out, "--csv", out + ".run", "--fresh")
    expect(run("extract", cohort, "--out", out).returncode == 1, "a run with one failure")
    for option in ("--fresh", "--resume"):
        for name in ("journal", "failures.csv", "mine.csv"):
            refused(where, cohort, [name, "run folder"], "--out", out, "--csv", os.path.join(out + ".run", name), option)
    refused(where, os.path.join(out + ".run", "failures.csv"), ["failures.csv", "cohort"], "--out", out, "--fresh", status=2)


def strangers(where):
    """--resume, which scripts always pass, replaces what its journal vouches for and nothing else."""
    cohort, out, csv = cohort_in(where), os.path.join(where, "f.h5ad"), os.path.join(where, "f.csv")
    write(csv, "someone's own table\n")
    refused(where, cohort, ["f.csv", "--fresh"], "--out", out, "--csv", csv, "--resume")
    os.remove(csv)
    write(out, "someone's own file\n")
    refused(where, cohort, ["f.h5ad", "--fresh"], "--out", out, "--csv", csv, "--resume")
    done = run("extract", cohort, "--out", out, "--csv", csv, "--fresh")
    expect(done.returncode == 0 and content(out)[:4] == b"\x89HDF", f"--fresh replaces: {done.stderr}")
    made = content(csv)
    for other in ("cut", "id,age\nA,7\n", made.decode().splitlines()[0] + ",Age\n"):
        write(csv, other)  # which the run never wrote, whatever its journal holds
        refused(where, cohort, ["f.csv", "its header is not that of a table of this run"], "--out", out, "--csv", csv, "--resume")
    for before in ("Scanner,", '"What the\nradiologist, says",', "x" * (2 << 20) + ","):  # of a cohort with another column
        write(csv, before + made.decode().splitlines()[0] + "\r\nand its row\r\n")
        done = run("extract", cohort, "--out", out, "--csv", csv, "--resume")
        expect(done.returncode == 0 and content(csv) == made, f"another column: {done.stderr}")
    write(csv, "")
    done = run("extract", cohort, "--out", out, "--csv", csv, "--resume")
    expect(done.returncode == 0 and content(csv) == made, f"this run's own outputs are written again: {done.stderr}")


def shut(where):
    """A run folder that one may not enter, a colleague's say, is neither none nor to be replaced."""
    cohort, out = cohort_in(where), os.path.join(where, "f.h5ad")
    os.chmod(where, 0o777)
    expect(run("extract", cohort, "--out", out).returncode == 0, "a colleague's run")
    os.mkdir(os.path.join(where, "c.h5.run"))
    before = state(where)
    for folder_, arguments in (("f.h5ad.run", ("status", out)), ("f.h5ad.run", ("status", out + ".run")),
                               ("f.h5ad.run", ("extract", cohort, "--out", out, "--resume")),
                               ("f.h5ad.run", ("extract", cohort, "--out", out, "--resume", "--share", "1/2")),
                               ("c.h5.run", ("correlate", out, "--out", os.path.join(where, "c.h5"), "--resume"))):
        done = run_beside(os.path.join(where, folder_), *arguments, cwd=where)
        if done is None:
            break
        expect(done.returncode == 3 and f"{folder_}/" in done.stderr and "Permission denied" in done.stderr and
               "--fresh" not in done.stderr and "no run has begun" not in done.stderr,
               f"{arguments} beside a shut folder: {done.returncode} {done.stderr}")
        expect(state(where) == before, f"{arguments}: nothing is changed or made")


def no_files(where):
    """Folders, pipes and devices are named and left alone."""
    cohort, out = cohort_in(where), os.path.join(where, "f.h5ad")
    os.mkfifo(os.path.join(where, "pipe"))
    os.mkdir(os.path.join(where, "folder"))
    kinds = {"pipe": "pipe", "folder": "folder"}
    try:
        os.mknod(os.path.join(where, "full"), stat.S_IFCHR | 0o600, os.makedev(1, 7))
        kinds["full"] = "device"
    except PermissionError:
        print("no device: this user may not make one")
    for name, kind in kinds.items():
        path = os.path.join(where, name)
        os.symlink(name, path + "-link")
        for option in ("--fresh", "--resume"):
            for given in (path, path + "-link"):
                refused(where, cohort, [given, kind], "--out", out, "--csv", given, option)
                refused(where, cohort, [given, kind], "--out", given, option)
    refused(where, cohort, ["--csv -"], "--out", out, "--csv", "-", status=2)
    refused(where, cohort, ["--out -"], "--out", "-", status=2)


def links(where):
    """A link stays and its target is written, with what is not whole yet beside the target."""
    cohort = cohort_in(where)
    path = lambda name: os.path.join(where, name)
    os.mkdir(path("far"))
    for name in ("f.h5ad", "f.csv"):
        os.symlink("far/" + name, path(name))
    for option in ("--resume", "--fresh"):  # the first time there is nothing at the links' ends
        done = run("extract", cohort, "--out", path("f.h5ad"), "--csv", path("f.csv"), option)
        expect(done.returncode == 0 and all(os.path.islink(path(n)) and os.path.getsize(path("far/" + n)) > 100
                                            for n in ("f.h5ad", "f.csv")), f"{option}: {done.returncode} {done.stderr}")
    expect(sorted(os.listdir(path("far"))) == ["f.csv", "f.h5ad"], f"nothing else: {os.listdir(path('far'))}")


def written_by_two(where):
    """Another run writes the CSV just now: no byte of its own is touched, and the sentence says what it is."""
    cohort = cohort_in(where)
    beside = write(os.path.join(where, "both.csv.tmp"), "half of another run's table")
    with open(beside, "r+") as other:
        fcntl.lockf(other, fcntl.LOCK_EX)
        done = run("extract", cohort, "--out", os.path.join(where, "f.h5ad"), "--csv", os.path.join(where, "both.csv"))
        expect(done.returncode == 3 and "both.csv: another process is writing it just now" in done.stderr,
               f"two on one CSV: {done.returncode} {done.stderr}")
        expect(content(beside) == b"half of another run's table", "the other's bytes stay")
    done = run("extract", cohort, "--out", os.path.join(where, "f.h5ad"), "--csv", os.path.join(where, "both.csv"), "--resume")
    expect(done.returncode == 0 and not os.path.exists(beside), f"left behind by a killed run it is replaced: {done.stderr}")


if __name__ == "__main__":
    for test in (inputs, run_folder, strangers, shut, no_files, links, written_by_two):
        with folder() as where:
            test(where)
    finish("outputs")
