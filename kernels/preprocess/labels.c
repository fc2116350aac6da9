#include "kernels/preprocess/labels.h"
