/* The keys of a parameter file of profile ibsi, as params_keys.h has PyRadiomics'. */
#ifndef RML_JOBS_IBSI_KEYS_H
#define RML_JOBS_IBSI_KEYS_H

#include "jobs/ibsi_params.h"
#include "jobs/params_keys.h"

/* What may stand under an image type. */
typedef struct rml_ibsi_filter_key {
    setting key;      /* of one value */
    uint32_t filters; /* bit f: filter f has it */
    uint32_t many;    /* bit f: a list is allowed there, an image a value */
} rml_ibsi_filter_key;

extern const setting rml_ibsi_setting_keys[];
extern const rml_ibsi_filter_key rml_ibsi_filter_keys[];
extern const int32_t rml_n_ibsi_setting_keys, rml_n_ibsi_filter_keys;

const char *rml_ibsi_border_name(rml_border border);      /* "mirror" */
const char *rml_ibsi_pool_name(rml_pool pool);            /* "max"; of RML_POOL_NONE: "none" */
const char *rml_ibsi_method_name(rml_ibsi_method method); /* "linear" */

#endif
