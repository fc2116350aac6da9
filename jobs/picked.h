/* Rows of a table as a verb's command line picks them: TABLE, --rows COLUMN=VALUE …, --match PATTERN …. */
#ifndef RML_JOBS_PICKED_H
#define RML_JOBS_PICKED_H

#include "jobs/dataset_build.h"
#include "jobs/options.h"
#include "jobs/study.h"

typedef struct rml_picked {
    const char *table; /* .h5ad, else a CSV */
    int32_t n_conditions, n_patterns;
    rml_condition *condition; /* [n_conditions] */
    const char **pattern;     /* [n_patterns] */
    rml_frame frame;
    int64_t n_rows;
    int64_t *row; /* [n_rows] of the frame, ascending */
} rml_picked;

enum { RML_PICKED_ROWS_KEY = 0x1C0, RML_PICKED_MATCH_KEY };

/* For an array of options. */
#define RML_PICKED_OPTIONS                                                                                             \
    {"rows", RML_PICKED_ROWS_KEY, "COLUMN=VALUE", 0, "Only rows with this value; may be given several times", 2},      \
    {                                                                                                                  \
        "match", RML_PICKED_MATCH_KEY, "PATTERN", 0,                                                                   \
            "Only features of such names (* and ?); may be given several times; a CSV needs it", 2                     \
    }

/* One of them, or the table, which must be there at ARGP_KEY_END. */
error_t rml_picked_option(rml_picked *picked, int key, char *argument, struct argp_state *state);

/* Reads the table and lists the rows that meet all conditions. Columns of `never` and of the conditions are no
 * features. RML_ESETTING  a condition on a column that is not there (the nearest named), no such row, no feature else
 * as rml_frame_read */
RML_CHECKED rml_status rml_picked_read(rml_picked *picked, const char *const *never, int32_t n_never, rml_error *err);
void rml_picked_free(rml_picked *picked);

/* A column of texts by name. RML_ESETTING with the option that names it and the nearest. */
RML_CHECKED rml_status rml_picked_column(const rml_picked *picked, const char *option, const char *name,
                                         int32_t *column, rml_error *err);
/* A column of the picked rows as codes. needed: a row without a text is refused; else its code is -1. To be given
 * back with rml_build_codes_free. RML_ESETTING as rml_picked_column, or such a row. */
RML_CHECKED rml_status rml_picked_codes(const rml_picked *picked, const char *option, const char *name, bool needed,
                                        rml_codes *codes, rml_error *err);
/* The picked row's number as a person counts: a CSV's line, else the row from 1. */
long long rml_picked_number(const rml_picked *picked, int64_t i);

/* An output that is the table itself. RML_ESETTING. */
RML_CHECKED rml_status rml_picked_output(const rml_picked *picked, const char *option, const char *out, rml_error *err);

/* The status to end with: 2 where the table or what is said of it is wrong, 3 where the machine is in the way. */
int rml_picked_exit_status(rml_status status);

#endif
