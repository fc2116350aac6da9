/* The final model: its coefficients or importances, and those of the same pipeline in the folds. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

enum { MOST_SHOWN = 25, PATH = 2048, NAME = 27 };

typedef struct rml_weights { /* of one fit */
    rml_h5_texts feature;
    rml_h5_numbers value;
} rml_weights;

/* what: "coefficient" or "importance". Whether the fit has such a list, a number a feature. */
static bool read_weights(const rml_report_input *in, const char *model, const char *what, rml_weights *w)
{
    char where[PATH + 64];

    *w = (rml_weights){0};
    snprintf(where, sizeof where, "%s/fitted/%s", model, what);
    if (!rml_h5_file_has(in->h5, where) || rml_h5_file_numbers(in->h5, where, &w->value, NULL) != RML_OK) return false;
    snprintf(where, sizeof where, "%s/features", model);
    if (rml_h5_file_texts(in->h5, where, &w->feature, NULL) == RML_OK && w->value.n_rows == 1 &&
        w->feature.n == w->value.n_columns)
        return true;
    rml_h5_texts_free(&w->feature);
    rml_h5_numbers_free(&w->value);
    return false;
}

static void free_weights(rml_weights *w)
{
    rml_h5_texts_free(&w->feature);
    rml_h5_numbers_free(&w->value);
}

typedef struct rml_weight {
    const char *feature;
    double value;
} rml_weight;

static int by_size(const void *a, const void *b)
{
    const rml_weight *x = a, *y = b;

    if (fabs(x->value) != fabs(y->value)) return fabs(x->value) > fabs(y->value) ? -1 : 1;
    return strcmp(x->feature, y->feature);
}

/* A point for every fold in which the pipeline kept the feature; low, high take them in. */
static void put_folds(rml_report *r, const char *pipeline, const char *what, const rml_weight *shown, int32_t n,
                      FILE *script, FILE *csv, double *low, double *high)
{
    const rml_report_input *in = &r->in;

    fputs("$folds << EOD\n", script);
    for (int32_t s = 0; s < in->n_splits; ++s) {
        char select[PATH], model[PATH];
        rml_weights w;

        if (!rml_report_fit(in, pipeline, in->split[s].name, select, model) || !read_weights(in, model, what, &w))
            continue;
        for (int32_t k = 0; k < n; ++k)
            for (int64_t j = 0; j < w.feature.n; ++j) {
                if (strcmp(w.feature.text[j], shown[k].feature) != 0) continue;
                fprintf(script, "%.9g %d\n", w.value.value[j], n - k);
                *low = fmin(*low, w.value.value[j]);
                *high = fmax(*high, w.value.value[j]);
                rml_csv_text(csv, shown[k].feature, true);
                rml_csv_text(csv, in->split[s].repeat, false);
                rml_csv_text(csv, in->split[s].fold, false);
                rml_csv_number(csv, w.value.value[j], false);
                fputc('\n', csv);
            }
        free_weights(&w);
    }
    fputs("NaN NaN\nEOD\n", script);
}

static int by_share(const void *a, const void *b)
{
    const rml_report_kept *x = a, *y = b;

    if (x->share != y->share) return x->share > y->share ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

/* Of a pipeline whose penalty sets coefficients to 0: how many are not 0, and which of them how often in the folds. */
static void put_nonzero(const rml_report_input *in, const char *pipeline, const rml_weights *w, FILE *out)
{
    enum { MOST_SAID = 12 };
    const rml_table *t = &in->table[RML_REPORT_FEATURES];
    const double failed = rml_report_number(in, RML_REPORT_BOARD, rml_report_pipeline(in, pipeline), "failed");
    rml_report_kept *kept = malloc(((size_t)t->n_rows + 1) * sizeof *kept);
    char column[1024];
    int64_t n_nonzero = 0;
    int32_t n = 0;

    snprintf(column, sizeof column, "nonzero_%.900s", pipeline);
    if (kept && in->there[RML_REPORT_FEATURES] && rml_table_column(t, column) >= 0) {
        for (int64_t j = 0; j < w->value.n_columns; ++j) n_nonzero += w->value.value[j] != 0.0;
        fprintf(out, "; <b>%lld of %lld coefficients are not 0</b>", (long long)n_nonzero,
                (long long)w->value.n_columns);
        for (int64_t row = 0; row < t->n_rows; ++row) {
            const double share = rml_report_number(in, RML_REPORT_FEATURES, row, column);

            if (share > 0.0) kept[n++] = (rml_report_kept){row, share};
        }
        qsort(kept, (size_t)n, sizeof *kept, by_share);
        fprintf(out, ". Not 0 in how many of the %.0f fits to training parts: ", in->n_splits - failed);
        for (int32_t k = 0; k < n && k < MOST_SAID; ++k) {
            fputs(k > 0 ? ", " : "", out);
            rml_html_text(out, rml_report_cell(in, RML_REPORT_FEATURES, kept[k].row, "feature"));
            fprintf(out, " %.0f", kept[k].share * (in->n_splits - failed));
        }
        if (n == 0) fputs("none in any", out);
        if (n > MOST_SAID) fprintf(out, " and %d more (features.csv)", n - MOST_SAID);
    }
    free(kept);
}

static void draw(rml_report *r, const char *pipeline, const char *what, const rml_weights *w)
{
    const bool importance = strcmp(what, "importance") == 0;
    rml_weight *shown = malloc(((size_t)w->feature.n + 1) * sizeof *shown);
    const int32_t n = w->feature.n > MOST_SHOWN ? MOST_SHOWN : (int32_t)w->feature.n;
    const char *name[MOST_SHOWN];
    size_t prefix;
    double low = 0.0, high = 0.0; /* 0 is on the axis in any case */
    FILE *script, *caption, *csv;

    if (!shown) {
        r->no_memory = true;
        return;
    }
    for (int64_t j = 0; j < w->feature.n; ++j) shown[j] = (rml_weight){w->feature.text[j], w->value.value[j]};
    qsort(shown, (size_t)w->feature.n, sizeof *shown, by_size);
    for (int32_t k = 0; k < n; ++k) name[k] = shown[k].feature;
    prefix = rml_report_prefix(name, n);
    script = rml_report_figure(
        r, RML_REPORT_MODEL, "model", importance ? "Importances in the final model" : "Coefficients of the final model",
        RML_FIGURE_WIDTH, 120 + rml_report_row_height(name, n, prefix, NAME, 19) * (n > 3 ? n : 3), &caption);
    csv = rml_report_csv(r, "model");
    fputs("feature,repeat,fold,value\n", csv);
    for (int64_t j = 0; j < w->feature.n; ++j) {
        rml_csv_text(csv, shown[j].feature, true);
        fputs(",all,all", csv);
        rml_csv_number(csv, shown[j].value, false);
        fputc('\n', csv);
    }
    put_folds(r, pipeline, what, shown, n, script, csv, &low, &high);
    fputs("$final << EOD\n", script);
    for (int32_t k = 0; k < n; ++k) {
        fprintf(script, "%.17g %d\n", shown[k].value, n - k);
        low = fmin(low, shown[k].value);
        high = fmax(high, shown[k].value);
    }
    fputs("EOD\nset ytics (", script);
    for (int32_t k = 0; k < n; ++k) {
        if (k > 0) fputs(", ", script);
        rml_report_name(r, script, name[k] + prefix, NAME);
        fprintf(script, " %d", n - k);
    }
    fprintf(script,
            ") font ',10.5'\nset yrange [0.4:%d.6]\nset grid noytics\nset xzeroaxis\n"
            "set arrow from 0, graph 0 to 0, graph 1 nohead linewidth 0.8 linecolor rgb '#444444'\n"
            "set xlabel ",
            n);
    rml_report_text(r,
                    importance    ? "Importance"
                    : r->in.event ? "Log hazard ratio, prepared feature"
                                  : "Coefficient of the prepared feature",
                    36);
    fputs("\n", script);
    rml_report_key_below(script, 2, 0);
    rml_report_ticks(script, low, high, 4);
    fputs("plot $folds using 1:2 with points pointtype 6 pointsize 0.45 linecolor rgb '" RML_COLOUR_SIXTH "' title ",
          script);
    rml_report_text(r, "the same pipeline in each fold that kept it", 60);
    fputs(", $final using 1:2 with points pointtype 13 pointsize 1.2 linecolor rgb '" RML_COLOUR_MAIN "' title ",
          script);
    rml_report_text(r, "final model, fitted to all patients: apparent", 60);
    fputc('\n', script);
    fputs("Pipeline <b>", caption);
    rml_html_text(caption, pipeline);
    fputs("</b>, ", caption);
    fputs(importance ? "importance of each feature in the fit"
                     : "a coefficient a unit of the feature behind all steps of "
                       "preparation",
          caption);
    if (w->feature.n > n) fprintf(caption, "; the %d largest of %lld", n, (long long)w->feature.n);
    put_nonzero(&r->in, pipeline, w, caption);
    fputs(". Features that hang together share their effect: a small coefficient is no proof of no association.",
          caption);
    rml_report_prefix_said(name[0], prefix, caption);
    rml_report_names_said(name, n, prefix, NAME, caption);
    free(shown);
}

void rml_report_model(rml_report *r)
{
    static const char *const what[] = {"coefficient", "importance"};
    char *pipeline = rml_h5_file_said(r->in.h5, "/final", "chosen"), select[PATH], model[PATH];
    bool drawn = false;

    if (pipeline && rml_report_fit(&r->in, pipeline, NULL, select, model))
        for (int32_t k = 0; k < 2 && !drawn; ++k) {
            rml_weights w;

            if (!read_weights(&r->in, model, what[k], &w)) continue;
            drawn = true;
            if (w.feature.n > 0) draw(r, pipeline, what[k], &w);
            free_weights(&w);
        }
    if (pipeline && !drawn) {
        FILE *out = rml_report_piece(r, RML_REPORT_MODEL);

        fputs("<p>The final model, ", out);
        rml_html_text(out, pipeline);
        fputs(", has neither a coefficient nor an importance for each feature.</p>\n", out);
    }
    free(pipeline);
}
