/* 1. What travels
 * 2. A block of resamples
 * 3. The job, as the farm sees it
 * 4. What the journal holds */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/groups.h"
#include "kernels/stats/dendrogram.h"
#include "kernels/stats/kmeans.h"

enum { BLOCK = 25, SHARE = 80 }; /* resamples a task; per cent of the training patients in each */

/* 1. What travels -------------------------------------------------------------------------------------------------- */

typedef struct resampling { /* views into the shared bytes */
    int32_t n, p, m, pearson, resamples, starts, n_k, k[RML_CLUSTERS_MOST];
    uint64_t seed;
    const double *numbers; /* [n * p], of Pearson's the distances of all pairs */
} resampling;

rml_status rml_groups_pack(const rml_groups *x, rml_blob *blob, rml_error *err)
{
    const rml_clusters_plan *plan = &x->study.groups.clusters;
    const rml_groups_matrix *m = &x->matrix;
    const bool pearson = plan->inner == RML_INNER_PEARSON;
    const int64_t n_numbers = pearson ? (int64_t)m->n_train * (m->n_train - 1) / 2 : (int64_t)m->n_train * m->p;
    double *distance = NULL;
    rml_status status = RML_OK;

    if (plan->n_k == 0 || plan->method != RML_CLUSTERS_CONSENSUS) return RML_OK;
    rml_blob_put_u64(blob, plan->seed); /* first what is 8 bytes long: the numbers must be aligned to it */
    rml_blob_put_i32(blob, m->n_train);
    rml_blob_put_i32(blob, m->p);
    rml_blob_put_i32(blob, pearson);
    rml_blob_put_i32(blob, plan->resamples);
    rml_blob_put_i32(blob, plan->starts);
    rml_blob_put_i32(blob, plan->n_k);
    for (int32_t d = 0; d < RML_CLUSTERS_MOST; ++d) rml_blob_put_i32(blob, plan->k[d]);
    if (pearson) {
        distance = malloc(((size_t)n_numbers + 1) * sizeof *distance);
        status = distance ? rml_consensus_pearson(m->z, m->n_train, m->p, distance) : RML_ENOMEM;
        if (status == RML_EEMPTY)
            return free(distance),
                   rml_fail(err, RML_ESETTING,
                            "%s: clusters: a training patient has the same standardised value of every feature, which "
                            "correlates with nothing",
                            x->study.path);
    }
    if (status == RML_OK) rml_blob_put_bytes(blob, pearson ? distance : m->z, (size_t)n_numbers * sizeof(double));
    free(distance);
    if (status != RML_OK || blob->failed) return rml_fail(err, RML_ENOMEM, "no memory for the resamples");
    return RML_OK;
}

static rml_status unpack(const rml_shared *shared, resampling *s)
{
    rml_reader reader = rml_reader_of(shared->bytes, (size_t)shared->n_bytes);
    int64_t n_numbers;

    s->seed = rml_read_u64(&reader);
    s->n = rml_read_i32(&reader);
    s->p = rml_read_i32(&reader);
    s->pearson = rml_read_i32(&reader);
    s->resamples = rml_read_i32(&reader);
    s->starts = rml_read_i32(&reader);
    s->n_k = rml_read_i32(&reader);
    for (int32_t d = 0; d < RML_CLUSTERS_MOST; ++d) s->k[d] = rml_read_i32(&reader);
    s->m = (int32_t)((int64_t)s->n * SHARE / 100);
    n_numbers = s->pearson ? (int64_t)s->n * (s->n - 1) / 2 : (int64_t)s->n * s->p;
    s->numbers = rml_read_bytes(&reader, (size_t)n_numbers * sizeof(double));
    return reader.failed ? RML_EFORMAT : RML_OK;
}

/* 2. A block of resamples ------------------------------------------------------------------------------------------ */

static int32_t n_blocks(const resampling *s)
{
    return (s->resamples + BLOCK - 1) / BLOCK;
}

typedef struct scratch {
    double *x, *centre;
    int32_t *row, *label;
} scratch;

/* Draws resample r and clusters it into k. Streams of the starts lie above those of the draws. */
static rml_status cluster_one(const resampling *s, int32_t k, int32_t r, scratch *w)
{
    const uint64_t stream = ((uint64_t)k << 48) + (uint64_t)r * (uint64_t)s->starts;
    rml_kmeans result;
    rml_status status = rml_consensus_draw(s->n, s->m, s->seed, (uint64_t)r, w->row);

    if (status != RML_OK) return status;
    if (s->pearson) return rml_consensus_linkage(s->numbers, s->n, w->row, s->m, k, w->label);
    for (int32_t i = 0; i < s->m; ++i)
        memcpy(w->x + (int64_t)i * s->p, s->numbers + (int64_t)w->row[i] * s->p, (size_t)s->p * sizeof *w->x);
    return rml_kmeans_fit(w->x, s->m, s->p, k, s->starts, s->seed, stream, w->centre, w->label, &result);
}

static rml_status cluster_block(const resampling *s, int32_t t, rml_blob *blob)
{
    const int32_t k = s->k[t / n_blocks(s)], first = t % n_blocks(s) * BLOCK;
    scratch w = {calloc((size_t)s->m * (size_t)s->p + 1, sizeof *w.x),
                 calloc((size_t)k * (size_t)s->p, sizeof *w.centre), calloc((size_t)s->n, sizeof *w.row),
                 calloc((size_t)s->n, sizeof *w.label)};
    rml_status status = w.x && w.centre && w.row && w.label ? RML_OK : RML_ENOMEM;

    for (int32_t r = first; status == RML_OK && r < first + BLOCK && r < s->resamples; ++r) {
        status = cluster_one(s, k, r, &w);
        for (int32_t i = 0; status == RML_OK && i < s->m; ++i) rml_blob_put_u8(blob, (uint8_t)w.label[i]);
    }
    free(w.x);
    free(w.centre);
    free(w.row);
    free(w.label);
    return status == RML_OK && blob->failed ? RML_ENOMEM : status;
}

/* 3. The job, as the farm sees it ---------------------------------------------------------------------------------- */

typedef struct blocks {
    resampling s;
    /* rank 0 */
    int32_t n;
    rml_key *key;
    rml_farm_task *task;
    char name[64];
} blocks;

static rml_key key_of(int64_t t)
{
    char text[64];

    return rml_key_of(text, (size_t)snprintf(text, sizeof text, "resamples %lld", (long long)t));
}

static rml_status pack_block(void *context, int64_t t, rml_blob *payload)
{
    (void)context;
    rml_blob_put_i32(payload, (int32_t)t);
    return payload->failed ? RML_ENOMEM : RML_OK;
}

static void compute_block(void *context, const void *payload, size_t n_bytes, const volatile bool *cancel,
                          rml_outcomes *outcomes)
{
    const resampling *s = &((const blocks *)context)->s;
    rml_reader reader = rml_reader_of(payload, n_bytes);
    const int32_t t = rml_read_i32(&reader);
    rml_blob blob = {0};

    (void)cancel;
    if (!reader.failed && t >= 0 && t < s->n_k * n_blocks(s) && cluster_block(s, t, &blob) == RML_OK)
        rml_outcome(outcomes, 0, true, &blob); /* the farm fails what says nothing */
    rml_blob_free(&blob);
}

static void fail_block(void *context, int64_t t, int32_t unit, const rml_error *why, rml_blob *outcome)
{
    (void)context, (void)t, (void)unit;
    rml_blob_put_text(outcome, why->text);
}

static const char *name_block(void *context, int64_t t, int32_t unit)
{
    blocks *all = context;

    (void)unit;
    snprintf(all->name, sizeof all->name, "resamples %lld", (long long)t);
    return all->name;
}

static rml_status plan(blocks *all, rml_error *err)
{
    const resampling *s = &all->s;
    const int32_t n = s->n_k * n_blocks(s);
    const int64_t bytes =
        (int64_t)sizeof(double) * s->m * (s->pearson ? s->m : s->p); /* what a block makes of its own */

    all->key = malloc(((size_t)n + 1) * sizeof *all->key);
    all->task = malloc(((size_t)n + 1) * sizeof *all->task);
    if (!all->key || !all->task) return rml_fail(err, RML_ENOMEM, "no memory for the blocks of resamples");
    for (all->n = 0; all->n < n; ++all->n) {
        const int32_t k = all->s.k[all->n / n_blocks(&all->s)];

        all->key[all->n] = key_of(all->n);
        all->task[all->n] = (rml_farm_task){.n_units = 1, .keys = &all->key[all->n], .cost = k, .memory_bytes = bytes};
    }
    return RML_OK;
}

/* 4. What the journal holds ---------------------------------------------------------------------------------------- */

static rml_status count_block(const resampling *s, const rml_journal *journal, int32_t t, int32_t *row, int32_t *label,
                              int32_t *together, int32_t *drawn, rml_error *err)
{
    const int32_t first = t % n_blocks(s) * BLOCK;
    rml_blob blob = {0};
    bool done = false;
    rml_status status = rml_journal_read(journal, key_of(t), &done, &blob, err);
    rml_reader reader = rml_reader_of(blob.bytes, blob.n_bytes);

    if (status == RML_OK && !done)
        status =
            rml_fail(err, RML_ECRASH, "resamples of %d clusters: %s", s->k[t / n_blocks(s)], rml_read_text(&reader));
    for (int32_t r = first; status == RML_OK && r < first + BLOCK && r < s->resamples; ++r) {
        for (int32_t i = 0; i < s->m; ++i) label[i] = rml_read_u8(&reader);
        if (rml_consensus_draw(s->n, s->m, s->seed, (uint64_t)r, row) == RML_OK && !reader.failed)
            rml_consensus_count(s->n, row, label, s->m, together, drawn);
        else
            status = rml_fail(err, RML_EFORMAT, "the journal holds a block of resamples that is cut short");
    }
    rml_blob_free(&blob);
    return status;
}

/* How sure each patient's cluster is: mean consensus with the others of it. */
static void take_own(int32_t n, const double *consensus, const int32_t *label, double *with_own)
{
    for (int32_t i = 0; i < n; ++i) {
        double sum = 0.0;
        int32_t others = 0;

        for (int32_t j = 0; j < n; ++j)
            if (j != i && label[j] == label[i]) {
                sum += consensus[i < j ? rml_dendrogram_at(n, i, j) : rml_dendrogram_at(n, j, i)];
                ++others;
            }
        with_own[i] = others > 0 ? sum / others : NAN;
    }
}

static rml_status conclude(const resampling *s, const rml_journal *journal, int32_t d, rml_groups_division *out,
                           rml_error *err)
{
    const size_t n_pairs = (size_t)s->n * (size_t)(s->n - 1) / 2 + 1;
    int32_t *together = calloc(n_pairs, sizeof *together), *drawn = calloc(n_pairs, sizeof *drawn);
    int32_t *row = calloc((size_t)s->n, sizeof *row), *label = calloc((size_t)s->n, sizeof *label);
    double *consensus = malloc(n_pairs * sizeof *consensus);
    rml_status status = RML_OK;

    *out = (rml_groups_division){.k = s->k[d],
                                 .label = malloc((size_t)s->n * sizeof *out->label),
                                 .with_own = malloc((size_t)s->n * sizeof *out->with_own)};
    if (!together || !drawn || !row || !label || !consensus || !out->label || !out->with_own)
        status = rml_fail(err, RML_ENOMEM, "no memory for the consensus of %d patients", s->n);
    for (int32_t t = d * n_blocks(s); status == RML_OK && t < (d + 1) * n_blocks(s); ++t)
        status = count_block(s, journal, t, row, label, together, drawn, err);
    if (status == RML_OK) {
        status =
            rml_consensus_conclude(s->n, out->k, together, drawn, consensus, out->label, out->own, &out->consensus);
        if (status == RML_OK)
            take_own(s->n, consensus, out->label, out->with_own);
        else
            rml_fail(err, status, "no memory for the consensus of %d patients", s->n);
    }
    free(together);
    free(drawn);
    free(row);
    free(label);
    free(consensus);
    return status;
}

rml_status rml_groups_resample(MPI_Comm comm, rml_groups *x, const rml_shared *shared, rml_journal *journal,
                               const rml_farm_options *options, rml_farm_report *report, rml_error *err)
{
    static blocks all; /* static: a thread that was given up on may still look at it; so may the farm's at the job */
    static rml_farm_job job = {.context = &all,
                               .noun = "blocks of resamples",
                               .pack = pack_block,
                               .failed = fail_block,
                               .name = name_block,
                               .compute = compute_block};
    rml_status status = unpack(shared, &all.s);
    int rank;

    MPI_Comm_rank(comm, &rank);
    if (status != RML_OK) rml_fail(err, status, "the patients to be clustered could not be taken apart");
    if (status == RML_OK && rank == 0) status = plan(&all, err);
    status = rml_agree(comm, status, err);
    if (status == RML_OK) {
        job.n_tasks = all.n;
        job.tasks = all.task;
        status = rml_farm_run(comm, &job, journal, options, report, err);
    }
    for (int32_t d = 0; rank == 0 && status == RML_OK && d < all.s.n_k; ++d)
        status = conclude(&all.s, journal, d, x->division + d, err);
    free(all.key);
    free(all.task);
    return rml_agree(comm, status, err);
}
