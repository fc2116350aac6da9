#!/usr/bin/env python3
"""The same bytes whatever happens: any number of ranks, killed and resumed, stopped on request; what is refused with
status 3, and what a changed cohort computes again.

Usage: resume.py path/to/recorder.so path/to/radmill
"""
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time

from program import (content, end_of, expect, finish, folder, kill_all, run, start, table, wait_for_handler, write, write_cases,
                     write_slow_cases)

N_CASES, N_SLOW = 40, 40


def cohort_in(where, n=N_CASES):
    lines = write_cases(where, n)
    lines.insert(5, "bad,nowhere.nii.gz,m000.nii.gz,1,A")
    return write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n"), lines


def outputs(where, name):
    return content(os.path.join(where, name + ".h5ad")), content(os.path.join(where, name + ".csv"))


def arguments(where, name, cohort, *options):
    return ["extract", cohort, "--out", os.path.join(where, name + ".h5ad"), "--csv", os.path.join(where, name + ".csv"),
            *options]


def slow_cohort_in(where):
    """Cases that take long enough for a run to be caught in the middle (many grey levels: large matrices), and one that
    fails; the options that go with them."""
    params = write(os.path.join(where, "slow.yaml"), "setting: {binWidth: 1}\n")
    return ["--params", params], write(os.path.join(where, "slow.csv"), "\n".join(write_slow_cases(where, N_SLOW) +
                                                           ["bad,nowhere.nii,mask.nii,1,A"]) + "\n")


def journal_size(where, name):
    path = os.path.join(where, name + ".h5ad.run", "journal")
    return os.path.getsize(path) if os.path.exists(path) else 0


def n_recorded(where, name):
    """Records of cases that are done."""
    path = os.path.join(where, name + ".h5ad.run", "journal")
    return len(re.findall(rb"RMLr[\x04\x84]", content(path))) if os.path.exists(path) else 0


def wait_for_cases(process, where, name, n):
    """Until n more cases are recorded, or the run has ended; a run that does neither is stuck."""
    least, begun = n_recorded(where, name) + n, time.monotonic()
    while process.poll() is None and n_recorded(where, name) < least:
        expect(time.monotonic() - begun < 60, "the journal grows")
        time.sleep(0.001)


def done_before(where, name):
    """What each run of a folder found done, by its log, which counts what was left to do."""
    log = content(os.path.join(where, name + ".h5ad.run", "log")).decode()
    return [N_SLOW + 1 - int(n) for n in re.findall(r"start: \d+ tasks with (\d+) cases", log)]


def ranks(where):
    cohort, lines = cohort_in(where)
    done = run(*arguments(where, "one", cohort))
    expect(done.returncode == 1, f"one rank: {done.returncode} {done.stderr}")
    whole = outputs(where, "one")
    for ranks in (2, 3, 8):
        done = run(*arguments(where, f"r{ranks}", cohort), ranks=ranks)
        expect(done.returncode == 1 and outputs(where, f"r{ranks}") == whole, f"{ranks} ranks give the bytes of one: {done.stderr}")

    shuffled = lines[1:]
    random.Random(7).shuffle(shuffled)
    other = write(os.path.join(where, "order.csv"), "\n".join([lines[0], *shuffled]) + "\n")
    run(*arguments(where, "shuffled", other))
    key = lambda r: (r["ID"], r["Label"])
    a, b = table(os.path.join(where, "one.csv")), table(os.path.join(where, "shuffled.csv"))
    expect(sorted(map(str, a)) == sorted(map(str, b)) and [key(r) for r in a] != [key(r) for r in b],
           "a shuffled manifest gives the same rows in its own order")


def in_the_middle(where):
    """What may happen to a run that is not finished yet."""
    options, cohort = slow_cohort_in(where)
    slow = lambda name, *more: arguments(where, name, cohort, *options, *more)
    done = run(*slow("whole"))
    expect(done.returncode == 1, f"undisturbed: {done.returncode} {done.stderr}")
    for test in (kills, stopped, stopped_at_once, stopped_early, two_at_once):
        test(where, slow, outputs(where, "whole"))


def kills(where, slow, whole):
    """Killed again and again, with everything it started, once a few more cases are recorded; then left to finish."""
    rng = random.Random(7)
    n_in_the_middle = 0
    for attempt in range(24):
        process = start(*slow("killed", "--resume"), ranks=2)
        wait_for_cases(process, where, "killed", rng.choice((1, 2)))
        time.sleep(0.01 * rng.random())
        kill_all(process)
        if process.returncode == -signal.SIGKILL and not os.path.exists(os.path.join(where, "killed.h5ad")):
            n_in_the_middle += 1
        else:  # on a busy machine a kill may come too late; what is finished is no longer to be killed
            n_in_the_middle = 0
            shutil.rmtree(os.path.join(where, "killed.h5ad.run"))
            for name in ("killed.h5ad", "killed.csv"):
                if os.path.exists(os.path.join(where, name)):
                    os.remove(os.path.join(where, name))
        if n_in_the_middle == 7:
            break
    expect(n_in_the_middle >= 3, f"the last {n_in_the_middle} of {attempt + 1} kills fell into a run that was not finished")
    done = run(*slow("killed", "--resume"), ranks=2)
    expect(done.returncode == 1 and outputs(where, "killed") == whole, f"killed and resumed, the same bytes: {done.stderr}")
    before = done_before(where, "killed")
    expect(before[0] == 0 and len(before) > n_in_the_middle and all(a < b for a, b in zip(before, before[1:n_in_the_middle + 1])),
           f"each run finds what the one before had recorded: {before}")
    expect(f"in this run    {N_SLOW + 1 - before[-1]} cases" in done.stdout and
           f"{before[-1]} cases were done before" in done.stdout, f"what was done is not done again ({before[-1]}): {done.stdout}")


def stopped(where, slow, whole):
    """SIGUSR1: running cases are finished, status 75, and --resume ends with the bytes of an undisturbed run."""
    for ranks in (1, 2):
        name = f"stopped{ranks}"
        process = start(*slow(name, "--resume"), ranks=ranks)
        wait_for_cases(process, where, name, 2)
        process.send_signal(signal.SIGUSR1)
        said = end_of(process, 60)[0]
        expect(process.returncode == 75 and "--resume" in said, f"SIGUSR1 in the middle: status {process.returncode}: {said}")
        expect(not os.path.exists(os.path.join(where, name + ".h5ad")), "a stopped run leaves no output")
        done = run(*slow(name, "--resume"), ranks=ranks)
        expect(done.returncode == 1 and outputs(where, name) == whole, f"resumed after the stop: {done.stderr}")
        expect(0 < done_before(where, name)[1] < N_SLOW and "were done before" in done.stdout, f"it went on: {done.stdout}")


def stopped_at_once(where, slow, whole):
    """SIGTERM and SIGINT: status 75 as well, and the help says so."""
    for number in (signal.SIGTERM, signal.SIGINT):
        name = f"now{number}"
        process = start(*slow(name, "--resume"))
        wait_for_cases(process, where, name, 2)
        process.send_signal(number)
        said = process.communicate(timeout=60)[0]
        expect(process.returncode == 75 and "--resume" in said, f"signal {number}: status {process.returncode}: {said}")
        expect(number.name in run("extract", "--help").stdout, f"the help names {number.name}")
        done = run(*slow(name, "--resume"))
        expect(done.returncode == 1 and outputs(where, name) == whole, f"resumed after signal {number}: {done.stderr}")


def stopped_early(where, slow, whole):
    """SIGUSR1 while MPI starts, while the cohort is read, soon after: never a death by the signal."""
    for after in (0.0, 0.05, 0.3):
        name = f"early{after}"
        process = start(*slow(name, "--resume"))
        begun = time.monotonic()
        wait_for_handler(process, signal.SIGUSR1)
        time.sleep(max(0.0, after - (time.monotonic() - begun)))
        os.killpg(process.pid, signal.SIGUSR1)  # as timeout(1) does: what MPI started gets it, too
        said = process.communicate(timeout=60)[0]
        expect(process.returncode == 75, f"SIGUSR1 after {after} s: status {process.returncode}: {said}")
    done = run(*slow(name, "--resume"), ranks=2)
    expect(done.returncode == 1 and outputs(where, name) == whole, f"resumed after an early stop: {done.stderr}")


def two_at_once(where, slow, whole):
    """The second run on one output is refused, again and again; the first ends as if alone."""
    first = start(*slow("both", "--resume"))
    wait_for_cases(first, where, "both", 1)
    first.send_signal(signal.SIGSTOP)  # or it may be through before the second comes
    while True:
        second = run(*slow("both", "--resume"))
        if first.poll() is not None:
            break  # the second may have had its turn
        expect(second.returncode == 3 and "another run" in second.stderr, f"the second: {second.returncode} {second.stderr}")
        first.send_signal(signal.SIGCONT)
    said = first.communicate()[0]
    expect(first.returncode == 1 and outputs(where, "both") == whole, f"the first: {first.returncode} {said}")
    expect(not [name for name in os.listdir(where) if name.endswith(".tmp")], "no half-written file stays")


def changed_cohort(where):
    """Grown, shrunk and with other carried columns: only what is new is computed."""
    cohort, lines = cohort_in(where, 8)
    run(*arguments(where, "f", cohort))
    timings = content(os.path.join(where, "f.h5ad.run", "timings.csv"))
    changed = [lines[0] + ",Age"] + [line + f",{40 + i}" for i, line in enumerate(lines[1:-2])]
    write(cohort, "\n".join(changed) + "\n")
    done = run(*arguments(where, "f", cohort, "--resume"))
    rows = table(os.path.join(where, "f.csv"))
    expect(done.returncode == 1 and rows[0]["Age"] == "40" and len(rows) < len(timings.splitlines()), f"shrunk: {done.stderr}")
    expect("in this run    1 cases" in done.stdout, f"only the failed case is tried again: {done.stdout}")
    again = content(os.path.join(where, "f.h5ad"))
    fresh = run(*arguments(where, "fresh", cohort))
    expect(fresh.returncode == 1 and outputs(where, "fresh") == (again, content(os.path.join(where, "f.csv"))),
           "resumed on the final inputs equals an undisturbed run on them")
    touched = os.path.join(where, "i001.nii.gz")
    os.utime(touched, (1, 1))
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect("in this run    2 cases" in done.stdout, f"a file with another time is computed again: {done.stdout}")


def respelled(where):
    """Paths spelled otherwise are the same files: nothing is computed again, and warnings, failures and tables are those
    of a fresh run on the manifest as it is now."""
    write_cases(where, 2, ".nii")
    image = bytearray(content(os.path.join(where, "i001.nii")))
    mask = bytearray(content(os.path.join(where, "m001.nii")))
    for data, name in ((image, "turned.nii"), (mask, "turned_mask.nii")):
        data[80:84] = struct.pack("<f", -1.0)  # a negative spacing is a warning
        with open(os.path.join(where, name), "wb") as file:
            file.write(data)
    rows = ["A,{}i000.nii,{}m000.nii,1+9", "B,{}turned.nii,{}turned_mask.nii,all", "C,{}i000.nii,{}m000.nii,1;9",
            "D,{}nowhere.nii,{}m000.nii,1", "E,{}i000.nii,{}nowhere.nii,1"]
    cohort = os.path.join(where, "cohort.csv")
    spell = lambda prefix: write(cohort, "ID,Image,Mask,Label\n" + "".join(r.format(prefix, prefix) + "\n" for r in rows))
    spell("")
    done = run(*arguments(where, "f", cohort))
    expect(done.returncode == 1, f"the first spelling: {done.returncode} {done.stderr}")
    spell(".//./")
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect(done.returncode == 1 and "2 cases were done before" in done.stdout, f"the second: {done.stdout}{done.stderr}")
    run(*arguments(where, "fresh", cohort))
    expect(outputs(where, "f") == outputs(where, "fresh"), "resumed on another spelling: the bytes of a fresh run")
    for name in ("failures.csv", "warnings.csv"):
        resumed, fresh = (table(os.path.join(where, f"{of}.h5ad.run", name)) for of in ("f", "fresh"))
        expect(resumed == fresh and all(row["sentence"].startswith(".//./") for row in fresh if "label" in row["sentence"]),
               f"{name}: {resumed}")


def written_meanwhile(where):
    """A file that is written after the cohort was read fails its case, whether its length or its time alone tells; the
    values never stand under what the file was. --resume computes it as it is."""
    options, cohort = slow_cohort_in(where)
    process = start(*arguments(where, "f", cohort, *options))
    wait_for_cases(process, where, "f", 1)
    for number, ending in ((N_SLOW - 1, b""), (N_SLOW - 2, b"longer")):
        path = os.path.join(where, f"s{number:03d}.nii")
        data = bytearray(content(path))
        data[-20000:-10000] = bytes(10000)
        with open(path, "wb") as file:
            file.write(data + ending)
    said = process.communicate(timeout=120)[0]
    failures = {f["ID"]: f["sentence"] for f in table(os.path.join(where, "f.h5ad.run", "failures.csv"))}
    expect(process.returncode == 1 and set(failures) == {"bad", f"S{N_SLOW - 1:03d}", f"S{N_SLOW - 2:03d}"} and
           all("has changed since" in s and s.startswith("s0") for i, s in failures.items() if i != "bad") and
           "bytes, expected" in failures.get(f"S{N_SLOW - 2:03d}", ""), f"both are failed cases: {failures} {said}")
    done = run(*arguments(where, "f", cohort, *options, "--resume"))
    run(*arguments(where, "fresh", cohort, *options))
    expect(done.returncode == 1 and "in this run    3 cases" in done.stdout and outputs(where, "f") == outputs(where, "fresh"),
           f"computed as they are now: {done.returncode} {done.stdout}")


def seen_otherwise(where):
    """A file that was written and put back while the cohort was read, so that one of the rows that have it stands for what it
    was in between: none of them gets what is there now."""
    lines = write_cases(where, 2)
    cohort = write(os.path.join(where, "cohort.csv"), "\n".join([lines[0], *(f"P,i000.nii.gz,m000.nii.gz,{label},A"
                                                                             for label in (1, 2, 3))]) + "\n")
    run(*arguments(where, "whole", cohort))
    for name in ("i000.nii.gz", "m000.nii.gz"):
        for row in (1, 2, 3):
            done = run(*arguments(where, "f", cohort, "--fresh"),
                       variables={"LD_PRELOAD": os.path.abspath(sys.argv[1]),
                                  "RECORDER_TOUCH": f"{row} {os.path.join(where, name)}"})
            said = [failure["sentence"] for failure in table(os.path.join(where, "f.h5ad.run", "failures.csv"))]
            expect(done.returncode == 1 and len(said) == 3 and
                   all(s.startswith(f"{name}: has changed since the cohort was read") for s in said),
                   f"{name} was another for row {row}: {done.returncode} {done.stderr} {said}")
            done = run(*arguments(where, "f", cohort, "--resume"))
            expect(done.returncode == 0 and "in this run    3 cases" in done.stdout and outputs(where, "f") == outputs(where, "whole"),
                   f"computed as it is: {done.returncode} {done.stdout} {done.stderr}")


def verified(where):
    """A file with other contents but the same size and time is found by --verify alone, and computed again."""
    cohort, _ = cohort_in(where, 6)
    run(*arguments(where, "f", cohort))
    mask = os.path.join(where, "m002.nii.gz")
    before, times = outputs(where, "f"), os.stat(mask)
    swapped = bytearray(content(mask))
    swapped[4] ^= 1  # a bit of the gzip header's time, which means nothing to the voxels
    with open(mask, "wb") as file:
        file.write(swapped)
    os.utime(mask, ns=(times.st_atime_ns, times.st_mtime_ns))
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect("in this run    1 cases" in done.stdout and outputs(where, "f") == before, f"unseen without --verify: {done.stdout}")
    for ranks in (1, 2):
        done = run(*arguments(where, "f", cohort, "--resume", "--verify"), ranks=ranks)
        again = 2 if ranks == 1 else 1
        expect(f"in this run    {again} cases" in done.stdout and ("P002" in done.stderr) == (ranks == 1),
               f"--verify finds the changed one, once: {done.stdout}{done.stderr}")
    expect(outputs(where, "f")[1] == before[1], "the same voxels give the same values")


def refusals(where):
    cohort, _ = cohort_in(where, 3)
    params = write(os.path.join(where, "p.yaml"), "setting:\n  binWidth: 10\n")
    run(*arguments(where, "f", cohort))
    before = outputs(where, "f")
    done = run(*arguments(where, "f", cohort))
    expect(done.returncode == 3 and "--resume" in done.stderr and "--fresh" in done.stderr, f"an output is there: {done.stderr}")
    done = run(*arguments(where, "f", cohort, "--resume", "--params", params))
    expect(done.returncode == 3 and "binWidth" in done.stderr and "25" in done.stderr and "10" in done.stderr,
           f"a journal of other parameters is refused, with the difference: {done.stderr}")
    with open(os.path.join(where, "f.h5ad.run", "lock"), "r+") as lock:
        holder = subprocess.Popen(["python3", "-c", "import fcntl,sys,struct,time\n"
                                   "f=open(sys.argv[1],'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)",
                                   lock.name], stdout=subprocess.PIPE, text=True)
        holder.stdout.readline()
        done = run(*arguments(where, "f", cohort, "--resume"))
        holder.kill()
        holder.wait()
        expect(done.returncode == 3 and "another run" in done.stderr, f"a lock that is held: {done.returncode} {done.stderr}")
    expect(outputs(where, "f") == before, "nothing was lost by any of these")

    journal = os.path.join(where, "f.h5ad.run", "journal")
    sound = content(journal)
    damaged = bytearray(sound)
    damaged[re.search(rb"RMLr[\x04\x84]", sound).start() + 60] ^= 0x10  # in the first record of a case that is done
    with open(journal, "wb") as file:
        file.write(damaged)
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect(done.returncode == 1 and "are damaged" in done.stderr and "in this run    2 cases" in done.stdout and
           outputs(where, "f") == before, f"a record damaged costs its case, beside the failed one: {done.stderr} {done.stdout}")
    damaged[40] ^= 0x10
    with open(journal, "wb") as file:
        file.write(damaged)
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect(done.returncode == 3 and "damaged at byte 16" in done.stderr, f"its identity damaged: {done.returncode} {done.stderr}")
    with open(journal, "wb") as file:
        file.write(b"this is another program's journal, long enough to look at" * 4)
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect(done.returncode == 3 and "journal" in done.stderr, f"a foreign journal: {done.returncode} {done.stderr}")
    with open(journal, "wb") as file:
        file.write(sound)
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect(done.returncode == 1 and outputs(where, "f") == before, f"mended, it goes on: {done.stderr}")
    done = run(*arguments(where, "f", cohort, "--fresh", "--params", params))
    expect(done.returncode == 1 and outputs(where, "f") != before, f"--fresh starts anew: {done.stderr}")

    file_in_the_way = write(os.path.join(where, "file"), "")
    done = run("extract", cohort, "--out", os.path.join(file_in_the_way, "f.h5ad"))
    expect(done.returncode == 3, f"an output folder that is none: {done.returncode} {done.stderr}")


def csv_names(where):
    """What --csv may not overwrite."""
    cohort, _ = cohort_in(where, 2)
    out, text = os.path.join(where, "f.h5ad"), "someone's own table\n"
    there = write(os.path.join(where, "there.csv"), text)
    done = run("extract", cohort, "--out", out, "--csv", there)
    expect(done.returncode == 3 and "there.csv" in done.stderr and content(there).decode() == text,
           f"--csv onto a file that is there: {done.returncode} {done.stderr}")
    expect(not os.path.exists(out), "a refused run leaves no output")
    before = content(cohort)
    for path in (out, cohort):
        for option in ([], ["--fresh"]):
            done = run("extract", cohort, "--out", out, "--csv", path, *option)
            expect(done.returncode == 2 and "--csv" in done.stderr and content(cohort) == before,
                   f"--csv {path} {option}: {done.returncode} {done.stderr}")
    done = run("extract", cohort, "--out", out, "--csv", there, "--fresh")
    expect(done.returncode == 1 and content(there).decode() != text, f"--fresh replaces it: {done.stderr}")


def absent_label(where):
    """One label of a pair is there and one is not: what --resume tries again changes nothing."""
    write_cases(where, 1)
    cohort = write(os.path.join(where, "c.csv"), "ID,Image,Mask,Label\n" +
                   "".join(f"P,i000.nii.gz,m000.nii.gz,{label}\n" for label in (1, 9)))
    done = run(*arguments(where, "f", cohort))
    before = outputs(where, "f")
    expect(done.returncode == 1 and len(table(os.path.join(where, "f.csv"))) == 1, f"one row: {done.returncode} {done.stderr}")
    for ranks in (1, 2):
        done = run(*arguments(where, "f", cohort, "--resume"), ranks=ranks)
        expect(done.returncode == 1 and outputs(where, "f") == before, f"resumed on {ranks}: {done.returncode} {done.stderr}")


def full_disk(where):
    """Status 3 with the reason, and after space is made the run goes on. A small file system where this user may mount
    one, else one rank whose files may not grow any more once it is at work."""
    mount = os.path.join(where, "small")
    os.mkdir(mount)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", mount], capture_output=True).returncode != 0:
        print("full disk: this user may not mount a file system; a limit on the length of files instead")
        full_file(where)
        return
    try:
        cohort, _ = cohort_in(where, 60)
        done = run("extract", cohort, "--out", os.path.join(mount, "f.h5ad"), ranks=2)
        expect(done.returncode == 3 and "space" in done.stderr, f"a full disk: {done.returncode} {done.stderr}")
        subprocess.run(["mount", "-o", "remount,size=8m", mount], check=True)
        done = run("extract", cohort, "--out", os.path.join(mount, "f.h5ad"), "--resume")
        expect(done.returncode == 1 and "done before" in done.stdout, f"and on it goes: {done.stderr}{done.stdout}")
    finally:
        subprocess.run(["umount", mount], check=False)


def full_file(where):
    options, cohort = slow_cohort_in(where)
    process = start(*arguments(where, "f", cohort, *options),
                    preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
    wait_for_cases(process, where, "f", 1)
    length = journal_size(where, "f") + 8000
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (length, length))
    said = process.communicate(timeout=60)[0]
    expect(process.returncode == 3 and "too large" in said, f"a file that may not grow: {process.returncode} {said}")
    done = run(*arguments(where, "f", cohort, *options, "--resume"))
    expect(done.returncode == 1 and "done before" in done.stdout, f"and on it goes: {done.stderr}{done.stdout}")


def full_at_the_end(where):
    """The room ends while the last bytes of the table are written: status 3 and no crash of a library that still has them."""
    mount = os.path.join(where, "small")
    os.mkdir(mount)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", mount], capture_output=True).returncode != 0:
        print("full at the end: this user may not mount a file system; not tried")
        return
    try:
        cohort, _ = cohort_in(where, 60)
        out, ballast = os.path.join(mount, "f.h5ad"), os.path.join(mount, "ballast")
        run("extract", cohort, "--out", out, ranks=2)
        whole = content(out)
        for missing in (4096, 20000, len(whole) // 2):
            os.unlink(out)
            with open(ballast, "wb") as file:
                file.write(bytes(os.statvfs(mount).f_bavail * os.statvfs(mount).f_bsize - len(whole) + missing))
            done = run("extract", cohort, "--out", out, "--resume", ranks=2)
            expect(done.returncode == 3 and "f.h5ad.tmp: cannot be written" in done.stderr and "Signal" not in done.stderr,
                   f"{missing} bytes too few: {done.returncode} {done.stderr}")
            os.unlink(ballast)
            done = run("extract", cohort, "--out", out, "--resume")
            expect(done.returncode == 1 and content(out) == whole, f"with room: {done.returncode} {done.stderr}")
    finally:
        subprocess.run(["umount", mount], check=False)


def deleted(where):
    """A file that is gone after its result was recorded costs nothing but a warning; one of which nothing is recorded, or
    whose other file has changed since, fails as in a fresh run."""
    cohort, _ = cohort_in(where, 8)
    run(*arguments(where, "f", cohort))
    whole = outputs(where, "f")
    os.rename(os.path.join(where, "i001.nii.gz"), os.path.join(where, "away.nii.gz"))
    os.unlink(os.path.join(where, "m002.nii.gz"))
    for ranks in (1, 2):
        done = run(*arguments(where, "f", cohort, "--resume"), ranks=ranks)
        expect(done.returncode == 1 and outputs(where, "f") == whole and "in this run    1 cases" in done.stdout and
               "P001|1;2: its image is not there any more; what was computed from it before is kept" in done.stderr and
               "P002|all: its mask is not there any more" in done.stderr, f"gone: {done.returncode} {done.stdout} {done.stderr}")
    os.unlink(os.path.join(where, "i002.nii.gz"))
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect(outputs(where, "f") == whole and "P002|all: its image and mask are not there" in done.stderr, f"both gone: {done.stderr}")
    mask = os.path.join(where, "m001.nii.gz")
    times = os.stat(mask)
    os.utime(mask, (1, 1))
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect("P001" not in "".join(line for line in done.stderr.splitlines() if "kept" in line) and
           {row["ID"] for row in table(os.path.join(where, "f.h5ad.run", "failures.csv"))} == {"bad", "P001"},
           f"the other file has changed: {done.stderr}")
    os.utime(mask, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.rename(os.path.join(where, "away.nii.gz"), os.path.join(where, "i001.nii.gz"))
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect(outputs(where, "f") == whole, f"there again: {done.stderr}")
    # replaced, not yet computed, then gone: what was there before is no result of what was there last
    journal = os.path.join(where, "f.h5ad.run", "journal")
    image = os.path.join(where, "i003.nii.gz")
    os.utime(image, (1, 1))
    before = os.path.getsize(journal)
    run(*arguments(where, "f", cohort, "--resume"))
    with open(journal, "rb") as file:
        data = file.read()
    named = before + 40 + int.from_bytes(data[before + 8:before + 12], "little") * 16
    expect(data[before + 4] & 127 == 8, "the names of the new file come first")
    os.truncate(journal, named)
    os.unlink(image)
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect("P003" in {row["ID"] for row in table(os.path.join(where, "f.h5ad.run", "failures.csv"))},
           f"of the last file there is no result: {done.stderr}")


if __name__ == "__main__":
    for test in (ranks, in_the_middle, changed_cohort, respelled, written_meanwhile, seen_otherwise, verified, refusals, csv_names, absent_label,
                 deleted, full_at_the_end, full_disk):
        begun = time.monotonic()
        with folder() as where:
            test(where)
        print(f"{test.__name__:16} {time.monotonic() - begun:5.1f} s", flush=True)
    finish("resume")
