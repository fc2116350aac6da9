/* The signals that ask a run to stop. */
#ifndef RML_ENGINE_STOP_H
#define RML_ENGINE_STOP_H

/* In the order of urgency. */
typedef enum rml_stop {
    RML_STOP_NONE = 0,
    RML_STOP_GENTLY = 1, /* SIGUSR1: finish what runs, begin nothing */
    RML_STOP_NOW = 2,    /* SIGTERM, SIGINT: a second is left */
} rml_stop;

void rml_stop_watch(void);   /* from now on these signals only ask; nothing has been asked yet */
void rml_stop_unwatch(void); /* as before */
rml_stop rml_stop_asked(void);
/* The calling thread and those it starts take none of these signals: another thread does. */
void rml_stop_block(void);
void rml_stop_unblock(void);

#endif
