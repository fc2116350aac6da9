#!/usr/bin/env python3
"""coxnet.csv: paths and cross-validation of penalised Cox models by R's glmnet, converged.

The tables of the reference (folder coxnet of the statistical reference) are glmnet's at thresh 1e-11, where its
coefficients are still up to 2e-3 of the largest one, and its deviance ratios 1e-5, away from what it ends at. These
are at 1e-15, of the same rows, columns and folds. And glmnet leaves rows out of risk sets that are censored at an event's
time above some 200 (see tests/kernels/test_elastic_net_cox.c); here they are given to it a quarter of a day later, so
that its risk sets are those of the definition.

usage: coxnet.py > coxnet.csv    needs Rscript with glmnet (made with 4.1-6; 10 minutes) and $RADMILL_SHARED
"""
import csv
import json
import os
import subprocess
import sys
import tempfile

CASES = ("veteran", "lung", "pbc", "c80x400_lasso", "c80x400_enet05")
PROGRAM = """
suppressMessages(library(glmnet))
library(survival)
args <- commandArgs(TRUE)
table <- as.matrix(read.csv(args[1]))
x <- table[, -(1:3)]
y <- Surv(table[, 1], table[, 2])
fold <- table[, 3]
own <- list(family = "cox", alpha = as.numeric(args[2]), lambda.min.ratio = as.numeric(args[3]), thresh = 1e-15,
            maxit = 1e9)
fit <- do.call(glmnet, c(list(x, y), own))
say <- function(what, k, column, value)
    cat(sprintf("%s,%s,%d,%d,%.17g\\n", args[4], what, as.integer(k), as.integer(column), value), sep = "")
at <- seq(1, length(fit$lambda), 6)
say("lambda", at, 0, fit$lambda[at])
say("ratio", at, 0, fit$dev.ratio[at])
b <- as.matrix(fit$beta)
for (k in seq(1, length(fit$lambda), 16)) say("coefficient", k, which(b[, k] != 0), b[b[, k] != 0, k])
for (user in 0:1) {
    name <- c("own", "user")[user + 1]
    settings <- if (user) own[-3] else own
    if (user) settings$lambda <- fit$lambda
    cv <- do.call(cv.glmnet, c(list(x, y, foldid = fold), settings))
    at <- at[at <= length(cv$cvm)]
    say(paste0("mean_", name), at, 0, cv$cvm[at])
    say(paste0("deviation_", name), at, 0, cv$cvsd[at])
    say(paste0("min_", name), 0, 0, cv$lambda.min)
    say(paste0("1se_", name), 0, 0, cv$lambda.1se)
}
"""


def main():
    root = os.path.join(os.environ["RADMILL_SHARED"], "reference", "stats")
    print("case,what,lambda,column,value", flush=True)
    for case in CASES:
        expected = json.load(open(os.path.join(root, "coxnet", case, "expected.json")))
        columns, folds = expected["result"]["columns"], expected["result"]["foldid"]
        rows = [row for row in csv.DictReader(open(os.path.join(root, expected["inputs"][0])))
                if all(row[name] not in ("", "NA") for name in ["time", "status", *columns])]
        events = {float(row["time"]) for row in rows if float(row["status"]) == 1}
        with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
            out = csv.writer(file)
            out.writerow(["time", "status", "fold", *(f"c{j}" for j in range(len(columns)))])
            for row, fold in zip(rows, folds):
                time, event = float(row["time"]), float(row["status"]) == 1
                out.writerow([time + (0.25 if not event and time in events else 0.0), int(event), fold,
                              *(row[name] for name in columns)])
            file.flush()
            ratio = "0.05" if case.startswith("c80") else "1e-4"
            with tempfile.NamedTemporaryFile("w", suffix=".R") as program:
                program.write(PROGRAM)
                program.flush()
                subprocess.run(["Rscript", "--vanilla", program.name, file.name,
                                "0.5" if case.endswith("enet05") else "1", ratio, case], check=True, stdout=sys.stdout)


if __name__ == "__main__":
    main()
