#include "jobs/nearest.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { MAX_WORD = 64 };

/* Edits (insert, drop, replace, swap of neighbours) between two words, case ignored: optimal string alignment. */
static int32_t distance(const char *a, const char *b)
{
    const size_t n = strnlen(a, MAX_WORD), m = strnlen(b, MAX_WORD);
    int32_t table[MAX_WORD + 1][MAX_WORD + 1];

    for (size_t i = 0; i <= n; ++i) table[i][0] = (int32_t)i;
    for (size_t j = 0; j <= m; ++j) table[0][j] = (int32_t)j;
    for (size_t i = 1; i <= n; ++i)
        for (size_t j = 1; j <= m; ++j) {
            const int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            int32_t best = table[i - 1][j - 1] + (x != y);

            if (table[i - 1][j] + 1 < best) best = table[i - 1][j] + 1;
            if (table[i][j - 1] + 1 < best) best = table[i][j - 1] + 1;
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) && y == tolower((unsigned char)a[i - 2]) &&
                table[i - 2][j - 2] + 1 < best)
                best = table[i - 2][j - 2] + 1;
            table[i][j] = best;
        }
    return table[n][m];
}

const char *rml_nearest(const char *text, const char *const *words, int32_t n)
{
    const char *nearest = NULL;
    int32_t least = (int32_t)strnlen(text, MAX_WORD) / 3;

    if (least < 2) least = 2;
    for (int32_t w = 0; w < n; ++w) {
        const int32_t edits = distance(text, words[w]);

        if (edits < least || (edits == least && !nearest)) {
            nearest = words[w];
            least = edits;
        }
    }
    return nearest;
}
