/* How a verb takes its options, starts its ranks and talks to the person. */
#ifndef RML_JOBS_OPTIONS_H
#define RML_JOBS_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

/* Parses a verb's arguments (argv[0] is "radmill VERB"). Call it before rml_ranks_begin: then --help and misuse start
 * no MPI. Returns -1 to go on, else the exit status: 0 after --help (stdout), 2 after misuse (stderr, with the wrong
 * word and the nearest known option). Under a launcher the first rank alone prints. */
int rml_options_parse(const struct argp *argp, int argc, char **argv, void *input);

/* A verb's own complaint about its arguments, for use inside an argp parser: prints "radmill VERB: sentence" and where
 * to read on, and makes rml_options_parse return 2. Use as `return rml_options_refuse(state, "…")`. */
error_t rml_options_refuse(struct argp_state *state, const char *format, ...) RML_PRINTF(2, 3);

/* Another COLUMN=VALUE of --rows, for use inside an argp parser: cut in two (argv is ours to write to) and put behind
 * the n conditions, which grow; to be freed. EINVAL after a complaint. */
struct rml_condition;
error_t rml_options_condition(struct rml_condition **conditions, int32_t *n, char *argument, struct argp_state *state);

/* --memory SIZE of a verb whose tasks ranks share; `when` says what becomes of what takes more. In its argp parser
 * `case RML_MEMORY_KEY: return rml_options_memory(argument, &farm.memory_per_node, state)`; EINVAL after a complaint.
 */
enum { RML_MEMORY_KEY = 0x200 };
#define RML_MEMORY_OPTION(when)                                                                                        \
    {                                                                                                                  \
        "memory", RML_MEMORY_KEY, "SIZE", 0,                                                                           \
            "Memory for all ranks of a node, such as 64G; default: the job's or node's limit. " when, 3                \
    }
error_t rml_options_memory(const char *argument, int64_t *bytes, struct argp_state *state);

/* --failed-status N of a verb that scripts start through launchers, whose own failures are 1 too: rml_ranks_end says N
 * for RML_EXIT_FAILED_CASES. In its argp parser `case RML_FAILED_STATUS_KEY: return rml_options_failed_status(argument,
 * state)`; EINVAL after a complaint. */
enum { RML_FAILED_STATUS_KEY = 0x201 };
#define RML_FAILED_STATUS_OPTION(what)                                                                                 \
    {                                                                                                                  \
        "failed-status", RML_FAILED_STATUS_KEY, "N", 0,                                                                \
            "End with N and not with 1 where " what " failed. For scripts: mpirun and srun say 1, too, where they "    \
            "could not start or were ended",                                                                           \
            2                                                                                                          \
    }
error_t rml_options_failed_status(const char *argument, struct argp_state *state);

/* "512M", "12G", "1.5T" or plain bytes; false when it is none of them. Binary units. */
bool rml_options_bytes(const char *text, int64_t *bytes);
/* A number of the given range, to the end of the text. */
bool rml_options_integer(const char *text, int64_t least, int64_t most, int64_t *value);
bool rml_options_number(const char *text, double least, double most, double *value);

/* Whether this process is the one that talks: rank 0 as the launcher numbers ranks, or no launcher at all. */
bool rml_first_rank(void);

/* MPI for a verb that runs on ranks: MPI_THREAD_FUNNELED from the calling thread. */
void rml_ranks_begin(int *rank, int *size);
/* Ends MPI; every rank returns rank 0's exit status. Started without a launcher, the process ends here with it: all
 * files must be closed. */
int rml_ranks_end(int exit_status);

/* Whether all that was printed could be: the status to end with, which is 3 with a sentence where 0 or 1 would hide
 * that the standard output is cut short. To be called when nothing more will be printed. */
int rml_stdout_end(int exit_status);

/* "radmill VERB: sentence" on stderr, on the first rank alone. */
void rml_complain(const char *verb, const rml_error *err);

/* The exit status that a failed step means: 2 for a wrong description of the input, 75 for a stop on request, else 3.
 */
int rml_exit_status(rml_status status);

#endif
