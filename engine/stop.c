#include "engine/stop.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

static const int signals[] = {SIGUSR1, SIGTERM, SIGINT};
enum { N_SIGNALS = sizeof signals / sizeof signals[0] };

static struct sigaction before[N_SIGNALS];
static volatile sig_atomic_t asked;

static void on_signal(int number)
{
    const rml_stop wish = number == SIGUSR1 ? RML_STOP_GENTLY : RML_STOP_NOW;

    if ((int)wish > asked) asked = wish;
}

void rml_stop_watch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    for (int s = 0; s < N_SIGNALS; ++s) sigaddset(&action.sa_mask, signals[s]); /* one at a time: no lost update */
    asked = RML_STOP_NONE;
    for (int s = 0; s < N_SIGNALS; ++s) sigaction(signals[s], &action, &before[s]);
}

void rml_stop_unwatch(void)
{
    for (int s = 0; s < N_SIGNALS; ++s) sigaction(signals[s], &before[s], NULL);
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
