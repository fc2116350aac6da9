/* What the filters of IBSI-2 answer over a box of an image, each as kernels/image defines it. A decimated wavelet
 * answers at the coefficients of its own, coarser grid instead (rml_decimated_grid_init of rml_ibsi_decimated). */
#ifndef RML_JOBS_IBSI_FILTERS_H
#define RML_JOBS_IBSI_FILTERS_H

#include "jobs/ibsi_params.h"
#include "kernels/base/status.h"

/* An image that filters read. */
typedef struct rml_ibsi_seen {
    rml_patch_source source;
    int32_t size[3];
    double spacing[3];
    double most_bytes; /* that a filter may take */
} rml_ibsi_seen;

/* Near the box, where the filter has an end: the image's rule goes on beyond its border, however far. Simoncelli and
 * Riesz look at all of the image, or of each axial slice, and take it as periodic; a LoG before Riesz goes by the rule.
 *
 * image  in   not RML_IBSI_ORIGINAL
 * box    in   within the image; of a decimated wavelet: of coefficients, in its grid
 * out    out  [box], x fastest
 *
 * RML_ESETTING   the filter reaches further than can be
 * RML_ECAPACITY  more memory than most_bytes, RML_ENOMEM; all in words that name the image */
RML_CHECKED rml_status rml_ibsi_respond(const rml_ibsi_image *image, const rml_ibsi_seen *seen, const rml_box *box,
                                        double *out, rml_error *err);

/* Bytes that this takes beside out, about; infinite: on more voxels than can be counted. What is refused takes none. */
double rml_ibsi_respond_bytes(const rml_ibsi_image *image, const int32_t size[3], const double spacing[3],
                              const rml_box *box);

/* The transform of an image that is decimated. */
static inline rml_decimated rml_ibsi_decimated(const rml_ibsi_image *image)
{
    return (rml_decimated){
        .wavelet = &image->wavelet, .bands = image->kernel, .level = image->level, .border = image->border};
}

#endif
