"""radmill status beside real runs: at work, killed, stopped, resumed, done with failures; and the line at a run's end.

Oracles: the number of cases that the test itself wrote, the rows of the tables, what the kernel says of a process that
has ended (wait4), and the bytes of the run folder before and after."""
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import program
from program import expect


def status(*names, cwd):
    """Exit status and the objects that status prints."""
    ended = program.run("status", "--json", *names, cwd=cwd)
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]


def contents(folder):
    """Bytes and times of all that lies there."""
    names = sorted(os.listdir(folder))
    return [(name, program.content(os.path.join(folder, name)), os.stat(os.path.join(folder, name)).st_mtime_ns)
            for name in names]


def adds_up(seen, n, what):
    expect(seen["all"] == n, f"{what}: {seen['all']} in all")
    parts = [seen[key] for key in ("done", "failed", "quarantined", "running", "to_go")]
    expect(sum(parts) == n, f"{what}: {parts} are not {n} together")


def wait_until_some_are_done(process, where, least):
    """Looks on while the run is at work; the last look."""
    while process.poll() is None:
        code, seen = status("slow.h5ad", cwd=where)
        if code == 75 and seen and seen[0]["starts"] and seen[0]["done"] >= least:
            return seen[0]
        time.sleep(0.02)
    expect(False, f"the run ended before {least} cases were seen done")
    return None


def beside_a_run_that_dies(where, n):
    command = ["extract", "slow.csv", "--params", "slow.yaml", "--out", "slow.h5ad", "--csv", "slow.csv.out", "--resume"]
    process = program.start(*command, ranks=2, cwd=where)
    seen = wait_until_some_are_done(process, where, 2)
    if seen:
        adds_up(seen, n, "at work")
        expect(seen["state"] == "running" and seen["lock"] == "held", f"at work: {seen['state']}, {seen['lock']}")
        expect(str(seen["process"]) in seen["holder"] and seen["host"] in seen["holder"], f"held by {seen['holder']}")
        expect(1 <= seen["running"] <= 4, f"{seen['running']} handed out to 2 ranks")
        expect(0 < seen["rate"] < 1000 and seen["seconds_left"] >= 0, "a pace while it runs")
        expect(seen["ranks"] == 2 and "effort" not in seen, "two ranks, which have not ended")
    text = program.run("status", "slow.h5ad.run", cwd=where).stdout
    expect(re.search(r"^slow\.h5ad\.run: running\n  done +\d+ of %d cases\n" % n, text), f"for people: {text}")
    expect(" left, until " in text and "lock         held: " in text, f"for people: {text}")
    program.kill_all(process)
    before = contents(os.path.join(where, "slow.h5ad.run"))
    code, (seen,) = status("slow.h5ad.run", cwd=where)
    adds_up(seen, n, "killed")
    expect(code == 75 and seen["state"] == "died" and seen["lock"] == "free", f"killed: {code}, {seen['state']}")
    expect(seen["running"] == 0 and 1 <= seen["cut_short"] <= 4, f"killed: {seen['cut_short']} cut short")
    expect(seen["seconds_left"] is None, "who is dead has no time left")
    expect(contents(os.path.join(where, "slow.h5ad.run")) == before, "status changes nothing, not even a time")
    journal = os.path.join(where, "slow.h5ad.run", "journal")
    whole = program.content(journal)
    at = whole.index(b"RMLr\x04")  # a result in the middle: what is behind it was synced after it
    program.write_bytes(journal, whole[:at + 60] + bytes([whole[at + 60] ^ 1]) + whole[at + 61:])
    _, (damaged,) = status("slow.h5ad.run", cwd=where)
    adds_up(damaged, n, "damaged")
    expect(damaged["state"] == "died" and damaged["running"] == 0, f"what died and is damaged has died: {damaged}")
    program.write_bytes(journal, whole)

    # another run has the lock and still reads its cohort: nothing is told as its own
    with open(os.path.join(where, "slow.h5ad.run", "lock"), "r+") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        lock.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        lock.flush()
        code, (starting,) = status("slow.h5ad.run", cwd=where)
        lock.truncate(0)
    adds_up(starting, n, "starting")
    expect(code == 75 and starting["state"] == "starting" and starting["running"] == 0 and starting["seconds_left"] is None,
           f"not begun: {code} {starting}")
    return seen["done"]


def stopped_and_resumed(where, n, n_before):
    command = ["extract", "slow.csv", "--params", "slow.yaml", "--out", "slow.h5ad", "--csv", "slow.csv.out", "--resume"]
    process = program.start(*command, cwd=where)
    wait_until_some_are_done(process, where, n_before + 1)
    process.send_signal(signal.SIGUSR1)
    process.communicate(timeout=120)
    code, (seen,) = status("slow.h5ad", cwd=where)
    adds_up(seen, n, "stopped")
    expect(process.returncode == 75 and code == 75 and seen["state"] == "stopped", f"stopped: {code}, {seen['state']}")
    expect(seen["starts"] == 2 and "effort" in seen, "a run that was stopped says what it took")

    ended = subprocess.run(program.command(command), cwd=where, capture_output=True, text=True,
                           env=dict(program.environment(1), SLURM_JOB_ID="4711"))
    code, (seen,) = status("slow.h5ad", cwd=where)
    adds_up(seen, n, "resumed")
    expect(ended.returncode == 0 and code == 0 and seen["state"] == "done" and seen["done"] == n, f"resumed: {seen}")
    expect(seen["starts"] == 3 and seen["slurm_job"] == "4711", f"resumed: start {seen['starts']}")
    expect(program.run("extract", "slow.csv", "--params", "slow.yaml", "--out", "one.h5ad", "--csv", "one.csv", "-q",
                       cwd=where).returncode == 0,
           "an undisturbed run")
    for one, other in (("one.h5ad", "slow.h5ad"), ("one.csv", "slow.csv.out")):
        expect(program.content(os.path.join(where, one)) == program.content(os.path.join(where, other)),
               f"{other} is the undisturbed run's")


def failures(where):
    lines = program.write_cases(where, 6)
    os.remove(os.path.join(where, "i004.nii.gz"))
    program.write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n")
    expect(program.run("extract", "cohort.csv", "--out", "f.h5ad", cwd=where).returncode == 1, "a case fails")
    code, (seen,) = status("f.h5ad", cwd=where)
    adds_up(seen, 6, "a failure")
    expect(code == 1 and seen["failed"] == 1 and seen["state"] == "done", f"a failure: {code}, {seen}")
    code, seen = status("f.h5ad", "slow.h5ad", "no-such", cwd=where)
    expect(code == 3 and len(seen) == 2, "of several the largest status, and all that can be told")
    ended = program.run("status", "no-such", cwd=where)
    expect(ended.returncode == 3 and "no-such/journal" in ended.stderr, f"no journal: {ended.stderr}")
    os.mkdir(os.path.join(where, "broken.run"))
    program.write(os.path.join(where, "broken.run", "journal"), "nothing of the kind")
    for damaged in "nothing of the kind", "", "radmill?" + 100 * "x":
        program.write(os.path.join(where, "broken.run", "journal"), damaged)
        for command in ["status", "broken"], ["extract", "cohort.csv", "--out", "broken", "--resume"]:
            said = program.run(*command, cwd=where)
            expect(said.returncode == 3 and "not a journal of radmill; begin anew with --fresh" in said.stderr, f"{command}: {said.stderr}")
    expect(program.run("extract", "cohort.csv", "--out", "broken", "--fresh", cwd=where).returncode == 1 and status("broken", cwd=where)[0] == 1,
           "which does so")
    expect(program.run("status", cwd=where).returncode == 2, "no folder named")


def effort(where):
    """Against the kernel's own accounts of the one process, which also started MPI and ended it."""
    process = subprocess.Popen(program.command(["extract", "slow.csv", "--params", "slow.yaml", "--out", "e.h5ad"]),
                               cwd=where, text=True, stdout=subprocess.PIPE, env=program.environment(1))
    text = process.stdout.read()
    _, code, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    process.stdout.close()
    _, (seen,) = status("e.h5ad", cwd=where)
    said, cpu = seen["effort"], used.ru_utime + used.ru_stime
    expect(0.5 * cpu < said["cpu_seconds"] <= cpu + 0.02, f"CPU {said['cpu_seconds']} s of {cpu} s")
    expect(0.8 * used.ru_maxrss < said["peak_bytes"] / 1024 <= used.ru_maxrss, f"memory {said['peak_bytes']}")
    expect(abs(said["cpu_efficiency"] * said["wall_seconds"] - said["cpu_seconds"]) < 1e-6, "efficiency, one rank")
    expect(said["ranks"] == 1 and said["peak_rank"] == 0 and said["reckoned_bytes"] > 0, f"effort: {said}")
    line = text.splitlines()[-1]
    expect(re.fullmatch(r"CPU [\d.]+ % of 1 rank for [\d.]+ s \([\d.]+ s\); memory at most \d+ MiB \(rank 0\), at most "
                        r"\d+ MiB set aside for a task", line), f"the line at the end: {line}")
    log = program.content(os.path.join(where, "e.h5ad.run", "log")).decode()
    expect(f"effort: {line}" in log, "the log has the same line")
    process = program.run("extract", "slow.csv", "--params", "slow.yaml", "--out", "e.h5ad", "--resume", cwd=where)
    shutil.copytree(os.path.join(where, "e.h5ad.run"), os.path.join(where, "copied.h5ad.run"))
    shutil.copy(os.path.join(where, "e.h5ad"), os.path.join(where, "copied.h5ad"))
    os.utime(os.path.join(where, "copied.h5ad.run", "journal"), (1e9, 1e9))
    (_, (one,)), (_, (copy,)) = status("e.h5ad", cwd=where), status("copied.h5ad", cwd=where)
    expect(one["rate"] and copy["rate"] == one["rate"] and copy["written"] == one["written"], f"a copy: {one} {copy}")
    expect(process.returncode == 0 and status("e.h5ad", cwd=where)[1][0]["effort"] == said,
           "a run with nothing to do leaves what the journal says of the last one")


def tables(where):
    """Done is who has written the table and still has it."""
    lines = program.write_cases(where, 4)
    program.write(os.path.join(where, "t.csv"), "\n".join(lines) + "\n")
    command = ["extract", "t.csv", "--out", "t.h5ad", "--csv", "sub/t.csv", "-q", "--resume"]
    os.mkdir(os.path.join(where, "sub"))
    os.mkdir(os.path.join(where, "sub", "t.csv.tmp"))  # where the table is written first: it cannot be
    expect(program.run(*command, cwd=where).returncode == 3, "a table that cannot be written")
    code, (seen,) = status("t.h5ad", cwd=where)
    expect(code == 75 and seen["state"] == "all computed, but not written" and seen["done"] == 4, f"unwritten: {code} {seen}")
    os.rmdir(os.path.join(where, "sub", "t.csv.tmp"))
    expect(program.run(*command, cwd=where).returncode == 0, "with room it is written")
    code, (seen,) = status("t.h5ad", cwd=where)
    expect(code == 0 and seen["state"] == "done" and seen["starts"] == 1, f"written: {code} {seen}")
    os.remove(os.path.join(where, "t.h5ad"))
    for name in ("t.h5ad", "t.h5ad.run", "t.h5ad.run/"):
        code, (seen,) = status(name, cwd=where)
        expect(code == 75 and seen["state"] == "all computed, but not written", f"removed: {code} {seen}")
    said = program.run("status", "t.h5ad", cwd=where).stdout
    expect("t.h5ad is not there; the same command with --resume writes it" in said, f"removed, for people: {said}")
    expect(program.run(*command, cwd=where).returncode == 0 and status("t.h5ad", cwd=where)[0] == 0, "written again")

    program.write(os.path.join(where, "t.csv"), "\n".join(lines[:-1]) + "\n")  # one row less, nothing to compute
    expect(program.run(*command, cwd=where).returncode == 0, "fewer rows")
    code, (seen,) = status("t.h5ad", cwd=where)
    expect(code == 0 and seen["all"] == seen["done"] == 3 and seen["starts"] == 2, f"fewer rows: {code} {seen}")


def shares(where):
    """A job array: its shares are added up, and those that are missing named; merged, it is one run."""
    lines = program.write_cases(where, 6)
    program.write(os.path.join(where, "s.csv"), "\n".join(lines) + "\n")
    code, seen = status("s.h5ad", cwd=where)
    expect(code == 3 and not seen, "nothing has begun")
    said = program.run("status", "s.h5ad", cwd=where).stderr
    expect("s.h5ad: no run has begun there" in said and "s.h5ad.run/journal" in said, f"nothing has begun: {said}")
    for k, there in ((3, "3 of 4"), (1, "1 and 3")):
        expect(program.run("extract", "s.csv", "--out", "s.h5ad", "-q", "--share", f"{k}/4", cwd=where).returncode == 0, there)
    for name in ("s.h5ad", "s.h5ad.run"):
        code, (seen,) = status(name, cwd=where)
        expect(code == 75 and seen["n_shares"] == 4 and seen["shares"] == {"done": 2, "never begun": 2} and
               seen["shares_idle"] == [2, 4], f"two of four: {code} {seen}")
        expect(seen["done"] == seen["all"] == 2 or 0 < seen["done"] < 6, f"two of four: {seen}")
    said = program.run("status", "s.h5ad", cwd=where).stdout
    expect(re.search(r"never begun +2: 2, 4$", said, re.M), f"for people: {said}")
    for k in (2, 4):
        program.run("extract", "s.csv", "--out", "s.h5ad", "-q", "--share", f"{k}/4", cwd=where)
    code, (seen,) = status("s.h5ad", cwd=where)
    expect(code == 75 and seen["done"] == seen["all"] == 6 and not seen["shares_idle"], f"before the merge: {code} {seen}")
    expect("all shares are computed: radmill merge" in program.run("status", "s.h5ad", cwd=where).stdout, "what is left is to merge")
    program.write(os.path.join(where, "other.yaml"), "setting: {binWidth: 5, padDistance: 7, voxelArrayShift: 3, geometryTolerance: 0.01}\n")
    for params, others in (["-p", "other.yaml"], [3]), ([], []):
        program.run("extract", "s.csv", *params, "--out", "s.h5ad", "-q", "--fresh", "--share", "3/4", cwd=where)
        code, (seen,) = status("s.h5ad", cwd=where)
        said = program.run("status", "s.h5ad", cwd=where).stdout
        expect(code == 75 and seen["shares_of_another_run"] == others, f"of another run: {seen}")
        expect((re.search(r"another run +1: 3; .* share 1: radmill merge says which", said) is not None) == bool(others) and
               ("all shares are computed" in said) != bool(others), f"of another run: {said}")
    expect(program.run("merge", "s.h5ad", cwd=where).returncode == 0, "merged")
    code, (seen,) = status("s.h5ad", cwd=where)
    expect(code == 0 and seen["state"] == "done" and seen["done"] == seen["all"] == 6, f"merged: {code} {seen}")
    expect(program.run("status", "", cwd=where).returncode == 2, "an empty name")


def damage(where):
    """Results that were lost count as to go, until a run has computed them again; then nobody speaks of them any more."""
    lines = program.write_cases(where, 6)
    command = ["extract", "d.csv", "--out", "d.h5ad", "-q", "--resume"]
    for n in (4, 6):  # two starts
        program.write(os.path.join(where, "d.csv"), "\n".join(lines[:n + 1]) + "\n")
        expect(program.run(*command, cwd=where).returncode == 0, f"{n} cases")
    table = program.content(os.path.join(where, "d.h5ad"))
    journal = os.path.join(where, "d.h5ad.run", "journal")
    whole = program.content(journal)
    at = whole.index(b"RMLr\x04")  # a result of the first start
    program.write_bytes(journal, whole[:at + 60] + bytes([whole[at + 60] ^ 1]) + whole[at + 61:])
    code, (seen,) = status("d.h5ad", cwd=where)
    adds_up(seen, 6, "damaged")
    expect(code == 75 and seen["state"] == "stopped" and seen["done"] == 5 and seen["to_go"] == 1, f"damaged: {code} {seen}")
    ended = program.run(*command, cwd=where)
    expect(ended.returncode == 0 and ended.stderr.count("are damaged") == 1, f"computed again: {ended.stderr}")
    expect(program.content(os.path.join(where, "d.h5ad")) == table, "the same table")
    for after in (program.run("status", "d.h5ad", cwd=where), program.run(*command, cwd=where)):
        expect(after.returncode == 0 and "damaged" not in after.stderr, f"it is computed again: {after.stderr}")
    whole = program.content(journal)
    at = whole.index(b"RMLr\x04", at + 60)  # another one
    program.write_bytes(journal, whole[:at + 60] + bytes([whole[at + 60] ^ 1]) + whole[at + 61:])
    code, (seen,) = status("d.h5ad", cwd=where)
    expect(code == 75 and seen["done"] == 5, f"damaged again: {code} {seen}")


def pipes(where):
    """A pipe in the place of what is read is not waited for."""
    for name in ("journal", "lock"):
        run = os.path.join(where, f"{name}.h5ad.run")
        os.mkdir(run)
        os.mkfifo(os.path.join(run, name))
        if name == "lock":
            program.write(os.path.join(run, "journal"), "a journal")
        try:
            ended = program.run("status", f"{name}.h5ad", cwd=where, timeout=60)
            expect(ended.returncode == 3 and "not a journal of radmill" in ended.stderr, f"{name}: {ended.stderr}")
        except subprocess.TimeoutExpired:
            expect(False, f"status waits for the pipe {name}")


def sweep(where):
    rows = [{"id": f"p{i}", "y": i % 2, "a": (i * 7919) % 101, "b": (i % 2) * 3 + (i * 31) % 7} for i in range(40)]
    program.save(os.path.join(where, "table.csv"), rows)
    program.write(os.path.join(where, "study.yaml"),
                  "table: table.csv\npatient: id\noutcome: {class: y, positive: 1}\nfeatures: {match: [a, b]}\n"
                  "split: {kfold: 4}\nselect: {none: []}\nmodels:\n  logistic: {C: [1]}\n")
    ended = program.run("sweep", "study.yaml", "--out", "swept", ranks=2, cwd=where)
    expect(ended.returncode == 0, f"sweep: {ended.stderr}")
    expect(re.search(r"^CPU [\d.]+ % of 2 ranks for ", ended.stdout, re.M), "a sweep's line at the end")
    for name in ("swept", "swept/run"):
        code, (seen,) = status(name, cwd=where)
        expect(code == 0 and seen["state"] == "done" and seen["noun"] == "tasks" and seen["done"] == seen["all"] > 4,
               f"a sweep: {seen}")
        expect(seen["effort"]["ranks"] == 2, "a sweep's effort")


def sweep_of_outcomes(where):
    """The folder of a sweep of several outcomes tells of each, and is not done before all are."""
    rows = [{"id": f"p{i}", "y": i % 2, "v": i % 9, "a": (i * 7919) % 101, "b": (i % 2) * 3 + (i * 31) % 7} for i in range(40)]
    program.save(os.path.join(where, "two.csv"), rows)
    program.write(os.path.join(where, "two.yaml"),
                  "table: two.csv\npatient: id\noutcome: [{class: y}, {value: v}]\nfeatures: {match: [a, b]}\n"
                  "split: {kfold: 4}\nselect: {none: []}\nmodels:\n  knn: {}\n")
    ended = program.run("sweep", "two.yaml", "--out", "two", "-q", cwd=where)
    expect(ended.returncode == 0, f"two outcomes: {ended.stderr}")
    code, seen = status("two", cwd=where)
    expect(code == 0 and [one["folder"] for one in seen] == ["two/v/run", "two/y/run"] and all(one["state"] == "done" for one in seen),
           f"two outcomes: {code} {seen}")
    os.unlink(os.path.join(where, "two", "outcomes.csv"))
    ended = program.run("status", "two", cwd=where)
    expect(ended.returncode == 75 and "two/outcomes.csv is not there" in ended.stdout and ended.stdout.count(": done") == 2,
           f"the sweep died between them: {ended.returncode} {ended.stdout}")
    with open("/dev/full", "w") as full:
        ended = subprocess.run([program.RADMILL, "status", "two"], cwd=where, stdout=full, stderr=subprocess.PIPE, text=True)
    expect(ended.returncode == 3 and "standard output cannot be written" in ended.stderr, f"cut short: {ended}")


def main():
    n = 14
    with program.folder() as where:
        lines = program.write_slow_cases(where, n, size=(28, 28, 28))
        program.write(os.path.join(where, "slow.yaml"), "setting: {binWidth: 1}\nimageType: {Original: {}, Wavelet: {}}\n")
        program.write(os.path.join(where, "slow.csv"), "\n".join(lines) + "\n")
        n_before = beside_a_run_that_dies(where, n)
        stopped_and_resumed(where, n, n_before)
        failures(where)
        effort(where)
        tables(where)
        shares(where)
        damage(where)
        pipes(where)
        sweep(where)
        sweep_of_outcomes(where)
    program.finish("status")


main()
