/* Cox models against numbers of R typed in (weights, offset and strata together), what separation, no events and
 * columns that say nothing come to, and what must hold for any data. R's cases of the reference: test_cox_reference.c.
 */
#include "kernels/survival/cox.h"
#include "kernels/survival/cox_baseline.h"
#include "kernels/survival/cox_zph.h"
#include "tests/kernels/survival_cases.h"
#include "tests/kernels/survival_tied.h"
#include "tests/support/measured.h"

static const rml_columns tied_columns = {60, 60, 2, tied_x};

/* R: coxph(Surv(time, status) ~ x + z + offset(o) + strata(g), weights = w, ties =, eps = 1e-13), naive.var (R's
 * vcov is robust when weights are no integers), cox.zph(terms = FALSE). */
static void weights_offset_and_strata_go_together(void **state)
{
    static const double coefficient[2][2] = {{0.79592767614096305, -0.21159618098158123},
                                             {0.74211784911761858, -0.21854235528381069}};
    static const double vcov[2][3] = {{0.0300765652121838985, -0.0052692703769015668, 0.0869775934867746264},
                                      {0.0293267287005819499, -0.0053260311093778542, 0.0875182105120291681}};
    static const double zph[2][3] = {{0.481456489804507, 0.258073004248683, 0.819300154379795},
                                     {0.390840288950449, 0.351158299830306, 0.813641314985306}};
    static const double loglik[2][2] = {{-165.00909282860073, -152.00032432855164},
                                        {-168.12559227076846, -156.61470899857127}};
    static const double score[2] = {21.651973698620047, 19.253269802492813};
    double chisq[2], p[2];
    rml_zph_global global;
    rml_surv surv;
    (void)state;
    assert_int_equal(rml_surv_init(tied_time, tied_event, tied_group, 60, &surv), RML_OK);
    rml_measured_case("cox/weights_offset_strata", "coxph (survival 3.5-3)");
    for (int k = 0; k < 2; ++k) {
        rml_cox_settings settings = rml_cox_defaults();
        rml_cox fit;

        settings.ties = k == 0 ? RML_TIES_EFRON : RML_TIES_BRESLOW;
        assert_int_equal(rml_cox_fit(&surv, &tied_columns, tied_weight, tied_offset, &settings, &fit), RML_OK);
        for (int j = 0; j < 2; ++j) {
            assert_close(fit.coefficient[j], coefficient[k][j], 1e-10, 0, "coef");
            assert_close(fit.vcov[3 * j], vcov[k][2 * j], 1e-10, 0, "vcov");
        }
        assert_close(fit.vcov[1], vcov[k][1], 1e-9, 0, "vcov");
        assert_close(fit.loglik_null, loglik[k][0], 1e-12, 0, "loglik_null");
        assert_close(fit.loglik, loglik[k][1], 1e-12, 0, "loglik");
        assert_close(fit.score, score[k], 1e-10, 0, "score");
        assert_int_equal(rml_cox_zph(&fit, &surv, &tied_columns, tied_weight, tied_offset, settings.ties, RML_ZPH_KM,
                                     chisq, p, &global),
                         RML_OK);
        assert_close(chisq[0], zph[k][0], 1e-9, 0, "zph");
        assert_close(chisq[1], zph[k][1], 1e-9, 0, "zph");
        assert_close(global.chisq, zph[k][2], 1e-9, 0, "zph");
        rml_cox_free(&fit);
    }
    rml_measured_case(NULL, NULL);
    rml_surv_free(&surv);
}

/* R: cox.zph(coxph(Surv(time, status) ~ x + z + strata(g)), transform = "rank"), basehaz(centered = FALSE). */
static void strata_have_their_test_and_baselines(void **state)
{
    static const struct {
        double time, cumhaz;
        int32_t stratum;
    } steps[5] = {{1, 0.12147687848092588, 0},
                  {5, 0.83438153208416310, 0},
                  {4, 0.41580034017234913, 1},
                  {3, 0.17806356199026327, 2},
                  {8, 0.79949019367373819, 2}};
    const rml_cox_settings settings = rml_cox_defaults();
    double chisq[2], p[2], linear[60];
    rml_cox_baseline baseline;
    rml_zph_global global;
    rml_surv surv;
    rml_cox fit;
    (void)state;
    assert_int_equal(rml_surv_init(tied_time, tied_event, tied_group, 60, &surv), RML_OK);
    assert_int_equal(rml_cox_fit(&surv, &tied_columns, NULL, NULL, &settings, &fit), RML_OK);
    assert_int_equal(
        rml_cox_zph(&fit, &surv, &tied_columns, NULL, NULL, settings.ties, RML_ZPH_RANK, chisq, p, &global), RML_OK);
    rml_measured_case("cox/strata_zph", "cox.zph, basehaz (survival 3.5-3)");
    assert_close(chisq[0], 0.33888390075950942, 1e-9, 0, "zph");
    assert_close(chisq[1], 0.00733784687359544, 1e-9, 0, "zph");
    assert_close(global.chisq, 0.34454446056695004, 1e-9, 0, "zph");
    assert_close(global.p, 0.841749992135932, 1e-9, 0, "zph p");
    assert_int_equal(rml_cox_linear(&fit, &tied_columns, NULL, linear), RML_OK);
    assert_int_equal(rml_cox_baseline_of(&surv, settings.ties, NULL, linear, &baseline), RML_OK);
    for (int k = 0; k < 5; ++k)
        assert_close(rml_cox_baseline_at(&baseline, steps[k].stratum, steps[k].time), steps[k].cumhaz, 1e-10, 0,
                     "cumulative hazard");
    rml_measured_case(NULL, NULL);
    rml_cox_baseline_free(&baseline);
    rml_cox_free(&fit);
    rml_surv_free(&surv);
}

/* The derivatives against differences of the value, and the gradient's sum over rows times x against 0 at the fit. */
static void the_likelihood_has_its_derivatives(void **state)
{
    double work[200], gradient[60], curvature[60], linear[60], value, low, high;
    rml_surv surv;
    (void)state;
    assert_int_equal(rml_surv_init(tied_time, tied_event, tied_group, 60, &surv), RML_OK);
    for (int ties = 0; ties < 2; ++ties) {
        const rml_cox_settings settings = {(rml_ties)ties, 1e-13, 60, 1e-11};
        rml_cox fit;

        for (int i = 0; i < 60; ++i) linear[i] = 0.7 * tied_x[i] + tied_offset[i];
        assert_int_equal(
            rml_cox_likelihood(&surv, (rml_ties)ties, tied_weight, linear, work, &value, gradient, curvature), RML_OK);
        for (int i = 0; i < 60; ++i) {
            const double at = linear[i], step = 1e-4;

            linear[i] = at + step;
            assert_int_equal(rml_cox_likelihood(&surv, (rml_ties)ties, tied_weight, linear, work, &high, NULL, NULL),
                             RML_OK);
            linear[i] = at - step;
            assert_int_equal(rml_cox_likelihood(&surv, (rml_ties)ties, tied_weight, linear, work, &low, NULL, NULL),
                             RML_OK);
            linear[i] = at;
            assert_close(gradient[i], (high - low) / (2.0 * step), 0, 1e-7, "gradient");
            assert_close(curvature[i], (2.0 * value - high - low) / (step * step), 0, 1e-4, "curvature");
        }
        assert_int_equal(rml_cox_fit(&surv, &tied_columns, tied_weight, tied_offset, &settings, &fit), RML_OK);
        assert_int_equal(rml_cox_linear(&fit, &tied_columns, tied_offset, linear), RML_OK);
        for (int i = 0; i < 60; ++i) linear[i] += 1e4; /* a shift changes nothing */
        assert_int_equal(
            rml_cox_likelihood(&surv, (rml_ties)ties, tied_weight, linear, work, &value, gradient, curvature), RML_OK);
        assert_close(value, fit.loglik, 1e-10, 0, "the fit's likelihood");
        for (int j = 0; j < 2; ++j) {
            double score = 0.0;

            for (int i = 0; i < 60; ++i) score += gradient[i] * tied_x[60 * j + i];
            assert_close(score, 0.0, 0, 1e-8, "score at the fit");
        }
        rml_cox_free(&fit);
    }
    linear[3] = NAN;
    assert_int_equal(rml_cox_likelihood(&surv, RML_TIES_EFRON, NULL, linear, work, &value, NULL, NULL), RML_EVALUE);
    rml_surv_free(&surv);
}

/* By Breslow an integer weight is so many rows. Another unit changes the coefficient alone. */
static void weights_count_rows_and_units_do_not_matter(void **state)
{
    double time[60], x[60], weight[60], scaled[60], times[80], xs[80];
    uint8_t event[60], events[80];
    rml_cox_settings settings = rml_cox_defaults();
    const rml_columns once = {60, 60, 1, x}, other = {60, 60, 1, scaled}, repeated = {80, 80, 1, xs};
    rml_surv surv, more;
    rml_cox a, b;
    int n = 0;
    (void)state;
    random_cohort(60, 1, 77, true, time, event, x);
    settings.ties = RML_TIES_BRESLOW;
    for (int i = 0; i < 60; ++i) {
        weight[i] = 1.0 + (i % 3 == 0);
        scaled[i] = 1e9 + 1e3 * x[i];
        for (int k = 0; k < weight[i]; ++k) {
            times[n] = time[i];
            events[n] = event[i];
            xs[n++] = x[i];
        }
    }
    assert_int_equal(rml_surv_init(time, event, NULL, 60, &surv), RML_OK);
    assert_int_equal(rml_surv_init(times, events, NULL, 80, &more), RML_OK);
    assert_int_equal(rml_cox_fit(&surv, &once, weight, NULL, &settings, &a), RML_OK);
    assert_int_equal(rml_cox_fit(&more, &repeated, NULL, NULL, &settings, &b), RML_OK);
    assert_close(b.coefficient[0], a.coefficient[0], 1e-10, 0, "coefficient of repeated rows");
    assert_close(b.se[0], a.se[0], 1e-10, 0, "se of repeated rows");
    rml_cox_free(&b);
    assert_int_equal(rml_cox_fit(&surv, &other, weight, NULL, &settings, &b), RML_OK);
    assert_close(b.coefficient[0], 1e-3 * a.coefficient[0], 1e-9, 0, "coefficient of another unit");
    assert_close(b.lrt, a.lrt, 1e-9, 0, "lrt");
    rml_cox_free(&b);
    for (int i = 0; i < 60; ++i) scaled[i] = 1e200 * x[i]; /* whose variance is below a double */
    assert_int_equal(rml_cox_fit(&surv, &other, weight, NULL, &settings, &b), RML_OK);
    assert_close(1e200 * b.se[0], a.se[0], 1e-9, 0, "se of huge numbers");
    assert_close(b.p[0], a.p[0], 1e-8, 0, "p of huge numbers");
    rml_cox_free(&a);
    rml_cox_free(&b);
    rml_surv_free(&surv);
    rml_surv_free(&more);
}

static void what_cannot_be_estimated_is_said(void **state)
{
    static const double time[4] = {0, 1, 2, 3};
    static const uint8_t none[4] = {0, 0, 0, 0}, last[4] = {0, 0, 0, 1}, some[4] = {1, 0, 1, 0};
    static const double x[8] = {1, 2, 3, 4, 5, 5, 5, 5}, bad[4] = {1, NAN, 2, 3};
    const rml_cox_settings settings = rml_cox_defaults();
    const rml_columns both = {4, 4, 2, x}, constant = {4, 4, 1, x + 4}, missing = {4, 4, 1, bad},
                      no_term = {4, 4, 0, x};
    const double weight[4] = {1, 1, 0, 1};
    rml_surv surv;
    rml_cox fit;
    (void)state;
    assert_int_equal(rml_surv_init(time, none, NULL, 4, &surv), RML_OK);
    assert_int_equal(rml_cox_fit(&surv, &both, NULL, NULL, &settings, &fit), RML_EEMPTY);
    assert_int_equal(fit.end, RML_COX_NO_EVENT);
    assert_true(isnan(fit.coefficient[0]) && isnan(fit.lrt_p));
    rml_cox_free(&fit);
    rml_surv_free(&surv);
    assert_int_equal(rml_surv_init(time, last, NULL, 4, &surv), RML_OK); /* at risk alone: nothing to compare with */
    assert_int_equal(rml_cox_fit(&surv, &both, NULL, NULL, &settings, &fit), RML_EEMPTY);
    assert_int_equal(fit.end, RML_COX_NO_TERM);
    rml_cox_free(&fit);
    rml_surv_free(&surv);
    assert_int_equal(rml_surv_init(time, some, NULL, 4, &surv), RML_OK);
    assert_int_equal(rml_cox_fit(&surv, &constant, NULL, NULL, &settings, &fit), RML_EEMPTY);
    assert_int_equal(fit.end, RML_COX_NO_TERM);
    rml_cox_free(&fit);
    assert_int_equal(rml_cox_fit(&surv, &missing, NULL, NULL, &settings, &fit), RML_EVALUE);
    assert_null(fit.coefficient);
    assert_int_equal(rml_cox_fit(&surv, &both, weight, NULL, &settings, &fit), RML_EVALUE);
    assert_null(fit.coefficient);
    assert_int_equal(rml_cox_fit(&surv, &no_term, NULL, NULL, &settings, &fit), RML_OK);
    assert_close(fit.loglik, -log(4.0) - log(2.0), 1e-15, 0, "of no term");
    rml_cox_free(&fit);
    rml_surv_free(&surv);
    for (int end = 0; end < RML_COX_N_ENDS; ++end) assert_true(strlen(rml_cox_end_text((rml_cox_end)end)) > 3);
}

/* The treated have no event: their ratio runs off, the other term's has its finite limit, and nesting still holds. */
static void one_term_may_run_off_beside_another(void **state)
{
    double time[60], x[120];
    uint8_t event[60];
    const rml_cox_settings settings = rml_cox_defaults();
    const rml_columns both = {60, 60, 2, x}, one = {60, 60, 1, x};
    double chisq, p;
    int32_t df;
    rml_surv surv;
    rml_cox small, large;
    (void)state;
    random_cohort(60, 2, 11, true, time, event, x);
    for (int i = 0; i < 60; ++i) x[60 + i] = i % 4 == 0;
    for (int i = 0; i < 60; i += 4) event[i] = 0;
    assert_int_equal(rml_surv_init(time, event, NULL, 60, &surv), RML_OK);
    assert_int_equal(rml_cox_fit(&surv, &one, NULL, NULL, &settings, &small), RML_OK);
    assert_int_equal(rml_cox_fit(&surv, &both, NULL, NULL, &settings, &large), RML_EVALUE);
    assert_int_equal(large.end, RML_COX_MONOTONE);
    assert_false(large.diverges[0]);
    assert_true(large.diverges[1]);
    assert_true(isfinite(large.se[0]) && isfinite(large.p[0]) && isnan(large.se[1]));
    assert_int_equal(rml_cox_compare(&small, &large, &chisq, &df, &p), RML_OK);
    assert_int_equal(df, 1);
    assert_true(chisq > 0.0 && p < 1.0);
    assert_int_equal(rml_cox_compare(&large, &small, &chisq, &df, &p), RML_EINVAL);
    /* The limit of the finite coefficient is that of the rows that can have an event, with the others gone. */
    rml_cox_free(&large);
    rml_surv_free(&surv);
    {
        double kept_time[45], kept_x[45];
        uint8_t kept_event[45];
        const rml_columns kept = {45, 45, 1, kept_x};
        double coefficient;
        int n = 0;

        for (int i = 0; i < 60; ++i) {
            if (i % 4 == 0) continue;
            kept_time[n] = time[i];
            kept_event[n] = event[i];
            kept_x[n++] = x[i];
        }
        assert_int_equal(rml_surv_init(kept_time, kept_event, NULL, 45, &surv), RML_OK);
        rml_cox_free(&small);
        assert_int_equal(rml_cox_fit(&surv, &kept, NULL, NULL, &settings, &small), RML_OK);
        coefficient = small.coefficient[0];
        rml_surv_free(&surv);
        assert_int_equal(rml_surv_init(time, event, NULL, 60, &surv), RML_OK);
        assert_int_equal(rml_cox_fit(&surv, &both, NULL, NULL, &settings, &large), RML_EVALUE);
        assert_close(large.coefficient[0], coefficient, 1e-6, 0, "the other coefficient");
        assert_close(large.se[0], small.se[0], 1e-6, 0, "and its se");
        assert_close(large.loglik, small.loglik, 1e-9, 0, "supremum");
        rml_cox_free(&large);
    }
    rml_cox_free(&small);
    rml_surv_free(&surv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(weights_offset_and_strata_go_together),
                                       cmocka_unit_test(strata_have_their_test_and_baselines),
                                       cmocka_unit_test(the_likelihood_has_its_derivatives),
                                       cmocka_unit_test(weights_count_rows_and_units_do_not_matter),
                                       cmocka_unit_test(what_cannot_be_estimated_is_said),
                                       cmocka_unit_test(one_term_may_run_off_beside_another)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
