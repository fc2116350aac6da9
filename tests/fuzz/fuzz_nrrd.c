#include <string.h>

#include "tests/fuzz/image.h"

/* A detached data file would be a path of the fuzzer's choosing: such headers are refused unread. */
static bool names_a_file(const uint8_t *bytes, size_t n)
{
    static const char *const fields[] = {"data", "DATA", "Data"};

    for (size_t k = 0; k < sizeof fields / sizeof fields[0]; ++k)
        if (memmem(bytes, n, fields[k], 4) && memmem(bytes, n, "ile:", 4) && !memmem(bytes, n, "ile: LIST", 9))
            return true;
    return false;
}

rml_status fuzz_read(const uint8_t *bytes, size_t n, rml_error *err)
{
    if (names_a_file(bytes, n)) return rml_fail(err, RML_EUNSUPPORTED, "a name of another file");
    return judge_image(bytes, n, err);
}
