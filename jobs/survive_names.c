/* What columns and their values are called in tables and on the console. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/utf8.h"
#include "jobs/survive.h"

const rml_dataset_texts *rml_survive_texts(const rml_survive *x, int32_t column)
{
    const int32_t clinical = column - (x->dataset.all.n_columns - x->dataset.n_clinical);

    return clinical >= 0 ? &x->dataset.clinical_text[clinical] : NULL;
}

const char *rml_survive_title(const rml_survive *x, int32_t column)
{
    const int32_t clinical = column - (x->dataset.all.n_columns - x->dataset.n_clinical);
    const rml_dataset_texts *texts = rml_survive_texts(x, column);

    return texts && texts->n == 2 ? x->study.use.text[clinical] : x->dataset.feature[column];
}

rml_survive_label rml_survive_label_of(const rml_survive *x, int32_t column, double value)
{
    const rml_dataset_texts *texts = rml_survive_texts(x, column);
    rml_survive_label label = {NULL, ""};

    if (texts && value >= 0.0 && value < texts->n && value == floor(value))
        label.text = texts->text[(int)value];
    else
        rml_survive_digits(value, 6, value, nextafter(value, INFINITY), label.number);
    return label;
}

const char *rml_survive_label_text(const rml_survive_label *label)
{
    return label->text ? label->text : label->number;
}

void rml_survive_digits(double value, int digits, double from, double below, char text[RML_SURVIVE_DIGITS])
{
    for (; digits <= 17; ++digits) {
        double read;

        snprintf(text, RML_SURVIVE_DIGITS, "%.*g", digits, value);
        read = strtod(text, NULL);
        if (read >= from && read < below) return;
    }
}

void rml_survive_print_name(const char *text, int32_t width)
{
    const size_t n = strlen(text);
    size_t at = 0;

    for (; width > 0 && at < n; --width) {
        const size_t n_bytes = rml_utf8_character(text + at, n - at);

        at += n_bytes > 0 ? n_bytes : 1;
    }
    printf("%.*s%*s", (int)at, text, (int)width, "");
}
