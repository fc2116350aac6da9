#include "kernels/preprocess/roi.h"

#include <stdlib.h>

void rml_roi_free(rml_roi *roi)
{
    if (!roi) return;
    free(roi->mask);
    free(roi->values);
    *roi = (rml_roi){0};
}
