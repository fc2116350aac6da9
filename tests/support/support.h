/* What the tests share. Include this alone: it brings cmocka and what cmocka needs before it. */
#ifndef RML_TESTS_SUPPORT_H
#define RML_TESTS_SUPPORT_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/base/status.h"
#include "kernels/base/volume.h"

/* Fails with name, both values and the difference unless |value - expected| <= absolute or <= relative * |expected|;
 * two NaN agree. */
#define assert_close(value, expected, relative, absolute, name)                                                        \
    rml_assert_close((value), (expected), (relative), (absolute), (name), __FILE__, __LINE__)
void rml_assert_close(double value, double expected, double relative, double absolute, const char *name,
                      const char *file, int line);

/* A fresh folder under $TMPDIR, removed with all that is in it at exit. */
const char *rml_test_folder(void);

/* A path under the folder of reference data ($RADMILL_SHARED, else ../shared beside the source), or NULL when the
 * folder is not there. In a static buffer of 4096 bytes, overwritten by the next call. */
const char *rml_shared(const char *relative);

/* Ends the program with status 77 and says why: CTest counts it as skipped. */
_Noreturn void rml_skip_program(const char *why);

/* Deterministic numbers for property tests: splitmix64. */
uint64_t rml_test_random(uint64_t *state);
double rml_test_uniform(uint64_t *state); /* [0, 1) */

#endif
