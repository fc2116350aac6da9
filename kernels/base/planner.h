/* FFTW's planner is the one part of it that threads must not enter together: every plan is made and destroyed between
 * these two. */
#ifndef RML_BASE_PLANNER_H
#define RML_BASE_PLANNER_H

void rml_planner_lock(void);
void rml_planner_unlock(void);

#endif
