/* 1. Python's spelling
 * 2. Which columns
 * 3. The configuration as JSON
 * 4. A table's columns
 * 5. A row */
#include "jobs/diagnostics_columns.h"

#include <cjson/cJSON.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/ibsi_region.h"
#include "jobs/version.h"

/* --- 1. Python's spelling ----------------------------------------------------------------------------------------- */

/* The fewest digits that read back the same: a decimal of at most 15 comes back from a (normal) double as it was, so
 * that what needs no more is what 15 have without their last zeros. Some powers of two below 2^-23 or above 2^88, for
 * which Python finds 16 digits that are not the nearest 16, have 17 here. */
void rml_python_float(double value, char text[RML_PYTHON_FLOAT])
{
    char number[RML_PYTHON_FLOAT] = "", digits[20] = "";
    int exponent, n = 0;
    char *to = text;

    if (!isfinite(value)) {
        strcpy(text, isnan(value) ? "nan" : value < 0.0 ? "-inf" : "inf");
        return;
    }
    for (int places = fabs(value) < DBL_MIN ? 0 : 14; places < 17; ++places) {
        snprintf(number, sizeof number, "%.*e", places, value);
        if (strtod(number, NULL) == value) break;
    }
    for (const char *c = number; *c && *c != 'e'; ++c)
        if (*c >= '0' && *c <= '9') digits[n++] = *c;
    while (n > 1 && digits[n - 1] == '0') --n;
    exponent = (int)strtol(strchr(number, 'e') + 1, NULL, 10);
    if (number[0] == '-') *to++ = '-';
    if (exponent < -4 || exponent >= 16) {
        *to++ = digits[0];
        if (n > 1) *to++ = '.';
        memcpy(to, digits + 1, (size_t)n - 1);
        sprintf(to + n - 1, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    if (exponent < 0) {
        *to++ = '0';
        *to++ = '.';
        for (int zero = -1; zero > exponent; --zero) *to++ = '0';
        for (int d = 0; d < n; ++d) *to++ = digits[d];
    } else {
        for (int d = 0; d <= exponent || d < n; ++d) {
            if (d == exponent + 1) *to++ = '.';
            *to++ = d < n ? digits[d] : '0';
        }
        if (n <= exponent + 1) to = stpcpy(to, ".0");
    }
    *to = '\0';
}

static void write_floats(const double *value, int n, char text[RML_DIAGNOSTIC_TEXT])
{
    size_t used = 0;

    for (int i = 0; i < n; ++i) {
        char number[RML_PYTHON_FLOAT];

        rml_python_float(value[i], number);
        used += (size_t)snprintf(text + used, RML_DIAGNOSTIC_TEXT - used, "%s%s", i == 0 ? "(" : ", ", number);
    }
    snprintf(text + used, RML_DIAGNOSTIC_TEXT - used, ")");
}

/* --- 2. Which columns --------------------------------------------------------------------------------------------- */

typedef enum element {
    RADMILL,
    COMMIT,
    STANDARD,
    SETTINGS,
    SETTINGS_HASH,
    IMAGE_TYPES,
    HASH,
    DIMENSIONALITY,
    SPACING,
    SIZE,
    BOUNDING_BOX,
    VOXEL_NUM,
    VOLUME_NUM,
    CENTRE_INDEX,
    CENTRE,
    MEAN,
    MINIMUM,
    MAXIMUM
} element;

typedef struct rml_diagnostic {
    rml_diagnosed stage; /* RML_N_DIAGNOSED: none, the program or the configuration */
    element element;
} rml_diagnostic;

static const struct {
    element element;
    const char *name;
} globals[] = {{RADMILL, "Versions_radmill"},         {COMMIT, "Versions_commit"},
               {STANDARD, "Versions_standard"},       {SETTINGS, "Configuration_Settings"},
               {SETTINGS_HASH, "Configuration_Hash"}, {IMAGE_TYPES, "Configuration_EnabledImageTypes"}},
  elements[] = {{HASH, "Hash"},
                {DIMENSIONALITY, "Dimensionality"},
                {SPACING, "Spacing"},
                {SIZE, "Size"},
                {BOUNDING_BOX, "BoundingBox"},
                {VOXEL_NUM, "VoxelNum"},
                {VOLUME_NUM, "VolumeNum"},
                {CENTRE_INDEX, "CenterOfMassIndex"},
                {CENTRE, "CenterOfMass"},
                {MEAN, "Mean"},
                {MINIMUM, "Minimum"},
                {MAXIMUM, "Maximum"}};

enum { N_GLOBALS = sizeof globals / sizeof *globals, N_ELEMENTS = sizeof elements / sizeof *elements };
enum { MOST = N_GLOBALS + RML_N_DIAGNOSED * N_ELEMENTS };

static const char *const stage_names[RML_N_DIAGNOSED] = {
    [RML_IMAGE_ORIGINAL] = "Image-original",         [RML_MASK_ORIGINAL] = "Mask-original",
    [RML_IMAGE_INTERPOLATED] = "Image-interpolated", [RML_MASK_INTERPOLATED] = "Mask-interpolated",
    [RML_MASK_CORRECTED] = "Mask-corrected",         [RML_MASK_RESEGMENTED] = "Mask-resegmented"};

static bool belongs(rml_diagnosed stage, element e, bool hashes)
{
    switch (e) {
    case HASH: return hashes && (stage == RML_IMAGE_ORIGINAL || stage == RML_MASK_ORIGINAL);
    case DIMENSIONALITY: return stage == RML_IMAGE_ORIGINAL;
    case BOUNDING_BOX:
    case VOXEL_NUM:
    case VOLUME_NUM:
    case CENTRE_INDEX:
    case CENTRE: return !rml_diagnosed_image(stage);
    case MEAN:
    case MINIMUM:
    case MAXIMUM: return stage != RML_MASK_ORIGINAL; /* it need not lie on the image's grid yet */
    default: return true;
    }
}

static rml_h5ad_type type_of(element e, bool everywhere)
{
    switch (e) {
    case VOXEL_NUM:
    case VOLUME_NUM: return everywhere ? RML_H5AD_INTEGER : RML_H5AD_NUMBER;
    case MEAN:
    case MINIMUM:
    case MAXIMUM: return RML_H5AD_NUMBER;
    case HASH:
    case SPACING:
    case SIZE:
    case BOUNDING_BOX:
    case CENTRE_INDEX:
    case CENTRE: return RML_H5AD_TEXT;
    default: return RML_H5AD_CATEGORICAL;
    }
}

/* A column's name. */
static void spell(rml_diagnosed stage, const char *element_name, char name[RML_DIAGNOSTIC_NAME])
{
    snprintf(name, RML_DIAGNOSTIC_NAME, "%s%s%s%s", RML_DIAGNOSTICS_PREFIX,
             stage == RML_N_DIAGNOSED ? "" : stage_names[stage], stage == RML_N_DIAGNOSED ? "" : "_", element_name);
}

/* What follows a beginning; NULL where the text begins otherwise. */
static const char *behind(const char *text, const char *beginning)
{
    const size_t n = strlen(beginning);

    return strncmp(text, beginning, n) == 0 ? text + n : NULL;
}

/* Taken apart, not compared with every name spelled: a cohort may have a million columns. */
bool rml_diagnostic_names(const rml_params *params, const char *text)
{
    const uint32_t stages = rml_diagnosed_by(params).some | (params->correct_mask ? 1U << RML_MASK_CORRECTED : 0);
    const char *rest = behind(text, RML_DIAGNOSTICS_PREFIX);

    if (!params->additional_info || !rest) return false;
    for (int g = 0; g < N_GLOBALS; ++g)
        if (strcmp(globals[g].name, rest) == 0) return true;
    for (int s = 0; s < RML_N_DIAGNOSED; ++s) {
        const char *name = stages >> s & 1 ? behind(rest, stage_names[s]) : NULL;

        if (!name || *name != '_') continue;
        for (int e = 0; e < N_ELEMENTS; ++e)
            if (strcmp(elements[e].name, name + 1) == 0) return belongs((rml_diagnosed)s, elements[e].element, true);
    }
    return false;
}

rml_diagnosed_stages rml_diagnosed_by(const rml_params *params)
{
    uint32_t stages = 1U << RML_IMAGE_ORIGINAL | 1U << RML_MASK_ORIGINAL;

    if (params->is_ibsi) {
        for (int a = 0; a < 3; ++a)
            if (params->ibsi.spacing[a] > 0.0) stages |= 1U << RML_MASK_INTERPOLATED;
        if (rml_ibsi_resegments(params)) stages |= 1U << RML_MASK_RESEGMENTED;
    }
    if (params->resample) stages |= 1U << RML_IMAGE_INTERPOLATED | 1U << RML_MASK_INTERPOLATED;
    if (params->resegment.n_bounds > 0) stages |= 1U << RML_MASK_RESEGMENTED;
    return (rml_diagnosed_stages){stages, UINT32_MAX};
}

void rml_diagnosed_add(rml_diagnosed_stages *stages, const rml_diagnostics *diagnostics)
{
    const uint32_t these = diagnostics ? diagnostics->stages : 0;

    stages->some |= these;
    stages->all &= these;
}

/* --- 3. The configuration as JSON --------------------------------------------------------------------------------- */

/* Both give malloc'ed text; NULL without memory. */
static char *print_json(cJSON *json, bool complete)
{
    char *text = complete ? cJSON_PrintUnformatted(json) : NULL;

    cJSON_Delete(json);
    return text;
}

/* The canonical settings, "name: value" a line, as one object of texts. */
static char *settings_json(const char *canonical)
{
    cJSON *json = cJSON_CreateObject();
    char *lines = strdup(canonical), *rest = NULL;
    bool complete = json && lines;

    for (char *line = complete ? strtok_r(lines, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
        char *value = strchr(line, ':');

        if (value) *value++ = '\0';
        complete = complete && cJSON_AddStringToObject(json, line, value ? value + strspn(value, " ") : "");
    }
    free(lines);
    return print_json(json, complete);
}

static char *image_types_json(const rml_params *params)
{
    cJSON *json = cJSON_CreateArray();
    bool complete = json != NULL;

    for (int32_t i = 0; params->is_ibsi && i < params->ibsi.n_images; ++i)
        if (i == 0 || params->ibsi.image[i].filter != params->ibsi.image[i - 1].filter)
            complete = complete && cJSON_AddItemToArray(
                                       json, cJSON_CreateString(rml_ibsi_filter_name(params->ibsi.image[i].filter)));
    for (int32_t t = 0; !params->is_ibsi && t < params->n_types; ++t)
        complete = complete && cJSON_AddItemToArray(json, cJSON_CreateString(rml_filter_name(params->type[t].filter)));
    return print_json(json, complete);
}

/* --- 4. A table's columns ----------------------------------------------------------------------------------------- */

static const char *constant_of(const rml_diagnostic_columns *columns, element e)
{
    switch (e) {
    case RADMILL: return rml_version();
    case COMMIT: return rml_version_commit();
    case STANDARD: return columns->standard;
    case SETTINGS: return columns->settings;
    case SETTINGS_HASH: return columns->hash;
    case IMAGE_TYPES: return columns->image_types;
    case DIMENSIONALITY: return "3D";
    default: return NULL;
    }
}

static void add(rml_diagnostic_columns *columns, rml_diagnosed stage, element e, const char *name, bool everywhere)
{
    const int32_t c = columns->n++;

    spell(stage, name, columns->name[c]);
    columns->what[c] = (rml_diagnostic){stage, e};
    columns->column[c] = (rml_h5ad_column){.name = columns->name[c], .type = type_of(e, everywhere)};
    columns->constant[c] = constant_of(columns, e);
    if (!columns->constant[c]) return;
    columns->column[c].n_categories = 1;
    columns->column[c].categories = &columns->constant[c];
}

rml_status rml_diagnostic_columns_init(rml_diagnostic_columns *columns, const rml_params *params,
                                       const rml_diagnosed_stages *stages, bool hashes, rml_error *err)
{
    rml_sha1 sha1;

    *columns = (rml_diagnostic_columns){0};
    if (!params->additional_info) return RML_OK;
    columns->column = calloc(MOST, sizeof *columns->column);
    columns->what = calloc(MOST, sizeof *columns->what);
    columns->name = calloc(MOST, sizeof *columns->name);
    columns->text = calloc(MOST, sizeof *columns->text);
    columns->constant = calloc(MOST, sizeof *columns->constant);
    columns->standard = params->is_ibsi ? "IBSI-1, IBSI-2" : "PyRadiomics 3.0.1";
    columns->settings = settings_json(params->canonical);
    columns->image_types = image_types_json(params);
    if (!columns->column || !columns->what || !columns->name || !columns->text || !columns->constant ||
        !columns->settings || !columns->image_types) {
        rml_diagnostic_columns_free(columns);
        return rml_fail(err, RML_ENOMEM, "no memory for the diagnostics' columns");
    }
    rml_sha1_begin(&sha1);
    rml_sha1_add(&sha1, params->canonical, strlen(params->canonical));
    rml_sha1_end(&sha1, columns->hash);
    for (int g = 0; g < N_GLOBALS; ++g) add(columns, RML_N_DIAGNOSED, globals[g].element, globals[g].name, true);
    for (int s = 0; s < RML_N_DIAGNOSED; ++s)
        for (int e = 0; e < N_ELEMENTS && stages->some >> s & 1; ++e)
            if (belongs((rml_diagnosed)s, elements[e].element, hashes))
                add(columns, (rml_diagnosed)s, elements[e].element, elements[e].name, stages->all >> s & 1);
    return RML_OK;
}

void rml_diagnostic_columns_free(rml_diagnostic_columns *columns)
{
    free(columns->column);
    free(columns->what);
    free(columns->name);
    free(columns->text);
    free((void *)columns->constant);
    free(columns->settings);
    free(columns->image_types);
    *columns = (rml_diagnostic_columns){0};
}

/* --- 5. A row ----------------------------------------------------------------------------------------------------- */

static void make_text(const rml_diagnosis *of, element e, char text[RML_DIAGNOSTIC_TEXT])
{
    const rml_box *box = &of->extent.box;

    switch (e) {
    case HASH: snprintf(text, RML_DIAGNOSTIC_TEXT, "%s", of->hash); break;
    case SPACING: write_floats(of->spacing, 3, text); break;
    case SIZE: snprintf(text, RML_DIAGNOSTIC_TEXT, "(%d, %d, %d)", of->size[0], of->size[1], of->size[2]); break;
    case BOUNDING_BOX:
        snprintf(text, RML_DIAGNOSTIC_TEXT, "(%d, %d, %d, %d, %d, %d)", box->first[0], box->first[1], box->first[2],
                 box->size[0], box->size[1], box->size[2]);
        break;
    case CENTRE_INDEX: write_floats(of->extent.centre, 3, text); break;
    case CENTRE: write_floats(of->point, 3, text); break;
    case VOXEL_NUM: snprintf(text, RML_DIAGNOSTIC_TEXT, "%lld", (long long)of->extent.n_voxels); break;
    case VOLUME_NUM: snprintf(text, RML_DIAGNOSTIC_TEXT, "%lld", (long long)of->extent.n_volumes); break;
    case MEAN: rml_python_float(of->mean, text); break;
    case MINIMUM: rml_python_float(of->minimum, text); break;
    case MAXIMUM: rml_python_float(of->maximum, text); break;
    default: break;
    }
}

void rml_diagnostic_columns_row(rml_diagnostic_columns *columns, const rml_diagnostics *diagnostics,
                                rml_h5ad_value *value)
{
    for (int32_t c = 0; c < columns->n; ++c) {
        const rml_diagnostic *what = &columns->what[c];
        const bool there = what->stage != RML_N_DIAGNOSED && diagnostics && diagnostics->stages >> what->stage & 1;
        const rml_diagnosis *of = there ? &diagnostics->of[what->stage] : NULL;

        columns->text[c][0] = '\0';
        if (of) make_text(of, what->element, columns->text[c]);
        value[c] =
            (rml_h5ad_value){.text = columns->constant[c] ? columns->constant[c] : columns->text[c], .number = NAN};
        if (columns->column[c].type == RML_H5AD_INTEGER) value[c].integer = strtoll(value[c].text, NULL, 10);
        if (columns->column[c].type == RML_H5AD_NUMBER && of) value[c].number = strtod(value[c].text, NULL);
    }
}
