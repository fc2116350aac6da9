#include "tests/support/measured.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Comparisons of a case are told apart by the size of their tolerance: one of R's roots that is good to 1e-3 says
 * nothing of a p that is held to 1e-10. */
enum { LEAST = -20, MOST = 5, N_DECADES = MOST - LEAST + 1 };

typedef struct group {
    long n;
    double worst;    /* largest deviation, relative or absolute as its tolerance is */
    double within;   /* largest tolerance */
    char names[512]; /* what was compared, each once, as far as there is room: "p|low|high" */
} group;

static struct {
    bool open, registered;
    char name[256], oracle[1024];
    group of[2][N_DECADES]; /* relative, absolute */
} now;

/* program, case, oracle, relative or absolute, comparisons, worst, within, names: a line of tab-separated texts. A case
 * whose test compares no numbers (a selection, an order, folds) has one line, "equal". */
static void flush_case(void)
{
    const char *path = getenv("RADMILL_ORACLE_LOG");
    FILE *log = path && now.open ? fopen(path, "a") : NULL;
    long n = 0;

    if (!log) return;
    setvbuf(log, NULL, _IOLBF, 4096); /* whole lines, whatever other programs append */
    for (int kind = 0; kind < 2; ++kind)
        for (int d = 0; d < N_DECADES; ++d) {
            const group *g = &now.of[kind][d];

            n += g->n;
            if (g->n > 0)
                fprintf(log, "%s\t%s\t%s\t%s\t%ld\t%.3g\t%.3g\t%s\n", program_invocation_short_name, now.name,
                        now.oracle, kind ? "absolute" : "relative", g->n, g->worst, g->within, g->names);
        }
    if (n == 0) fprintf(log, "%s\t%s\t%s\tequal\t0\t0\t0\t\n", program_invocation_short_name, now.name, now.oracle);
    fclose(log);
    now.open = false;
}

void rml_measured_case(const char *name, const char *oracle)
{
    if (!getenv("RADMILL_ORACLE_LOG")) return;
    flush_case();
    if (!now.registered) atexit(flush_case);
    memset(&now, 0, sizeof now);
    now.registered = true;
    now.open = name != NULL;
    snprintf(now.name, sizeof now.name, "%s", name ? name : "");
    snprintf(now.oracle, sizeof now.oracle, "%s", oracle ? oracle : "");
}

void rml_measured_of(const char *oracle, const char *format, ...)
{
    char name[sizeof now.name];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    rml_measured_case(name, oracle);
}

static void note(char *names, size_t size, const char *name)
{
    const size_t used = strlen(names), length = strlen(name);

    for (const char *at = names; (at = strstr(at, name)) != NULL; at += length)
        if ((at == names || at[-1] == '|') && (at[length] == '|' || !at[length])) return;
    if (length > 0 && used + length + 2 <= size) snprintf(names + used, size - used, "%s%s", used ? "|" : "", name);
}

void rml_measured(double value, double expected, double relative, double absolute, const char *name)
{
    const bool both = relative > 0.0 && relative == absolute; /* of 1 or the expected value, whichever is larger */
    const bool by_size = both || (relative > 0.0 && relative * fabs(expected) >= absolute);
    const double within = by_size ? relative : absolute;
    double off = value == expected ? 0.0 : fabs(value - expected);
    int decade = within > 0.0 ? (int)ceil(log10(within) - 1e-9) : LEAST;
    group *g;

    if (!now.open || !isfinite(expected)) return;
    if (by_size && off > 0.0) off /= both ? fmax(1.0, fabs(expected)) : fabs(expected);
    decade = decade < LEAST ? LEAST : decade > MOST ? MOST : decade;
    g = &now.of[!by_size][decade - LEAST];
    ++g->n;
    g->worst = fmax(g->worst, off);
    g->within = fmax(g->within, within);
    note(g->names, sizeof g->names, name);
}
