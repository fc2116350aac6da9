#include "jobs/extract_print.h"

#include <stdio.h>

#include "jobs/result.h"

void rml_print_failures(const rml_error *shown, int64_t n_failed)
{
    for (int64_t f = 0; f < n_failed && f < RML_SHOWN_FAILURES; ++f) printf("    %s\n", shown[f].text);
    if (n_failed > RML_SHOWN_FAILURES) printf("    … and %lld more\n", (long long)(n_failed - RML_SHOWN_FAILURES));
}

void rml_print_tables(const rml_tables_counts *counts, const char *out, const char *csv, const char *run,
                      int32_t n_columns)
{
    printf("  features       %s (%lld x %d)\n", out, (long long)counts->n_rois, (int)n_columns);
    if (csv) printf("                 %s\n", csv);
    if (counts->n_failures > 0) {
        printf("  failures       %s/failures.csv\n", run);
        rml_print_failures(counts->shown, counts->n_failures);
    }
    if (counts->n_warnings > 0)
        printf("  warnings       %lld, in %s/warnings.csv; the first: %s\n", (long long)counts->n_warnings, run,
               counts->first_warning.text);
}

static void print_seconds(const char *name, double seconds, double total)
{
    printf("  %-22s %9.2f s  %5.1f %%\n", name, seconds, total > 0.0 ? 100.0 * seconds / total : 0.0);
}

static void print_breakdown(const rml_farm_report *report, const double *seconds, double write_seconds)
{
    double wait = 0.0, total = write_seconds;

    for (int32_t r = 0; r < report->n_ranks; ++r) wait += report->ranks[r].wait;
    for (int32_t s = 0; s < RML_N_STAGES; ++s) total += seconds[s];
    total += wait;
    printf("\nWhere the time of this run went, summed over ranks\n");
    for (int32_t s = 0; s < RML_N_STAGES; ++s)
        if (seconds[s] > 0.0) print_seconds(rml_stage_name((rml_stage)s), seconds[s], total);
    print_seconds("wait", wait, total);
    if (write_seconds > 0.0) print_seconds("write tables", write_seconds, total);
    printf("  %-22s %9.2f s  meanwhile\n", "journal to disk", report->sync_seconds); /* on a thread of its own */
}

static void print_ranks(const rml_farm_report *report)
{
    enum { MOST = 16 };

    printf("\nRank  tasks      busy      idle  peak memory  host\n");
    for (int32_t r = 0; r < report->n_ranks && r < MOST; ++r) {
        const rml_farm_rank *rank = &report->ranks[r];
        const double whole = rank->busy + rank->wait;

        printf("%4d %6lld %8.2f s %7.1f %% %8.0f MiB  %s\n", r, (long long)rank->n_tasks, rank->busy,
               whole > 0.0 ? 100.0 * rank->wait / whole : 0.0, (double)rank->peak_rss / 0x1p20, rank->host);
    }
    if (report->n_ranks > MOST) printf("     … and %d more in the log\n", report->n_ranks - MOST);
}

void rml_print_effort(const rml_farm_report *report, const double *seconds, double write_seconds)
{
    print_breakdown(report, seconds, write_seconds);
    print_ranks(report);
}
