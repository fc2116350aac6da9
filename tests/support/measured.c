#include "tests/support/measured.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    char name[256], oracle[1024];
    long n;
    double worst;  /* largest |value - expected| / max(1, |expected|) */
    double within; /* largest tolerance, counted alike */
} now;

/* case, oracle, comparisons, worst, within: a line of tab-separated texts */
static void flush_case(void)
{
    const char *path = getenv("RADMILL_ORACLE_LOG");
    FILE *log = path && now.n > 0 ? fopen(path, "a") : NULL;

    if (log) {
        fprintf(log, "%s\t%s\t%ld\t%.3g\t%.3g\n", now.name, now.oracle, now.n, now.worst, now.within);
        fclose(log);
    }
    now.n = 0;
    now.worst = now.within = 0.0;
}

void rml_measured_case(const char *name, const char *oracle)
{
    static bool registered;

    flush_case();
    if (!registered) atexit(flush_case);
    registered = true;
    snprintf(now.name, sizeof now.name, "%s", name ? name : "");
    snprintf(now.oracle, sizeof now.oracle, "%s", oracle ? oracle : "");
}

void rml_measured(double value, double expected, double relative, double absolute)
{
    const double scale = fmax(1.0, fabs(expected));
    const double off = value == expected ? 0.0 : fabs(value - expected) / scale;

    if (!now.name[0] || !isfinite(scale)) return;
    ++now.n;
    now.worst = fmax(now.worst, off);
    now.within = fmax(now.within, fmax(absolute, relative * fabs(expected)) / scale);
}
