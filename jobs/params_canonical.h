/* What params.c asks of params_canonical.c. */
#ifndef RML_JOBS_PARAMS_CANONICAL_H
#define RML_JOBS_PARAMS_CANONICAL_H

#include "jobs/params.h"

/* rml_params.canonical; malloc'ed, NULL without memory. */
char *rml_params_canonical(const rml_params *params);

#endif
