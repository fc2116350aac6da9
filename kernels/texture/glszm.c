#include "kernels/texture/glszm.h"
