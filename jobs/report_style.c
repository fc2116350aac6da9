/* One style for all figures. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

void rml_report_style(FILE *script)
{
    fputs("set border 3 linewidth 0.8 linecolor rgb '#444444'\n"
          "set tics nomirror out scale 0.5 textcolor rgb '#222222'\n"
          "set grid linewidth 0.6 linetype 1 linecolor rgb '#DDDDDD'\n"
          "set style fill solid 1.0 noborder\n"
          "set key samplen 2.5 spacing 1.15 textcolor rgb '#222222'\n"
          "set pointsize 0.6\nset minussign\n"
          "set boxwidth 0.9 relative\n"
          "set xtics offset 0,0.2\nset xlabel offset 0,0.3\n",
          script);
}

const char *rml_report_colour(int32_t n)
{
    static const char *const colour[] = {RML_COLOUR_MAIN,  RML_COLOUR_THIRD, RML_COLOUR_FOURTH,
                                         RML_COLOUR_FIFTH, RML_COLOUR_SIXTH, RML_COLOUR_OTHER};

    return colour[n % (int32_t)(sizeof colour / sizeof *colour)];
}

const char *rml_report_line(int32_t n)
{
    static const char *const line[] = {
        "linewidth 2.4 dashtype 1 linecolor rgb '" RML_COLOUR_MAIN "'",
        "linewidth 1.8 dashtype (12,4) linecolor rgb '" RML_COLOUR_THIRD "'",
        "linewidth 1.8 dashtype (3,3) linecolor rgb '" RML_COLOUR_FOURTH "'",
        "linewidth 1.8 dashtype (12,4,3,4) linecolor rgb '" RML_COLOUR_FIFTH "'",
        "linewidth 1.8 dashtype (7,3) linecolor rgb '" RML_COLOUR_SIXTH "'",
        "linewidth 1.8 dashtype (3,5) linecolor rgb '" RML_COLOUR_OTHER "'",
    };

    return line[n % (int32_t)(sizeof line / sizeof *line)];
}

void rml_report_textf(rml_report *report, int32_t most, const char *format, ...)
{
    char text[2048];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    rml_gnuplot_text(report->plots, text, most);
}

/* Curves that begin at a landmark are of those who were still there. */
static bool from_landmark(const rml_report_input *in)
{
    char *outcome = rml_report_study(in, "outcome", 0); /* "months, the time to dead, from the landmark second" */
    const bool there =
        *rml_report_about(in, "landmark", 0) || (in->event && outcome && strstr(outcome, ", from the landmark "));

    free(outcome);
    return there;
}

void rml_report_time_label(rml_report *report)
{
    char *unit = rml_report_time_unit(&report->in);

    rml_report_textf(report, 44, from_landmark(&report->in) ? "Time from the landmark on (%.200s)" : "Time (%.200s)",
                     unit ? unit : "");
    if (!unit) report->no_memory = true;
    free(unit);
}

void rml_report_key_below(FILE *script, int32_t rows, int32_t rows_below)
{
    fprintf(
        script,
        "set bmargin %g\nset key at screen 0.03, screen 0.015 bottom left reverse Left vertical maxrows %d width 1\n",
        3.7 + 1.18 * rows + 1.05 * rows_below + (rows_below > 0 ? 0.8 : 0.0), rows);
}

void rml_report_ticks(FILE *script, double low, double high, int32_t most)
{
    const double least = (high - low) / most, power = pow(10.0, floor(log10(least)));
    const double step = power * (least <= power ? 1.0 : least <= 2.0 * power ? 2.0 : least <= 5.0 * power ? 5.0 : 10.0);

    if (high > low && isfinite(step)) fprintf(script, "set xtics %.9g\n", step);
}

void rml_report_row_below(rml_report *report, FILE *script, int32_t row, const char *name, int32_t n, const double *at,
                          const double *value, int32_t digits)
{
    char text[32];

    fputs("set label ", script);
    rml_report_text(report, name, 24);
    fprintf(script, " at graph 0, graph 0 right offset character -2.2, character %g font ',10'\n", -3.9 - 1.05 * row);
    for (int32_t i = 0; i < n; ++i) {
        fputs("set label ", script);
        rml_report_text(report, rml_report_digits(value[i], digits, text), 12);
        fprintf(script, " at first %.17g, graph 0 center offset character 0, character %g font ',10'\n", at[i],
                -3.9 - 1.05 * row);
    }
}
