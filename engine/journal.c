#include "engine/journal.h"
