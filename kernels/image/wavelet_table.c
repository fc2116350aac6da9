#include "kernels/image/wavelet_table.h"

#include <math.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* PyWavelets keeps its coiflets divided by sqrt(2), in both precisions, so that in single precision each is rounded
 * before and after the product: a last place in a third of the taps. Seen in the response to a float32 impulse. */
static float in_single(const char *name, double tap)
{
    if (strncmp(name, "coif", 4) == 0) return (float)(tap / sqrt(2.0)) * (float)sqrt(2.0);
    return (float)tap;
}

rml_status rml_wavelet_find(const char *name, rml_wavelet *out)
{
    const rml_wavelet_filters *filters = NULL;

    *out = (rml_wavelet){0};
    for (int w = 0; w < RML_N_WAVELETS && !filters; ++w)
        if (strcasecmp(name, rml_wavelet_filter_list[w].name) == 0) filters = &rml_wavelet_filter_list[w];
    if (!filters) return RML_ESETTING;
    out->name = filters->name;
    out->n = filters->n;
    for (int32_t j = 0; j < filters->n; ++j) {
        const int32_t from_end = filters->n - 1 - j;
        const double rec = filters->rec ? filters->rec[filters->backwards ? from_end : j] : filters->lo[from_end];

        out->lo[j] = filters->lo[filters->backwards ? from_end : j];
        out->hi[j] = j % 2 ? rec : -rec; /* the synthesis low-pass with alternating signs */
        out->lo_single[j] = in_single(out->name, out->lo[j]);
        out->hi_single[j] = in_single(out->name, out->hi[j]);
    }
    return RML_OK;
}
