"""The survival part of the benchmark: Cox models of a wide table in memory, beside R's survival package on the same data.

Processor time on one pinned core, medians of a few turns, ours and R's in turn. R comes from Debian (r-base-core,
r-cran-survival); where it is not installed its columns stay empty.
"""
import os
import pathlib
import shutil
import statistics
import subprocess

from bench_learning import print_row
from common import BUILD, FOLDER, ONE_THREAD, run

SURVIVAL = BUILD / "benchmarks" / "bench_survival"
N_COLUMNS = 10_000


def r_seconds(how, path, n_columns, out):
    """Processor seconds of the columns, and the versions that it says."""
    script = pathlib.Path(__file__).with_name("peer_survival.R")
    said = run("Rscript", script, how, path, n_columns, 1, out, stdout=subprocess.PIPE,
               env={**os.environ, **ONE_THREAD}).stdout.split()
    return float(said[1]), f"R {said[2]}, survival {said[3]}"


def furthest(ours, theirs):
    """The largest relative difference of coefficients, of those that R's early stop leaves meaning."""
    pairs = zip(ours.read_text().split(), theirs.read_text().split())
    return max(abs(float(a) - float(b)) / max(abs(float(b)), 1e-2) for a, b in pairs)


def print_survival(rounds=3, n=500):
    FOLDER.mkdir(parents=True, exist_ok=True)
    path, ours_out, peer_out = FOLDER / f"survival_{n}.bin", FOLDER / "ours.txt", FOLDER / "peer.txt"
    has_r = shutil.which("Rscript") is not None
    if not path.exists():
        run(SURVIVAL, "write", n, N_COLUMNS, path)
    seconds = {"ours": [], "formula": [], "fit": []}
    versions, apart = "", {}
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    for _ in range(rounds):
        said = run(SURVIVAL, "cox", path, 3, ours_out, stdout=subprocess.PIPE).stdout
        seconds["ours"].append(float(said.split()[2]))
        for how in ("formula", "fit") if has_r else ():
            used, versions = r_seconds(how, path, N_COLUMNS, peer_out)
            seconds[how].append(used)
            apart[how] = furthest(ours_out, peer_out)
    os.sched_setaffinity(0, cores)
    print("| survival | radmill s | R s | ratio | asked | |")
    print("|---|---|---|---|---|---|")
    what = f"{N_COLUMNS:,} univariable Cox models, n = {n}"
    ours = statistics.median(seconds["ours"])
    for how, name, bound in (("formula", "coxph(formula)", 30), ("fit", "coxph.fit", "")):
        theirs = statistics.median(seconds[how]) if has_r else None
        note = f"coefficients within {apart[how]:.0e}" if has_r else "R is not installed"
        print_row(f"{what}; {name}", ours, theirs, bound, note)
    print(f"\nsurvival peer: {versions or 'none'}; load {os.getloadavg()[0]:.1f}")
