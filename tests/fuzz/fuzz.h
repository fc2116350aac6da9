/* What a fuzz target is: libFuzzer's entry, the seeds that the driver mutates, and the judge that both readers share.
 */
#ifndef RML_TESTS_FUZZ_H
#define RML_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Seed k into out[limit]; returns its length, 0 when there are no more. */
size_t fuzz_seed(int k, uint8_t *out, size_t limit);

#endif
