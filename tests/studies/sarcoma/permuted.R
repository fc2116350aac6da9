# The study's whole procedure, choice by inner folds included, on permuted outcomes, by R 4.2.2 with folds of its own:
#
#     Rscript permuted.R FOLDER SEED N >> FOLDER/permuted.txt
#
# FOLDER  pet.csv of features.py
# A line a permutation: the AUC of what was chosen, mean over two times five folds. expected.csv has 300 of seed 1 and 300 of 2.
arguments <- commandArgs(trailingOnly = TRUE)
pet <- read.csv(file.path(arguments[1], "pet.csv"))
x <- as.matrix(pet[, grep("^original_", names(pet))])
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "models.R"))
set.seed(as.integer(arguments[2]))
area <- function(score, y) (sum(rank(score)[y == 1]) - sum(y) * (sum(y) + 1) / 2) / (sum(y) * sum(!y))
deal <- function(y, k) { # folds of each class
    fold <- integer(length(y))
    for (class in 0:1) fold[y == class] <- sample(rep_len(sample(k), sum(y == class)))
    fold
}
of_fold <- function(keep, train, test, y) area(held_out(keep, train, test, y, character(0)), y[test])
choose <- function(train, y) { # the pipeline with the higher mean over inner folds
    inner <- deal(y[train], 5)
    means <- sapply(c(wilcoxon, mrmr), function(keep)
        mean(sapply(1:5, function(k) of_fold(keep, train[inner != k], train[inner == k], y))))
    c(wilcoxon, mrmr)[[which.max(means)]]
}
for (n in seq_len(as.integer(arguments[3]))) {
    y <- sample(pet$LungMetastasis)
    areas <- replicate(2, {
        fold <- deal(y, 5)
        sapply(1:5, function(k) of_fold(choose(which(fold != k), y), which(fold != k), which(fold == k), y))
    })
    cat(mean(areas), "\n")
}
