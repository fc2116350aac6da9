/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbouring letters cost 1 each.
 * Source: Damerau 1964. Letters are bytes; known words are ASCII. */
#include "jobs/nearest.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define LONGEST 95 /* letters; longer words are not typing errors of ours */

static int lower(char c)
{
    return tolower((unsigned char)c);
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Rows i-2, i-1 and i of the distance table suffice: a swap looks two rows back. */
static int distance(const char *a, const char *b)
{
    const int n = (int)strlen(a), m = (int)strlen(b);
    int rows[3][LONGEST + 1];
    int *before = rows[0], *above = rows[1], *row = rows[2];

    for (int j = 0; j <= m; ++j) above[j] = j;
    for (int i = 1; i <= n; ++i) {
        int *spare = before;

        row[0] = i;
        for (int j = 1; j <= m; ++j) {
            const int swap = lower(a[i - 1]) != lower(b[j - 1]);

            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + swap);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
        row = spare;
    }
    return above[m];
}

const char *rml_nearest(const char *text, const char *const *words, int32_t n)
{
    const size_t length = strlen(text);
    const int allowed = length / 3 > 2 ? (int)(length / 3) : 2;
    const char *nearest = NULL;
    int smallest = allowed + 1;

    if (length == 0 || length > LONGEST) return NULL;
    for (int32_t w = 0; w < n; ++w) {
        int d;

        if (strlen(words[w]) > LONGEST) continue;
        d = distance(text, words[w]);
        if (d >= (int)length) continue; /* nothing in common: a word of two letters is not near every other */
        if (d < smallest) {
            smallest = d;
            nearest = words[w];
        }
    }
    return nearest;
}
