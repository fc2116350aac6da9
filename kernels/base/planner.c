#include "kernels/base/planner.h"

#include <pthread.h>

/* The one static that changes; it decides no number. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

void rml_planner_lock(void)
{
    pthread_mutex_lock(&planner);
}

void rml_planner_unlock(void)
{
    pthread_mutex_unlock(&planner);
}
