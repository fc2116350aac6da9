/* The discrete wavelets by name, as PyWavelets 1.5.0 has them: haar, db1-38, sym2-20, coif1-17, bior and rbio, dmey. */
#ifndef RML_IMAGE_WAVELET_TABLE_H
#define RML_IMAGE_WAVELET_TABLE_H

#include "kernels/base/status.h"
#include "kernels/image/wavelet_filters.h" /* rml_wavelet_names[RML_N_WAVELETS]: what rml_wavelet_find knows */

enum { RML_WAVELET_MAX_TAPS = 102 };

typedef struct rml_wavelet {
    const char *name;                                          /* as in rml_wavelet_names */
    int32_t n;                                                 /* taps, even */
    double lo[RML_WAVELET_MAX_TAPS], hi[RML_WAVELET_MAX_TAPS]; /* [n] of the analysis: PyWavelets' dec_lo and dec_hi */
    float lo_single[RML_WAVELET_MAX_TAPS], hi_single[RML_WAVELET_MAX_TAPS]; /* [n] what it uses on float32 data */
} rml_wavelet;

/* Finds a wavelet by its name, in whatever case, as pywt.Wavelet does ("DB3" is db3; "db03" is nothing).
 * RML_ESETTING  no such wavelet; *out is all zero then */
RML_CHECKED rml_status rml_wavelet_find(const char *name, rml_wavelet *out);

#endif
