#include "kernels/ibsi/catalogue_texture.h"

#include <stddef.h>

/* Source: the IBSI reference manual (theibsi/ibsi-doc) and the tags of the IBSI compliance table. */

static const rml_ibsi_texture_feature glcm[] = {
    {"cm_joint_max", "GYBY", "Joint maximum"},
    {"cm_joint_avg", "60VM", "Joint average"},
    {"cm_joint_var", "UR99", "Joint variance"},
    {"cm_joint_entr", "TU9B", "Joint entropy"},
    {"cm_diff_avg", "TF7R", "Difference average"},
    {"cm_diff_var", "D3YU", "Difference variance"},
    {"cm_diff_entr", "NTRS", "Difference entropy"},
    {"cm_sum_avg", "ZGXS", "Sum average"},
    {"cm_sum_var", "OEEB", "Sum variance"},
    {"cm_sum_entr", "P6QZ", "Sum entropy"},
    {"cm_energy", "8ZQL", "Angular second moment"},
    {"cm_contrast", "ACUI", "Contrast"},
    {"cm_dissimilarity", "8S9J", "Dissimilarity"},
    {"cm_inv_diff", "IB1Z", "Inverse difference"},
    {"cm_inv_diff_norm", "NDRX", "Normalised inverse difference"},
    {"cm_inv_diff_mom", "WF0Z", "Inverse difference moment"},
    {"cm_inv_diff_mom_norm", "1QCO", "Normalised inverse difference moment"},
    {"cm_inv_var", "E8JP", "Inverse variance"},
    {"cm_corr", "NI2N", "Correlation"},
    {"cm_auto_corr", "QWB0", "Autocorrelation"},
    {"cm_clust_tend", "DG8W", "Cluster tendency"},
    {"cm_clust_shade", "7NFM", "Cluster shade"},
    {"cm_clust_prom", "AE86", "Cluster prominence"},
    {"cm_info_corr1", "R8DG", "Information correlation 1"},
    {"cm_info_corr2", "JN9H", "Information correlation 2"},
};

static const rml_ibsi_texture_feature glrlm[] = {
    {"rlm_sre", "22OV", "Short runs emphasis"},
    {"rlm_lre", "W4KF", "Long runs emphasis"},
    {"rlm_lgre", "V3SW", "Low grey level run emphasis"},
    {"rlm_hgre", "G3QZ", "High grey level run emphasis"},
    {"rlm_srlge", "HTZT", "Short run low grey level emphasis"},
    {"rlm_srhge", "GD3A", "Short run high grey level emphasis"},
    {"rlm_lrlge", "IVPO", "Long run low grey level emphasis"},
    {"rlm_lrhge", "3KUM", "Long run high grey level emphasis"},
    {"rlm_glnu", "R5YN", "Grey level non-uniformity"},
    {"rlm_glnu_norm", "OVBL", "Normalised grey level non-uniformity"},
    {"rlm_rlnu", "W92Y", "Run length non-uniformity"},
    {"rlm_rlnu_norm", "IC23", "Normalised run length non-uniformity"},
    {"rlm_r_perc", "9ZK5", "Run percentage"},
    {"rlm_gl_var", "8CE5", "Grey level variance"},
    {"rlm_rl_var", "SXLW", "Run length variance"},
    {"rlm_rl_entr", "HJ9O", "Run entropy"},
};

static const rml_ibsi_texture_feature glszm[] = {
    {"szm_sze", "5QRC", "Small zone emphasis"},
    {"szm_lze", "48P8", "Large zone emphasis"},
    {"szm_lgze", "XMSY", "Low grey level zone emphasis"},
    {"szm_hgze", "5GN9", "High grey level zone emphasis"},
    {"szm_szlge", "5RAI", "Small zone low grey level emphasis"},
    {"szm_szhge", "HW1V", "Small zone high grey level emphasis"},
    {"szm_lzlge", "YH51", "Large zone low grey level emphasis"},
    {"szm_lzhge", "J17V", "Large zone high grey level emphasis"},
    {"szm_glnu", "JNSA", "Grey level non-uniformity"},
    {"szm_glnu_norm", "Y1RO", "Normalised grey level non-uniformity"},
    {"szm_zsnu", "4JP3", "Zone size non-uniformity"},
    {"szm_zsnu_norm", "VB3A", "Normalised zone size non-uniformity"},
    {"szm_z_perc", "P30P", "Zone percentage"},
    {"szm_gl_var", "BYLV", "Grey level variance"},
    {"szm_zs_var", "3NSA", "Zone size variance"},
    {"szm_zs_entr", "GU8N", "Zone size entropy"},
};

static const rml_ibsi_texture_feature gldzm[] = {
    {"dzm_sde", "0GBI", "Small distance emphasis"},
    {"dzm_lde", "MB4I", "Large distance emphasis"},
    {"dzm_lgze", "S1RA", "Low grey level zone emphasis"},
    {"dzm_hgze", "K26C", "High grey level zone emphasis"},
    {"dzm_sdlge", "RUVG", "Small distance low grey level emphasis"},
    {"dzm_sdhge", "DKNJ", "Small distance high grey level emphasis"},
    {"dzm_ldlge", "A7WM", "Large distance low grey level emphasis"},
    {"dzm_ldhge", "KLTH", "Large distance high grey level emphasis"},
    {"dzm_glnu", "VFT7", "Grey level non-uniformity"},
    {"dzm_glnu_norm", "7HP3", "Normalised grey level non-uniformity"},
    {"dzm_zdnu", "V294", "Zone distance non-uniformity"},
    {"dzm_zdnu_norm", "IATH", "Normalised zone distance non-uniformity"},
    {"dzm_z_perc", "VIWW", "Zone percentage"},
    {"dzm_gl_var", "QK93", "Grey level variance"},
    {"dzm_zd_var", "7WT1", "Zone distance variance"},
    {"dzm_zd_entr", "GBDU", "Zone distance entropy"},
};

static const rml_ibsi_texture_feature ngtdm[] = {
    {"ngt_coarseness", "QCDE", "Coarseness"}, {"ngt_contrast", "65HE", "Contrast"},
    {"ngt_busyness", "NQ30", "Busyness"},     {"ngt_complexity", "HDEZ", "Complexity"},
    {"ngt_strength", "1X9X", "Strength"},
};

static const rml_ibsi_texture_feature ngldm[] = {
    {"ngl_lde", "SODN", "Low dependence emphasis"},
    {"ngl_hde", "IMOQ", "High dependence emphasis"},
    {"ngl_lgce", "TL9H", "Low grey level count emphasis"},
    {"ngl_hgce", "OAE7", "High grey level count emphasis"},
    {"ngl_ldlge", "EQ3F", "Low dependence low grey level emphasis"},
    {"ngl_ldhge", "JA6D", "Low dependence high grey level emphasis"},
    {"ngl_hdlge", "NBZI", "High dependence low grey level emphasis"},
    {"ngl_hdhge", "9QMG", "High dependence high grey level emphasis"},
    {"ngl_glnu", "FP8K", "Grey level non-uniformity"},
    {"ngl_glnu_norm", "5SPA", "Normalised grey level non-uniformity"},
    {"ngl_dcnu", "Z87G", "Dependence count non-uniformity"},
    {"ngl_dcnu_norm", "OKJI", "Normalised dependence count non-uniformity"},
    {"ngl_dc_perc", "6XV8", "Dependence count percentage"},
    {"ngl_gl_var", "1PFV", "Grey level variance"},
    {"ngl_dc_var", "DNX2", "Dependence count variance"},
    {"ngl_dc_entr", "FCBV", "Dependence count entropy"},
    {"ngl_dc_energy", "CAS9", "Dependence count energy"},
};

#define SIZE(family) ((int32_t)(sizeof(family) / sizeof *(family)))

static const struct {
    const char *name, *code;
    const rml_ibsi_texture_feature *features;
    int32_t size;
} families[RML_IBSI_N_TEXTURES] = {
    [RML_IBSI_GLCM] = {"glcm", "LFYI", glcm, SIZE(glcm)},     [RML_IBSI_GLRLM] = {"glrlm", "TP0I", glrlm, SIZE(glrlm)},
    [RML_IBSI_GLSZM] = {"glszm", "9SAK", glszm, SIZE(glszm)}, [RML_IBSI_GLDZM] = {"gldzm", "VMDZ", gldzm, SIZE(gldzm)},
    [RML_IBSI_NGTDM] = {"ngtdm", "IPET", ngtdm, SIZE(ngtdm)}, [RML_IBSI_NGLDM] = {"ngldm", "REK0", ngldm, SIZE(ngldm)},
};

static const rml_ibsi_aggregation directional[] = {
    [RML_IBSI_2D_AVG] = {"2D:avg", "2D_avg", "BTW3"},      [RML_IBSI_2D_MRG] = {"2D:mrg", "2D_comb", "SUJT"},
    [RML_IBSI_25D_AVG] = {"2.5D:avg", "2_5D_avg", "JJUI"}, [RML_IBSI_25D_MRG] = {"2.5D:mrg", "2_5D_comb", "ZW7Z"},
    [RML_IBSI_3D_AVG] = {"3D:avg", "3D_avg", "ITBB"},      [RML_IBSI_3D_MRG] = {"3D:mrg", "3D_comb", "IAZD"},
};

static const rml_ibsi_aggregation whole[] = {
    [RML_IBSI_2D] = {"2D", "2D", "8QNN"},
    [RML_IBSI_25D] = {"2.5D", "2_5D", "62GR"},
    [RML_IBSI_3D] = {"3D", "3D", "KOBO"},
};

const char *rml_ibsi_texture_name(rml_ibsi_texture family)
{
    return families[family].name;
}

const char *rml_ibsi_texture_code(rml_ibsi_texture family)
{
    return families[family].code;
}

int32_t rml_ibsi_texture_size(rml_ibsi_texture family)
{
    return families[family].size;
}

const rml_ibsi_texture_feature *rml_ibsi_texture_features(rml_ibsi_texture family)
{
    return families[family].features;
}

int32_t rml_ibsi_texture_rows(rml_ibsi_texture family)
{
    return family == RML_IBSI_GLCM || family == RML_IBSI_GLRLM ? SIZE(directional) : SIZE(whole);
}

const rml_ibsi_aggregation *rml_ibsi_texture_aggregations(rml_ibsi_texture family)
{
    return family == RML_IBSI_GLCM || family == RML_IBSI_GLRLM ? directional : whole;
}
