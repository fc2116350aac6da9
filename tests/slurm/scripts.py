#!/usr/bin/env python3
"""The batch scripts of slurm/ on a real SLURM, on 127.0.0.1 alone (loopback.sh): jobs that are submitted, chained, warned
before their limit, cancelled, preempted and lose their node. The oracle is the table of a run without SLURM, byte for byte.

All jobs are submitted at once and then asked for, one after the other: most of the time is SLURM's own waiting.

Usage: scripts.py build/radmill
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from program import RADMILL, content, expect, finish, folder, run, write, write_slow_cases

HERE = os.path.dirname(os.path.abspath(__file__))
SLURM = os.path.join(HERE, "..", "..", "slurm")
LOOPBACK = os.path.join(HERE, "loopback.sh")
HELD = os.path.join(HERE, "held.sh")
SRUN = "srun --mpi=pmix --kill-on-bad-exit=1"
N_CASES = 12
# bytes of a journal: more than START takes, less than it and two STARTED: ranks that are stopped there compute their first case
START_AND_STARTED = 200
PATIENCE = 120  # seconds for what takes SLURM 35 at most

# What SLURM's ranks need to be many on few cores, and in a container; the launcher's variables are not for srun.
ENVIRONMENT = {**os.environ, "modules": "", "RADMILL_SLURM": SLURM, "options": "--params slow.yaml",
               "PATH": os.path.dirname(RADMILL) + os.pathsep + os.environ["PATH"] + ":/usr/sbin:/sbin",
               "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_pml": "ob1",
               "OMPI_MCA_btl": "self,vader,tcp", "OMPI_MCA_btl_tcp_if_include": "lo",
               "OMPI_MCA_btl_vader_single_copy_mechanism": "none"}


def command(*arguments, where=None, **variables):
    done = subprocess.run(arguments, cwd=where, env={**ENVIRONMENT, **variables}, capture_output=True, text=True)
    expect(done.returncode == 0, f"{' '.join(arguments)}: {done.returncode} {done.stderr}")
    return done.stdout.strip()


def submit(where, script, *options, **variables):
    """The job's number; the script is the site's, with what stands at its top given on the command line."""
    answer = command("sbatch", "--parsable", "--ntasks=2", *options, os.path.join(SLURM, script), where=where, **variables)
    return answer.partition(";")[0]


def state(job):
    """State, exit status, number of restarts, node of a job."""
    said = command("scontrol", "show", "job", job)
    return re.search(r"JobState=(\S+)", said)[1], int(re.search(r"ExitCode=(\d+):", said)[1]), \
        int(re.search(r"Restarts=(\d+)", said)[1]), (re.search(r"\n   NodeList=(\S+)", said) or [0, ""])[1]


def wait_for(what, condition):
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > PATIENCE:
            expect(False, f"waited {PATIENCE} s for {what}")
            return False
        time.sleep(0.1)
    return True


def ended(job):
    wait_for(f"the end of job {job}", lambda: state(job)[0] in ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL"))
    return state(job)[:3]


class Job:
    """An extraction whose ranks stand still in the middle: submitted, and what it wrote."""

    def __init__(self, where, name, *options, when="first", n_bytes=4000, **variables):
        self.where, self.name = where, name
        self.journal = os.path.join(where, name + ".h5ad.run", "journal")
        self.number = submit(where, "extract.sbatch", f"--job-name={name}", *options, features=name + ".h5ad",
                             launch=f"{SRUN} {HELD} {self.journal} {n_bytes} {when}", **variables)

    def held(self, start=0):
        mark = f"{self.journal}.held.{self.number}.{start}"
        wait_for(f"{self.name} in the middle: {self.log()}", lambda: os.path.exists(mark))

    def log(self):
        path = os.path.join(self.where, f"{self.name}-{self.number}.log")
        return content(path).decode() if os.path.exists(path) else ""

    def table(self):
        path = os.path.join(self.where, self.name + ".h5ad")
        return content(path) if os.path.exists(path) else b""

    def starts(self):
        """How many cases each start found to do."""
        log = content(os.path.join(os.path.dirname(self.journal), "log")).decode()
        return [int(n) for n in re.findall(r"start: \d+ tasks with (\d+) cases", log)]

    def expect_resumed(self, whole, how, restarts=1, n_starts=2, or_more=False):
        """or_more: a slow machine may queue it again more often than that."""
        word, status, queued = ended(self.number)
        expect((word, status) == ("COMPLETED", 0) and (queued == restarts or or_more and queued > restarts),
               f"{how}: {state(self.number)} {self.log()}")
        expect(self.table() == whole, f"{how}: the bytes of an undisturbed run")
        starts = self.starts()
        expect((len(starts) == n_starts or or_more and len(starts) > n_starts) and starts[-1] < N_CASES, f"{how}: it went on, {starts}")


def main():
    with folder() as where:
        slurm = os.path.join(where, "slurm")
        os.chmod(where, 0o755)  # munge serves no socket in a folder that is closed to others
        up = subprocess.run([LOOPBACK, "start", slurm, "8", "2"], capture_output=True, text=True)
        if up.returncode != 0:
            print(up.stdout + up.stderr)
            sys.exit(1 if os.environ.get("CI") == "true" else up.returncode)  # it can be installed
        ENVIRONMENT["SLURM_CONF"] = os.path.join(slurm, "slurm.conf")
        try:
            jobs(where)
        finally:
            subprocess.run([LOOPBACK, "stop", slurm])
    finish("slurm")


def jobs(where):
    lines = write_slow_cases(where, N_CASES)
    write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n")
    write(os.path.join(where, "slow.yaml"), "setting: {binWidth: 1}\n")
    write(os.path.join(where, "slower.yaml"), "setting: {binWidth: 1}\nimageType: {Original: {}, Wavelet: {}}\n")
    done = run("extract", "cohort.csv", "--params", "slow.yaml", "--out", "whole.h5ad", cwd=where)
    expect(done.returncode == 0, f"undisturbed: {done.stderr}")
    whole = content(os.path.join(where, "whole.h5ad"))

    # The limit's warning first: SLURM looks for it every half minute.
    warned = Job(where, "warned", "--time=1", "--signal=B:USR1@60")
    deaf = Job(where, "deaf", "--time=10", when="always", n_bytes=START_AND_STARTED, stop_within="2",
               options="--params slower.yaml")
    cancelled = Job(where, "cancelled", "--time=10")
    late = Job(where, "late", "--time=10", when="always")
    preempted = Job(where, "preempted", "--time=10", "--nodes=1")
    lost = Job(where, "lost", "--time=10", "--nodes=1")
    graced = Job(where, "graced", "--time=10", "--nodes=1", "--partition=lasting")
    for job in (cancelled, preempted, lost, graced):
        job.held()
    command("scancel", cancelled.number)
    urgent = [command("sbatch", "--parsable", "--partition=urgent", f"--nodelist={state(job.number)[3]}", "--ntasks=2",
                      "--output=urgent.log", "--wrap=true", where=where) for job in (preempted, graced)]
    node = state(lost.number)[3]
    command("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    for job in (late, deaf):
        job.held()
        command("scancel", "--signal=USR1", "--batch", job.number)

    killed = Job(where, "killed", "--time=10", "--nodes=1", when="first")

    plain = submit(where, "extract.sbatch", "--time=10", "--nodes=2", features="plain.h5ad", launch=SRUN)
    expect(ended(plain) == ("COMPLETED", 0, 0), f"submitted: {state(plain)}")
    expect(content(os.path.join(where, "plain.h5ad")) == whole, "over two nodes: the bytes of a run without SLURM")

    by_mpirun = submit(where, "extract.sbatch", "--time=10", "--nodes=1", features="mpirun.h5ad", launch="mpirun -q")
    expect(ended(by_mpirun) == ("COMPLETED", 0, 0), f"by mpirun: {state(by_mpirun)}")
    expect(content(os.path.join(where, "mpirun.h5ad")) == whole, "by mpirun: the bytes of a run without SLURM")

    wait_for("the warning of late", lambda: "the time limit is near" in late.log())
    command("scancel", late.number)
    expect(all(ended(job)[0] == "COMPLETED" for job in urgent), f"what preempts: {[state(job) for job in urgent]}")
    preempted.expect_resumed(whole, "preempted")
    graced.expect_resumed(whole, "preempted with a grace time")
    expect("preempted: the job waits" in graced.log(), f"it waited: {graced.log()}")
    lost.expect_resumed(whole, "its node lost")
    crashed(killed, whole)
    shares(where, whole)
    chain(where)
    stuck(deaf)
    warned.expect_resumed(whole, "warned before its limit", or_more=True)
    expect("the time limit is near" in warned.log(), f"it was warned: {warned.log()}")
    for job in (cancelled, late):  # by now every job that would come back has
        expect(state(job.number)[0] == "CANCELLED" and state(job.number)[2] == 0 and not job.table() and
               len(job.starts()) == 1, f"a cancelled job stays so ({job.name}): {state(job.number)} {job.log()}")
    expect("the time limit is near" in late.log(), f"it was warned before it was cancelled: {late.log()}")


def crashed(killed, whole):
    """A rank that is killed, as for its memory: the same job starts again and finishes; SLURM queues nothing."""
    killed.held()
    os.kill(int(content(killed.journal + f".held.{killed.number}.0")), signal.SIGKILL)
    killed.expect_resumed(whole, "a rank killed", restarts=0, n_starts=2)
    expect(killed.log().count("started again in this job") == 1, f"it says so: {killed.log()}")


def stuck(deaf):
    """Ranks that no signal reaches are left after stop_within; the second start that brings nothing is the last."""
    deaf.held(start=1)
    command("scancel", "--signal=USR1", "--batch", deaf.number)
    expect(ended(deaf.number) == ("FAILED", 3, 2), f"two starts without a result: {state(deaf.number)} {deaf.log()}")
    expect(deaf.log().count("the ranks still run") == 2, f"one log of all starts: {deaf.log()}")
    said = [line for line in deaf.log().splitlines() if "2 starts in a row" in line]
    expect(len(said) == 1 and re.search(r"S0\d\d", said[0]), f"what was running is named: {deaf.log()}")


def shares(where, whole):
    """The job array, without MPI: chain.sh with array=yes, and no study here."""
    if "--share" not in run("extract", "--help").stdout:
        print("the job array is not tried: this radmill has no extract --share")
        return
    said = command(os.path.join(SLURM, "chain.sh"), where=where, site="--partition=batch", array="yes",
                   array_site="--array=1-3 --time=10", extract_options="--params slow.yaml", features="shared.h5ad")
    array, merge = re.findall(r"^(\d+) ", said, re.M)
    expect(ended(merge) == ("COMPLETED", 0, 0), f"the merge behind the array: {said} {state(merge)}")
    expect(content(os.path.join(where, "shared.h5ad")) == whole, "array and merge: the bytes of a run in one")
    command("scontrol", "requeue", f"{array}_2")  # an element that starts again is still the second of three
    again = os.path.join(where, f"radmill-share-{array}_2.log")
    wait_for("the second share again", lambda: content(again).count(b"share 2 of 3") == 2 and state(f"{array}_2")[0] == "COMPLETED")


def chain(where):
    """chain.sh: the sweep waits for the features, and is given up where they fail."""
    study = os.path.join(where, "chain")
    os.mkdir(study)
    for name in os.listdir(where):
        if name.endswith((".nii", ".yaml", ".csv")):
            shutil.copy(os.path.join(where, name), study)
    rows = content(os.path.join(study, "cohort.csv")).decode().splitlines()
    rows = [rows[0] + ",Outcome"] + [f"{row},{number % 2}" for number, row in enumerate(rows[1:])]
    write(os.path.join(study, "cohort.csv"), "\n".join(rows) + "\n")
    write(os.path.join(study, "study.yaml"), STUDY)
    settings = dict(site="--partition=batch", extract_site="--ntasks=2 --time=10", sweep_site="--ntasks=2 --time=10",
                    extract_options="--params slow.yaml --label 1", launch=SRUN)
    said = command(os.path.join(SLURM, "chain.sh"), where=study, **settings)
    first, last = re.findall(r"^(\d+) ", said, re.M)
    expect(ended(first) == ("COMPLETED", 0, 0) and ended(last) == ("COMPLETED", 0, 0), f"the chain: {state(first)} {state(last)}")
    expect(os.path.exists(os.path.join(study, "sweep", "leaderboard.csv")), "the sweep's results")
    said = command(os.path.join(SLURM, "chain.sh"), where=study, **settings, cohort="nowhere.csv")
    first, last = re.findall(r"^(\d+) ", said, re.M)
    expect(ended(first)[:2] == ("FAILED", 2) and ended(last)[0] == "CANCELLED", f"a chain that breaks: {state(first)} {state(last)}")


STUDY = """table: features.h5ad
patient: ID
outcome: {class: Outcome}
split: {kfold: 2, repeats: 1, seed: 1}
inner: {kfold: 2, repeats: 1}
prepare: [{scale: {method: zscore}}]
select: {mrmr: [{mrmr: {k: 2}}]}
models: {centroid: {}}
"""

if __name__ == "__main__":
    main()
