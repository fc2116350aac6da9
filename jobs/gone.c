#include "jobs/gone.h"

#include <stdlib.h>

#include "engine/log.h"

enum { NAMES_AT_ONCE = 2 * 3000 }; /* keys of a record: pairs */

static bool is_gone(const rml_cohort *cohort, int64_t row, int file)
{
    return cohort->state[row * RML_N_CASE_FILES + file].n_bytes < 0;
}

static bool any_is_gone(const rml_cohort *cohort, int64_t row)
{
    return is_gone(cohort, row, RML_IMAGE_FILE) || is_gone(cohort, row, RML_MASK_FILE);
}

void rml_gone_keep(const rml_journal *journal, rml_cohort *cohort, int64_t row)
{
    const rml_key before = rml_journal_named(journal, cohort->key[row]);
    const bool image = is_gone(cohort, row, RML_IMAGE_FILE), mask = is_gone(cohort, row, RML_MASK_FILE);

    if ((!image && !mask) || rml_journal_state(journal, before) != RML_UNIT_DONE) return;
    cohort->key[row] = before;
    rml_log(RML_LOG_BOTH, "warning: %s|%s: its %s not there any more; what was computed from it before is kept",
            cohort->id[row], rml_cohort_label(cohort, row),
            image && mask ? "image and mask are"
            : image       ? "image is"
                          : "mask is");
}

rml_status rml_gone_prepare(rml_journal *journal, rml_cohort *cohort, const bool *own, rml_error *err)
{
    const int64_t n_rows = cohort->n_rows;
    rml_key *pairs = malloc(((size_t)n_rows + 1) * 2 * RML_N_GONE * sizeof *pairs);
    int64_t n = 0;
    rml_status status = RML_OK;

    if (!pairs) return rml_fail(err, RML_ENOMEM, "no memory for a cohort of %lld rows", (long long)n_rows);
    for (int64_t r = 0; r < n_rows; ++r) {
        const rml_key key = cohort->key[r];

        if (!own[r]) continue;
        if (any_is_gone(cohort, r)) {
            rml_gone_keep(journal, cohort, r);
            continue;
        }
        for (int g = 0; g < RML_N_GONE; ++g) {
            const rml_key gone = cohort->gone[r * RML_N_GONE + g], known = rml_journal_named(journal, gone);

            if (known.high == key.high && known.low == key.low) continue;
            pairs[n++] = gone;
            pairs[n++] = key;
        }
    }
    /* In pieces: a count of keys is an int, and a damaged record shall not cost the names of all rows. */
    for (int64_t done = 0; done < n && status == RML_OK; done += NAMES_AT_ONCE)
        status = rml_journal_append(journal, RML_RECORD_NAMED, pairs + done,
                                    (int32_t)(n - done < NAMES_AT_ONCE ? n - done : NAMES_AT_ONCE), NULL, 0, err);
    if (status == RML_OK && n > 0) status = rml_journal_sync(journal, err);
    free(pairs);
    return status;
}
