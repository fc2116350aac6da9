/* A cohort's CSV: read to its end and past bad rows, then every cell that means something asked for. */
#include <stdlib.h>
#include <string.h>

#include "io/manifest.h"
#include "tests/fuzz/fuzz.h"

static void ask_row(const rml_manifest *manifest, int64_t row)
{
    const rml_table *table = &manifest->table;
    char *path = rml_manifest_path(manifest, row, manifest->image), *id = rml_manifest_id(manifest, row);
    char *tidy = path ? malloc(strlen(path) + 2) : NULL;

    fuzz_require(path && id && tidy, "no path or no name");
    rml_path_tidy(path, tidy);
    fuzz_require(strlen(tidy) <= strlen(path) + 1, "a tidy path that is longer");
    if (manifest->label >= 0) {
        rml_label_spec spec;
        rml_error err = {0};

        if (rml_label_spec_parse(table->cell[row * table->n_columns + manifest->label], &spec, &err) == RML_OK) {
            char text[64];

            for (int32_t r = 0; r < spec.n_rois; ++r) rml_label_set_text(&spec.roi[r], text, sizeof text);
            rml_label_spec_free(&spec);
        } else {
            fuzz_require(err.text[0] != '\0', "a label refused without a sentence");
        }
    }
    free(tidy);
    free(path);
    free(id);
}

rml_status fuzz_read(const uint8_t *bytes, size_t n, rml_error *err)
{
    const char *path = fuzz_file(bytes, n);
    rml_manifest manifest;
    rml_faults faults = {0};
    rml_error later = {0};
    rml_status status = rml_manifest_read_on(path, &manifest, &faults, &later);

    if (status == RML_OK) {
        for (int64_t r = 0; r < manifest.table.n_rows; ++r) ask_row(&manifest, r);
        rml_manifest_free(&manifest);
    }
    rml_faults_free(&faults);
    status = rml_manifest_read(path, &manifest, err);
    if (status == RML_OK) rml_manifest_free(&manifest);
    return status;
}
