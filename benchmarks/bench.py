#!/usr/bin/env python3
"""Times radmill beside PyRadiomics on the same files, one pinned core, turn and turn about, and prints one table; then
the learning half beside its own peers (bench_learning.py).

    bench.py [--quick] [--rounds N]      per ROI size and number of grey levels: each class, 107 features, a whole case
    bench.py --filters                   one whole case with every filter's images; the GLCM at 512 levels beside 128
    bench.py --ibsi                      IBSI-1's families beside pictologics and MIRP
    bench.py --scaling                   two ranks against one on 40 equal cases of a million voxels
    bench.py --coxnet                    paths of LASSO-Cox beside R's glmnet
    bench.py --report                    the report's page of 1,000 patients and 1,500 features
    bench.py --learning [--slow]         selections and nested sweeps beside scikit-learn and mrmr_selection

Times are processor time, so a busy machine disturbs them least; medians over the rounds, the shortest run in brackets.
PyRadiomics lives in a virtual environment of its own, build/peer; where pip cannot make it the column is left out.
"""
import argparse
import csv
import os
import pathlib
import re
import statistics
import subprocess
import sys

import bench_coxnet
import bench_ibsi
import bench_learning
import bench_report
import bench_survival
from common import BUILD, FOLDER, install_peer, machine, run, run_peer, timed_process

STEPS = ("shape", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm", "memory", "read", "case")
SAYS = {"memory": "107 features in memory", "read": "read both files", "case": "whole case", "cut": "find and cut the ROI",
        "prepare": "discretise, lay out",
        "write": "write the row", "sync": "journal sync (wall)"}
MIB = 1 << 20


def install_pyradiomics():
    """What its build needs comes first, since it does not say so."""
    return install_peer("peer", "PyRadiomics 3.0.1",
                        [["numpy==1.26.4", "versioneer", "wheel"],
                         ["--no-cache-dir", "--no-build-isolation", "pyradiomics==3.0.1", "SimpleITK==2.3.1",
                          "PyWavelets==1.5.0"]], "import radiomics")


def make_case(what, *files):
    if not all((FOLDER / name).exists() for name in files):
        run(BUILD / "benchmarks" / "speed_case", FOLDER, what)


# --- the table --------------------------------------------------------------------------------------------------------

def steps_of(text):
    """{step: (shortest, median)} from lines "step shortest median"."""
    return {name: (float(low), float(middle)) for name, low, middle in (line.split() for line in text.splitlines())}


def merge(rounds):
    """{step: (shortest of all, median of the rounds' medians)}"""
    return {step: (min(one[step][0] for one in rounds), statistics.median(one[step][1] for one in rounds))
            for step in rounds[0]}


def ms(pair):
    return f"{1e3 * pair[1]:.4g} ({1e3 * pair[0]:.4g})"


def measure(n_voxels, bin_width, n_rounds, peer):
    image, mask = FOLDER / f"roi_{n_voxels}_image.nii.gz", FOLDER / f"roi_{n_voxels}_mask.nii.gz"
    n_runs = max(3, min(50, 2_000_000 // n_voxels))
    ours, theirs, floor = [], [], []
    for _ in range(n_rounds):
        ours.append(steps_of(run(BUILD / "benchmarks" / "bench_case", image, mask, bin_width, n_runs,
                                 FOLDER / "journal", stdout=subprocess.PIPE).stdout))
        floor.append(steps_of(run(BUILD / "benchmarks" / "inflate_floor", n_runs, image, mask,
                                  stdout=subprocess.PIPE).stdout))
        if peer:
            theirs.append(steps_of(run_peer(peer, "peer.py", image, mask, bin_width,
                                            max(1, min(5, 200_000 // n_voxels)), FOLDER / "peer.csv")))
    return merge(ours), merge(theirs) if peer else None, merge(floor)["inflate"]


def print_rows(n_voxels, levels, ours, theirs, floor):
    for step in ("cut", "prepare") + STEPS + ("write", "sync"):
        row = [f"{n_voxels:,}", str(levels), SAYS.get(step, step), ms(ours[step])]
        if theirs is not None:
            in_theirs = theirs.get(step)
            row += [ms(in_theirs), f"{in_theirs[1] / ours[step][1]:.1f}"] if in_theirs else ["", ""]
        row += [ms(floor), f"{ours[step][1] / floor[1]:.2f}"] if step in ("read", "case") else ["", ""]
        print("| " + " | ".join(row) + " |", flush=True)


def print_table(sizes, n_rounds, peer):
    heads = ["voxels", "levels", "step", "radmill ms"]
    heads += ["PyRadiomics ms", "ratio"] if peer else []
    heads += ["inflate ms", "× inflate"]
    for n_voxels in sizes:
        make_case(n_voxels, f"roi_{n_voxels}_image.nii.gz", f"roi_{n_voxels}_mask.nii.gz")
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for n_voxels in sizes:
        for levels, bin_width in ((32, 10), (128, 2.5)):
            print_rows(n_voxels, levels, *measure(n_voxels, bin_width, n_rounds, peer))


# --- the program as a process ----------------------------------------------------------------------------------------

def extract(cohort, out, launch=()):
    """Runs the program. Returns wall seconds, the peak resident bytes of the process started, and its summary."""
    seconds, usage, text = timed_process([*launch, BUILD / "radmill", "extract", cohort, "--out", out, "--fresh"])
    return seconds, usage.ru_maxrss * 1024, text


def write_cohort(name, rows):
    path = FOLDER / name
    path.write_text("ID,Image,Mask\n" + "".join(",".join(row) + "\n" for row in rows))
    return path


def print_processes(n_voxels):
    cohort = write_cohort("one.csv", [("one", f"roi_{n_voxels}_image.nii.gz", f"roi_{n_voxels}_mask.nii.gz")])
    seconds = [extract(cohort, FOLDER / "one.h5ad")[0] for _ in range(5)]
    print(f"radmill extract on one case of {n_voxels:,} voxels, the whole process with MPI's start, wall: "
          f"{1e3 * statistics.median(seconds):.0f} ms (median of 5)")


def worst_difference(ours, theirs):
    """The largest relative difference of a feature between two CSV files, and its name."""
    with open(ours, newline="") as one, open(theirs, newline="") as two:
        mine, other = next(csv.DictReader(one)), next(csv.DictReader(two))
    return max((abs(float(mine[name]) - float(value)) / max(abs(float(value)), 1e-12), name)
               for name, value in other.items() if not name.startswith("diagnostics_"))


def print_filters(n_rounds, peer):
    """A ROI of 50 000 voxels in 256 x 256 x 150 with all of filters.yaml's images. Ours is the whole process, its start
    and the table as HDF5 and CSV counted; the peer's are reading, computing and the row, its imports not counted."""
    make_case("embedded", "embedded_image.nii.gz", "embedded_mask.nii.gz")
    params = pathlib.Path(__file__).with_name("filters.yaml")
    cohort = write_cohort("filters.csv", [("one", "embedded_image.nii.gz", "embedded_mask.nii.gz")])
    ours, theirs, out = [], [], FOLDER / "filters.h5ad"
    for _ in range(n_rounds):
        _, usage, _ = timed_process([BUILD / "radmill", "extract", cohort, "--params", params, "--out", out, "--fresh",
                                     "--csv", FOLDER / "filters_ours.csv"])
        ours.append(usage.ru_utime + usage.ru_stime)
        if peer:
            theirs.append(steps_of(run_peer(peer, "peer_filters.py", FOLDER / "embedded_image.nii.gz",
                                            FOLDER / "embedded_mask.nii.gz", params, 1,
                                            FOLDER / "filters_peer.csv"))["case"][1])
    line = f"whole case, original + LoG 1-5 + wavelet + square ... gradient, 50,000 voxels in 256x256x150: radmill " \
           f"{1e3 * statistics.median(ours):.0f} ms (the whole process)"
    if peer:
        ratio = statistics.median(theirs) / statistics.median(ours)
        worst, name = worst_difference(FOLDER / "filters_ours.csv", FOLDER / "filters_peer.csv")
        line += f", PyRadiomics {1e3 * statistics.median(theirs):.0f} ms: {ratio:.1f} times as fast; >= 30: " \
                f"{'met' if ratio >= 30 else 'MISSED'}; largest relative difference {worst:.1e} ({name})"
    print(line, flush=True)


def print_levels(n_runs=5, n_voxels=50_000):
    """The 24 features of the GLCM at 512 levels beside 128: the class's own time, as the run's timings have it."""
    files = [f"roi_{n_voxels}_{part}.nii.gz" for part in ("image", "mask")]
    make_case(n_voxels, *files)
    cohort, seconds = write_cohort("levels.csv", [("one", *files)]), {}
    for n_levels in (128, 512):
        params, out = FOLDER / "levels.yaml", FOLDER / "levels.h5ad"
        params.write_text(f"setting: {{binCount: {n_levels}}}\nfeatureClass: {{glcm: }}\n")
        seconds[n_levels] = []
        for _ in range(n_runs):
            timed_process([BUILD / "radmill", "extract", cohort, "--params", params, "--out", out, "--fresh"])
            with open(f"{out}.run/timings.csv", newline="") as file:
                seconds[n_levels].append(float(next(csv.DictReader(file))["glcm"]))
    few, many = (statistics.median(seconds[n_levels]) for n_levels in (128, 512))
    print(f"GLCM of {n_voxels:,} voxels: 128 levels {1e3 * few:.3g} ms, 512 levels {1e3 * many:.3g} ms, {many / few:.1f} times; "
          f"<= 20: {'met' if many <= 20 * few else 'MISSED'}", flush=True)


def print_memory():
    """A 30 000-voxel lesion in a CT of 512 x 512 x 400: what is resident at most, beside what is allowed."""
    make_case("ct", "ct_image.nii.gz", "ct_image.nii", "ct_mask.nii.gz")
    stored = 512 * 512 * 400 * 2
    for ending in ("nii.gz", "nii"):
        image = FOLDER / f"ct_image.{ending}"
        bound = stored + image.stat().st_size + 64 * MIB if ending == "nii.gz" else 300 * MIB
        cohort = write_cohort("ct.csv", [("ct", image.name, "ct_mask.nii.gz")])
        seconds, peak, _ = extract(cohort, FOLDER / "ct.h5ad")
        print(f"CT 512x512x400 int16, lesion of 30k voxels, .{ending}: peak resident {peak / MIB:.0f} MiB, "
              f"bound {bound / MIB:.0f} MiB ({'within' if peak <= bound else 'ABOVE'}), {seconds:.2f} s wall")


def print_scaling(n_rounds, n_cases=40, n_voxels=1_000_000):
    """Two ranks against one on equal cases, turn and turn about: seconds from the first hand-out to the last record."""
    files = [f"roi_{n_voxels}_{part}.nii.gz" for part in ("image", "mask")]
    make_case(n_voxels, *files)
    (FOLDER / "equal").mkdir(exist_ok=True)
    rows = []
    for number in range(n_cases):  # names of their own for the same bytes: tasks of their own
        names = [f"equal/{number}_{name}" for name in files]
        for name, link in zip(files, names):
            if not (FOLDER / link).exists():
                os.link(FOLDER / name, FOLDER / link)
        rows.append((f"equal{number}", *names))
    cohort = write_cohort("equal.csv", rows)
    seconds = {1: [], 2: []}
    print(f"{n_cases} equal cases of {n_voxels:,} voxels: seconds from the first hand-out to the last record")
    for number in range(n_rounds):
        for n_ranks in (1, 2):
            _, _, text = extract(cohort, FOLDER / "equal.h5ad", ("mpirun", "-q", "-n", str(n_ranks)))
            seconds[n_ranks].append(float(re.search(r"cases in ([0-9.]+) s on", text).group(1)))
        print(f"  round {number + 1}: one rank {seconds[1][-1]:.2f} s, two {seconds[2][-1]:.2f} s, "
              f"{seconds[1][-1] / seconds[2][-1]:.2f} times as fast, load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"median: {statistics.median(a / b for a, b in zip(seconds[1], seconds[2])):.3f} times as fast")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="50,000 voxels alone, and no learning half")
    parser.add_argument("--filters", action="store_true", help="one case with every filter's images, nothing else")
    parser.add_argument("--ibsi", action="store_true", help="IBSI-1's families in memory, nothing else")
    parser.add_argument("--scaling", action="store_true", help="two ranks against one, nothing else; takes minutes")
    parser.add_argument("--learning", action="store_true", help="the learning half, nothing else")
    parser.add_argument("--survival", action="store_true", help="survival models beside R, nothing else")
    parser.add_argument("--coxnet", action="store_true", help="LASSO-Cox beside R's glmnet, nothing else")
    parser.add_argument("--report", action="store_true", help="the report's page of a wide study, nothing else")
    parser.add_argument("--slow", action="store_true",
                        help="with the learning half: also the peer's elimination with an SVM on 1000 rows (long)")
    parser.add_argument("--rounds", type=int, help="turns of each side (3; 5 with --scaling)")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(machine())
    print("command: ./dev bench " + " ".join(sys.argv[1:]) + "\n", flush=True)
    if options.scaling:
        print_scaling(options.rounds or 5)
        return
    if options.coxnet:
        bench_coxnet.print_coxnet()
        return
    if options.report:
        bench_report.print_report(options.rounds or 3)
        return
    if options.learning:
        bench_learning.print_learning(options.slow)
        return
    if options.survival:
        bench_survival.print_survival(options.rounds or 3)
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    if options.ibsi:
        bench_ibsi.print_ibsi(options.rounds or 3)
        return
    peer = install_pyradiomics()
    sizes = [50_000] if options.quick else [10_000, 50_000, 200_000, 1_000_000]
    if options.filters:
        print_filters(options.rounds or 3, peer)
        print_levels()
        return
    print_table(sizes, options.rounds or 3, peer)
    print()
    print_filters(options.rounds or 3, peer)
    print_levels()
    print()
    bench_ibsi.print_ibsi(options.rounds or 3)
    print_processes(50_000)
    print_memory()
    if not options.quick:
        os.sched_setaffinity(0, cores)
        print()
        bench_learning.print_learning(options.slow)
        print()
        bench_survival.print_survival(options.rounds or 3)
        bench_coxnet.print_coxnet()
        print()
        bench_report.print_report(options.rounds or 3)


if __name__ == "__main__":
    main()
