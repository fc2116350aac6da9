/* The diagnostics as columns beside the features: PyRadiomics' names, order and spelling. */
#ifndef RML_JOBS_DIAGNOSTICS_COLUMNS_H
#define RML_JOBS_DIAGNOSTICS_COLUMNS_H

#include <string.h>

#include "io/h5ad.h"
#include "jobs/diagnostics.h"
#include "jobs/params.h"

#define RML_DIAGNOSTICS_PREFIX "diagnostics_"

/* Whether a column's name, or a pattern of names, begins as those of diagnostics do. */
static inline bool rml_is_diagnostic(const char *name)
{
    return strncmp(name, RML_DIAGNOSTICS_PREFIX, sizeof RML_DIAGNOSTICS_PREFIX - 1) == 0;
}

/* Stages that ROIs went through: some of them, and all. */
typedef struct rml_diagnosed_stages {
    uint32_t some, all;
} rml_diagnosed_stages;

/* Of no ROI yet: those that the parameters ask for are there, rows or not. */
rml_diagnosed_stages rml_diagnosed_by(const rml_params *params);
void rml_diagnosed_add(rml_diagnosed_stages *stages, const rml_diagnostics *diagnostics); /* NULL: went through none */

/* Whether a text is the name of a column that these parameters may give: hashes and a mask that is
 * corrected included. */
bool rml_diagnostic_names(const rml_params *params, const char *text);

enum { RML_DIAGNOSTIC_NAME = 48, RML_DIAGNOSTIC_TEXT = 96 };

typedef struct rml_diagnostic_columns {
    int32_t n; /* 0: additionalInfo is off */
    rml_h5ad_column *column;
    struct rml_diagnostic *what;                       /* [n] */
    char (*name)[RML_DIAGNOSTIC_NAME];                 /* [n] */
    char (*text)[RML_DIAGNOSTIC_TEXT];                 /* [n] of the row that was made last */
    char *settings, *image_types, hash[RML_SHA1_TEXT]; /* of the parameters */
    const char *standard;                              /* whose definitions the features follow */
    const char **constant; /* [n] the one category of a column that is the same in every row */
} rml_diagnostic_columns;

/* In PyRadiomics' order: versions, configuration, then image and mask stage by stage. Tuples are text, counts INTEGER
 * (NUMBER where a row has none), intensities NUMBER, what is the same in every row a category.
 * hashes: the originals' were asked for. RML_ENOMEM. */
RML_CHECKED rml_status rml_diagnostic_columns_init(rml_diagnostic_columns *columns, const rml_params *params,
                                                   const rml_diagnosed_stages *stages, bool hashes, rml_error *err);
void rml_diagnostic_columns_free(rml_diagnostic_columns *columns);

/* One ROI's values [columns->n], each as text too, as Python writes it ("" where the ROI went through no such stage).
 * Texts point into columns, until the next row. diagnostics NULL: none. */
void rml_diagnostic_columns_row(rml_diagnostic_columns *columns, const rml_diagnostics *diagnostics,
                                rml_h5ad_value *value);

/* Python's repr of a float: the shortest text that reads back the same, "1.0", "6.499999999999998", "1e-05", "nan". */
enum { RML_PYTHON_FLOAT = 32 };
void rml_python_float(double value, char text[RML_PYTHON_FLOAT]);

#endif
