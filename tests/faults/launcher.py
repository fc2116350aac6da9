#!/usr/bin/env python3
"""What tests/support/launched.py makes of launchers that do not end: one whose ranks have ended is killed and counted, one that
has a rank left is a failure that says what runs, one that has had none yet and a program without a launcher are waited for.

A launcher that was stopped (SIGSTOP) stands in for one that stands still: its ranks wait to be asked after, as theirs do.

Usage: launcher.py
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from launched import StillRunning, end_of, is_at_work, session_of

ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_hwloc_base_binding_policy="none")
PATIENCE = 60  # seconds for what ends by itself


def start(*command, **variables):
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                            env={**ENVIRONMENT, **variables})


def launched():
    """mpirun with two ranks that are at work."""
    process = start("mpirun", "-q", "-n", "2", "sh", "-c", "echo here; exec sleep 100")
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        ranks = session_of(process)
        if len(ranks) == 2 and all(open(f"/proc/{rank}/comm").read() == "sleep\n" for rank in ranks):
            return process, ranks
        time.sleep(0.01)
    sys.exit("mpirun has not started two ranks")


def stands_still():
    process, ranks = launched()
    process.send_signal(signal.SIGSTOP)
    for rank in ranks:
        os.kill(rank, signal.SIGKILL)
    said = end_of(process, PATIENCE, stands_still=1)[0]
    assert process.stood_still and process.returncode == -signal.SIGKILL and said == "here\nhere\n", (process.returncode, said)


def has_a_rank():
    for stopped in False, True:
        process, ranks = launched()
        if stopped:
            process.send_signal(signal.SIGSTOP)
            os.kill(ranks[0], signal.SIGKILL)
        try:
            end_of(process, 2, stands_still=1)
            assert False, "it has ended"
        except StillRunning as stuck:
            assert "still running after 2 s" in str(stuck) and f"process {ranks[1]} of {process.pid}, state S" in str(stuck) and \
                "sleep 100" in str(stuck), stuck
        assert not process.stood_still and not is_at_work([process.pid, *ranks]), "something was left"


def ends_well():
    process, ranks = launched()
    os.kill(ranks[1], signal.SIGKILL)
    end_of(process, PATIENCE)
    assert process.stood_still or process.returncode == 128 + signal.SIGKILL, process.returncode
    process = start("bash", "-c", "sleep 0 & exec sleep 3")  # no launcher, and it does not ask after what it has started
    assert end_of(process, PATIENCE, stands_still=1) == ("", None) and process.returncode == 0, process.returncode
    with tempfile.TemporaryDirectory() as where:
        slow = os.path.join(where, "mpirun")
        with open(slow, "w") as file:
            file.write("#!/usr/bin/env python3\nimport sys, time\ntime.sleep(3)\nsys.exit(7)\n")
        os.chmod(slow, 0o755)
        process = start(slow)
        end_of(process, PATIENCE, stands_still=1)
        assert not process.stood_still and process.returncode == 7, process.returncode


for test in stands_still, has_a_rank, ends_well:
    begun = time.monotonic()
    test()
    print(f"{test.__name__:16} {time.monotonic() - begun:5.1f} s", flush=True)
