/* 1. What both tables go through
 * 2. Calibration
 * 3. Decision curves
 * 4. Written */
#include "jobs/sweep_calibration.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/table.h"

/* 1. What both tables go through ----------------------------------------------------------------------------------- */

typedef struct rml_calibrating {
    const rml_board *board;
    rml_pool pool;
    int32_t *speaker;                              /* [n_splits] */
    double (*clinical)[RML_VALIDATION_THRESHOLDS]; /* [n_repeats] net benefit of that control; NaN without */
    double value[RML_N_MEASURES];                  /* of the repeat measured last */
} rml_calibrating;

/* A mean over repeats of several numbers. */
typedef struct rml_means {
    int32_t n;
    double mean;
} rml_means;

static void add(rml_means *means, const double *value, int32_t n)
{
    for (int32_t i = 0; i < n; ++i) rml_mean_add(value[i], &means[i].n, &means[i].mean);
}

static void put_means(const rml_means *means, int32_t n, FILE *out)
{
    for (int32_t i = 0; i < n; ++i) rml_csv_number(out, means[i].n > 0 ? means[i].mean : NAN, false);
}

static void put_values(const double *value, int32_t n, FILE *out)
{
    for (int32_t i = 0; i < n; ++i) rml_csv_number(out, value[i], false);
}

/* repeat from 0; -1: their mean */
static void put_row(const rml_board_row *row, int32_t repeat, FILE *out)
{
    rml_csv_text(out, row->name, true);
    rml_csv_text(out, row->control ? "yes" : "no", false);
    if (repeat < 0)
        fputs(",mean", out);
    else
        fprintf(out, ",%d", repeat + 1);
}

static rml_status judge(rml_calibrating *in, const rml_board_row *row, int32_t repeat, rml_error *err)
{
    rml_status status = RML_OK;

    rml_board_speakers(in->board, row, in->pool.plan->splits.n, in->speaker);
    rml_pool_gather(&in->pool, in->speaker, repeat, -1);
    if (in->pool.n > 0) status = rml_pool_measure(&in->pool, in->value, err);
    if (row->constant) in->value[RML_MEASURE_HOSLEM_P] = NAN; /* as on the leaderboard */
    return status;
}

/* 2. Calibration --------------------------------------------------------------------------------------------------- */

enum { ALL_COLUMNS = 9, GROUP_COLUMNS = 5 };

static void put_group(const rml_board_row *row, int32_t repeat, int32_t group, FILE *out)
{
    put_row(row, repeat, out);
    if (group < 0)
        fputs(",all,,", out);
    else
        fprintf(out, ",%d", group + 1);
}

/* What the row "all" has of a repeat. */
static void sum_up(const rml_calibrating *in, double value[ALL_COLUMNS])
{
    const double chisq = in->value[RML_MEASURE_HOSLEM];
    double expected = 0.0;

    for (int32_t i = 0; i < in->pool.n; ++i) expected += in->pool.probability[i];
    value[0] = in->pool.n;
    value[1] = (double)in->pool.judged.n_positive;
    value[2] = expected;
    value[3] = in->value[RML_MEASURE_INTERCEPT];
    value[4] = in->value[RML_MEASURE_SLOPE];
    value[5] = in->value[RML_MEASURE_IN_THE_LARGE];
    value[6] = chisq;
    value[7] = isnan(chisq) ? NAN : in->pool.judged.hoslem.n_groups;
    value[8] = in->value[RML_MEASURE_HOSLEM_P];
}

static rml_status calibrate(rml_calibrating *in, const rml_board_row *row, FILE *out, rml_error *err)
{
    static const char none[] = ",,,,,,"; /* what a group has no value of */
    const rml_hoslem *h = &in->pool.judged.hoslem;
    rml_means all[ALL_COLUMNS] = {0}, groups[RML_HOSLEM_GROUPS][GROUP_COLUMNS] = {0};
    int32_t n_groups = -1; /* of all repeats alike; 0: they differ */

    for (int32_t r = 0; r < in->pool.n_repeats; ++r) {
        const rml_status status = judge(in, row, r, err);
        double of_all[ALL_COLUMNS];

        if (status != RML_OK) return status;
        if (in->pool.n == 0) continue;
        sum_up(in, of_all);
        add(all, of_all, ALL_COLUMNS);
        put_group(row, r, -1, out);
        put_values(of_all, ALL_COLUMNS, out);
        fputc('\n', out);
        n_groups = n_groups < 0 || n_groups == h->n_groups ? h->n_groups : 0;
        for (int32_t g = 0; g < h->n_groups; ++g) {
            const double value[GROUP_COLUMNS] = {h->break_at[g], h->break_at[g + 1], (double)h->n[g], h->observed[g],
                                                 h->expected[g]};

            add(groups[g], value, GROUP_COLUMNS);
            put_group(row, r, g, out);
            put_values(value, GROUP_COLUMNS, out);
            fprintf(out, "%s\n", none);
        }
    }
    put_group(row, -1, -1, out);
    put_means(all, ALL_COLUMNS, out);
    fputc('\n', out);
    for (int32_t g = 0; g < n_groups; ++g) {
        put_group(row, -1, g, out);
        put_means(groups[g], GROUP_COLUMNS, out);
        fprintf(out, "%s\n", none);
    }
    return RML_OK;
}

/* 3. Decision curves ----------------------------------------------------------------------------------------------- */

enum { CURVE_COLUMNS = 4 };

static rml_status keep_clinical(rml_calibrating *in, rml_error *err)
{
    for (int32_t r = 0; r < in->pool.n_repeats; ++r)
        for (int32_t t = 0; t < RML_VALIDATION_THRESHOLDS; ++t) in->clinical[r][t] = NAN;
    for (int32_t b = 0; b < in->board->n; ++b) {
        const rml_board_row *row = &in->board->row[b];

        if (!row->control || strcmp(row->name, "clinical") != 0) continue;
        for (int32_t r = 0; r < in->pool.n_repeats; ++r) {
            const rml_status status = judge(in, row, r, err);

            if (status != RML_OK) return status;
            for (int32_t t = 0; in->pool.n > 0 && t < RML_VALIDATION_THRESHOLDS; ++t)
                in->clinical[r][t] = in->pool.judged.benefit[t].net_benefit;
        }
    }
    return RML_OK;
}

static void put_point(const rml_board_row *row, int32_t repeat, int32_t t, FILE *out)
{
    put_row(row, repeat, out);
    rml_csv_number(out, (t + 1) / 100.0, false);
}

static rml_status draw(rml_calibrating *in, const rml_board_row *row, FILE *out, rml_error *err)
{
    rml_means means[RML_VALIDATION_THRESHOLDS][CURVE_COLUMNS] = {0};

    for (int32_t r = 0; r < in->pool.n_repeats; ++r) {
        const rml_benefit_point *point = in->pool.judged.benefit;
        const rml_status status = judge(in, row, r, err);

        if (status != RML_OK) return status;
        if (in->pool.n == 0 || isnan(point[0].net_benefit)) continue;
        for (int32_t t = 0; t < RML_VALIDATION_THRESHOLDS; ++t) {
            const double value[CURVE_COLUMNS] = {point[t].net_benefit, point[t].treat_all, 0.0, in->clinical[r][t]};

            add(means[t], value, CURVE_COLUMNS);
            put_point(row, r, t, out);
            put_values(value, CURVE_COLUMNS, out);
            fputc('\n', out);
        }
    }
    for (int32_t t = 0; means[0][0].n > 0 && t < RML_VALIDATION_THRESHOLDS; ++t) {
        put_point(row, -1, t, out);
        put_means(means[t], CURVE_COLUMNS, out);
        fputc('\n', out);
    }
    return RML_OK;
}

/* 4. Written ------------------------------------------------------------------------------------------------------- */

typedef rml_status writer(rml_calibrating *in, const rml_board_row *row, FILE *out, rml_error *err);

static rml_status write_table(rml_calibrating *in, const char *folder, const char *name, const char *header,
                              writer *write, rml_error *err)
{
    const bool two = in->pool.study->outcome == RML_OUTCOME_CLASS;
    rml_file_writer file;
    rml_status status = rml_file_create_in(folder, name, &file, err);

    if (status != RML_OK) return status;
    fprintf(file.stream, "%s\n", header);
    for (int32_t b = 0; status == RML_OK && two && b < in->board->n; ++b)
        status = write(in, &in->board->row[b], file.stream, err);
    return rml_file_finish(&file, status, err);
}

rml_status rml_sweep_calibration_write(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan,
                                       const rml_sweep_results *results, const rml_board *board, const char *folder,
                                       rml_error *err)
{
    rml_calibrating in = {.board = board, .speaker = malloc(((size_t)plan->splits.n + 1) * sizeof *in.speaker)};
    rml_status status = rml_pool_init(study, dataset, plan, results, &in.pool, err);

    in.clinical = malloc(((size_t)in.pool.n_repeats + 1) * sizeof *in.clinical);
    if (status == RML_OK && (!in.speaker || !in.clinical))
        status = rml_fail(err, RML_ENOMEM, "no memory for the tables of calibration");
    if (status == RML_OK)
        status = write_table(&in, folder, "calibration.csv",
                             "pipeline,control,repeat,group,low,high,n,observed,expected,calibration_intercept,"
                             "calibration_slope,calibration_in_the_large,hosmer_lemeshow,hosmer_lemeshow_df,"
                             "hosmer_lemeshow_p",
                             calibrate, err);
    if (status == RML_OK && study->outcome == RML_OUTCOME_CLASS) status = keep_clinical(&in, err);
    if (status == RML_OK)
        status = write_table(&in, folder, "decision_curve.csv",
                             "pipeline,control,repeat,threshold,net_benefit,treat_all,treat_none,clinical", draw, err);
    rml_pool_free(&in.pool);
    free(in.speaker);
    free(in.clinical);
    return status;
}
