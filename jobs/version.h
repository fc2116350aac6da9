/* Which radmill this is. */
#ifndef RML_JOBS_VERSION_H
#define RML_JOBS_VERSION_H

#include <stdio.h>

const char *rml_version(void);        /* "0.1.0" */
const char *rml_version_commit(void); /* "e7488a3", with "+" when the tree had changes, or "unknown" */
const char *rml_version_isa(void);    /* the build of the hot loops that runs on this processor */
const char *rml_version_hdf5(void);   /* "1.10.8" */
const char *rml_version_mpi(void);    /* "Open MPI v4.1.4"; allowed before MPI_Init */

/* Version, commit, compiler, flags, MPI, HDF5 and the instruction set in use, a line each. */
void rml_version_print(FILE *stream);

#endif
