#include "kernels/texture/gldm.h"
