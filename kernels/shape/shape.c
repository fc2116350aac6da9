#include "kernels/shape/shape.h"
