#include "jobs/params.h"
