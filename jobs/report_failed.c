/* Where no pipeline has a score: a page that says so, and why, instead of figures of nothing. */
#include <math.h>
#include <string.h>

#include "jobs/report.h"

bool rml_report_failed(const rml_report_input *in)
{
    return isnan(rml_report_number(in, RML_REPORT_BOARD, rml_report_pipeline(in, "chosen"), in->metric));
}

static const char *sentence_of(const rml_report_input *in, int64_t row)
{
    return rml_report_cell(in, RML_REPORT_FAILURES, row, "sentence");
}

/* Every reason once, with how often it was given. */
void rml_report_failures(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const int64_t n = in->there[RML_REPORT_FAILURES] ? in->table[RML_REPORT_FAILURES].n_rows : 0;
    enum { MOST = 12 };
    int32_t n_said = 0;
    FILE *out = rml_report_piece(r, RML_REPORT_PERFORMANCE);

    fputs("<p><b>Nothing was chosen in any part, so there is no figure of performance</b>: in every training part all "
          "pipelines failed, or none could be told from another. What is said of controls is of controls alone.</p>\n",
          out);
    for (int64_t row = 0; row < n && n_said < MOST; ++row) {
        int64_t n_times = 0, first = row;

        for (int64_t k = n; k-- > 0;)
            if (strcmp(sentence_of(in, k), sentence_of(in, row)) == 0) {
                ++n_times;
                first = k;
            }
        if (first < row) continue;
        fputs(n_said++ == 0 ? "<ul>\n<li>" : "<li>", out);
        rml_html_text(out, sentence_of(in, row));
        fprintf(out, " (%lld of %lld)</li>\n", (long long)n_times, (long long)n);
    }
    if (n_said > 0) fputs("</ul>\n<p class=\"note\">failures.csv has each of them with its part.</p>\n", out);
}
