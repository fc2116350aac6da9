/* Facts of a run in words, for the methods and for the reporting items. Each writes HTML, or nothing where the run does
 * not say. */
#ifndef RML_JOBS_REPORT_FACTS_H
#define RML_JOBS_REPORT_FACTS_H

#include "jobs/report.h"

typedef void rml_report_fact(const rml_report_input *in, FILE *out);

rml_report_fact rml_fact_software, rml_fact_modeller, rml_fact_extractor, rml_fact_extraction, rml_fact_definitions,
    rml_fact_image_types, rml_fact_classes, rml_fact_normalisation, rml_fact_resampling, rml_fact_discretisation,
    rml_fact_defaults, rml_fact_features, rml_fact_rows, rml_fact_sample, rml_fact_outcome, rml_fact_clinical,
    rml_fact_centres, rml_fact_spacing, rml_fact_prepare, rml_fact_reliability, rml_fact_missing, rml_fact_scaling,
    rml_fact_reduction, rml_fact_selections, rml_fact_models, rml_fact_split, rml_fact_others, rml_fact_inner,
    rml_fact_choice, rml_fact_measures, rml_fact_intervals, rml_fact_controls, rml_fact_compared, rml_fact_permutations,
    rml_fact_threshold, rml_fact_final, rml_fact_performance, rml_fact_imbalance, rml_fact_per_centre;

/* "before", the n-th line of a word of the study, "after"; whether there is one. */
bool rml_fact_line(const rml_report_input *in, const char *word, int32_t n, const char *before, const char *after,
                   FILE *out);
/* A line without what ends it: spaces before, a colon behind. */
void rml_fact_bare(const char *line, FILE *out);

#endif
