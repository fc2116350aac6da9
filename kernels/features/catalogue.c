#include "kernels/features/catalogue.h"
