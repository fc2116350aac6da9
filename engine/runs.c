#include "engine/runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/clock.h"
#include "engine/host.h"
#include "engine/journal.h"

enum { BEGUN_VERSION = 1, EFFORT_VERSION = 1 };

/* What a journal may say, so that whoever reckons with it cannot overflow: units, and seconds since 1970. */
static const int64_t most_units = INT64_C(1) << 40;
static const double latest = 0x1p40;

void rml_begun_here(rml_begun *begun)
{
    const char *job = getenv("SLURM_JOB_ID");

    begun->time = rml_seconds_of(CLOCK_REALTIME);
    begun->process = (int32_t)getpid();
    rml_host(begun->host, sizeof begun->host);
    snprintf(begun->slurm_job, sizeof begun->slurm_job, "%s", job ? job : "");
}

void rml_begun_pack(const rml_begun *begun, rml_blob *blob)
{
    rml_blob_put_i32(blob, BEGUN_VERSION);
    rml_blob_put_f64(blob, begun->time);
    rml_blob_put_i64(blob, begun->n_before);
    rml_blob_put_i64(blob, begun->n_pending);
    rml_blob_put_i32(blob, begun->n_ranks);
    rml_blob_put_i32(blob, begun->process);
    rml_blob_put_text(blob, begun->noun);
    rml_blob_put_text(blob, begun->host);
    rml_blob_put_text(blob, begun->slurm_job);
}

static bool unpack_begun(const void *bytes, size_t n_bytes, rml_begun *begun)
{
    rml_reader reader = rml_reader_of(bytes, n_bytes);

    *begun = (rml_begun){0};
    if (rml_read_i32(&reader) != BEGUN_VERSION) return false;
    begun->time = rml_read_f64(&reader);
    begun->n_before = rml_read_i64(&reader);
    begun->n_pending = rml_read_i64(&reader);
    begun->n_ranks = rml_read_i32(&reader);
    begun->process = rml_read_i32(&reader);
    snprintf(begun->noun, sizeof begun->noun, "%s", rml_read_text(&reader));
    snprintf(begun->host, sizeof begun->host, "%s", rml_read_text(&reader));
    snprintf(begun->slurm_job, sizeof begun->slurm_job, "%s", rml_read_text(&reader));
    return !reader.failed && begun->n_before >= 0 && begun->n_before <= most_units && begun->n_pending >= 0 &&
           begun->n_pending <= most_units && fabs(begun->time) <= latest;
}

void rml_effort_pack(const rml_effort *effort, rml_blob *blob)
{
    rml_blob_put_i32(blob, EFFORT_VERSION);
    rml_blob_put_f64(blob, effort->cpu_seconds);
    rml_blob_put_f64(blob, effort->wall_seconds);
    rml_blob_put_i32(blob, effort->n_ranks);
    rml_blob_put_i32(blob, effort->peak_rank);
    rml_blob_put_i64(blob, effort->peak_bytes);
    rml_blob_put_i64(blob, effort->needed_bytes);
}

static bool unpack_effort(const void *bytes, size_t n_bytes, rml_effort *effort)
{
    rml_reader reader = rml_reader_of(bytes, n_bytes);

    *effort = (rml_effort){0};
    if (rml_read_i32(&reader) != EFFORT_VERSION) return false;
    effort->cpu_seconds = rml_read_f64(&reader);
    effort->wall_seconds = rml_read_f64(&reader);
    effort->n_ranks = rml_read_i32(&reader);
    effort->peak_rank = rml_read_i32(&reader);
    effort->peak_bytes = rml_read_i64(&reader);
    effort->needed_bytes = rml_read_i64(&reader);
    return !reader.failed;
}

static double unpack_end(const void *bytes, size_t n_bytes)
{
    rml_reader reader = rml_reader_of(bytes, n_bytes);
    const double ended = n_bytes > 0 ? rml_read_f64(&reader) : 0.0;

    return !reader.failed && ended > 0.0 && ended <= latest ? ended : 0.0;
}

void rml_runs_apply(rml_runs *runs, uint32_t kind, const void *bytes, size_t n_bytes, int64_t offset)
{
    switch (kind) {
    case RML_RECORD_START:
        ++runs->n;
        runs->offset = offset;
        runs->open = true;
        runs->ended = 0.0;
        runs->spent = runs->concluded = false;
        runs->described = unpack_begun(bytes, n_bytes, &runs->begun);
        return;
    case RML_RECORD_EFFORT: runs->spent = unpack_effort(bytes, n_bytes, &runs->effort); return;
    case RML_RECORD_CONCLUDED:
        runs->concluded = true;
        runs->open = false;
        return;
    case RML_RECORD_CLOSED:
        runs->open = false;
        runs->ended = unpack_end(bytes, n_bytes);
        return;
    default: return;
    }
}

double rml_effort_efficiency(const rml_effort *effort)
{
    const double had = effort->n_ranks * effort->wall_seconds;

    return had > 0.0 ? effort->cpu_seconds / had : NAN;
}

void rml_effort_line(const rml_effort *effort, char *line, int size)
{
    const double efficiency = rml_effort_efficiency(effort);
    char share[32] = "", needed[64] = "";

    if (isfinite(efficiency)) snprintf(share, sizeof share, "%.1f %% ", 100.0 * efficiency);
    if (effort->needed_bytes >= 1 << 20)
        snprintf(needed, sizeof needed, ", at most %.0f MiB set aside for a task",
                 (double)effort->needed_bytes / 0x1p20);
    else if (effort->needed_bytes > 0)
        snprintf(needed, sizeof needed, ", less than 1 MiB set aside for a task");
    snprintf(line, (size_t)size, "CPU %sof %d rank%s for %.1f s (%.1f s); memory at most %.0f MiB (rank %d)%s", share,
             (int)effort->n_ranks, effort->n_ranks == 1 ? "" : "s", effort->wall_seconds, effort->cpu_seconds,
             (double)effort->peak_bytes / 0x1p20, (int)effort->peak_rank, needed);
}

rml_pace rml_pace_of(int64_t n_ended, int64_t n_left, double begun, double last, double now)
{
    rml_pace pace = {NAN, NAN};

    if (n_ended > 0 && last > begun) {
        pace.rate = (double)n_ended / (last - begun);
        pace.left = fmax(0.0, (double)n_left / pace.rate - fmax(0.0, now - last));
    }
    if (n_left == 0) pace.left = 0.0;
    return pace;
}
