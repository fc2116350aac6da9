# What `radmill survive` must say of a made-up cohort, by R 4.2.2 with survival 3.5-3 (Debian 12's r-base-core and
# r-cran-survival):
#
#     Rscript survive.R survive_table.csv survive.csv
#
# in this folder: philox.py tells which rows are drawn by the bootstraps.
#
# survive_table.csv  a patient a row: features f00 .. f11 (f03 with values missing), age, sex, stage, centre, months, dead,
#                    and a log hazard that somebody published;
#                    whole months, so that events are tied
# survive.csv        what, of, name, value: a number a line
suppressMessages(library(survival))

arguments <- commandArgs(trailingOnly = TRUE)
control <- coxph.control(eps = 1e-12, iter.max = 60, toler.chol = 1e-13)
# A ratio and its limits of one standard deviation of a column, over all patients with a value.
per_sd <- function(b, se, column) {
    sd <- sd(d[[column]], na.rm = TRUE)
    c(sd = sd, hr_sd = exp(b * sd), hr_sd_lower = exp((b - qnorm(0.975) * se) * sd),
      hr_sd_upper = exp((b + qnorm(0.975) * se) * sd))
}
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
d$published <- round(0.5 * d$f00 + 0.02 * (d$age - 60), 3)
write.csv(d, arguments[1], row.names = FALSE, quote = FALSE, na = "")

lines <- character(0)
say <- function(what, of, name, value)
    lines <<- c(lines, paste(what, of, name, ifelse(is.na(value), "", format(value, digits = 17, trim = TRUE)), sep = ","))

d$male <- as.integer(d$sex == "male")
alone <- function(feature, formula, ties, what) {
    rows <- d[!is.na(d[[feature]]), ]
    rows$v <- rows[[feature]]
    environment(formula) <- environment() # where cox.zph looks for the rows
    fit <- coxph(formula, rows, control = control, ties = ties)
    s <- summary(fit)
    c <- concordance(if (what == "alone with offset") Surv(months, dead) ~ v else formula, rows, reverse = TRUE)
    values <- c(n = fit$n, events = fit$nevent, hr = s$conf.int[1, 1], hr_lower = s$conf.int[1, 3],
                hr_upper = s$conf.int[1, 4], coefficient = s$coefficients[1, 1], se = s$coefficients[1, 3],
                p = s$coefficients[1, 5], lrt_p = s$logtest[["pvalue"]], c_index = c$concordance[[1]],
                c_index_se = sqrt(c$var)[[1]], ph_p = cox.zph(fit)$table[1, 3])
    if (feature != "male") values <- c(values, per_sd(s$coefficients[1, 1], s$coefficients[1, 3], feature))
    for (name in names(values)) say(what, feature, name, values[[name]])
}
alone("published", Surv(months, dead) ~ v + offset(published), "efron", "alone with offset")
for (feature in c(features, "age", "male", "stage")) {
    alone(feature, Surv(months, dead) ~ v + offset(published), "efron", "alone with offset")
    alone(feature, Surv(months, dead) ~ v, "efron", "alone")
    alone(feature, Surv(months, dead) ~ v + strata(centre), "breslow", "alone in strata")
}
together <- function(fit, what) {
    s <- summary(fit)
    z <- cox.zph(fit)$table
    for (term in rownames(s$coefficients)) {
        values <- c(hr = s$conf.int[term, 1], hr_lower = s$conf.int[term, 3], hr_upper = s$conf.int[term, 4],
                    se = s$coefficients[term, 3], p = s$coefficients[term, 5], ph_p = z[term, 3])
        if (term != "male") values <- c(values, per_sd(s$coefficients[term, 1], s$coefficients[term, 3], term))
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
together(coxph(Surv(months, dead) ~ f00 + f03 + age + male + offset(published), d, control = control), "with offset")
# Of discrete times. R's test of proportional hazards is not compared: it is that of Breslow's likelihood, taken where the
# exact one has its maximum.
for (feature in c("f00", "f01", "age")) alone(feature, Surv(months, dead) ~ v, "exact", "alone of exact ties")
together(coxph(Surv(months, dead) ~ f00 + f03 + age + male + strata(centre), d, control = control, ties = "exact"),
         "exact ties")
fit <- coxph(Surv(months, dead) ~ age, d[!is.na(d$f03), ], control = control, ties = "exact")
more <- coxph(Surv(months, dead) ~ age + f03, d[!is.na(d$f03), ], control = control, ties = "exact")
say("nested of exact ties", "test", "lrt", 2 * (more$loglik[2] - fit$loglik[2]))
# Stages as texts: each against the first of the alphabet, together with others and alone; what they add to age.
d$word <- c("one", "two", "three", "four")[d$stage]
for (what in c("texts", "texts alone")) {
    terms <- if (what == "texts") c("f00", "word", "age") else "word"
    fit <- coxph(reformulate(terms, "Surv(months, dead)"), d, control = control)
    s <- summary(fit)
    z <- cox.zph(fit, terms = FALSE)$table
    before <- if (what == "texts") "" else "alone_"
    for (word in c("one", "two", "three")) {
        term <- paste0("word", word)
        values <- c(hr = s$conf.int[term, 1], hr_lower = s$conf.int[term, 3], hr_upper = s$conf.int[term, 4],
                    p = s$coefficients[term, 5])
        if (what == "texts") values <- c(values, ph_p = z[term, 3])
        for (name in names(values)) say(what, word, paste0(before, name), values[[name]])
    }
    say(what, "model", "lrt", s$logtest[["test"]])
    say(what, "model", "df", s$logtest[["df"]])
}
test <- anova(coxph(Surv(months, dead) ~ age, d, control = control),
              coxph(Surv(months, dead) ~ age + word, d, control = control))
values <- c(lrt = test$Chisq[2], df = test$Df[2], p = test[2, 4])
for (name in names(values)) say("texts added", "test", name, values[[name]])

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
# Two groups, and with a baseline hazard for each centre: tests, each two of the stages, the ratio.
d$g <- d$f00_high
s <- summary(coxph(Surv(months, dead) ~ g + offset(published), d, control = control))
values <- c(hr = s$conf.int[1, 1], hr_lower = s$conf.int[1, 3], hr_upper = s$conf.int[1, 4])
for (name in names(values)) say("two with offset", "f00_high", name, values[[name]])
for (what in c("", " in strata")) {
    by <- if (what == "") c("g") else c("g", "strata(centre)")
    ties <- if (what == "") "efron" else "breslow"
    d$g <- d$f00_high
    s <- summary(coxph(reformulate(by, "Surv(months, dead)"), d, control = control, ties = ties))
    values <- c(hr = s$conf.int[1, 1], hr_lower = s$conf.int[1, 3], hr_upper = s$conf.int[1, 4])
    for (name in names(values)) say(paste0("two", what), "f00_high", name, values[[name]])
    d$g <- d$stage
    pairs <- combn(4, 2)
    p <- apply(pairs, 2, function(pair) {
        test <- survdiff(reformulate(by, "Surv(months, dead)"), d[d$g %in% pair, ])
        pchisq(test$chisq, 1, lower.tail = FALSE)
    })
    for (k in seq_along(p)) {
        of <- paste(pairs[2, k], pairs[1, k])
        say(paste0("pair", what), of, "p", p[k])
        say(paste0("pair", what), of, "p_bh", p.adjust(p, "BH")[k])
    }
}
for (column in c("f00_high", "stage"))
    for (rho in 0:1) {
        d$g <- d[[column]]
        test <- survdiff(Surv(months, dead) ~ g + strata(centre), d, rho = rho)
        df <- nrow(test$obs) - 1
        say("test in strata", column, c("log-rank", "Peto-Peto")[rho + 1], test$chisq)
        say("p in strata", column, c("log-rank", "Peto-Peto")[rho + 1], pchisq(test$chisq, df, lower.tail = FALSE))
    }
trend <- coxph(Surv(months, dead) ~ stage, d, ties = "exact")
say("test", "stage", "trend", trend$score)
risk <- summary(survfit(Surv(months, dead) ~ f00_high, d), times = c(0, 12, 24, 36), extend = TRUE)
for (k in seq_along(risk$time)) {
    say("at_risk", paste("f00_high", as.integer(risk$strata[k])), risk$time[k], risk$n.risk[k])
    say("survival", paste("f00_high", as.integer(risk$strata[k])), risk$time[k], risk$surv[k])
}
for (what in c("subgroup", "subgroup in strata", "subgroup with offset"))
    for (by in c("male", "stage")) {
        d$g <- factor(d[[by]])
        centres <- switch(what, subgroup = character(0), "subgroup in strata" = "strata(centre)", "offset(published)")
        ties <- if (what == "subgroup in strata") "breslow" else "efron"
        model <- function(terms, rows)
            coxph(reformulate(c(terms, centres), "Surv(months, dead)"), rows, control = control, ties = ties)
        for (level in levels(d$g)) {
            s <- summary(model("f00", d[d$g == level, ]))
            values <- c(n = s$n, events = s$nevent, hr = s$conf.int[1, 1], hr_lower = s$conf.int[1, 3],
                        hr_upper = s$conf.int[1, 4], p = s$coefficients[1, 5],
                        per_sd(s$coefficients[1, 1], s$coefficients[1, 3], "f00"))
            for (name in names(values)) say(what, paste(by, level), name, values[[name]])
        }
        test <- anova(model(c("f00", "g"), d), model("f00 * g", d))
        say(what, by, "interaction_lrt", test$Chisq[2])
        say(what, by, "interaction_p", test$P[2])
    }
# Follow-up, by the curve of the time to censoring: an event leaves before a censoring of the same month.
censored <- function(rows) survfit(Surv(months + ifelse(dead == 1, 0, 1e-4), 1 - dead) ~ 1, rows)
reverse <- survfit(Surv(months, 1 - dead) ~ 1, transform(d, months = months - ifelse(dead == 1, 1e-4, 0)))
say("cohort", "all", "median_follow_up", round(quantile(reverse, 0.5)$quantile[[1]], 2))
# AUC at a time: cases by then, weighed by 1 / G just before their time, against who is free of the event at it.
auc_at <- function(score, rows, at) {
    g <- censored(rows)
    case <- rows$months <= at & rows$dead == 1
    control <- rows$months > at
    weight <- 1 / stepfun(g$time, c(1, g$surv))(rows$months[case] - 1e-6)
    above <- outer(score[case], score[control], function(a, b) (a > b) + 0.5 * (a == b))
    sum(weight * rowMeans(above)) / sum(weight)
}
whole <- d[complete.cases(d[, c("age", "male", "f00", "f03")]), ]
models <- list(base = coxph(Surv(months, dead) ~ age + male, whole, control = control),
               with = coxph(Surv(months, dead) ~ age + male + f00 + f03, whole, control = control))
test <- anova(models[[1]], models[[2]])
values <- c(n = nrow(whole), lrt = test$Chisq[2], df = test$Df[2], p = test[2, 4])
for (name in names(values)) say("nested", "test", name, values[[name]])
for (which in names(models)) {
    say("nested", "test", paste0("c_index_", which, "_apparent"), concordance(models[[which]])$concordance)
    for (at in c(12, 24, 36))
        say("nested", paste("auc", at), paste0("auc_", which, "_apparent"),
            auc_at(predict(models[[which]], type = "lp"), whole, at))
    for (at in c(12, 24)) { # net benefit: Kaplan-Meier among those whose predicted risk is at least the threshold
        risk <- 1 - as.vector(summary(survfit(models[[which]], newdata = whole), times = at)$surv)
        for (h in c(0.3, 0.5)) {
            left <- summary(survfit(Surv(months, dead) ~ 1, whole[risk >= h, ]), times = at)$surv
            say("nested", paste("benefit", at, h), paste0(which, "_apparent"),
                mean(risk >= h) * (1 - left - left * h / (1 - h)))
        }
    }
}
# The same with a baseline hazard for each centre, in which a patient's risk is by the curve of the own centre.
models <- list(base = coxph(Surv(months, dead) ~ age + male + strata(centre), whole, control = control, ties = "breslow"),
               with = coxph(Surv(months, dead) ~ age + male + f00 + f03 + strata(centre), whole, control = control,
                            ties = "breslow"))
test <- anova(models[[1]], models[[2]])
say("nested in strata", "test", "lrt", test$Chisq[2])
say("nested in strata", "test", "p", test[2, 4])
for (which in names(models)) {
    say("nested in strata", "test", paste0("c_index_", which, "_apparent"), concordance(models[[which]])$concordance)
    hazard <- basehaz(models[[which]], centered = FALSE)
    lp <- as.vector(as.matrix(whole[names(coef(models[[which]]))]) %*% coef(models[[which]]))
    for (at in c(12, 24, 36)) {
        risk <- sapply(seq_len(nrow(whole)), function(i) {
            own <- hazard[hazard$strata == whole$centre[i], ]
            1 - exp(-stepfun(own$time, c(0, own$hazard))(at) * exp(lp[i]))
        })
        say("nested in strata", paste("auc", at), paste0("auc_", which, "_apparent"), auc_at(risk, whole, at))
        left <- summary(survfit(Surv(months, dead) ~ 1, whole[risk >= 0.5, ]), times = at)$surv
        say("nested in strata", paste("benefit", at, 0.5), paste0(which, "_apparent"),
            mean(risk >= 0.5) * (1 - left - left))
    }
}
# The same with an offset, which is part of the scores.
models <- list(base = coxph(Surv(months, dead) ~ age + male + offset(published), whole, control = control),
               with = coxph(Surv(months, dead) ~ age + male + f00 + f03 + offset(published), whole, control = control))
test <- anova(models[[1]], models[[2]])
say("nested with offset", "test", "lrt", test$Chisq[2])
say("nested with offset", "test", "p", test[2, 4])
for (which in names(models)) {
    say("nested with offset", "test", paste0("c_index_", which, "_apparent"), concordance(models[[which]])$concordance)
    lp <- as.vector(as.matrix(whole[names(coef(models[[which]]))]) %*% coef(models[[which]])) + whole$published
    stopifnot(sd(lp - models[[which]]$linear.predictors) < 1e-12) # R's are centred, the offset among them
    steps <- sapply(sort(unique(whole$months[whole$dead == 1])), function(t) { # Efron's sum over ties
        own <- exp(lp[whole$months == t & whole$dead == 1])
        c(t, sum(1 / (sum(exp(lp[whole$months >= t])) - (seq_along(own) - 1) / length(own) * sum(own))))
    })
    for (at in c(12, 24, 36)) {
        say("nested with offset", paste("auc", at), paste0("auc_", which, "_apparent"), auc_at(lp, whole, at))
        risk <- 1 - exp(-sum(steps[2, steps[1, ] <= at]) * exp(lp))
        left <- summary(survfit(Surv(months, dead) ~ 1, whole[risk >= 0.5, ]), times = at)$surv
        say("nested with offset", paste("benefit", at, 0.5), paste0(which, "_apparent"),
            mean(risk >= 0.5) * (1 - left - left))
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
    g <- censored(rows)
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
lines <- lines[!(grepl("exact ties", lines) & grepl(",ph_", lines))]
writeLines(c("what,of,name,value", lines), arguments[2])
