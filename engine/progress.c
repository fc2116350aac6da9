#include "engine/progress.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/log.h"

static const double terminal_every = 0.2, plain_every = 30.0; /* seconds */

void rml_progress_begin(rml_progress *progress, double now)
{
    progress->start = now;
    progress->terminal = isatty(STDERR_FILENO);
    progress->next = progress->terminal && !progress->quiet ? now : now + plain_every;
}

static void put_duration(double seconds, char *text, int size)
{
    const long s = lround(seconds);

    if (s < 100)
        snprintf(text, (size_t)size, "%ld s", s);
    else if (s < 6000)
        snprintf(text, (size_t)size, "%ld min", (s + 30) / 60);
    else
        snprintf(text, (size_t)size, "%ld h %02ld min", s / 3600, s % 3600 / 60);
}

void rml_progress_line(const rml_progress *progress, double now, char *line, int size)
{
    const int64_t ended = progress->done + progress->failed;
    const double elapsed = now - progress->start;
    char rate[48] = "", left[48] = "", failed[32] = "", duration[32];

    if (ended > 0 && elapsed > 0.0) {
        /* Largest first: the share of the cost says more about what is left than the share of the units. */
        const double share = progress->cost > 0.0 && isfinite(progress->cost)
                                 ? progress->cost_ended / progress->cost
                                 : (double)ended / (double)(progress->total - progress->before);

        snprintf(rate, sizeof rate, (double)ended / elapsed < 100.0 ? ", %.3g a second" : ", %.0f a second",
                 (double)ended / elapsed);
        if (share > 0.0 && share < 1.0) {
            put_duration(elapsed / share * (1.0 - share), duration, sizeof duration);
            snprintf(left, sizeof left, ", %s left", duration);
        }
    }
    if (progress->failed > 0) snprintf(failed, sizeof failed, ", %lld failed", (long long)progress->failed);
    snprintf(line, (size_t)size, "%lld/%lld %s%s%s%s", (long long)(progress->before + ended),
             (long long)progress->total, progress->noun, rate, left, failed);
}

void rml_progress_show(rml_progress *progress, double now)
{
    char line[200];

    if (now < progress->next) return;
    rml_progress_line(progress, now, line, sizeof line);
    if (progress->terminal && !progress->quiet) {
        rml_log_bottom(line);
        progress->next = now + terminal_every;
        return;
    }
    rml_log(progress->quiet ? RML_LOG_FILE : RML_LOG_BOTH, "%s", line);
    progress->next = now + plain_every;
}

void rml_progress_end(rml_progress *progress)
{
    if (progress->terminal && !progress->quiet) rml_log_bottom(NULL);
}
