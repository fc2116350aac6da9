/* The verbs: each takes its own arguments (argv[0] is "radmill VERB") and returns the exit status. */
#ifndef RML_JOBS_VERBS_H
#define RML_JOBS_VERBS_H

/* Exit statuses, the same on every rank. */
enum {
    RML_EXIT_DONE = 0,
    RML_EXIT_FAILED_CASES = 1, /* done, with failed cases listed */
    RML_EXIT_USAGE = 2,        /* misuse, or a wrong description of the input */
    RML_EXIT_CANNOT = 3,       /* could not go on */
    RML_EXIT_REQUEUE = 75      /* stopped on request; the same command with --resume goes on */
};

/* needs_mpi verbs are called with MPI initialised (MPI_THREAD_FUNNELED) on every rank; the others without MPI. */
int rml_verb_extract(int argc, char **argv);
int rml_verb_phantom(int argc, char **argv);
int rml_verb_check(int argc, char **argv);
int rml_verb_info(int argc, char **argv);

#endif
