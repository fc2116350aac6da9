#include "engine/stop.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

static const int signals[] = {SIGUSR1, SIGTERM, SIGINT}; /* the first for all of the program, all in the farm */
enum { N_SIGNALS = sizeof signals / sizeof signals[0] };

static struct sigaction before[N_SIGNALS];
static int depth; /* of begin and end */
static volatile sig_atomic_t asked;

static void on_signal(int number)
{
    const rml_stop wish = number == SIGUSR1 ? RML_STOP_GENTLY : RML_STOP_NOW;

    if ((int)wish > asked) asked = wish;
}

static void take_over(int s)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    for (int other = 0; other < N_SIGNALS; ++other)
        sigaddset(&action.sa_mask, signals[other]); /* one at a time: no lost update */
    sigaction(signals[s], &action, &before[s]);
}

void rml_stop_begin(void)
{
    if (depth++ > 0) return;
    asked = RML_STOP_NONE;
    take_over(0);
}

void rml_stop_end(void)
{
    if (--depth == 0) sigaction(signals[0], &before[0], NULL);
}

void rml_stop_watch(void)
{
    rml_stop_begin();
    for (int s = 1; s < N_SIGNALS; ++s) take_over(s);
}

void rml_stop_unwatch(void)
{
    for (int s = 1; s < N_SIGNALS; ++s) sigaction(signals[s], &before[s], NULL);
    rml_stop_end();
}

rml_stop rml_stop_asked(void)
{
    return (rml_stop)asked;
}

static void mask(int how)
{
    sigset_t set;

    sigemptyset(&set);
    for (int s = 0; s < N_SIGNALS; ++s) sigaddset(&set, signals[s]);
    pthread_sigmask(how, &set, NULL);
}

void rml_stop_block(void)
{
    mask(SIG_BLOCK);
}

void rml_stop_unblock(void)
{
    mask(SIG_UNBLOCK);
}
