/* The steps and models that a study can name, listed for a reader. */
#include <math.h>
#include <string.h>

#include "jobs/study.h"

/* Words at `indent`, broken before the 100th column. */
static void print_wrapped(FILE *out, const char *text, int indent, int at)
{
    while (*text) {
        const size_t n = strcspn(text, " ");

        if (at + 1 + (int)n > 100) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            fputc(' ', out);
            ++at;
        }
        at += fprintf(out, "%.*s", (int)n, text);
        text += n;
        while (*text == ' ') ++text;
    }
    fputc('\n', out);
}

/* A setting, what it is when nothing is said, and which words it may be. */
static void print_setting(FILE *out, const rml_param *param)
{
    enum { INDENT = 26 };
    char value[64] = "";
    int at;

    switch (param->type) {
    case RML_PARAM_WORD: snprintf(value, sizeof value, "%s", param->words[(int32_t)param->fallback]); break;
    case RML_PARAM_NUMBER:
    case RML_PARAM_WHOLE:
        if (isnan(param->fallback))
            snprintf(value, sizeof value, "needed");
        else
            rml_number_text(param->fallback, value);
        break;
    default: snprintf(value, sizeof value, "%s", isnan(param->fallback) ? "needed" : "none");
    }
    at = fprintf(out, "    %s: %s", param->name, value);
    at += fprintf(out, "%*s", at < INDENT - 1 ? INDENT - at : 1, "");
    if (param->type == RML_PARAM_WORD)
        for (int32_t w = 0; param->words[w]; ++w)
            at += fprintf(out, "%s%s", param->words[w], param->words[w + 1] ? " | " : ";");
    print_wrapped(out, param->help, INDENT, at > INDENT ? at - 1 : INDENT);
}

static void print_kind(FILE *out, const rml_kind *kind)
{
    const int at = fprintf(out, "\n  %s:", kind->name) - 1;
    static const char *const word[] = {"two classes", "several classes", "numbers", "times"};
    const bool fits[] = {kind->for_class, kind->for_classes, kind->for_value, kind->for_time};
    const int32_t n_fits = fits[0] + fits[1] + fits[2] + fits[3];
    int32_t n_said = 0;
    char text[512];
    size_t used = (size_t)snprintf(text, sizeof text, "%s", kind->help);

    for (int32_t o = 0; n_fits < 4 && o < 4; ++o)
        if (fits[o])
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", n_said++ > 0 ? ", " : " (for ", word[o]);
    if (n_said > 0) snprintf(text + used, sizeof text - used, ")");
    print_wrapped(out, text, 4, at);
    for (int32_t p = 0; p < kind->n_params; ++p) print_setting(out, &kind->param[p]);
}

void rml_study_print_kinds(FILE *out)
{
    static const char *const heading[] = {"Steps that do not look at the outcome (prepare, select)",
                                          "Steps that do (select)", "Models"};

    for (rml_role role = RML_ROLE_PREPARE; role <= RML_ROLE_MODEL; ++role) {
        int32_t n;
        const rml_kind *const *kinds = rml_kinds(role, &n);

        fprintf(out, "%s%s\n", role > RML_ROLE_PREPARE ? "\n" : "", heading[role]);
        for (int32_t k = 0; k < n; ++k) {
            print_kind(out, kinds[k]);
        }
    }
}
