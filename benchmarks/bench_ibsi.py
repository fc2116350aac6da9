"""IBSI-1's families beside pictologics and MIRP: the same ROI in memory, one pinned core, turn and turn about."""
import csv
import statistics
import subprocess
import sys

from common import BUILD, FOLDER, install_peer, run, run_peer

N_VOXELS, BINS, RUNS = 200_000, 32, 5
TEXTURES = ("glcm", "glrlm", "zones", "ngtdm", "ngldm")
UNSETTLED = {"1PR8", "GPMT", "OZ0C", "5QRC", "P001"}  # IBSI codes that are given twice, or to different features
PICTOLOGICS, MIRP = "pictologics 0.9.0", "MIRP 2.7.0"
BOUNDS = {PICTOLOGICS: 1, MIRP: 25}


def install_peers():
    """{name: Python, or None}. pictologics asks for Python 3.12 and runs on 3.11, where pip must be told."""
    asked = [] if sys.version_info >= (3, 12) else ["--ignore-requires-python"]
    needs = ["Pillow", "PyWavelets", "nibabel", "numba", "pandas", "pydicom", "python-gdcm", "pyyaml", "scipy", "tqdm"]
    return {PICTOLOGICS: install_peer("peer_pictologics", PICTOLOGICS,
                                      [["SimpleITK==2.3.1", *needs], [*asked, "--no-deps", "pictologics==0.9.0"]],
                                      "import pictologics"),
            MIRP: install_peer("peer_mirp", MIRP, [["SimpleITK==2.3.1", "mirp==2.7.0"]], "import mirp")}


def steps_of(text):
    """{step: median} from lines "step shortest median"; other lines are a library's own."""
    return {words[0]: float(words[2]) for words in map(str.split, text.splitlines())
            if len(words) == 3 and words[2].replace(".", "").isdigit()}


def median_of(rounds):
    return {step: statistics.median(one[step] for one in rounds) for step in rounds[0]}


def agreement(ours, theirs):
    """How many values of theirs agree with one of ours of the same code within 1e-9 of it, and how many are compared."""
    mine = {}
    with open(ours, newline="") as file:
        for _, code, value in csv.reader(file):
            mine.setdefault(code, []).append(float(value))
    with open(theirs, newline="") as file:
        known = [(mine[code], float(value)) for _, code, value in csv.reader(file)
                 if code in mine and code not in UNSETTLED]
    return sum(any(abs(a - b) <= 1e-9 * max(abs(a), 1e-12) for a in values) for values, b in known), len(known)


def print_ibsi(n_rounds):
    image, mask = (FOLDER / f"roi_{N_VOXELS}_{part}.nii.gz" for part in ("image", "mask"))
    if not mask.exists():
        run(BUILD / "benchmarks" / "speed_case", FOLDER, N_VOXELS)
    peers = install_peers()
    ours, theirs = [], {name: [] for name in peers}
    for _ in range(n_rounds):
        ours.append(steps_of(run(BUILD / "benchmarks" / "bench_ibsi", image, mask, BINS, RUNS, FOLDER / "ibsi.csv",
                                 stdout=subprocess.PIPE).stdout))
        for name, python in peers.items():
            if python:
                word = name.split()[0].lower()
                theirs[name].append(steps_of(run_peer(python, "peer_ibsi.py", word, image, mask, BINS,
                                                      RUNS if name == PICTOLOGICS else 1,
                                                      FOLDER / f"ibsi_{word}.csv")))
    mine = median_of(ours)
    mine["texture"] = sum(mine[name] for name in TEXTURES)
    others = {name: median_of(rounds) if rounds else {} for name, rounds in theirs.items()}
    print(f"IBSI-1, {N_VOXELS:,} voxels in memory, {BINS} levels, 3D merged; ms of processor time, warm")
    print("| family | radmill | " + " | ".join(f"{name} | ratio" for name in others) + " |")
    print("|---|---|" + "---|---|" * len(others))
    for step, says in (("morphology", "morphology, Moran and Geary too"), ("local", "local intensity"),
                       ("statistics", "statistics"), ("histogram", "intensity histogram"), ("ivh", "IVH"),
                       ("levels", "discretise, lay out"), ("texture", "six texture families"), ("all", "all"),
                       ("every", "all, with every aggregation")):
        row = [says, f"{1e3 * mine[step]:.3g}"]
        for other in others.values():
            row += [f"{1e3 * other[step]:.3g}", f"{other[step] / mine[step]:.2f}"] if step in other else ["", ""]
        print("| " + " | ".join(row) + " |")
    for name, bound in BOUNDS.items():
        if others[name]:
            ratio = others[name]["all"] / mine["all"]
            print(f"{name}: {ratio:.2f} times as fast; >= {bound}: {'met' if ratio >= bound else 'MISSED'}")
    if others[PICTOLOGICS]:
        same, compared = agreement(FOLDER / "ibsi.csv", FOLDER / "ibsi_pictologics.csv")
        print(f"pictologics' values: {same} of {compared} within 1e-9 of radmill's", flush=True)
