/* What wavelet_filters.c holds; kernels/image/wavelet_table.h is how it is asked. */
#ifndef RML_IMAGE_WAVELET_FILTERS_H
#define RML_IMAGE_WAVELET_FILTERS_H

#include <stdbool.h>
#include <stdint.h>

enum { RML_N_WAVELETS = 106 };

typedef struct rml_wavelet_filters {
    const char *name;
    const double *lo;  /* [n] low-pass of the analysis */
    const double *rec; /* [n] low-pass of the synthesis; NULL: lo backwards (orthogonal wavelets) */
    int32_t n;         /* taps */
    bool backwards;    /* both are to be read from their ends (rbio, which is bior with the two exchanged) */
} rml_wavelet_filters;

extern const rml_wavelet_filters rml_wavelet_filter_list[RML_N_WAVELETS];
extern const char *const rml_wavelet_names[RML_N_WAVELETS];

#endif
