# What the study of sarcoma.py must find, by R 4.2.2 with pROC 1.18.0 (Debian 12's r-base-core and r-cran-proc) on what
# features.py made, so that nothing but the folds and which pipeline each of them chose is radmill's:
#
#     Rscript expected.R FOLDER SWEEP expected.csv
#
# FOLDER        pet.csv and grids.csv of features.py, permuted.txt of permuted.R
# SWEEP         what radmill sweep left: predictions.csv says who was held out with whom, selected.csv which of two
#               features was kept whose scores are equal
# expected.csv  what, of, name, value: a number a line
suppressMessages(library(pROC))
arguments <- commandArgs(trailingOnly = TRUE)
pet <- read.csv(file.path(arguments[1], "pet.csv"))
grids <- read.csv(file.path(arguments[1], "grids.csv"))
said <- read.csv(file.path(arguments[2], "predictions.csv"))
selected <- read.csv(file.path(arguments[2], "selected.csv"))
lines <- character(0)
say <- function(what, of, name, value)
    lines <<- c(lines, paste(what, of, name, format(value, digits = 17, trim = TRUE), sep = ","))
features <- grep("^original_", names(pet), value = TRUE)
x <- as.matrix(pet[, features])
y <- pet$LungMetastasis
area <- function(score, y) as.numeric(auc(roc(y, score, levels = c(0, 1), direction = "<", quiet = TRUE)))

# 1. Features, and each of two alone
for (name in features) say("feature", "STS_001", name, pet[pet$ID == "STS_001", name])
for (name in c("original_shape_VoxelVolume", "original_firstorder_Maximum")) {
    v <- pet[[name]]
    limits <- ci.auc(roc(y, v, levels = c(0, 1), direction = "<", quiet = TRUE), method = "delong")
    for (k in 1:3) say("alone", name, c("low", "auc", "high")[k], limits[k])
    for (group in 0:1) for (k in 1:3)
        say("table1", name, paste(group, c("q1", "median", "q3")[k]), quantile(v[y == group])[[k + 1]])
    say("table1", name, "p", wilcox.test(v[y == 1], v[y == 0])$p.value)
}

# 2. Agreement of the shape on both grids: absolute, single (McGraw & Wong 1996)
for (name in intersect(features, names(grids))) {
    fit <- summary(aov(grids[[name]] ~ factor(grids$ID) + factor(grids$Grid)))[[1]]
    n <- length(unique(grids$ID))
    s <- fit[["Mean Sq"]]
    say("icc", name, "icc", (s[1] - s[3]) / (s[1] + s[3] + 2 * (s[2] - s[3]) / n))
}

# 3. The models in the folds
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "models.R"))
pipelines <- list("wilcoxon-3/logistic" = wilcoxon, "mrmr-3/logistic" = mrmr,
                  volume = function(x, y, ours) match("original_shape_VoxelVolume", colnames(x)))
splits <- unique(said[c("repeat.", "fold")])
scores <- list()
for (pipeline in names(pipelines)) for (s in seq_len(nrow(splits))) {
    ours <- said[said$pipeline == pipeline & said$repeat. == splits$repeat.[s] & said$fold == splits$fold[s], ]
    test <- match(ours$id, pet$ID)
    kept <- selected$feature[selected$select == sub("/.*", "", pipeline) & selected$repeat. == splits$repeat.[s] &
                                 selected$fold == splits$fold[s]]
    ours$score <- held_out(pipelines[[pipeline]], setdiff(seq_along(y), test), test, y, kept)
    stopifnot(ours$y == y[test])
    scores[[paste(pipeline, s)]] <- ours
}
chosen <- character(0)
for (s in seq_len(nrow(splits))) { # which of the two it was: by the scores that radmill gives
    own <- said[said$pipeline == "chosen" & said$repeat. == splits$repeat.[s] & said$fold == splits$fold[s], ]
    same <- sapply(names(pipelines)[1:2], function(pipeline) {
        one <- said[said$pipeline == pipeline & said$repeat. == splits$repeat.[s] & said$fold == splits$fold[s], ]
        all(one$score[match(own$id, one$id)] == own$score)
    })
    chosen[s] <- names(which(same))[1]
    scores[[paste("chosen", s)]] <- scores[[paste(chosen[s], s)]]
}
permuted <- scan(file.path(arguments[1], "permuted.txt"), quiet = TRUE)
for (pipeline in c("chosen", names(pipelines))) {
    folds <- scores[paste(pipeline, seq_len(nrow(splits)))]
    of_fold <- sapply(folds, function(f) area(f$score, f$y))
    n_test <- sapply(folds, nrow)
    half <- qt(0.975, length(of_fold) - 1) *
        sqrt((1 / length(of_fold) + mean(n_test / (length(y) - n_test))) * var(of_fold))
    say("sweep", pipeline, "auc", mean(of_fold))
    say("sweep", pipeline, "auc_low", max(mean(of_fold) - half, 0))
    say("sweep", pipeline, "auc_high", min(mean(of_fold) + half, 1))
    if (pipeline == "chosen") { # beside outcomes permuted: the mean of the first two repeats
        observed <- mean(of_fold[splits$repeat. %in% 1:2])
        n_as_good <- sum(permuted >= observed)
        say("permuted", pipeline, "observed", observed)
        say("permuted", pipeline, "n", length(permuted))
        say("permuted", pipeline, "n_as_good", n_as_good)
        say("permuted", pipeline, "mean", mean(permuted))
        say("permuted", pipeline, "sd", sd(permuted))
    }
    pooled <- lapply(split(folds, splits$repeat.), function(parts) {
        all <- do.call(rbind, parts)
        roc(all$y, all$score, levels = c(0, 1), direction = "<", quiet = TRUE)
    })
    middle <- mean(sapply(pooled, auc))
    half <- qnorm(0.975) * sqrt(mean(sapply(pooled, function(r) var(r, method = "delong"))))
    say("pooled", pipeline, "auc", middle)
    say("pooled", pipeline, "auc_low", max(middle - half, 0))
    say("pooled", pipeline, "auc_high", min(middle + half, 1))
}

# 4. A few held-out scores
for (pipeline in names(pipelines)) {
    one <- scores[[paste(pipeline, 1)]]
    for (k in seq_len(nrow(one))) say("score", pipeline, one$id[k], one$score[k])
}
writeLines(c("what,of,name,value", lines), arguments[3])
