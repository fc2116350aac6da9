/* 1. Correlations and the centres' share
 * 2. Facts
 * 3. Written and printed */
#include "jobs/sweep_features.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/patients.h"
#include "kernels/stats/correlation.h"
#include "kernels/stats/rank.h"

/* 1. Correlations and the centres' share --------------------------------------------------------------------------- */

typedef struct rml_room { /* for one pair of columns */
    double *x, *y;        /* [n] */
    rml_ranked *items;    /* [2 n], of one column */
} rml_room;

/* Over the rows in which both are there; NaN with fewer than three, or no spread. RML_ENOMEM */
static rml_status spearman(const double *a, const double *b, int32_t n_rows, const rml_room *room, double *rho)
{
    int32_t n = 0;

    *rho = NAN;
    for (int32_t i = 0; i < n_rows; ++i)
        if (!isnan(a[i]) && !isnan(b[i])) {
            room->x[n] = a[i];
            room->y[n++] = b[i];
        }
    if (n < 3) return RML_OK;
    return rml_correlation_spearman(room->x, room->y, n, rho) == RML_ENOMEM ? RML_ENOMEM : RML_OK;
}

/* Between-centre sum of squares of the ranks over the total. */
static double eta_squared(const double *a, const int32_t *code, int32_t n_levels, int32_t n_rows, const rml_room *room)
{
    double total = 0.0, between = 0.0;
    int32_t n = 0;

    for (int32_t i = 0; i < n_rows; ++i)
        if (!isnan(a[i])) room->x[n++] = a[i];
    if (n < 3 || rml_rank_middle(room->x, n, room->items, room->x, NULL) != RML_OK) return NAN;
    for (int32_t i = 0; i < n; ++i) total += (room->x[i] - 0.5 * (n + 1)) * (room->x[i] - 0.5 * (n + 1));
    for (int32_t l = 0; l < n_levels; ++l) {
        double sum = 0.0;
        int32_t m = 0;

        for (int32_t i = 0, k = 0; i < n_rows; ++i) {
            if (isnan(a[i])) continue;
            if (code[i] == l) {
                sum += room->x[k] - 0.5 * (n + 1);
                ++m;
            }
            ++k;
        }
        if (m > 0) between += sum * sum / m;
    }
    return total > 0.0 ? between / total : NAN;
}

/* 2. Facts --------------------------------------------------------------------------------------------------------- */

/* A patient's number on each of its rows. */
static void spread(const rml_dataset *d, const double *of_patient, double *of_row)
{
    for (int32_t p = 0; p < d->data.n_patients; ++p)
        for (int32_t i = d->data.first_row[p]; i < d->data.first_row[p + 1]; ++i) of_row[i] = of_patient[p];
}

/* The volume that goes with a column: the only one, or of several that of the same sequence, label or time point, as
 * the names begin and end; the longest text in common of several. NULL: none. */
static const double *volume_of(const rml_dataset *d, int32_t column)
{
    const char *name = d->feature[column];
    const size_t n = strlen(name);
    int32_t first, best = -1;
    size_t longest = 0;

    if (rml_sweep_volumes(d, &first) < 2) return first < 0 ? NULL : rml_column(&d->data.x, first);
    for (int32_t j = first; j < d->data.x.n_columns; ++j) {
        const char *volume = d->feature[j];
        size_t before = 0, behind = 0;
        bool named = false;

        for (int32_t v = 0; v < RML_VOLUMES && !named && (d->data.mark[j] & RML_MARK_VOLUME); ++v)
            named = rml_is_volume(volume, v, &before, &behind);
        if (!named || before + behind >= n || (best >= 0 && before + behind <= longest) ||
            strncmp(name, volume, before) != 0 || strcmp(name + n - behind, volume + strlen(volume) - behind) != 0)
            continue;
        best = j;
        longest = before + behind;
    }
    return best < 0 ? NULL : rml_column(&d->data.x, best);
}

static rml_status describe(const rml_study *s, const rml_dataset *d, const rml_room *room, double *spread_report,
                           rml_sweep_features *f)
{
    const int32_t n = d->data.n_rows;
    rml_status status = RML_OK;

    for (int32_t j = 0; status == RML_OK && j < f->n; ++j) {
        const double *x = rml_column(&d->data.x, j), *volume = volume_of(d, j);

        assert(x && f->fact[j].report);
        f->fact[j].volume = NAN;
        if (volume && volume != x) status = spearman(x, volume, n, room, &f->fact[j].volume);
        f->fact[j].centre = s->centre ? eta_squared(x, d->data.factor[0], d->data.n_levels[0], n, room) : NAN;
        f->fact[j].prepared = NAN;
        for (int32_t c = 0; status == RML_OK && c < d->n_reports; ++c) {
            spread(d, d->report + (int64_t)c * d->data.n_patients, spread_report);
            status = spearman(x, spread_report, n, room, &f->fact[j].report[c]);
        }
    }
    return status;
}

/* The preparation alone, fitted to everybody. */
static rml_status describe_prepared(const rml_study *s, const rml_dataset *d, const rml_sweep_plan *plan,
                                    const rml_room *room, rml_sweep_features *f)
{
    const rml_chain chain = {s->n_prepare, s->select[0].chain.step};
    rml_fitted *step = calloc((size_t)chain.n + 1, sizeof *step);
    rml_sample all = {0};
    rml_status status =
        step ? rml_sample_gather(&d->data, plan->all.split[0].train, d->data.n_patients, true, &all) : RML_ENOMEM;

    if (status == RML_OK && rml_chain_fit(&chain, &all, s->seed, step, NULL) == RML_OK)
        for (int32_t k = 0; k < all.x.n_columns; ++k) {
            const int32_t j = rml_chain_column(&chain, step, k);

            assert(all.x.x);
            if (j >= 0)
                f->fact[j].prepared =
                    eta_squared(rml_column(&all.x, k), all.factor[0], all.n_levels[0], all.n_rows, room);
        }
    rml_chain_fitted_free(&chain, step);
    free(step);
    rml_sample_free(&all);
    return status;
}

static void count_kept(const rml_study *s, const rml_sweep_plan *plan, const rml_sweep_results *results,
                       rml_sweep_features *f)
{
    for (int32_t c = 0; c < s->n_selects; ++c) {
        int32_t n = 0;

        for (int32_t i = 0; i < plan->splits.n; ++i) {
            const rml_nested *nested = &results->outer[(int64_t)i * s->n_selects + c];
            const int32_t n_kept = nested->n_steps > 0 ? nested->step[nested->n_steps - 1].n_out : f->n;

            if (nested->n_models == 0) continue;
            ++n;
            for (int32_t k = 0; k < n_kept; ++k) {
                const int32_t j = rml_chain_column(&s->select[c].chain, nested->step, k);

                assert(j < 0 || f->fact[j].kept);
                if (j >= 0) f->fact[j].kept[c] += 1.0;
            }
        }
        for (int32_t j = 0; j < f->n; ++j) f->fact[j].kept[c] = n > 0 ? f->fact[j].kept[c] / n : NAN;
    }
}

static void count_nonzero(const rml_study *s, const rml_sweep_plan *plan, const rml_sweep_results *results,
                          rml_sweep_features *f)
{
    for (int32_t q = 0; q < s->n_selects * s->n_models; ++q) {
        const rml_chain *chain = &s->select[q / s->n_models].chain;
        int32_t n = 0;

        for (int32_t i = 0; i < plan->splits.n && rml_sweep_sparse(s, q); ++i) {
            const rml_nested_model *model = rml_sweep_model(s, plan, results, i, q);
            const rml_array *coefficient = model ? rml_fitted_shaped(&model->fitted, "coefficient", 1, -1) : NULL;

            n += model != NULL; /* that of no column has no coefficient: not one of them was kept */
            for (int32_t k = 0; coefficient && k < coefficient->n_columns; ++k) {
                const int32_t j =
                    rml_chain_column(chain, results->outer[(int64_t)i * s->n_selects + q / s->n_models].step, k);

                assert(j < 0 || f->fact[j].nonzero);
                if (j >= 0 && coefficient->value[k] != 0.0) f->fact[j].nonzero[q] += 1.0;
            }
        }
        for (int32_t j = 0; j < f->n; ++j) f->fact[j].nonzero[q] = n > 0 ? f->fact[j].nonzero[q] / n : NAN;
    }
}

rml_status rml_sweep_features_make(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                   const rml_sweep_results *results, rml_sweep_features *features, rml_error *err)
{
    const size_t n = (size_t)dataset->data.n_rows + 1, n_pipelines = (size_t)(study->n_selects * study->n_models),
                 each = (size_t)study->n_selects + n_pipelines + (size_t)dataset->n_reports;
    rml_sweep_features made = {.n = dataset->data.x.n_columns};
    rml_room room = {malloc(2 * n * sizeof(double)), malloc(n * sizeof(double)), malloc(2 * n * sizeof(rml_ranked))};
    rml_status status = RML_OK;

    made.fact = calloc((size_t)made.n + 1, sizeof *made.fact);
    made.memory = calloc((size_t)made.n * each + 1, sizeof *made.memory);
    if (!room.x || !room.y || !room.items || !made.fact || !made.memory)
        status = rml_fail(err, RML_ENOMEM, "no memory for the table of features");
    for (int32_t j = 0; status == RML_OK && j < made.n; ++j) {
        made.fact[j].kept = made.memory + (int64_t)j * (int64_t)each;
        made.fact[j].nonzero = made.fact[j].kept + study->n_selects;
        made.fact[j].report = made.fact[j].nonzero + n_pipelines;
    }
    if (status == RML_OK) {
        count_kept(study, plan, results, &made);
        count_nonzero(study, plan, results, &made);
        status = describe(study, dataset, &room, room.x + n, &made);
        if (status == RML_OK && study->centre) status = describe_prepared(study, dataset, plan, &room, &made);
        if (status != RML_OK) status = rml_fail(err, RML_ENOMEM, "no memory for the table of features");
    }
    free(room.x);
    free(room.y);
    free(room.items);
    if (status == RML_OK)
        *features = made;
    else
        rml_sweep_features_free(&made);
    return status;
}

void rml_sweep_features_free(rml_sweep_features *features)
{
    if (!features) return;
    free(features->fact);
    free(features->memory);
    *features = (rml_sweep_features){0};
}

/* 3. Written and printed ------------------------------------------------------------------------------------------- */

static void write_rows(const rml_study *s, const rml_dataset *d, const rml_sweep_features *f, FILE *out)
{
    const int32_t n_pipelines = s->n_selects * s->n_models;
    char name[1024];

    fputs("feature", out);
    for (int32_t c = 0; c < s->n_selects; ++c) {
        snprintf(name, sizeof name, "kept_%.140s", s->select[c].name);
        rml_csv_text(out, name, false);
    }
    fputs(",volume_rho,centre_eta2,centre_eta2_prepared", out);
    for (int32_t c = 0; c < d->n_reports; ++c) {
        snprintf(name, sizeof name, "rho_%.140s", d->report_name[c]);
        rml_csv_text(out, name, false);
    }
    for (int32_t q = 0; q < n_pipelines; ++q) {
        if (!rml_sweep_sparse(s, q)) continue;
        snprintf(name, sizeof name, "nonzero_%.400s/%.400s", s->select[q / s->n_models].name,
                 s->model[q % s->n_models].name);
        rml_csv_text(out, name, false);
    }
    fputc('\n', out);
    for (int32_t j = 0; j < f->n; ++j) {
        rml_csv_text(out, d->feature[j], true);
        for (int32_t c = 0; c < s->n_selects; ++c) rml_csv_number(out, f->fact[j].kept[c], false);
        rml_csv_number(out, f->fact[j].volume, false);
        rml_csv_number(out, f->fact[j].centre, false);
        rml_csv_number(out, f->fact[j].prepared, false);
        for (int32_t c = 0; c < d->n_reports; ++c) rml_csv_number(out, f->fact[j].report[c], false);
        for (int32_t q = 0; q < n_pipelines; ++q)
            if (rml_sweep_sparse(s, q)) rml_csv_number(out, f->fact[j].nonzero[q], false);
        fputc('\n', out);
    }
}

rml_status rml_sweep_features_write(const rml_study *study, const rml_dataset *dataset,
                                    const rml_sweep_features *features, const char *folder, rml_error *err)
{
    rml_file_writer file;
    rml_status status = rml_file_create_in(folder, "features.csv", &file, err);

    if (status != RML_OK) return status;
    write_rows(study, dataset, features, file.stream);
    return rml_file_commit(&file, err);
}

/* The selection whose features are shown: the first one that leaves something out. */
static int32_t shown_select(const rml_study *s, const rml_sweep_features *f)
{
    for (int32_t c = 0; c < s->n_selects; ++c)
        for (int32_t j = 0; j < f->n; ++j)
            if (f->fact[j].kept[c] < 1.0 && s->select[c].chain.n > s->n_prepare) return c;
    return -1;
}

static void print_number(double value, int width)
{
    if (isnan(value))
        printf(" %*s", width, "-");
    else
        printf(" %*.2f", width, value);
}

void rml_sweep_features_print(const rml_study *s, const rml_dataset *d, const rml_sweep_features *f)
{
    enum { MOST = 12 };
    const int32_t c = shown_select(s, f);
    bool *done = calloc((size_t)f->n + 1, sizeof *done);

    if (c >= 0 && done) {
        printf("\n%-44s %5s %7s", "Kept by", "kept", "volume");
        if (s->centre) printf(" %7s %9s", s->centre, "prepared");
        for (int32_t r = 0; r < d->n_reports; ++r) printf(" %7.7s", d->report_name[r]);
        printf("\n%-44s %5s %7s", s->select[c].name, "", "rho");
        if (s->centre) printf(" %7s %9s", "eta2", "eta2");
        for (int32_t r = 0; r < d->n_reports; ++r) printf(" %7s", "rho");
        printf("\n");
        for (int32_t n = 0; n < MOST; ++n) {
            int32_t best = -1;

            for (int32_t j = 0; j < f->n; ++j)
                if (!done[j] && (best < 0 || f->fact[j].kept[c] > f->fact[best].kept[c])) best = j;
            if (best < 0 || !(f->fact[best].kept[c] > 0.0)) break;
            done[best] = true;
            printf("  %-42.42s %4.0f%%", d->feature[best], 100.0 * f->fact[best].kept[c]);
            print_number(f->fact[best].volume, 7);
            if (s->centre) {
                print_number(f->fact[best].centre, 7);
                print_number(f->fact[best].prepared, 9);
            }
            for (int32_t r = 0; r < d->n_reports; ++r) print_number(f->fact[best].report[r], 7);
            printf("\n");
        }
    }
    free(done);
}
