# The selections and the model of study.yaml, written anew, of the features x [patients, features] and the outcome y (0, 1) of
# expected.R and permuted.R.
ridge <- function(x, y, rows) { # C = 1, the intercept free
    x <- cbind(1, x)
    penalty <- diag(c(0, rep(1, ncol(x) - 1)))
    beta <- rep(0, ncol(x))
    for (step in 1:100) {
        p <- drop(1 / (1 + exp(-x %*% beta)))
        change <- solve(t(x) %*% (x * p * (1 - p)) + penalty, t(x) %*% (y - p) - penalty %*% beta)
        beta <- beta + drop(change)
        if (max(abs(change)) < 1e-12) break
    }
    drop(cbind(1, rows) %*% beta)
}
wilcoxon <- function(x, y, ours) { # the lowest p; of equals the larger W, then the first
    n1 <- sum(y)
    n0 <- sum(!y)
    ranks <- apply(x, 2, rank)
    w <- colSums(ranks[y == 1, , drop = FALSE]) - n1 * (n1 + 1) / 2
    ties <- apply(ranks, 2, function(r) { n <- tabulate(match(r, r)); sum(n^3 - n) })
    n <- n0 + n1
    z <- pmax(abs(w - n0 * n1 / 2) - 0.5, 0) / sqrt(n0 * n1 / 12 * (n + 1 - ties / (n * (n - 1))))
    order(-round(z, 10), -w, seq_along(w))[1:3]
}
mrmr <- function(x, y, ours) { # mutual information less its mean with those kept, of values below, above, within mean and SD
    middle <- colMeans(x)
    around <- apply(x, 2, sd)
    levels <- t(ifelse(t(x) < middle - around, 0, ifelse(t(x) > middle + around, 2, 1)))
    at <- lapply(0:2, function(l) (levels == l) * 1)
    information <- function(with) { # of every column with a list of indicators
        n <- nrow(x)
        total <- rep(0, ncol(x))
        for (a in at) for (b in with) {
            both <- drop(crossprod(a, b)) / n
            total <- total + ifelse(both > 0, both * log(both / (colMeans(a) * mean(b))), 0)
        }
        total
    }
    relevance <- information(list(y, 1 - y))
    kept <- integer(0)
    redundancy <- rep(0, ncol(x))
    for (k in 1:3) {
        score <- relevance - (if (k > 1) redundancy / (k - 1) else 0)
        score[kept] <- -Inf
        best <- which(score > max(score) - 1e-12) # of equals each program takes its own
        kept <- c(kept, c(intersect(best, match(ours, colnames(x))), best)[1])
        redundancy <- redundancy + information(lapply(at, function(a) a[, kept[k]]))
    }
    kept
}
held_out <- function(keep, train, test, y, ours) { # scores of the rows test
    varies <- apply(x[train, ], 2, function(v) length(unique(v)) > 1)
    middle <- colMeans(x[train, ])
    around <- apply(x[train, ], 2, function(v) sqrt(mean((v - mean(v))^2)))
    z <- scale(x, middle, around)
    kept <- which(varies)[keep(z[train, varies], y[train], ours)]
    ridge(z[train, kept, drop = FALSE], y[train], z[test, kept, drop = FALSE])
}
