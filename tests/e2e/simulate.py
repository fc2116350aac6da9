#!/usr/bin/env python3
"""simulate: against runs of the real farm, median of five, within 10 %; and what its table says of runs whose answer is
known. Usage: simulate.py REPLAY_PROGRAM MPIRUN [--long] RADMILL

Measured: tasks that sleep for what the cases of a real extraction took, on 1 to 8 ranks, and tasks that compute, on 1 and
2. Foretold: from those times alone; of tasks that compute, from the run's own; of a larger run, from a smaller one on a rank.
A machine that is busy with other things makes runs longer, never shorter: a measurement that is too long is made again, twice
at most; and where the tasks themselves then took longer than they should (than they were to sleep for, or than the processor
worked for them), or the processors worked for others meanwhile, the run tells of the machine, and is not judged.
--long prints the table of docs/scaling.md: every attempt, those that were made again and those that are not judged among them."""
import csv
import os
import re
import resource
import statistics
import subprocess
import sys
import time

from program import ENVIRONMENT, RADMILL, content, expect, finish, folder, run, table, write, write_slow_cases

PROGRAM, MPIRUN = sys.argv[1], sys.argv[2]
LONG = "--long" in sys.argv
RUNS, WITHIN, BUSY, OTHERS, ATTEMPTS = 5, 0.10, 0.05, 0.15, 3  # OTHERS: processors that work for something else


def simulated(*options):
    """The rows of --csv, numbers as numbers."""
    done = run("simulate", "--csv", *options)
    expect(done.returncode == 0 and not done.stderr, f"simulate {options}: {done.returncode} {done.stderr}")
    rows = list(csv.DictReader(done.stdout.splitlines()))
    return [{name: value if name == "limit" else float(value) for name, value in row.items()} for row in rows]


def trace_of(where, lengths):
    """A run's folder that holds nothing but these times."""
    os.makedirs(where, exist_ok=True)
    write(os.path.join(where, "timings.csv"), "task,seconds\n" + "".join(f"{t},{s!r}\n" for t, s in enumerate(lengths)))
    return where


def worked():
    """Seconds of all processors since the machine began, what a virtual machine's host took included; those of the programs
    that this test has run; and now."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    idle = ticks[3] + ticks[4]
    return (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK"), used.ru_utime + used.ru_stime, time.monotonic()


def replay(where, lengths, kind, ranks):
    """Of each of five runs of the farm: seconds, and by what share its tasks took longer than they should. And how many
    processors worked for others meanwhile."""
    path = write(os.path.join(where, "lengths"), "".join(f"{s!r}\n" for s in lengths))
    command = [MPIRUN, "-q", "--oversubscribe", "--bind-to", "none", "-n", str(ranks), PROGRAM,
               os.path.join(where, f"{kind}{ranks}"), path, kind, str(RUNS)]
    before = worked()
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=ENVIRONMENT)
    all_of_it, own, seconds = (then - now for then, now in zip(worked(), before))
    expect(done.returncode == 0, f"{command}: {done.returncode} {done.stderr}")
    return [(float(words[0]), float(words[3])) for words in map(str.split, done.stdout.splitlines())], (all_of_it - own) / seconds


def print_attempt(kind, n, ranks, attempt, source, measured, foretold, excess, verdict):
    """One line of the table; excess None: the tasks' part in it is not known."""
    off = foretold / measured - 1
    longer = "not known" if excess is None else f"{100 * excess:.1f} %"
    print(f"| {kind} | {n} | {ranks} | {attempt} | {source} | {measured:.3f} | {foretold:.3f} | {100 * off:+.1f} % | {longer} | {verdict} |",
          flush=True)


def compare(where, lengths, kind, ranks, source, foretell, within=WITHIN):
    """Lines of the table: attempts, up to the first that is near enough. foretell gives the options that foretell the nth of the
    runs: some are known only once these are over."""
    for attempt in range(1, ATTEMPTS + 1):
        runs, others = replay(where, lengths, kind, ranks)
        nth = sorted(range(RUNS), key=runs.__getitem__)[RUNS // 2]
        measured, excess = runs[nth]
        foretold = simulated(*foretell(nth), "--ranks", ranks)[0]["seconds"]
        off = foretold / measured - 1
        busy = off < 0 and (excess > BUSY or others > OTHERS)
        if LONG or abs(off) <= within or attempt == ATTEMPTS:
            verdict = "" if abs(off) <= within else "busy: not judged" if busy else "off"
            print_attempt(kind, len(lengths), ranks, attempt, source, measured, foretold, excess, verdict)
        if abs(off) <= within:
            return
    expect(busy, f"{kind} on {ranks} ranks: {foretold:.4f} s foretold, {runs} measured")


def larger_extraction(where):
    """Twice the cases on two ranks, foretold from the first half's on one: what is measured hangs on how two ranks slow each
    other down, which no trace of one rank knows. So it is shown, all attempts, and not judged."""
    n = 240
    lines = write_slow_cases(where, n, (48, 48, 48))
    for attempt in range(1, ATTEMPTS + 1):
        seconds = []
        before = worked()
        for name, rows, ranks in ("half", n // 2, 1), ("whole", n, 2):
            out = os.path.join(where, f"{name}.h5ad")
            done = run("extract", write(os.path.join(where, f"{name}.csv"), "\n".join(lines[:rows + 1]) + "\n"), "--out", out, "--fresh",
                       ranks=ranks)
            expect(done.returncode == 0, f"{name}: {done.stderr}")
            seconds.append(float(re.search(r"cases in ([\d.]+) s on", done.stdout)[1]))
        all_of_it, own, passed = (then - now for then, now in zip(worked(), before))
        foretold = simulated("--trace", os.path.join(where, "half.h5ad"), "--cases", n, "--ranks", 2)[0]["seconds"]
        print_attempt("extract", n, 2, attempt, f"extract of {n // 2} on 1 rank", seconds[1], foretold, None,
                      "not judged" + (", busy" if (all_of_it - own) / passed > OTHERS else ""))


def extraction(where):
    """Times of a real run: a task an image, though it has three ROIs; and the run itself is foretold from its folder."""
    n, size = (40, (48, 48, 48)) if LONG else (12, (40, 40, 40))
    cohort = write(os.path.join(where, "cohort.csv"), "\n".join(write_slow_cases(where, n, size)) + "\n")
    out = os.path.join(where, "f.h5ad")
    done = run("extract", cohort, "--out", out)
    expect(done.returncode == 0, done.stderr)
    rows = table(out + ".run/timings.csv")
    expect(len(rows) == 3 * n, f"three ROIs an image: {len(rows)} rows")
    lengths = [sum(float(row["total"]) for row in rows if row["ID"] == id) for id in dict.fromkeys(row["ID"] for row in rows)]
    said = run("simulate", "--trace", out + ".run", "--ranks", 1).stdout
    expect(said.startswith(f"{n} tasks of ") and "on 1 rank, simulated" in said, said)
    row = simulated("--trace", out + ".run", "--ranks", "1,3")
    beyond = row[0]["seconds"] - sum(lengths)  # the first request, and the last sync, however long this disk took for its syncs
    expect(-0.01 * sum(lengths) < beyond < 0.1 * sum(lengths) + row[0]["sync_seconds"] and row[0]["computing_seconds"] > 0,
           f"one rank: {row[0]} for {sum(lengths)} s")
    expect(row[0]["records"] == 2 * n and row[1]["records"] >= 2 * n, f"records: {row}")
    expect(abs(row[0]["journal_bytes"] / os.path.getsize(out + ".run/journal") - 1) < 0.25, f"journal: {row[0]}")
    return lengths


def rows_in_any_order(where):
    """A task is an image with all its rows, whether these follow one another or not, and whether they can be read or not."""
    n, out, times = 9, os.path.join(where, "o.h5ad"), os.path.join(where, "o.h5ad.run", "timings.csv")
    pairs = [line.split(",")[:3] for line in write_slow_cases(where, n, (24, 24, 24))[1:]] + [["gone", "gone.nii", "mask.nii"]]
    by_label = [[*pair, str(label)] for label in (1, 2, 3) for pair in pairs]
    for order in by_label, sorted(by_label):
        cohort = write(os.path.join(where, "order.csv"), "".join(",".join(row) + "\n" for row in [["ID", "Image", "Mask", "Label"], *order]))
        done = run("extract", cohort, "--out", out, "--fresh")
        expect(done.returncode == 1, f"one image is gone: {done.stderr}")
        rows, sums = table(times), {}
        for row in rows:
            sums[row["ID"]] = sums.get(row["ID"], 0.0) + float(row["total"])
        expect([row["ID"] for row in rows] == [row[0] for row in order], "the manifest's order")
        tasks = {row["ID"]: row["task"] for row in rows}
        expect(sorted(map(int, tasks.values())) == list(range(1, n + 2)) and all(row["task"] == tasks[row["ID"]] for row in rows),
               f"a number a task: {tasks}")
        foretold = simulated("--trace", out + ".run", "--ranks", n + 1)[0]
        expect(abs(foretold["longest_seconds"] - max(sums.values())) < 1e-5, f"the longest: {foretold} of {sums}")
        said = run("simulate", "--trace", out + ".run", "--ranks", "1,2,16").stdout
        expect(said.startswith(f"{n + 1} tasks of "), said)
        head, *lines = content(times).decode().splitlines(keepends=True)
        for other in lines[::-1], lines[::3] + lines[1::3] + lines[2::3]:  # the same rows in other orders, the same answer
            write(times, head + "".join(other))
            expect(run("simulate", "--trace", out + ".run", "--ranks", "1,2,16").stdout == said, "the rows' order has no say")


def against_the_farm(where):
    seconds = 12.0 if LONG else 1.0
    recorded = extraction(where)
    scale = max(1.0, 0.025 / statistics.mean(recorded))  # long enough that a busy machine's naps do not rule
    lengths = [scale * recorded[t % len(recorded)] for t in range(max(len(recorded), round(seconds / scale / statistics.mean(recorded))))]
    print("| tasks | how many | ranks | attempt | foretold from | measured s | simulated s | off | tasks took longer by | |\n" +
          "|---" * 10 + "|")
    trace = trace_of(os.path.join(where, "trace"), lengths)
    for ranks in (1, 2, 3, 4, 6, 8) if LONG else (1, 2, 8):
        compare(where, lengths, "sleep", ranks, "what they were to sleep", lambda nth: ["--trace", trace])
    half = lengths[:len(lengths) // 2]
    replay(where, half, "sleep", 1)
    compare(where, lengths, "sleep", 2, f"{len(half)} on 1 rank, as measured",
            lambda nth: ["--trace", os.path.join(where, "sleep1", "0"), "--cases", len(lengths)],
            WITHIN + 4 * statistics.pstdev(lengths) / statistics.mean(lengths) / len(lengths) ** 0.5)  # they are drawn
    if os.cpu_count() < 2:
        return
    if LONG:
        larger_extraction(where)
    lengths = lengths[:len(lengths) if LONG else 24]
    for ranks in 1, 2:  # what tasks take hangs on the machine's other work: the run's own times
        compare(where, lengths, "compute", ranks, "the run's own times",
                lambda nth: ["--trace", os.path.join(where, f"compute{ranks}", str(nth))])


def known_answers(where):
    """Equal cases go in rounds; rank 0 alone; slow ranks, deaths, floors; the same options, the same bytes."""
    rows = simulated("--seconds", 2, "--cases", 100, "--ranks", "1,8,100,400", "--case-bytes", "1G", "--read-bandwidth", "2G",
                     "--inflated-bytes", "400M", "--inflate-rate", "400M")
    for row, expected in zip(rows, (200, 26, 2, 2)):
        expect(abs(row["seconds"] - expected) < 0.1, f"rounds of two seconds: {row}")
        expect(row["reading_seconds"] == 50 and abs(row["inflating_seconds"] - 100 / row["ranks"]) < 1e-9, f"floors: {row}")
    expect([row["limit"] for row in rows] == ["computing", "reading", "reading", "reading"], f"what rules: {rows}")
    expect(rows[0]["messages"] == 0 and rows[1]["messages"] > 0, "rank 0 sends itself nothing")
    slow = simulated("--seconds", 2, "--cases", 100, "--ranks", 4, "--slow", "1:3")[0]
    expect(abs(slow["seconds"] - 150) < 0.5, f"all ranks three times as slow: {slow}")
    died = simulated("--seconds", 10, "--cases", 3000, "--ranks", 64, "--ranks-per-node", 8, "--node-life", 0.5, "--restart", 30)[0]
    expect(died["deaths"] > 0 and died["lost_seconds"] > 0 and died["seconds"] > 470 + 30 * died["deaths"], f"deaths: {died}")
    never = simulated("--seconds", 1000, "--cases", 10, "--ranks", 2, "--node-life", 0.001)[0]
    expect(never["seconds"] == float("inf") and never["limit"] == "nodes die before a case is done", f"no case gets through: {never}")
    said = run("simulate", "--seconds", 3600, "-c", 1000, "-n", 64, "--node-life", 0.1).stdout
    expect("nan" not in said and re.search(r"^ +64 +never +- +- +1000 \|( +-){5} \|.* - +- \| nodes die before a case is done$", said, re.M),
           f"nothing is said of a run that never ends: {said}")
    spread = ["simulate", "--seconds", 1, "--spread", 1, "--cases", 5000, "--ranks", "16,1024", "--node-life", 1]
    said = run(*spread).stdout
    expect(said == run(*spread).stdout, "the same options print the same")
    expect(said != run(*spread, "--seed", 2).stdout, "another seed draws otherwise")
    short = simulated("--seconds", 0.001, "--cases", 50000, "--ranks", 1024, "--result-bytes", "1K")[0]
    single = simulated("--seconds", 0.001, "--cases", 50000, "--ranks", 1024, "--result-bytes", "1K", "--one-by-one")[0]
    expect(short["messages"] * 2 < single["messages"] and short["seconds"] < 0.8 * single["seconds"], f"batches: {short} {single}")
    drawn = simulated("--trace", trace_of(os.path.join(where, "small"), [1.0, 3.0]), "--cases", 1000, "--ranks", 1)[0]
    expect(abs(drawn["seconds"] - 2000) < 5 * 1000 ** 0.5, f"drawn from two lengths alike: {drawn}")


def refused(where):
    bad = {("--seconds", "1"): "--cases N is missing", (): "what do cases take", ("--seconds", "x"): "a number",
           ("--trace", "t", "--seconds", "1"): "exclude each other", ("--slow", "1"): "0.01:3", ("--ranks", "0"): "--ranks 0",
           ("--slow", "1:0.5"): "a factor from 1 to 1e6", ("--ranks", "4,,8"): "--ranks 4,,8; at most 64 numbers from 1 to 1048576",
           ("--ranks", "4,"): "--ranks 4,;", ("--ranks", ",".join("1" * 65)): "at most 64", ("--ranks", "1048577"): "to 1048576",
           ("--ranks-per-node", "2000000"): "from 1 to 1048576", ("--case-bytes", "many"): "70M", ("f",): "--trace",
           ("--cases", "-1"): "--cases -1; a number from 1 to 100000000", ("--cases", "99999999999999"): "from 1 to 100000000",
           ("--seconds", "1e300"): "--seconds 1e300; a number above 0 up to 1e9", ("--seconds", "0"): "--seconds 0; a number above 0",
           ("--node-life", "0"): "--node-life 0; a number above 0", ("--restart", "-1"): "a number from 0 up to 1e9",
           ("--seed", "x"): "whole number", ("--rank",): "--ranks"}
    for options, sentence in bad.items():
        done = run("simulate", *options)
        expect(done.returncode == 2 and sentence in done.stderr, f"{options}: {done.returncode} {done.stderr}")
    done = run("simulate", "--trace", where)
    expect(done.returncode == 3 and "no run has ended there" in done.stderr and f"{where}.run/timings.csv" in done.stderr,
           f"no run: {done.stderr}")
    for name, run_folder in ("x.h5ad", "x.h5ad.run"), ("sweep", "sweep/run"):
        trace_of(os.path.join(where, run_folder), [1.0, 2.0, 3.0])
        said = [run("simulate", "--trace", os.path.join(where, which), "--ranks", 2).stdout for which in (name, run_folder)]
        expect(said[0] == said[1] and f"times: those of {where}/{run_folder}\n" in said[0], f"{name} names its run: {said}")
    for text, sentence in (("a,b\n1,2\n", "the columns total, read and task"), ("task,seconds\n", "no task"),
                           ("task,seconds\n1,nan\n", 'line 2 has "nan"'), ("ID,total,read\nx,1,0\n", "no column task"),
                           ("ID,total,read,task\nx,1,-1,1\n", 'has "-1" under read'),
                           ("ID,total,read,task\nx,1,0,\n", "no task"), ("ID,total,read,task\nx,1,0,2\n", 'has "2" under task')):
        write(os.path.join(where, "timings.csv"), text)
        done = run("simulate", "--trace", where)
        expect(done.returncode == 3 and sentence in done.stderr, f"{text!r}: {done.stderr}")
    done = run("simulate", "--help")
    expect(done.returncode == 0 and "--trace" in done.stdout and "Examples:" in done.stdout, done.stdout)


with folder() as main:
    if not LONG:
        known_answers(main)
        refused(main)
        rows_in_any_order(main)
    against_the_farm(main)
finish("simulate")
