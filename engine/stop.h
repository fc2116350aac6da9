/* The signals that ask a run to stop. */
#ifndef RML_ENGINE_STOP_H
#define RML_ENGINE_STOP_H

/* In the order of urgency. */
typedef enum rml_stop {
    RML_STOP_NONE = 0,
    RML_STOP_GENTLY = 1, /* SIGUSR1: finish what runs, begin nothing */
    RML_STOP_NOW = 2,    /* SIGTERM, SIGINT: a second is left */
} rml_stop;

/* Around a whole program that runs a farm, the first of them before MPI starts: from here to the end SIGUSR1 only asks,
 * instead of killing. What came before the farm makes rml_farm_run end at once with RML_ESTOPPED; what comes after it
 * is known from rml_stop_asked. SIGTERM and SIGINT do outside the farm what they did before: there is nothing that
 * would have to be saved.
 *
 * May be nested, as the farm's own is: what was asked is forgotten by the outermost begin alone. Not thread-safe: the
 * thread that initialises MPI. Not collective. */
void rml_stop_begin(void);
void rml_stop_end(void);
/* What was asked of this process since the outermost begin; also after its end. */
rml_stop rml_stop_asked(void);

/* The farm's: rml_stop_begin, and SIGTERM and SIGINT only ask, too. Not nested. */
void rml_stop_watch(void);
void rml_stop_unwatch(void);
/* The calling thread and those it starts take none of these signals: another thread does. */
void rml_stop_block(void);
void rml_stop_unblock(void);

#endif
