#include "jobs/unmatched.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NAMED = 3 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The text without blanks at its ends: where it begins, and how long it is. */
static const char *inner(const char *text, size_t *n)
{
    while (is_blank(*text)) ++text;
    *n = strlen(text);
    while (*n > 0 && is_blank(text[*n - 1])) --*n;
    return text;
}

bool rml_nearly_same(const char *a, const char *b)
{
    size_t n_a, n_b;

    a = inner(a, &n_a);
    b = inner(b, &n_b);
    return n_a == n_b && strncasecmp(a, b, n_a) == 0;
}

void rml_unmatched_print(int32_t n, const char *const *without, int32_t n_unused, const char *const *unused)
{
    if (n <= 0) return;
    printf("  %d %s not in the clinical file: ", n, n == 1 ? "is" : "are");
    for (int32_t k = 0; k < n && k < NAMED; ++k) printf("%s\"%s\"", k > 0 ? ", " : "", without[k]);
    if (n > NAMED) printf(" and %d other%s", n - NAMED, n - NAMED == 1 ? "" : "s");
    printf("\n");
    for (int32_t k = 0; k < n; ++k)
        for (int32_t u = 0; u < n_unused; ++u) {
            if (!rml_nearly_same(without[k], unused[u])) continue;
            printf("    it has \"%s\", which is \"%s\" but for blanks at the ends or the case of letters\n", unused[u],
                   without[k]);
            return;
        }
}
