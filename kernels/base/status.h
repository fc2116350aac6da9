/* What went wrong, as a kind (rml_status) and as a sentence for the person (rml_error). */
#ifndef RML_BASE_STATUS_H
#define RML_BASE_STATUS_H

#include "kernels/base/attributes.h"

typedef enum rml_status {
    RML_OK = 0,
    RML_EINVAL,       /* an argument outside what the declaration allows */
    RML_EEMPTY,       /* nothing to compute from */
    RML_ENOMEM,       /* the allocation failed */
    RML_EMISSING,     /* a file that is not there */
    RML_EIO,          /* the system could not read or write */
    RML_EFORMAT,      /* a file is not what it claims to be: magic, header, truncation, checksum */
    RML_EUNSUPPORTED, /* valid, but not what radmill computes on: RGB, complex, several frames */
    RML_EGEOMETRY,    /* image and mask do not lie on one grid */
    RML_ELABEL,       /* the mask has no voxel of the label */
    RML_EROI,         /* a ROI too small, or of too few dimensions */
    RML_EVALUE,       /* NaN or infinity inside the ROI, or a value that the step cannot take */
    RML_ESETTING,     /* a parameter, option or description is wrong */
    RML_EDUPLICATE,   /* the same thing twice */
    RML_ECAPACITY,    /* needs more memory than it may have */
    RML_ETIMEOUT,     /* took longer than --case-timeout */
    RML_ECRASH,       /* killed its rank */
    RML_ELOCKED,      /* another run holds the lock */
    RML_EEXISTS,      /* the output is already there */
    RML_EFOREIGN,     /* a journal of another run: parameters or version differ */
    RML_ESTOPPED,     /* ended early on request; goes on with --resume */
    RML_N_STATUS
} rml_status;

#define RML_ERROR_TEXT 1024

/* The sentence names the file or case, what was found and what was expected. No full stop, no line feed. */
typedef struct rml_error {
    rml_status status;
    char text[RML_ERROR_TEXT];
} rml_error;

/* A word for tables and logs, such as "geometry-mismatch"; never NULL. */
const char *rml_status_name(rml_status status);

/* Fills err (NULL allowed) and returns status, so that a function can end in `return rml_fail(err, …)`.
 * A sentence that does not fit is cut and ends in "…". Control characters become spaces. */
rml_status rml_fail(rml_error *err, rml_status status, const char *format, ...) RML_PRINTF(3, 4);

#ifdef __clang_analyzer__ /* which sees one file at a time: it is told that what goes in comes out */
static inline rml_status rml_fail_returns(rml_status of_call, rml_status status)
{
    (void)of_call;
    return status;
}
#define rml_fail(err, status, ...) rml_fail_returns((rml_fail)((err), (status), __VA_ARGS__), (status))
#endif

#endif
