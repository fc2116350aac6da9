#include "kernels/base/kept.h"

#include <pthread.h>
#include <stdlib.h>

enum { ALIGNMENT = 64 };

typedef struct kept {
    void *bytes[RML_N_KEPT];
    size_t n_bytes[RML_N_KEPT];
} kept;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool have_key;

static void forget(void *of_thread)
{
    kept *mine = of_thread;

    for (int k = 0; k < RML_N_KEPT; ++k) free(mine->bytes[k]);
    free(mine);
}

static void make_key(void)
{
    have_key = pthread_key_create(&key, forget) == 0;
}

/* What this thread keeps; NULL when it can keep nothing. */
static kept *mine_of(void)
{
    kept *mine;

    pthread_once(&once, make_key);
    if (!have_key) return NULL;
    mine = pthread_getspecific(key);
    if (mine) return mine;
    mine = calloc(1, sizeof *mine);
    if (mine && pthread_setspecific(key, mine) != 0) {
        free(mine);
        mine = NULL;
    }
    return mine;
}

static void *allocate(size_t n_bytes)
{
    return aligned_alloc(ALIGNMENT, (n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + ALIGNMENT);
}

void *rml_kept_take(rml_kept_kind kind, size_t n_bytes)
{
    kept *mine = n_bytes <= RML_KEPT_MOST ? mine_of() : NULL;

    if (!mine) return allocate(n_bytes);
    if (mine->n_bytes[kind] >= n_bytes && mine->bytes[kind]) return mine->bytes[kind];
    free(mine->bytes[kind]);
    n_bytes += n_bytes / 4; /* the next one is a little larger */
    mine->bytes[kind] = allocate(n_bytes);
    mine->n_bytes[kind] = mine->bytes[kind] ? n_bytes : 0;
    return mine->bytes[kind];
}

void rml_kept_give(rml_kept_kind kind, void *bytes)
{
    const kept *mine = bytes ? mine_of() : NULL;

    if (!mine || mine->bytes[kind] != bytes) free(bytes);
}

void rml_kept_drop(void)
{
    kept *mine = mine_of();

    for (int k = 0; mine && k < RML_N_KEPT; ++k) {
        free(mine->bytes[k]);
        mine->bytes[k] = NULL;
        mine->n_bytes[k] = 0;
    }
}
