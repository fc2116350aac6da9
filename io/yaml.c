#include "io/yaml.h"
