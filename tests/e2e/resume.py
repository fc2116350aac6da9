#!/usr/bin/env python3
"""The same bytes whatever happens: any number of ranks, killed and resumed, stopped on request; what is refused with
status 3, and what a changed cohort computes again."""
import os
import random
import signal
import subprocess
import time

from program import content, expect, finish, folder, run, start, table, write, write_cases

N_CASES = 40


def cohort_in(where, n=N_CASES):
    lines = write_cases(where, n)
    lines.insert(5, "bad,nowhere.nii.gz,m000.nii.gz,1,A")
    return write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n"), lines


def outputs(where, name):
    return content(os.path.join(where, name + ".h5ad")), content(os.path.join(where, name + ".csv"))


def arguments(where, name, cohort, *options):
    return ["extract", cohort, "--out", os.path.join(where, name + ".h5ad"), "--csv", os.path.join(where, name + ".csv"),
            *options]


def ranks_and_kills(where):
    cohort, lines = cohort_in(where)
    done = run(*arguments(where, "one", cohort))
    expect(done.returncode == 1, f"one rank: {done.returncode} {done.stderr}")
    whole = outputs(where, "one")
    for ranks in (2, 3, 8):
        done = run(*arguments(where, f"r{ranks}", cohort), ranks=ranks)
        expect(done.returncode == 1 and outputs(where, f"r{ranks}") == whole, f"{ranks} ranks give the bytes of one: {done.stderr}")

    rng = random.Random(7)
    for attempt in range(12):  # killed again and again, with everything it started, then left to finish
        process = start(*arguments(where, "killed", cohort, "--resume"), ranks=2)
        time.sleep(0.45 + 0.3 * rng.random())
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        subprocess.run(["pkill", "-KILL", "-f", os.path.join(where, "killed.h5ad")], check=False)
        time.sleep(0.05)
    done = run(*arguments(where, "killed", cohort, "--resume"), ranks=2)
    expect(done.returncode == 1 and outputs(where, "killed") == whole, f"killed twelve times, the same bytes: {done.stderr}")

    shuffled = lines[1:]
    rng.shuffle(shuffled)
    other = write(os.path.join(where, "order.csv"), "\n".join([lines[0], *shuffled]) + "\n")
    run(*arguments(where, "shuffled", other))
    key = lambda r: (r["ID"], r["Label"])
    a, b = table(os.path.join(where, "one.csv")), table(os.path.join(where, "shuffled.csv"))
    expect(sorted(map(str, a)) == sorted(map(str, b)) and [key(r) for r in a] != [key(r) for r in b],
           "a shuffled manifest gives the same rows in its own order")


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
    damaged[len(damaged) // 2] ^= 0x10
    with open(journal, "wb") as file:
        file.write(damaged)
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect(done.returncode == 3 and "journal" in done.stderr, f"a damaged journal: {done.returncode} {done.stderr}")
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


def full_disk(where):
    """On a small file system: status 3, the sentence, and after space is made the run goes on."""
    mount = os.path.join(where, "small")
    os.mkdir(mount)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", mount], capture_output=True).returncode != 0:
        print("full disk: not tried, this user may not mount a file system")
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


def stopped(where):
    """SIGUSR1: running cases are finished, status 75, and --resume ends with the bytes of an undisturbed run."""
    cohort, _ = cohort_in(where, 120)
    run(*arguments(where, "whole", cohort))
    process = start(*arguments(where, "f", cohort, "--resume"), ranks=2)
    log = os.path.join(where, "f.h5ad.run", "journal")
    while process.poll() is None and not (os.path.exists(log) and os.path.getsize(log) > 20000):
        time.sleep(0.005)
    process.send_signal(signal.SIGUSR1)
    said = process.communicate(timeout=60)[0]
    if process.returncode != 1:  # it may have been done already
        expect(process.returncode == 75 and "--resume" in said, f"SIGUSR1: status {process.returncode}: {said}")
    done = run(*arguments(where, "f", cohort, "--resume"))
    expect(done.returncode == 1 and outputs(where, "f") == outputs(where, "whole"), f"resumed after the stop: {done.stderr}")


if __name__ == "__main__":
    for test in (ranks_and_kills, changed_cohort, verified, refusals, full_disk, stopped):
        with folder() as where:
            test(where)
    finish("resume")
