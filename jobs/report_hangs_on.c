/* What the features that were kept most often hang on besides the outcome: volume, centre, and the columns that the
 * study only reports. */
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

enum { MOST_SHOWN = 12, MOST_COLUMNS = 16 };

/* The columns told beside "kept", as places in features.csv. */
static int32_t list_columns(const rml_table *t, int32_t *column)
{
    static const char *const always[] = {"volume_rho", "centre_eta2", "centre_eta2_prepared"};
    int32_t n = 0;

    for (size_t k = 0; k < sizeof always / sizeof *always; ++k) {
        column[n] = rml_table_column(t, always[k]);
        n += column[n] >= 0;
    }
    for (int32_t c = 0; c < t->n_columns && n < MOST_COLUMNS; ++c)
        if (strncmp(t->header[c], "rho_", 4) == 0) column[n++] = c;
    return n;
}

static void put_head(FILE *out, const char *name)
{
    fputs("<th>", out);
    if (strcmp(name, "volume_rho") == 0)
        fputs("volume, ρ", out);
    else if (strcmp(name, "centre_eta2") == 0)
        fputs("centre, η²", out);
    else if (strcmp(name, "centre_eta2_prepared") == 0)
        fputs("prepared, η²", out);
    else {
        rml_html_text(out, name + 4);
        fputs(", ρ", out);
    }
    fputs("</th>", out);
}

void rml_report_hangs_on(rml_report *r, const char *selection, const rml_report_kept *kept, int32_t n_kept)
{
    const int32_t n = n_kept > MOST_SHOWN ? MOST_SHOWN : n_kept;
    const rml_report_input *in = &r->in;
    const rml_table *t = &in->table[RML_REPORT_FEATURES];
    int32_t column[MOST_COLUMNS + 3];
    const int32_t n_columns = list_columns(t, column);
    char *reported = rml_report_study(in, "reported beside the features, never used", 0), text[32];
    const char *name[MOST_SHOWN];
    size_t prefix;
    FILE *out = rml_report_piece(r, RML_REPORT_SELECTION);

    for (int32_t k = 0; k < n; ++k) name[k] = rml_report_cell(in, RML_REPORT_FEATURES, kept[k].row, "feature");
    prefix = rml_report_prefix(name, n);
    fputs(
        "<h3>What these features hang on</h3>\n<div class=\"wide\"><table class=\"numbers\"><thead><tr><th>Feature</th>"
        "<th>Kept</th>",
        out);
    for (int32_t c = 0; c < n_columns; ++c) put_head(out, t->header[column[c]]);
    fputs("</tr></thead><tbody>\n", out);
    for (int32_t k = 0; k < n; ++k) {
        fputs("<tr><td>", out);
        rml_html_text(out, name[k] + prefix);
        fprintf(out, "</td><td>%s %%</td>", rml_report_digits(100.0 * kept[k].share, 0, text));
        for (int32_t c = 0; c < n_columns; ++c)
            fprintf(out, "<td>%s</td>",
                    rml_report_digits(rml_report_number(in, RML_REPORT_FEATURES, kept[k].row, t->header[column[c]]), 2,
                                      text));
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n<p class=\"note\">Selection <b>", out);
    rml_html_text(out, selection);
    fputs("</b>. ρ: Spearman’s correlation over all patients; η²: the share of the ranks’ variance that the centres "
          "explain, as the features are and prepared.",
          out);
    if (reported) {
        fputs(" Reported beside the features and used by no step: ", out);
        rml_html_text(out, reported);
        fputs(".", out);
    }
    fputs(" All features in the sweep’s <code>features.csv</code>.</p>\n", out);
    free(reported);
}
