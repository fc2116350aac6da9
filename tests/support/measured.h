/* What a test measures against a named oracle, for docs/oracles.md: with $RADMILL_ORACLE_LOG lines are appended for
 * each case. Without it nothing is kept. */
#ifndef RML_TESTS_MEASURED_H
#define RML_TESTS_MEASURED_H

#include "kernels/base/attributes.h"

/* Comparisons belong to this case until the next call; NULL: to none. oracle: function, package and version. */
void rml_measured_case(const char *name, const char *oracle);
/* The same with a name that is put together: of the image half "what/feature", as tests/oracle/table_image.py reads
 * them ("PyRadiomics/original_glcm_Idmn"). */
void RML_PRINTF(2, 3) rml_measured_of(const char *oracle, const char *format, ...);
/* One comparison of numbers that are no NaN, what it is of, and how far apart they may be, as assert_close counts it.
 */
void rml_measured(double value, double expected, double relative, double absolute, const char *name);

#endif
