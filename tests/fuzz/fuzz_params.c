/* A parameter file of either profile, then the name of every image and column that it asks for. */
#include <string.h>

#include "jobs/params.h"
#include "tests/fuzz/fuzz.h"

rml_status fuzz_read(const uint8_t *bytes, size_t n, rml_error *err)
{
    static rml_params params;
    const rml_status status = rml_params_read(fuzz_file(bytes, n), &params, err);

    if (status != RML_OK) return status;
    fuzz_require(params.canonical && params.source, "parameters without their text");
    if (!params.is_ibsi)
        for (int32_t i = 0; i < params.n_images; ++i) {
            char name[RML_IMAGE_NAME];

            fuzz_require(rml_params_image(&params, i, name) && *name, "an image without a name");
        }
    for (int32_t c = 0; c < rml_params_n_columns(&params); ++c) {
        char name[RML_COLUMN_NAME];

        rml_params_column(&params, c, NULL, name);
        fuzz_require(strlen(name) > 0 && strlen(name) < sizeof name - 1, "a column's name that does not fit");
    }
    rml_params_free(&params);
    return RML_OK;
}
