#include "kernels/base/volume.h"
