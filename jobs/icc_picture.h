/* The picture of how well readings agree: every feature's intraclass correlation by falling estimate, with its limits,
 * over the bands of Koo and Li 2016 (J Chiropr Med 15:155). One picture, in `radmill icc --plot` and in the report. */
#ifndef RML_JOBS_ICC_PICTURE_H
#define RML_JOBS_ICC_PICTURE_H

#include <stdbool.h>

#include "io/gnuplot.h"

typedef struct rml_icc_point {
    const char *feature;
    double value;     /* may be -Inf (of averages); NaN: there is none */
    double low, high; /* NaN: no limits */
} rml_icc_point;

typedef struct rml_icc_picture {
    int32_t n;            /* points that have a value, once they are in order */
    int32_t n_undefined;  /* points that had none */
    rml_icc_point *point; /* [n] */
    const char *form;     /* "2,1"; NULL: not known */
    double level;         /* of the limits; NaN: not known, or there are none */
    int32_t n_readers;    /* 0: not known */
    bool lower;           /* the values are lower limits, not estimates */
    int64_t fewest, most; /* patients of a feature; 0: not known */
} rml_icc_picture;

enum { RML_ICC_BANDS = 4 }; /* poor, moderate, good, excellent */
extern const char *const rml_icc_bands[RML_ICC_BANDS];

/* Puts the points in order, equal ones by name; those without a value are taken out and counted. */
void rml_icc_order(rml_icc_picture *picture);
/* How many points fall into each band, a bound into the better one: by the estimate, or (lower) by the lower limit,
 * where a point without limits is in none. After rml_icc_order. count: out, [RML_ICC_BANDS] */
void rml_icc_count(const rml_icc_picture *picture, bool lower, int32_t *count);

/* Whether a point has limits. */
bool rml_icc_has_limits(const rml_icc_picture *picture);
/* "ICC(2,1) with 95 % limits", as much of it as is known. */
void rml_icc_name(const rml_icc_picture *picture, char text[80]);
/* "3 readings of 39 to 40 patients"; "" where that is not known. */
void rml_icc_readings(const rml_icc_picture *picture, char text[80]);

/* Where the picture ends below, 0 or -0.5, and how many estimates or limits go on below it. After rml_icc_order. */
double rml_icc_floor(const rml_icc_picture *picture, int32_t *n_below);

/* Writes the picture, n >= 1, into the script of a figure that was begun. After rml_icc_order. */
void rml_icc_draw(const rml_icc_picture *picture, rml_gnuplot *plots, FILE *script);

#endif
