# What ConsensusClusterPlus 1.62 drew in the reference's case consensus/km (seed 4321, 50 resamples, k from 2 to 4), drawn
# again by R 4.2.2, whose sample() and kmeans() it calls. Run with the case's input.csv; the consensus matrices that follow
# were seen to be those of the case, to the last bit:
#
#     Rscript consensus_km.R input.csv consensus_km.csv
#
# consensus_km.csv  a resample a line: its rows i1 .. i32 (of 40, from 1), and the rows within it (from 1) that kmeans
#                   starts from, for each k
arguments <- commandArgs(trailingOnly = TRUE)
d <- as.matrix(read.csv(arguments[1], row.names = 1))
set.seed(4321)
draw <- function(resample) {
    rows <- sort(sample(seq_len(ncol(d)), floor(0.8 * ncol(d))))
    starts <- unlist(lapply(2:4, function(k) sample.int(length(rows), k))) # all that kmeans(centers = k) draws
    c(rows, starts)
}
drawn <- t(sapply(1:50, draw))
colnames(drawn) <- c(paste0("i", 1:32), paste0("k", rep(2:4, 2:4), "_", sequence(2:4)))
write.csv(drawn, arguments[2], row.names = FALSE, quote = FALSE)
