# The same Cox models through R's survival package, on the file that benchmarks/bench_survival.c writes.
#
#     Rscript peer_survival.R formula|fit FILE COLUMNS RUNS OUT
#
# formula: coxph(Surv(time, event) ~ x), what one calls; fit: coxph.fit, its inner function, which leaves out the model
# frame, concordance and all that is computed around the iterations. Of the first COLUMNS columns. Prints
# "shortest median" in processor seconds and writes each column's coefficient.
suppressMessages(library(survival))

arguments <- commandArgs(trailingOnly = TRUE)
connection <- file(arguments[2], "rb")
size <- readBin(connection, "integer", 4, size = 4, endian = "little")[c(1, 3)] # the low halves of two int64
values <- readBin(connection, "double", size[1] * (size[2] + 2), endian = "little")
close(connection)
n <- size[1]
p <- as.integer(arguments[3])
x <- matrix(values[seq_len(n * p)], n)
outcome <- Surv(values[n * size[2] + seq_len(n)], values[n * (size[2] + 1) + seq_len(n)])
control <- coxph.control()
names <- as.character(seq_len(n))

by_formula <- function(j) {
    column <- x[, j]
    coxph(outcome ~ column)$coefficients
}
by_fit <- function(j) coxph.fit(x[, j, drop = FALSE], outcome, NULL, NULL, 0, control, NULL, "efron", names)$coefficients
one <- if (arguments[1] == "formula") by_formula else by_fit

seconds <- numeric(0)
for (run in seq_len(as.integer(arguments[4]))) {
    begun <- proc.time()
    coefficients <- vapply(seq_len(p), function(j) one(j)[[1]], 0)
    used <- proc.time() - begun
    seconds <- c(seconds, used[["user.self"]] + used[["sys.self"]])
}
cat(min(seconds), median(seconds), as.character(getRversion()), as.character(packageVersion("survival")), "\n")
writeLines(format(coefficients, digits = 17), arguments[5])
