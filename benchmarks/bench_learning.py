"""The learning half of the benchmark: selections in memory and nested sweeps as processes, each beside scikit-learn and
mrmr_selection on the same data in the same run; one table.

Selections, and sweeps on one rank, are processor time on one pinned core, so a busy machine disturbs them least; sweeps on
two ranks are wall time. radmill's time is that of the whole process with MPI's start, reading and the tables it writes;
scikit-learn's goes from the table in memory to the last held-out decision. Medians of up to three turns. The peers live in
a virtual environment of their own, build/peer_learning; where pip cannot make it their columns stay empty.
"""
import array
import csv
import json
import os
import re
import statistics
import subprocess

from common import BUILD, FOLDER, ONE_THREAD, install_peer, run, run_peer, timed_process

LEARN = BUILD / "benchmarks" / "bench_learning"
PACKAGES = ("scikit-learn==1.9.1", "mrmr-selection==0.2.8", "numpy==2.4.6", "scipy==1.17.1", "pandas==3.1.1",
            "joblib==1.6.0")
LONG = 30.0  # seconds of the peer in all after which a run is not repeated
C_LOGISTIC = [10 ** (-4 + 8 * i / 19) for i in range(20)]
C_SVM = [10 ** (-4 + 6 * i / 19) for i in range(20)]
LINEAR = {"logistic": {"C": C_LOGISTIC}, "svm-linear": {"C": C_SVM}}
RBF = {"svm-rbf": {"C": [0.1, 1, 10, 100, 1000], "gamma": [0.001, 0.01, 0.1, 1]}}
STEPS = {"anova": "{univariate: {test: anova, k: 8}}", "rfe": "{rfe: {model: logistic, C: 1, step: 1, to: 8}}",
         "mrmr": "{mrmr: {form: f-mean, k: 8}}"}


def print_row(what, ours, theirs=None, bound="", note=""):
    """ours, theirs: seconds, each also None or a word; bound: what was asked of theirs / ours."""
    ratio = theirs / ours if isinstance(theirs, float) else None
    verdict = bound and ratio and f"≥ {bound}: {'met' if ratio >= bound else 'MISSED'}"
    cells = [what, f"{ours:.4g}", f"{theirs:.4g}" if ratio else theirs or "", f"{ratio:.1f}" if ratio else "",
             verdict or "", note]
    print("| " + " | ".join(cells) + " |", flush=True)


def make_table(n, p):
    path = FOLDER / f"table_{n}_{p}.bin"
    if not path.exists():
        run(LEARN, "write", n, p, path)
    return path


# --- selections in memory ---------------------------------------------------------------------------------------------

def median_of(text):
    return float(text.split()[2])


def ours_in_memory(*arguments):
    """Median processor seconds of one run when it is long, else of three or seven. arguments end with OUT."""
    *arguments, out = arguments
    median = median_of(run(LEARN, *arguments, 1, out, stdout=subprocess.PIPE).stdout)
    return median if median > LONG / 6 else median_of(run(LEARN, *arguments, 3 if median > 1 else 7, out,
                                                      stdout=subprocess.PIPE).stdout)


def same(ours, theirs):
    return "same" if ours.read_text() == theirs.read_text() else "other"


def print_rfe(peer, slow):
    ours_out, peer_out = FOLDER / "ours.txt", FOLDER / "peer.txt"
    for n in (82, 1000):
        path = make_table(n, 1500)
        for model in ("svm", "logistic"):
            ours = ours_in_memory("rfe", path, model, ours_out)
            for tolerance in ("default", "tight"):
                what = f"RFE 1500→8, {model}, n = {n}, peer's {tolerance} tolerance"
                if peer and (slow or model == "logistic" or n < 1000):
                    theirs = median_of(run_peer(peer, "peer_learning.py", "rfe", path, model, tolerance, 3, peer_out))
                    print_row(what, ours, theirs, 20, f"{same(ours_out, peer_out)} ranking")
                else:
                    print_row(what, ours, peer and "not run", "", peer and "many minutes: --slow runs it" or "")


def print_mrmr(peer):
    ours_out, peer_out = FOLDER / "ours.txt", FOLDER / "peer.txt"
    before = None
    for p in (1500, 20_000, 100_000):
        path = make_table(500, p)
        ours = ours_in_memory("mrmr", path, 30, ours_out)
        what = f"mRMR F/r, K = 30 of {p:,}, n = 500"
        if p == 100_000:
            growth = ours / before
            print_row(what, ours, note=f"{growth:.2f} times our own 20,000; "
                                       f"≤ 6: {'met' if growth <= 6 else 'MISSED'}; the peer keeps p × p: 80 GB")
        elif peer:
            theirs = median_of(run_peer(peer, "peer_learning.py", "mrmr", path, 30, 3, peer_out))
            print_row(what, ours, theirs, 20, f"{same(ours_out, peer_out)} choice")
        else:
            print_row(what, ours)
        before = ours


# --- sweeps as processes ----------------------------------------------------------------------------------------------

def write_csv(n, p, n_outer, n_inner):
    """The binary table as a CSV with given outer folds and inner folds for each of them, dealt class by class."""
    values = array.array("d")
    with open(make_table(n, p), "rb") as file:
        file.seek(16)
        values.frombytes(file.read())
    y = [int(value) for value in values[n * p:]]
    order = sorted(range(n), key=lambda i: y[i])
    outer, inner = [0] * n, [[0] * n for _ in range(n_outer)]
    for place, i in enumerate(order):
        outer[i] = place % n_outer
    for fold in range(n_outer):
        for place, i in enumerate(i for i in order if outer[i] != fold):
            inner[fold][i] = place % n_inner
    path = FOLDER / f"sweep_{n}_{p}.csv"
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "y", "fold", *(f"inner_for_outer{k}" for k in range(n_outer)),
                      *(f"f{j:05d}" for j in range(p))])
        for i in range(n):
            out.writerow([f"p{i:05d}", y[i], outer[i], *(inner[k][i] for k in range(n_outer)),
                          *(repr(values[j * n + i]) for j in range(p))])
    return path


def write_study(name, table, selections, models, split, tolerance="default"):
    grid = "\n".join(f"  {model}: {{" + ", ".join(f"{key}: {json.dumps(values)}" for key, values in settings.items()) +
                     "}" for model, settings in models.items())
    path = FOLDER / f"{name}.yaml"
    path.write_text(f"table: {table.name}\npatient: id\noutcome: {{class: y}}\nfeatures: {{match: [\"f0*\"]}}\n{split}\n"
                    f"prepare: [{{scale: zscore}}]\nselect:\n" +
                    "".join(f"  {key}: [{STEPS[key]}]\n" for key in selections) +
                    f"models:\n{grid}\ncontrols: {{permute: 0}}\n")
    (FOLDER / f"{name}.json").write_text(json.dumps({"selections": selections, "models": models,
                                                      "tolerance": tolerance}))
    return path


def sweep(study, ranks):
    """Wall and processor seconds of the process, and the wall seconds that its summary gives to the tasks."""
    launch = [] if ranks == 1 else ["mpirun", "-q", "-n", ranks]
    seconds, usage, text = timed_process([*launch, BUILD / "radmill", "sweep", study, "--out", study.with_suffix(".out"),
                                          "--fresh"], env={**os.environ, **ONE_THREAD})
    return seconds, usage.ru_utime + usage.ru_stime, float(re.search(r"tasks in ([0-9.]+) s on", text).group(1))


def compare(study, path):
    """In words: in how many fits both chose the same setting, and how far the held-out decisions of those are apart."""
    place, ours, points = {}, {}, {}
    for row in csv.DictReader(open(study.with_suffix(".out") / "predictions.csv", newline="")):
        ours[row["pipeline"], int(row["id"][1:])] = float(row["score"])
    for row in csv.DictReader(open(study.with_suffix(".out") / "settings.csv", newline="")):
        key = f"{row['select']}/{row['model']}", row["fold"]
        place[key] = place.get(key, -1) + 1
        if row["used"] == "1":
            points[key] = place[key]
    theirs = list(csv.DictReader(open(path, newline="")))
    fits = {(row["pipeline"], row["fold"]): int(row["point"]) for row in theirs}
    agreed = {fit for fit, point in fits.items() if points[fit] == point}
    apart = [abs(ours[row["pipeline"], int(row["row"])] - float(row["decision"])) for row in theirs
             if (row["pipeline"], row["fold"]) in agreed]
    return f"same setting in {len(agreed)} of {len(fits)}, decisions there within {max(apart, default=0.0):.1g}"


def print_sweep(peer, what, study, ranks, bound, rounds=3):
    cores = os.sched_getaffinity(0)
    clock = 1 if ranks == 1 else 0  # processor time, or wall
    ours, theirs, note, out = [], [], "", FOLDER / "decisions.csv"
    os.sched_setaffinity(0, set(sorted(cores)[-ranks:]))
    for _ in range(rounds):
        ours.append(sweep(study, ranks)[clock])
        if peer and sum(theirs) < LONG:
            said = run_peer(peer, "peer_learning.py", "nested", FOLDER / "sweep_82_107.csv", study.with_suffix(".json"),
                            ranks, out)
            theirs.append(float(said.split()[1 + clock]))
            note = compare(study, out)
    os.sched_setaffinity(0, cores)
    print_row(f"{what}, {ranks} rank{'s' if ranks > 1 else ''}", statistics.median(ours),
              statistics.median(theirs) if theirs else None, bound, note)


def print_sweeps(peer):
    table = write_csv(82, 107, 10, 5)
    split = "split: {column: fold}\ninner: {kfold: 5, column: \"inner_for_outer{fold}\"}"
    what = "nested sweep, 10 × 5 folds, ANOVA and RFE × logistic and linear SVM of 20 C"
    both = ["anova", "rfe"]
    linear = write_study("sweep_linear", table, both, LINEAR, split)
    for ranks in (1, 2):
        print_sweep(peer, what, linear, ranks, 10)
    print_sweep(peer, "the same, peer's tight tolerance", write_study("sweep_tight", table, both, LINEAR, split, "tight"),
                1, 10, 1)
    print_sweep(peer, "the same with mRMR alone (mrmr_selection)",
                write_study("sweep_mrmr", table, ["mrmr"], LINEAR, split), 1, 10)
    print_sweep(peer, "the same with RBF SVM alone, 5 C × 4 gamma", write_study("sweep_rbf", table, both, RBF, split),
                1, "")


def print_ranks(rounds=3):
    """Two ranks against one of ours, turn and turn about: the seconds from the first hand-out to the last record."""
    table = write_csv(200, 107, 10, 5)
    study = write_study("sweep_ranks", table, ["anova", "rfe"], LINEAR,
                        "split: {kfold: 5, repeats: 20, seed: 1}\ninner: {kfold: 5}")
    seconds, whole = {1: [], 2: []}, {1: [], 2: []}
    for _ in range(rounds):
        for ranks in (1, 2):
            process, _, tasks = sweep(study, ranks)
            seconds[ranks].append(tasks)
            whole[ranks].append(process)
    ratio = statistics.median(a / b for a, b in zip(seconds[1], seconds[2]))
    print_row("sweep of 20 × 5 folds, n = 200, two ranks", statistics.median(seconds[2]), statistics.median(seconds[1]), 1.8,
              f"beside one rank of ours; median of turns {ratio:.3f}, of whole processes "
              f"{statistics.median(a / b for a, b in zip(whole[1], whole[2])):.3f}")


def print_learning(slow):
    FOLDER.mkdir(parents=True, exist_ok=True)
    peer = install_peer("peer_learning", "scikit-learn 1.9.1 and mrmr_selection 0.2.8", [PACKAGES],
                        "import sklearn.feature_selection, mrmr")
    cores = os.sched_getaffinity(0)
    print("| learning | radmill s | peer s | ratio | asked | |")
    print("|---|---|---|---|---|---|")
    os.sched_setaffinity(0, {max(cores)})
    print_rfe(peer, slow)
    print_mrmr(peer)
    os.sched_setaffinity(0, cores)
    print_sweeps(peer)
    print_ranks()
    print(f"\nlearning peers: {', '.join(PACKAGES)}; load {os.getloadavg()[0]:.1f}")
