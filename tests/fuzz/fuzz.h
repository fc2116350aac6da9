/* What a fuzz target is. Each reads bytes as the program reads such a file, and aborts on what no input may cause;
 * libFuzzer (`./dev fuzz`) or driver.c (`./dev test`) gives the bytes. */
#ifndef RML_TESTS_FUZZ_H
#define RML_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/base/status.h"

/* The target's own: reads the bytes, and whatever can be asked of them when they are read. What the reader said of the
 * file. */
rml_status fuzz_read(const uint8_t *bytes, size_t n, rml_error *err);

/* The bytes as a file; the path stays the same from call to call, the contents hold until the next one. */
const char *fuzz_file(const uint8_t *bytes, size_t n);
/* What sentences call that file: its path, unless the target reads it under another. */
const char *fuzz_named(void);
/* Where such files lie: $TMPDIR, or /tmp. */
const char *fuzz_folder(void);
/* Aborts, with what was broken, unless it held. */
void fuzz_require(bool held, const char *what);

/* libFuzzer's, and the driver's own under the same names. Custom mutators repair checksums after a change, so that
 * changes get behind them. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t limit);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t limit, unsigned seed);

#endif
