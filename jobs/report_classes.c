/* Of an outcome of several classes: who was said to be what. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

/* The class with the highest score, the first of equals; -1 without a score. */
static int32_t said_class(const rml_report_class_list *classes, const char *const *cell)
{
    double best = -INFINITY, value;
    int32_t of = -1;

    for (int32_t c = 0; c < classes->n; ++c)
        if (rml_text_number(cell[classes->score[c]], &value) && value > best) {
            best = value;
            of = c;
        }
    return of;
}

void rml_report_classes(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const rml_table *t = &in->table[RML_REPORT_PREDICTIONS];
    const rml_report_class_list classes = rml_report_class_names(in);
    const int32_t chosen = rml_report_pipeline(in, "chosen");
    const int32_t n_repeats = rml_report_repeats(in);
    double count[RML_REPORT_CLASSES][RML_REPORT_CLASSES] = {{0}};
    FILE *out, *csv;
    char text[32];

    if (classes.n < 2 || n_repeats == 0) return;
    for (int64_t k = 0; k < in->n_said; ++k) {
        const char *const *cell = t->cell + k * t->n_columns;
        const int32_t said = in->said[k].pipeline == chosen ? said_class(&classes, cell) : -1;

        for (int32_t c = 0; said >= 0 && c < classes.n; ++c)
            if (strcmp(classes.name[c], cell[classes.y]) == 0) count[c][said] += 1.0 / n_repeats;
    }
    out = rml_report_piece(r, RML_REPORT_PERFORMANCE);
    csv = rml_report_csv(r, "confusion");
    fputs("outcome,called,patients_a_repeat\n", csv);
    fputs("<h3>Who was said to be what</h3>\n<div class=\"wide\"><table class=\"confusion\"><thead><tr><th></th>", out);
    for (int32_t c = 0; c < classes.n; ++c) {
        fputs("<th>called ", out);
        rml_html_text(out, classes.name[c]);
        fputs("</th>", out);
    }
    fputs("</tr></thead><tbody>\n", out);
    for (int32_t c = 0; c < classes.n; ++c) {
        fputs("<tr><th>", out);
        rml_html_text(out, classes.name[c]);
        fputs("</th>", out);
        for (int32_t d = 0; d < classes.n; ++d) {
            fprintf(out, "<td%s>%s</td>", c == d ? " class=\"right\"" : "", rml_report_digits(count[c][d], 1, text));
            rml_csv_text(csv, classes.name[c], true);
            rml_csv_text(csv, classes.name[d], false);
            rml_csv_number(csv, count[c][d], false);
            fputc('\n', csv);
        }
        fputs("</tr>\n", out);
    }
    fprintf(
        out,
        "</tbody></table></div>\n<p class=\"note\">Held-out patients of <b>chosen</b>, a repeat; mean of %d. The class "
        "with the highest score.</p>\n",
        n_repeats);
}
