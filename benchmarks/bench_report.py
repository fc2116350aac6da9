"""The report's page of a wide study: seconds on the wall, gnuplot's among them, and bytes, each beside its bound."""
import shutil
import statistics

from common import BUILD, FOLDER, run, timed_process

RADMILL = BUILD / "radmill"
ROWS, COLUMNS, MOST_SECONDS, MOST_BYTES = 1000, 1500, 10, 5_000_000
STUDY = """table: features.h5ad
patient: ID
centre: centre
outcome: {class: y}
split: {kfold: 5, repeats: 10, seed: 1}
inner: {kfold: 3}
prepare: [{scale: zscore}]
select: {univariate: [{univariate: {k: 30}}], spread: [{univariate: {k: 100}}]}
models: {logistic: {C: [0.01, 1]}}
controls: {permute: 0}
"""


def print_report(rounds):
    if not shutil.which("gnuplot"):
        print("== no gnuplot (Debian: gnuplot-nox), so no report")
        return
    folder = FOLDER / f"report_{ROWS}_{COLUMNS}"
    if not (folder / "sweep" / "leaderboard.csv").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        run(BUILD / "benchmarks" / "bench_report", folder / "features.h5ad", ROWS, COLUMNS)
        (folder / "study.yaml").write_text(STUDY)
        run(RADMILL, "sweep", folder / "study.yaml", "--out", folder / "sweep", "--quiet")
    page = folder / "report.html"
    seconds = [timed_process([RADMILL, "report", folder / "sweep", "--features", folder / "features.h5ad", "--out",
                              page])[0] for _ in range(rounds)]
    n_bytes, median = page.stat().st_size, statistics.median(seconds)
    print("| report | seconds | fastest | MB | asked | |\n|---|---|---|---|---|---|")
    met = "met" if median < MOST_SECONDS and n_bytes < MOST_BYTES else "MISSED"
    print(f"| {ROWS:,} patients, {COLUMNS:,} features, 50 folds | {median:.2f} | {min(seconds):.2f} | {n_bytes / 1e6:.2f} | "
          f"< {MOST_SECONDS} s, < {MOST_BYTES // 1_000_000} MB | {met} |", flush=True)
