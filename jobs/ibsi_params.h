/* IBSI's profile of a parameter file ("profile: ibsi"): what IBSI-1 computes and how, and the filters of IBSI-2. */
#ifndef RML_JOBS_IBSI_PARAMS_H
#define RML_JOBS_IBSI_PARAMS_H

#include "kernels/ibsi/catalogue.h"
#include "kernels/ibsi/catalogue_texture.h"
#include "kernels/ibsi/interpolate.h"
#include "kernels/image/atrous.h"
#include "kernels/image/decimated.h"
#include "kernels/image/fourier.h"
#include "kernels/image/gabor.h"
#include "kernels/image/laws.h"
#include "kernels/image/log_sampled.h"
#include "kernels/image/mean.h"
#include "kernels/image/patch.h"

enum { RML_IBSI_MAX_IMAGES = 64, RML_IBSI_IMAGE_NAME = 64 };

/* IBSI-2's filters. */
typedef enum rml_ibsi_filter {
    RML_IBSI_ORIGINAL,
    RML_IBSI_MEAN,
    RML_IBSI_LOG,
    RML_IBSI_LAWS,
    RML_IBSI_GABOR,
    RML_IBSI_WAVELET,
    RML_IBSI_SIMONCELLI,
    RML_IBSI_N_FILTERS
} rml_ibsi_filter;

const char *rml_ibsi_filter_name(rml_ibsi_filter filter); /* "Simoncelli" */

/* One image: the interpolated one, or one response. */
typedef struct rml_ibsi_image {
    rml_ibsi_filter filter;
    char name[RML_IBSI_IMAGE_NAME]; /* "log-sigma-1-5-mm-3D"; before a column's tag */
    rml_border border;
    int n_axes;              /* 3, or 2: axial slices */
    int32_t support;         /* MEAN: voxels, odd */
    double sigma;            /* LOG, GABOR: mm */
    double cut_off;          /* LOG: in sigmas */
    char kernel[8];          /* LAWS: "L5E5E5"; WAVELET: "LLH" */
    rml_pool pool;           /* LAWS, GABOR, WAVELET */
    int32_t energy_delta;    /* LAWS: voxels; 0: the response itself */
    double wavelength;       /* GABOR: mm */
    double aspect_ratio;     /* GABOR: gamma */
    double orientation;      /* GABOR: degrees */
    double orientation_step; /* GABOR: degrees; above 0: all from 0 to below 360 */
    rml_wavelet wavelet;     /* WAVELET */
    bool decimated;          /* WAVELET: the decimated transform, whose coefficients are fewer than the voxels */
    int32_t level;           /* WAVELET, SIMONCELLI */
    int32_t riesz[3];        /* LOG, SIMONCELLI: orders along x, y, z of a Riesz transform on the response; 0: none */
} rml_ibsi_image;

typedef struct rml_ibsi_bins {
    int32_t count; /* fixed bin number when above 0 */
    double width;  /* else fixed bin size when above 0; neither: intensities as they are */
} rml_ibsi_bins;

/* What is computed and how; reading and the mask's label are rml_params'. */
typedef struct rml_ibsi_params {
    int32_t n_images;
    rml_ibsi_image image[RML_IBSI_MAX_IMAGES]; /* in the file's order */
    uint32_t wanted[RML_IBSI_N_FAMILIES];      /* bit f: the family's feature f */
    uint32_t wanted_texture[RML_IBSI_N_TEXTURES];
    rml_ibsi_rows rows;       /* of the families with directions: RML_IBSI_2D_AVG … */
    rml_ibsi_rows whole_rows; /* of the others: RML_IBSI_2D … */
    double spacing[3];        /* mm; 0: the image's along that axis */
    rml_ibsi_method interpolator, mask_interpolator;
    double mask_threshold; /* 0.5 */
    bool round;            /* intensities to whole numbers after interpolation */
    double low, high;      /* re-segmentation, closed; infinite: open */
    double outlier_sigma;  /* 0: off */
    rml_ibsi_bins bins;    /* of textures and of the intensity histogram */
    rml_ibsi_bins ivh_bins;
    int32_t ngldm_distance;
    double ngldm_alpha;
} rml_ibsi_params;

#endif
