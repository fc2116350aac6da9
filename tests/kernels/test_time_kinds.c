/* Models of times as a study has them: what they are fitted to, their baseline, the folds, and that nothing of a
 * held-out patient but its own row is seen. Oracle: the kernels beneath (which have theirs), Efron's estimate by its
 * formula and R's, pairs counted one by one. */
#include "kernels/learn/baseline.h"
#include "kernels/learn/kinds.h"
#include "kernels/learn/nested.h"
#include "kernels/models/elastic_net_cv.h"
#include "kernels/survival/cox.h"
#include "tests/support/support.h"

enum { N = 90, P = 6, K = 3 };

typedef struct small {
    double x[P * N], y[N];
    uint8_t event[N];
    int32_t first_row[N + 1], who[N];
    uint64_t key[N];
    rml_data data;
} small;

/* The first two columns shorten and lengthen times. */
static void fill(small *s)
{
    uint64_t state = 17;

    *s = (small){0};
    for (int32_t j = 0; j < P; ++j)
        for (int32_t i = 0; i < N; ++i) s->x[j * N + i] = 4.0 * rml_test_uniform(&state) - 2.0;
    for (int32_t i = 0; i < N; ++i) {
        const double hazard = exp(s->x[i] - 0.7 * s->x[N + i]);
        const double time = -log(1.0 - rml_test_uniform(&state)) / hazard, until = 3.0 * rml_test_uniform(&state);

        s->first_row[i + 1] = i + 1;
        s->key[i] = (uint64_t)i * 7919;
        s->who[i] = i;
        s->event[i] = time <= until;
        s->y[i] = ceil(10.0 * fmin(time, until));
    }
    s->data = (rml_data){.n_rows = N,
                         .n_patients = N,
                         .x = {N, N, P, s->x},
                         .first_row = s->first_row,
                         .key = s->key,
                         .outcome = RML_OUTCOME_TIME,
                         .y = s->y,
                         .event = s->event};
}

static const rml_kind *model_of(const char *name, double *param)
{
    const rml_kind *kind = rml_kind_find(name, RML_ROLE_MODEL);

    assert_non_null(kind);
    rml_kind_defaults(kind, param);
    return kind;
}

static void fit_to(const rml_kind *kind, const double *param, const rml_sample *train, rml_fitted *fitted)
{
    rml_error err = {0};

    if (rml_model_fit(kind, train, param, 3, NULL, fitted, &err) != RML_OK) fail_msg("%s", err.text);
}

/* Pairs one by one. */
static double pairs_of(int n, const double *y, const uint8_t *event, const double *score)
{
    double good = 0.0, all = 0.0;

    for (int i = 0; i < n; ++i)
        for (int k = 0; k < n; ++k) {
            if (!event[i] || !(y[i] < y[k] || (y[i] == y[k] && !event[k]))) continue;
            all += 1.0;
            good += score[i] > score[k] ? 1.0 : score[i] == score[k] ? 0.5 : 0.0;
        }
    return good / all;
}

static void the_metric_counts_pairs(void **state)
{
    static const double alike[] = {2, 2};
    static const uint8_t both[] = {1, 1};
    double c;
    small s;
    (void)state;
    fill(&s);
    assert_true(rml_metric_default(RML_OUTCOME_TIME) == RML_METRIC_CINDEX);
    assert_true(rml_metric_fits(RML_METRIC_CINDEX, RML_OUTCOME_TIME) &&
                !rml_metric_fits(RML_METRIC_CINDEX, RML_OUTCOME_VALUE) &&
                !rml_metric_fits(RML_METRIC_MAE, RML_OUTCOME_TIME));
    assert_int_equal(rml_metric_of(RML_METRIC_CINDEX, RML_OUTCOME_TIME, 0, N, s.y, s.event, s.x, &c), RML_OK);
    assert_close(c, pairs_of(N, s.y, s.event, s.x), 1e-14, 0, "C");
    assert_int_equal(rml_metric_of(RML_METRIC_CINDEX, RML_OUTCOME_TIME, 0, 2, alike, both, s.x, &c), RML_EEMPTY);
    assert_true(isnan(c));
}

/* Each penalty is the kernel's fit; the score of a row with the training rows' mean values is 0. */
static void cox_is_the_kernels_fit(void **state)
{
    static const char *const words[] = {"lasso", "ridge", "elasticnet", "none"};
    static const double alpha[] = {1.0, 0.0, 0.5};
    const double lambda = 0.05;
    double param[RML_KIND_PARAMS];
    const rml_kind *kind = model_of("cox", param);
    small s;
    rml_sample train;
    (void)state;
    fill(&s);
    assert_true(kind->for_time && !kind->for_value && !kind->for_class && rml_kind_fits(kind, RML_OUTCOME_TIME));
    assert_int_equal(rml_sample_gather(&s.data, s.who, N, true, &train), RML_OK);
    for (int penalty = 0; penalty < 4; ++penalty) {
        const rml_array *coefficient;
        rml_fitted fitted = {0};
        double expected[P], decision, mean[P];

        assert_string_equal(kind->param[0].words[penalty], words[penalty]);
        param[rml_kind_param(kind, "penalty")] = penalty;
        param[rml_kind_param(kind, "choose")] = 2;
        param[rml_kind_param(kind, "lambda")] = lambda;
        if (penalty < 3) {
            rml_elastic_net_settings settings = rml_elastic_net_defaults();
            rml_elastic_net fit;

            settings.alpha = alpha[penalty];
            settings.lambda = &lambda;
            settings.n_lambda = 1;
            assert_int_equal(rml_elastic_net_fit(&s.data.x, (rml_elastic_net_outcome){.time = s.y, .event = s.event},
                                                 NULL, &settings, &fit),
                             RML_OK);
            memcpy(expected, fit.coefficient, sizeof expected);
            rml_elastic_net_free(&fit);
        } else {
            const rml_cox_settings settings = rml_cox_defaults();
            rml_surv surv;
            rml_cox fit;

            assert_int_equal(rml_surv_init(s.y, s.event, NULL, N, &surv), RML_OK);
            assert_int_equal(rml_cox_fit(&surv, &s.data.x, NULL, NULL, &settings, &fit), RML_OK);
            memcpy(expected, fit.coefficient, sizeof expected);
            rml_cox_free(&fit);
            rml_surv_free(&surv);
        }
        fit_to(kind, param, &train, &fitted);
        coefficient = rml_fitted_shaped(&fitted, "coefficient", 1, P);
        assert_non_null(coefficient);
        for (int j = 0; j < P; ++j) {
            mean[j] = 0.0;
            for (int i = 0; i < N; ++i) mean[j] += s.x[j * N + i] / N;
            assert_close(coefficient->value[j], expected[j], 0, 1e-6, words[penalty]);
        }
        assert_int_equal(rml_model_decide(kind, &fitted, param, &(rml_columns){1, 1, P, mean}, &decision), RML_OK);
        assert_close(decision, 0.0, 0, 1e-12, "of mean values");
        rml_fitted_free(&fitted);
    }
    rml_sample_free(&train);
}

/* With thresh a fit at a lambda is that of the elastic net with the same one, and not the maximum. */
static void a_thresh_is_passed_on(void **state)
{
    double param[RML_KIND_PARAMS], at_end[P];
    const rml_kind *kind = model_of("cox", param);
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    const double lambda = 0.05;
    rml_elastic_net fit;
    small s;
    rml_sample train;
    (void)state;
    fill(&s);
    assert_int_equal(rml_sample_gather(&s.data, s.who, N, true, &train), RML_OK);
    param[rml_kind_param(kind, "choose")] = 2;
    param[rml_kind_param(kind, "lambda")] = lambda;
    settings.lambda = &lambda;
    settings.n_lambda = 1;
    for (int t = 0; t < 2; ++t) {
        rml_fitted fitted = {0};

        param[rml_kind_param(kind, "thresh")] = settings.thresh = t ? 1e-3 : 0.0;
        assert_int_equal(rml_elastic_net_fit(&s.data.x, (rml_elastic_net_outcome){.time = s.y, .event = s.event}, NULL,
                                             &settings, &fit),
                         RML_OK);
        fit_to(kind, param, &train, &fitted);
        for (int j = 0; j < P; ++j)
            assert_close(rml_fitted_shaped(&fitted, "coefficient", 1, P)->value[j], fit.coefficient[j], 0, t ? 0 : 1e-6,
                         "b");
        if (!t) memcpy(at_end, fit.coefficient, sizeof at_end);
        rml_fitted_free(&fitted);
        if (!t) rml_elastic_net_free(&fit);
    }
    assert_true(fabs(fit.coefficient[0] - at_end[0]) > 1e-5);
    rml_elastic_net_free(&fit);
    assert_null(kind->refuse(param));
    param[rml_kind_param(kind, "penalty")] = 3;
    assert_non_null(kind->refuse(param));
    rml_sample_free(&train);
}

/* And on the path, which the folds choose from; so is the selection's. How many paths ended early stands beside. */
static void a_thresh_is_passed_on_along_the_path(void **state)
{
    static const struct {
        const char *name;
        rml_role role;
    } kinds[] = {{"cox", RML_ROLE_MODEL}, {"lasso", RML_ROLE_SELECT}};
    rml_elastic_net_settings settings = rml_elastic_net_defaults();
    rml_elastic_net_cv cv;
    int32_t fold[N];
    small s;
    rml_sample train;
    (void)state;
    fill(&s);
    assert_int_equal(rml_sample_gather(&s.data, s.who, N, true, &train), RML_OK);
    assert_int_equal(rml_sample_folds(&train, 10, 3, fold), RML_OK);
    settings.thresh = 1e-4;
    assert_int_equal(rml_elastic_net_cv_fit(&s.data.x, (rml_elastic_net_outcome){.time = s.y, .event = s.event}, NULL,
                                            fold, 10, RML_NET_DEVIANCE, &settings, &cv),
                     RML_OK);
    for (int k = 0; k < 2; ++k) {
        const rml_kind *kind = rml_kind_find(kinds[k].name, kinds[k].role);
        double param[RML_KIND_PARAMS];
        rml_fitted fitted = {0};
        rml_error err = {0};

        rml_kind_defaults(kind, param);
        param[rml_kind_param(kind, "thresh")] = settings.thresh;
        assert_int_equal(kind->fit(&train, param, 3, NULL, &fitted, &err), RML_OK);
        assert_float_equal(rml_fitted_number(&fitted, "lambda"), cv.lambda_min, 0.0);
        assert_float_equal(rml_fitted_number(&fitted, "paths_ended_early"), cv.n_ended_early, 0.0);
        for (int j = 0; j < P; ++j)
            assert_float_equal(rml_fitted_array(&fitted, "coefficient")->value[j],
                               cv.fit.coefficient[cv.at_min * P + j], 0.0);
        rml_fitted_free(&fitted);
    }
    rml_elastic_net_cv_free(&cv);
    rml_sample_free(&train);
}

/* lambda.min and lambda.1se by the sample's own folds. */
static void lambda_is_chosen_by_folds_of_the_training_rows(void **state)
{
    const rml_elastic_net_settings settings = rml_elastic_net_defaults();
    double param[RML_KIND_PARAMS];
    const rml_kind *kind = model_of("cox", param);
    rml_elastic_net_cv cv;
    int32_t fold[N];
    small s;
    rml_sample train;
    (void)state;
    fill(&s);
    assert_int_equal(rml_sample_gather(&s.data, s.who, N, true, &train), RML_OK);
    assert_int_equal(rml_sample_folds(&train, 10, 3, fold), RML_OK);
    assert_int_equal(rml_elastic_net_cv_fit(&s.data.x, (rml_elastic_net_outcome){.time = s.y, .event = s.event}, NULL,
                                            fold, 10, RML_NET_DEVIANCE, &settings, &cv),
                     RML_OK);
    assert_true(cv.at_1se < cv.at_min);
    for (int choice = 0; choice < 2; ++choice) {
        rml_fitted fitted = {0};

        param[rml_kind_param(kind, "choose")] = choice;
        fit_to(kind, param, &train, &fitted);
        assert_close(rml_fitted_number(&fitted, "lambda"), choice ? cv.lambda_1se : cv.lambda_min, 1e-6, 0, "lambda");
        rml_fitted_free(&fitted);
    }
    rml_elastic_net_cv_free(&cv);
    rml_sample_free(&train);
}

/* Events are spread over folds as evenly as can be. */
static void folds_share_the_events(void **state)
{
    int32_t fold[N], n_events[10] = {0}, all = 0;
    small s;
    rml_sample train;
    (void)state;
    fill(&s);
    assert_int_equal(rml_sample_gather(&s.data, s.who, N, true, &train), RML_OK);
    assert_int_equal(rml_sample_folds(&train, 10, 1, fold), RML_OK);
    for (int i = 0; i < N; ++i) {
        n_events[fold[i]] += s.event[i];
        all += s.event[i];
    }
    for (int f = 0; f < 10; ++f) assert_true(n_events[f] == all / 10 || n_events[f] == all / 10 + 1);
    rml_sample_free(&train);
}

/* Efron's sum over events of 1 / sum of e^score at risk, which for event l (from 0) of d at one time is without l / d
 * of these d. Before the first event everybody is without it, beyond the longest follow-up nobody knows. For a linear
 * model, for trees, and for a model without a column. */
static void the_baseline_is_efrons(void **state)
{
    static const char *const names[] = {"cox", "xgboost", "cox"};
    int most_tied = 0;
    small s;
    rml_sample train;
    (void)state;
    fill(&s);
    assert_int_equal(rml_sample_gather(&s.data, s.who, N, true, &train), RML_OK);
    for (int m = 0; m < 3; ++m) {
        double param[RML_KIND_PARAMS], score[N], longest = 0.0, first = INFINITY;
        const rml_kind *kind = model_of(names[m], param);
        rml_fitted fitted = {0};

        if (m == 2) assert_int_equal(rml_sample_keep(&train, NULL, 0), RML_OK);
        fit_to(kind, param, &train, &fitted);
        assert_int_equal(rml_model_decide(kind, &fitted, param, &train.x, score), RML_OK);
        if (m == 2) assert_true(strcmp(fitted.kind, "constant") == 0 && score[0] == 0.0);
        for (int i = 0; i < N; ++i) {
            longest = fmax(longest, s.y[i]);
            if (s.event[i]) first = fmin(first, s.y[i]);
        }
        for (int at = 0; at < 12 + N; ++at) { /* between times, and at each */
            const double time = at < 12 ? longest * at / 11.0 : s.y[at - 12];
            double hazard = 0.0;

            for (int i = 0; i < N; ++i) {
                double at_risk = 0.0, tied = 0.0;
                int turn = 0, n_tied = 0;

                if (!s.event[i] || s.y[i] > time) continue;
                for (int k = 0; k < N; ++k) {
                    const bool with = s.event[k] && s.y[k] == s.y[i];

                    at_risk += s.y[k] >= s.y[i] ? exp(score[k]) : 0.0;
                    tied += with ? exp(score[k]) : 0.0;
                    n_tied += with;
                    turn += with && k < i;
                }
                most_tied = n_tied > most_tied ? n_tied : most_tied;
                hazard += 1.0 / (at_risk - tied * turn / n_tied);
            }
            assert_close(rml_baseline_survival(&fitted, time, 0.3), exp(-hazard * exp(0.3)), 1e-12, 0, names[m]);
        }
        assert_true(rml_baseline_survival(&fitted, first / 2.0, 1.0) == 1.0);
        assert_true(isnan(rml_baseline_survival(&fitted, longest * 1.01, 0.0)) &&
                    isnan(rml_baseline_survival(&fitted, -1.0, 0.0)) &&
                    isnan(rml_baseline_survival(&fitted, 1.0, NAN)));
        rml_fitted_free(&fitted);
        assert_true(isnan(rml_baseline_survival(&fitted, 1.0, 0.0)));
    }
    assert_true(most_tied > 2);
    rml_sample_free(&train);
}

/* Visits every half year: 52 of 60 rows have the event at one of three times. The numbers are R's (4.2.2,
 * survival 3.5-3, glmnet 4.1-6), of a row with x 0.5 and z 1, with all weights 1 and by case weights:
 *
 *     i <- 0:59
 *     x <- (i * 17) %% 60 / 15 - 2
 *     z <- (i * 7) %% 11 / 5
 *     t <- 6 * (1 + ((i * 23) %% 60 + 10 * (x < 0.5)) %/% 24)
 *     e <- as.integer((i * 11) %% 7 < 6)
 *     for (w in list(rep(1, 60), c(1, 0.5, 0.25)[1 + i %% 3])) {
 *       plain <- coxph(Surv(t, e) ~ x + z, weights = w, control = coxph.control(eps = 1e-13, toler.chol = 1e-14))
 *       print(summary(survfit(plain, newdata = data.frame(x = 0.5, z = 1)), times = c(6, 12, 18))$surv, digits = 16)
 *       lasso <- glmnet(cbind(x, z), Surv(t, e), family = "cox", lambda = 0.02, thresh = 1e-15, weights = w)
 *       curve <- survfit(lasso, x = cbind(x, z), y = Surv(t, e), weights = w, newx = cbind(0.5, 1))
 *       print(summary(curve, times = c(6, 12, 18))$surv, digits = 16)
 *     }
 *
 * The plain ones are held to how far R's fit converges, the lasso's to how far glmnet's does. Breslow's increments
 * under the same plain fit give 0.441 for 0.314 at a year. */
static void tied_probabilities_are_those_of_survfit(void **state)
{
    enum { ROWS = 60, PLAIN = 3, LASSO = 0 };
    static const double weights[] = {1.0, 0.5, 0.25}, when[] = {6, 12, 18};
    static const double expected[2][2][3] = {{{0.6993656633479781, 0.3138682879960469, 0.04800983729915911},
                                              {0.7029463868528907, 0.3291891131605972, 0.0617557593789237}},
                                             {{0.6444530975362003, 0.2929585754538714, 0.03037350012102039},
                                              {0.6464948789042434, 0.3105492373281291, 0.04468240163299472}}};
    double x[2 * ROWS], y[ROWS], row[2] = {0.5, 1.0}, decision;
    uint8_t event[ROWS];
    int32_t first_row[ROWS + 1] = {0}, who[ROWS];
    uint64_t key[ROWS];
    rml_data data = {.n_rows = ROWS,
                     .n_patients = ROWS,
                     .x = {ROWS, ROWS, 2, x},
                     .first_row = first_row,
                     .key = key,
                     .outcome = RML_OUTCOME_TIME,
                     .y = y,
                     .event = event};
    (void)state;
    for (int i = 0; i < ROWS; ++i) {
        int visit;

        x[i] = i * 17 % 60 / 15.0 - 2.0;
        x[ROWS + i] = i * 7 % 11 / 5.0;
        visit = (i * 23 % 60 + 10 * (x[i] < 0.5)) / 24;
        y[i] = 6.0 * (1 + visit);
        event[i] = i * 11 % 7 < 6;
        first_row[i + 1] = i + 1;
        who[i] = i;
        key[i] = (uint64_t)i;
    }
    for (int weighted = 0; weighted < 2; ++weighted) {
        rml_sample train;

        assert_int_equal(rml_sample_gather(&data, who, ROWS, true, &train), RML_OK);
        for (int i = 0; weighted && i < ROWS; ++i) train.weight[i] = weights[i % 3];
        for (int lasso = 0; lasso < 2; ++lasso) {
            double param[RML_KIND_PARAMS];
            const rml_kind *kind = model_of("cox", param);
            rml_fitted fitted = {0};

            param[rml_kind_param(kind, "penalty")] = lasso ? LASSO : PLAIN;
            param[rml_kind_param(kind, "choose")] = 2; /* given */
            param[rml_kind_param(kind, "lambda")] = 0.02;
            fit_to(kind, param, &train, &fitted);
            assert_int_equal(rml_model_decide(kind, &fitted, param, &(rml_columns){1, 1, 2, row}, &decision), RML_OK);
            for (int t = 0; t < 3; ++t)
                assert_close(rml_baseline_survival(&fitted, when[t], decision), expected[weighted][lasso][t],
                             lasso ? 1e-6 : 1e-10, 0, lasso ? "glmnet" : "coxph");
            rml_fitted_free(&fitted);
        }
        rml_sample_free(&train);
    }
}

/* A nested run: the metric of the held-out patients is high, that of a run with other outcomes for them is the same
 * decisions, and packing keeps everything. */
static void nested_runs_see_no_held_out_outcome(void **state)
{
    double point[2][RML_KIND_PARAMS];
    rml_step step = {.kind = rml_kind_find("lasso", RML_ROLE_SELECT)};
    const rml_select select = {"lasso", {1, &step}};
    const rml_model_grid models[] = {{"cox", model_of("cox", point[0]), 1, &point[0]},
                                     {"xgboost", model_of("xgboost", point[1]), 1, &point[1]}};
    const rml_inner inner = {.k = K, .repeats = 1, .stratify = true, .shuffle = true, .metric = RML_METRIC_CINDEX};
    rml_nested nested[2] = {0}, read = {0};
    rml_blob blob = {0};
    rml_error why;
    small s;
    (void)state;
    rml_kind_defaults(step.kind, step.param);
    for (int other = 0; other < 2; ++other) {
        rml_split split = {.n_train = 60, .n_test = 30};

        fill(&s);
        split.train = s.who;
        split.test = s.who + 60;
        for (int i = 60; other && i < N; ++i) {
            s.y[i] = i;
            s.event[i] = 1;
        }
        rml_nested_run(&s.data, &split, &select, 1, models, 2, &inner, 5, NULL, &nested[other], &why);
        if (why.status != RML_OK) fail_msg("%s", why.text);
    }
    fill(&s);
    for (int m = 0; m < 2; ++m) {
        const rml_nested_model *model = &nested[0].model[m];

        if (model->status != RML_OK) fail_msg("%s", model->why);
        assert_memory_equal(model->decision, nested[1].model[m].decision, 30 * sizeof *model->decision);
        assert_true(model->mean[0] == nested[1].model[m].mean[0]);
        assert_true(model->mean[0] > 0.6 && model->apparent > 0.7 && isnan(model->threshold));
        assert_true(pairs_of(30, s.y + 60, s.event + 60, model->decision) > 0.6);
    }
    rml_nested_pack(&nested[0], &blob);
    assert_int_equal(rml_nested_unpack(blob.bytes, blob.n_bytes, &read), RML_OK);
    assert_true(rml_baseline_survival(&read.model[0].fitted, 5.0, 0.2) ==
                rml_baseline_survival(&nested[0].model[0].fitted, 5.0, 0.2));
    rml_blob_free(&blob);
    rml_nested_free(&read);
    rml_nested_free(&nested[0]);
    rml_nested_free(&nested[1]);
}

/* An inner fold's score by its definition: the model fitted to the others, pairs of the fold one by one. */
static void inner_scores_are_those_of_the_folds(void **state)
{
    double point[1][RML_KIND_PARAMS], expected = 0.0;
    const rml_kind *kind = model_of("cox", point[0]);
    const rml_select select = {"none", {0, NULL}};
    const rml_model_grid model = {"cox", kind, 1, point};
    rml_split split = {.n_train = N};
    int32_t given[N];
    rml_inner inner = {.metric = RML_METRIC_CINDEX, .given = given};
    rml_nested nested;
    rml_error why;
    small s;
    (void)state;
    fill(&s);
    split.train = split.test = s.who;
    point[0][rml_kind_param(kind, "penalty")] = 1;
    point[0][rml_kind_param(kind, "choose")] = 2;
    for (int i = 0; i < N; ++i) given[i] = i % K;
    rml_nested_run(&s.data, &split, &select, 1, &model, 1, &inner, 5, NULL, &nested, &why);
    if (why.status != RML_OK) fail_msg("%s", why.text);
    for (int f = 0; f < K; ++f) {
        double y[N], score[N], all[N];
        int32_t rest[N], n_rest = 0, n = 0;
        uint8_t event[N];
        rml_fitted fitted = {0};
        rml_sample train;

        for (int i = 0; i < N; ++i)
            if (given[i] != f) rest[n_rest++] = i;
        assert_int_equal(rml_sample_gather(&s.data, rest, n_rest, true, &train), RML_OK);
        fit_to(kind, point[0], &train, &fitted);
        assert_int_equal(rml_model_decide(kind, &fitted, point[0], &s.data.x, all), RML_OK);
        for (int i = f; i < N; i += K) {
            y[n] = s.y[i];
            event[n] = s.event[i];
            score[n++] = all[i];
        }
        expected += pairs_of(n, y, event, score) / K;
        rml_fitted_free(&fitted);
        rml_sample_free(&train);
    }
    assert_close(nested.model[0].mean[0], expected, 1e-13, 0, "inner mean");
    rml_nested_free(&nested);
}

static void what_cannot_be_fitted_is_told(void **state)
{
    double param[RML_KIND_PARAMS];
    const rml_kind *kind = model_of("cox", param);
    const rml_kind *lasso = rml_kind_find("lasso", RML_ROLE_SELECT);
    double own[RML_KIND_PARAMS];
    rml_fitted fitted = {0};
    rml_error err = {0};
    rml_sample train;
    small s;
    (void)state;
    fill(&s);
    for (int i = 0; i < N; ++i) s.event[i] = i == 3;
    assert_int_equal(rml_sample_gather(&s.data, s.who, N, true, &train), RML_OK);
    assert_int_equal(rml_model_fit(kind, &train, param, 1, NULL, &fitted, &err), RML_EVALUE);
    assert_non_null(strstr(err.text, "with or without the event"));
    rml_fitted_free(&fitted);
    rml_sample_free(&train);
    fill(&s); /* the first column orders all times: no finite estimate */
    for (int i = 0; i < N; ++i) {
        s.event[i] = 1;
        s.y[i] = 1.0 + i;
        s.x[i] = -i;
    }
    assert_int_equal(rml_sample_gather(&s.data, s.who, N, true, &train), RML_OK);
    param[rml_kind_param(kind, "penalty")] = 3;
    err = (rml_error){0};
    assert_int_equal(rml_model_fit(kind, &train, param, 1, NULL, &fitted, &err), RML_EVALUE);
    assert_non_null(strstr(err.text, "a penalty gives an estimate"));
    rml_fitted_free(&fitted);
    rml_sample_free(&train);
    rml_kind_defaults(lasso, own);
    assert_null(lasso->misfit(own, RML_OUTCOME_TIME));
    own[rml_kind_param(lasso, "measure")] = 1;
    assert_non_null(lasso->misfit(own, RML_OUTCOME_TIME));
    rml_kind_defaults(lasso, own);
    own[rml_kind_param(lasso, "thresh")] = 1e-7; /* of times alone */
    assert_null(lasso->misfit(own, RML_OUTCOME_TIME));
    assert_non_null(lasso->misfit(own, RML_OUTCOME_CLASS));
    assert_non_null(lasso->misfit(own, RML_OUTCOME_VALUE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_metric_counts_pairs),
        cmocka_unit_test(cox_is_the_kernels_fit),
        cmocka_unit_test(a_thresh_is_passed_on),
        cmocka_unit_test(a_thresh_is_passed_on_along_the_path),
        cmocka_unit_test(lambda_is_chosen_by_folds_of_the_training_rows),
        cmocka_unit_test(folds_share_the_events),
        cmocka_unit_test(the_baseline_is_efrons),
        cmocka_unit_test(tied_probabilities_are_those_of_survfit),
        cmocka_unit_test(nested_runs_see_no_held_out_outcome),
        cmocka_unit_test(inner_scores_are_those_of_the_folds),
        cmocka_unit_test(what_cannot_be_fitted_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
