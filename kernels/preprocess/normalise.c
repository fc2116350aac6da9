#include "kernels/preprocess/normalise.h"
