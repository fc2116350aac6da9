#include "jobs/patients.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const rml_volume_features[RML_VOLUMES] = {"original_shape_VoxelVolume", "original_shape_MeshVolume"};

bool rml_is_volume(const char *column, int32_t v, size_t *n_before, size_t *n_behind)
{
    static const char image[] = "original_shape_";
    const size_t n_image = sizeof image - 1;
    const char *word = rml_volume_features[v] + n_image, *at = column;

    while ((at = strstr(at, word))) {
        const char *first = at, *behind = at + strlen(word);

        if ((size_t)(first - column) >= n_image && strncmp(first - n_image, image, n_image) == 0) first -= n_image;
        if ((first == column || !isalnum((unsigned char)first[-1])) && !isalnum((unsigned char)*behind)) {
            *n_before = (size_t)(first - column);
            *n_behind = strlen(behind);
            return true;
        }
        at = behind;
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    const rml_named *x = a, *y = b;
    const int order = strcmp(x->name, y->name);

    return order ? order : (x->place > y->place) - (x->place < y->place);
}

void rml_named_sort(rml_named *named, int64_t n)
{
    qsort(named, (size_t)n, sizeof *named, by_name);
}

int64_t rml_named_find(const rml_named *named, int64_t n, const char *name)
{
    int64_t low = 0, high = n;

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;

        if (strcmp(named[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && strcmp(named[low].name, name) == 0 ? low : n;
}

void rml_patients_keep_largest(const double *volume, int32_t n_patients, const int32_t *first_row, int64_t *row,
                               int32_t *first_kept)
{
    for (int32_t p = 0; p < n_patients; ++p) {
        const int32_t first = first_row[p], end = first_row[p + 1];
        int64_t best = row[first];

        for (int32_t i = first; i < end; ++i)
            if (volume[row[i]] > volume[best] || (isnan(volume[best]) && !isnan(volume[row[i]]))) best = row[i];
        first_kept[p] = p;
        row[p] = best;
    }
    first_kept[n_patients] = n_patients;
}

void rml_patients_print(const char *before, const char *what, int32_t n, const char *const *name)
{
    if (n == 0) return;
    printf("%s%d %s: ", before, n, what);
    for (int32_t i = 0; i < n && i < RML_PATIENTS_PRINTED; ++i) printf("%s%s", i > 0 ? ", " : "", name[i]);
    if (n > RML_PATIENTS_PRINTED)
        printf(" and %d other%s", n - RML_PATIENTS_PRINTED, n == RML_PATIENTS_PRINTED + 1 ? "" : "s");
    printf("\n");
}
