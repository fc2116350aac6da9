/* 1. A block of features
 * 2. The job, as the farm sees it
 * 3. What the journal holds */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/survive.h"
#include "kernels/stats/adjust.h"

enum { BLOCK = 64, N_NUMBERS = 10 }; /* features: some milliseconds */

/* 1. A block of features ------------------------------------------------------------------------------------------- */

typedef struct block {
    int32_t first, n;
    double number[N_NUMBERS][BLOCK]; /* coefficient, se, z, p, loglik, lrt p, C, its se, PH p, score p */
    int64_t n_rows[BLOCK], n_events[BLOCK];
    rml_cox_end end[BLOCK];
    rml_status status[BLOCK];
} block;

/* The patients who have a value, in arrays of all. */
typedef struct kept_rows {
    double *time, *value, *offset;
    uint8_t *event;
    int32_t *stratum;
} kept_rows;

/* Concordance and the test of proportional hazards of a feature that was fitted. */
static rml_status judge(const rml_survive *x, const kept_rows *rows, block *b, int32_t k)
{
    const rml_data *data = &x->dataset.data;
    const double *column = rml_column(&x->dataset.all, b->first + k);
    const int32_t *stratum = rml_survive_strata(x);
    const double *offset = rml_survive_offset(x);
    const rml_cox_settings settings = rml_survive_settings(&x->study);
    const rml_concordance_settings pairs = rml_concordance_defaults();
    rml_columns kept = {0, data->n_rows, 1, rows->value};
    rml_zph_global global = {NAN, NAN, 0};
    rml_concordance c;
    rml_surv surv = {0};
    rml_cox fit = {0};
    double chisq;
    rml_status status;

    for (int32_t i = 0; i < data->n_rows; ++i) {
        if (isnan(column[i])) continue;
        rows->time[kept.n_rows] = data->y[i];
        rows->event[kept.n_rows] = data->event[i];
        rows->stratum[kept.n_rows] = stratum ? stratum[i] : 0;
        rows->offset[kept.n_rows] = offset ? offset[i] : 0.0;
        rows->value[kept.n_rows++] = column[i];
    }
    status = rml_surv_init(rows->time, rows->event, rows->stratum, kept.n_rows, &surv);
    if (status != RML_OK) return status;
    status = rml_concordance_measure(&surv, rows->value, &pairs, &c);
    b->number[6][k] = c.c;
    b->number[7][k] = c.se;
    if (status == RML_EEMPTY) status = RML_OK; /* no pair to compare: the cells stay empty */
    if (status == RML_OK && b->status[k] == RML_OK)
        status = rml_cox_fit(&surv, &kept, NULL, rows->offset, &settings, &fit);
    if (status == RML_OK && b->status[k] == RML_OK)
        status = rml_cox_zph(&fit, &surv, &kept, NULL, rows->offset, settings.ties, RML_ZPH_KM, &chisq,
                             &b->number[8][k], &global);
    rml_cox_free(&fit);
    rml_surv_free(&surv);
    return status == RML_ENOMEM ? status : RML_OK;
}

static rml_status fit_block(const rml_survive *x, block *b)
{
    const rml_data *data = &x->dataset.data;
    const size_t n = (size_t)data->n_rows + 1;
    const rml_columns columns = {data->n_rows, x->dataset.all.stride, b->n, rml_column(&x->dataset.all, b->first)};
    const rml_cox_settings settings = rml_survive_settings(&x->study);
    const rml_cox_each out = {.coefficient = b->number[0],
                              .se = b->number[1],
                              .z = b->number[2],
                              .p = b->number[3],
                              .loglik = b->number[4],
                              .lrt_p = b->number[5],
                              .score_p = b->number[9],
                              .n_rows = b->n_rows,
                              .n_events = b->n_events,
                              .end = b->end,
                              .status = b->status};
    kept_rows rows = {calloc(n, sizeof(double)), calloc(n, sizeof(double)), calloc(n, sizeof(double)), calloc(n, 1),
                      calloc(n, sizeof(int32_t))};
    rml_status status = rows.time && rows.value && rows.offset && rows.event && rows.stratum ? RML_OK : RML_ENOMEM;

    if (status == RML_OK)
        status = rml_cox_fit_each(data->y, data->event, rml_survive_strata(x), rml_survive_offset(x), &columns,
                                  &settings, &out);
    for (int32_t k = 0; status == RML_OK && k < b->n; ++k) {
        b->number[6][k] = b->number[7][k] = b->number[8][k] = NAN;
        if (b->end[k] == RML_COX_UNFINISHED) b->number[5][k] = NAN; /* of a likelihood that is none yet */
        if (b->n_rows[k] > 0 &&
            (b->status[k] == RML_OK || b->end[k] == RML_COX_MONOTONE || b->end[k] == RML_COX_UNFINISHED))
            status = judge(x, &rows, b, k);
    }
    free(rows.time);
    free(rows.value);
    free(rows.offset);
    free(rows.event);
    free(rows.stratum);
    return status;
}

/* 2. The job, as the farm sees it ---------------------------------------------------------------------------------- */

typedef struct blocks {
    const rml_survive *x;
    /* rank 0 */
    int32_t n;
    rml_key *key;
    rml_farm_task *task;
    char name[64];
} blocks;

static int32_t n_blocks(const rml_survive *x)
{
    return (x->dataset.all.n_columns + BLOCK - 1) / BLOCK;
}

static rml_key key_of(int64_t t)
{
    char text[64];

    return rml_key_of(text, (size_t)snprintf(text, sizeof text, "features %lld", (long long)t));
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
    const rml_survive *x = ((const blocks *)context)->x;
    rml_reader reader = rml_reader_of(payload, n_bytes);
    const int32_t t = rml_read_i32(&reader);
    block *b = calloc(1, sizeof *b);
    rml_blob blob = {0};

    (void)cancel;
    if (b && !reader.failed && t >= 0 && t < n_blocks(x)) { /* the farm fails what says nothing */
        b->first = t * BLOCK;
        b->n = x->dataset.all.n_columns - b->first < BLOCK ? x->dataset.all.n_columns - b->first : BLOCK;
        if (fit_block(x, b) == RML_OK) {
            for (int32_t k = 0; k < b->n; ++k) {
                for (int v = 0; v < N_NUMBERS; ++v) rml_blob_put_f64(&blob, b->number[v][k]);
                rml_blob_put_i64(&blob, b->n_rows[k]);
                rml_blob_put_i64(&blob, b->n_events[k]);
                rml_blob_put_i32(&blob, (int32_t)b->end[k]);
                rml_blob_put_i32(&blob, (int32_t)b->status[k]);
            }
            if (!blob.failed) rml_outcome(outcomes, 0, true, &blob);
        }
    }
    rml_blob_free(&blob);
    free(b);
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
    snprintf(all->name, sizeof all->name, "features %lld to %lld", (long long)(t * BLOCK + 1),
             (long long)((t + 1) * BLOCK));
    return all->name;
}

static rml_status plan(blocks *all, rml_error *err)
{
    const size_t n = (size_t)n_blocks(all->x);

    all->key = malloc((n + 1) * sizeof *all->key);
    all->task = malloc((n + 1) * sizeof *all->task);
    if (!all->key || !all->task) return rml_fail(err, RML_ENOMEM, "no memory for the blocks of features");
    for (; all->n < (int32_t)n; ++all->n) {
        all->key[all->n] = key_of(all->n);
        all->task[all->n] = (rml_farm_task){.n_units = 1, .keys = &all->key[all->n], .cost = 1.0};
    }
    return RML_OK;
}

/* 3. What the journal holds ---------------------------------------------------------------------------------------- */

static void read_fit(rml_reader *reader, rml_survive_fit *fit)
{
    double number[N_NUMBERS];

    for (int v = 0; v < N_NUMBERS; ++v) number[v] = rml_read_f64(reader);
    *fit = (rml_survive_fit){.coefficient = number[0],
                             .se = number[1],
                             .z = number[2],
                             .p = number[3],
                             .loglik = number[4],
                             .lrt_p = number[5],
                             .lrt_p_bh = NAN,
                             .c = number[6],
                             .c_se = number[7],
                             .ph_p = number[8],
                             .score_p = number[9]};
    fit->n_rows = rml_read_i64(reader);
    fit->n_events = rml_read_i64(reader);
    fit->end = (rml_cox_end)rml_read_i32(reader);
    fit->status = (rml_status)rml_read_i32(reader);
}

static rml_status leave_out(rml_survive *x, int32_t t, const char *why, rml_error *err)
{
    const int32_t first = t * BLOCK, all = x->dataset.all.n_columns, end = first + BLOCK < all ? first + BLOCK : all;

    for (int32_t j = first; j < end; ++j) {
        x->n_uncomputed += !rml_survive_is_category(x, j);
        x->fit[j] = (rml_survive_fit){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, .status = RML_ECRASH};
    }
    x->why_uncomputed[t] = strdup(why);
    if (!x->why_uncomputed[t]) return rml_fail(err, RML_ENOMEM, "no memory for what ended a block of features");
    fprintf(stderr, "radmill survive: %d features, from %s to %s, are left empty in univariable.csv: %s\n", end - first,
            x->dataset.feature[first], x->dataset.feature[end - 1], why);
    return RML_OK;
}

static rml_status read_block(rml_survive *x, const rml_journal *journal, int32_t t, rml_error *err)
{
    rml_blob blob = {0};
    bool done = false;
    rml_status status = rml_journal_read(journal, key_of(t), &done, &blob, err);
    rml_reader reader = rml_reader_of(blob.bytes, blob.n_bytes);

    if (status == RML_OK && !done) {
        status = leave_out(x, t, rml_read_text(&reader), err);
        rml_blob_free(&blob);
        return status;
    }
    for (int32_t j = t * BLOCK; status == RML_OK && j < (t + 1) * BLOCK && j < x->dataset.all.n_columns; ++j)
        read_fit(&reader, x->fit + j);
    if (status == RML_OK && reader.failed)
        status = rml_fail(err, RML_EFORMAT, "the journal holds a block of features that is cut short");
    rml_blob_free(&blob);
    return status;
}

/* By the likelihood ratio, which a monotone likelihood has as well: the strongest features must not drop out. */
static rml_status adjust(rml_survive *x, rml_error *err)
{
    const int32_t n = x->dataset.all.n_columns;
    double *p = malloc(((size_t)n + 1) * sizeof *p);
    rml_status status = p ? RML_OK : RML_ENOMEM;

    for (int32_t j = 0; p && j < n; ++j) p[j] = rml_survive_is_category(x, j) ? NAN : x->fit[j].lrt_p;
    if (status == RML_OK) status = rml_adjust(p, n, RML_ADJUST_BH, p);
    for (int32_t j = 0; status == RML_OK && j < n; ++j) x->fit[j].lrt_p_bh = p[j];
    free(p);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "no memory for the corrected p");
}

rml_status rml_survive_each_run(MPI_Comm comm, rml_survive *x, rml_journal *journal, const rml_farm_options *options,
                                rml_farm_report *report, rml_error *err)
{
    static blocks all; /* static: a thread that was given up on may still look at it; so may the farm's at the job */
    static rml_farm_job job = {.context = &all,
                               .noun = "blocks of features",
                               .pack = pack_block,
                               .failed = fail_block,
                               .name = name_block,
                               .compute = compute_block};
    rml_status status = RML_OK;
    int rank;

    MPI_Comm_rank(comm, &rank);
    all.x = x;
    if (rank == 0) status = plan(&all, err);
    status = rml_agree(comm, status, err);
    if (status == RML_OK) {
        job.n_tasks = all.n;
        job.tasks = all.task;
        status = rml_farm_run(comm, &job, journal, options, report, err);
    }
    if (status == RML_OK && rank == 0) {
        x->fit = calloc((size_t)x->dataset.all.n_columns + 1, sizeof *x->fit);
        x->why_uncomputed = calloc((size_t)all.n + 1, sizeof *x->why_uncomputed);
        if (!x->fit || !x->why_uncomputed) status = rml_fail(err, RML_ENOMEM, "no memory for the features' models");
        for (int32_t t = 0; status == RML_OK && t < all.n; ++t) status = read_block(x, journal, t, err);
        if (status == RML_OK) status = adjust(x, err);
    }
    free(all.key);
    free(all.task);
    return rml_agree(comm, status, err);
}

const char *rml_survive_uncomputed(const rml_survive *x, int32_t column)
{
    return x->why_uncomputed[column / BLOCK];
}

void rml_survive_each_free(rml_survive *x)
{
    for (int32_t t = 0; x->why_uncomputed && t < n_blocks(x); ++t) free(x->why_uncomputed[t]);
    free(x->why_uncomputed);
    free(x->fit);
    x->why_uncomputed = NULL;
    x->fit = NULL;
}
