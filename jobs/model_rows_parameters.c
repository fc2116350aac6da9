/* Whether a table was extracted as the model's features were. */
#include <stdio.h>
#include <string.h>

#include "jobs/model_rows_build.h"

/* The line of a setting in a text of them, or NULL; n_key: length of its name with the colon. */
static const char *find_line(const char *text, const char *key, size_t n_key)
{
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
        if (strncmp(text, key, n_key) == 0) return text;
    return NULL;
}

/* Lines that say which features were computed, not how: the table has the model's features, or is refused for that. */
static bool says_which(const char *line)
{
    static const char *const keys[] = {"featureClass", "shape", "firstorder", "glcm",
                                       "gldm",         "glrlm", "glszm",      "ngtdm"};
    const size_t length = strcspn(line, ":\n");

    for (size_t k = 0; k < sizeof keys / sizeof *keys; ++k)
        if (strlen(keys[k]) == length && strncmp(keys[k], line, length) == 0) return true;
    return false;
}

/* Lines of `of` that `other` has not, or has otherwise; those with the same name once. */
static void list_lines(const char *of, const char *other, bool model, rml_listing *listing)
{
    for (const char *line = of; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const size_t length = strcspn(line, "\n"), n_key = strcspn(line, ":\n") + 1;
        const char *there = find_line(other, line, n_key < length ? n_key : length);
        const size_t n_there = there ? strcspn(there, "\n") : 0;
        char text[400];

        if (says_which(line)) continue;
        if (there && (!model || (n_there == length && strncmp(line, there, length) == 0))) continue;
        if (there)
            snprintf(text, sizeof text, "%.*s of the model, %.*s of the table", (int)(length < 150 ? length : 150),
                     line, (int)(n_there - n_key < 150 ? n_there - n_key : 150), there + n_key + (there[n_key] == ' '));
        else
            snprintf(text, sizeof text, "%.*s of the %s alone", (int)(length < 150 ? length : 150), line,
                     model ? "model" : "table");
        rml_listing_add(listing, text, "; ");
    }
}

rml_status rml_rows_compare_parameters(const rml_model *model, const rml_rows_request *request, rml_model_rows *rows,
                                       rml_error *err)
{
    rml_listing differing = {0};

    if (!*model->parameters) return RML_OK;
    if (!*rows->frame.parameters) {
        rows->parameters_unknown = true;
        return RML_OK;
    }
    list_lines(model->parameters, rows->frame.parameters, true, &differing);
    list_lines(rows->frame.parameters, model->parameters, false, &differing);
    rows->parameters_differ = differing.n > 0;
    if (differing.n == 0 || request->allow_parameters) return RML_OK;
    return rml_fail(err, RML_ESETTING,
                    "%s was extracted with other parameters than the model's: %s; --allow-parameters "
                    "goes on all the same",
                    request->table, differing.text);
}
