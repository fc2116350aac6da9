#!/usr/bin/env python3
"""A cohort computed by the elements of a job array, each a process without a launcher, and joined: the bytes of one run over
MPI, whatever happened to the elements; and what is refused, with what to do, before anything is written."""
import gzip
import json
import os
import re
import shutil
import signal
import time

import nifti
from program import (SIZE, content, expect, finish, folder, image_voxels, kill_all, mask_voxels, run, start, table, write,
                     write_cases, write_slow_cases)

N_CASES, N_SLOW = 5, 6


def cohort_in(where):
    """Cases that differ in length, fail, warn, share their files, and ask for a ROI twice; a parameter file."""
    lines = write_cases(where, N_CASES)
    larger = (24, 22, 20)
    nifti.write(os.path.join(where, "big.nii"), "int16", larger, (1.0, 1.25, 2.5), image_voxels(3, larger))
    nifti.write(os.path.join(where, "bigm.nii"), "uint8", larger, (1.0, 1.25, 2.5), mask_voxels(larger))
    lines[3:3] = ["bad,nowhere.nii.gz,m000.nii.gz,1,A", "big,big.nii,bigm.nii,all,B", "absent,i001.nii.gz,m001.nii.gz,1;9,C",
                  "warned,i002.nii.gz,m002.nii.gz,2+9,A"]
    lines += ["P000,i000.nii.gz,m000.nii.gz,3,A", "P000,i000.nii.gz,m000.nii.gz,3,B"]
    params = write(os.path.join(where, "p.yaml"), "setting: {binWidth: 20}  # as text it stands in the table\n")
    return write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n"), ["--params", params], len(lines) - 1


def names(where, name):
    return os.path.join(where, name + ".h5ad"), os.path.join(where, name + ".csv")


def left(where, name):
    """All that a run leaves for people, but for the times: the tables, failures and warnings, whose ROIs were timed."""
    out, csv = names(where, name)
    files = [content(path) for path in (out, csv, f"{out}.run/failures.csv", f"{out}.run/warnings.csv")]
    return files + [[(r["ID"], r["Label"], r["voxels"]) for r in table(f"{out}.run/timings.csv")]]


def share(where, name, k, n, cohort, *options, **how):
    return run("extract", cohort, "--out", names(where, name)[0], "--share", f"{k}/{n}", *options, **how)


def shares(where, name, n, cohort, *options):
    """All of them, one after the other, none of which may write a table; their exit status and outputs."""
    done = [share(where, name, k, n, cohort, *options) for k in range(1, n + 1)]
    expect(not os.path.exists(names(where, name)[0]), "a share writes no table")
    return done


def merge(where, name, *options, **how):
    out, csv = names(where, name)
    return run("merge", out, "--csv", csv, *options, **how)


def journal(where, name, k, n):
    return os.path.join(names(where, name)[0] + ".run", f"share-{k}-of-{n}", "journal")


def wait_for_growth(process, path, n_bytes):
    """Until the file has grown by so many bytes, or the run has ended."""
    size = lambda: os.path.getsize(path) if os.path.exists(path) else 0
    least, begun = size() + n_bytes, time.monotonic()
    while process.poll() is None and size() < least:
        expect(time.monotonic() - begun < 60, f"{path} grows")
        time.sleep(0.001)


def flip(path, offset):
    data = bytearray(content(path))
    data[offset] ^= 1
    with open(path, "wb") as file:
        file.write(data)


def crash(arguments, path):
    """Starts a run of one long case and sends SIGSEGV while it is computed; whether that left a crash record (not where the
    case was handed out, but the thread has not had its turn)."""
    handed_out = lambda: len(re.findall(rb"RMLr[\x03\x83]", content(path))) if os.path.exists(path) else 0
    before = handed_out()
    process = start(*arguments)
    while process.poll() is None and handed_out() == before:
        time.sleep(0.005)
    time.sleep(0.1)
    os.kill(process.pid, signal.SIGSEGV)
    process.communicate(timeout=60)
    return any(name.startswith("crash.") for name in os.listdir(os.path.dirname(path)))


def refused(done, *words, status=3):
    expect(done.returncode == status and all(word in done.stderr for word in words) and "\n\n" not in done.stderr,
           f"status {status} with {words}: {done.returncode} {done.stderr}")


def equal_to_mpi(where):
    """One share, three, and more than there are cases."""
    cohort, params, n_rows = cohort_in(where)
    done = run("extract", cohort, *params, "--out", names(where, "mpi")[0], "--csv", names(where, "mpi")[1], ranks=2)
    expect(done.returncode == 1, f"over MPI: {done.returncode} {done.stderr}")
    whole = left(where, "mpi")
    for n in (1, 3, n_rows + 5):
        name = f"of{n}"
        done = [run("extract", "cohort.csv", "--params", "p.yaml", "--out", f"{name}.h5ad", "--share", f"{k}/{n}", cwd=where,
                    ranks=2 if (k, n) == (2, 3) else 1) for k in range(1, n + 1)]  # a share may have ranks of its own
        expect(not os.path.exists(names(where, name)[0]), "a share writes no table")
        said = [re.search(r": (\d+) of (\d+) cases, (\d+) with failures", d.stdout) for d in done]
        expect(all(said) and sum(int(s[1]) for s in said) == n_rows - 2 and all(int(s[2]) == n_rows for s in said),
               f"{n} shares deal every row that is computed once: {[s and s[0] for s in said]}")
        expect(all(d.returncode == (int(s[3]) > 0) for d, s in zip(done, said)) and sum(int(s[3]) for s in said) == 2 and
               any("bad|1: nowhere.nii.gz: no such file" in d.stdout for d in done),
               f"a share with failures ends with 1 and names them: {[(d.returncode, d.stdout, d.stderr) for d in done]}")
        done = merge(where, name)  # from another folder than the shares: paths were kept from the root
        expect(done.returncode == 1 and "bad|1: nowhere.nii.gz" in done.stdout, f"merge of {n}: {done.returncode} {done.stderr}")
        expect(left(where, name) == whole, f"{n} shares, joined, are what MPI leaves: {done.stdout}")
        seen = json.loads(run("status", "--json", names(where, name)[0]).stdout)
        expect([seen[key] for key in ("all", "done", "failed", "state")] == [n_rows - 2, n_rows - 4, 2, "done"],
               f"the joined folder says of itself what a run's does: {seen}")
        done = run("extract", cohort, *params, "--out", names(where, name)[0], "--csv", names(where, name)[1], "--resume")
        expect(done.returncode == 1 and "in this run    2 cases" in done.stdout and left(where, name) == whole,
               f"afterwards a whole run finds all but the failures done: {done.stdout}{done.stderr}")


def balanced(where):
    """Dealt by what is read, the larger ones first. Worked out by hand: 6 voxel files of lengths 9 2 2 2 2 1, in units of some
    20 kB, and a mask of their own; two shares of 9 each: the long one alone, or with nothing but what evens out."""
    lines = ["ID,Image,Mask"]
    nifti.write(os.path.join(where, "m.nii"), "uint8", SIZE, (1.0, 1.0, 1.0), mask_voxels())
    for number, length in enumerate((2, 2, 9, 2, 2, 1)):
        with open(os.path.join(where, f"{number}.nii"), "wb") as file:
            file.write(bytes(20000 * length))  # no image: the case fails, which costs nothing
        shutil.copy(os.path.join(where, "m.nii"), os.path.join(where, f"m{number}.nii"))
        lines.append(f"N{number},{number}.nii,m{number}.nii")
    cohort = write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n")
    done = shares(where, "f", 2, cohort)
    counts = [re.search(r": (\d+) of 6 cases", d.stdout) for d in done]
    expect([c and c[1] for c in counts] == ["1", "5"] and "N2|" in done[0].stdout,
           f"the long one alone, the others together: {[d.stdout for d in done]}")


def under_fire(where):
    """A share that is at work, then killed, then run again."""
    params = write(os.path.join(where, "slow.yaml"), "setting: {binWidth: 1}\n")
    cohort = write(os.path.join(where, "slow.csv"), "\n".join([*write_slow_cases(where, N_SLOW), "bad,nowhere.nii,mask.nii,1,A"])
                   + "\n")
    run("extract", cohort, "--params", params, "--out", names(where, "mpi")[0], "--csv", names(where, "mpi")[1], ranks=2)
    expect(share(where, "f", 1, 2, cohort, "--params", params, "--resume").returncode in (0, 1), "the first share")
    process = start("extract", cohort, "--params", params, "--out", names(where, "f")[0], "--resume", "--share", "2/2")
    wait_for_growth(process, journal(where, "f", 2, 2), 4000)  # identity and at least one case
    os.kill(process.pid, signal.SIGSTOP)
    refused(merge(where, "f"), "share 2 of 2 is at work", "process", "nothing was written")
    refused(share(where, "f", 2, 2, cohort, "--params", params, "--resume"), "another run is at work here")
    kill_all(process)
    expect(process.returncode == -signal.SIGKILL, f"killed in the middle: {process.returncode}")
    refused(merge(where, "f"), "1 of 2 shares are missing or have not come to their end", "for K = 2 ", "othing was written")
    expect(not any(os.path.exists(path) for path in [*names(where, "f"), names(where, "f")[0] + ".run/journal"]),
           "what is refused has written nothing")
    done = share(where, "f", 2, 2, cohort, "--params", params, "--resume")
    expect(done.returncode in (0, 1) and "; 0 were done before" not in done.stdout, f"it goes on: {done.stdout}{done.stderr}")
    done = merge(where, "f")
    expect(done.returncode == 1 and left(where, "f") == left(where, "mpi"), f"killed, gone on with, joined: {done.stderr}")


def cannot_be_joined(where):
    """Every share in the way has a sentence, and nothing is written before all is well."""
    cohort, params, _ = cohort_in(where)
    refused(merge(where, "f"), "holds no shares", "--share K/N")
    shares(where, "f", 4, cohort, *params)
    shutil.rmtree(os.path.dirname(journal(where, "f", 1, 4)))
    os.remove(journal(where, "f", 2, 4))
    flip(journal(where, "f", 3, 4), 20)
    other = write(os.path.join(where, "other.yaml"), "setting: {binWidth: 30}\n")
    share(where, "f", 4, 4, cohort, "--params", other, "--fresh")
    done = merge(where, "f", "--params", params[1])
    refused(done, "share 3 of 4 cannot be read", "damaged at byte", "share 4 of 4 is of another run", "binWidth: 30",
            "--fresh --share 4/4", "2 of 4 shares are missing or", "K = 1-2", "4 of 4 shares cannot be joined", status=3)
    expect(not os.path.exists(names(where, "f")[0]) and not os.path.exists(names(where, "f")[0] + ".run/journal"),
           "nothing was written")
    for k in range(1, 5):
        expect(share(where, "f", k, 4, cohort, *params, "--fresh").returncode in (0, 1), f"share {k} anew")
    expect(merge(where, "f").returncode == 1, "all of them are well now")

    whole = left(where, "f")
    at = [match.start() for match in re.finditer(rb"RMLr[\x04\x84]", content(journal(where, "f", 3, 4)))]
    flip(journal(where, "f", 3, 4), at[0] + 60)
    refused(merge(where, "f", "--fresh"), "are damaged", "1 case is without a result", "K = 3", "Nothing was written")
    expect(left(where, "f") == whole, "and what was there stays")
    done = share(where, "f", 3, 4, cohort, *params, "--resume")
    expect("are damaged" in done.stderr and f"; {len(at) - 1} were done before" in done.stdout, f"one again: {done.stdout}")
    expect(merge(where, "f", "--fresh").returncode == 1 and left(where, "f") == whole, "mended, joined, the same")

    write(cohort, content(cohort).decode().replace("P003,", "P333,"))
    refused(merge(where, "f"), "share 1 of 4", "cohort: ", "share 4 of 4", "--fresh --share 4/4")
    os.remove(cohort)
    refused(merge(where, "f"), "cohort.csv", status=2)


def told(where):
    """What the shares were told is missing or damaged."""
    cohort, params, _ = cohort_in(where)
    shares(where, "f", 1, cohort, *params)
    path = os.path.join(os.path.dirname(journal(where, "f", 1, 1)), "told")
    good = content(path)
    for n in (0, 3, len(good) - 1):
        with open(path, "wb") as file:
            file.write(good[:n])
        refused(merge(where, "f"), "told", "--resume")
    with open(path, "wb") as file:  # a share whose results are all there, but which is being tried again
        file.write(good[:-1] + b"\0")
    refused(merge(where, "f"), "1 of 1 shares are missing or have not come to their end", "K = 1 ")
    os.remove(path)
    refused(merge(where, "f"), "no share says what it was told", "--resume")
    share(where, "f", 1, 1, cohort, *params, "--resume")
    expect(content(path) == good and merge(where, "f").returncode == 1, "the same element with --resume writes it again")


def moved(where):
    """A file that changes its length between two elements' starts moves cases: some are then in two shares and some in none.
    These are named with the share that has them now; of two records of a case values are taken before a failure, and the
    end is what one run on the final files gives."""
    cohort = write(os.path.join(where, "cohort.csv"), "\n".join(write_cases(where, 8)) + "\n")
    first = share(where, "f", 1, 2, cohort, "--memory", str((32 << 20) + 1))  # bytes: every case fails
    expect("4 with failures" in first.stdout, f"too little memory: {first.stdout}{first.stderr}")
    with gzip.open(os.path.join(where, "i006.nii.gz")) as file:
        voxels = file.read()
    with gzip.open(os.path.join(where, "i006.nii.gz"), "wb", compresslevel=0) as file:
        file.write(voxels)
    second = share(where, "f", 2, 2, cohort)
    refused(merge(where, "f"), "without a result", "P006)", "for K = 1. Nothing")
    share(where, "f", 1, 2, cohort, "--resume")
    done = merge(where, "f")
    run("extract", cohort, "--out", names(where, "one")[0], "--csv", names(where, "one")[1])
    expect(done.returncode == 0 and left(where, "f") == left(where, "one"),
           f"moved, and all there in the end: {done.returncode} {done.stdout}{done.stderr} {first.stdout} {second.stdout}")


def gone(where):
    """Files that are gone once the shares have their results cost nothing: not at the joining, and not in what goes on from it,
    also when the case's other file goes, too."""
    cohort = write(os.path.join(where, "cohort.csv"), "\n".join(write_cases(where, 4)) + "\n")
    shares(where, "f", 2, cohort)
    run("extract", cohort, "--out", names(where, "one")[0], "--csv", names(where, "one")[1])
    whole = left(where, "one")
    os.unlink(os.path.join(where, "i000.nii.gz"))
    os.unlink(os.path.join(where, "m001.nii.gz"))
    done = merge(where, "f")
    expect(done.returncode == 0 and left(where, "f") == whole and "P000|1: its image is not there any more" in done.stderr,
           f"gone before the joining: {done.returncode} {done.stderr}")
    for name in ("m003.nii.gz", "m000.nii.gz"):
        done = run("extract", cohort, "--out", names(where, "f")[0], "--csv", names(where, "f")[1], "--resume")
        expect(done.returncode == 0 and left(where, "f") == whole, f"gone on from there: {done.returncode} {done.stdout}")
        os.unlink(os.path.join(where, name))
    done = run("extract", cohort, "--out", names(where, "f")[0], "--csv", names(where, "f")[1], "--resume")
    expect(done.returncode == 0 and left(where, "f") == whole and "P000|1: its image and mask are not there" in done.stderr,
           f"both gone: {done.returncode} {done.stderr}")


def again(where):
    """Joined twice; beside a run of the whole; over what is there."""
    cohort, params, _ = cohort_in(where)
    out = names(where, "f")[0]
    shares(where, "f", 3, cohort, *params)
    write(out, "somebody's")
    refused(merge(where, "f"), "f.h5ad is already there", "--fresh")
    expect(content(out) == b"somebody's" and merge(where, "f", "--fresh").returncode == 1, "--fresh replaces it")
    first, size = left(where, "f"), os.path.getsize(out + ".run/journal")
    done = merge(where, "f")
    expect(done.returncode == 1 and left(where, "f") == first and os.path.getsize(out + ".run/journal") == size and
           "had all of it before" in done.stdout, f"joined twice: the same, and the journal does not grow: {done.stdout}")

    # One share has a case anew; the others' failures are of the same joining.
    os.utime(os.path.join(where, "big.nii"), (1, 1))
    for k in range(1, 4):  # until it is that case's: the records of those behind it stay as they are
        share(where, "f", k, 3, cohort, *params, "--resume")
        done = merge(where, "f")
        if done.returncode == 1:
            break
    seen = json.loads(run("status", "--json", out).stdout)
    expect(done.returncode == 1 and left(where, "f") == first and seen["state"] == "done" and seen["to_go"] == 0 and
           seen["failed"] > 0, f"joined again with one case anew: {done.returncode} {done.stderr} {seen}")

    # The shares compute every case anew, in other times: the journal of the whole keeps what it has, and says so; --fresh
    # takes theirs.
    for k in range(1, 4):
        share(where, "f", k, 3, cohort, *params, "--fresh")
    done = merge(where, "f")
    expect("done in the journal of the whole before" in done.stdout and "--fresh takes" in done.stdout and left(where, "f") == first,
           f"what the whole has done stays: {done.stdout}")
    done = merge(where, "f", "--fresh")
    expect(done.returncode == 1 and "done in the journal of the whole before" not in done.stdout and left(where, "f") == first,
           f"anew: {done.stdout}")

    other = write(os.path.join(where, "other.yaml"), "setting: {binWidth: 30}\n")
    run("extract", cohort, "--params", other, "--out", out, "--fresh")
    before = content(out)
    refused(merge(where, "f"), "journal: belongs to another run", "binWidth: 30 there, 20 now", "--fresh")
    expect(content(out) == before, "another run's table stays")
    expect(merge(where, "f", "--fresh").returncode == 1 and left(where, "f") == first, "--fresh takes its place")


def at_the_start(where):
    """What an element refuses before it computes anything."""
    cohort, params, _ = cohort_in(where)
    for text, words in (("0/3", ["--array=1-3"]), ("4/3", ["SLURM_ARRAY_TASK_COUNT", "there is no number 4"]), ("3", ["K/N", "3/40"]), ("/", ["K/N"]),
                        ("1/0", ["1 to 10000"]), ("1/10001", ["1 to 10000"]), ("-1/3", ["K/N"]), ("1/3x", ["K/N"]),
                        ("01/3", ["K/N"]), ("1/99999999999", ["1 to 10000"]), ("1/4000000000", ["1 to 10000"])):
        done = run("extract", cohort, "--out", names(where, "f")[0], "--share", text)
        refused(done, f"--share {text}", *words, status=2)
    refused(share(where, "f", 1, 3, cohort, "--csv", names(where, "f")[1]), "writes no table", status=2)
    refused(run("merge"), "which table?", status=2)
    expect(not os.path.exists(names(where, "f")[0] + ".run"), "misuse makes no folder")

    expect(share(where, "f", 1, 3, cohort, *params).returncode in (0, 1), "share 1 of 3")
    refused(share(where, "f", 1, 3, cohort, *params), "is already there", "--resume")
    refused(share(where, "f", 1, 1, cohort, *params, "--resume"), "holds shares of 3", "one of 1")
    refused(run("extract", cohort, "--out", names(where, "f")[0], "--resume"), "job array of 3", "radmill merge")
    os.mkdir(names(where, "f")[0] + ".run/share-1-of-2")
    refused(merge(where, "f"), "shares of 2 and of 3 lie side by side", "remove")
    os.rmdir(names(where, "f")[0] + ".run/share-1-of-2")
    for name in ("share-1-of-02", "share-0-of-3", "share-4-of-3", "share-1-of-3x", "shares"):  # are none of ours
        os.mkdir(names(where, "f")[0] + ".run/" + name)
    refused(merge(where, "f"), "2 of 3 shares are missing", "K = 2-3")


def kills_its_rank(where):
    """A case that is found to kill its rank in its share is not tried again by the run of the whole."""
    params = write(os.path.join(where, "slow.yaml"), "setting: {binWidth: 0.1}\nimageType: {Original: {}, Wavelet: {}}\n")
    cohort = write(os.path.join(where, "slow.csv"), "\n".join(write_slow_cases(where, 1, (48, 48, 48))) + "\n")
    options = ["--params", params, "--resume"]
    command = ["extract", cohort, *options, "--out", names(where, "f")[0], "--share", "1/1"]
    for number in range(2):
        expect(any(crash(command, journal(where, "f", 1, 1)) for attempt in range(3)), f"crash {number} is recorded")
    done = share(where, "f", 1, 1, cohort, *options)
    expect(done.returncode == 1 and "killed its rank in 2 runs" in done.stdout, f"set aside: {done.returncode} {done.stdout}")
    done = merge(where, "f")
    expect(done.returncode == 1 and "killed its rank in 2 runs" in done.stdout, f"joined: {done.stdout}{done.stderr}")
    done = run("extract", cohort, *options, "--out", names(where, "f")[0])
    expect(done.returncode == 1 and "killed its rank in 2 runs" in done.stdout, f"nor the whole: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    for test in (equal_to_mpi, balanced, under_fire, cannot_be_joined, told, moved, gone, again, at_the_start, kills_its_rank):
        begun = time.monotonic()
        with folder() as where:
            test(where)
        print(f"{test.__name__:16} {time.monotonic() - begun:5.1f} s", flush=True)
    finish("merge")
