/* What writing and reading HDF5 share: the library kept quiet, its complaints as sentences, strings and truth values
 * as AnnData stores them, and a file that appears whole or not at all. For io/h5*.c alone. */
#ifndef RML_IO_HDF5_H
#define RML_IO_HDF5_H

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernels/base/status.h"

/* HDF5 prints its error stack; from this call on it is kept for rml_hdf5_complaint instead. Links into other files are
 * followed no more, by whatever name they are reached. Harmless to repeat. */
void rml_hdf5_quiet(void);

/* A file may have its values elsewhere: behind links into other files, in external storage, in virtual datasets. Who
 * made it chose these names: of any file that its reader may read, or of a pipe that blocks for ever. None is opened.
 *
 * What reads a file stands between rml_hdf5_begin and rml_hdf5_end, and under a watch (io/hdf5_watch.h). path: must
 * stay; n_bytes: the file's. rml_hdf5_end returns the status given, or where that is a failure, and something led out
 * of the file, RML_EUNSUPPORTED with a sentence that says what: what is missed because it lies elsewhere is not
 * missing. */
void rml_hdf5_begin(const char *path, int64_t n_bytes);
RML_CHECKED rml_status rml_hdf5_end(const char *path, rml_status status, rml_error *err);
/* Whether a dataset's values lie in its own file; to be asked before anything else of it. */
bool rml_hdf5_is_own(hid_t dataset);
/* Whether anything led out of the file since rml_hdf5_begin. */
bool rml_hdf5_led_away(void);

/* The system's message behind the last failure ("No space left on device"), else HDF5's own words, else "HDF5 gives no
 * reason". Valid until the next failure. */
const char *rml_hdf5_complaint(void);

/* Closes an id of any kind; negative ones are passed over. */
void rml_hdf5_close(hid_t id);

/* Variable-length UTF-8, null-terminated; to be closed. Negative on failure. */
hid_t rml_hdf5_text_type(void);
/* h5py's bool: an enum over int8 with FALSE = 0 and TRUE = 1; to be closed. Negative on failure. */
hid_t rml_hdf5_truth_type(void);

/* An attribute of n values, a scalar when n is negative. Whether it could be written. */
bool rml_hdf5_attribute(hid_t at, const char *name, hid_t type, int32_t n, const void *data);

/* Begins a file whose bytes are a function of what is written into it. RML_EIO: what was begun is to be unlinked. */
RML_CHECKED rml_status rml_hdf5_create(const char *temporary, hid_t *file, rml_error *err);
/* Closes the file, syncs it and renames it to path; everything in it must be closed. *file is -1 once it is closed.
 * RML_EIO: one that is still open wants rml_hdf5_divert before it is closed; the temporary is to be unlinked. */
RML_CHECKED rml_status rml_hdf5_commit(hid_t *file, const char *temporary, const char *path, rml_error *err);
/* For a file that is thrown away, before it is closed: what HDF5 still holds of it goes nowhere. */
void rml_hdf5_divert(hid_t file);

#endif
