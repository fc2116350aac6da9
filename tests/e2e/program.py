"""What the end-to-end tests share: running the program, a small cohort of formula-made images, and saying what failed."""
import csv
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))

import nifti
from launched import end_of, kill_all  # for the tests

RADMILL = os.path.abspath(sys.argv[-1])
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_hwloc_base_binding_policy="none",
                   OMPI_MCA_pml="ob1", OMPI_MCA_btl="self,vader", OMPI_MCA_btl_vader_single_copy_mechanism="none")

_failed = 0


def expect(condition, what):
    """Counts a failed expectation and goes on."""
    global _failed
    if not condition:
        _failed += 1
        print(f"FAILED: {what}", flush=True)


def finish(name):
    print(f"{name}: {_failed} expectations failed" if _failed else f"{name}: all as expected")
    sys.exit(_failed > 0)


def measured(case, oracle, n, worst, within, what, kind="absolute"):
    """A line for docs/oracles.md, as tests/support/measured.c writes them: n numbers, the largest difference."""
    if "RADMILL_ORACLE_LOG" in os.environ:
        script = os.path.splitext(os.path.basename(sys.argv[0]))[0]
        with open(os.environ["RADMILL_ORACLE_LOG"], "a") as log:
            log.write(f"e2e_{script}\t{case}\t{oracle}\t{kind}\t{n}\t{worst:.3g}\t{within:.3g}\t{what}\n")


class Measured:
    """Comparisons, kept until they are written: a line a case, oracle, tolerance and what was compared."""

    def __init__(self):
        self.lines = {}

    def add(self, case, oracle, off, within, what, kind="relative"):
        line = self.lines.setdefault((case, oracle, kind, within, what), [0, 0.0])
        line[0] += 1
        line[1] = max(line[1], off)

    def write(self):
        for (case, oracle, kind, within, what), (n, worst) in self.lines.items():
            measured(case, oracle, n, worst, within, what, kind)


def reference(*parts):
    """The path of reference data: under $RADMILL_SHARED, else ../shared beside the source. Ends the test as skipped where
    it is not."""
    source = pathlib.Path(__file__).resolve().parent.parent.parent
    path = pathlib.Path(os.environ.get("RADMILL_SHARED") or source.parent / "shared", *parts)
    if not path.exists():
        print(f"the reference data are not here: no {path} (RADMILL_SHARED names their folder)")
        sys.exit(77)
    return path


def load(path):
    """A Python file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def status_of(main, *arguments):
    """What a Python program's main ends with, called with arguments."""
    kept, sys.argv = sys.argv, [sys.argv[0], *[str(a) for a in arguments]]
    try:
        main()
    except SystemExit as end:
        return end.code or 0
    finally:
        sys.argv = kept
    return 0


def command(arguments, ranks=1):
    launch = [] if ranks == 1 else ["mpirun", "-q", "-n", str(ranks)]
    return [*launch, RADMILL, *[str(a) for a in arguments]]


def environment(ranks):
    """With leaks reported by sanitizer builds where a launcher started the ranks; see CMakeLists.txt."""
    if ranks == 1:
        return ENVIRONMENT
    return dict(ENVIRONMENT, ASAN_OPTIONS=ENVIRONMENT.get("ASAN_OPTIONS", "") + ":detect_leaks=1")


def run(*arguments, ranks=1, cwd=None, timeout=300, variables={}):
    """The finished process, its output as text. variables: more of the environment."""
    return subprocess.run(command(arguments, ranks), capture_output=True, text=True, cwd=cwd, timeout=timeout,
                          env={**environment(ranks), **variables})


def run_beside(shut, *arguments, cwd=None):
    """As run, by who may not enter the folder `shut`: as root by another user; by oneself where its own rights forbid it.
    None where that user cannot start the program."""
    other = dict(user=65534, group=65534, extra_groups=[]) if os.geteuid() == 0 else {}
    rights = os.stat(shut).st_mode
    os.chmod(shut, 0o700 if other else 0)
    try:
        return subprocess.run(command(arguments), capture_output=True, text=True, cwd=cwd, timeout=300,
                              env=dict(environment(1), TMPDIR="/tmp", HOME="/tmp"), **other)
    except PermissionError:
        print(f"another user may not start {RADMILL}: not tried what it sees of a folder that it may not enter")
        return None
    finally:
        os.chmod(shut, rights)


def start(*arguments, ranks=1, cwd=None, variables={}, **options):
    return subprocess.Popen(command(arguments, ranks), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            cwd=cwd, env={**environment(ranks), **variables}, start_new_session=True, **options)


def ranks_of(process):
    """The program's processes under mpirun, rank 0 first."""
    found = {}
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/stat") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
            if parent != process.pid:
                continue
            with open(f"/proc/{entry}/environ", "rb") as file:
                for variable in file.read().split(b"\0"):
                    if variable.startswith(b"OMPI_COMM_WORLD_RANK="):
                        found[int(variable.split(b"=")[1])] = int(entry)
        except (OSError, ValueError):
            continue
    return [found[rank] for rank in sorted(found)]


def wait_for_handler(process, number):
    """Until the process itself answers a signal, or has ended."""
    while process.poll() is None:
        with open(f"/proc/{process.pid}/status") as file:
            caught = [line for line in file if line.startswith("SigCgt:")]
        if caught and int(caught[0].split()[1], 16) >> (number - 1) & 1:
            return
        time.sleep(0.001)


def folder():
    return tempfile.TemporaryDirectory(prefix="radmill-e2e-")


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def content(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, text):
    with open(path, "w", newline="") as file:
        file.write(text)
    return path


def write_bytes(path, data):
    with open(path, "wb") as file:
        file.write(data)


def save(path, rows):
    """A CSV with the keys of the first row as its header; its path."""
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


SIZE = (12, 11, 10)


def image_voxels(number, size=SIZE):
    """int16 texture of case `number`."""
    nx, ny, nz = size
    return [((3 + number) * x * x + 7 * y + (5 + number) * z * z + x * y * z * (1 + number % 3)) % 251 - 40
            for z in range(nz) for y in range(ny) for x in range(nx)]


def mask_voxels(size=SIZE, labels=3):
    """Labels 1 .. labels in slabs along x, inside a margin of one voxel."""
    nx, ny, nz = size
    return [1 + (x - 1) * labels // (nx - 2) if 0 < x < nx - 1 and 0 < y < ny - 1 and 0 < z < nz - 1 else 0
            for z in range(nz) for y in range(ny) for x in range(nx)]


def write_cases(where, n, ending=".nii.gz"):
    """n images i000… and masks m000… of three labels, and their manifest lines."""
    lines = ["ID,Image,Mask,Label,Centre"]
    for number in range(n):
        nifti.write(os.path.join(where, f"i{number:03d}{ending}"), "int16", SIZE, (1.0, 1.25, 2.5), image_voxels(number))
        nifti.write(os.path.join(where, f"m{number:03d}{ending}"), "uint8", SIZE, (1.0, 1.25, 2.5), mask_voxels())
        lines.append(f"P{number:03d},i{number:03d}{ending},m{number:03d}{ending},{('1', '1;2', 'all', '1+3')[number % 4]},"
                     f"{'ABC'[number % 3]}")
    return lines


def write_slow_cases(where, n, size=(32, 32, 32)):
    """n larger images with one mask of three labels, and their manifest lines."""
    lines = ["ID,Image,Mask,Label,Centre"]
    nifti.write(os.path.join(where, "mask.nii"), "uint8", size, (1.0, 1.25, 2.5), mask_voxels(size))
    for number in range(n):
        nifti.write(os.path.join(where, f"s{number:03d}.nii"), "int16", size, (1.0, 1.25, 2.5), image_voxels(number, size))
        lines.append(f"S{number:03d},s{number:03d}.nii,mask.nii,all,{'ABC'[number % 3]}")
    return lines
