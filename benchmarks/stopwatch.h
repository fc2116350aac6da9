/* Processor time of this process, several times over. */
#ifndef RML_BENCHMARKS_STOPWATCH_H
#define RML_BENCHMARKS_STOPWATCH_H

#define RML_STOPWATCH_RUNS 1000

typedef struct rml_stopwatch {
    int n; /* runs so far, at most RML_STOPWATCH_RUNS */
    double started;
    double seconds[RML_STOPWATCH_RUNS];
} rml_stopwatch;

void rml_stopwatch_start(rml_stopwatch *watch);
void rml_stopwatch_stop(rml_stopwatch *watch);

/* One line on stdout: the name, then the shortest and the median run in seconds. Sorts the runs. */
void rml_stopwatch_print(rml_stopwatch *watch, const char *name);

#endif
