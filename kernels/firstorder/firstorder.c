#include "kernels/firstorder/firstorder.h"
