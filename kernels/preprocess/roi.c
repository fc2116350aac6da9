#include "kernels/preprocess/roi.h"
