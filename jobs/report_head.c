/* What the page says first. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report_facts.h"

static void put_figure(const rml_report_input *in, const char *pipeline, const char *word, FILE *out)
{
    const int32_t row = rml_report_pipeline(in, pipeline);
    const double value = rml_report_number(in, RML_REPORT_BOARD, row, in->metric);
    double low, high;
    char text[32];

    if (row < 0 || isnan(value)) return;
    rml_report_limits(in, row, &low, &high);
    fprintf(out, "<div><b>%s</b><span>", rml_report_digits(value, 2, text));
    rml_html_text(out, word);
    if (isnan(low)) {
        fputs("<br>no interval", out);
    } else {
        fprintf(out, "<br>%s to ", rml_report_digits(low, 2, text));
        fputs(rml_report_digits(high, 2, text), out);
    }
    fputs("</span></div>\n", out);
}

/* How it was validated, and what that makes of the figures. */
static void put_design(const rml_report_input *in, FILE *out)
{
    char *split = rml_report_study(in, "split", 0);

    if (rml_report_single(in)) /* "held out: HN1" */
        rml_html_print(out, "Held out, once:%s. Everything fitted to the other patients alone.",
                       split ? split + strcspn(split, " ") + strlen(" out:") : "");
    else
        rml_html_print(out, "Cross-validation: %s. Everything fitted inside the training part of every fold.",
                       split ? split : "as the study says");
    free(split);
}

static void put_reading(const rml_report_input *in, FILE *out)
{
    if (rml_report_single(in))
        fputs("<p>“Chosen” picks pipeline and settings by inner folds of the training patients, and is scored on "
              "patients who were held out of all of it. The figures beside it are controls of the same patients, never "
              "chosen. Intervals: 95 %, of a fixed model on the held-out patients.</p>\n",
              out);
    else
        fputs("<p>“Chosen” picks pipeline and settings by inner folds of every training part, and is scored on "
              "patients who were held out of all of it. The figures beside it are controls in the same folds, never "
              "chosen. Intervals: 95 %, corrected for overlapping training parts, approximate.</p>\n",
              out);
}

/* "y, positive is 1" as y (positive: 1); others as they are. */
static void put_outcome(const char *outcome, FILE *out)
{
    static const char word[] = ", positive is ";
    const char *at = outcome, *found = NULL;

    while ((at = strstr(at, word))) found = at++; /* the last: a column's name may hold it too */
    if (found)
        rml_html_print(out, "%.*s (positive: %s)", (int)(found - outcome), outcome, found + strlen(word));
    else
        rml_html_text(out, outcome);
}

/* How much the patients can say. 100 of the rarer outcome: Collins, Ogundimu & Altman, Statistics in Medicine
 * 2016;35:214. */
static void put_size(const rml_report_input *in, FILE *out)
{
    const int64_t n_events = rml_report_events(in, NULL), n_others = in->patient.n - n_events;
    const int64_t rarer = in->event || n_events < n_others ? n_events : n_others;
    const bool of_one_centre = in->centre.n > 0 && !rml_report_centres(in);
    const rml_report_sizes sizes = rml_report_class_sizes(in);

    if ((n_events >= 0 && rarer < 100) || (sizes.n > 0 && sizes.least < 100)) {
        fputs("<p><b>Uncertain:</b> ", out);
        rml_fact_sample(in, out);
        fprintf(out,
                " Fewer than 100 %s say little of how well a model does: judge the figures by their limits, the choice "
                "of features by how steady it is, and test the model on other patients before it is used.</p>\n",
                in->event     ? "events"
                : sizes.n > 0 ? "of the rarest class"
                              : "of the rarer outcome");
    }
    if (of_one_centre)
        fputs("<p>All patients are of one centre: nothing here says how the model does at another.</p>\n", out);
}

/* That the chosen models say the same of everybody, before anybody reads the figures. */
static void put_constant(const rml_report_input *in, int32_t row, FILE *out)
{
    if (row < 0 || !rml_report_constant(in, row, NULL)) return;
    fputs("<p><b>Nothing was kept:</b> ", out);
    (void)rml_report_constant(in, row, out);
    fputs("</p>\n", out);
}

/* Whether images add to clinical columns, and these to images: paired over the held-out parts. */
static void put_gain(const rml_report_input *in, FILE *out)
{
    static const char *const against[2] = {"clinical", "chosen"};
    const int32_t row = rml_report_pipeline(in, "clinical + chosen");
    bool any = false, limits = false;

    for (int k = 0; k < 2 && row >= 0; ++k) {
        char name[64], text[96];
        double part[3], p;

        for (int v = 0; v < 3; ++v) {
            snprintf(name, sizeof name, "gain_vs_%s%s", against[k], v == 0 ? "" : v == 1 ? "_low" : "_high");
            part[v] = rml_report_number(in, RML_REPORT_BOARD, row, name);
        }
        snprintf(name, sizeof name, "p_vs_%s", against[k]);
        p = rml_report_number(in, RML_REPORT_BOARD, row, name);
        if (isnan(part[0])) continue;
        fputs(any ? "; against " : "<p>“clinical + chosen” against ", out);
        fprintf(out, "%s alone: ", k == 0 ? "the clinical columns" : "“chosen”");
        rml_html_print(out, "%.20s %s%s", rml_report_metric(in), part[0] > 0.0 ? "+" : "",
                       isnan(part[1]) ? rml_report_digits(part[0], 3, text)
                                      : rml_report_interval(part[0], part[1], part[2], 3, text));
        if (!isnan(p)) {
            fputs(", p ", out);
            rml_html_text(out, rml_report_p(p, text));
        }
        any = true;
        limits |= !isnan(part[1]);
    }
    if (any)
        fputs(limits ? " (held out; limits and p approximate, corrected for overlapping training parts).</p>\n"
                     : " (held out).</p>\n",
              out);
}

void rml_report_head(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const int32_t chosen = rml_report_pipeline(in, "chosen");
    char *outcome = rml_report_study(in, "outcome", 0), text[96];
    const char *of_time = outcome ? strstr(outcome, ", the time to ") : NULL;
    const double chance = rml_report_number(in, RML_REPORT_BOARD, chosen, "permutation_chance");
    const double p = rml_report_number(in, RML_REPORT_BOARD, chosen, "permutation_p");
    const double n_permuted = rml_report_number(in, RML_REPORT_BOARD, chosen, "permutations");
    const double n_failed = rml_report_number(in, RML_REPORT_BOARD, chosen, "permutations_failed");
    FILE *out = rml_report_piece(r, RML_REPORT_HEAD);

    fputs("<h1>Prediction of ", out);
    if (in->event) /* "months, the time to dead" */
        rml_html_print(out, "%s (%.*s)", of_time && outcome ? of_time + 2 : "a time to an event",
                       outcome ? (int)strcspn(outcome, ",") : 0, outcome ? outcome : "");
    else
        put_outcome(outcome ? outcome : "the outcome", out);
    fprintf(out, "</h1>\n<p class=\"lead\">%lld patients, %lld features. ", (long long)in->patient.n,
            (long long)in->feature.n);
    put_design(in, out);
    fputs("</p>\n", out);
    fputs("<div class=\"headline\">\n", out);
    snprintf(text, sizeof text, "%.20s, chosen", rml_report_metric(in));
    put_figure(in, "chosen", text, out);
    put_figure(in, "clinical + chosen", "clinical + chosen", out);
    put_figure(in, "clinical", "clinical alone", out);
    put_figure(in, "volume", "volume alone", out);
    if (!isnan(chance)) {
        fprintf(out, "<div><b>%s</b><span>outcome permuted, ", rml_report_digits(chance, 2, text));
        fprintf(out, "mean of %.0f%s<br>p ", n_permuted - n_failed, n_failed > 0.0 ? " that could be computed" : "");
        if (isnan(p))
            fputs("is none", out);
        else
            rml_html_text(out, rml_report_p_permuted(p, n_permuted, text));
        fputs("</span></div>\n", out);
    }
    fputs("</div>\n", out);
    put_constant(in, chosen, out);
    put_gain(in, out);
    put_reading(in, out);
    put_size(in, out);
    free(outcome);
}
