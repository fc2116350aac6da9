#include "engine/effort.h"

#include <sys/resource.h>

#include "engine/clock.h"
#include "engine/log.h"
#include "engine/memory.h"
#include "engine/post.h"

static double cpu_seconds(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

rml_effort_mark rml_effort_begin(void)
{
    return (rml_effort_mark){.cpu = cpu_seconds(), .wall = rml_seconds()};
}

static void record(const rml_effort *effort, rml_journal *journal)
{
    rml_blob blob = {0};
    rml_error err = {0};

    rml_effort_pack(effort, &blob);
    if (!blob.failed &&
        rml_journal_append(journal, RML_RECORD_EFFORT, NULL, 0, blob.bytes, blob.n_bytes, &err) != RML_OK)
        rml_log(RML_LOG_FILE, "the run's effort is not in the journal: %s", err.text);
    rml_blob_free(&blob);
}

void rml_effort_end(MPI_Comm comm, const rml_effort_mark *mark, int64_t needed, rml_journal *journal, char *line,
                    int size)
{
    rml_effort effort = {.needed_bytes = needed};
    double cpu = cpu_seconds() - mark->cpu, all = 0.0;
    long long mine, most = 0;
    MPI_Request request;
    int rank;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &effort.n_ranks);
    MPI_Ireduce(&cpu, &all, 1, MPI_DOUBLE, MPI_SUM, 0, comm, &request);
    rml_wait_quietly(&request);
    /* KiB first and then the lowest rank, in one number: 2^43 KiB are more than any node has. */
    mine = ((long long)(rml_memory_peak() >> 10) << 20) + ((1 << 20) - 1 - rank);
    MPI_Ireduce(&mine, &most, 1, MPI_LONG_LONG, MPI_MAX, 0, comm, &request);
    rml_wait_quietly(&request);
    if (rank != 0) return;
    effort.cpu_seconds = all;
    effort.wall_seconds = rml_seconds() - mark->wall;
    effort.peak_bytes = (int64_t)(most >> 20) << 10;
    effort.peak_rank = (int32_t)((1 << 20) - 1 - (most & ((1 << 20) - 1)));
    rml_effort_line(&effort, line, size);
    rml_log(RML_LOG_FILE, "effort: %s", line);
    if (rml_journal_run_begun(journal)) record(&effort, journal);
}
