/* Options that several verbs share, and how a verb talks to the person. */
#ifndef RML_JOBS_OPTIONS_H
#define RML_JOBS_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

#include "kernels/base/status.h"

/* Parses with argp for a verb: --help to stdout with status 0, misuse to stderr with status 2 and the nearest known
 * option named. Returns -1 to go on, else the exit status. Prints on rank 0 alone when under MPI. */
int rml_options_parse(const struct argp *argp, int argc, char **argv, bool print, void *input);

#endif
