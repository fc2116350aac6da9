#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/table.h"

/* White space at either end needs quotes too: readers, ours among them, drop it from a bare cell. */
static bool needs_quotes(const char *text)
{
    const size_t n = strlen(text);

    if (n == 0) return false;
    if (strchr(" \t", text[0]) || strchr(" \t", text[n - 1])) return true;
    return strpbrk(text, ",\"\r\n") != NULL;
}

void rml_csv_text(FILE *stream, const char *text, bool first)
{
    if (!first) fputc(',', stream);
    if (!needs_quotes(text)) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (size_t n = strcspn(text, "\""); text[n]; text += n + 1, n = strcspn(text, "\"")) {
        fwrite(text, 1, n, stream);
        fputs("\"\"", stream);
    }
    fputs(text, stream);
    fputc('"', stream);
}

bool rml_csv_is_formula(const char *text)
{
    char *end;

    if (*text == '=' || *text == '@') return true;
    if (*text != '+' && *text != '-') return false;
    (void)strtod(text, &end);
    return *end != '\0' && text[1] != '\0';
}

void rml_number_text(double value, char text[32])
{
    text[0] = '\0';
    if (isnan(value)) return;
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
}

void rml_csv_number(FILE *stream, double value, bool first)
{
    char text[32];

    if (!first) fputc(',', stream);
    rml_number_text(value, text);
    fputs(text, stream);
}
