#include "kernels/base/reason.h"

const char *rml_reason_text(rml_reason reason)
{
    static const char *const texts[RML_N_REASONS] = {
        [RML_DEFINED] = "defined",
        [RML_WHY_FLAT] = "all voxels of the ROI are equal or in one bin",
        [RML_WHY_NO_PAIRS] = "no two ROI voxels are neighbours",
        [RML_WHY_ONE_VOXEL] = "one voxel is too few",
        [RML_WHY_NO_RUNS] = "no line holds two ROI voxels",
        [RML_WHY_EMPTY_RANGE] = "no voxel lies between the 10th and the 90th percentile",
        [RML_WHY_DEGENERATE] = "the ROI has no extent along an axis that the formula divides by",
        [RML_WHY_OVERFLOW] = "the value is beyond a double",
        [RML_WHY_ROUNDING] = "what the formula divides by or takes the root of is 0 but for rounding",
        [RML_WHY_UNDERFLOW] = "the spread of the ROI's values is too small for a double",
        [RML_WHY_NO_IMAGE] = "the filter makes no image of so small a one",
        [RML_WHY_NOT_FINITE] = "the filter's image is not finite everywhere in the ROI",
        [RML_WHY_NO_LEVEL] = "even the highest intensity has a larger part of the ROI",
    };

    if ((int)reason < 0 || reason >= RML_N_REASONS) return "unknown";
    return texts[reason];
}
