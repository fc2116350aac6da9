/* Folders of runs. */
#ifndef RML_ENGINE_FOLDER_H
#define RML_ENGINE_FOLDER_H

#include "kernels/base/status.h"

/* What was made, renamed or removed in it is on disk; nothing is done where the file system syncs no folders. RML_EIO.
 */
RML_CHECKED rml_status rml_folder_sync(const char *path, rml_error *err);

/* Makes it, and syncs the folder it is in; there already is fine. RML_EIO, RML_ENOMEM. */
RML_CHECKED rml_status rml_folder_make(const char *path, rml_error *err);

#endif
