/* How much memory a process on this node may count on. */
#ifndef RML_ENGINE_MEMORY_H
#define RML_ENGINE_MEMORY_H

#include <stdint.h>

/* Bytes for all ranks of this job on this node together: the least of the cgroup's limit (version 1 and 2, and of every
 * group above it), of SLURM's (SLURM_MEM_PER_NODE, or SLURM_MEM_PER_CPU times SLURM_CPUS_ON_NODE) and of the node's
 * memory. root stands before /proc and /sys: "" except in tests. */
int64_t rml_memory_limit(const char *root);

/* Largest resident set of this process so far, bytes. */
int64_t rml_memory_peak(void);

#endif
