/* 1. What the tables share
 * 2. Means over splits
 * 3. Single splits
 * 4. How the scores separate
 * 5. Written */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/sweep_survival_own.h"
#include "kernels/stats/distribution.h"
#include "kernels/survival/cox.h"
#include "kernels/survival/km.h"
#include "kernels/survival/logrank.h"

/* 1. What the tables share ----------------------------------------------------------------------------------------- */

/* In the order of writers[]. */
const char *const rml_survival_tables[RML_SURVIVAL_TABLES] = {
    "survival.csv",       "time_auc.csv",        "survival_splits.csv", "survival_groups.csv",
    "survival_tests.csv", "survival_curves.csv", "survival_added.csv",  "survival_benefit.csv"};

void rml_survival_sources_free(rml_survival_sources *in)
{
    rml_sweep_survival_free(&in->found);
    rml_separation_free(&in->separation);
    free(in->score);
}

rml_status rml_survival_sources_init(rml_survival_sources *in, rml_error *err)
{
    int32_t n_repeats = 0;
    rml_status status =
        rml_sweep_survival_make(in->study, in->dataset, in->plan, in->results, in->board, &in->found, err);

    if (status != RML_OK) return status;
    for (int32_t i = 0; i < in->plan->splits.n; ++i)
        if (in->plan->splits.split[i].repeat >= n_repeats) n_repeats = in->plan->splits.split[i].repeat + 1;
    in->score = malloc(((size_t)in->plan->splits.n + 1) * sizeof *in->score);
    if (rml_separation_init(n_repeats, in->dataset->data.n_patients, &in->separation) == RML_OK && in->score)
        return RML_OK;
    return rml_fail(err, RML_ENOMEM, "no memory for the tables of survival");
}

typedef rml_status writer(rml_survival_sources *in, FILE *out);

static void put_row(const rml_board_row *row, FILE *out)
{
    rml_csv_text(out, row->name, true);
    rml_csv_text(out, row->control ? "yes" : "no", false);
}

static void put_numbers(FILE *out, const double *value, size_t n)
{
    for (size_t k = 0; k < n; ++k) rml_csv_number(out, value[k], false);
}

static const rml_nested_model *model_of(const rml_survival_sources *in, const rml_board_row *row, int32_t split)
{
    return rml_sweep_model(in->study, in->plan, in->results, split,
                           row->chosen ? in->board->chosen[split] : row->pipeline);
}

/* 2. Means over splits --------------------------------------------------------------------------------------------- */

rml_resampled_interval rml_survival_mean_of(const rml_survival_sources *in, int32_t row, int32_t number, int32_t *n)
{
    const rml_survival_value *value = in->found.value + (int64_t)row * in->found.n_splits;
    rml_resampled_interval interval = {NAN, NAN, NAN, NAN, NAN};
    double share = 0.0;

    *n = 0;
    for (int32_t i = 0; i < in->found.n_splits; ++i) {
        const double of_split = rml_survival_number(&value[i], in->found.n_times, number);

        if (!isfinite(of_split)) continue;
        in->score[(*n)++] = of_split;
        share += (double)in->plan->splits.split[i].n_test / in->plan->splits.split[i].n_train;
    }
    if (*n > 0 && rml_resampled_mean(in->score, *n, share / *n, 0.95, &interval) == RML_EINVAL) interval.mean = NAN;
    if (in->found.n_splits == 1 && number == 1 && *n == 1) {
        interval.low = interval.mean - rml_normal_quantile(0.975) * value[0].uno_se;
        interval.high = interval.mean + rml_normal_quantile(0.975) * value[0].uno_se;
    }
    if (in->board->row[row].constant) interval.low = interval.high = NAN;
    return interval;
}

double rml_survival_without_of(const rml_survival_sources *in, const rml_survival_value *value, int32_t number)
{
    double sum = 0.0;
    int32_t n = 0;

    for (int32_t i = 0; i < in->found.n_splits; ++i) {
        if (!isfinite(rml_survival_number(&value[i], in->found.n_times, number))) continue;
        sum += rml_survival_number(&in->found.without[i], in->found.n_times, number);
        ++n;
    }
    return n > 0 ? sum / n : NAN;
}

/* All three lie between 0 and 1, where a t interval knows no bounds. */
static void put_interval(FILE *out, const rml_resampled_interval *interval)
{
    rml_csv_number(out, interval->mean, false);
    rml_csv_number(out, isnan(interval->low) ? NAN : fmax(interval->low, 0.0), false);
    rml_csv_number(out, isnan(interval->high) ? NAN : fmin(interval->high, 1.0), false);
}

static rml_status write_means(rml_survival_sources *in, FILE *out)
{
    int32_t n[2];

    fputs("pipeline,control,tau,splits,uno_c,uno_c_low,uno_c_high,splits_brier,integrated_brier,integrated_brier_low,"
          "integrated_brier_high,integrated_brier_no_model,approximate\n",
          out);
    for (int32_t r = 0; r < in->board->n; ++r) {
        const rml_survival_value *value = in->found.value + (int64_t)r * in->found.n_splits;
        const rml_resampled_interval uno = rml_survival_mean_of(in, r, 1, &n[0]),
                                     brier = rml_survival_mean_of(in, r, 2, &n[1]);

        put_row(&in->board->row[r], out);
        rml_csv_number(out, in->found.tau, false);
        fprintf(out, ",%d", n[0]);
        put_interval(out, &uno);
        fprintf(out, ",%d", n[1]);
        put_interval(out, &brier);
        rml_csv_number(out, rml_survival_without_of(in, value, 2), false);
        fputs(",uno_c_low uno_c_high integrated_brier_low integrated_brier_high\n", out);
    }
    return RML_OK;
}

static rml_status write_times(rml_survival_sources *in, FILE *out)
{
    const int32_t n_times = in->found.n_times;
    int32_t n[2];

    fputs("pipeline,control,time,splits,auc,auc_low,auc_high,splits_brier,brier,brier_low,brier_high,brier_no_model,"
          "approximate\n",
          out);
    for (int32_t r = 0; r < in->board->n; ++r)
        for (int32_t t = 0; t < n_times; ++t) {
            const rml_survival_value *value = in->found.value + (int64_t)r * in->found.n_splits;
            const rml_resampled_interval auc = rml_survival_mean_of(in, r, 3 + t, &n[0]),
                                         brier = rml_survival_mean_of(in, r, 3 + n_times + t, &n[1]);

            put_row(&in->board->row[r], out);
            rml_csv_number(out, in->found.time[t], false);
            fprintf(out, ",%d", n[0]);
            put_interval(out, &auc);
            fprintf(out, ",%d", n[1]);
            put_interval(out, &brier);
            rml_csv_number(out, rml_survival_without_of(in, value, 3 + n_times + t), false);
            fputs(",auc_low auc_high brier_low brier_high\n", out);
        }
    return RML_OK;
}

/* 3. Single splits ------------------------------------------------------------------------------------------------- */

static rml_status write_splits(rml_survival_sources *in, FILE *out)
{
    const bool named = in->study->split != RML_SPLIT_KFOLD && in->study->split != RML_SPLIT_BOOTSTRAP;

    fputs("pipeline,control,repeat,fold,n,events,median_cut,learned_cut,c_index,uno_c,integrated_brier,"
          "integrated_brier_no_model\n",
          out);
    for (int32_t r = 0; r < in->board->n; ++r)
        for (int32_t i = 0; i < in->found.n_splits; ++i) {
            const rml_split *split = &in->plan->splits.split[i];
            const rml_survival_value *value = &in->found.value[(int64_t)r * in->found.n_splits + i];
            const rml_nested_model *model = model_of(in, &in->board->row[r], i);
            int32_t n_events = 0;

            if (!model) continue;
            for (int32_t t = 0; t < split->n_test; ++t) n_events += in->plan->event[split->test[t]];
            put_row(&in->board->row[r], out);
            fprintf(out, ",%d", split->repeat + 1);
            if (named)
                rml_csv_text(out, in->dataset->group_name[split->fold], false);
            else
                fprintf(out, ",%d", split->fold + 1);
            fprintf(out, ",%d,%d", split->n_test, n_events);
            put_numbers(out,
                        (const double[]){model->middle, model->cut, value->c, value->uno, value->brier_mean,
                                         in->found.without[i].brier_mean},
                        6);
            fputc('\n', out);
        }
    return RML_OK;
}

/* 4. How the scores separate --------------------------------------------------------------------------------------- */

void rml_survival_separate(rml_survival_sources *in, const rml_board_row *row)
{
    rml_separation_clear(&in->separation);
    for (int32_t i = 0; i < in->plan->splits.n; ++i) {
        const rml_nested_model *model = model_of(in, row, i);

        if (model) rml_separation_add(&in->separation, &in->plan->splits.split[i], in->plan->y, in->plan->event, model);
    }
}

static void put_place(const rml_board_row *row, rml_cut_rule rule, int32_t repeat, FILE *out)
{
    put_row(row, out);
    rml_csv_text(out, rml_cut_names[rule], false);
    if (repeat < 0)
        fputs(",mean", out);
    else
        fprintf(out, ",%d", repeat + 1);
}

static const char *const sides[] = {"low", "high"};

/* curves: every step instead of a row a group */
static rml_status put_groups(rml_survival_sources *in, const rml_board_row *row, rml_cut_rule rule, int32_t repeat,
                             bool curves, FILE *out)
{
    const rml_separation *s = &in->separation;
    rml_surv surv = {0};
    rml_status status;

    rml_separation_gather(&in->separation, repeat, rule);
    status = rml_surv_init(s->in_time, s->in_event, s->in_group, s->n_in, &surv);
    for (int32_t k = 0; status == RML_OK && k < surv.n_strata; ++k) {
        const char *side = sides[surv.stratum_label[k]];
        rml_km km = {0};
        rml_km_time median = {NAN, NAN, NAN};

        status = rml_km_fit(&surv, k, RML_LIMITS_LOG, 0.95, &km);
        if (status == RML_OK) status = rml_km_quantile(&km, 0.5, &median);
        for (int64_t t = 0; status == RML_OK && curves && t < km.n_times; ++t) {
            put_place(row, rule, repeat, out);
            rml_csv_text(out, side, false);
            put_numbers(out,
                        (const double[]){km.time[t], (double)km.n_risk[t], (double)km.n_event[t],
                                         (double)km.n_censor[t], km.surv[t], km.lower[t], km.upper[t]},
                        7);
            fputc('\n', out);
        }
        if (status == RML_OK && !curves) {
            put_place(row, rule, repeat, out);
            rml_csv_text(out, side, false);
            put_numbers(
                out, (const double[]){(double)km.n_rows, (double)km.n_events, median.time, median.lower, median.upper},
                5);
            fputc('\n', out);
        }
        rml_km_free(&km);
    }
    rml_surv_free(&surv);
    return status == RML_ENOMEM ? status : RML_OK;
}

static rml_status put_all(rml_survival_sources *in, bool curves, FILE *out)
{
    rml_status status = RML_OK;

    for (int32_t r = 0; r < in->board->n; ++r) {
        const rml_board_row *row = &in->board->row[r];

        if (curves && !row->chosen && !row->control) continue;
        rml_survival_separate(in, row);
        for (rml_cut_rule rule = 0; rule < RML_N_CUTS; ++rule)
            for (int32_t repeat = 0; status == RML_OK && repeat < in->separation.n_repeats; ++repeat)
                status = put_groups(in, row, rule, repeat, curves, out);
    }
    return status;
}

static rml_status write_groups(rml_survival_sources *in, FILE *out)
{
    fputs("pipeline,control,cut,repeat,group,n,events,median,median_lower,median_upper\n", out);
    return put_all(in, false, out);
}

static rml_status write_curves(rml_survival_sources *in, FILE *out)
{
    fputs("pipeline,control,cut,repeat,group,time,n_risk,n_event,n_censor,survival,lower,upper\n", out);
    return put_all(in, true, out);
}

/* The hazard of the high group against the low one, of what was gathered last. end: why it has no value */
static rml_status compare_sides(const rml_separation *s, rml_hazard_ratio *ratio, rml_cox_end *end)
{
    const rml_cox_settings settings = rml_cox_defaults();
    double *high = malloc(((size_t)s->n_in + 1) * sizeof *high);
    const rml_columns column = {s->n_in, s->n_in, 1, high};
    rml_surv surv = {0};
    rml_cox fit = {0};
    rml_status status = high ? rml_surv_init(s->in_time, s->in_event, NULL, s->n_in, &surv) : RML_ENOMEM;

    *ratio = (rml_hazard_ratio){NAN, NAN, NAN};
    *end = RML_COX_NO_TERM;
    for (int32_t i = 0; status == RML_OK && i < s->n_in; ++i) high[i] = s->in_group[i];
    if (status == RML_OK) status = rml_cox_fit(&surv, &column, NULL, NULL, &settings, &fit);
    if (fit.coefficient) *end = fit.end;
    if (fit.coefficient && status == RML_OK) status = rml_cox_hazard_ratio(&fit, 0, 0.95, ratio);
    rml_cox_free(&fit);
    rml_surv_free(&surv);
    free(high);
    return status == RML_ENOMEM ? status : RML_OK;
}

double rml_survival_logrank_p(double z)
{
    return erfc(fabs(z) / sqrt(2.0));
}

rml_permuted rml_survival_permuted(rml_survival_sources *in, rml_cut_rule rule, rml_status *status)
{
    rml_permuted found = {.observed = NAN, .p = NAN, .n = in->plan->n_permutations};
    int32_t n_as_good = 0;

    *status = rml_separation_mean(&in->separation, in->study->permute_repeats, rule, &found.observed);
    found.n_repeats =
        in->study->permute_repeats < in->separation.n_repeats ? in->study->permute_repeats : in->separation.n_repeats;
    for (int32_t p = 0; p < found.n; ++p) {
        const double z = in->results->separated[(int64_t)rule * found.n + p];
        const bool failed = isnan(in->results->permuted[p]);

        found.n_failed += failed;
        n_as_good += failed || z >= found.observed; /* z NaN: all on one side, which separates nothing */
    }
    if (found.n > found.n_failed && !isnan(found.observed)) found.p = (n_as_good + 1.0) / (found.n + 1.0);
    return found;
}

static const char naive[] = "naive_p and the limits take the groups for given: the models that made them share "
                            "patients, and a pipeline was chosen; permutation_p is the test",
                  plain[] =
                      "one model on patients that it was not fitted to: logrank_p and the limits are a plain test's";

static rml_status put_tests(rml_survival_sources *in, const rml_board_row *row, rml_cut_rule rule, FILE *out)
{
    const bool single = in->plan->splits.n == 1;
    double z;
    rml_status status = RML_OK;

    for (int32_t repeat = 0; status == RML_OK && repeat < in->separation.n_repeats; ++repeat) {
        rml_hazard_ratio ratio;
        rml_cox_end end;
        char note[512];
        double p;

        rml_separation_gather(&in->separation, repeat, rule);
        status = rml_separation_z(&in->separation, &z);
        if (status == RML_OK) status = compare_sides(&in->separation, &ratio, &end);
        if (status != RML_OK) break;
        p = rml_survival_logrank_p(z);
        put_place(row, rule, repeat, out);
        put_numbers(out,
                    (const double[]){in->separation.n_in, z, ratio.ratio, ratio.lower, ratio.upper, single ? NAN : p,
                                     single ? p : NAN},
                    7);
        fputs(",,,,,", out);
        (void)snprintf(note, sizeof note, "%s%s%s", isnan(ratio.ratio) ? rml_cox_end_text(end) : "",
                       isnan(ratio.ratio) ? "; " : "", single ? plain : naive);
        rml_csv_text(out, note, false);
        fputc('\n', out);
    }
    if (status == RML_OK) status = rml_separation_mean(&in->separation, in->separation.n_repeats, rule, &z);
    if (status != RML_OK) return status;
    put_place(row, rule, -1, out);
    fputc(',', out);
    rml_csv_number(out, z, false);
    fputs(",,,,,", out);
    if (row->chosen && in->plan->n_permutations > 0) {
        const rml_permuted permuted = rml_survival_permuted(in, rule, &status);

        put_numbers(
            out, (const double[]){permuted.observed, permuted.n_repeats, permuted.p, permuted.n, permuted.n_failed}, 5);
    } else
        fputs(",,,,,", out);
    fputs(",\n", out);
    return status;
}

static rml_status write_tests(rml_survival_sources *in, FILE *out)
{
    rml_status status = RML_OK;

    fputs("pipeline,control,cut,repeat,n,logrank_z,hr,hr_lower,hr_upper,naive_p,logrank_p,permutation_observed,"
          "permutation_repeats,permutation_p,permutations,permutations_failed,note\n",
          out);
    for (int32_t r = 0; r < in->board->n; ++r) {
        rml_survival_separate(in, &in->board->row[r]);
        for (rml_cut_rule rule = 0; status == RML_OK && rule < RML_N_CUTS; ++rule)
            status = put_tests(in, &in->board->row[r], rule, out);
    }
    return status;
}

static rml_status write_added(rml_survival_sources *in, FILE *out)
{
    return rml_sweep_survival_write_added(in->plan, in->board, &in->found, out);
}

static rml_status write_benefit(rml_survival_sources *in, FILE *out)
{
    return rml_sweep_survival_write_benefit(in->study, in->plan, in->results, in->board, &in->found,
                                            in->dataset->data.n_patients, out);
}

/* 5. Written ------------------------------------------------------------------------------------------------------- */

static void remove_earlier(const char *folder)
{
    for (int32_t t = 0; t < RML_SURVIVAL_TABLES; ++t) {
        char *path = NULL;

        if (asprintf(&path, "%s/%s", folder, rml_survival_tables[t]) < 0) continue;
        unlink(path);
        free(path);
    }
}

rml_status rml_sweep_survival_write(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                    const rml_sweep_results *results, const rml_board *board, const char *folder,
                                    rml_error *err)
{
    static writer *const writers[RML_SURVIVAL_TABLES] = {write_means, write_times,  write_splits, write_groups,
                                                         write_tests, write_curves, write_added,  write_benefit};
    rml_survival_sources in = {study, dataset, plan, results, board, .score = NULL};
    rml_status status;

    if (!plan->event) {
        remove_earlier(folder);
        return RML_OK;
    }
    status = rml_survival_sources_init(&in, err);
    for (int32_t t = 0; status == RML_OK && t < RML_SURVIVAL_TABLES; ++t) {
        rml_file_writer file;

        status = rml_file_create_in(folder, rml_survival_tables[t], &file, err);
        if (status != RML_OK) break;
        status = writers[t](&in, file.stream);
        if (status != RML_OK) rml_fail(err, status, "no memory for the tables of survival");
        status = rml_file_finish(&file, status, err);
    }
    rml_survival_sources_free(&in);
    return status;
}
