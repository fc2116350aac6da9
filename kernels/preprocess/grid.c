#include "kernels/preprocess/grid.h"
