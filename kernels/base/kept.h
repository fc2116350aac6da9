/* Large buffers that one case after another needs: one of each kind a thread, kept until the thread ends. Taken and
 * given back each time beside volumes of other sizes, they leave the heap full of holes that the next volume does not
 * fit into, and every case touches fresh pages. */
#ifndef RML_BASE_KEPT_H
#define RML_BASE_KEPT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum rml_kept_kind {
    RML_KEPT_FILE,    /* the bytes of a compressed file; once it is inflated, what LoG reads */
    RML_KEPT_SCRATCH, /* the working memory of the texture kernels */
    RML_N_KEPT
} rml_kept_kind;

#define RML_KEPT_MOST ((size_t)48 << 20) /* larger ones are not kept */

/* At least n_bytes, aligned to 64, contents arbitrary; NULL without memory. Give it back before the next take of this
 * kind in this thread. */
void *rml_kept_take(rml_kept_kind kind, size_t n_bytes);
void rml_kept_give(rml_kept_kind kind, void *bytes); /* NULL allowed */
/* Frees what this thread keeps; nothing may be taken at the time. */
void rml_kept_drop(void);

#endif
