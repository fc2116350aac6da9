#!/usr/bin/env python3
"""What slurm/supervise.sh and chain.sh ask of SLURM, and what they do with its answers, with programs of this test's own in
the place of SLURM's: for answers that a SLURM of a test does not give when it is asked to. The oracle of the array is a real
one's behaviour: its last element has the array's number, and squeue and scontrol take that for all elements.

Usage: supervise.py
"""
import os
import shutil
import signal
import subprocess
import tempfile
import time

from program import content, expect, finish, write

SLURM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "slurm")
PATIENCE = 60  # seconds for what takes 5 at most

SCONTROL = """#!/bin/bash
[ "$1" != requeue ] || { echo "$*" >>queued; exit; }
[ "$*" = "show job ${JOB_NAMED:-5} --oneliner" ] || { echo "another job: $*" >>queued; exit 1; }
echo "$*" >>asked
[ $(wc -l <asked) -gt ${SILENT:-0} ] || { echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1; }
echo "JobId=5 JobName=x JobState=${STATE:-RUNNING} Reason=None PreemptTime=${PREEMPTED:-None} SuspendTime=${SUSPENDED:-None} SecsPreSuspend=0"
"""
SBATCH = '#!/bin/bash\necho "$*" >>submitted\n[ $(wc -l <submitted) -lt ${REFUSED:-99} ] || exit 1\necho 4711\n'
RANKS = """#!/bin/bash
trap 'exit 75' USR1
: >begun
while :; do sleep 0.05; done
"""
LAUNCHER = """#!/bin/bash
echo $* >>starts
[ $(wc -l <starts) -lt 3 ] || exit 0
echo record >>journal
case $KIND in
    works) ./radmill 4; exit ;;
    wraps) ./other & ;; # not known to be a rank: let alone
    dies) ./radmill 0 & ;; # seen by nobody before it has ended
    ends) ./radmill 1 & ;;
esac
[ $KIND = wraps ] && exec sleep 4
exec sleep 30 # and does not ask after it
"""
JOB = f'give_up=2 stop_within=90 failed_cases=${{FAILED_CASES:-stop}}\n. "{SLURM}/supervise.sh"\njournals() {{ wc -c journal */journal; }}\nsupervise ./ranks\n'
FAILED = "--failed-status 65"


def folder_with(where, **files):
    os.makedirs(where)
    for name, text in files.items():
        os.chmod(write(os.path.join(where, name), text), 0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
    return dict(kept, PATH=where + os.pathsep + os.environ["PATH"])


def lines(path):
    return content(path).decode().splitlines() if os.path.exists(path) else []


def wait_until(condition):
    begun = time.monotonic()
    while not condition() and time.monotonic() - begun < PATIENCE:
        time.sleep(0.02)


def warned(where, **variables):
    """What a job does that is warned: how it was queued again, its exit status (None: it waits for its end), its words."""
    environment = folder_with(where, scontrol=SCONTROL, ranks=RANKS)
    queued = os.path.join(where, "queued")
    with open(os.path.join(where, "log"), "w") as log:
        job = subprocess.Popen(["bash", "-c", JOB], cwd=where, env={**environment, **variables}, stdout=log, stderr=log,
                               start_new_session=True)
        wait_until(lambda: os.path.exists(os.path.join(where, "begun")))
        os.kill(job.pid, signal.SIGUSR1)
        wait_until(lambda: lines(queued) or job.poll() is not None)
        status = job.poll()
        if status is None:
            os.killpg(job.pid, signal.SIGKILL)
            job.wait()
    return lines(queued), status, content(os.path.join(where, "log")).decode()


def crashing(where, ranks, **variables):
    """A job whose ranks die: with what --give-up each start was called, exit status, words."""
    environment = folder_with(where, scontrol=SCONTROL, ranks=ranks)
    done = subprocess.run(["bash", "-c", JOB], cwd=where, env={**environment, **variables}, capture_output=True, text=True,
                          timeout=PATIENCE)
    expect(not lines(os.path.join(where, "queued")), "a job that crashes is not queued again")
    return lines(os.path.join(where, "starts")), done.returncode, done.stdout + done.stderr


def crashes(where):
    """A crash starts the ranks again in the same job, until radmill says otherwise; not after scancel."""
    head = "#!/bin/bash\necho $* >>starts\n"
    grows = head + "echo record >>journal\n"
    for signal_name, status in ("KILL", 0), ("SEGV", 3), ("KILL", 1):
        ranks = grows + f"[ $(wc -l <starts) -ge 4 ] && exit {status}\nkill -{signal_name} $$\n"
        starts, ended, log = crashing(os.path.join(where, f"{signal_name}{status}"), ranks, SLURM_JOB_ID="5")
        expect(starts == [f"--give-up 2 {FAILED}"] + 3 * [f"--give-up 3 {FAILED}"] and ended == status, f"{starts} {ended} {log}")
    for status in 2, 3, 75, 127:
        starts, ended, log = crashing(os.path.join(where, f"ends{status}"), grows + f"exit {status}\n", SLURM_JOB_ID="5")
        expect(starts == [f"--give-up 2 {FAILED}"] and ended == status, f"no crash: {starts} {ended} {log}")
    for failed_cases in "stop", "go-on":  # 1 is the launcher's own: nothing was computed, or it was ended
        for status, job, words in (65, int(failed_cases == "stop"), "some cases failed"), (1, 1, "the run did not come to its end"):
            starts, ended, log = crashing(os.path.join(where, f"{failed_cases}{status}"), grows + f"exit {status}\n",
                                          SLURM_JOB_ID="5", FAILED_CASES=failed_cases)
            expect(len(starts) == 1 and ended == job and words in log, f"status {status}, {failed_cases}: {starts} {ended} {log}")
    # of several outcomes the second's journal grows
    ranks = head + "mkdir -p other\necho record >>other/journal\n[ $(wc -l <starts) -ge 4 ] && exit 0\nkill -KILL $$\n"
    starts, ended, log = crashing(os.path.join(where, "outcomes"), ranks, SLURM_JOB_ID="5")
    expect(len(starts) == 4 and ended == 0, f"another journal: {starts} {ended} {log}")
    starts, ended, log = crashing(os.path.join(where, "early"), head + "kill -KILL $$\n", SLURM_JOB_ID="5")
    expect(len(starts) == 2 and ended == 137 and "before they wrote anything" in log, f"before a journal: {starts} {ended} {log}")
    starts, ended, log = crashing(os.path.join(where, "gone"), grows + "kill -KILL $$\n", SLURM_JOB_ID="5", STATE="COMPLETING")
    expect(len(starts) == 1 and ended == 137, f"cancelled, and the ranks knew first: {starts} {ended} {log}")


def preempted(where):
    """With a grace time the ranks alone are told: the job waits for SLURM, which would not queue one again that ends. A job
    that was suspended once and runs on is none of these."""
    at = "2026-01-01T00:00:00"
    cases = (("exit 75", {"PREEMPTED": at}, True), ("kill -TERM $$", {"PREEMPTED": at}, True), ("exit 1", {"PREEMPTED": at}, True),
             ("exit 75", {"PREEMPTED": at, "SILENT": "2"}, True), ("exit 0", {"PREEMPTED": at}, False), ("exit 75", {"PREEMPTED": at, "SUSPENDED": at}, False), ("exit 75", {}, False))
    jobs = []
    for number, (ranks, variables, _) in enumerate(cases):
        home = os.path.join(where, str(number))
        environment = folder_with(home, scontrol=SCONTROL, ranks=f"#!/bin/bash\n{ranks}\n")
        with open(os.path.join(home, "log"), "w") as log:
            jobs.append((home, subprocess.Popen(["bash", "-c", JOB], cwd=home, env={**environment, "SLURM_JOB_ID": "5", **variables},
                                                stdout=log, stderr=log, start_new_session=True)))
    for (home, job), (ranks, variables, waits) in zip(jobs, cases):
        told = lambda: "preempted: the job waits" in content(os.path.join(home, "log")).decode()
        wait_until(lambda: told() or job.poll() is not None)
        time.sleep(1.5 if waits else 0)  # and does not end by itself
        expect((job.poll() is None) == told() == waits, f"{ranks} {variables}: {job.poll()} {content(os.path.join(home, 'log'))}")
        if job.poll() is None:
            os.killpg(job.pid, signal.SIGKILL)
        job.wait()


def stands_still(where):
    """A launcher whose ranks have ended is killed, and they are started again; one whose ranks work, or of whose ranks nothing
    is known, is let alone."""
    for kind, n_starts in ("ends", 3), ("dies", 3), ("works", 1), ("wraps", 1):
        home = os.path.join(where, kind)
        environment = folder_with(home, scontrol=SCONTROL, ranks=LAUNCHER)
        for name in "radmill", "other":
            shutil.copy(shutil.which("sleep"), os.path.join(home, name))
        done = subprocess.run(["bash", "-c", "launcher_within=2\n" + JOB], cwd=home, capture_output=True, text=True,
                              env={**environment, "SLURM_JOB_ID": "5", "KIND": kind}, timeout=PATIENCE)
        starts, told = lines(os.path.join(home, "starts")), done.stdout.count("mpirun stands still")
        expect(len(starts) == n_starts and told == n_starts - 1 and done.returncode == 0,
               f"a launcher whose rank {kind}: {starts} {done.returncode} {done.stdout} {done.stderr}")


def main():
    with tempfile.TemporaryDirectory() as where:
        queued, status, log = warned(os.path.join(where, "job"), SLURM_JOB_ID="5")
        expect(queued == ["requeue 5"] and status is None, f"a job: {queued} {status} {log}")
        queued, status, log = warned(os.path.join(where, "array"), SLURM_JOB_ID="7", SLURM_ARRAY_JOB_ID="7",
                                     SLURM_ARRAY_TASK_ID="3", JOB_NAMED="7_3")
        expect(queued == ["requeue 7_3"] and status is None, f"the last element of an array: {queued} {status} {log}")
        queued, status, log = warned(os.path.join(where, "busy"), SLURM_JOB_ID="5", SILENT="2")
        expect(queued == ["requeue 5"] and status is None, f"SLURM answers the third time: {queued} {status} {log}")
        queued, status, log = warned(os.path.join(where, "cancelled"), SLURM_JOB_ID="5", STATE="COMPLETING")
        expect(not queued and status == 75 and "cancelled: not queued" in log, f"cancelled: {queued} {status} {log}")

        queued, status, log = warned(os.path.join(where, "signaling"), SLURM_JOB_ID="5", STATE="SIGNALING")
        expect(queued == ["requeue 5"] and status is None, f"SLURM still sends the signal: {queued} {status} {log}")

        crashes(os.path.join(where, "crashes"))
        preempted(os.path.join(where, "preempted"))
        stands_still(os.path.join(where, "stands_still"))
        for refused in (1, 2):
            chain = os.path.join(where, f"chain{refused}")
            environment = dict(folder_with(chain, sbatch=SBATCH), REFUSED=str(refused), array="yes")
            write(os.path.join(chain, "study.yaml"), "")
            done = subprocess.run([os.path.join(SLURM, "chain.sh")], cwd=chain, env=environment, capture_output=True, text=True)
            expect(done.returncode != 0, f"a chain of which SLURM refuses a job: {done.returncode} {done.stdout}")
            expect(len(lines(os.path.join(chain, "submitted"))) == refused, "nothing is submitted behind it")
    finish("supervise")


if __name__ == "__main__":
    main()
