# What radmill's bootstrap of a Cox model and its reclassification must say of 80 patients of survival::lung, by R 4.2.2
# with survival 3.5-3 and rms 6.5-0 (Debian 12's r-cran-survival, r-cran-rms):
#
#     Rscript survival_bootstrap.R survival_bootstrap.h; clang-format -i survival_bootstrap.h
#
# The optimism is worked out by its definition from coxph and survfit on draws of rows that are written out; rms's own
# validate and calibrate on the same draws (its fits stop at 1e-4 of the likelihood) stand beside it. Net
# reclassification is by the formulas of Pencina et al. 2011, integrated discrimination by weights 1 / G.
suppressMessages({
    library(survival)
    library(rms)
})
out <- commandArgs(trailingOnly = TRUE)[1]
control <- coxph.control(eps = 1e-12, iter.max = 60, toler.chol = 1e-13)
d <- lung[complete.cases(lung[, c("age", "sex", "ph.ecog", "ph.karno", "wt.loss")]), ][1:80, ]
d <- data.frame(time = d$time, event = as.integer(d$status == 2), age = d$age, male = as.integer(d$sex == 1),
                ecog = d$ph.ecog, loss = d$wt.loss)
n <- nrow(d)
at <- c(180, 365)
draws <- 12
set.seed(11)
draw <- sapply(seq_len(draws), function(b) sample(n, replace = TRUE))

# 1. Optimism -----------------------------------------------------------------------------------------------------------

model <- Surv(time, event) ~ age + male + ecog + loss
risk_of <- function(fit, rows, u) { # Efron's hazard, as survfit has it
    s <- survfit(fit, newdata = data.frame(age = 0, male = 0, ecog = 0, loss = 0))
    hazard <- stepfun(s$time, c(0, s$cumhaz))(u)
    1 - exp(-hazard * exp(as.matrix(rows[names(coef(fit))]) %*% coef(fit)))
}
km_risk <- function(rows, u) {
    s <- survfit(Surv(time, event) ~ 1, rows)
    if (u > max(s$time) && min(s$surv) > 0) return(NA)
    1 - stepfun(s$time, c(1, s$surv))(u)
}
whole <- coxph(model, d, control = control)
cuts <- sapply(at, function(u) quantile(risk_of(whole, d, u), c(1, 2) / 3, names = FALSE))
c_of <- function(fit, rows) {
    rows$lp <- as.vector(as.matrix(rows[names(coef(fit))]) %*% coef(fit))
    concordance(Surv(time, event) ~ lp, rows, reverse = TRUE)$concordance[[1]]
}
parts_of <- function(fit, rows, k) {
    risk <- as.vector(risk_of(fit, rows, at[k]))
    part <- 1 + (risk >= cuts[1, k]) + (risk >= cuts[2, k])
    t(sapply(1:3, function(p) {
        own <- part == p
        if (sum(own) < 2) c(sum(own), NA, NA) else c(sum(own), mean(risk[own]), km_risk(rows[own, ], at[k]))
    }))
}
c_sum <- 0
difference <- array(NA, c(draws, 2, 3))
for (b in seq_len(draws)) {
    rows <- d[draw[, b], ]
    fit <- coxph(model, rows, control = control)
    c_sum <- c_sum + c_of(fit, rows) - c_of(fit, d)
    for (k in 1:2) {
        own <- parts_of(fit, rows, k)
        all <- parts_of(fit, d, k)
        difference[b, k, ] <- (own[, 3] - own[, 2]) - (all[, 3] - all[, 2])
    }
}

# 2. The same by rms ----------------------------------------------------------------------------------------------------

harrell <- function(u) cph(model, d, x = TRUE, y = TRUE, surv = TRUE, time.inc = u)
set.seed(11)
validated <- suppressMessages(validate(harrell(at[1]), B = draws))
calibrated <- lapply(1:2, function(k) {
    set.seed(11)
    invisible(capture.output(found <- calibrate(harrell(at[k]), cmethod = "KM", u = at[k], B = draws,
                                                cuts = c(0, 1 - cuts[2, k], 1 - cuts[1, k], 1))))
    found[3:1, ] # by rising risk
})

# 3. Reclassification ---------------------------------------------------------------------------------------------------

first <- coxph(Surv(time, event) ~ age + male, d, control = control)
second <- coxph(model, d, control = control)
risks <- function(u) list(as.vector(risk_of(first, d, u)), as.vector(risk_of(second, d, u)))
risk_of_names <- names(coef(first))
nri <- function(before, after, u, cut) {
    move <- if (is.null(cut)) sign(after - before) else sign(findInterval(after, cut) - findInterval(before, cut))
    all <- km_risk(d, u)
    up <- mean(move > 0)
    down <- mean(move < 0)
    up_risk <- if (up > 0) km_risk(d[move > 0, ], u) else 0
    down_risk <- if (down > 0) km_risk(d[move < 0, ], u) else 0
    c(events = (up_risk * up - down_risk * down) / all,
      non_events = ((1 - down_risk) * down - (1 - up_risk) * up) / (1 - all))
}
idi <- function(before, after, u) {
    # who has the event leaves before who is censored at the same time
    g <- survfit(Surv(time + ifelse(event == 1, 0, 1e-4), 1 - event) ~ 1, d)
    weight <- ifelse(d$time <= u & d$event == 1, 1 / stepfun(g$time, c(1, g$surv))(d$time - 1e-6), 0)
    rise <- after - before
    c(events = sum(weight * rise) / sum(weight), non_events = -mean(rise[d$time > u]))
}

# 4. Written ------------------------------------------------------------------------------------------------------------

digits <- function(x) ifelse(is.na(x), "NAN", format(x, digits = 17, trim = TRUE))
wrap <- function(x) paste(strwrap(paste(x, collapse = ", "), 112, prefix = "    "), collapse = "\n")
lines <- c("/* By survival_bootstrap.R beside this file. */", "#ifndef RML_TESTS_ORACLE_SURVIVAL_BOOTSTRAP_H",
           "#define RML_TESTS_ORACLE_SURVIVAL_BOOTSTRAP_H", "", "#include <math.h>", "#include <stdint.h>", "",
           sprintf("enum { ORACLE_ROWS = %d, ORACLE_DRAWS = %d, ORACLE_TIMES = 2, ORACLE_PARTS = 3, ORACLE_TERMS = 4 };", n,
                   draws), "")
put <- function(type, name, size, x, note)
    lines <<- c(lines, paste0("/* ", note, " */"), sprintf("static const %s oracle_%s[%s] = {", type, name, size),
                paste0(wrap(x), "};"), "")
put("double", "time", "ORACLE_ROWS", digits(d$time), "days")
put("uint8_t", "event", "ORACLE_ROWS", d$event, "death")
put("double", "x", "ORACLE_TERMS * ORACLE_ROWS", digits(unlist(d[c("age", "male", "ecog", "loss")])),
    "age, male, ECOG, weight loss")
put("int32_t", "draw", "ORACLE_DRAWS * ORACLE_ROWS", as.vector(draw) - 1, "rows from 0; R's set.seed(11), sample()")
put("double", "at", "ORACLE_TIMES", at, "days")
put("double", "cut", "ORACLE_TIMES * (ORACLE_PARTS - 1)", digits(as.vector(cuts)), "thirds of the predicted risk at each")
put("double", "c", "2", digits(c(c_of(whole, d), c_sum / draws)), "concordance of all rows, its optimism")
put("double", "c_rms", "2", digits(c(validated["Dxy", "index.orig"], validated["Dxy", "optimism"]) / c(2, 2) + c(0.5, 0)),
    "the same by rms::validate, from Dxy = 2 C - 1")
told <- do.call(rbind, lapply(1:2, function(k) parts_of(whole, d, k)))
put("double", "predicted", "ORACLE_TIMES * ORACLE_PARTS", digits(told[, 2]), "mean risk by time and part")
put("double", "observed", "ORACLE_TIMES * ORACLE_PARTS", digits(told[, 3]), "1 - Kaplan-Meier")
put("double", "optimism", "ORACLE_TIMES * ORACLE_PARTS",
    digits(as.vector(sapply(1:2, function(k) colMeans(difference[, k, ], na.rm = TRUE)))), "of observed - predicted")
put("int32_t", "counted", "ORACLE_TIMES * ORACLE_PARTS",
    as.vector(sapply(1:2, function(k) colSums(!is.na(difference[, k, ])))), "draws that have both")
put("double", "optimism_rms", "ORACLE_TIMES * ORACLE_PARTS",
    digits(-c(calibrated[[1]][, "mean.optimism"], calibrated[[2]][, "mean.optimism"])),
    "the same by rms::calibrate, of survival there")
both <- risks(365)
put("double", "first", "ORACLE_ROWS", digits(both[[1]]), "risk by 365 days of age and sex")
put("double", "second", "ORACLE_ROWS", digits(both[[2]]), "with ECOG and weight loss")
put("double", "nri_any", "2", digits(nri(both[[1]], both[[2]], 365, NULL)), "events, non-events: any rise or fall")
put("double", "nri_category", "2", digits(nri(both[[1]], both[[2]], 365, c(0.5, 0.7))), "categories cut at 0.5, 0.7")
put("double", "idi", "2", digits(idi(both[[1]], both[[2]], 365)), "events, non-events")
writeLines(c(lines, "#endif"), out)
