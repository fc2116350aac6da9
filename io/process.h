/* Other programs, run by radmill as processes of their own: what draws figures and prints pages. No shell is between:
 * arguments are what they are. */
#ifndef RML_IO_PROCESS_H
#define RML_IO_PROCESS_H

#include "kernels/base/status.h"

/* A fresh folder under $TMPDIR for this user alone, malloc'ed. RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_process_folder(char **folder, rml_error *err);
/* Removes it with all that is in it, and frees it; NULL allowed. */
void rml_process_folder_remove(char *folder);

/* Seconds for what draws figures or prints a page. Either takes a few at most; a machine that is forty times slower,
 * since others use it or its disk is far away, is still waited for, and a program that hangs is told of while somebody
 * waits. */
enum { RML_PROCESS_SECONDS = 300 };

/* Runs a program that is found by its name, in the folder, which is its home too: nothing of the person's own settings
 * has a say. Its input is empty, what it prints goes nowhere; what it complains of goes to FOLDER/complaints.
 *
 * argument  in  NULL at the end; the first is the name
 * seconds   in  for how long it may run; then it is killed with all that it has started
 *
 * RML_EMISSING  no program of this name is installed
 * RML_EIO       it could not be started, or it failed: the first line that it complained with; or it did not end */
RML_CHECKED rml_status rml_process_run(const char *const *argument, const char *folder, int seconds, rml_error *err);

#endif
