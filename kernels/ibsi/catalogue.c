#include "kernels/ibsi/catalogue.h"

/* Source: the IBSI reference manual (theibsi/ibsi-doc) and the tags of the IBSI compliance table. */

static const rml_ibsi_feature morphology[] = {
    [RML_IBSI_MORPH_VOLUME] = {"morph_volume", "RNU0", "Volume (mesh)", true},
    [RML_IBSI_MORPH_VOL_APPROX] = {"morph_vol_approx", "YEKZ", "Volume (voxel counting)", true},
    [RML_IBSI_MORPH_AREA_MESH] = {"morph_area_mesh", "C0JK", "Surface area (mesh)", true},
    [RML_IBSI_MORPH_AV] = {"morph_av", "2PR5", "Surface to volume ratio", true},
    [RML_IBSI_MORPH_COMP_1] = {"morph_comp_1", "SKGS", "Compactness 1", true},
    [RML_IBSI_MORPH_COMP_2] = {"morph_comp_2", "BQWJ", "Compactness 2", true},
    [RML_IBSI_MORPH_SPH_DISPR] = {"morph_sph_dispr", "KRCK", "Spherical disproportion", true},
    [RML_IBSI_MORPH_SPHERICITY] = {"morph_sphericity", "QCFX", "Sphericity", true},
    [RML_IBSI_MORPH_ASPHERICITY] = {"morph_asphericity", "25C7", "Asphericity", true},
    [RML_IBSI_MORPH_COM] = {"morph_com", "KLMA", "Centre of mass shift", true},
    [RML_IBSI_MORPH_DIAM] = {"morph_diam", "L0JK", "Maximum 3D diameter", true},
    [RML_IBSI_MORPH_PCA_MAJ_AXIS] = {"morph_pca_maj_axis", "TDIC", "Major axis length", true},
    [RML_IBSI_MORPH_PCA_MIN_AXIS] = {"morph_pca_min_axis", "P9VJ", "Minor axis length", true},
    [RML_IBSI_MORPH_PCA_LEAST_AXIS] = {"morph_pca_least_axis", "7J51", "Least axis length", true},
    [RML_IBSI_MORPH_PCA_ELONGATION] = {"morph_pca_elongation", "Q3CK", "Elongation", true},
    [RML_IBSI_MORPH_PCA_FLATNESS] = {"morph_pca_flatness", "N17B", "Flatness", true},
    [RML_IBSI_MORPH_VOL_DENS_AABB] = {"morph_vol_dens_aabb", "PBX1", "Volume density (axis-aligned bounding box)",
                                      true},
    [RML_IBSI_MORPH_AREA_DENS_AABB] = {"morph_area_dens_aabb", "R59B", "Area density (axis-aligned bounding box)",
                                       true},
    [RML_IBSI_MORPH_VOL_DENS_OMBB] = {"morph_vol_dens_ombb", "ZH1A", "Volume density (oriented minimum bounding box)",
                                      false},
    [RML_IBSI_MORPH_AREA_DENS_OMBB] = {"morph_area_dens_ombb", "IQYR", "Area density (oriented minimum bounding box)",
                                       false},
    [RML_IBSI_MORPH_VOL_DENS_AEE] = {"morph_vol_dens_aee", "6BDE", "Volume density (approximate enclosing ellipsoid)",
                                     true},
    [RML_IBSI_MORPH_AREA_DENS_AEE] = {"morph_area_dens_aee", "RDD2", "Area density (approximate enclosing ellipsoid)",
                                      true},
    [RML_IBSI_MORPH_VOL_DENS_MVEE] = {"morph_vol_dens_mvee", "SWZ1",
                                      "Volume density (minimum volume enclosing ellipsoid)", false},
    [RML_IBSI_MORPH_AREA_DENS_MVEE] = {"morph_area_dens_mvee", "BRI8",
                                       "Area density (minimum volume enclosing ellipsoid)", false},
    [RML_IBSI_MORPH_VOL_DENS_CONV_HULL] = {"morph_vol_dens_conv_hull", "R3ER", "Volume density (convex hull)", true},
    [RML_IBSI_MORPH_AREA_DENS_CONV_HULL] = {"morph_area_dens_conv_hull", "7T7F", "Area density (convex hull)", true},
    [RML_IBSI_MORPH_INTEG_INT] = {"morph_integ_int", "99N0", "Integrated intensity", true},
    [RML_IBSI_MORPH_MORAN_I] = {"morph_moran_i", "N365", "Moran's I index", true},
    [RML_IBSI_MORPH_GEARY_C] = {"morph_geary_c", "NPT7", "Geary's C measure", true},
};

static const rml_ibsi_feature local_intensity[] = {
    [RML_IBSI_LOC_PEAK_LOC] = {"loc_peak_loc", "VJGA", "Local intensity peak", true},
    [RML_IBSI_LOC_PEAK_GLOB] = {"loc_peak_glob", "0F91", "Global intensity peak", true},
};

static const rml_ibsi_feature statistics[] = {
    [RML_IBSI_STAT_MEAN] = {"stat_mean", "Q4LE", "Mean intensity", true},
    [RML_IBSI_STAT_VAR] = {"stat_var", "ECT3", "Intensity variance", true},
    [RML_IBSI_STAT_SKEW] = {"stat_skew", "KE2A", "Intensity skewness", true},
    [RML_IBSI_STAT_KURT] = {"stat_kurt", "IPH6", "(Excess) intensity kurtosis", true},
    [RML_IBSI_STAT_MEDIAN] = {"stat_median", "Y12H", "Median intensity", true},
    [RML_IBSI_STAT_MIN] = {"stat_min", "1GSF", "Minimum intensity", true},
    [RML_IBSI_STAT_P10] = {"stat_p10", "QG58", "10th intensity percentile", true},
    [RML_IBSI_STAT_P90] = {"stat_p90", "8DWT", "90th intensity percentile", true},
    [RML_IBSI_STAT_MAX] = {"stat_max", "84IY", "Maximum intensity", true},
    [RML_IBSI_STAT_IQR] = {"stat_iqr", "SALO", "Intensity interquartile range", true},
    [RML_IBSI_STAT_RANGE] = {"stat_range", "2OJQ", "Intensity range", true},
    [RML_IBSI_STAT_MAD] = {"stat_mad", "4FUA", "Intensity-based mean absolute deviation", true},
    [RML_IBSI_STAT_RMAD] = {"stat_rmad", "1128", "Intensity-based robust mean absolute deviation", true},
    [RML_IBSI_STAT_MEDAD] = {"stat_medad", "N72L", "Intensity-based median absolute deviation", true},
    [RML_IBSI_STAT_COV] = {"stat_cov", "7TET", "Intensity-based coefficient of variation", true},
    [RML_IBSI_STAT_QCOD] = {"stat_qcod", "9S40", "Intensity-based quartile coefficient of dispersion", true},
    [RML_IBSI_STAT_ENERGY] = {"stat_energy", "N8CA", "Intensity-based energy", true},
    [RML_IBSI_STAT_RMS] = {"stat_rms", "5ZWQ", "Root mean square intensity", true},
};

static const rml_ibsi_feature intensity_histogram[] = {
    [RML_IBSI_IH_MEAN] = {"ih_mean", "X6K6", "Mean discretised intensity", true},
    [RML_IBSI_IH_VAR] = {"ih_var", "CH89", "Discretised intensity variance", true},
    [RML_IBSI_IH_SKEW] = {"ih_skew", "88K1", "Discretised intensity skewness", true},
    [RML_IBSI_IH_KURT] = {"ih_kurt", "C3I7", "(Excess) discretised intensity kurtosis", true},
    [RML_IBSI_IH_MEDIAN] = {"ih_median", "WIFQ", "Median discretised intensity", true},
    [RML_IBSI_IH_MIN] = {"ih_min", "1PR8", "Minimum discretised intensity", true},
    [RML_IBSI_IH_P10] = {"ih_p10", "GPMT", "10th discretised intensity percentile", true},
    [RML_IBSI_IH_P90] = {"ih_p90", "OZ0C", "90th discretised intensity percentile", true},
    [RML_IBSI_IH_MAX] = {"ih_max", "3NCY", "Maximum discretised intensity", true},
    [RML_IBSI_IH_MODE] = {"ih_mode", "AMMC", "Intensity histogram mode", true},
    [RML_IBSI_IH_IQR] = {"ih_iqr", "WR0O", "Discretised intensity interquartile range", true},
    [RML_IBSI_IH_RANGE] = {"ih_range", "5Z3W", "Discretised intensity range", true},
    [RML_IBSI_IH_MAD] = {"ih_mad", "D2ZX", "Intensity histogram mean absolute deviation", true},
    [RML_IBSI_IH_RMAD] = {"ih_rmad", "WRZB", "Intensity histogram robust mean absolute deviation", true},
    [RML_IBSI_IH_MEDAD] = {"ih_medad", "4RNL", "Intensity histogram median absolute deviation", true},
    [RML_IBSI_IH_COV] = {"ih_cov", "CWYJ", "Intensity histogram coefficient of variation", true},
    [RML_IBSI_IH_QCOD] = {"ih_qcod", "SLWD", "Intensity histogram quartile coefficient of dispersion", true},
    [RML_IBSI_IH_ENTROPY] = {"ih_entropy", "TLU2", "Discretised intensity entropy", true},
    [RML_IBSI_IH_UNIFORMITY] = {"ih_uniformity", "BJ5W", "Discretised intensity uniformity", true},
    [RML_IBSI_IH_MAX_GRAD] = {"ih_max_grad", "12CE", "Maximum histogram gradient", true},
    [RML_IBSI_IH_MAX_GRAD_G] = {"ih_max_grad_g", "8E6O", "Maximum histogram gradient intensity", true},
    [RML_IBSI_IH_MIN_GRAD] = {"ih_min_grad", "VQB3", "Minimum histogram gradient", true},
    [RML_IBSI_IH_MIN_GRAD_G] = {"ih_min_grad_g", "RHQZ", "Minimum histogram gradient intensity", true},
};

static const rml_ibsi_feature intensity_volume_histogram[] = {
    [RML_IBSI_IVH_V10] = {"ivh_v10", "BC2M", "Volume fraction at 10% intensity", true},
    [RML_IBSI_IVH_V90] = {"ivh_v90", "BC2M", "Volume fraction at 90% intensity", true},
    [RML_IBSI_IVH_I10] = {"ivh_i10", "GBPN", "Intensity at 10% volume", true},
    [RML_IBSI_IVH_I90] = {"ivh_i90", "GBPN", "Intensity at 90% volume", true},
    [RML_IBSI_IVH_DIFF_V10_V90] = {"ivh_diff_v10_v90", "DDTU",
                                   "Volume fraction difference between 10% and 90% intensity", true},
    [RML_IBSI_IVH_DIFF_I10_I90] = {"ivh_diff_i10_i90", "CNV2", "Intensity difference between 10% and 90% volume", true},
    [RML_IBSI_IVH_AUC] = {"ivh_auc", "9CMM", "Area under the IVH curve", false},
};

static const struct {
    const char *name;
    const rml_ibsi_feature *features;
    int32_t n;
} families[RML_IBSI_N_FAMILIES] = {
    [RML_IBSI_MORPHOLOGY] = {"morphology", morphology, RML_IBSI_N_MORPHOLOGY},
    [RML_IBSI_LOCAL] = {"local_intensity", local_intensity, RML_IBSI_N_LOCAL},
    [RML_IBSI_STATISTICS] = {"statistics", statistics, RML_IBSI_N_STATISTICS},
    [RML_IBSI_HISTOGRAM] = {"intensity_histogram", intensity_histogram, RML_IBSI_N_HISTOGRAM},
    [RML_IBSI_IVH] = {"intensity_volume_histogram", intensity_volume_histogram, RML_IBSI_N_IVH},
};

const char *rml_ibsi_family_name(rml_ibsi_family family)
{
    return families[family].name;
}

int32_t rml_ibsi_family_size(rml_ibsi_family family)
{
    return families[family].n;
}

const rml_ibsi_feature *rml_ibsi_family_features(rml_ibsi_family family)
{
    return families[family].features;
}
