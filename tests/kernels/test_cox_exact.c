/* Exact ties of Cox models: against the likelihood as it is defined, every choice of tied rows written out; what must
 * hold of any; and sizes at which numbers of choices are beyond a double. R's coxph(ties = "exact") is in
 * test_cox_reference.c and tests/oracle/survive.csv. */
#include "kernels/survival/cox.h"
#include "kernels/survival/cox_each.h"
#include "kernels/survival/cox_sums.h"
#include "tests/support/support.h"

enum { N = 14, P = 3, MANY = 1500 };

static double time_made[MANY], x_made[P * MANY], offset_made[MANY];
static uint8_t event_made[MANY];
static int32_t stratum_made[MANY];

/* Few times, so that up to all rows of one are tied. */
static void make_rows(uint64_t seed, int n, int n_times)
{
    for (int i = 0; i < n; ++i) {
        time_made[i] = 1.0 + floor(n_times * rml_test_uniform(&seed));
        event_made[i] = rml_test_uniform(&seed) < 0.7;
        stratum_made[i] = rml_test_uniform(&seed) < 0.4;
        offset_made[i] = rml_test_uniform(&seed) - 0.5;
        for (int j = 0; j < P; ++j) x_made[j * n + i] = rml_test_uniform(&seed) - 0.5;
    }
}

/* One time of one stratum, by its definition. g: added to score and information as of terms x and x g. */
typedef struct sums {
    double loglik, score[2 * P], information[2 * P][2 * P];
} sums;

static void add_by_choices(const rml_surv *surv, const rml_surv_moment *moment, const double *b, double g, sums *out)
{
    const int n = (int)(moment->end - moment->first), d = (int)(moment->end - moment->first_event);
    double total = 0.0, mean[P] = {0}, square[P][P] = {{0}};

    for (int choice = 0; choice < 1 << n; ++choice) {
        double sum[P] = {0}, linear = 0.0;

        if (__builtin_popcount((unsigned)choice) != d) continue;
        for (int r = 0; r < n; ++r) {
            const int64_t row = surv->row[moment->first + r];

            if (!(choice >> r & 1)) continue;
            linear += offset_made[row];
            for (int j = 0; j < P; ++j) {
                linear += b[j] * x_made[j * N + row];
                sum[j] += x_made[j * N + row];
            }
        }
        total += exp(linear);
        for (int a = 0; a < P; ++a) {
            mean[a] += exp(linear) * sum[a];
            for (int c = 0; c < P; ++c) square[a][c] += exp(linear) * sum[a] * sum[c];
        }
    }
    out->loglik -= log(total);
    for (int64_t i = moment->first_event; i < moment->end; ++i) {
        const int64_t row = surv->row[i];

        out->loglik += offset_made[row];
        for (int j = 0; j < P; ++j) {
            out->loglik += b[j] * x_made[j * N + row];
            out->score[j] += x_made[j * N + row];
            out->score[P + j] += g * x_made[j * N + row];
        }
    }
    for (int a = 0; a < P; ++a) {
        out->score[a] -= mean[a] / total;
        out->score[P + a] -= g * mean[a] / total;
        for (int c = 0; c < P; ++c) {
            const double spread = square[a][c] / total - mean[a] / total * (mean[c] / total);

            out->information[a][c] += spread;
            out->information[P + a][c] += g * spread;
            out->information[P + a][P + c] += g * g * spread;
        }
    }
}

static void sums_are_those_over_all_choices(void **state)
{
    static const double b[P] = {1.2, -0.7, 0.3}, null[P] = {0};
    (void)state;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
        const double *at = seed % 2 ? b : null;
        const rml_columns columns = {N, N, P, x_made};
        double scaled[P], g[N];
        rml_cox_sums ours;
        sums theirs = {0};
        rml_surv surv;

        make_rows(seed, N, seed % 3 ? 4 : 2);
        assert_int_equal(rml_surv_init(time_made, event_made, stratum_made, N, &surv), RML_OK);
        assert_int_equal(rml_cox_sums_init(&surv, &columns, NULL, offset_made, RML_TIES_EXACT, &ours), RML_OK);
        for (int64_t m = 0; m < surv.n_moments; ++m) {
            g[m] = surv.moment[m].time - 2.0;
            add_by_choices(&surv, surv.moment + m, at, g[m], &theirs);
        }
        ours.time_value = g;
        for (int j = 0; j < P; ++j) scaled[j] = at[j] * ours.scale[j];
        rml_cox_sums_at(&ours, scaled);
        assert_close(ours.loglik, theirs.loglik, 1e-12, 0, "loglik");
        for (int a = 0; a < P; ++a) {
            assert_close(ours.score[a] * ours.scale[a], theirs.score[a], 1e-10, 1e-12, "score");
            assert_close(ours.score_time[a] * ours.scale[a], theirs.score[P + a], 1e-10, 1e-12, "score of x g");
            for (int c = 0; c <= a; ++c) {
                const double unit = ours.scale[a] * ours.scale[c];

                assert_close(ours.information[a * P + c] * unit, theirs.information[a][c], 1e-10, 1e-12, "information");
                assert_close(ours.cross[a * P + c] * unit, theirs.information[P + a][c], 1e-10, 1e-12, "between");
                assert_close(ours.square[a * P + c] * unit, theirs.information[P + a][P + c], 1e-10, 1e-12, "of x g");
            }
        }
        rml_cox_sums_free(&ours);
        rml_surv_free(&surv);
    }
}

static rml_status fit_of(int n, rml_ties ties, const double *offset, rml_cox *fit)
{
    rml_cox_settings settings = rml_cox_defaults();
    rml_surv surv;
    rml_status status;

    settings.ties = ties;
    assert_int_equal(rml_surv_init(time_made, event_made, NULL, n, &surv), RML_OK);
    status = rml_cox_fit(&surv, &(rml_columns){n, n, P, x_made}, NULL, offset, &settings, fit);
    rml_surv_free(&surv);
    return status;
}

/* Nothing tied: every way is the same. */
static void without_ties_it_is_efrons(void **state)
{
    rml_cox exact, efron;
    (void)state;
    make_rows(4, 200, 5);
    for (int i = 0; i < 200; ++i) time_made[i] = 1.0 + i;
    assert_int_equal(fit_of(200, RML_TIES_EXACT, offset_made, &exact), RML_OK);
    assert_int_equal(fit_of(200, RML_TIES_EFRON, offset_made, &efron), RML_OK);
    assert_close(exact.loglik, efron.loglik, 1e-12, 0, "loglik");
    assert_close(exact.score, efron.score, 1e-9, 0, "score test");
    for (int j = 0; j < P; ++j) {
        assert_close(exact.coefficient[j], efron.coefficient[j], 1e-9, 0, "coefficient");
        assert_close(exact.se[j], efron.se[j], 1e-9, 0, "se");
    }
    rml_cox_free(&exact);
    rml_cox_free(&efron);
}

/* All have the event at one time, or at the last of two: of the whole there is one choice, which tells nothing. */
static void a_time_at_which_all_have_the_event_tells_nothing(void **state)
{
    rml_cox fit;
    (void)state;
    make_rows(6, 40, 1);
    memset(event_made, 1, 40);
    assert_int_equal(fit_of(40, RML_TIES_EXACT, NULL, &fit), RML_EEMPTY);
    assert_int_equal(fit.end, RML_COX_NO_TERM);
    assert_close(fit.loglik_null, 0.0, 0, 1e-10, "one choice");
    rml_cox_free(&fit);
}

/* Of 1500 rows 700 are tied: 10^448 choices. Half of these rows with x, half without, gives a hypergeometric likelihood
 * at 0, and hazards that are far apart are none the worse. */
static void choices_beyond_a_double_are_summed(void **state)
{
    rml_cox fit, shifted;
    (void)state;
    make_rows(9, MANY, 3);
    for (int i = 0; i < MANY; ++i) {
        time_made[i] = i < 700 ? 1.0 : 2.0;
        event_made[i] = i < 700;
        offset_made[i] = 600.0;
        x_made[i] = (i * 7 % 10 < (i < 700 ? 6 : 4)) ? 1.0 : 0.0;
    }
    assert_int_equal(fit_of(MANY, RML_TIES_EXACT, NULL, &fit), RML_OK);
    assert_close(fit.loglik_null, lgamma(701.0) + lgamma(801.0) - lgamma(1501.0), 1e-12, 0, "choices");
    assert_true(fit.coefficient[0] > 0.5 && fit.coefficient[0] < 1.2 && fit.lrt > 0.0);
    assert_int_equal(fit_of(MANY, RML_TIES_EXACT, offset_made, &shifted), RML_OK);
    assert_close(shifted.coefficient[0], fit.coefficient[0], 1e-9, 0, "an offset of all");
    rml_cox_free(&fit);
    rml_cox_free(&shifted);
    for (int i = 0; i < MANY; ++i) offset_made[i] = i % 3 ? 0.0 : 300.0;
    assert_int_equal(fit_of(MANY, RML_TIES_EXACT, offset_made, &fit), RML_OK);
    assert_true(isfinite(fit.loglik));
    rml_cox_free(&fit);
}

/* A column at a time is the model of it alone, of the rows that have it. */
static void each_is_the_model_of_one(void **state)
{
    enum { ROWS = 120 };
    double coefficient[P], se[P], lrt_p[P], score_p[P], loglik[P];
    rml_cox_end end[P];
    rml_status status[P];
    const rml_cox_each out = {.coefficient = coefficient,
                              .se = se,
                              .lrt_p = lrt_p,
                              .score_p = score_p,
                              .loglik = loglik,
                              .end = end,
                              .status = status};
    rml_cox_settings settings = rml_cox_defaults();
    (void)state;
    settings.ties = RML_TIES_EXACT;
    make_rows(12, ROWS, 8);
    x_made[ROWS + 5] = x_made[ROWS + 17] = NAN;
    for (int i = 0; i < ROWS; ++i) x_made[2 * ROWS + i] = 3.0;
    assert_int_equal(rml_cox_fit_each(time_made, event_made, stratum_made, offset_made,
                                      &(rml_columns){ROWS, ROWS, P, x_made}, &settings, &out),
                     RML_OK);
    assert_int_equal(status[2], RML_EEMPTY);
    assert_int_equal(end[2], RML_COX_NO_TERM);
    assert_true(isnan(coefficient[2]));
    for (int j = 0; j < 2; ++j) {
        double time[ROWS], x[ROWS], offset[ROWS];
        uint8_t event[ROWS];
        int32_t stratum[ROWS];
        int64_t n = 0;
        rml_surv surv;
        rml_cox fit;

        for (int i = 0; i < ROWS; ++i) {
            if (isnan(x_made[j * ROWS + i])) continue;
            time[n] = time_made[i];
            event[n] = event_made[i];
            stratum[n] = stratum_made[i];
            offset[n] = offset_made[i];
            x[n++] = x_made[j * ROWS + i];
        }
        assert_int_equal(rml_surv_init(time, event, stratum, n, &surv), RML_OK);
        assert_int_equal(rml_cox_fit(&surv, &(rml_columns){n, n, 1, x}, NULL, offset, &settings, &fit), RML_OK);
        assert_true(status[j] == RML_OK && end[j] == RML_COX_CONVERGED);
        assert_float_equal(coefficient[j], fit.coefficient[0], 0.0);
        assert_float_equal(se[j], fit.se[0], 0.0);
        assert_float_equal(lrt_p[j], fit.lrt_p, 0.0);
        assert_float_equal(score_p[j], fit.score_p, 0.0);
        assert_float_equal(loglik[j], fit.loglik, 0.0);
        rml_cox_free(&fit);
        rml_surv_free(&surv);
    }
}

static void what_it_is_not_for_is_refused(void **state)
{
    double weight[N], work[4 * N], loglik;
    rml_cox_settings settings = rml_cox_defaults();
    rml_surv surv;
    rml_cox fit;
    (void)state;
    make_rows(2, N, 3);
    for (int i = 0; i < N; ++i) weight[i] = 2.0;
    settings.ties = RML_TIES_EXACT;
    assert_int_equal(rml_surv_init(time_made, event_made, NULL, N, &surv), RML_OK);
    assert_int_equal(rml_cox_fit(&surv, &(rml_columns){N, N, P, x_made}, weight, NULL, &settings, &fit), RML_EINVAL);
    assert_int_equal(rml_cox_likelihood(&surv, RML_TIES_EXACT, NULL, offset_made, work, &loglik, NULL, NULL),
                     RML_EINVAL);
    rml_surv_free(&surv);
}

/* A column that tells who has the event first: no finite ratio. */
static void a_monotone_likelihood_is_said(void **state)
{
    rml_cox fit;
    (void)state;
    make_rows(3, 60, 4);
    for (int i = 0; i < 60; ++i) {
        time_made[i] = 1.0 + floor(i / 15.0);
        event_made[i] = 1;
        x_made[i] = time_made[i];
    }
    assert_int_equal(fit_of(60, RML_TIES_EXACT, NULL, &fit), RML_EVALUE);
    assert_int_equal(fit.end, RML_COX_MONOTONE);
    assert_true(fit.diverges[0] && isnan(fit.se[0]));
    rml_cox_free(&fit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_over_all_choices),
        cmocka_unit_test(without_ties_it_is_efrons),
        cmocka_unit_test(a_time_at_which_all_have_the_event_tells_nothing),
        cmocka_unit_test(choices_beyond_a_double_are_summed),
        cmocka_unit_test(each_is_the_model_of_one),
        cmocka_unit_test(what_it_is_not_for_is_refused),
        cmocka_unit_test(a_monotone_likelihood_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
