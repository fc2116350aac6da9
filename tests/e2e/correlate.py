#!/usr/bin/env python3
"""radmill correlate: against numpy, scipy and scikit-learn (tests/oracle/correlate.py), in tiles and by ScaLAPACK, on 1, 2
and 3 ranks; what is left out, refused, and gone on with after a kill. Larger tables against numpy's corrcoef and singular
values, in the Python that reads the file.

Usage: correlate.py PYTHON path/to/radmill        PYTHON: one that has h5py and numpy (the test io/anndata makes it)
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

from program import RADMILL, ENVIRONMENT, content, expect, finish, folder, kill_all, run, start, table, wait_for_handler, write

SCALAPACK = ["--scalapack"]

READ = r"""
import json, sys
import h5py
file = h5py.File(sys.argv[1])
names = lambda at: file[at].asstr()[()].tolist()
seen = {"features": names("features"), "left out": list(zip(names("left_out/features"), names("left_out/why"))),
        "rows": file["rows"][()].tolist(), "attributes": {k: v if isinstance(v, str) else int(v)
                                                           for k, v in file.attrs.items()}}
for at in ("correlation", "pca/variance", "pca/ratio", "pca/loadings", "pca/scores"):
    if at in file:
        seen[at.split("/")[-1]] = file[at][()].tolist()
seen["components by"] = file["pca"].attrs["computed"] if "pca" in file else None
print(json.dumps(seen))
"""

HOLD = r"""
import json, sys
import h5py
import numpy as np
x = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
k = int(sys.argv[2])
z = (x - x.mean(0)) / x.std(0, ddof=1)
want = np.corrcoef(x.T)
left, size, right = np.linalg.svd(z, full_matrices=False)
off = []
for path in sys.argv[3:]:
    file = h5py.File(path)
    r, loadings = file["correlation"][()], file["pca/loadings"][()]
    assert (r == r.T).all() and (np.diag(r) == 1).all() and file["features"].shape == (x.shape[1],)
    assert all(v[np.argmax(abs(v))] > 0 for v in loadings.T), "the largest loading is positive"
    off.append([abs(r - want).max(), abs(file["pca/variance"][()] / (size[:k] ** 2 / (len(x) - 1)) - 1).max(),
                abs(abs(loadings) - abs(right[:k].T)).max(),
                abs(z @ loadings - file["pca/scores"][()]).max()])
print(json.dumps(off))
"""


def ask(python, script, *arguments):
    done = subprocess.run([python, "-W", "error", "-c", script, *map(str, arguments)], capture_output=True, text=True)
    expect(done.returncode == 0, f"h5py opens it: {done.stderr}")
    return json.loads(done.stdout) if done.returncode == 0 else None


def numbers(path, n_rows, n_columns, seed):
    """A table of few hidden causes, so that components differ."""
    draw = random.Random(seed)
    cause = [[draw.gauss(0, 4 - c) for c in range(4)] for _ in range(n_rows)]
    weight = [[draw.gauss(0, 1) for c in range(4)] for _ in range(n_columns)]
    rows = [",".join(f"{sum(a * b for a, b in zip(one, w)) + draw.random():.7g}" for w in weight) for one in cause]
    return write(path, ",".join(f"f{j}" for j in range(n_columns)) + "\n" + "\n".join(rows) + "\n")


def as_the_oracle(python, where):
    given, want = (os.path.join(os.environ["RADMILL_SOURCE"], "tests", "oracle", name) for name in ("correlate_table.csv", "correlate.csv"))
    out = os.path.join(where, "small.h5")
    for method in ("pearson", "spearman"):
        for spread, ranks, how in ((False, 1, "tiles"), (True, 2, "scalapack")):
            done = run("correlate", given, "--match", "f*", "--match", "gap", "--method", method, "--pca", 4, "--out", out, "--fresh",
                       *(SCALAPACK if spread else []), ranks=ranks)
            expect(done.returncode == 0, f"{method} {how}: {done.returncode} {done.stderr}")
            seen = ask(python, READ, out)
            if not seen:
                continue
            worst = 0.0
            for row in table(want):
                if row["method"] == method:
                    i, j, found = int(row["i"]), int(row["j"]), seen[row["what"]]
                    found = found[i] if row["what"] in ("variance", "ratio") else found[i][j]
                    worst = max(worst, abs(found - float(row["value"])) / max(1.0, abs(float(row["value"]))))
            # f05 is a million spreads from 0, and a mean's last place 1e-10 of one; all else agrees to 1e-13.
            expect(worst < 1e-10, f"{method} {how} is off by {worst}")
            said = seen["attributes"]
            expect(said["method"] == method and said["n"] == 40 and said["computed"] == how, f"attributes: {said}")
            expect((said.get("grid_rows"), said.get("grid_columns")) == ((None, None) if how == "tiles" else (1, 2)),
                   f"the grid is said when it matters: {said}")
            expect(seen["components by"] == ("lapack" if how == "tiles" else "scalapack"), "how the components came about")
            expect(seen["features"] == [f"f{j:02d}" for j in range(12)], f"names: {seen['features']}")
            expect([name for name, why in seen["left out"]] == ["gap", "flat"], f"left out: {seen['left out']}")
            expect([why.endswith("missing") for name, why in seen["left out"]] == [True, False], f"{seen['left out']}")
            expect(seen["rows"] == [i for i in range(41) if i != 18], f"rows: {seen['rows']}")
            for word in ("rows without any value left out: 1", "features left out: 2: gap (", "flat (no spread)"):
                expect(word in done.stdout, f"{word}: {done.stdout}")
            expect(not os.path.exists(out + ".run"), "the journal goes when the file is there")
    done = run("correlate", given, "--match", "f0*", "--out", out, "--resume")
    expect(done.returncode == 3 and "--fresh replaces it" in done.stderr, f"a file in the way: {done.stderr}")
    done = run("correlate", given, "--match", "f0*", "--rows", "id=r01", "--out", out, "--fresh")
    expect(done.returncode == 2 and "none has a value" in done.stderr, f"one row: {done.returncode} {done.stderr}")
    done = run("correlate", given, "--match", "f0*", "--pca", 40, "--out", out, "--fresh")
    expect(done.returncode == 0 and "there are no more" in done.stdout, f"more components than there are: {done.stdout}")


def on_ranks(python, where):
    wide = numbers(os.path.join(where, "wide.csv"), 23, 1100, 1) # three tiles across, 18 blocks
    tall = numbers(os.path.join(where, "tall.csv"), 150, 90, 2)
    for name, given, ranks in (("wide", wide, (1, 2, 3)), ("tall", tall, (1, 3))):
        files = {"tiles": [], "spread": []}
        for n in ranks:
            for how, extra in (("tiles", []), ("spread", SCALAPACK)):
                files[how].append(os.path.join(where, f"{name}{how}{n}.h5"))
                done = run("correlate", given, "--match", "f*", "--pca", 4, "--out", files[how][-1], *extra, ranks=n)
                expect(done.returncode == 0, f"{name} {how} on {n}: {done.returncode} {done.stderr}")
                expect(("ScaLAPACK" in done.stdout) == (how == "spread"), f"how is said: {done.stdout}")
        expect(len({content(path) for path in files["tiles"]}) == 1, f"{name}: the ranks change the bytes of tiles")
        # Largest scores are near 60, and singular vectors as good as their values are apart.
        for path, off in zip(files["tiles"] + files["spread"],
                             ask(python, HOLD, given, 4, *files["tiles"], *files["spread"]) or []):
            expect(max(off) < 1e-11, f"{os.path.basename(path)} is off numpy by {off}")


def killed(where):
    given, out = numbers(os.path.join(where, "k.csv"), 200, 2600, 3), os.path.join(where, "k.h5")
    whole = os.path.join(where, "whole.h5")
    for _ in range(5):
        shutil.rmtree(out + ".run", ignore_errors=True)
        process = start("correlate", given, "--match", "f*", "--out", out, ranks=2)
        journal = os.path.join(out + ".run", "journal")
        while process.poll() is None and not (os.path.exists(journal) and os.path.getsize(journal) > 2 << 20):
            time.sleep(0.002)
        kill_all(process)
        if os.path.exists(journal):
            break
    expect(os.path.exists(journal) and not os.path.exists(out), "killed half-way")
    done = run("correlate", given, "--match", "f*", "--out", out)
    expect(done.returncode == 3 and "--resume" in done.stderr, f"a journal in the way: {done.returncode} {done.stderr}")
    done = run("correlate", given, "--match", "f*", "--method", "spearman", "--out", out, "--resume")
    expect(done.returncode != 0 and "data" in done.stderr, f"another table's journal: {done.returncode} {done.stderr}")
    expect(run("correlate", given, "--match", "f*", "--out", out, "--resume").returncode == 0, "resume")
    expect(run("correlate", given, "--match", "f*", "--out", whole, ranks=3).returncode == 0, "undisturbed")
    expect(content(out) == content(whole), "a kill changes the bytes")


def one_at_a_time(where):
    """A second run on FILE leaves the first's files alone; and what began in tiles may end by ScaLAPACK."""
    given, out = numbers(os.path.join(where, "o.csv"), 200, 1500, 4), os.path.join(where, "o.h5")
    temporary = out + ".tmp"
    process = start("correlate", given, "--match", "f*", "--out", out)
    while process.poll() is None and not (os.path.exists(temporary) and os.path.exists(os.path.join(out + ".run", "journal"))):
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGSTOP)
    before = os.stat(temporary).st_ino
    for extra in (["--resume"], ["--fresh"], ["--resume", *SCALAPACK]):
        done = run("correlate", given, "--match", "f*", "--out", out, *extra)
        expect(done.returncode == 3 and "another run" in done.stderr, f"{extra} beside a run: {done.returncode} {done.stderr}")
    expect(os.path.exists(temporary) and os.stat(temporary).st_ino == before, "the first run's file stays")
    os.kill(process.pid, signal.SIGCONT)
    said = process.communicate()[0]
    expect(process.returncode == 0 and os.path.exists(out), f"the first run ends well: {process.returncode} {said}")
    os.remove(out)
    process = start("correlate", given, "--match", "f*", "--out", out)
    while process.poll() is None and not os.path.exists(os.path.join(out + ".run", "journal")):
        time.sleep(0.002)
    kill_all(process)
    expect(os.path.exists(out + ".run") and not os.path.exists(out), "killed half-way")
    done = run("correlate", given, "--match", "f*", "--out", out, "--resume", *SCALAPACK)
    expect(done.returncode == 0 and "ScaLAPACK" in done.stdout, f"tiles, then ScaLAPACK: {done.returncode} {done.stderr}")
    expect(os.path.exists(out) and not os.path.exists(out + ".run"), "no journal stays beside the file")


def stopped(where):
    """SIGUSR1 while the table is read, or the matrix computed: by ScaLAPACK nothing is kept, and nothing left."""
    given, out = numbers(os.path.join(where, "s.csv"), 200, 1500, 5), os.path.join(where, "s.h5")
    for components in ([], ["--pca", 2]):
        process = start("correlate", given, "--match", "f*", *components, "--out", out, *SCALAPACK)
        wait_for_handler(process, signal.SIGUSR1)
        while process.poll() is None and not os.path.exists(out + ".tmp"):
            time.sleep(0.001)
        process.send_signal(signal.SIGUSR1)
        said = process.communicate()[0]
        expect(process.returncode == 75 and "stopped on request" in said, f"stopped: {process.returncode} {said}")
        expect([name for name in os.listdir(where) if name.startswith("s.h5")] == [], "nothing is left of it")


def beyond_memory(where):
    """What there is at once is added up: 400 columns squared are 1.28 MB, of 500 rows 1.6 MB three times (read, shared, spread),
    the panels 5.12 MB; eigenvectors and work space at least another 1.28 MB."""
    given, out = numbers(os.path.join(where, "m.csv"), 500, 400, 6), os.path.join(where, "m.h5")
    for ranks, memory, components, status in ((1, "6M", [], 3), (2, "6M", [], 3), (1, "10M", [], 0), (1, "10M", ["--pca", 399], 3),
                                              (1, "64M", ["--pca", 399], 0)):
        done = run("correlate", given, "--match", "f*", *components, "--out", out, "--fresh", "--memory", memory, *SCALAPACK, ranks=ranks)
        expect(done.returncode == status, f"{memory} {components}: {done.returncode} {done.stderr}")
        if status:
            expect(("the components" if components else "the matrix") + " of 400 columns and 500 rows" in done.stderr and
                   "larger --memory" in done.stderr, f"{memory}: {done.stderr}")
            expect(not os.path.exists(out + ".run") and not os.path.exists(out + ".tmp"), "nothing is begun")


def refused(where):
    given = write(os.path.join(where, "r.csv"), "id,a,b\n1,1,2\n2,3,1\n3,2,5\n")
    out = os.path.join(where, "r.h5")
    cases = [(["--out", out], 2, "--match"), (["--match", "a"], 2, "--out FILE is missing"),
             (["--match", "a", "--out", out, "--method", "kendall"], 2, "pearson or spearman"),
             (["--match", "a", "--out", out, "--pca", "0"], 2, "from 1"),
             (["--match", "a", "--out", out, "--memory", "much"], 2, "8G"),
             (["--match", "a", "--out", given, "--fresh"], 2, "read here"), (["--match", "a", "--out", where], 3, "a file"),
             (["--match", "c*", "--out", out], 2, "c*"), (["--match", "a", "--out", out, "--memory", "7"], 3, "larger --memory"),
             (["--match", "a", "--out", os.path.join(where, "none", "r.h5")], 3, "none/r.h5")]
    for extra, status, sentence in cases:
        done = run("correlate", given, *extra)
        expect(done.returncode == status and sentence in done.stderr, f"{extra}: {done.returncode} {done.stderr}")
    expect([name for name in os.listdir(where) if name.startswith("r.h5")] == [], "nothing is left of a refusal")


def one_library():
    """ScaLAPACK's BLAS and LAPACK are the program's own OpenBLAS, never a second one with threads of its own."""
    done = subprocess.run([RADMILL, "--version"], capture_output=True, text=True,
                          env=dict(ENVIRONMENT, LD_BIND_NOW="1", LD_DEBUG="bindings"))
    bound = [line.split(" to ")[1].split()[0] for line in done.stderr.splitlines()
             if "libscalapack" in line and line.rstrip().endswith(("`dgemm_'", "`dsyrk_'", "`dlamch_'"))
             and "libscalapack" in line.split(" to ")[0]]
    expect(len(bound) >= 3 and all("openblas" in name for name in bound), f"bound to {sorted(set(bound))}")
    expect("binding" in done.stderr, "the loader speaks")


def main():
    python = sys.argv[1]
    if not os.path.exists(python):
        print("no Python with h5py")
        sys.exit(77)
    with folder() as where:
        as_the_oracle(python, where)
        on_ranks(python, where)
        killed(where)
        one_at_a_time(where)
        stopped(where)
        beyond_memory(where)
        refused(where)
    one_library()


main()
finish("correlate")
