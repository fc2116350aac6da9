#include "kernels/texture/levels.h"
