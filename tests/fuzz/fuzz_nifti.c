#include "tests/fuzz/image.h"

rml_status fuzz_read(const uint8_t *bytes, size_t n, rml_error *err)
{
    return judge_image(bytes, n, err);
}
