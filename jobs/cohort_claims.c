/* ROIs that several rows claim: which clash, and what is left of the rows. */
#include "jobs/cohort_build.h"

#include <stdlib.h>

static int compare_sets(const rml_label_set *x, const rml_label_set *y)
{
    if (!x || !y) return (x != NULL) - (y != NULL);
    if (x->n != y->n) return x->n < y->n ? -1 : 1;
    for (int32_t i = 0; i < x->n; ++i)
        if (x->label[i] != y->label[i]) return x->label[i] < y->label[i] ? -1 : 1;
    return 0;
}

static int compare_claims(const void *a, const void *b)
{
    const rml_claim *x = a, *y = b;
    int order = rml_key_order(x->group, y->group);

    if (order == 0) order = compare_sets(x->set, y->set);
    if (order == 0) order = rml_key_order(x->files, y->files);
    if (order == 0) order = (x->channel > y->channel) - (x->channel < y->channel);
    if (order == 0) order = y->wild - x->wild;
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

static int by_group(const void *a, const void *b, void *context)
{
    const rml_key *group = context;
    const int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    const int order = rml_key_order(&group[i], &group[j]);

    return order ? order : (i > j) - (i < j);
}

static void add_claims(const rml_cohort *cohort, int64_t row, const rml_place *place, const rml_key *group,
                       rml_claim *claims, int64_t *n)
{
    const rml_label_spec *spec = &place->spec;
    rml_claim claim = {
        .group = group, .files = &place->files, .row = row, .channel = cohort->channel[row], .wild = true};
    bool single = false;

    for (int32_t r = 0; r < spec->n_rois; ++r) {
        if (rml_cohort_clash(cohort, row, r, 0, NULL) >= 0) continue;
        claim.set = &spec->roi[r];
        claim.roi = r;
        single |= claim.set->n == 1;
        claims[(*n)++] = claim;
    }
    if (!spec->all && !single) return;
    claim.set = NULL;
    claim.roi = -1;
    claim.wild = spec->all;
    claims[(*n)++] = claim;
}

rml_status rml_claims_list(const rml_cohort *cohort, const rml_place *places, const rml_key *group, int64_t *order,
                           rml_claim **claims, int64_t *n, rml_error *err)
{
    int64_t n_rows = 0, most = 0;

    *n = 0;
    for (int64_t r = 0; r < cohort->n_rows; ++r)
        if (cohort->twin[r] < 0) order[n_rows++] = r;
    qsort_r(order, (size_t)n_rows, sizeof *order, by_group, (void *)(uintptr_t)group);
    for (int64_t i = 0; i < n_rows; ++i) most += places[order[i]].spec.n_rois + 1;
    *claims = malloc(((size_t)most + 1) * sizeof **claims);
    if (!*claims) return rml_fail(err, RML_ENOMEM, "no memory for %lld ROIs", (long long)most);
    for (int64_t i = 0; i < n_rows; ++i) {
        const rml_key *own = &group[order[i]];

        if ((i > 0 && rml_key_order(own, &group[order[i - 1]]) == 0) ||
            (i + 1 < n_rows && rml_key_order(own, &group[order[i + 1]]) == 0))
            add_claims(cohort, order[i], &places[order[i]], own, *claims, n);
    }
    qsort(*claims, (size_t)*n, sizeof **claims, compare_claims);
    return RML_OK;
}

int64_t rml_claims_alike(const rml_claim *claims, int64_t n, bool *wild)
{
    int64_t i = 0;

    *wild = false;
    for (; i < n && rml_key_order(claims[i].group, claims[0].group) == 0 &&
           compare_sets(claims[i].set, claims[0].set) == 0;
         ++i)
        *wild |= claims[i].wild;
    return i;
}

static int by_roi(const void *a, const void *b)
{
    const rml_clash *x = a, *y = b;

    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->roi > y->roi) - (x->roi < y->roi);
}

/* Of several clashes of one ROI the one that does not hang on the mask comes first, then the first row's. */
static int compare_clashes(const void *a, const void *b)
{
    const rml_clash *x = a, *y = b;
    int order = by_roi(a, b);

    if (order == 0) order = x->if_present - y->if_present;
    return order ? order : (x->other > y->other) - (x->other < y->other);
}

int64_t rml_cohort_clash(const rml_cohort *cohort, int64_t row, int32_t place, uint32_t label, bool *if_present)
{
    rml_clash key = {.row = row};
    const rml_clash *found = NULL;

    if (cohort->n_clashes == 0) return -1;
    if (cohort->all[row]) found = bsearch(&key, cohort->clash, (size_t)cohort->n_clashes, sizeof key, by_roi);
    key.roi = cohort->all[row] ? label : (uint32_t)place;
    if (!found) found = bsearch(&key, cohort->clash, (size_t)cohort->n_clashes, sizeof key, by_roi);
    if (if_present) *if_present = found && found->if_present;
    return found ? found->other : -1;
}

/* The claims n with one set, of several rows. */
static void clash_listed(const rml_claim *claims, int64_t n, rml_clash *clashes, int64_t *n_clashes)
{
    for (int64_t j = 0; j < n && n > 1; ++j)
        clashes[(*n_clashes)++] =
            (rml_clash){.row = claims[j].row, .other = claims[j == 0].row, .roi = (uint32_t)claims[j].roi};
}

/* The claims n of the set NULL: rows that say "all", then rows with single labels. Rows that both say "all" share every
 * label, whatever else asks for one. */
static void clash_all(const rml_claim *claims, int64_t n, const rml_place *places, rml_clash *clashes,
                      int64_t *n_clashes)
{
    const int64_t all = claims[0].row;
    int64_t n_wild = 0;

    while (n_wild < n && claims[n_wild].wild) ++n_wild;
    for (int64_t j = 0; j < n_wild && n_wild > 1; ++j)
        clashes[(*n_clashes)++] = (rml_clash){.row = claims[j].row, .other = claims[j == 0].row};
    for (int64_t j = n_wild; j < n && n_wild > 0; ++j) {
        const int64_t row = claims[j].row;
        const rml_label_spec *spec = &places[row].spec;

        for (int32_t r = 0; r < spec->n_rois; ++r) {
            if (spec->roi[r].n != 1) continue;
            clashes[(*n_clashes)++] = (rml_clash){row, all, (uint32_t)r, true};
            if (n_wild == 1) clashes[(*n_clashes)++] = (rml_clash){all, row, spec->roi[r].label[0], true};
        }
    }
}

/* Rows of which nothing is left to compute, whatever the mask has. */
static void find_twins(rml_cohort *cohort, const rml_place *places)
{
    for (int64_t i = 0, end; i < cohort->n_clashes; i = end) {
        const rml_clash *first = &cohort->clash[i];
        int32_t n_sure = 0;

        for (end = i; end < cohort->n_clashes && cohort->clash[end].row == first->row; ++end)
            n_sure += !cohort->clash[end].if_present;
        if (cohort->all[first->row] ? first->roi == 0 : n_sure == places[first->row].spec.n_rois)
            cohort->twin[first->row] = first->other;
    }
}

rml_status rml_cohort_find_clashes(rml_cohort *cohort, const rml_place *places, rml_key *group, int64_t *order,
                                   rml_error *err)
{
    rml_claim *claims;
    rml_clash *clashes;
    int64_t n, alike, n_clashes = 0;
    rml_status status;

    for (int64_t r = 0; r < cohort->n_rows; ++r) {
        group[r] = places[r].own;
        cohort->twin[r] = -1;
        cohort->all[r] = places[r].spec.all;
    }
    status = rml_claims_list(cohort, places, group, order, &claims, &n, err);
    if (status != RML_OK) return status;
    /* a claim clashes for its own row, and one of a single label in a row's list once more with "all" and for it */
    clashes = malloc(((size_t)n * 3 + 1) * sizeof *clashes);
    if (!clashes) {
        free(claims);
        return rml_fail(err, RML_ENOMEM, "no memory for %lld ROIs", (long long)n);
    }
    for (int64_t i = 0; i < n; i += alike) {
        bool wild;

        alike = rml_claims_alike(claims + i, n - i, &wild);
        if (claims[i].set)
            clash_listed(claims + i, alike, clashes, &n_clashes);
        else
            clash_all(claims + i, alike, places, clashes, &n_clashes);
    }
    free(claims);
    qsort(clashes, (size_t)n_clashes, sizeof *clashes, compare_clashes);
    n = n_clashes;
    n_clashes = 0;
    for (int64_t i = 0; i < n; ++i)
        if (i == 0 || by_roi(&clashes[i], &clashes[n_clashes - 1]) != 0) clashes[n_clashes++] = clashes[i];
    cohort->clash = clashes;
    cohort->n_clashes = n_clashes;
    find_twins(cohort, places);
    return RML_OK;
}
