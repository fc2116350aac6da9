/* IBSI's discretisation of intensities: levels from 1. It is not PyRadiomics' (kernels/preprocess/discretise): a fixed
 * bin size counts from the lower bound of the re-segmentation range, and a fixed bin number's highest value is in its
 * last bin by definition and not by a widened edge. */
#ifndef RML_IBSI_LEVELS_H
#define RML_IBSI_LEVELS_H

#include <stdint.h>

#include "kernels/base/status.h"

/* How levels are made. Fixed bin size (Q3RU): floor((X - lowest) / width) + 1. Fixed bin number (K15C):
 * floor(count (X - min) / (max - min)) + 1 below the maximum, where it is count; all 1 where max = min. With neither,
 * the intensities are levels as they are. */
typedef struct rml_ibsi_binning {
    int32_t count; /* fixed bin number when above 0 */
    double width;  /* else fixed bin size when above 0 */
    double lowest; /* where the first bin of a fixed size begins */
} rml_ibsi_binning;

/* values  in   [n] finite: the intensity mask's voxels
 * levels  out  [n], from 1
 * n_levels out the highest number that the definition can give for these voxels: the bin number; of a fixed size, and
 * of intensities as they are, the highest level that occurs
 *
 * RML_EEMPTY  n below 1
 * RML_EVALUE  a value below lowest, or not a whole number from 1 on where intensities are levels
 * RML_ESETTING  more levels than an int32 holds */
RML_CHECKED rml_status rml_ibsi_levels(const double *values, int64_t n, const rml_ibsi_binning *binning,
                                       int32_t *levels, int32_t *n_levels);

#endif
