/* Processes of this machine, by their numbers: what the kernel and /proc tell of one. A number means something within
 * one PID namespace (a container may have its own), and for as long as its process lives: then it may be another's. */
#ifndef RML_ENGINE_PIDS_H
#define RML_ENGINE_PIDS_H

#include <stdbool.h>
#include <stdint.h>

/* The PID namespace that this process counts in; 0 where it is not known. */
uint64_t rml_pids_space(void);

/* When a process began, in the kernel's ticks since the machine's start: this and the number have no two processes of
 * one namespace. 0: not known, not there, or not to be seen. */
uint64_t rml_pids_start(long process);

/* Whether no process of this number is left, in this process's namespace. One that has ended and that nobody has asked
 * after is none: it has no files any more. */
bool rml_pids_ended(long process);

#endif
