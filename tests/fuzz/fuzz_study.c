/* A study's file: read for its first and for its second outcome, and said back. */
#include <stdio.h>

#include "jobs/study.h"
#include "tests/fuzz/fuzz.h"

rml_status fuzz_read(const uint8_t *bytes, size_t n, rml_error *err)
{
    static FILE *nowhere;
    rml_study study;
    rml_error none = {0};
    rml_status status;

    if (!nowhere) nowhere = fopen("/dev/null", "w");
    fuzz_require(nowhere != NULL, "no /dev/null");
    if (rml_study_parse_outcome((const char *)bytes, n, "study.yaml", 1, &study, &none) == RML_OK) {
        rml_study_print(&study, nowhere);
        rml_study_free(&study);
    }
    status = rml_study_parse((const char *)bytes, n, "study.yaml", &study, err);
    if (status == RML_OK) {
        rml_study_print(&study, nowhere);
        rml_study_free(&study);
    }
    return status;
}
