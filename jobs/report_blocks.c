/* 1. Blocks: what the report's parts put into its sections, until the page is written
 * 2. Numbers in words */
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

/* 1. Blocks -------------------------------------------------------------------------------------------------------- */

/* Where memory is short what is written goes nowhere, and rml_report_close says so. */
static FILE *nowhere(rml_report *r)
{
    static FILE *sink;

    r->no_memory = true;
    if (!sink) sink = fopen("/dev/null", "w");
    assert(sink);
    return sink;
}

static void end_block(rml_report *r)
{
    if (r->open && fclose(r->open) != 0) r->no_memory = true;
    r->open = NULL;
}

static FILE *begin_block(rml_report *r, rml_report_section section, const char *name, const char *title)
{
    rml_report_block **grown, *block = calloc(1, sizeof *block);

    end_block(r);
    grown = realloc(r->block, ((size_t)r->n_blocks + 1) * sizeof(void *));
    if (grown) r->block = grown;
    if (!grown || !block) {
        free(block);
        return nowhere(r);
    }
    grown[r->n_blocks++] = block;
    block->section = section;
    block->name = name ? strdup(name) : NULL;
    block->title = title ? strdup(title) : NULL;
    r->open = open_memstream(&block->html, &block->n_html);
    return r->open && (!name || block->name) && (!title || block->title) ? r->open : nowhere(r);
}

FILE *rml_report_piece(rml_report *r, rml_report_section section)
{
    return begin_block(r, section, NULL, NULL);
}

FILE *rml_report_figure(rml_report *r, rml_report_section section, const char *name, const char *title, int32_t width,
                        int32_t height, FILE **caption)
{
    FILE *script = rml_gnuplot_figure(r->plots, name, width, height);

    *caption = begin_block(r, section, name, title);
    if (r->n_blocks > 0) {
        r->block[r->n_blocks - 1]->width = width;
        r->block[r->n_blocks - 1]->height = height;
    }
    rml_report_style(script);
    return script;
}

FILE *rml_report_csv(rml_report *r, const char *name)
{
    rml_report_numbers **grown = realloc(r->csv, ((size_t)r->n_csv + 1) * sizeof(void *));
    rml_report_numbers *numbers = calloc(1, sizeof *numbers);

    if (grown) r->csv = grown;
    if (!grown || !numbers) {
        free(numbers);
        return nowhere(r);
    }
    grown[r->n_csv++] = numbers;
    numbers->name = strdup(name);
    numbers->stream = open_memstream(&numbers->text, &numbers->n_bytes);
    if (r->n_blocks > 0) { /* the block's last one is the one that it names */
        free(r->block[r->n_blocks - 1]->csv);
        r->block[r->n_blocks - 1]->csv = strdup(name);
    }
    return numbers->name && numbers->stream ? numbers->stream : nowhere(r);
}

rml_status rml_report_close(rml_report *r, rml_error *err)
{
    end_block(r);
    for (int32_t i = 0; i < r->n_csv; ++i) {
        if (!r->csv[i]->stream || fclose(r->csv[i]->stream) != 0) r->no_memory = true;
        r->csv[i]->stream = NULL;
    }
    return r->no_memory ? rml_fail(err, RML_ENOMEM, "no memory for the report") : RML_OK;
}

void rml_report_free(rml_report *r)
{
    end_block(r);
    for (int32_t i = 0; i < r->n_blocks; ++i) {
        free(r->block[i]->name);
        free(r->block[i]->title);
        free(r->block[i]->html);
        free(r->block[i]->csv);
        free(r->block[i]);
    }
    for (int32_t i = 0; i < r->n_csv; ++i) {
        if (r->csv[i]->stream) fclose(r->csv[i]->stream);
        free(r->csv[i]->name);
        free(r->csv[i]->text);
        free(r->csv[i]);
    }
    free(r->block);
    free(r->csv);
    rml_gnuplot_free(r->plots);
    rml_report_input_free(&r->in);
}

/* 2. Numbers in words ---------------------------------------------------------------------------------------------- */

size_t rml_report_prefix(const char *const *name, int32_t n)
{
    const char *end = n > 1 ? strchr(name[0], '_') : NULL;
    const size_t prefix = end ? (size_t)(end - name[0]) + 1 : 0;

    for (int32_t k = 0; k < n; ++k)
        if (strncmp(name[k], name[0], prefix) != 0 || !name[k][prefix]) return 0;
    return prefix;
}

void rml_report_prefix_said(const char *name, size_t prefix, FILE *caption)
{
    if (prefix == 0) return;
    fputs(" Names without “", caption);
    rml_html_print(caption, "%.*s", (int)prefix, name);
    fputs("”.", caption);
}

const char *rml_report_digits(double value, int32_t digits, char text[32])
{
    double rounded = value;

    if (isnan(value)) return "–";
    if (fabs(value) < 0.5 * pow(10.0, -digits)) rounded = 0.0; /* no -0.00 */
    if (fabs(value) >= 1e6)
        snprintf(text, 32, "%s%.3g", value < 0.0 ? "−" : "", fabs(value));
    else
        snprintf(text, 32, "%s%.*f", rounded < 0.0 ? "−" : "", digits, fabs(rounded));
    return text;
}

const char *rml_report_interval(double value, double low, double high, int32_t digits, char text[96])
{
    char a[32], b[32], c[32];

    if (isnan(low) || isnan(high))
        snprintf(text, 96, "%s", rml_report_digits(value, digits, a));
    else
        snprintf(text, 96, "%.28s (%.28s to %.28s)", rml_report_digits(value, digits, a),
                 rml_report_digits(low, digits, b), rml_report_digits(high, digits, c));
    return text;
}

/* Whether a limit would be written as 1 though it lies on one side of it, which is what p is about. */
static bool is_hidden(double limit, int32_t digits)
{
    const double unit = pow(10.0, digits);

    return limit != 1.0 && round(limit * unit) == unit;
}

const char *rml_report_time(double time, char text[32])
{
    if (isnan(time)) return "–";
    if (fabs(time) >= 100.0) return rml_report_digits(time, 0, text);
    snprintf(text, 32, "%s%.3g", time < 0.0 ? "−" : "", fabs(time));
    return text;
}

const char *rml_report_p_permuted(double p, double n, char text[96])
{
    char number[32];

    if (n > 0.0 && p <= (1.0 + 1e-9) / (n + 1.0))
        snprintf(text, 96, "%.30s, the least that %.0f permutations can give", rml_report_p(p, number), n);
    else
        snprintf(text, 96, "%.30s", rml_report_p(p, number));
    return text;
}

const char *rml_report_ratio(double ratio, double low, double high, char text[96])
{
    int32_t digits = 2;

    while (digits < 8 && high - low < pow(10.0, 1 - digits)) ++digits;
    while (digits < 4 && (is_hidden(low, digits) || is_hidden(high, digits))) ++digits;
    return rml_report_interval(ratio, low, high, digits, text);
}

const char *rml_report_p(double p, char text[32])
{
    if (isnan(p)) return "–";
    if (p < 0.001) return "< 0.001";
    snprintf(text, 32, "%.3f", p);
    return text;
}

const char *rml_report_fixed(const rml_report_input *in)
{
    if (!rml_report_single(in)) return "";
    return in->two_classes ? " (DeLong’s)" : in->event ? " (the C-index’s infinitesimal jackknife)" : "";
}

const char *rml_report_metric(const rml_report_input *in)
{
    static const char *const word[][2] = {{"auc", "AUC"},
                                          {"c-index", "C-index"},
                                          {"r2", "R²"},
                                          {"spearman", "Spearman's ρ"},
                                          {"mae", "Mean absolute error"}};

    for (size_t k = 0; k < sizeof word / sizeof *word; ++k)
        if (strcmp(in->metric, word[k][0]) == 0) return word[k][1];
    return in->metric;
}
