#include "io/manifest.h"
