/* Which features were kept how often. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

enum { MOST_SHOWN = 25, NAME = 27 };

static int by_share(const void *a, const void *b)
{
    const rml_report_kept *x = a, *y = b;

    if (x->share != y->share) return x->share > y->share ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

/* Whether the fit to all patients kept a feature. */
static bool in_final(const rml_report_input *in, const char *selection, const char *feature)
{
    const rml_table *t = &in->table[RML_REPORT_SELECTED];

    for (int64_t r = 0; in->there[RML_REPORT_SELECTED] && r < t->n_rows; ++r)
        if (strcmp(rml_report_cell(in, RML_REPORT_SELECTED, r, "fold"), "all") == 0 &&
            strcmp(rml_report_cell(in, RML_REPORT_SELECTED, r, "select"), selection) == 0 &&
            strcmp(rml_report_cell(in, RML_REPORT_SELECTED, r, "feature"), feature) == 0)
            return true;
    return false;
}

/* Nogueira's stability of a selection, which the leaderboard says of each of its pipelines. */
static double stability(const rml_report_input *in, const char *selection)
{
    const size_t n = strlen(selection);

    for (int64_t r = 0; r < in->table[RML_REPORT_BOARD].n_rows; ++r) {
        const char *name = rml_report_cell(in, RML_REPORT_BOARD, r, "pipeline");

        if (strncmp(name, selection, n) == 0 && name[n] == '/')
            return rml_report_number(in, RML_REPORT_BOARD, r, "selection_stability");
    }
    return NAN;
}

static void draw(rml_report *r, const char *selection, const rml_report_kept *kept, int32_t n)
{
    const rml_report_input *in = &r->in;
    const char *name[MOST_SHOWN];
    const bool nonzero = rml_report_sparse(in);
    size_t prefix;
    FILE *script, *caption, *csv;
    char a[32];

    for (int32_t k = 0; k < n; ++k) name[k] = rml_report_cell(in, RML_REPORT_FEATURES, kept[k].row, "feature");
    prefix = rml_report_prefix(name, n);

    script = rml_report_figure(r, RML_REPORT_SELECTION, "selection", "How often each feature was kept",
                               RML_FIGURE_WIDTH, 120 + rml_report_row_height(name, n, prefix, NAME, 17) * n, &caption);
    csv = rml_report_csv(r, "selection");
    fputs("feature,kept,in_final_model,volume_rho,centre_eta2,centre_eta2_prepared\n", csv);
    for (int32_t final = 0; final < 2; ++final) {
        fprintf(script, "$kept%d << EOD\n", final);
        for (int32_t k = 0; k < n; ++k)
            if (in_final(in, selection, rml_report_cell(in, RML_REPORT_FEATURES, kept[k].row, "feature")) == final)
                fprintf(script, "%.9g %d\n", 100.0 * kept[k].share, n - k);
        fputs("NaN NaN\nEOD\n", script);
    }
    for (int32_t k = 0; k < n; ++k) {
        const char *feature = rml_report_cell(in, RML_REPORT_FEATURES, kept[k].row, "feature");
        static const char *const more[] = {"volume_rho", "centre_eta2", "centre_eta2_prepared"};

        rml_csv_text(csv, feature, true);
        rml_csv_number(csv, kept[k].share, false);
        fprintf(csv, ",%d", in_final(in, selection, feature));
        for (int32_t m = 0; m < 3; ++m)
            rml_csv_number(csv, rml_report_number(in, RML_REPORT_FEATURES, kept[k].row, more[m]), false);
        fputc('\n', csv);
    }
    fputs("set ytics (", script);
    for (int32_t k = 0; k < n; ++k) {
        if (k > 0) fputs(", ", script);
        rml_report_name(r, script, name[k] + prefix, NAME);
        fprintf(script, " %d", n - k);
    }
    fprintf(script, ") font ',10.5'\nset yrange [0.4:%d.6]\nset xrange [0:100]\nset grid noytics\nset xlabel ", n);
    rml_report_text(r, "Training parts that kept it, %", 60);
    fputs("\n", script);
    rml_report_key_below(script, 1, 0);
    fputs("plot $kept0 using (0):2:1:(0) with vectors nohead linewidth 5 linecolor rgb '" RML_COLOUR_OTHER "' notitle, "
          "$kept1 using (0):2:1:(0) with vectors nohead linewidth 5 linecolor rgb '" RML_COLOUR_MAIN "' notitle, "
          "$kept1 using 1:2 with points pointtype 13 pointsize 1.1 linecolor rgb '" RML_COLOUR_MAIN "' title ",
          script);
    rml_report_text(r, "in the fit to all patients", 60);
    fputs(", $kept0 using 1:2 with points pointtype 7 pointsize 0.6 linecolor rgb '" RML_COLOUR_OTHER "' title ",
          script);
    rml_report_text(r, "not in it", 60);
    fputc('\n', script);
    fputs("Selection <b>", caption);
    rml_html_text(caption, selection);
    fprintf(caption,
            "</b> in %d training parts: the %d most frequent. Nogueira’s stability %s (1: always the same set, 0: no "
            "more alike than drawn at random). ",
            in->n_splits, n, rml_report_digits(stability(in, selection), 2, a));
    fputs("Of the steps of selection alone", caption);
    if (nonzero)
        fprintf(caption, ": a penalty may still set a kept feature’s coefficient to 0. How often it is not 0 stands "
                         "under <a href=\"#model\">the final model</a>, and for every pipeline in the sweep’s "
                         "features.csv (nonzero_…)");
    fputs(". ", caption);
    rml_report_prefix_said(name[0], prefix, caption);
    rml_report_names_said(name, n, prefix, NAME, caption);
}

void rml_report_selection_of(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const rml_table *t = &in->table[RML_REPORT_FEATURES];
    char *selection = rml_report_selection(in), column[512];
    rml_report_kept *kept = malloc(((size_t)t->n_rows + 1) * sizeof *kept);
    int32_t n = 0;

    if (!kept) r->no_memory = true;
    if (kept && selection) {
        snprintf(column, sizeof column, "kept_%.400s", selection);
        for (int64_t row = 0; row < t->n_rows; ++row) {
            const double share = rml_report_number(in, RML_REPORT_FEATURES, row, column);

            if (share > 0.0) kept[n++] = (rml_report_kept){row, share};
        }
        qsort(kept, (size_t)n, sizeof *kept, by_share);
        if (n > 0) draw(r, selection, kept, n > MOST_SHOWN ? MOST_SHOWN : n);
        if (n > 0) rml_report_hangs_on(r, selection, kept, n);
    }
    free(kept);
    free(selection);
}
