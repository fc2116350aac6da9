#include "engine/farm.h"
