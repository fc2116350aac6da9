/* The verbs: each takes its own arguments (argv[0] is "radmill VERB") and returns the exit status, the same on every
 * rank. Verbs are called without MPI; one that runs on ranks starts it with rml_ranks_begin once its options are known
 * to be right, and ends with rml_ranks_end (jobs/options.h). */
#ifndef RML_JOBS_VERBS_H
#define RML_JOBS_VERBS_H

enum {
    RML_EXIT_DONE = 0,
    RML_EXIT_FAILED_CASES = 1, /* done, with failed cases listed */
    RML_EXIT_USAGE = 2,        /* misuse, or a wrong description of the input */
    RML_EXIT_CANNOT = 3,       /* could not go on */
    RML_EXIT_REQUEUE = 75      /* stopped on request; the same command with --resume goes on */
};

int rml_verb_extract(int argc, char **argv);
int rml_verb_merge(int argc, char **argv);
int rml_verb_correlate(int argc, char **argv);
int rml_verb_check(int argc, char **argv);
int rml_verb_filter(int argc, char **argv);
int rml_verb_phantom(int argc, char **argv);
int rml_verb_info(int argc, char **argv);
int rml_verb_harmonise(int argc, char **argv);
int rml_verb_icc(int argc, char **argv);
int rml_verb_sweep(int argc, char **argv);
int rml_verb_select(int argc, char **argv);
int rml_verb_survive(int argc, char **argv);
int rml_verb_groups(int argc, char **argv);
int rml_verb_score(int argc, char **argv);
int rml_verb_status(int argc, char **argv);
int rml_verb_submit(int argc, char **argv);
int rml_verb_simulate(int argc, char **argv);
int rml_verb_validate(int argc, char **argv);
int rml_verb_report(int argc, char **argv);

#endif
