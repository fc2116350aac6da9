#include "kernels/preprocess/resegment.h"
