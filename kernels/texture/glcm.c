#include "kernels/texture/glcm.h"
