/* What radmill computes, a line a feature, filter, interpolator or column, for tests/oracle/table.py: section, name,
 * code of the definition, what it is of, in words; separated by tabs. Asked of the catalogues and settings that the
 * program itself works by, so that nothing can be added there and be left out here. */
#include <stdio.h>

#include "jobs/diagnostics_columns.h"
#include "jobs/ibsi_columns.h"
#include "jobs/ibsi_keys.h"
#include "jobs/params.h"

static void line(const char *section, const char *name, const char *code, const char *of, const char *words)
{
    printf("%s\t%s\t%s\t%s\t%s\n", section, name, code, of, words);
}

static const setting *setting_of(const setting *keys, int32_t n, key_id id)
{
    for (int32_t k = 0; k < n; ++k)
        if (keys[k].id == id) return &keys[k];
    return NULL;
}

static void words_of(const char *section, const setting *key)
{
    for (int32_t w = 0; key && key->words[w]; ++w) line(section, key->words[w], "", "", "");
}

static void pyradiomics(void)
{
    for (int c = 0; c < RML_N_CLASSES; ++c)
        for (int32_t f = 0; f < rml_class_size((rml_class)c); ++f) {
            const rml_feature *feature = &rml_class_features((rml_class)c)[f];
            char name[RML_COLUMN_NAME];

            snprintf(name, sizeof name, "%s_%s", rml_class_name((rml_class)c), feature->name);
            line("PyRadiomics", name, feature->ibsi_tag, rml_class_name((rml_class)c),
                 feature->deprecated ? "deprecated" : "");
        }
    for (int f = 0; f < RML_N_FILTERS; ++f) line("PyRadiomics image", rml_filter_name((rml_filter)f), "", "", "");
    words_of("PyRadiomics interpolator", setting_of(rml_setting_keys, rml_n_setting_keys, INTERPOLATION));
    for (int w = 0; w < RML_N_WAVELETS; ++w) line("PyRadiomics wavelet", rml_wavelet_names[w], "", "", "");
}

/* Every stage, hashes too. */
static rml_status diagnostics(void)
{
    const rml_diagnosed_stages stages = {(1U << RML_N_DIAGNOSED) - 1, 0};
    rml_diagnostic_columns columns;
    rml_params params;
    rml_status status = rml_params_read(NULL, &params, NULL);

    if (status != RML_OK) return status;
    status = rml_diagnostic_columns_init(&columns, &params, &stages, true, NULL);
    for (int32_t c = 0; c < columns.n; ++c) line("PyRadiomics diagnostics", columns.name[c], "", "", "");
    rml_diagnostic_columns_free(&columns);
    rml_params_free(&params);
    return status;
}

static void ibsi(void)
{
    static rml_ibsi_params all = {.rows = RML_IBSI_ALL_ROWS, .whole_rows = RML_IBSI_ALL_ROWS};
    rml_ibsi_column columns[RML_IBSI_MOST_COLUMNS];

    for (int f = 0; f < RML_IBSI_N_FAMILIES; ++f) all.wanted[f] = (1U << rml_ibsi_family_size((rml_ibsi_family)f)) - 1;
    for (int t = 0; t < RML_IBSI_N_TEXTURES; ++t)
        all.wanted_texture[t] = (1U << rml_ibsi_texture_size((rml_ibsi_texture)t)) - 1;
    for (int morphology = 1; morphology >= 0; --morphology) {
        const int32_t n = rml_ibsi_columns(&all, morphology, columns);

        for (int32_t c = 0; c < n; ++c) {
            const int32_t texture = columns[c].class_ - RML_IBSI_N_FAMILIES;
            char tag[RML_COLUMN_NAME];

            rml_ibsi_column_tag(&columns[c], tag);
            line("IBSI-1", tag, rml_ibsi_column_code(&columns[c]), rml_ibsi_class_name(columns[c].class_),
                 texture < 0 ? rml_ibsi_family_features((rml_ibsi_family)columns[c].class_)[columns[c].feature].name
                             : rml_ibsi_texture_features((rml_ibsi_texture)texture)[columns[c].feature].name);
        }
    }
    words_of("IBSI-1 interpolator", setting_of(rml_ibsi_setting_keys, rml_n_ibsi_setting_keys, INTERPOLATION));
}

/* The original image is no filter's; a Riesz transform stands behind those whose keys have one. */
static void ibsi_filters(void)
{
    for (int f = RML_IBSI_ORIGINAL + 1; f < RML_IBSI_N_FILTERS; ++f)
        line("IBSI-2 filter", rml_ibsi_filter_name((rml_ibsi_filter)f), "", "", "");
    for (int32_t k = 0; k < rml_n_ibsi_filter_keys; ++k)
        for (int f = 0; f < RML_IBSI_N_FILTERS; ++f)
            if (rml_ibsi_filter_keys[k].key.id == RIESZ && rml_ibsi_filter_keys[k].filters >> f & 1) {
                char name[64];

                snprintf(name, sizeof name, "%s + Riesz", rml_ibsi_filter_name((rml_ibsi_filter)f));
                line("IBSI-2 filter", name, "", "", "");
            }
}

int main(void)
{
    pyradiomics();
    ibsi();
    ibsi_filters();
    return diagnostics() != RML_OK;
}
