/* ComBat. Oracles: the reference's tables from sva::ComBat 3.46.0 (relative 1e-8, as it states with sva's stop rule),
 * neuroCombat 0.2.12 (1e-6), and train-to-test by the formula; a two-feature example worked by hand; identities. */
#include "kernels/prepare/combat.h"
#include "tests/kernels/prepare_cases.h"

typedef struct data {
    rml_columns x, covariates;
    int32_t *batch;
    double *values, *cov;
} data;

static void data_free(data *d)
{
    free(d->batch);
    free(d->values);
    free(d->cov);
}

/* The case's features f01.., covariates y and age, batches A, B, C, Z as codes 0, 1, 2, 3; rows with keep[i] = want. */
static data data_of(const rml_table *table, const double *keep, double want)
{
    const int32_t batch_column = rml_table_column(table, "batch"), first = rml_table_column(table, "f01");
    const int32_t p = table->n_columns - first;
    data d = {.batch = malloc((size_t)table->n_rows * sizeof(int32_t)),
              .values = malloc((size_t)table->n_rows * (size_t)p * sizeof(double)),
              .cov = malloc((size_t)table->n_rows * 2 * sizeof(double))};
    int64_t n = 0;

    for (int64_t i = 0; i < table->n_rows; ++i) {
        const char letter = table->cell[i * table->n_columns + batch_column][0];

        if (!keep || keep[i] == want) d.batch[n++] = letter == 'Z' ? 3 : letter - 'A';
    }
    for (int32_t j = 0; j < p + 2; ++j) {
        double *numbers = rml_table_numbers(table, j < p ? table->header[first + j] : j == p ? "y" : "age");
        double *to = j < p ? d.values + j * n : d.cov + (j - p) * n;

        for (int64_t i = 0; i < table->n_rows; ++i)
            if (!keep || keep[i] == want) *to++ = numbers[i];
        free(numbers);
    }
    d.x = (rml_columns){n, n, p, d.values};
    d.covariates = (rml_columns){n, n, 2, d.cov};
    return d;
}

static void assert_table(const rml_table *expected, const double *value, int64_t n_rows, double relative,
                         const char *what)
{
    const int32_t first = rml_table_column(expected, "f01");

    assert_int_equal(expected->n_rows, n_rows);
    for (int32_t j = 0; j < expected->n_columns - first; ++j) {
        double *numbers = rml_table_numbers(expected, expected->header[first + j]);
        char text[400];

        for (int64_t i = 0; i < n_rows; ++i) {
            (void)snprintf(text, sizeof text, "%s, %s, row %lld", what, expected->header[first + j], (long long)i + 1);
            assert_close(value[j * n_rows + i], numbers[i], relative, 0, text);
        }
        free(numbers);
    }
}

/* params.csv and the lists of expected.json, where the case has them. */
static void assert_parameters(const rml_reference *reference, const rml_combat *fitted)
{
    static const char *const stat[4] = {"gamma_hat", "delta_hat", "gamma_star", "delta_star"};
    const double *const fitted_stat[4] = {fitted->gamma_hat, fitted->delta_hat, fitted->gamma_star, fitted->delta_star};
    rml_table table;
    int32_t n;
    double *grand, *pooled, *mean, *rounds;

    if (!cJSON_GetObjectItem(reference->result, "priors")) return;
    grand = rml_json_numbers(rml_json(reference->result, "grand_mean"), &n);
    pooled = rml_json_numbers(rml_json(reference->result, "var_pooled"), &n);
    for (int32_t j = 0; j < n; ++j) {
        assert_close(fitted->grand_mean[j], grand[j], 1e-8, 0, "grand mean");
        assert_close(fitted->var_pooled[j], pooled[j], 1e-8, 0, "pooled variance");
    }
    mean = rml_json_numbers(rml_json(rml_json(reference->result, "priors"), "gamma_bar"), &n);
    rounds = rml_json_numbers(rml_json(rml_json(reference->result, "priors"), "iterations"), &n);
    for (int32_t b = 0; b < n; ++b) {
        if (b == fitted->settings.reference) continue; /* rounding noise in sva, never used */
        assert_close(fitted->prior[b].gamma_bar, mean[b], 1e-8, 0, "prior mean");
        assert_int_equal(fitted->rounds[b], (int32_t)rounds[b]);
    }
    rml_reference_table(reference, "params.csv", &table);
    for (int64_t r = 0; r < table.n_rows; ++r) {
        const char *const *row = table.cell + r * table.n_columns;
        const int32_t b = row[0][0] == 'Z' ? 3 : row[0][0] - 'A';

        for (int s = 0; s < 4; ++s)
            for (int32_t j = 0; strcmp(row[1], stat[s]) == 0 && j < fitted->n_features; ++j)
                assert_close(fitted_stat[s][b * fitted->n_features + j], strtod(row[2 + j], NULL), 1e-8,
                             b == fitted->settings.reference ? 1e-11 : 1e-13, stat[s]);
    }
    rml_table_free(&table);
    free(grand);
    free(pooled);
    free(mean);
    free(rounds);
}

static int32_t reference_of(const char *options)
{
    const char *word = strstr(options, "ref.batch='");

    return word ? word[11] - 'A' : -1;
}

/* Fit and apply on the same rows: sva's cases, and neuroCombat's. */
static void harmonises_as(const char *name, const char *seed)
{
    char path[128];
    rml_reference reference;
    rml_table expected;
    rml_combat fitted;
    rml_combat_settings settings = rml_combat_defaults();
    const char *options;
    double *out;
    data d;

    (void)snprintf(path, sizeof path, "combat/%s_%s", seed, name);
    rml_reference_open(path, &reference);
    options = rml_json(reference.expected, "options")->valuestring;
    d = data_of(&reference.input, NULL, 0);
    settings.parametric = !strstr(name, "nonpar");
    settings.mean_only = strstr(name, "meanonly") != NULL;
    settings.shrink = !strstr(name, "noeb");
    settings.reference = reference_of(options);
    if (strstr(name, "single")) settings.min_rows = 1;
    assert_int_equal(rml_combat_fit(&d.x, d.batch, strstr(name, "single") ? 4 : 3,
                                    strstr(name, "cov") && !strstr(name, "nocov") ? &d.covariates : NULL, &settings,
                                    &fitted),
                     RML_OK);
    out = malloc((size_t)d.x.n_rows * (size_t)d.x.n_columns * sizeof *out);
    assert_int_equal(
        rml_combat_apply(&fitted, &d.x, d.batch, fitted.n_covariates ? &d.covariates : NULL, false, out, d.x.n_rows),
        RML_OK);
    rml_reference_table(&reference, "expected.csv", &expected);
    assert_table(&expected, out, d.x.n_rows, strstr(name, "neurocombat") ? 1e-6 : 1e-8, path);
    if (!strstr(name, "neurocombat")) assert_parameters(&reference, &fitted);
    if (strstr(name, "constant")) assert_int_equal(fitted.n_adjusted, fitted.n_features - 2);
    if (strstr(name, "ref"))
        for (int64_t c = 0; c < d.x.n_rows * d.x.n_columns; ++c)
            if (d.batch[c % d.x.n_rows] == settings.reference) assert_true(out[c] == d.values[c]);
    rml_table_free(&expected);
    rml_combat_free(&fitted);
    rml_reference_close(&reference);
    data_free(&d);
    free(out);
}

static void harmonises_as_sva_and_neurocombat(void **state)
{
    static const char *const name[] = {
        "constant_features",
        "missing",
        "nonpar_cov",
        "nonpar_nocov",
        "par_cov",
        "par_cov_ref_meanonly",
        "par_meanonly",
        "par_nocov",
        "par_ref",
        "single_sample_batch",
        "neurocombat_noeb_cov",
        "neurocombat_nonpar_nocov",
        "neurocombat_par_cov",
        "neurocombat_par_meanonly",
        "neurocombat_par_nocov",
    };
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t k = 0; k < sizeof name / sizeof *name; ++k) {
        harmonises_as(name[k], "s1");
        harmonises_as(name[k], "s2");
    }
}

static void trains_then_applies(const char *name, const char *seed)
{
    char path[128];
    rml_reference reference;
    rml_table expected;
    rml_combat fitted;
    rml_combat_settings settings = rml_combat_defaults();
    const bool with_covariates = strstr(name, "_cov") != NULL, neuro = strstr(name, "neurocombat") != NULL;
    double *train, *out;
    data d, rows;

    (void)snprintf(path, sizeof path, "combat/%s_%s", seed, name);
    rml_reference_open(path, &reference);
    if (neuro) { /* the first 70 % of every centre's rows, as floor(0.7 n) */
        int32_t n_of[3] = {0}, at[3] = {0};

        d = data_of(&reference.input, NULL, 0);
        train = malloc((size_t)d.x.n_rows * sizeof *train);
        for (int64_t i = 0; i < d.x.n_rows; ++i) ++n_of[d.batch[i]];
        for (int64_t i = 0; i < d.x.n_rows; ++i) train[i] = at[d.batch[i]]++ < (int32_t)(0.7 * n_of[d.batch[i]]);
        data_free(&d);
    } else
        train = rml_table_numbers(&reference.input, "train");
    d = data_of(&reference.input, train, 1);
    rows = data_of(&reference.input, neuro ? train : NULL, 0);
    if (strstr(name, "_ref")) settings.reference = reference_of("ref.batch='B'");
    assert_int_equal(rml_combat_fit(&d.x, d.batch, 3, with_covariates ? &d.covariates : NULL, &settings, &fitted),
                     RML_OK);
    out = malloc((size_t)rows.x.n_rows * (size_t)rows.x.n_columns * sizeof *out);
    assert_int_equal(rml_combat_apply(&fitted, &rows.x, rows.batch, with_covariates ? &rows.covariates : NULL, false,
                                      out, rows.x.n_rows),
                     RML_OK);
    rml_reference_table(&reference, "expected.csv", &expected);
    assert_table(&expected, out, rows.x.n_rows, neuro ? 1e-6 : 1e-8, path);
    assert_parameters(&reference, &fitted);
    rml_table_free(&expected);
    rml_combat_free(&fitted);
    rml_reference_close(&reference);
    data_free(&d);
    data_free(&rows);
    free(train);
    free(out);
}

/* Left out: s1/s2_neurocombat_fromtraining_par_cov, information only (it gives new subjects the mean covariate effect).
 */
static void new_rows_by_the_training_alone(void **state)
{
    static const char *const name[] = {"train_to_test_cov", "train_to_test_nocov", "train_to_test_ref",
                                       "neurocombat_fromtraining_par_nocov"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (size_t k = 0; k < sizeof name / sizeof *name; ++k) {
        trains_then_applies(name[k], "s1");
        trains_then_applies(name[k], "s2");
    }
}

/* tests/oracle/combat_small.py: explicit design matrices and loops over rows in numpy. Missing values, a covariate,
 * both priors, and a batch that was not in training, harmonised by its own rows. */
enum { SMALL_TRAIN = 24, SMALL_OWN = 10, SMALL_P = 6 };

static void small_table(void **state)
{
    rml_table table;
    double *codes, *age, *x, *own_x, gamma[SMALL_P], delta[SMALL_P], out[SMALL_TRAIN * SMALL_P];
    int32_t batch[SMALL_TRAIN];
    (void)state;

    oracle_open("combat_small.csv", &table);
    codes = rml_table_numbers(&table, "batch");
    age = rml_table_numbers(&table, "age");
    for (int i = 0; i < SMALL_TRAIN; ++i) batch[i] = (int32_t)codes[i];
    x = oracle_matrix(&table, "x", SMALL_P, 0, SMALL_TRAIN);
    own_x = oracle_matrix(&table, "x", SMALL_P, SMALL_TRAIN, SMALL_OWN);
    for (int parametric = 0; parametric <= 1; ++parametric) {
        const rml_columns train = {SMALL_TRAIN, SMALL_TRAIN, SMALL_P, x},
                          train_age = {SMALL_TRAIN, SMALL_TRAIN, 1, age};
        const rml_columns own = {SMALL_OWN, SMALL_OWN, SMALL_P, own_x};
        const rml_columns own_age = {SMALL_OWN, SMALL_OWN, 1, age + SMALL_TRAIN};
        double *want = oracle_matrix(&table, parametric ? "p" : "n", SMALL_P, 0, SMALL_TRAIN);
        double *want_own = oracle_matrix(&table, parametric ? "p" : "n", SMALL_P, SMALL_TRAIN, SMALL_OWN);
        rml_combat_settings settings = rml_combat_defaults();
        rml_combat fitted;

        settings.parametric = parametric;
        assert_int_equal(rml_combat_fit(&train, batch, 3, &train_age, &settings, &fitted), RML_OK);
        assert_true(fitted.missing);
        assert_int_equal(rml_combat_apply(&fitted, &train, batch, &train_age, false, out, SMALL_TRAIN), RML_OK);
        assert_all_close(out, want, (int64_t)SMALL_TRAIN * SMALL_P, 1e-9, 1e-11, "training rows");
        assert_int_equal(rml_combat_own(&fitted, &own, &own_age, gamma, delta), RML_OK);
        assert_int_equal(rml_combat_apply_own(&fitted, gamma, delta, &own, &own_age, out, SMALL_OWN), RML_OK);
        assert_all_close(out, want_own, (int64_t)SMALL_OWN * SMALL_P, 1e-9, 1e-11, "rows of a new batch");
        rml_combat_free(&fitted);
        free(want);
        free(want_own);
    }
    oracle_close(&table);
    free(codes);
    free(age);
    free(x);
    free(own_x);
}

/* --- what holds for any data: 30 rows of three batches, 8 features, one covariate --- */

enum { N = 30, P = 8, B = 3 };

typedef struct sample {
    double x[P * N], age[N];
    int32_t batch[N];
    rml_columns columns, covariates;
} sample;

static void sample_fill(sample *s, uint64_t seed)
{
    for (int i = 0; i < N; ++i) {
        s->batch[i] = i % 10 < 3 ? 0 : i % 10 < 6 ? 1 : 2;
        s->age[i] = 40.0 + 30.0 * rml_test_uniform(&seed);
    }
    for (int j = 0; j < P; ++j)
        for (int i = 0; i < N; ++i)
            s->x[j * N + i] = j + 0.1 * s->age[i] + 2.0 * s->batch[i] + (1 + s->batch[i]) * rml_test_uniform(&seed);
    s->columns = (rml_columns){N, N, P, s->x};
    s->covariates = (rml_columns){N, N, 1, s->age};
}

static rml_combat fitted_on(const sample *s, const rml_combat_settings *settings, bool covariate)
{
    rml_combat fitted;

    assert_int_equal(rml_combat_fit(&s->columns, s->batch, B, covariate ? &s->covariates : NULL, settings, &fitted),
                     RML_OK);
    return fitted;
}

/* Without shrinkage every batch comes out with the grand mean and, n - 1 for n, the pooled variance: by definition. */
static void raw_estimates_level_the_batches(void **state)
{
    sample s;
    double out[P * N];
    rml_combat_settings settings = rml_combat_defaults();
    rml_combat fitted;
    (void)state;

    sample_fill(&s, 7);
    settings.shrink = false;
    fitted = fitted_on(&s, &settings, false);
    assert_int_equal(rml_combat_apply(&fitted, &s.columns, s.batch, NULL, false, out, N), RML_OK);
    for (int j = 0; j < P; ++j)
        for (int b = 0; b < B; ++b) {
            double sum = 0.0, squares = 0.0, n = 0.0;

            for (int i = 0; i < N; ++i)
                if (s.batch[i] == b) {
                    sum += out[j * N + i];
                    squares += (out[j * N + i] - fitted.grand_mean[j]) * (out[j * N + i] - fitted.grand_mean[j]);
                    n += 1.0;
                }
            assert_close(sum / n, fitted.grand_mean[j], 1e-12, 0, "mean of a batch");
            assert_close(squares / (n - 1.0), fitted.var_pooled[j], 1e-11, 0, "variance of a batch");
        }
    rml_combat_free(&fitted);
}

/* A feature shifted and scaled gives the result shifted and scaled; rows in another order give the rows in that order;
 * another numbering of the batches gives the same. Rounding only. */
static void shifts_scales_and_orders(void **state)
{
    sample s, t;
    double out[P * N], other[P * N];
    const rml_combat_settings settings = rml_combat_defaults();
    rml_combat fitted;
    (void)state;

    sample_fill(&s, 11);
    fitted = fitted_on(&s, &settings, true);
    assert_int_equal(rml_combat_apply(&fitted, &s.columns, s.batch, &s.covariates, false, out, N), RML_OK);
    rml_combat_free(&fitted);
    sample_fill(&t, 11);
    for (int i = 0; i < N; ++i) {
        const int from = (i * 7 + 3) % N;

        t.batch[i] = (s.batch[from] + 1) % B;
        t.age[i] = 3.0 - 0.5 * s.age[from]; /* a covariate's units do not matter */
        for (int j = 0; j < P; ++j) t.x[j * N + i] = 100.0 + (j + 1) * s.x[j * N + from];
    }
    fitted = fitted_on(&t, &settings, true);
    assert_int_equal(rml_combat_apply(&fitted, &t.columns, t.batch, &t.covariates, false, other, N), RML_OK);
    for (int i = 0; i < N; ++i)
        for (int j = 0; j < P; ++j)
            assert_close(other[j * N + i], 100.0 + (j + 1) * out[j * N + (i * 7 + 3) % N], 1e-11, 0, "moved");
    rml_combat_free(&fitted);
}

/* A batch not seen in training is refused, passed on as it is, or harmonised by its own rows, never silently. */
static void a_batch_not_seen(void **state)
{
    sample s;
    double out[P * N], gamma[P], delta[P];
    int32_t foreign[N];
    const rml_combat_settings settings = rml_combat_defaults();
    rml_combat_settings raw = settings;
    rml_combat fitted;
    (void)state;

    sample_fill(&s, 5);
    for (int i = 0; i < N; ++i) foreign[i] = i == 4 ? 3 : i == 5 ? -1 : s.batch[i];
    assert_int_equal(rml_combat_fit(&s.columns, s.batch, 4, NULL, &settings, &fitted), RML_OK); /* code 3: no rows */
    assert_true(isnan(fitted.gamma_star[3 * P]));
    out[0] = -77.0;
    assert_int_equal(rml_combat_apply(&fitted, &s.columns, foreign, NULL, false, out, N), RML_ELABEL);
    assert_true(out[0] == -77.0);
    assert_int_equal(rml_combat_apply(&fitted, &s.columns, foreign, NULL, true, out, N), RML_OK);
    for (int j = 0; j < P; ++j) {
        assert_true(out[j * N + 4] == s.x[j * N + 4] && out[j * N + 5] == s.x[j * N + 5]);
        assert_true(out[j * N + 6] != s.x[j * N + 6]);
    }
    s.columns.n_rows = RML_COMBAT_OWN_ROWS - 1;
    assert_int_equal(rml_combat_own(&fitted, &s.columns, NULL, gamma, delta), RML_EEMPTY);
    rml_combat_free(&fitted);

    s.columns.n_rows = N;
    raw.shrink = false;
    fitted = fitted_on(&s, &raw, false);
    for (int i = 0; i < N; ++i) s.x[2 * N + i] = i ? NAN : 1.0;
    assert_int_equal(rml_combat_own(&fitted, &s.columns, NULL, gamma, delta), RML_EVALUE); /* feature 2: one value */
    assert_true(isnan(gamma[2]) && isnan(delta[2]) && !isnan(gamma[1]));
    assert_int_equal(rml_combat_apply_own(&fitted, gamma, delta, &s.columns, NULL, out, N), RML_OK);
    assert_true(isnan(out[2 * N]));
    for (int j = 0; j < P; ++j) { /* own raw estimates put the batch at the grand mean */
        double sum = 0.0;

        for (int i = 0; i < N; ++i) sum += out[j * N + i];
        if (j != 2) assert_close(sum / N, fitted.grand_mean[j], 1e-12, 0, "mean of the new batch");
    }
    rml_combat_free(&fitted);
}

/* Features that cannot be adjusted come back as they are, say why, and leave the others' result alone. */
static void features_left_alone(void **state)
{
    sample s;
    double out[P * N], without[P * N];
    const rml_combat_settings settings = rml_combat_defaults();
    rml_combat fitted;
    (void)state;

    sample_fill(&s, 3);
    for (int i = 0; i < N; ++i) {
        s.x[i] = s.batch[i] == 1 ? 0.1 : s.x[i];        /* constant in one batch */
        s.x[N + i] = 3.0 * s.age[i] + 5.0 * s.batch[i]; /* wholly explained */
    }
    fitted = fitted_on(&s, &settings, true);
    assert_int_equal(fitted.state[0], RML_COMBAT_CONSTANT);
    assert_int_equal(fitted.state[1], RML_COMBAT_EXPLAINED);
    assert_int_equal(fitted.n_adjusted, P - 2);
    assert_true(isnan(fitted.grand_mean[0]) && isnan(fitted.beta[1]) && isnan(fitted.gamma_star[1]));
    assert_int_equal(rml_combat_apply(&fitted, &s.columns, s.batch, &s.covariates, false, out, N), RML_OK);
    for (int i = 0; i < 2 * N; ++i) assert_true(out[i] == s.x[i]);
    rml_combat_free(&fitted);

    s.columns = (rml_columns){N, N, P - 2, s.x + 2 * N};
    fitted = fitted_on(&s, &settings, true);
    assert_int_equal(rml_combat_apply(&fitted, &s.columns, s.batch, &s.covariates, false, without, N), RML_OK);
    for (int i = 0; i < (P - 2) * N; ++i) assert_true(without[i] == out[2 * N + i]);
    rml_combat_free(&fitted);

    for (int i = 0; i < N; ++i)
        if (s.batch[i] == 2 && i != 7) s.x[2 * N + i] = NAN; /* one value is left of batch 2 */
    fitted = fitted_on(&s, &settings, true);
    assert_int_equal(fitted.state[0], RML_COMBAT_SPARSE);
    assert_false(fitted.missing);
    rml_combat_free(&fitted);
}

/* The pooled prior, for a batch not seen, takes no part of the reference: its estimates are 0 and 1 by definition. */
static void the_reference_is_no_draw(void **state)
{
    sample s;
    rml_combat_settings settings = rml_combat_defaults();
    rml_combat fitted;
    double sum = 0.0;
    (void)state;

    sample_fill(&s, 9);
    settings.reference = 1;
    fitted = fitted_on(&s, &settings, true);
    for (int j = 0; j < P; ++j) {
        sum += fitted.gamma_hat[j] + fitted.gamma_hat[2 * P + j];
        assert_true(fitted.gamma_star[P + j] == 0.0 && fitted.delta_star[P + j] == 1.0);
    }
    assert_close(fitted.pooled.gamma_bar, sum / (2 * P), 1e-12, 0, "mean of the draws");
    rml_combat_free(&fitted);
}

static void bad_input_is_refused(void **state)
{
    sample s;
    const rml_combat_settings settings = rml_combat_defaults();
    rml_combat_settings other = settings;
    rml_combat fitted;
    double out[P * N];
    rml_columns one, more;
    double two[2 * N];
    (void)state;

#define REFUSED(status, x, batch, n_batches, covariates, settings)                                                     \
    do {                                                                                                               \
        assert_int_equal(rml_combat_fit(x, batch, n_batches, covariates, settings, &fitted), status);                  \
        rml_combat_free(&fitted);                                                                                      \
    } while (0)
    sample_fill(&s, 1);
    REFUSED(RML_EINVAL, &s.columns, s.batch, 2, NULL, &settings); /* a code out of range */
    one = s.columns;
    one.n_columns = 0;
    REFUSED(RML_EINVAL, &one, s.batch, B, NULL, &settings);
    one.n_columns = 1;
    REFUSED(RML_EEMPTY, &one, s.batch, B, NULL, &settings); /* one feature has no prior */
    s.batch[0] = s.batch[1] = 3;
    REFUSED(RML_EINVAL, &s.columns, s.batch, 4, NULL, &settings); /* two rows of batch 3 */
    sample_fill(&s, 1);
    other.reference = 3;
    REFUSED(RML_ELABEL, &s.columns, s.batch, 4, NULL, &other);
    for (int i = 0; i < N; ++i) s.age[i] = 0.1 + 0.7 * s.batch[i] + 1e3;   /* not exact in binary */
    REFUSED(RML_EVALUE, &s.columns, s.batch, B, &s.covariates, &settings); /* the batches are the covariate */
    for (int i = 0; i < N; ++i) two[N + i] = 1.0 - 4.0 * (two[i] = (double)(i * i % 11));
    more = (rml_columns){N, N, 2, two};
    REFUSED(RML_EVALUE, &s.columns, s.batch, B, &more, &settings); /* each is the other */
    for (int i = 0; i < N; ++i) s.age[i] = 2.0;
    REFUSED(RML_OK, &s.columns, s.batch, B, &s.covariates, &settings); /* a constant one has no say */
    s.age[3] = NAN;
    REFUSED(RML_EVALUE, &s.columns, s.batch, B, &s.covariates, &settings);
    s.x[5] = INFINITY;
    REFUSED(RML_EVALUE, &s.columns, s.batch, B, NULL, &settings);
    sample_fill(&s, 1);
    memset(s.batch, 0, sizeof s.batch);
    REFUSED(RML_EEMPTY, &s.columns, s.batch, B, NULL, &settings); /* one batch */
    sample_fill(&s, 1);
    fitted = fitted_on(&s, &settings, true);
    assert_int_equal(rml_combat_apply(&fitted, &s.columns, s.batch, NULL, false, out, N), RML_EINVAL);
    s.age[3] = NAN;
    assert_int_equal(rml_combat_apply(&fitted, &s.columns, s.batch, &s.covariates, false, out, N), RML_EVALUE);
    rml_combat_free(&fitted);
#undef REFUSED
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harmonises_as_sva_and_neurocombat),
        cmocka_unit_test(new_rows_by_the_training_alone),
        cmocka_unit_test(small_table),
        cmocka_unit_test(raw_estimates_level_the_batches),
        cmocka_unit_test(shifts_scales_and_orders),
        cmocka_unit_test(a_batch_not_seen),
        cmocka_unit_test(features_left_alone),
        cmocka_unit_test(the_reference_is_no_draw),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
