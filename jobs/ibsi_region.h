/* From a stored image and a ROI in it to what IBSI's features are computed from: interpolated, rounded, and with the
 * two masks. Of the image only the ROI's box (with the margin of local intensity) is made, unless a filter is asked
 * for. */
#ifndef RML_JOBS_IBSI_REGION_H
#define RML_JOBS_IBSI_REGION_H

#include "jobs/diagnostics.h"
#include "jobs/ibsi_filters.h"
#include "jobs/params.h"
#include "kernels/ibsi/interpolate.h"
#include "kernels/ibsi/region.h"

/* What a case's ROIs have in common. */
typedef struct rml_ibsi_source {
    rml_volume volume; /* a view: the image as stored, with the spacing that its header means */
    rml_ibsi_grid grid;
    bool same_grid;    /* no axis is interpolated */
    double most_bytes; /* that images made of it may take */
    rml_patch whole;   /* all of the interpolated and rounded image, made when a filter first asks; size 0: not yet */
    rml_status made;   /* how that went */
    rml_error made_err;
} rml_ibsi_source;

/* What a float32 header means by its spacing: the shortest decimal that reads back as the same float32. NIfTI stores
 * float32 alone, so that 0.977 mm is there as 0.976999998…; IBSI's grid, whose size is a quotient of two spacings
 * rounded up, is defined by what was meant. A number that is no float32 stays as it is. */
double rml_ibsi_meant_spacing(double stored);

/* image  in  all slices loaded (rml_ibsi_place needs its grid alone); must outlive the source. give back with
 * rml_ibsi_source_free RML_ESETTING  a grid larger than can be counted, in words */
RML_CHECKED rml_status rml_ibsi_source_init(const rml_params *params, const rml_volume *image, double most_bytes,
                                            rml_ibsi_source *source, rml_error *err);
void rml_ibsi_source_free(rml_ibsi_source *source);

/* The new grid in the world of the image's. */
rml_grid rml_ibsi_source_grid(const rml_ibsi_source *source);

/* What filters read: the stored image, where nothing is made of it, else all of the interpolated and rounded one.
 * RML_ECAPACITY, RML_EVALUE, RML_ENOMEM in words */
RML_CHECKED rml_status rml_ibsi_source_seen(rml_ibsi_source *source, const rml_params *params, rml_ibsi_seen *seen,
                                            rml_error *err);

/* A ROI. All boxes are in the source's grid. */
typedef struct rml_ibsi_prepared {
    rml_box box;                        /* tight about the morphological mask */
    rml_box wide;                       /* the same with the margin of local intensity, where that is wanted */
    double *image;                      /* [wide] */
    uint8_t *morphological, *intensity; /* [box] */
    uint8_t *wide_intensity;            /* [wide] */
    int64_t n_morphological, n_intensity;
} rml_ibsi_prepared;

void rml_ibsi_prepared_free(rml_ibsi_prepared *prepared);

/* The ROI on the source's grid: prepared's box, morphological and n_morphological alone. No voxel of the image is read.
 * box, voxels  in  the ROI in the image as stored; [box] 1 inside
 * RML_EROI       no voxel of the new grid is in the ROI
 * RML_ECAPACITY  more memory than most_bytes, RML_ENOMEM; all in words */
RML_CHECKED rml_status rml_ibsi_place(const rml_params *params, const rml_ibsi_source *source, const rml_box *box,
                                      const uint8_t *voxels, rml_ibsi_prepared *prepared, rml_error *err);

/* box, voxels         in   the ROI in the image as stored; [box] 1 inside
 * n_invalid           out  NaN or infinite voxels in it, after interpolation; first_invalid: the index in the stored
 *                          image of such a voxel that the first one is made from
 * drop_invalid        in   they leave both masks, or RML_EEMPTY when that leaves none; else RML_EVALUE
 * RML_EROI       no voxel is left otherwise, or too few (jobs/rois.h)
 * RML_EVALUE     n_invalid above 0, or such a voxel under a spline
 * RML_ECAPACITY  more memory than most_bytes, RML_ENOMEM; all in words */
RML_CHECKED rml_status rml_ibsi_prepare(const rml_params *params, const rml_ibsi_source *source, const rml_box *box,
                                        const uint8_t *voxels, bool drop_invalid, rml_ibsi_prepared *prepared,
                                        int64_t *n_invalid, int32_t first_invalid[3], rml_error *err);

/* Whether the intensity mask may be smaller than the morphological one. */
bool rml_ibsi_resegments(const rml_params *params);

/* Describes the ROI on its new grid, where there is one, and its intensity mask, where it was re-segmented. The
 * interpolated image is not described: no more than the ROI's part of it is made. RML_ENOMEM */
RML_CHECKED rml_status rml_ibsi_diagnose(const rml_params *params, const rml_ibsi_source *source,
                                         const rml_ibsi_prepared *prepared, rml_diagnostics *diagnostics);

/* The tight box within `of` of what is set of mask [of], and how many voxels those are. */
int64_t rml_ibsi_tighten(const uint8_t *mask, const rml_box *of, rml_box *tight);

/* Copies what lies in `box` out of an array over `wide`. */
void rml_ibsi_crop(const double *from, const rml_box *wide, const rml_box *box, double *to);

#endif
