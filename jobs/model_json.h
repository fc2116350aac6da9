/* model.json: a model for people and for programs. Every fitted number stands under the name of its feature.
 *
 * Two forms are read. The whole one, which a sweep writes: "format" is "radmill-model". And the plain one, in which
 * papers publish a score: {"type": "logistic", "intercept": …, "features": [{"name": …, "coef": …}, …], "standardise":
 * null or {"means": […], "sds": […]}}, lists in the features' order or objects by name; "threshold" (of the score; 0
 * when absent) and "name", "source" are optional. Other members of the plain form are ignored.
 *
 * Numbers round-trip to the bit. null is NaN; "Inf" and "-Inf" are infinite. */
#ifndef RML_JOBS_MODEL_JSON_H
#define RML_JOBS_MODEL_JSON_H

#include "jobs/model.h"

/* Writes the whole form; it appears whole or not at all. RML_EIO, RML_ENOMEM. */
RML_CHECKED rml_status rml_model_write(const rml_model *model, const char *path, rml_error *err);

/* Reads either form.
 * RML_EFORMAT       no JSON (line and what was found), or a member that is missing or of another kind than it should be
 * RML_EUNSUPPORTED  a form, a step or a model that this radmill does not know
 * RML_EMISSING, RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_model_read(const char *path, rml_model *model, rml_error *err);

#endif
