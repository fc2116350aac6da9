#!/usr/bin/env python3
"""coxnet_stopped.csv: penalised Cox models as R's glmnet leaves them at its default thresh of 1e-7, of made rows in days
with ties between events and the censored, once without and once with weights (some of them 0), on glmnet's own path and
at lambdas of one's own. The rows are those of make_rows in tests/kernels/test_elastic_net_stopped.c.

usage: coxnet_stopped.py > coxnet_stopped.csv    needs Rscript with glmnet (made with 4.1-6)
"""
import csv
import subprocess
import sys
import tempfile

N, P, FOLDS = 90, 120, 5
MASK = (1 << 64) - 1
PROGRAM = """
suppressMessages(library(glmnet))
library(survival)
args <- commandArgs(TRUE)
table <- as.matrix(read.csv(args[1]))
y <- Surv(table[, 1], table[, 2])
weight <- table[, 3]
fold <- table[, 4]
x <- table[, -(1:4)]
show <- function(case, what, lambda, column, value)
    cat(sprintf("%s,%s,%d,%d,%.17g\\n", case, what, as.integer(lambda), as.integer(column), value), sep = "")
tell <- function(case, fit, step = 12) {
    n <- length(fit$lambda)
    at <- unique(c(seq(1, n, 5), n))
    show(case, "n_lambda", 0, 0, n)
    show(case, "null", 0, 0, fit$nulldev)
    show(case, "lambda", at, 0, fit$lambda[at])
    show(case, "ratio", at, 0, fit$dev.ratio[at])
    show(case, "df", at, 0, fit$df[at])
    b <- as.matrix(fit$beta)
    for (k in unique(c(seq(1, n, step), n))) show(case, "coefficient", k, which(b[, k] != 0), b[b[, k] != 0, k])
}
folds <- function(case, cv) {
    at <- seq(1, length(cv$cvm), 5)
    show(case, "mean", at, 0, cv$cvm[at])
    show(case, "deviation", at, 0, cv$cvsd[at])
}
own <- c(0.3, 0.12, 0.05, 0.02)
tell("path", glmnet(x, y, family = "cox"))
tell("weighted", glmnet(x, y, family = "cox", weights = weight))
tell("net", glmnet(x, y, family = "cox", alpha = 0.3))
tell("own", glmnet(x, y, family = "cox", lambda = own), 1)
# Ended early: by the passes, and by a row whose hazard is beyond all others.
tell("short", suppressWarnings(glmnet(x, y, family = "cox", maxit = 500)))
few <- x[1:25, 1:10]
strong <- Surv(10 + round(400 * exp(-2 * (few[, 1] + few[, 2]) - few[, 3])), rep(1, 25))
far <- suppressWarnings(glmnet(few, strong, family = "cox"))
stopifnot(far$jerr < -30000)
tell("far", far)
folds("path", cv.glmnet(x, y, family = "cox", foldid = fold))
folds("weighted", cv.glmnet(x, y, family = "cox", weights = weight, foldid = fold))
folds("c", cv.glmnet(x, y, family = "cox", foldid = fold, type.measure = "C"))
"""


def uniforms(state):
    """splitmix64, as tests/support has it."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield ((z ^ (z >> 31)) >> 11) * 2.0 ** -53


def rows():
    draw = uniforms(20261)
    x = [[next(draw) - 0.5 for _ in range(N)] for _ in range(P)]
    for i in range(N):
        u, v, w = next(draw), next(draw), next(draw)
        yield [200 + int(40 * u) * 20 + (300 if x[0][i] + x[1][i] < 0 else 0), int(v < 0.6), int(4 * w), i % FOLDS + 1,
               *(column[i] for column in x)]


def main():
    print("case,what,lambda,column,value", flush=True)
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        out = csv.writer(file)
        out.writerow(["time", "event", "weight", "fold", *(f"c{j}" for j in range(P))])
        out.writerows(rows())
        file.flush()
        with tempfile.NamedTemporaryFile("w", suffix=".R") as program:
            program.write(PROGRAM)
            program.flush()
            subprocess.run(["Rscript", "--vanilla", program.name, file.name], check=True, stdout=sys.stdout)


if __name__ == "__main__":
    main()
