/* Of an outcome that is a number: what was observed beside what was said of each patient when held out. */
#include <math.h>
#include <stdlib.h>

#include "jobs/report.h"

void rml_report_predicted(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const int32_t chosen = rml_report_pipeline(in, "chosen");
    double *mean = calloc((size_t)in->patient.n + 1, sizeof *mean), low = INFINITY, high = -INFINITY;
    int32_t *n = calloc((size_t)in->patient.n + 1, sizeof *n);
    FILE *script, *caption, *csv;

    for (int64_t k = 0; mean && n && k < in->n_said; ++k) {
        const rml_report_said *said = &in->said[k];

        if (said->pipeline != chosen || isnan(said->score)) continue;
        ++n[said->patient];
        mean[said->patient] += (said->score - mean[said->patient]) / n[said->patient];
    }
    for (int64_t p = 0; mean && n && p < in->patient.n; ++p)
        if (n[p] > 0) {
            low = fmin(low, fmin(mean[p], in->y[p]));
            high = fmax(high, fmax(mean[p], in->y[p]));
        }
    if (!mean || !n) r->no_memory = true;
    if (r->no_memory || !(high > low)) {
        free(mean);
        free(n);
        return;
    }
    script = rml_report_figure(r, RML_REPORT_PERFORMANCE, "predicted", "Observed and held-out prediction",
                               RML_FIGURE_WIDTH, 420, &caption);
    csv = rml_report_csv(r, "predicted");
    fputs("id,observed,predicted,times_held_out\n", csv);
    fputs("$patients << EOD\n", script);
    for (int64_t p = 0; p < in->patient.n; ++p) {
        if (n[p] == 0) continue;
        fprintf(script, "%.9g %.9g\n", mean[p], in->y[p]);
        rml_csv_text(csv, in->patient.text[p], true);
        rml_csv_number(csv, in->y[p], false);
        rml_csv_number(csv, mean[p], false);
        fprintf(csv, ",%d\n", n[p]);
    }
    fprintf(script,
            "EOD\nset size ratio 1\nset xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\nunset key\n"
            "set arrow from %.9g,%.9g to %.9g,%.9g nohead linewidth 0.8 dashtype (6,4) linecolor rgb "
            "'" RML_COLOUR_QUIET "'\n",
            low, high, low, high, low, low, high, high);
    rml_report_ticks(script, low, high, 8);
    fputs("set xlabel ", script);
    rml_report_text(r, "Said when held out, mean over repeats", 60);
    fputs("\nset ylabel ", script);
    rml_report_text(r, "Observed", 40);
    fputs("\nplot $patients using 1:2 with points pointtype 6 pointsize 0.5 linewidth 1.2 linecolor rgb "
          "'" RML_COLOUR_MAIN "'\n",
          script);
    fputs("Each point a patient: what <b>chosen</b> said when the patient was held out. Dashed: agreement.", caption);
    free(mean);
    free(n);
}
