"""The end of a program that was started in a session of its own (start_new_session), by mpirun or alone.

Open MPI 4.1.4's mpirun at times never ends after a rank was killed: it stands still with all its ranks ended (docs/reliability.md).
That is no fault of the program's, and is told apart from a rank that does not end.
"""
import os
import shutil
import signal
import subprocess
import time

STANDS_STILL = 20  # seconds that mpirun is left after its last rank's end


class StillRunning(Exception):
    """It did not end in time, and was killed; says what was running, and where."""


def end_of(process, patience, stands_still=STANDS_STILL):
    """What the process said (stdout, stderr; None where it has no pipe), once it and all who hold its pipes have ended. A
    mpirun that stands still is killed: process.stood_still says so, and its status then is nobody's answer."""
    begun = time.monotonic()
    last_at_work, process.stood_still = None, False
    while True:
        try:
            return process.communicate(timeout=0.1)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
        ranks = session_of(process)
        if is_at_work(ranks) or last_at_work is None and ranks:
            last_at_work = now
        launched = is_launcher(process) and process.poll() is None
        if launched and last_at_work is not None and now - last_at_work >= stands_still:
            print(f"mpirun stood still {stands_still} s after its last rank's end, and was killed", flush=True)
            process.stood_still = True
            process.kill()
            last_at_work = None
        elif now - begun >= patience:
            seen = what_runs(process)
            kill_all(process)
            raise StillRunning(f"still running after {patience} s: {seen}")


def is_launcher(process):
    return os.path.basename(process.args[0]) in ("mpirun", "mpiexec", "orterun")


def stat(pid):
    """State, parent and session of a process; None of one that is not there."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            words = file.read().rpartition(")")[2].split()
        return words[0], int(words[1]), int(words[3])
    except (OSError, ValueError):
        return None


def is_alive(pid):
    """Not so of a process that only waits for its parent to ask after it."""
    seen = stat(pid)
    return seen is not None and seen[0] not in "ZX"


def is_at_work(pids):
    return any(is_alive(pid) for pid in pids)


def processes():
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def session_of(process):
    """All that the process has started, and left behind, whether it has ended or only not been asked after."""
    return [pid for pid in processes() if pid != process.pid and (stat(pid) or (0, 0, 0))[2] == process.pid]


def kill_all(process):
    """SIGKILL for a process and everything it started."""
    until = time.monotonic() + 20  # a process that is killed dies when it has its turn: only then its locks are free
    process.kill()
    while is_at_work(doomed := [process.pid] + session_of(process)) and time.monotonic() < until:
        for pid in doomed[1:]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.002)
    process.communicate()


def what_runs(process):
    """A line a process, and backtraces where there is a debugger."""
    lines = []
    for pid in [process.pid] + session_of(process):
        seen = stat(pid)
        if seen is None:
            continue
        lines.append(f"process {pid} of {seen[1]}, state {seen[0]}, {told(pid, 'wchan')}: {told(pid, 'cmdline')}")
        if is_alive(pid) and shutil.which("gdb"):
            try:
                lines.append(subprocess.run(["gdb", "-p", str(pid), "-batch", "-ex", "thread apply all bt"], capture_output=True,
                                            text=True, errors="replace", timeout=60).stdout)
            except subprocess.TimeoutExpired:
                lines.append("the debugger does not end")
    return "\n".join(lines)


def told(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", errors="replace") as file:
            return file.read().replace("\0", " ").strip()
    except OSError:
        return ""
