/* HDF5 1.10 takes the numbers of a damaged file at their word: there are files of which it dies, goes round in circles,
 * or asks for more memory than there is. While it reads what somebody else may have written it is watched. */
#ifndef RML_IO_HDF5_WATCH_H
#define RML_IO_HDF5_WATCH_H

#include <stdint.h>

/* From here to rml_hdf5_unwatch a death by a signal, or more of the processor's time than a file of n_bytes is worth (4
 * s, and a second for every 20 MB), ends the process with status 3 and a sentence on stderr that names the file; more
 * memory than the file can fill is refused to HDF5, whose own complaint says so.
 *
 * Not the clock's time: a file on a slow network waits for minutes and is sound. Nothing else may block: what a file
 * names besides itself, pipes among it, is not opened (io/hdf5.h).
 *
 * To end is all that is left: a library that has died holds locks and half-written lists. Not nested; for the one
 * thread that reads. path must stay. */
void rml_hdf5_watch(const char *path, int64_t n_bytes);
void rml_hdf5_unwatch(void);

#endif
