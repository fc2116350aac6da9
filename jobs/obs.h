/* The columns of obs: the manifest's, each with the type that its cells allow. */
#ifndef RML_JOBS_OBS_H
#define RML_JOBS_OBS_H

#include <stdbool.h>

#include "io/h5ad.h"
#include "jobs/cohort.h"

typedef enum rml_obs_source { RML_OBS_CELL, RML_OBS_ID, RML_OBS_LABEL } rml_obs_source;

typedef struct rml_obs {
    int32_t n;
    rml_h5ad_column *column; /* [n] as the file wants them */
    rml_obs_source *source;  /* [n] */
    int32_t *cell;           /* [n] the manifest's column */
    const char **header;     /* [n] as the manifest writes its name; the file has _ for / */
    char *names;             /* what the columns' names point into */
} rml_obs;

/* The manifest's columns in its order; Label stands in its place, or last, and holds the computed label; without an ID
 * column, ID (the image's file name) comes first.
 *
 * Cells decide the type: whole numbers INTEGER; numbers, some missing, NUMBER; text with repeats CATEGORICAL; else
 * TEXT. ID, Image and Mask are always TEXT. A number that would not come back as it is written ("007", or more digits
 * than a double keeps) is text.
 *
 * integer_labels  in  every computed label is one number (not a union)
 * RML_ENOMEM */
RML_CHECKED rml_status rml_obs_init(rml_obs *obs, const rml_cohort *cohort, bool integer_labels, rml_error *err);
void rml_obs_free(rml_obs *obs);

/* The values of one ROI's row; value: [obs->n]. Texts point into the cohort and label. */
void rml_obs_row(const rml_obs *obs, const rml_cohort *cohort, int64_t row, const char *label, rml_h5ad_value *value);

/* Whether text is a whole number written as a program would ("7", "-3"; not "007", "+1") that an int64 holds. */
bool rml_plain_integer(const char *text);

#endif
