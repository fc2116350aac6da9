#include "io/volume.h"
