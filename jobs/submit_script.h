/* A batch script for SLURM: the one of slurm/ that a user would adapt, with its first lines filled in and what it
 * sources put in its place, so that the file stands alone. */
#ifndef RML_JOBS_SUBMIT_SCRIPT_H
#define RML_JOBS_SUBMIT_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "kernels/base/status.h"

typedef enum rml_script_kind { RML_SCRIPT_EXTRACT, RML_SCRIPT_SWEEP } rml_script_kind;

typedef struct rml_script {
    rml_script_kind kind;
    /* words of SLURM's: no blanks and no control characters in them (rml_script_is_word); NULL: the site's default */
    const char *partition, *account;
    int64_t n_ranks, mebibytes; /* mebibytes: a rank's memory */
    int64_t minutes;            /* time limit */
    const char *modules;        /* what `module load` takes; NULL: none, and the program by its path */
    const char *program;        /* used without modules */
    const char *launch;         /* NULL: what stands in slurm/ */
    const char *input, *output; /* cohort and features, or study and results; any characters */
    int32_t n_options;
    const char *const *option; /* [n_options] more words of the command, any characters */
} rml_script;

/* Whether it can be a word in a line that SLURM reads. */
bool rml_script_is_word(const char *text);

/* A word for the shell, whatever it holds: as it is where that is safe, else in single quotes. */
void rml_script_quote(const char *text, FILE *out);

/* The time limit as SLURM reads it: "2-03:30:00", "04:00:00". text: [32] */
void rml_script_limit(int64_t minutes, char *text);

/* Prints the script. head_only: as far as one reads it, without how the job is supervised. */
void rml_script_print(const rml_script *script, bool head_only, FILE *out);

/* Second line of every script that is printed: a file that begins otherwise is not this program's. */
extern const char rml_script_mark[];

#endif
