#include "kernels/features/catalogue.h"

#include <assert.h>
#include <string.h>

/* A tag stands only where IBSI's number is the same number: Kurtosis (IBSI: minus 3) and the three axis lengths (IBSI:
 * covariance over N - 1) have none. */

static const rml_feature shape[] = {
    {"Compactness1", "SKGS", true},
    {"Compactness2", "BQWJ", true},
    {"Elongation", "Q3CK", false},
    {"Flatness", "N17B", false},
    {"LeastAxisLength", "", false},
    {"MajorAxisLength", "", false},
    {"Maximum2DDiameterColumn", "", false},
    {"Maximum2DDiameterRow", "", false},
    {"Maximum2DDiameterSlice", "", false},
    {"Maximum3DDiameter", "L0JK", false},
    {"MeshVolume", "RNU0", false},
    {"MinorAxisLength", "", false},
    {"SphericalDisproportion", "KRCK", true},
    {"Sphericity", "QCFX", false},
    {"SurfaceArea", "C0JK", false},
    {"SurfaceVolumeRatio", "2PR5", false},
    {"VoxelVolume", "YEKZ", false},
};

/* Of one slice. IBSI's features are of volumes: none has a tag. */
static const rml_feature shape2D[] = {
    {"Elongation", "", false},
    {"MajorAxisLength", "", false},
    {"MaximumDiameter", "", false},
    {"MeshSurface", "", false},
    {"MinorAxisLength", "", false},
    {"Perimeter", "", false},
    {"PerimeterSurfaceRatio", "", false},
    {"PixelSurface", "", false},
    {"SphericalDisproportion", "", true},
    {"Sphericity", "", false},
};

static const rml_feature firstorder[] = {
    {"10Percentile", "QG58", false},
    {"90Percentile", "8DWT", false},
    {"Energy", "N8CA", false},
    {"Entropy", "TLU2", false},
    {"InterquartileRange", "SALO", false},
    {"Kurtosis", "", false},
    {"Maximum", "84IY", false},
    {"Mean", "Q4LE", false},
    {"MeanAbsoluteDeviation", "4FUA", false},
    {"Median", "Y12H", false},
    {"Minimum", "1GSF", false},
    {"Range", "2OJQ", false},
    {"RobustMeanAbsoluteDeviation", "1128", false},
    {"RootMeanSquared", "5ZWQ", false},
    {"Skewness", "KE2A", false},
    {"StandardDeviation", "", true},
    {"TotalEnergy", "", false},
    {"Uniformity", "BJ5W", false},
    {"Variance", "ECT3", false},
};

static const rml_feature glcm[] = {
    {"Autocorrelation", "QWB0", false},
    {"ClusterProminence", "AE86", false},
    {"ClusterShade", "7NFM", false},
    {"ClusterTendency", "DG8W", false},
    {"Contrast", "ACUI", false},
    {"Correlation", "NI2N", false},
    {"DifferenceAverage", "TF7R", false},
    {"DifferenceEntropy", "NTRS", false},
    {"DifferenceVariance", "D3YU", false},
    {"Dissimilarity", "8S9J", true},
    {"Homogeneity1", "IB1Z", true},
    {"Homogeneity2", "WF0Z", true},
    {"Id", "IB1Z", false},
    {"Idm", "WF0Z", false},
    {"Idmn", "1QCO", false},
    {"Idn", "NDRX", false},
    {"Imc1", "R8DG", false},
    {"Imc2", "JN9H", false},
    {"InverseVariance", "E8JP", false},
    {"JointAverage", "60VM", false},
    {"JointEnergy", "8ZQL", false},
    {"JointEntropy", "TU9B", false},
    {"MCC", "", false},
    {"MaximumProbability", "GYBY", false},
    {"SumAverage", "ZGXS", false},
    {"SumEntropy", "P6QZ", false},
    {"SumSquares", "UR99", false},
    {"SumVariance", "OEEB", true},
};

static const rml_feature gldm[] = {
    {"DependenceEntropy", "FCBV", false},
    {"DependenceNonUniformity", "Z87G", false},
    {"DependenceNonUniformityNormalized", "OKJI", false},
    {"DependencePercentage", "6XV8", true},
    {"DependenceVariance", "DNX2", false},
    {"GrayLevelNonUniformity", "FP8K", false},
    {"GrayLevelNonUniformityNormalized", "5SPA", true},
    {"GrayLevelVariance", "1PFV", false},
    {"HighGrayLevelEmphasis", "OAE7", false},
    {"LargeDependenceEmphasis", "IMOQ", false},
    {"LargeDependenceHighGrayLevelEmphasis", "9QMG", false},
    {"LargeDependenceLowGrayLevelEmphasis", "NBZI", false},
    {"LowGrayLevelEmphasis", "TL9H", false},
    {"SmallDependenceEmphasis", "SODN", false},
    {"SmallDependenceHighGrayLevelEmphasis", "JA6D", false},
    {"SmallDependenceLowGrayLevelEmphasis", "EQ3F", false},
};

static const rml_feature glrlm[] = {
    {"GrayLevelNonUniformity", "R5YN", false},
    {"GrayLevelNonUniformityNormalized", "OVBL", false},
    {"GrayLevelVariance", "8CE5", false},
    {"HighGrayLevelRunEmphasis", "G3QZ", false},
    {"LongRunEmphasis", "W4KF", false},
    {"LongRunHighGrayLevelEmphasis", "3KUM", false},
    {"LongRunLowGrayLevelEmphasis", "IVPO", false},
    {"LowGrayLevelRunEmphasis", "V3SW", false},
    {"RunEntropy", "HJ9O", false},
    {"RunLengthNonUniformity", "W92Y", false},
    {"RunLengthNonUniformityNormalized", "IC23", false},
    {"RunPercentage", "9ZK5", false},
    {"RunVariance", "SXLW", false},
    {"ShortRunEmphasis", "22OV", false},
    {"ShortRunHighGrayLevelEmphasis", "GD3A", false},
    {"ShortRunLowGrayLevelEmphasis", "HTZT", false},
};

static const rml_feature glszm[] = {
    {"GrayLevelNonUniformity", "JNSA", false},
    {"GrayLevelNonUniformityNormalized", "Y1RO", false},
    {"GrayLevelVariance", "BYLV", false},
    {"HighGrayLevelZoneEmphasis", "5GN9", false},
    {"LargeAreaEmphasis", "48P8", false},
    {"LargeAreaHighGrayLevelEmphasis", "J17V", false},
    {"LargeAreaLowGrayLevelEmphasis", "YH51", false},
    {"LowGrayLevelZoneEmphasis", "XMSY", false},
    {"SizeZoneNonUniformity", "4JP3", false},
    {"SizeZoneNonUniformityNormalized", "VB3A", false},
    {"SmallAreaEmphasis", "5QRC", false},
    {"SmallAreaHighGrayLevelEmphasis", "HW1V", false},
    {"SmallAreaLowGrayLevelEmphasis", "5RAI", false},
    {"ZoneEntropy", "GU8N", false},
    {"ZonePercentage", "P30P", false},
    {"ZoneVariance", "3NSA", false},
};

static const rml_feature ngtdm[] = {
    {"Busyness", "NQ30", false}, {"Coarseness", "QCDE", false}, {"Complexity", "HDEZ", false},
    {"Contrast", "65HE", false}, {"Strength", "1X9X", false},
};

#define CLASS(array)                                                                                                   \
    {                                                                                                                  \
#array, array, (int32_t)(sizeof(array) / sizeof(array)[0])                                                     \
    }

static const struct {
    const char *name;
    const rml_feature *features;
    int32_t size;
} classes[RML_N_CLASSES] = {
    [RML_SHAPE] = CLASS(shape), [RML_SHAPE_2D] = CLASS(shape2D), [RML_FIRSTORDER] = CLASS(firstorder),
    [RML_GLCM] = CLASS(glcm),   [RML_GLDM] = CLASS(gldm),        [RML_GLRLM] = CLASS(glrlm),
    [RML_GLSZM] = CLASS(glszm), [RML_NGTDM] = CLASS(ngtdm),
};

const char *rml_class_name(rml_class class_)
{
    assert((int)class_ >= 0 && class_ < RML_N_CLASSES);
    return classes[class_].name;
}

bool rml_class_is_shape(rml_class class_)
{
    return class_ == RML_SHAPE || class_ == RML_SHAPE_2D;
}

int32_t rml_class_size(rml_class class_)
{
    assert((int)class_ >= 0 && class_ < RML_N_CLASSES);
    return classes[class_].size;
}

const rml_feature *rml_class_features(rml_class class_)
{
    assert((int)class_ >= 0 && class_ < RML_N_CLASSES);
    return classes[class_].features;
}

int32_t rml_feature_index(rml_class class_, const char *name)
{
    const rml_feature *features = rml_class_features(class_);

    for (int32_t f = 0; f < rml_class_size(class_); ++f)
        if (strcmp(features[f].name, name) == 0) return f;
    return -1;
}

rml_wanted rml_class_default(rml_class class_)
{
    const rml_feature *features = rml_class_features(class_);
    rml_wanted wanted = 0;

    for (int32_t f = 0; f < rml_class_size(class_); ++f)
        if (!features[f].deprecated) wanted |= (rml_wanted)1 << f;
    return wanted;
}
