# What `radmill survive` must say of a made-up cohort, by R 4.2.2 with survival 3.5-3 (Debian 12's r-base-core and
# r-cran-survival):
#
#     Rscript survive.R survive_table.csv survive.csv
#
# in this folder: philox.py tells which rows are drawn by the bootstraps.
#
# survive_table.csv  a patient a row: features f00 .. f11 (f03 with values missing), age, sex, stage, centre, months, dead;
#                    whole months, so that events are tied
# survive.csv        what, of, name, value: a number a line
suppressMessages(library(survival))

arguments <- commandArgs(trailingOnly = TRUE)
control <- coxph.control(eps = 1e-12, iter.max = 60, toler.chol = 1e-13)
features <- sprintf("f%02d", 0:11)

set.seed(20)
n <- 140
d <- data.frame(id = sprintf("p%03d", seq_len(n)), round(matrix(rnorm(n * 12), n), 4))
names(d)[-1] <- features
d$age <- round(rnorm(n, 60, 9))
d$sex <- sample(c("female", "male"), n, TRUE)
d$stage <- sample(1:4, n, TRUE, c(4, 3, 2, 1))
d$centre <- sample(c("A", "B", "C"), n, TRUE)
died <- rexp(n, 0.03 * exp(0.7 * d$f00 - 0.5 * d$f01 + 0.03 * (d$age - 60) + 0.25 * d$stage))
left <- runif(n, 3, 60)
d$months <- pmax(round(pmin(died, left)), 1)
d$dead <- as.integer(died <= left)
d$f03[seq(5, n, 13)] <- NA
write.csv(d, arguments[1], row.names = FALSE, quote = FALSE, na = "")

lines <- character(0)
say <- function(what, of, name, value)
    lines <<- c(lines, paste(what, of, name, ifelse(is.na(value), "", format(value, digits = 17, trim = TRUE)), sep = ","))

d$male <- as.integer(d$sex == "male")
outcome <- function(rows) Surv(rows$months, rows$dead)
for (feature in c(features, "age", "male", "stage")) {
    rows <- d[!is.na(d[[feature]]), ]
    rows$v <- rows[[feature]]
    fit <- coxph(Surv(months, dead) ~ v, rows, control = control)
    s <- summary(fit)
    c <- concordance(Surv(months, dead) ~ v, rows, reverse = TRUE)
    values <- c(n = fit$n, events = fit$nevent, hr = s$conf.int[1, 1], hr_lower = s$conf.int[1, 3],
                hr_upper = s$conf.int[1, 4], coefficient = s$coefficients[1, 1], se = s$coefficients[1, 3],
                p = s$coefficients[1, 5], lrt_p = s$logtest[["pvalue"]], c_index = c$concordance[[1]],
                c_index_se = sqrt(c$var)[[1]], ph_p = cox.zph(fit)$table[1, 3])
    for (name in names(values)) say("alone", feature, name, values[[name]])
}
together <- function(fit, what) {
    s <- summary(fit)
    z <- cox.zph(fit)$table
    for (term in rownames(s$coefficients)) {
        values <- c(hr = s$conf.int[term, 1], hr_lower = s$conf.int[term, 3], hr_upper = s$conf.int[term, 4],
                    se = s$coefficients[term, 3], p = s$coefficients[term, 5], ph_p = z[term, 3])
        for (name in names(values)) say(what, term, name, values[[name]])
    }
    values <- c(n = fit$n, events = fit$nevent, loglik = fit$loglik[2], lrt = s$logtest[["test"]],
                lrt_p = s$logtest[["pvalue"]], score = fit$score, c_index_apparent = s$concordance[["C"]],
                ph_chisq = z["GLOBAL", 1], ph_p = z["GLOBAL", 3])
    for (name in names(values)) say(what, "model", name, values[[name]])
}
together(coxph(Surv(months, dead) ~ f00 + f03 + age + male, d, control = control), "together")
together(coxph(Surv(months, dead) ~ f00 + f03 + age + male + strata(centre), d, control = control, ties = "breslow"),
         "stratified")

d$f00_high <- as.integer(d$f00 > median(d$f00))
for (column in c("f00_high", "stage")) {
    d$g <- d[[column]]
    curves <- survfit(Surv(months, dead) ~ g, d)
    tau <- min(tapply(d$months, d$g, max))
    q <- quantile(curves, 0.5)
    m <- summary(curves, rmean = tau)$table
    for (k in seq_along(sort(unique(d$g)))) {
        values <- c(n = m[k, "records"], events = m[k, "events"], median = q$quantile[k], median_lower = q$lower[k],
                    median_upper = q$upper[k], restricted_mean = m[k, "rmean"], restricted_mean_se = m[k, "se(rmean)"])
        names(values) <- c("n", "events", "median", "median_lower", "median_upper", "restricted_mean",
                           "restricted_mean_se")
        for (name in names(values)) say("group", paste(column, k), name, values[[name]])
    }
    for (rho in 0:1) {
        test <- survdiff(Surv(months, dead) ~ g, d, rho = rho)
        df <- length(test$n) - 1
        say("test", column, c("log-rank", "Peto-Peto")[rho + 1], test$chisq)
        say("p", column, c("log-rank", "Peto-Peto")[rho + 1], pchisq(test$chisq, df, lower.tail = FALSE))
    }
}
trend <- coxph(Surv(months, dead) ~ stage, d, ties = "exact")
say("test", "stage", "trend", trend$score)
risk <- summary(survfit(Surv(months, dead) ~ f00_high, d), times = c(0, 12, 24, 36), extend = TRUE)
for (k in seq_along(risk$time)) {
    say("at_risk", paste("f00_high", as.integer(risk$strata[k])), risk$time[k], risk$n.risk[k])
    say("survival", paste("f00_high", as.integer(risk$strata[k])), risk$time[k], risk$surv[k])
}
for (by in c("male", "stage")) {
    d$g <- factor(d[[by]])
    for (level in levels(d$g)) {
        s <- summary(coxph(Surv(months, dead) ~ f00, d[d$g == level, ], control = control))
        values <- c(n = s$n, events = s$nevent, hr = s$conf.int[1, 1], hr_lower = s$conf.int[1, 3],
                    hr_upper = s$conf.int[1, 4], p = s$coefficients[1, 5])
        for (name in names(values)) say("subgroup", paste(by, level), name, values[[name]])
    }
    test <- anova(coxph(Surv(months, dead) ~ f00 + g, d, control = control),
                  coxph(Surv(months, dead) ~ f00 * g, d, control = control))
    say("subgroup", by, "interaction_lrt", test$Chisq[2])
    say("subgroup", by, "interaction_p", test$P[2])
}
whole <- d[complete.cases(d[, c("age", "male", "f00", "f03")]), ]
models <- list(base = coxph(Surv(months, dead) ~ age + male, whole, control = control),
               with = coxph(Surv(months, dead) ~ age + male + f00 + f03, whole, control = control))
test <- anova(models[[1]], models[[2]])
values <- c(n = nrow(whole), lrt = test$Chisq[2], df = test$Df[2], p = test[2, 4])
for (name in names(values)) say("nested", "test", name, values[[name]])
for (which in names(models)) {
    say("nested", "test", paste0("c_index_", which, "_apparent"), concordance(models[[which]])$concordance)
    for (at in c(12, 24)) { # net benefit: Kaplan-Meier among those whose predicted risk is at least the threshold
        risk <- 1 - as.vector(summary(survfit(models[[which]], newdata = whole), times = at)$surv)
        for (h in c(0.3, 0.5)) {
            left <- summary(survfit(Surv(months, dead) ~ 1, whole[risk >= h, ]), times = at)$surv
            say("nested", paste("benefit", at, h), paste0(which, "_apparent"),
                mean(risk >= h) * (1 - left - left * h / (1 - h)))
        }
    }
}
# A nomogram's ends: each term's points (100 for the largest range of the predictor), and survival of the patients at
# whom all terms are lowest and highest for the hazard.
scored <- d[complete.cases(d[, c("f00", "f03", "age", "male")]), c("months", "dead", "f00", "f03", "age", "male")]
model <- coxph(Surv(months, dead) ~ f00 + f03 + age + male, scored, control = control)
b <- coef(model)
low <- sapply(names(b), function(name) min(scored[[name]]))
high <- sapply(names(b), function(name) max(scored[[name]]))
points <- 100 * abs(b) * (high - low) / max(abs(b) * (high - low))
for (name in names(b)) say("nomogram", name, "points", points[[name]])
ends <- as.data.frame(rbind(ifelse(b >= 0, low, high), ifelse(b >= 0, high, low)))
names(ends) <- names(b)
for (at in c(12, 24)) {
    s <- as.vector(summary(survfit(model, newdata = ends), times = at)$surv)
    say("nomogram", paste("least", at), "survival", s[1])
    say("nomogram", paste("most", at), "survival", s[2])
}

# The nomogram's calibration and concordance corrected by 20 resamples, and reclassification with limits by 40: rows as
# radmill draws them, everything else by coxph and survfit.
drawn <- function(seed, draws) as.matrix(read.table(pipe(paste("python3 philox.py", seed, nrow(scored), draws)))) + 1
risk_of <- function(fit, rows, at) {
    zero <- as.data.frame(as.list(0 * coef(fit)))
    s <- survfit(fit, newdata = zero)
    1 - exp(-stepfun(s$time, c(0, s$cumhaz))(at) * exp(as.vector(as.matrix(rows[names(coef(fit))]) %*% coef(fit))))
}
observed_of <- function(rows, at) {
    s <- survfit(Surv(months, dead) ~ 1, rows)
    if (at > max(s$time) && min(s$surv) > 0) NA else 1 - stepfun(s$time, c(1, s$surv))(at)
}
c_of <- function(fit, rows) {
    rows$lp <- as.vector(as.matrix(rows[names(coef(fit))]) %*% coef(fit))
    concordance(Surv(months, dead) ~ lp, rows, reverse = TRUE)$concordance[[1]]
}
n <- nrow(scored)
lp <- as.vector(as.matrix(scored[names(b)]) %*% b)
part <- 1 + floor((rank(lp, ties.method = "min") - 1) * 5 / n)
times <- c(12, 24, 36)
risk <- sapply(times, function(at) risk_of(model, scored, at))
cuts <- apply(risk, 2, function(r) sapply(1:4, function(k) (max(r[part == k]) + min(r[part == k + 1])) / 2))
off_of <- function(fit, rows) sapply(1:3, function(t) { # observed less predicted, by part
    r <- risk_of(fit, rows, times[t])
    p <- findInterval(r, cuts[, t]) + 1
    sapply(1:5, function(k) if (sum(p == k) < 2) NA else observed_of(rows[p == k, ], times[t]) - mean(r[p == k]))
})
rows <- drawn(3, 20)
gap <- array(NA, c(20, 5, 3))
c_gap <- numeric(20)
for (draw in 1:20) {
    own <- scored[rows[draw, ], ]
    fit <- coxph(Surv(months, dead) ~ f00 + f03 + age + male, own, control = control)
    c_gap[draw] <- c_of(fit, own) - c_of(fit, scored)
    gap[draw, , ] <- off_of(fit, own) - off_of(fit, scored)
}
say("optimism", "C-index", "apparent", c_of(model, scored))
say("optimism", "C-index", "optimism", mean(c_gap))
say("optimism", "C-index", "corrected", c_of(model, scored) - mean(c_gap))
apparent <- off_of(model, scored)
for (t in 1:3) {
    optimism <- colMeans(gap[, , t], na.rm = TRUE)
    size <- as.vector(table(part))
    say("optimism", paste("error", times[t]), "apparent", sum(size * abs(apparent[, t])) / n)
    say("optimism", paste("error", times[t]), "corrected", sum(size * abs(apparent[, t] - optimism)) / n)
    for (k in 1:5) {
        own <- scored[part == k, ]
        say("optimism", paste("part", k, times[t]), "predicted_apparent", mean(risk[part == k, t]))
        say("optimism", paste("part", k, times[t]), "observed_apparent", observed_of(own, times[t]))
        say("optimism", paste("part", k, times[t]), "observed_corrected", observed_of(own, times[t]) - optimism[k])
        say("optimism", paste("part", k, times[t]), "resamples", sum(!is.na(gap[, k, t])))
    }
}
improvements <- function(rows, at, cut) { # Pencina et al. 2011; Uno et al. 2013
    before <- risk_of(coxph(Surv(months, dead) ~ age + male, rows, control = control), rows, at)
    after <- risk_of(coxph(Surv(months, dead) ~ age + male + f00 + f03, rows, control = control), rows, at)
    all <- observed_of(rows, at)
    nri <- function(move) {
        share <- c(mean(move > 0), mean(move < 0))
        of <- c(if (share[1] > 0) observed_of(rows[move > 0, ], at) else 0,
                if (share[2] > 0) observed_of(rows[move < 0, ], at) else 0)
        c(sum(c(1, -1) * of * share) / all, sum(c(-1, 1) * (1 - of) * share) / (1 - all))
    }
    g <- survfit(Surv(months + ifelse(dead == 1, 0, 1e-4), 1 - dead) ~ 1, rows) # an event leaves before a censoring
    weight <- ifelse(rows$months <= at & rows$dead == 1, 1 / stepfun(g$time, c(1, g$surv))(rows$months - 1e-6), 0)
    rise <- after - before
    found <- rbind(nri(sign(rise)), nri(sign(findInterval(after, cut) - findInterval(before, cut))),
                   c(sum(weight * rise) / sum(weight), -mean(rise[rows$months > at])))
    cbind(rowSums(found), found)
}
rows <- drawn(5, 40)
resampled <- sapply(1:40, function(draw) improvements(scored[rows[draw, ], ], 24, c(0.5, 0.7)), simplify = "array")
found <- improvements(scored, 24, c(0.5, 0.7))
for (measure in 1:3) for (of in 1:3) {
    name <- paste(c("NRI(>0)", "NRI of categories", "IDI")[measure], c("both", "events", "non-events")[of])
    limits <- quantile(resampled[measure, of, !is.na(resampled[measure, 1, ])], c(0.025, 0.975))
    say("reclassified", name, "apparent", found[measure, of])
    say("reclassified", name, "lower", limits[[1]])
    say("reclassified", name, "upper", limits[[2]])
}
writeLines(c("what,of,name,value", lines), arguments[2])
