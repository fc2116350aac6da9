/* Which batch jobs a cohort or a study needs, and what memory, ranks and time each is given and why. */
#ifndef RML_JOBS_SUBMIT_PLAN_H
#define RML_JOBS_SUBMIT_PLAN_H

#include "io/manifest.h"
#include "jobs/submit_script.h"

enum {
    RML_LEAST_MINUTES = 5, /* of a time limit: the warning comes 120 to 150 s before it */
    RML_SUBMIT_OPTIONS = 8,
    RML_SUBMIT_JOBS = 2
};

typedef struct rml_submit_options { /* NULL, 0: not given */
    const char *input, *cohort, *params, *out, *csv, *label, *scripts;
    const char *partition, *account, *modules, *launch;
    int64_t ranks, memory, minutes, sweep_minutes;
    bool is_study, go; /* is_study: input is one, else a cohort */
} rml_submit_options;

typedef struct rml_submit_job {
    rml_script script;
    const char *name, *file; /* "features", "radmill-extract.sbatch" */
    const char *option[RML_SUBMIT_OPTIONS];
    char *why;        /* lines that say how the figures came about */
    char *path;       /* where the script is; NULL: not written yet */
    long long number; /* SLURM's, once it is submitted */
} rml_submit_job;

typedef struct rml_submit_chain { /* each job waits for the one before */
    int n;
    rml_submit_job job[RML_SUBMIT_JOBS];
    char *input, *cohort, *out, *table, *features; /* names as the scripts have them */
} rml_submit_chain;

/* program: this program's path; both it and the options must outlive the chain. Reads what check and `sweep --explain`
 * read, and writes nothing. faults: as rml_cohort_read_on.
 * RML_ESETTING, RML_EMISSING and others  the cohort, the parameters, the study or its table are wrong, in words
 * RML_ENOMEM */
RML_CHECKED rml_status rml_submit_plan(const rml_submit_options *options, const char *program, rml_submit_chain *chain,
                                       rml_faults *faults, rml_error *err);
void rml_submit_free(rml_submit_chain *chain);

bool rml_submit_ends_with(const char *text, const char *ending);

#endif
