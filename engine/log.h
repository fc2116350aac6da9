/* The run's log file and the terminal: one of each a process, on rank 0. Any thread. */
#ifndef RML_ENGINE_LOG_H
#define RML_ENGINE_LOG_H

#include <stdbool.h>

#include "kernels/base/status.h"

typedef enum rml_log_where {
    RML_LOG_FILE, /* the file alone */
    RML_LOG_BOTH, /* and stderr: what the person should see now */
} rml_log_where;

/* Appends to FOLDER/log from now on. rml_journal_open does it. RML_EIO. */
RML_CHECKED rml_status rml_log_open(const char *folder, rml_error *err);
void rml_log_close(void);

/* One line, without a line feed; the file gets date and time in front, stderr "radmill: ". Without an open log only
 * stderr is served. A line that the disk refuses is lost: the log explains a run, it does not carry it. */
void rml_log(rml_log_where where, const char *format, ...) RML_PRINTF(2, 3);

/* The line that a terminal shows at its bottom while lines of rml_log pass above it; NULL takes it away. */
void rml_log_bottom(const char *line);

#endif
