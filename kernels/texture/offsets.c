#include "kernels/texture/offsets.h"
