#include "jobs/inputs.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/file.h"

rml_status rml_inputs_spare(const char *option, const char *folder, const char *name, const char *const *input,
                            int32_t n, rml_error *err)
{
    char *path = NULL;
    rml_file_state there;
    rml_status status = RML_OK;

    if (asprintf(&path, "%s%s%s", folder ? folder : "", folder ? "/" : "", name) < 0)
        return rml_fail(err, RML_ENOMEM, "no memory for a path");
    there = rml_file_state_of(path);
    for (int32_t i = 0; there.n_bytes >= 0 && status == RML_OK && i < n; ++i) {
        const rml_file_state own = input[i] ? rml_file_state_of(input[i]) : (rml_file_state){.n_bytes = -1};

        if (own.n_bytes >= 0 && own.device == there.device && own.inode == there.inode)
            status = rml_fail(err, RML_ESETTING,
                              "%s: %s would be written over, and it is read here (%s); another %s was "
                              "expected",
                              option, path, input[i], folder ? "folder" : "file");
    }
    free(path);
    return status;
}

rml_status rml_inputs_spare_study(const char *option, const char *folder, const char *name, const rml_study *study,
                                  rml_error *err)
{
    const char *const named[] = {study->table, study->clinical, study->report};
    rml_status status = rml_inputs_spare(option, folder, name, &study->path, 1, err);

    for (int32_t i = 0; status == RML_OK && i < 3 + study->told_file.n; ++i) {
        const char *file = i < 3 ? named[i] : study->told_file.text[i - 3];
        char *path = file ? rml_study_path(study, file) : NULL;

        if (file && !path) return rml_fail(err, RML_ENOMEM, "no memory for a path");
        if (path) status = rml_inputs_spare(option, folder, name, (const char *const *)&path, 1, err);
        free(path);
    }
    return status;
}
