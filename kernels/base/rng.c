#include "kernels/base/rng.h"
