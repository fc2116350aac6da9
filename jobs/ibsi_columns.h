/* The columns of profile ibsi: IBSI's spreadsheet tags ("morph_volume", "cm_joint_max_2D_avg"), behind the image's name
 * and "_" for what a filter made ("mean-5-3D_stat_mean"). Morphology is the mask's and the unfiltered image's: once,
 * before the images. */
#ifndef RML_JOBS_IBSI_COLUMNS_H
#define RML_JOBS_IBSI_COLUMNS_H

#include <stdbool.h>
#include <stdio.h>

#include "jobs/params.h"

/* Families of both catalogues under one number: rml_ibsi_family, then RML_IBSI_N_FAMILIES + rml_ibsi_texture. */
enum { RML_IBSI_N_CLASSES = RML_IBSI_N_FAMILIES + RML_IBSI_N_TEXTURES, RML_IBSI_MOST_COLUMNS = 512 };

typedef struct rml_ibsi_column {
    int32_t image;   /* -1: of morphology */
    int32_t class_;  /* 0 .. RML_IBSI_N_CLASSES-1 */
    int32_t row;     /* aggregation of a texture; else 0 */
    int32_t feature; /* in its catalogue */
} rml_ibsi_column;

const char *rml_ibsi_class_name(int32_t class_); /* "morphology", "glcm" */

/* The columns of one image, or of morphology, in their order: how many. image is left 0. */
int32_t rml_ibsi_columns(const rml_ibsi_params *params, bool morphology, rml_ibsi_column out[RML_IBSI_MOST_COLUMNS]);

int32_t rml_ibsi_n_columns(const rml_ibsi_params *params);

/* Column c and its full name; NULL for what is not wanted. */
void rml_ibsi_column_at(const rml_ibsi_params *params, int32_t c, rml_ibsi_column *column, char name[RML_COLUMN_NAME]);

/* Tag (with its aggregation), and IBSI's code, of a column. */
void rml_ibsi_column_tag(const rml_ibsi_column *column, char tag[RML_COLUMN_NAME]);
const char *rml_ibsi_column_code(const rml_ibsi_column *column);

/* What rml_params.canonical says of the profile, a line a setting, not sorted. */
void rml_ibsi_write(const rml_ibsi_params *params, FILE *out);

#endif
