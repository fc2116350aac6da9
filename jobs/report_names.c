/* Names beside an axis. Names of features are long and differ in their middle (LargeDependenceHighGrayLevelEmphasis,
 * …LowGrayLevel…), so a name takes two lines, and one that is longer still loses letters of its longest words: all
 * words go on being there.
 *
 * 1. A name as words
 * 2. Shorter
 * 3. In two lines */
#include <ctype.h>
#include <string.h>

#include "io/utf8.h"
#include "jobs/report.h"

/* 1. A name as words ----------------------------------------------------------------------------------------------- */

enum { MOST_LETTERS = 256, LEAST_OF_WORD = 3, TWO_LINES = 34 /* pixels */ };

typedef struct letters {
    int32_t n;
    const char *at[MOST_LETTERS];
    size_t n_bytes[MOST_LETTERS];
    bool begins[MOST_LETTERS]; /* a word */
} letters;

typedef enum kind { SEPARATOR, DIGIT, UPPER, LOWER } kind; /* what is beyond ASCII counts as LOWER */

static kind kind_of(const letters *l, int32_t k)
{
    const unsigned char c = (unsigned char)*l->at[k];

    if (c >= 0x80 || islower(c)) return LOWER;
    return isupper(c) ? UPPER : isdigit(c) ? DIGIT : SEPARATOR;
}

/* A separator is a word of its own, and so is a number; a capital begins one behind what is none. */
static void find_words(letters *l)
{
    for (int32_t k = 0; k < l->n; ++k) {
        const kind now = kind_of(l, k), before = k > 0 ? kind_of(l, k - 1) : SEPARATOR;

        l->begins[k] = now == SEPARATOR || before == SEPARATOR || (now == DIGIT) != (before == DIGIT) ||
                       (now == UPPER && before == LOWER);
    }
}

/* False: more letters than a label can be made of. */
static bool read_name(const char *name, letters *l)
{
    const size_t n_bytes = strlen(name);

    l->n = 0;
    for (size_t at = 0; at < n_bytes; ++l->n) {
        const size_t length = rml_utf8_character(name + at, n_bytes - at);

        if (l->n == MOST_LETTERS) return false;
        l->at[l->n] = name + at;
        l->n_bytes[l->n] = length > 0 ? length : 1;
        at += l->n_bytes[l->n];
    }
    find_words(l);
    return true;
}

/* 2. Shorter ------------------------------------------------------------------------------------------------------- */

static void leave_out(letters *l, int32_t k)
{
    const bool begun = l->begins[k] && k + 1 < l->n && !l->begins[k + 1];

    for (int32_t i = k; i + 1 < l->n; ++i) {
        l->at[i] = l->at[i + 1];
        l->n_bytes[i] = l->n_bytes[i + 1];
        l->begins[i] = l->begins[i + 1];
    }
    if (begun) l->begins[k] = true;
    --l->n;
}

/* The last letter of the longest word, of equals the first; -1 when all words are as short as they get. */
static int32_t find_spare(const letters *l)
{
    int32_t longest = LEAST_OF_WORD, spare = -1;

    for (int32_t k = 0; k < l->n;) {
        int32_t end = k + 1;

        while (end < l->n && !l->begins[end]) ++end;
        if (end - k > longest && kind_of(l, k) != DIGIT) {
            longest = end - k;
            spare = end - 1;
        }
        k = end;
    }
    return spare;
}

/* Where the second line begins: behind a separator, else at a word, as far to the right as both lines have room;
 * -1 where only the middle of a word has it. */
static int32_t find_break(const letters *l, int32_t most)
{
    for (int32_t way = 0; way < 2; ++way)
        for (int32_t k = most < l->n ? most : l->n - 1; k > 0 && l->n - k <= most; --k)
            if (l->begins[k] && (way == 1 || kind_of(l, k - 1) == SEPARATOR)) return k;
    return -1;
}

/* Of words that are short already, but many, the middle goes and … stands there. */
static void leave_out_middle(letters *l, int32_t most)
{
    static const char dots[] = "…";

    while (l->n > most) leave_out(l, most / 2);
    l->at[most / 2 - 1] = dots;
    l->n_bytes[most / 2 - 1] = sizeof dots - 1;
}

/* To two lines of `most` letters, better ones that end with a word. */
static void shorten(letters *l, int32_t most)
{
    const letters whole = *l;

    while (l->n > most && find_break(l, most) < 0) {
        const int32_t spare = find_spare(l);

        if (spare >= 0) {
            leave_out(l, spare);
            continue;
        }
        if (l->n <= 2 * most) return;
        *l = whole;
        leave_out_middle(l, 2 * most);
        return;
    }
}

/* 3. In two lines -------------------------------------------------------------------------------------------------- */

static void put_line(rml_report *r, const letters *l, int32_t first, int32_t end)
{
    char line[4 * MOST_LETTERS + 1];
    size_t used = 0;

    for (int32_t k = first; k < end; ++k) {
        memcpy(line + used, l->at[k], l->n_bytes[k]);
        used += l->n_bytes[k];
    }
    line[used] = '\0';
    rml_report_text(r, line, end - first);
}

int32_t rml_report_name_lines(const char *name, int32_t most, bool *shortened)
{
    letters l;
    int32_t n;

    if (!read_name(name, &l)) {
        *shortened = true;
        return 1;
    }
    n = l.n;
    shorten(&l, most);
    *shortened |= l.n < n;
    return l.n > most ? 2 : 1;
}

void rml_report_name(rml_report *r, FILE *script, const char *name, int32_t most)
{
    letters l;
    int32_t middle;

    if (!read_name(name, &l)) {
        rml_report_text(r, name, most);
        return;
    }
    shorten(&l, most);
    if (l.n <= most) {
        put_line(r, &l, 0, l.n);
        return;
    }
    middle = find_break(&l, most) < 0 ? most : find_break(&l, most);
    put_line(r, &l, 0, middle);
    fputs(" . \"\\n\" . ", script);
    put_line(r, &l, middle, l.n);
}

int32_t rml_report_row_height(const char *const *name, int32_t n, size_t prefix, int32_t most, int32_t of_one)
{
    bool shortened = false;

    for (int32_t k = 0; k < n; ++k)
        if (rml_report_name_lines(name[k] + prefix, most, &shortened) > 1)
            return of_one > TWO_LINES ? of_one : TWO_LINES;
    return of_one;
}

void rml_report_names_said(const char *const *name, int32_t n, size_t prefix, int32_t most, FILE *caption)
{
    bool shortened = false;

    for (int32_t k = 0; k < n; ++k) (void)rml_report_name_lines(name[k] + prefix, most, &shortened);
    if (shortened) fputs(" Words of long names are shortened; the CSV has them whole.", caption);
}
