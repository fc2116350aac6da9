#include "jobs/verbs.h"

#include "jobs/options.h"

int rml_verb_extract(int argc, char **argv)
{
    static const struct argp argp = {.doc = "not here yet"};
    const int status = rml_options_parse(&argp, argc, argv, 0);

    return status >= 0 ? status : RML_EXIT_CANNOT;
}
