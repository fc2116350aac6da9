# What the studies of tests/studies/glioma must come to, by R 4.2.2 with survival 3.5-3, survminer 0.4.9, maxstat 0.7-25 and
# coin 1.4-2 (Debian 12's r-base-core, r-cran-survival, r-cran-survminer, r-cran-maxstat, r-cran-coin):
#
#     Rscript glioma.R tcga_glioma_il7r.csv glioma.csv
#
# tcga_glioma_il7r.csv  the table that the studies name: a patient a row
# glioma.csv            study, what, of, name, value: a number a line
suppressMessages({library(survival); library(survminer); library(maxstat); library(coin)})

arguments <- commandArgs(trailingOnly = TRUE)
control <- coxph.control(eps = 1e-12, iter.max = 60, toler.chol = 1e-13)
all <- read.csv(arguments[1], na.strings = c("", "NA"), check.names = FALSE)
all$y <- Surv(all$os_months, all$event)
for (of in list(c("sex", "M"), c("idh", "WT"), c("mgmt", "Unmethylated"), c("grade", "G3"), c("codel_1p19q", "non-codel")))
    all[[paste(of, collapse = "=")]] <- as.numeric(all[[of[1]]] == of[2])

lines <- "study,what,of,name,value"
study <- ""
say <- function(what, of, values)
    for (name in names(values))
        lines <<- c(lines, paste(study, what, of, name, ifelse(is.na(values[[name]]), "",
                                                               format(values[[name]], digits = 17, trim = TRUE)), sep = ","))

# A model of columns, whose data stay with it: cox.zph and concordance would else look for them by name.
strata_of <- function(d) if (length(unique(d$study)) > 1) " + strata(study)" else ""
cox <- function(d, columns) {
    form <- as.formula(paste("y ~", paste0("`", columns, "`", collapse = " + "), strata_of(d)))
    do.call(coxph, list(form, data = d, control = control, x = TRUE, y = TRUE, model = TRUE))
}
tail_of <- function(chisq, df) pchisq(chisq, df, lower.tail = FALSE)

alone <- function(d, column) {
    g <- cox(d, column); s <- summary(g); k <- concordance(g)
    say("alone", column, c(n = g$n, events = g$nevent, hr = s$conf.int[1, 1], hr_lower = s$conf.int[1, 3],
                           hr_upper = s$conf.int[1, 4], coefficient = s$coefficients[1, 1], se = s$coefficients[1, 3],
                           z = s$coefficients[1, 4], p = s$coefficients[1, 5], lrt_p = s$logtest[["pvalue"]],
                           score_p = s$sctest[["pvalue"]], c_index = k$concordance[[1]], c_index_se = sqrt(k$var)[[1]],
                           ph_p = cox.zph(g, "km")$table[1, 3]))
}

together <- function(d, columns) {
    g <- cox(d, columns); s <- summary(g); k <- concordance(g); z <- cox.zph(g, "km")$table
    for (i in seq_along(columns))
        say("together", columns[i], c(hr = s$conf.int[i, 1], hr_lower = s$conf.int[i, 3], hr_upper = s$conf.int[i, 4],
                                      coefficient = s$coefficients[i, 1], se = s$coefficients[i, 3],
                                      z = s$coefficients[i, 4], p = s$coefficients[i, 5], ph_chisq = z[i, 1],
                                      ph_p = z[i, 3]))
    df <- length(columns)
    say("model", "model", c(n = g$n, events = g$nevent, left_out = nrow(d) - g$n, df = df, loglik_null = g$loglik[1],
                            loglik = g$loglik[2], lrt = s$logtest[["test"]], lrt_p = s$logtest[["pvalue"]],
                            score = g$score, score_p = tail_of(g$score, df), wald = g$wald.test[[1]],
                            wald_p = tail_of(g$wald.test[[1]], df), c_index_apparent = k$concordance[[1]],
                            c_index_se = sqrt(k$var)[[1]], ph_chisq = z["GLOBAL", 1], ph_df = z["GLOBAL", 2],
                            ph_p = z["GLOBAL", 3]))
    g
}

# survdiff stops where strata keep a group apart from all others: those rows are then left out.
test_of <- function(d, column, name, rho, apart) {
    e <- d[!d$group %in% apart, ]
    e$group <- droplevels(e$group)
    l <- survdiff(as.formula(paste("y ~ group", strata_of(e))), e, rho = rho)
    df <- nlevels(e$group) - 1
    say("tests", paste0(column, "/", name), c(chisq = l$chisq, df = df, p = tail_of(l$chisq, df)))
}

curves <- function(d, column, group, apart = NULL) {
    d$group <- factor(group)
    d <- d[!is.na(d$group), ]
    f <- survfit(y ~ group, d)
    tau <- min(tapply(d$os_months, d$group, max))
    m <- survival:::survmean(f, rmean = tau)$matrix
    at <- summary(f, times = c(12, 24, 36, 60), extend = TRUE)
    for (k in seq_len(nlevels(d$group))) {
        own <- as.integer(at$strata) == k
        say("groups", paste0(column, "/", levels(d$group)[k]),
            c(n = m[k, "records"], events = m[k, "events"], median = m[k, "median"], median_lower = m[k, "0.95LCL"],
              median_upper = m[k, "0.95UCL"], tau = tau, restricted_mean = m[k, "rmean"],
              restricted_mean_se = m[k, "se(rmean)"]))
        say("at_risk", paste0(column, "/", levels(d$group)[k]), setNames(at$n.risk[own], paste0("at_risk_", at$time[own])))
        say("at_risk", paste0(column, "/", levels(d$group)[k]), setNames(at$surv[own], paste0("survival_", at$time[own])))
    }
    test_of(d, column, "log-rank", 0, apart)
    test_of(d, column, "Peto-Peto", 1, apart)
    if (nlevels(d$group) > 2) return(invisible())
    d$second <- as.numeric(d$group) - 1
    ratio <- summary(cox(d, "second"))$conf.int
    say("tests", paste0(column, "/hazard ratio"), c(hr = ratio[1], hr_lower = ratio[3], hr_upper = ratio[4]))
}

subgroups <- function(d, by) {
    d <- d[!is.na(d[[by]]), ]
    d$by <- factor(d[[by]])
    for (level in levels(d$by)) {
        g <- cox(d[d$by == level, ], "IL7R_z"); s <- summary(g)
        say("subgroups", paste0(by, "/", level), c(n = g$n, events = g$nevent, hr = s$conf.int[1, 1],
                                                   hr_lower = s$conf.int[1, 3], hr_upper = s$conf.int[1, 4],
                                                   p = s$coefficients[1, 5]))
    }
    small <- coxph(as.formula(paste("y ~ IL7R_z + by", strata_of(d))), d, control = control)
    large <- coxph(as.formula(paste("y ~ IL7R_z * by", strata_of(d))), d, control = control)
    df <- sum(!is.na(coef(large))) - sum(!is.na(coef(small)))
    lrt <- 2 * (large$loglik[2] - small$loglik[2])
    say("subgroups", paste0(by, "/", levels(d$by)[1]), c(interaction_lrt = lrt, interaction_df = df,
                                                         interaction_p = tail_of(lrt, df)))
}

counts <- function(d, cut, before)
    setNames(c(sum(d$IL7R_z <= cut), sum(d$IL7R_z > cut), sum(d$event[d$IL7R_z <= cut]), sum(d$event[d$IL7R_z > cut])),
             paste0(before, c("n_low", "n_high", "events_low", "events_high")))

cut_alone <- function(d) { # survminer, and maxstat's p
    found <- surv_cutpoint(d, "os_months", "event", "IL7R_z", minprop = 0.1, progressbar = FALSE)
    cut <- found$cutpoint$cutpoint
    p <- function(how) maxstat.test(Surv(os_months, event) ~ IL7R_z, d, smethod = "LogRank", pmethod = how, minprop = 0.1,
                                    maxprop = 0.9)$p.value[[1]]
    say("cutpoints", "IL7R_z", c(cut = cut, counts(d, cut, ""), cuts = length(found$IL7R_z$stats),
                                 statistic = found$cutpoint$statistic, p_lausen92 = p("Lau92"), p_lausen94 = p("Lau94")))
}

cut_within <- function(d) { # coin, a study a block
    d$block <- factor(d$study)
    scores <- function(data) trafo(data, surv_trafo = function(y) logrank_trafo(y, ties.method = "Hothorn-Lausen"),
                                   block = d$block)
    stats <- statistic(maxstat_test(Surv(os_months, event) ~ IL7R_z | block, d, minprob = 0.1, maxprob = 0.9,
                                    ytrafo = scores), "standardized")
    tried <- sort(unique(d$IL7R_z))
    below <- sapply(tried, function(cut) sum(d$IL7R_z <= cut))
    tried <- tried[below >= floor(0.1 * nrow(d)) & below <= floor(0.9 * nrow(d))]
    stopifnot(length(tried) == nrow(stats))
    cut <- tried[which.max(abs(stats))]
    say("cutpoints", "IL7R_z", c(cut = cut, counts(d, cut, ""), cuts = nrow(stats), statistic = max(abs(stats))))
}

cut_median <- function(d) {
    d$block <- factor(d$study)
    d$low <- factor(d$IL7R_z <= median(d$IL7R_z))
    form <- if (nlevels(d$block) > 1) Surv(os_months, event) ~ low | block else Surv(os_months, event) ~ low
    scores <- function(data) trafo(data, surv_trafo = function(y) logrank_trafo(y, ties.method = "Hothorn-Lausen"),
                                   block = if (nlevels(d$block) > 1) d$block)
    z <- abs(as.numeric(statistic(independence_test(form, d, ytrafo = scores))))
    say("cutpoints", "IL7R_z", c(median = median(d$IL7R_z), counts(d, median(d$IL7R_z), "median_"), median_statistic = z,
                                 median_p = 2 * pnorm(-z)))
}

halves <- function(x) ifelse(x > median(x), "2", "1")

study <- "study"
alone(all, "IL7R_z")
curves(all, "IL7R_z", halves(all$IL7R_z))
curves(all, "idh", all$idh)
curves(all, "grade", all$grade, apart = "G4")
terms <- c("age", "sex=M", "idh=WT", "mgmt=Unmethylated")
large <- together(all, c("IL7R_z", terms))
small <- cox(all[!is.na(all$`idh=WT`) & !is.na(all$`mgmt=Unmethylated`), ], terms)
lrt <- 2 * (large$loglik[2] - small$loglik[2])
c_of <- function(g) concordance(g)$concordance[[1]]
say("nested", "nested", c(n = large$n, events = large$nevent, lrt = lrt, df = 1, p = tail_of(lrt, 1),
                          c_index_base_apparent = c_of(small), c_index_with_apparent = c_of(large)))
for (by in c("study", "sex", "idh", "mgmt", "grade")) subgroups(all, by)
cut_within(all)
cut_median(all)

genes <- setdiff(grep("_z$", names(all), value = TRUE), "IL7R_z")
pearson <- lapply(genes, function(gene) cor.test(all$IL7R_z, all[[gene]]))
ranked <- function(how) lapply(genes, function(gene) suppressWarnings(cor.test(all$IL7R_z, all[[gene]], method = how,
                                                                              exact = FALSE)))
spearman <- ranked("spearman")
kendall <- ranked("kendall")
for (i in seq_along(genes))
    say("correlations", genes[i], c(n = nrow(all), pearson = pearson[[i]]$estimate[[1]],
                                    pearson_lower = pearson[[i]]$conf.int[1], pearson_upper = pearson[[i]]$conf.int[2],
                                    pearson_p = pearson[[i]]$p.value, spearman = spearman[[i]]$estimate[[1]],
                                    spearman_p = spearman[[i]]$p.value, kendall = kendall[[i]]$estimate[[1]],
                                    kendall_p = kendall[[i]]$p.value))

study <- "lower_grade"
lgg <- all[all$study == "LGG", ]
alone(lgg, "IL7R_z")
curves(lgg, "IL7R_z", halves(lgg$IL7R_z))
curves(lgg, "grade", lgg$grade)
invisible(together(lgg, c("IL7R_z", "age", "sex=M", "grade=G3", "idh=WT", "codel_1p19q=non-codel")))
for (by in c("sex", "grade", "idh", "codel_1p19q")) subgroups(lgg, by)
cut_alone(lgg)
cut_median(lgg)

writeLines(lines, arguments[2])
