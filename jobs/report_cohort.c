/* 1. The way of the patients into the study
 * 2. Failed cases
 * 3. Centres */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

/* 1. The way of the patients into the study ------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Failures by their code, as an inner list. */
static void count_codes(const rml_report_extraction *x, FILE *out)
{
    const char **code = malloc(((size_t)x->failed_code.n + 1) * sizeof *code);

    if (!code || x->failed_code.n == 0) {
        free(code);
        return;
    }
    for (int64_t k = 0; k < x->failed_code.n; ++k) code[k] = x->failed_code.value[k];
    qsort(code, (size_t)x->failed_code.n, sizeof *code, by_text);
    fputs("<ul>", out);
    for (int64_t k = 0, from = 0; k < x->failed_code.n; ++k) {
        if (k + 1 < x->failed_code.n && strcmp(code[k], code[k + 1]) == 0) continue;
        fprintf(out, "<li>%lld ", (long long)(k + 1 - from));
        rml_html_text(out, code[k]);
        fputs("</li>", out);
        from = k + 1;
    }
    fputs("</ul>", out);
    free(code);
}

/* Rows of the extraction that have the values that the study asks for, condition after condition. */
static void narrow(const rml_report_input *in, FILE *out)
{
    bool *kept = malloc((size_t)in->frame.n_rows + 1);
    char *condition;

    for (int64_t r = 0; kept && r < in->frame.n_rows; ++r) kept[r] = true;
    for (int32_t k = 0; kept && (condition = rml_report_study(in, "rows", k)); ++k) {
        char *middle = strstr(condition, " = ");
        int64_t n = 0;
        int32_t c;

        if (middle) {
            *middle = '\0';
            c = rml_frame_column(&in->frame, condition);
            for (int64_t r = 0; r < in->frame.n_rows; ++r) {
                kept[r] = kept[r] && c >= 0 && rml_text_same(rml_frame_cell(&in->frame, r, c), middle + 3);
                n += kept[r];
            }
            fprintf(out, "<li><b>%lld</b> of ", (long long)n);
            rml_html_print(out, "%.200s = %.200s", condition, middle + 3);
            fputs(", as the study asks</li>\n", out);
        }
        free(condition);
    }
    free(kept);
}

static void flow(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const rml_report_extraction *x = &in->extraction;
    const double no_outcome = rml_h5_file_said_number(in->h5, "/cohort", "without_outcome");
    const double no_clinical = rml_h5_file_said_number(in->h5, "/cohort", "without_clinical");
    const int64_t n_events = rml_report_events(in, NULL);
    FILE *out = rml_report_piece(r, RML_REPORT_COHORT);

    fputs("<ol class=\"flow\">\n", out);
    if (x->there) {
        fprintf(out, "<li><b>%lld</b> rows of image and mask in the cohort’s file</li>\n", (long long)x->input.n);
        fprintf(out, "<li><b>%lld</b> regions computed, <b>%lld</b> failed", (long long)x->n_rois,
                (long long)x->failed_id.n);
        count_codes(x, out);
        fputs("</li>\n", out);
        narrow(in, out);
    }
    if (no_outcome > 0.0 || no_clinical > 0.0)
        fprintf(out,
                "<li>left out: <b>%.0f</b> patients without an outcome, <b>%.0f</b> without a line in the clinical "
                "file</li>\n",
                no_outcome, no_clinical);
    fprintf(out, "<li><b>%lld</b> patients analysed", (long long)in->patient.n);
    if (n_events >= 0)
        fprintf(out,
                in->event ? ": <b>%lld</b> with the event, <b>%lld</b> censored"
                          : ": <b>%lld</b> positive, <b>%lld</b> negative",
                (long long)n_events, (long long)(in->patient.n - n_events));
    fputs("</li>\n</ol>\n", out);
    if (!x->there)
        fputs(
            "<p class=\"note\">Cases and failures before this are in the extraction’s file, which this report was not "
            "given (<code>--features</code>).</p>\n",
            out);
}

/* 2. Failed cases -------------------------------------------------------------------------------------------------- */

enum { MOST_FAILURES = 20 };

static void failures(rml_report *r)
{
    const rml_report_extraction *x = &r->in.extraction;
    const int64_t n = x->failed_id.n;
    FILE *out, *csv;

    if (!x->there || n == 0 || x->failed_label.n != n || x->failed_stage.n != n || x->failed_code.n != n ||
        x->failed_sentence.n != n)
        return;
    out = rml_report_piece(r, RML_REPORT_COHORT);
    csv = rml_report_csv(r, "failures");
    fputs("id,label,stage,code,sentence\n", csv);
    fputs("<h3>Failed cases</h3>\n<table class=\"items\"><thead><tr><th>Case</th><th>Why</th></tr></thead><tbody>\n",
          out);
    for (int64_t k = 0; k < n; ++k) {
        rml_csv_text(csv, x->failed_id.value[k], true);
        rml_csv_text(csv, x->failed_label.value[k], false);
        rml_csv_text(csv, x->failed_stage.value[k], false);
        rml_csv_text(csv, x->failed_code.value[k], false);
        rml_csv_text(csv, x->failed_sentence.value[k], false);
        fputc('\n', csv);
        if (k >= MOST_FAILURES) continue;
        fputs("<tr><td>", out);
        rml_html_print(out, "%.200s, label %.100s", x->failed_id.value[k], x->failed_label.value[k]);
        fputs("</td><td>", out);
        rml_html_text(out, x->failed_sentence.value[k]);
        fputs("</td></tr>\n", out);
    }
    fputs("</tbody></table>\n", out);
    if (n > MOST_FAILURES)
        fprintf(out, "<p class=\"note\">and %lld more, in the CSV</p>\n", (long long)(n - MOST_FAILURES));
}

/* 3. Centres ------------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* "median (first to third quartile)" of a column over a centre's patients; "" without. */
static void put_spread(const rml_report_input *in, const char *centre, const char *name, FILE *out, FILE *csv)
{
    const int32_t c = in->row ? rml_frame_column(&in->frame, name) : -1;
    double *value = malloc(((size_t)in->patient.n + 1) * sizeof *value), q[3] = {NAN, NAN, NAN};
    int64_t n = 0;
    int32_t digits;
    char a[32], b[32], d[32];

    for (int64_t p = 0; value && c >= 0 && p < in->patient.n; ++p)
        if (in->row[p] >= 0 && strcmp(in->centre.text[p], centre) == 0 &&
            rml_text_number(rml_frame_cell(&in->frame, in->row[p], c), &value[n]))
            ++n;
    if (value && n > 0) qsort(value, (size_t)n, sizeof *value, by_value);
    for (int32_t k = 0; k < 3 && n > 0; ++k) {
        const double at = (k + 1) * 0.25 * (double)(n - 1);
        const int64_t i = (int64_t)at;

        q[k] = i + 1 < n ? value[i] + (at - (double)i) * (value[i + 1] - value[i]) : value[n - 1];
    }
    digits = fabs(q[2]) < 10.0 ? 2 : 0;
    fprintf(out, "<td>%s (%s to %s)</td>", rml_report_digits(q[1], digits, a), rml_report_digits(q[0], digits, b),
            rml_report_digits(q[2], digits, d));
    for (int32_t k = 0; k < 3; ++k) rml_csv_number(csv, q[k], false);
    free(value);
}

/* "(0.5703125, 0.5703125, 5.0)" as 0.57 × 0.57 × 5. */
static void put_tuple(const char *text, FILE *out)
{
    bool first = true;

    for (const char *at = text + strspn(text, "("); *at;) {
        char *end;
        const double value = strtod(at, &end);

        if (end == at) break;
        fprintf(out, "%s%.3g", first ? "" : " × ", value);
        first = false;
        at = end + strspn(end, ", )");
    }
}

/* The spacing that most of a centre's images have, and how many have another one. */
static void put_spacing(const rml_report_input *in, const char *centre, FILE *out, FILE *csv)
{
    const int32_t c = rml_frame_column(&in->frame, "diagnostics_Image-original_Spacing");
    const char **text = malloc(((size_t)in->patient.n + 1) * sizeof *text), *most = "";
    int64_t n = 0, n_most = 0;

    for (int64_t p = 0; text && c >= 0 && p < in->patient.n; ++p)
        if (in->row[p] >= 0 && strcmp(in->centre.text[p], centre) == 0)
            text[n++] = rml_frame_cell(&in->frame, in->row[p], c);
    if (text) qsort(text, (size_t)n, sizeof *text, by_text);
    for (int64_t k = 0, from = 0; k < n; ++k) {
        if (k + 1 < n && strcmp(text[k], text[k + 1]) == 0) continue;
        if (k + 1 - from > n_most) {
            n_most = k + 1 - from;
            most = text[k];
        }
        from = k + 1;
    }
    fputs("<td>", out);
    put_tuple(most, out);
    if (n_most < n) fprintf(out, "; %lld others", (long long)(n - n_most));
    fputs("</td>", out);
    rml_csv_text(csv, most, false);
    fprintf(csv, ",%lld", (long long)(n - n_most));
    free(text);
}

static void centres(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const char **name = malloc(((size_t)in->centre.n + 1) * sizeof *name);
    const bool any_events = rml_report_events(in, NULL) >= 0;
    FILE *out, *csv;

    if (!name) r->no_memory = true;
    if (!name || in->centre.n == 0) {
        free(name);
        return;
    }
    for (int64_t p = 0; p < in->centre.n; ++p) name[p] = in->centre.text[p];
    qsort(name, (size_t)in->centre.n, sizeof *name, by_text);
    out = rml_report_piece(r, RML_REPORT_COHORT);
    csv = rml_report_csv(r, "cohort");
    fputs("centre,patients,events", csv);
    if (in->row) fputs(",voxels_q1,voxels_median,voxels_q3,mean_q1,mean_median,mean_q3,spacing,other_spacings", csv);
    fputs("\n", csv);
    fputs("<h3>Centres</h3>\n<div class=\"wide\"><table class=\"numbers\"><thead><tr><th>Centre</th><th>Patients</th>",
          out);
    if (any_events) fputs("<th>Events</th>", out);
    if (in->row) fputs("<th>Voxels of the region</th><th>Mean of the image</th><th>Spacing, mm</th>", out);
    fputs("</tr></thead><tbody>\n", out);
    for (int64_t k = 0; k < in->centre.n; ++k) {
        const int64_t n_events = rml_report_events(in, name[k]);
        int64_t n = 0;

        if (k + 1 < in->centre.n && strcmp(name[k], name[k + 1]) == 0) continue;
        for (int64_t p = 0; p < in->centre.n; ++p) n += strcmp(in->centre.text[p], name[k]) == 0;
        fputs("<tr><td>", out);
        rml_html_text(out, name[k]);
        fprintf(out, "</td><td>%lld</td>", (long long)n);
        rml_csv_text(csv, name[k], true);
        fprintf(csv, ",%lld,", (long long)n);
        if (any_events) {
            fprintf(out, "<td>%lld</td>", (long long)n_events);
            fprintf(csv, "%lld", (long long)n_events);
        }
        if (in->row) {
            put_spread(in, name[k], "diagnostics_Mask-original_VoxelNum", out, csv);
            put_spread(in, name[k], "diagnostics_Image-original_Mean", out, csv);
            put_spacing(in, name[k], out, csv);
        }
        fputs("</tr>\n", out);
        fputs("\n", csv);
    }
    fputs("</tbody></table></div>\n", out);
    if (in->row)
        fputs("<p class=\"note\">Median (first to third quartile) of the analysed patients’ images.</p>\n", out);
    free(name);
}

void rml_report_cohort(rml_report *r)
{
    flow(r);
    centres(r);
    failures(r);
}
