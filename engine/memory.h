/* How much memory a process on this node may count on. */
#ifndef RML_ENGINE_MEMORY_H
#define RML_ENGINE_MEMORY_H

#include <stdint.h>

/* Bytes for all ranks of this job on this node together: the least of the cgroup's limit (version 1 and 2, and of every
 * group above it), of SLURM's (SLURM_MEM_PER_NODE, or SLURM_MEM_PER_CPU times SLURM_CPUS_ON_NODE) and of the node's
 * memory. root stands before /proc and /sys: "" except in tests. */
int64_t rml_memory_limit(const char *root);

/* "8.00 GiB", "60.0 MiB", "20.0 KiB", "7 bytes": in the unit that shows digits. Returns text. */
const char *rml_memory_text(int64_t n_bytes, char text[32]);

/* Largest resident set of this process so far, bytes. */
int64_t rml_memory_peak(void);

#endif
