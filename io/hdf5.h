/* What writing and reading HDF5 share: the library kept quiet, its complaints as sentences, strings and truth values
 * as AnnData stores them. For io/h5ad_*.c alone. */
#ifndef RML_IO_HDF5_H
#define RML_IO_HDF5_H

#include <hdf5.h>

/* HDF5 prints its error stack; from this call on it is kept for rml_hdf5_complaint instead. Harmless to repeat. */
void rml_hdf5_quiet(void);

/* The system's message behind the last failure ("No space left on device"), else HDF5's own words, else "HDF5 gives no
 * reason". Valid until the next failure. */
const char *rml_hdf5_complaint(void);

/* Closes an id of any kind; negative ones are passed over. */
void rml_hdf5_close(hid_t id);

/* Variable-length UTF-8, null-terminated; to be closed. Negative on failure. */
hid_t rml_hdf5_text_type(void);
/* h5py's bool: an enum over int8 with FALSE = 0 and TRUE = 1; to be closed. Negative on failure. */
hid_t rml_hdf5_truth_type(void);

#endif
