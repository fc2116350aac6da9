/* A job array's elements: each a process of its own, without a launcher, that computes its share of a cohort into a run
 * folder of its own, OUT.run/share-K-of-N. `radmill extract --share K/N` is one, `radmill merge` joins them.
 *
 * Which rows an element computes is dealt anew by each, from what the cohort's files say: it is balanced, not promised.
 * A file that changes its length between two elements' starts may move cases from one to another; then the joining
 * finds a case in two shares, or in none and says whose it now is. No record's values hang on it. */
#ifndef RML_JOBS_ELEMENTS_H
#define RML_JOBS_ELEMENTS_H

#include "jobs/cohort.h"
#include "jobs/params.h"

enum { RML_ELEMENTS_MOST = 10000 };

typedef struct rml_element {
    int32_t number; /* 1 .. n */
    int32_t n;      /* elements; 0: no array, one run does all */
} rml_element;

/* "K/N", 1 <= K <= N <= RML_ELEMENTS_MOST; RML_ESETTING with what was found and what to write. */
RML_CHECKED rml_status rml_element_parse(const char *text, rml_element *element, rml_error *err);

/* RUN/share-K-of-N; malloc'ed, NULL without memory. */
char *rml_element_folder(const char *run, rml_element element);

/* The folders of shares in RUN.
 *
 * has      out  [RML_ELEMENTS_MOST + 1] has[k]: share k is there
 * n        out  of how many they are; 0: there are none, or no RUN
 * RML_EEXISTS  shares of two numbers lie side by side
 * RML_EIO */
RML_CHECKED rml_status rml_elements_list(const char *run, bool *has, int32_t *n, rml_error *err);

/* May this element (n 0: a run of the whole cohort without a journal) begin in RUN? RML_EEXISTS when shares of another
 * number lie there, or any beside a run of the whole. */
RML_CHECKED rml_status rml_elements_alone(const char *run, rml_element element, rml_error *err);

/* Deals the cohort's tasks (rows that read the same files) to n elements: the dearest first, each to the element with
 * the least to read so far, then with the fewest tasks, then with the lowest number.
 *
 * element  out  [n_rows] 1 .. n; 0 for a row that is not computed at all (rml_cohort.twin)
 * RML_ENOMEM */
RML_CHECKED rml_status rml_elements_deal(const rml_cohort *cohort, int32_t n, int32_t *element, rml_error *err);

/* What a journal of an extraction belongs to, in the form of engine/journal.h: program, parameters and policy; of a
 * share also its number, a checksum of the manifest's cells, and --label (NULL: none). Malloc'ed, NULL without memory.
 */
char *rml_extract_identity(const rml_params *params, rml_nan_policy policy, bool hashes);
char *rml_element_identity(const rml_params *params, rml_nan_policy policy, bool hashes, rml_element element,
                           const rml_cohort *cohort, const char *label);

/* What an element was told, kept beside its journal so that merge need not be told again, and whether its last run came
 * to its end: what a run that was killed meant to try again is not to be joined as it was before. */
typedef struct rml_told_element {
    const char *cohort, *params, *label; /* params and label NULL: none; paths from the root */
    rml_nan_policy policy;
    bool hashes;
    bool ended;   /* every case of the share has its result */
    void *memory; /* of a told one that was read: what the texts point into; malloc'ed */
} rml_told_element;

/* Writes FOLDER/told, whole or not at all. Paths may be relative to the current folder. RML_EIO, RML_ENOMEM. */
RML_CHECKED rml_status rml_element_tell(const char *folder, const rml_told_element *told, rml_error *err);
/* RML_EMISSING, RML_EFORMAT, RML_EIO. free(told->memory) afterwards. */
RML_CHECKED rml_status rml_element_told(const char *folder, rml_told_element *told, rml_error *err);

#endif
