/* A filtered image's region against the tables of features in the reference data. */
#ifndef RML_TESTS_REGION_CASES_H
#define RML_TESTS_REGION_CASES_H

#include "tests/support/support.h"

/* A number of a table of features (feature,brain1,brain2,breast1): the column counts from 0. Ends the test without it.
 */
static double shared_feature(const char *table, const char *feature, int column)
{
    const char *path = rml_shared(table);
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[512];
    double value = NAN;

    if (!file) fail_msg("%s is not there", table);
    while (file && fgets(line, sizeof line, file)) {
        const char *comma = strchr(line, ',');

        if (!comma || (size_t)(comma - line) != strlen(feature) || strncmp(line, feature, strlen(feature)) != 0)
            continue;
        for (int i = 0; i < column && comma; ++i) comma = strchr(comma + 1, ',');
        if (comma) value = strtod(comma + 1, NULL);
    }
    if (file) (void)fclose(file);
    if (isnan(value)) fail_msg("%s has no %s", table, feature);
    return value;
}

/* First-order features of a filtered image's ROI, by their definitions, against the table. */
static void assert_first_order(const double *x, int64_t n, const char *table, const char *image, int column,
                               double relative)
{
    double sum = 0.0, energy = 0.0, least = INFINITY, most = -INFINITY, deviations = 0.0, mean;
    char name[128];

    for (int64_t i = 0; i < n; ++i) {
        sum += x[i];
        energy += x[i] * x[i];
        least = x[i] < least ? x[i] : least;
        most = x[i] > most ? x[i] : most;
    }
    mean = sum / (double)n;
    for (int64_t i = 0; i < n; ++i) deviations += (x[i] - mean) * (x[i] - mean);
    {
        const struct {
            const char *feature;
            double value;
        } features[] = {{"Mean", mean},
                        {"Energy", energy},
                        {"Minimum", least},
                        {"Maximum", most},
                        {"Variance", deviations / (double)n}};

        for (size_t f = 0; f < sizeof features / sizeof *features; ++f) {
            (void)snprintf(name, sizeof name, "%s_firstorder_%s", image, features[f].feature);
            assert_close(features[f].value, shared_feature(table, name, column), relative, 0, name);
        }
    }
}

#endif
