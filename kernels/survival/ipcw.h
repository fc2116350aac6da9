/* Inverse probability of censoring weights: what Uno's concordance, time-dependent AUC and Brier score weigh by. */
#ifndef RML_SURVIVAL_IPCW_H
#define RML_SURVIVAL_IPCW_H

#include "kernels/survival/km.h"

/* The chance G of not yet being censored when an event happens at t. */
typedef enum rml_ipcw_side {
    RML_IPCW_BEFORE, /* G(t-): what was still under observation just before could have been seen. R's */
    RML_IPCW_AT      /* G(t): scikit-survival's and survAUC's. The same unless a censoring is tied with the event */
} rml_ipcw_side;

typedef struct rml_ipcw {
    const rml_km *censoring; /* of the rows a model was trained on: rml_km_fit_censoring. Nothing is fitted to others */
    rml_ipcw_side side;
} rml_ipcw;

/* 1 / G for an event at t; infinite where no one was followed that long. */
static inline double rml_ipcw_of(const rml_ipcw *ipcw, double time)
{
    return 1.0 / rml_km_at(ipcw->censoring, time, ipcw->side == RML_IPCW_BEFORE);
}

#endif
