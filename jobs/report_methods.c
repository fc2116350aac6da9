/* The methods, as a paper's section has them: from the study that was run, every setting. */
#include <stdlib.h>

#include "jobs/report_facts.h"

typedef struct rml_paragraph {
    const char *title;
    rml_report_fact *fact[8]; /* NULL at the end */
} rml_paragraph;

static const rml_paragraph paragraph[] = {
    {"Image features",
     {rml_fact_extraction, rml_fact_definitions, rml_fact_classes, rml_fact_image_types, rml_fact_normalisation,
      rml_fact_resampling, rml_fact_discretisation}},
    {"Patients, outcome and predictors",
     {rml_fact_sample, rml_fact_outcome, rml_fact_rows, rml_fact_features, rml_fact_clinical, rml_fact_centres}},
    {"Preparation", {rml_fact_prepare}},
    {"Selections", {rml_fact_selections}},
    {"Models and their settings", {rml_fact_models}},
    {"Validation and choice", {rml_fact_split, rml_fact_inner, rml_fact_choice, rml_fact_threshold}},
    {"Measures, intervals and controls",
     {rml_fact_measures, rml_fact_intervals, rml_fact_controls, rml_fact_permutations}},
    {"Software", {rml_fact_software, rml_fact_final}},
};
enum { N_PARAGRAPHS = sizeof paragraph / sizeof *paragraph };

void rml_report_methods(rml_report *r)
{
    FILE *out = rml_report_piece(r, RML_REPORT_METHODS);

    for (int32_t k = 0; k < N_PARAGRAPHS; ++k) {
        char *text = NULL;
        size_t n_bytes = 0;
        FILE *prose = open_memstream(&text, &n_bytes);

        if (!prose) {
            r->no_memory = true;
            return;
        }
        for (int32_t f = 0; f < 8 && paragraph[k].fact[f]; ++f) {
            const long before = ftell(prose);

            paragraph[k].fact[f](&r->in, prose);
            if (ftell(prose) > before) fputs(" ", prose);
        }
        if (fclose(prose) != 0) r->no_memory = true;
        if (n_bytes > 0) /* no heading of what this run does not say */
            fprintf(out, "<h3>%s</h3>\n<div class=\"prose\">%s</div>\n", paragraph[k].title, text);
        free(text);
    }
    fputs(
        "<p class=\"note\">Preparation and selection stand with every setting, in the order in which they are applied; "
        "values of a setting behind one another are a grid that the inner folds choose from.</p>\n",
        out);
}
