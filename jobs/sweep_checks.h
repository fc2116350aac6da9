/* What is certain to fail is said before anything runs. */
#ifndef RML_JOBS_SWEEP_CHECKS_H
#define RML_JOBS_SWEEP_CHECKS_H

#include "jobs/dataset.h"

/* RML_ESETTING, in words: a training part of one class, a class with fewer training patients than inner folds, a step
 * that takes batches apart where there is one, too few training rows of a batch, held-out rows of a batch that the step
 * refuses to meet unseen, or a missing value that nothing takes. Draws of a bootstrap may lack rows: they fail alone.
 */
RML_CHECKED rml_status rml_sweep_check(const rml_study *study, const rml_dataset *dataset, const rml_splits *splits,
                                       rml_error *err);

/* A class by name, for sentences; of two classes positive or negative. */
const char *rml_sweep_class_name(const rml_study *study, const rml_dataset *dataset, int32_t class);

#endif
