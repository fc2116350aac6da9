/* What this machine calls itself. */
#ifndef RML_ENGINE_HOST_H
#define RML_ENGINE_HOST_H

#include <stddef.h>
#include <unistd.h>

/* Into host[size], cut off where it is longer; empty where it has no name. */
static inline void rml_host(char *host, size_t size)
{
    host[0] = '\0';
    gethostname(host, size - 1);
    host[size - 1] = '\0';
}

#endif
