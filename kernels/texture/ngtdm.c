#include "kernels/texture/ngtdm.h"
