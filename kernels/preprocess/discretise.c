#include "kernels/preprocess/discretise.h"
