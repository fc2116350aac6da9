/* How much better a second risk sorts rows with the event by a time from those without than a first: net
 * reclassification and integrated discrimination improvement.
 *
 * Both rise when the second risk is merely more extreme, be it right or not, and for a marker of noise on the rows that
 * it was fitted to (Hilden & Gerds, Stat Med 33 (2014); Kerr et al., Epidemiology 25 (2014)): never the headline. */
#ifndef RML_SURVIVAL_RECLASSIFY_H
#define RML_SURVIVAL_RECLASSIFY_H

#include <stdint.h>

#include "kernels/base/status.h"

typedef struct rml_improvement {
    double total;              /* events + non_events */
    double events, non_events; /* above 0: the second risk is the better one there */
} rml_improvement;

/* Net reclassification improvement under censoring, by Kaplan-Meier curves among the rows that move.
 *
 * time, event  in   [n] as of rml_surv_init
 * first, second in  [n] predicted probabilities of the event by `at`
 * at           in   the time, above 0
 * cut          in   [n_cuts] ascending, inside (0, 1): bounds of the categories; a risk at a bound is above it. n_cuts
 *                   0: every rise or fall counts, NRI(>0). Risks within 1e-12 of each other have not moved
 * out          out  with E the event by `at`:
 *                   events = (P(E | up) P(up) - P(E | down) P(down)) / P(E)
 *                   non_events = (P(not E | down) P(down) - P(not E | up) P(up)) / P(not E)
 *                   0 where nobody moves. NaN where there is no event, or nobody without it, by then, and where nobody
 * of those who move one way was followed so long
 *
 * RML_EEMPTY  no rows, or a part is NaN   RML_EVALUE  a risk outside [0, 1] or NaN, a time or event as of rml_surv_init
 * RML_EINVAL  a time not above 0, cuts not ascending inside (0, 1)   RML_ENOMEM; out is all NaN unless RML_OK or
 * RML_EEMPTY. Source: Pencina, D'Agostino & Steyerberg, Stat Med 30 (2011), section 3. */
RML_CHECKED rml_status rml_reclassify(const double *time, const uint8_t *event, const double *first,
                                      const double *second, int64_t n, double at, const double *cut, int32_t n_cuts,
                                      rml_improvement *out);

/* Integrated discrimination improvement: by how much the second risk is higher, on average, among those with the event
 * by the time (each weighed by 1 / G of its time, G the curve of the time to censoring), and by how much lower among
 * those still without it. Arguments, NaN and errors as above; RML_EVALUE also where G is 0 at an event.
 * Source: Pencina et al., Stat Med 27 (2008); under censoring Uno et al., Stat Med 32 (2013). */
RML_CHECKED rml_status rml_discriminate_better(const double *time, const uint8_t *event, const double *first,
                                               const double *second, int64_t n, double at, rml_improvement *out);

#endif
