"""LASSO-Cox: the whole path beside R's glmnet on the same table, processor seconds of the fit alone on one pinned core.

glmnet's default ends a lambda's iterations when the deviance moves by less than 1e-7 of the null's; ours are at a
gradient of 1e-10 a standard deviation. Both are timed at their defaults, and how far apart they end stands beside; on the
small table glmnet also at 1e-11 (on 500 × 1500 that took 91 s where ours took 2.7). Without Rscript and glmnet the peer's columns
stay empty.

Columns that are nearly sums of others, as texture features are, are those where descent by coordinates alone stalls: there
also two classes are timed.
"""
import os
import shutil
import subprocess

from bench_learning import median_of, print_row
from common import BUILD, FOLDER, ONE_THREAD, run

COXNET = BUILD / "benchmarks" / "bench_coxnet"
PEER = """
suppressMessages(library(glmnet))
library(survival)
args <- commandArgs(TRUE)
file <- file(args[1], "rb")
size <- readBin(file, "integer", 4, size = 4)[c(1, 3)]
x <- matrix(readBin(file, "double", size[1] * size[2]), size[1])
time <- readBin(file, "double", size[1])
event <- readBin(file, "double", size[1])
y <- if (args[2] == "cox") Surv(time, event) else event
seconds <- sapply(1:as.integer(args[5]), function(turn) system.time(
    fit <<- glmnet(x, y, family = args[2], alpha = as.numeric(args[3]), thresh = as.numeric(args[4]), maxit = 1e8))[1])
cat("coxnet", min(seconds), median(seconds), "\\n")
cat(sprintf("%.17g %.17g %d\\n", fit$lambda, fit$dev.ratio, fit$df), sep = "")
"""


ROWS = ((500, 107, "", "cox", (1e-7, 1e-11)), (500, 1500, "", "cox", (1e-7,)), (1000, 1500, "", "cox", (1e-7,)),
        (388, 101, "-sums", "cox", (1e-7,)), (388, 101, "-sums", "binomial", (1e-7,)))


def deviance_of(text):
    return [float(line.split()[1]) for line in text.splitlines()[1:]]


def print_coxnet():
    FOLDER.mkdir(parents=True, exist_ok=True)
    script = FOLDER / "peer_coxnet.R"
    script.write_text(PEER)
    peer = shutil.which("Rscript")
    if peer and subprocess.run([peer, "--vanilla", "-e", "library(glmnet)"], capture_output=True).returncode != 0:
        peer = None
    if not peer:
        print("== no Rscript with glmnet (Debian: r-cran-glmnet), so no column for it")
    cores = os.sched_getaffinity(0)
    print("| LASSO, path of 100 | radmill s | peer s | ratio | asked | |")
    print("|---|---|---|---|---|---|")
    os.sched_setaffinity(0, {max(cores)})
    for rows, columns, kind, family, threshes in ROWS:
        path = FOLDER / f"times{kind}_{rows}_{columns}.bin"
        if not path.exists():
            run(COXNET, "write" + kind, rows, columns, path)
        ours = run(COXNET, "fit", path, family, 1, 1e-10, 3, stdout=subprocess.PIPE).stdout
        for thresh in threshes:
            what = f"{family}{', nearly sums' if kind else ''}, n = {rows}, p = {columns}, glmnet's thresh {thresh:g}"
            if not peer:
                print_row(what, median_of(ours))
                break
            theirs = run(peer, "--vanilla", script, path, family, 1, thresh, 3, stdout=subprocess.PIPE,
                         env={**os.environ, **ONE_THREAD}).stdout
            away = max(abs(a - b) for a, b in zip(deviance_of(ours), deviance_of(theirs)))
            print_row(what, median_of(ours), median_of(theirs), 0.5 if thresh > 1e-9 else "",
                      f"{len(deviance_of(ours))} and {len(deviance_of(theirs))} lambdas, deviance ratios {away:.1g} apart")
            if family != "cox" or kind or thresh < 1e-9:
                continue
            same = run(COXNET, "fit", path, family, 1, 1e-10, 3, thresh, stdout=subprocess.PIPE).stdout
            away = max(abs(a - b) for a, b in zip(deviance_of(same), deviance_of(theirs)))
            print_row("    the same, ended as glmnet ends", median_of(same), median_of(theirs), "",
                      f"{len(deviance_of(same))} and {len(deviance_of(theirs))} lambdas, deviance ratios {away:.1g} apart")
    os.sched_setaffinity(0, cores)
