/* The wrong lines of a file, a sentence each: for readers that go on behind a wrong line, so that all are said. */
#ifndef RML_IO_FAULTS_H
#define RML_IO_FAULTS_H

#include <stdint.h>

#include "kernels/base/status.h"

enum { RML_FAULTS_MOST = 1000 }; /* sentences kept, a KiB each; beyond them lines are only counted */

typedef struct rml_fault {
    int64_t line;
    rml_error why; /* names the file and the line */
} rml_fault;

typedef struct rml_faults {
    int64_t n;       /* wrong lines */
    int64_t n_kept;  /* at most RML_FAULTS_MOST */
    rml_fault *kept; /* [n_kept] those that stand first in the file, in its order */
} rml_faults;        /* starts as {0} */

/* Notes a wrong line, which must not be noted before; lines may come in any order. RML_OK: the caller leaves the line
 * out and goes on. Else it ends with the status, *err (NULL allowed) being *why: always without a collector (faults
 * NULL), and with RML_ENOMEM, which is no line's mistake. */
RML_CHECKED rml_status rml_faults_add(rml_faults *faults, int64_t line, const rml_error *why, rml_error *err);

/* What the lines noted come to once all of the file is read: RML_OK without any (or faults NULL); with one its own
 * status and sentence, which leave faults for *err; with more RML_ESETTING and a sentence that says how many. */
RML_CHECKED rml_status rml_faults_end(rml_faults *faults, const char *path, rml_error *err);

void rml_faults_free(rml_faults *faults);

#endif
