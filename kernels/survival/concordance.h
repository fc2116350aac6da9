/* Concordance: how often of two patients the one with the higher score has the event first. */
#ifndef RML_SURVIVAL_CONCORDANCE_H
#define RML_SURVIVAL_CONCORDANCE_H

#include "kernels/survival/ipcw.h"
#include "kernels/survival/surv_data.h"

typedef enum rml_pair_weight {
    RML_PAIRS_EQUAL, /* Harrell: each pair counts 1 */
    RML_PAIRS_UNO,   /* 1 / G^2: free of how long patients happened to be followed */
    RML_PAIRS_S,     /* n S(t-) / at risk: R's timewt "S", Gehan's turned into Peto-Peto's */
    RML_PAIRS_SG     /* n S(t-) / (G(t-) at risk): R's "S/G" (Schemper), Uno's but for ties */
} rml_pair_weight;

typedef struct rml_concordance_settings {
    rml_pair_weight weight;
    rml_ipcw ipcw; /* for UNO; censoring NULL: of these rows themselves. SG always takes these rows' */
    double tau;    /* pairs whose first event is at or after tau do not count; INFINITY for all. Uno's C needs one where
                      few are left under observation */
} rml_concordance_settings;

/* {RML_PAIRS_EQUAL, {NULL, RML_IPCW_BEFORE}, INFINITY} */
rml_concordance_settings rml_concordance_defaults(void);

/* Weighted pairs. Comparable are those whose order is known: one has the event, the other a later time, or the same
 * time without the event. */
typedef struct rml_concordance {
    double c;  /* (concordant + tied_score / 2) / comparable */
    double se; /* infinitesimal jackknife, weights held fixed */
    double concordant, discordant, tied_score;
    double tied_time, tied_both; /* both have the event at one time, scores different or equal: not comparable */
} rml_concordance;

/* score  in  [n_rows] by row as given to rml_surv_init; higher means earlier event. Infinities allowed
 *
 * Pairs are of one stratum. Takes time proportional to n log n where all count 1, else to events times rows.
 * RML_EVALUE  a NaN score, or an event at which G is 0: all NaN
 * RML_EINVAL  tau NaN, or a weight other than EQUAL with several strata
 * RML_EEMPTY  no comparable pair: c and se NaN
 * RML_ENOMEM
 * Source: Harrell 1982; Uno et al., Stat Med 30 (2011); R survival 3.5 concordance. */
RML_CHECKED rml_status rml_concordance_measure(const rml_surv *surv, const double *score,
                                               const rml_concordance_settings *settings, rml_concordance *out);

#endif
