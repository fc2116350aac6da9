/* Other programs, run by radmill as processes of their own: what draws figures and prints pages. No shell is between:
 * arguments are what they are. */
#ifndef RML_IO_PROCESS_H
#define RML_IO_PROCESS_H

#include "kernels/base/status.h"

/* A fresh folder under $TMPDIR for this user alone, malloc'ed. RML_EIO, RML_ENOMEM */
RML_CHECKED rml_status rml_process_folder(char **folder, rml_error *err);
/* Removes it with all that is in it, and frees it; NULL allowed. */
void rml_process_folder_remove(char *folder);

/* Runs a program that is found by its name, in the folder, which is its home too: nothing of the person's own settings
 * has a say. Its input is empty, what it prints goes nowhere; what it complains of goes to FOLDER/complaints.
 *
 * argument  in  NULL at the end; the first is the name
 *
 * RML_EMISSING  no program of this name is installed
 * RML_EIO       it could not be started, or it failed: the first line that it complained with */
RML_CHECKED rml_status rml_process_run(const char *const *argument, const char *folder, rml_error *err);

#endif
