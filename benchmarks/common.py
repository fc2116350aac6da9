"""What the parts of the benchmark share: where things are, how a program is run, peers in environments of their own."""
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

BUILD = pathlib.Path(__file__).resolve().parent.parent / "build"
FOLDER = BUILD / "bench"
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                                     "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")}


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, text=True, **options)


def run_peer(python, script, *arguments):
    """What the peer's script prints, on one thread of its libraries."""
    return run(python, pathlib.Path(__file__).with_name(script), *arguments, stdout=subprocess.PIPE,
               env={**os.environ, **ONE_THREAD}).stdout


def install_peer(name, says, installs, check):
    """The path of a Python in build/NAME, or None and the reason printed. installs: what pip is called with, in order."""
    folder = BUILD / name
    python, ready = folder / "bin" / "python", folder / "ready"
    if ready.exists():
        return python
    print(f"== installing {says} into build/{name}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        run(sys.executable, "-m", "venv", folder)
        for arguments in installs:
            run(folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)
        run(python, "-c", check, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as problem:
        print(f"== no {says}, so no column for it: {problem}")
        return None
    ready.touch()
    return python


def timed_process(command, **options):
    """Runs a program to its end. Returns wall seconds, the resources used by it and its children, and its words."""
    command = [str(word) for word in command]
    with open(FOLDER / "said.txt", "w+") as said:
        begun = time.monotonic()
        child = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, **options)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read()
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with status {child.returncode}:\n{text}")
    return seconds, usage, text


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    version = run(BUILD / "radmill", "--version", stdout=subprocess.PIPE).stdout.strip()
    return (f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
            f"load {os.getloadavg()[0]:.1f}\n{version}")
