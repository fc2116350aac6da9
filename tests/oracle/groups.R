# What `radmill groups` must say of the cohort of survive_table.csv, by R 4.2.2 with survival 3.5-3 (Debian 12's r-base-core
# and r-cran-survival):
#
#     Rscript groups.R survive_table.csv groups.csv
#
# groups.csv  what, by, of, name, value: a number a line. The standardised difference is Austin 2009 and, of categories,
#             Yang and Dalton 2012, written anew.
arguments <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arguments[1])
d$age[c(3, 50, 77)] <- NA
d$stage[c(4, 50)] <- NA
lines <- character(0)
say <- function(what, by, of, name, value)
    lines <<- c(lines, paste(what, by, of, name, ifelse(is.na(value), "", format(value, digits = 17, trim = TRUE)), sep = ","))
apart <- function(x, y) abs(mean(x) - mean(y)) / sqrt((var(x) + var(y)) / 2)
apart_categories <- function(x, y) {
    p <- (x / sum(x))[-1]
    q <- (y / sum(y))[-1]
    covariance <- function(p) diag(p, length(p)) - p %o% p
    sqrt(drop(t(p - q) %*% solve((covariance(p) + covariance(q)) / 2) %*% (p - q)))
}
over_pairs <- function(values, measure) {
    pairs <- combn(length(values), 2)
    mean(apply(pairs, 2, function(k) measure(values[[k[1]]], values[[k[2]]])))
}
for (by in c("sex", "centre")) {
    for (column in c("age", "f00", "f03", "months")) {
        rows <- d[!is.na(d[[column]]), ]
        values <- split(rows[[column]], rows[[by]])
        for (group in names(values)) {
            v <- values[[group]]
            q <- quantile(v)
            numbers <- c(n = length(v), missing = sum(is.na(d[[column]][d[[by]] == group])), mean = mean(v), sd = sd(v),
                         median = q[[3]], q1 = q[[2]], q3 = q[[4]], min = q[[1]], max = q[[5]])
            for (name in names(numbers)) say("number", paste(by, group), column, name, numbers[[name]])
        }
        say("test", by, column, "p_kruskal_wallis", kruskal.test(values)$p.value)
        say("test", by, column, "smd", over_pairs(values, apart))
        if (length(values) > 2) next
        say("test", by, column, "p_wilcoxon", suppressWarnings(wilcox.test(values[[1]], values[[2]])$p.value))
        say("test", by, column, "p_t", t.test(values[[1]], values[[2]], var.equal = TRUE)$p.value)
        say("test", by, column, "p_welch", t.test(values[[1]], values[[2]])$p.value)
    }
    for (column in c("stage", "dead", "sex")) {
        if (column == by) next
        counts <- table(d[[by]], d[[column]])
        for (group in rownames(counts)) for (level in colnames(counts)) {
            say("count", paste(by, group), column, level, counts[group, level])
            say("percent", paste(by, group), column, level, 100 * counts[group, level] / sum(counts[group, ]))
        }
        say("test", by, column, "p_chisq", suppressWarnings(chisq.test(counts, correct = FALSE)$p.value))
        if (all(dim(counts) == 2)) say("test", by, column, "p_chisq_yates", chisq.test(counts)$p.value)
        say("test", by, column, "p_fisher", fisher.test(counts)$p.value)
        say("test", by, column, "smd", over_pairs(asplit(unclass(counts), 1), apart_categories))
    }
}
of <- "f00"
against <- c(sprintf("f%02d", 1:11), "age", "stage", "months", "dead")
for (method in c("pearson", "spearman", "kendall")) {
    tests <- lapply(against, function(with) suppressWarnings(cor.test(d[[of]], d[[with]], method = method)))
    p <- sapply(tests, `[[`, "p.value")
    adjusted <- p.adjust(p, "BH")
    for (k in seq_along(against)) {
        say("correlation", of, against[k], method, tests[[k]]$estimate[[1]])
        say("correlation", of, against[k], paste0(method, "_p"), p[k])
        say("correlation", of, against[k], paste0(method, "_p_bh"), adjusted[k])
        if (method != "pearson") next
        say("correlation", of, against[k], "pearson_lower", tests[[k]]$conf.int[1])
        say("correlation", of, against[k], "pearson_upper", tests[[k]]$conf.int[2])
    }
}
# Scores: first components of the patients of centres A and B, each scaled and turned so that its loadings sum to 0 or more.
train <- d$centre != "C"
component <- function(columns) {
    fit <- prcomp(d[train, columns], center = TRUE, scale. = TRUE)
    drop(predict(fit, d)[, 1]) * ifelse(sum(fit$rotation[, 1]) < 0, -1, 1)
}
plus <- component(c("f01", "f02", "f04"))
minus <- component(c("f05", "f06", "f07"))
for (k in seq_len(nrow(d))) {
    say("score", d$id[k], "S", "value", plus[k] - minus[k])
    say("score", d$id[k], "S", "plus", plus[k])
    say("score", d$id[k], "S", "minus", minus[k])
}
# Clusters that e2e/groups.py plants: row k (from 0) is in cluster k mod 3 + 1.
suppressMessages(library(survival))
d$cluster <- (seq_len(nrow(d)) - 1) %% 3 + 1
for (part in c("training", "independent")) {
    rows <- d[train == (part == "training"), ]
    fit <- summary(survfit(Surv(months, dead) ~ cluster, rows))$table
    for (k in 1:3) {
        say("followed", part, k, "n", fit[k, "records"])
        say("followed", part, k, "events", fit[k, "events"])
        say("followed", part, k, "median", fit[k, "median"])
    }
    test <- survdiff(Surv(months, dead) ~ cluster, rows)
    say("followed", part, "log-rank", "chisq", test$chisq)
    say("followed", part, "log-rank", "p", pchisq(test$chisq, 2, lower.tail = FALSE))
}
writeLines(c("what,by,of,name,value", lines), arguments[2])
