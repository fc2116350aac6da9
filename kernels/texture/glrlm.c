#include "kernels/texture/glrlm.h"
