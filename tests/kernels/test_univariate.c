/* Univariate filters. Oracle: R 4.2.2 (wilcox.test, t.test, p.adjust) and scikit-learn 1.9.1 (f_classif, f_regression)
 * by the reference; information and chi-square by hand. */
#include "kernels/select/univariate.h"
#include "tests/support/reference.h"

#define MOST 512

static double score[MOST], p[MOST];

/* Names of all rows of a table's column, as a JSON list. */
static cJSON *names_in(const rml_table *table, const char *column)
{
    cJSON *names = cJSON_CreateArray();
    const int32_t c = rml_table_column(table, column);

    assert_true(c >= 0);
    for (int64_t r = 0; r < table->n_rows; ++r)
        cJSON_AddItemToArray(names, cJSON_CreateString(table->cell[r * table->n_columns + c]));
    return names;
}

typedef struct cohort {
    rml_reference reference;
    rml_table expected;
    cJSON *names;
    rml_columns columns;
    double *x, *age;
    uint8_t *y;
    int32_t *classes;
} cohort;

static void cohort_open(cohort *c, const char *name)
{
    int32_t n_columns;

    rml_reference_open(name, &c->reference);
    rml_reference_table(&c->reference, "expected.csv", &c->expected);
    c->names = names_in(&c->expected, c->expected.header[0]);
    c->x = rml_table_matrix(&c->reference.input, c->names, &n_columns);
    c->columns = (rml_columns){c->reference.input.n_rows, c->reference.input.n_rows, n_columns, c->x};
    c->age = rml_table_numbers(&c->reference.input, "age");
    double *y = rml_table_numbers(&c->reference.input, "y");
    c->y = malloc((size_t)c->columns.n_rows);
    c->classes = malloc((size_t)c->columns.n_rows * sizeof *c->classes);
    for (int64_t i = 0; i < c->columns.n_rows; ++i) c->classes[i] = c->y[i] = (uint8_t)y[i];
    free(y);
}

static void cohort_close(cohort *c)
{
    rml_reference_close(&c->reference);
    rml_table_free(&c->expected);
    cJSON_Delete(c->names);
    free(c->x);
    free(c->age);
    free(c->y);
    free(c->classes);
}

/* p to 1e-10 as the case states; the adjusted ones are products of p. */
static void wilcoxon_matches_r(void **state)
{
    cohort c;
    double adjusted[MOST];
    (void)state;
    if (!rml_reference_present()) skip();
    cohort_open(&c, "wilcoxon/c80x400_all_features");
    double *w = rml_table_numbers(&c.expected, "W"), *of_p = rml_table_numbers(&c.expected, "p");
    double *bh = rml_table_numbers(&c.expected, "p_bh");

    assert_int_equal(rml_univariate_wilcoxon(&c.columns, c.y, score, p), RML_OK);
    assert_int_equal(rml_univariate_adjust(p, c.columns.n_columns, adjusted), RML_OK);
    for (int32_t j = 0; j < c.columns.n_columns; ++j) {
        const char *name = cJSON_GetArrayItem(c.names, j)->valuestring;

        assert_close(score[j], w[j], 0, 0, name);
        assert_close(p[j], of_p[j], 1e-10, 0, name);
        assert_close(adjusted[j], bh[j], 1e-10, 0, name);
    }
    free(w);
    free(of_p);
    free(bh);
    cohort_close(&c);
}

/* F to 1e-9 and p to 1e-8, as the case states; columns of scale 1e9, 1e-9 or with an outlier F to 1e-6, because
 * scikit-learn sums squares without centring; their p then moves with F. */
static void f_matches_scikit_learn(void **state)
{
    cohort c;
    (void)state;
    if (!rml_reference_present()) skip();
    cohort_open(&c, "filters/c80x400_anova_f");
    double *f = rml_table_numbers(&c.expected, "f_classif"), *pf = rml_table_numbers(&c.expected, "p_classif");
    double *r = rml_table_numbers(&c.expected, "f_regression_age"),
           *pr = rml_table_numbers(&c.expected, "p_regression_age");

    for (int regression = 0; regression < 2; ++regression) {
        if (regression)
            assert_int_equal(rml_univariate_regression(&c.columns, c.age, score, p), RML_OK);
        else
            assert_int_equal(rml_univariate_anova(&c.columns, c.classes, 2, score, p), RML_OK);
        for (int32_t j = 0; j < c.columns.n_columns; ++j) {
            const char *name = cJSON_GetArrayItem(c.names, j)->valuestring;
            const bool coarse = strcmp(name, "huge") == 0 || strcmp(name, "tiny") == 0 || strcmp(name, "outlier") == 0;

            if (regression && strcmp(name, "const") == 0) { /* scikit-learn's force_finite makes F 0 and p 1 of it */
                assert_true(isnan(score[j]) && isnan(p[j]));
                continue;
            }
            assert_close(score[j], (regression ? r : f)[j], coarse ? 1e-6 : 1e-9, 0, name);
            assert_close(p[j], (regression ? pr : pf)[j], coarse ? 1e-6 : 1e-8, 0, name);
        }
    }
    free(f);
    free(pf);
    free(r);
    free(pr);
    cohort_close(&c);
}

/* The reference's small samples: W, the normal form's p, and Welch. The input's columns are g (the first group first)
 * and v. */
static void small_samples_match_r(void **state)
{
    static const char *const names[] = {"wilcoxon/allequal",     "wilcoxon/big", "wilcoxon/n1",
                                        "wilcoxon/n49",          "wilcoxon/n50", "wilcoxon/outlier",
                                        "wilcoxon/small_noties", "wilcoxon/ties"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int k = 0; k < 8; ++k) {
        rml_reference reference;

        rml_reference_open(names[k], &reference);
        double *x = rml_table_numbers(&reference.input, "v");
        const int32_t g = rml_table_column(&reference.input, "g");
        const int64_t n = reference.input.n_rows;
        uint8_t *y = malloc((size_t)n);
        const cJSON *normal = rml_json(reference.result, "normal_correct");
        const cJSON *welch = cJSON_GetObjectItemCaseSensitive(reference.result, "welch");

        assert_true(g >= 0);
        for (int64_t i = 0; i < n; ++i)
            y[i] = strcmp(reference.input.cell[i * reference.input.n_columns + g], reference.input.cell[g]) == 0;
        assert_int_equal(rml_univariate_wilcoxon(&(rml_columns){n, n, 1, x}, y, score, p), RML_OK);
        assert_close(score[0], rml_json_number(rml_json(normal, "W")), 0, 0, names[k]);
        assert_close(p[0], rml_json_number(rml_json(normal, "p")), 1e-10, 0, names[k]);
        assert_int_equal(rml_univariate_welch(&(rml_columns){n, n, 1, x}, y, score, p), RML_OK);
        if (welch && cJSON_IsObject(welch)) {
            assert_close(score[0], rml_json_number(rml_json(welch, "t")), 1e-10, 0, names[k]);
            assert_close(p[0], rml_json_number(rml_json(welch, "p")), 1e-10, 0, names[k]);
        }
        rml_reference_close(&reference);
        free(x);
        free(y);
    }
}

/* Oracle: 1 2 3 against 4 5 6 7. W of the second: 12; normal form (12 - 6 - 0.5) / sqrt(8), p = erfc(5.5 / 4). Welch:
 * means 2 and 5.5, variances 1 and 5/3, t = 3.5 / sqrt(1/3 + 5/12), df = 0.75^2 / (1/18 + 25/432). F = 3.5^2 * 12 / 7 /
 * (7 / 5) = 15; so r^2 = 15 / 20. */
static void worked_examples(void **state)
{
    static const double x[2][7] = {{1, 2, 3, 4, 5, 6, 7}, {-2, -2, -2, -2, -2, -2, -2}};
    static const double target[7] = {10, 10, 10, 12, 12, 12, 12};
    static const uint8_t y[7] = {0, 0, 0, 1, 1, 1, 1};
    static const int32_t classes[7] = {3, 3, 3, 1, 1, 1, 1}; /* classes without rows do not count */
    const rml_columns columns = {7, 7, 2, x[0]};
    (void)state;
    assert_int_equal(rml_univariate_wilcoxon(&columns, y, score, p), RML_OK);
    assert_close(score[0], 12, 0, 0, "W");
    assert_close(p[0], erfc(5.5 / 4), 1e-15, 0, "p of W");
    assert_close(score[1], 6, 0, 0, "W of a constant");
    assert_true(isnan(p[1]));
    assert_int_equal(rml_univariate_welch(&columns, y, score, p), RML_OK);
    assert_close(score[0], 3.5 / sqrt(0.75), 1e-15, 0, "t");
    assert_close(p[0], 0.01006, 0, 1e-3, "p of t"); /* a table's value: t 4.04, df 4.96 */
    assert_true(isnan(score[1]) && isnan(p[1]));
    for (int form = 0; form < 2; ++form) {
        if (form)
            assert_int_equal(rml_univariate_regression(&columns, target, score, p), RML_OK);
        else
            assert_int_equal(rml_univariate_anova(&columns, classes, 5, score, p), RML_OK);
        assert_close(score[0], 15, 1e-13, 0, "F");
        assert_true(p[0] > 0.01 && p[0] < 0.025); /* F(1, 5): 16.26 at 0.01, 10.01 at 0.025 */
        assert_true(isnan(score[1]) && isnan(p[1]));
    }
    assert_close(rml_univariate_f_of_r(sqrt(0.75), 7), 15, 1e-13, 0, "F of r");
    assert_true(isinf(rml_univariate_f_of_r(-1.0, 7)));
    static const double apart[4] = {1, 1, 2, 2};
    assert_int_equal(rml_univariate_anova(&(rml_columns){4, 4, 1, apart}, (int32_t[]){0, 0, 1, 1}, 2, score, p),
                     RML_OK);
    assert_true(isinf(score[0]) && p[0] == 0.0);
}

/* A table of 2 x 2 with 10, 20, 30, 40: chi-square = 100 (10*40 - 20*30)^2 / (30 * 70 * 40 * 60) = 0.79365; p of one
 * degree of freedom is erfc(sqrt(chi-square / 2)). Information by its four terms. */
static void levels_by_hand(void **state)
{
    static const int count[2][2] = {{10, 20}, {30, 40}};
    uint8_t levels[200];
    int32_t classes[100], n = 0;
    double information = 0.0;
    (void)state;
    for (int a = 0; a < 2; ++a)
        for (int b = 0; b < 2; ++b)
            for (int k = 0; k < count[a][b]; ++k) {
                levels[n] = (uint8_t)(a ? 5 : 2); /* levels 0, 1, 3, 4 are not met */
                levels[100 + n] = 1;
                classes[n++] = b ? 2 : 0;
            }
    information += 0.1 * log(0.1 / 0.3 / 0.4) + 0.2 * log(0.2 / 0.3 / 0.6);
    information += 0.3 * log(0.3 / 0.7 / 0.4) + 0.4 * log(0.4 / 0.7 / 0.6);
    assert_int_equal(rml_univariate_chi_square(levels, 100, 2, 6, classes, 3, score, p), RML_OK);
    assert_close(score[0], 100.0 * 200 * 200 / (30.0 * 70 * 40 * 60), 1e-13, 0, "chi-square");
    assert_close(p[0], erfc(sqrt(score[0] / 2)), 1e-12, 0, "p of chi-square");
    assert_true(isnan(score[1]) && isnan(p[1]));
    assert_int_equal(rml_univariate_information(levels, 100, 2, 6, classes, 3, score, p), RML_OK);
    assert_close(score[0], information, 1e-12, 0, "information");
    assert_close(p[0], erfc(sqrt(100 * information)), 1e-11, 0, "p of information");
    assert_true(score[1] == 0.0 && isnan(p[1]));
    /* 5 0 | 2 3: 10 (5*3 - 0)^2 / (5 * 5 * 7 * 3); a cell without rows counts too */
    static const uint8_t few[10] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
    static const int32_t few_classes[10] = {0, 0, 0, 0, 0, 0, 0, 1, 1, 1};
    assert_int_equal(rml_univariate_chi_square(few, 10, 1, 2, few_classes, 2, score, p), RML_OK);
    assert_close(score[0], 30.0 / 7, 1e-14, 0, "chi-square with an empty cell");
    assert_int_equal(rml_univariate_information(levels, 100, 2, 5, classes, 3, score, p), RML_EINVAL);
    assert_int_equal(rml_univariate_information(levels, 100, 2, 6, classes, 2, score, p), RML_EINVAL);
    assert_int_equal(rml_univariate_information(levels, 100, 2, 65, classes, 3, score, p), RML_EINVAL);
    assert_int_equal(rml_univariate_information(levels, 0, 2, 6, classes, 3, score, p), RML_EEMPTY);
}

static void choice_follows_p(void **state)
{
    static const double of_p[7] = {0.2, NAN, 0.01, 0.0, 0.0, 0.01, 0.04}, size[7] = {1, 9, 3, -5, 8, 3, 2};
    int32_t chosen[7], n;
    (void)state;
    assert_int_equal(rml_univariate_top(of_p, size, 7, 10, chosen, &n), RML_OK);
    assert_int_equal(n, 6);
    assert_memory_equal(chosen, ((int32_t[]){4, 3, 2, 5, 6, 0}), sizeof(int32_t) * 6);
    assert_int_equal(rml_univariate_top(of_p, NULL, 7, 2, chosen, &n), RML_OK);
    assert_int_equal(n, 2);
    assert_memory_equal(chosen, ((int32_t[]){3, 4}), sizeof(int32_t) * 2);
    assert_int_equal(rml_univariate_top(of_p, size, 7, 0, chosen, &n), RML_EINVAL);
    /* p.adjust(c(0.01, 0.04, NA, 0.03), "BH") is 0.03 0.04 NA 0.04 */
    double adjusted[4] = {0.01, 0.04, NAN, 0.03};
    assert_int_equal(rml_univariate_adjust(adjusted, 4, adjusted), RML_OK);
    assert_close(adjusted[0], 0.03, 1e-15, 0, "BH");
    assert_close(adjusted[1], 0.04, 1e-15, 0, "BH");
    assert_true(isnan(adjusted[2]));
    assert_close(adjusted[3], 0.04, 1e-15, 0, "BH");
}

/* A test depends neither on the rows' order nor, for the rank test, on an increasing map of the values. */
static void rows_in_any_order(void **state)
{
    double x[60], turned[60], other[2];
    uint8_t y[60], turned_y[60];
    uint64_t seed = 11;
    (void)state;
    for (int i = 0; i < 60; ++i) {
        y[i] = rml_test_random(&seed) % 2;
        x[i] = floor(20 * rml_test_uniform(&seed)) + y[i];
    }
    for (int i = 0; i < 60; ++i) {
        turned[i] = exp(x[i * 7 % 60] / 10); /* 7 and 60 share no divisor */
        turned_y[i] = y[i * 7 % 60];
    }
    assert_int_equal(rml_univariate_wilcoxon(&(rml_columns){60, 60, 1, x}, y, score, p), RML_OK);
    assert_int_equal(rml_univariate_wilcoxon(&(rml_columns){60, 60, 1, turned}, turned_y, other, other + 1), RML_OK);
    assert_true(score[0] == other[0] && p[0] == other[1]);
    for (int i = 0; i < 60; ++i) turned[i] = x[i * 7 % 60];
    assert_int_equal(rml_univariate_welch(&(rml_columns){60, 60, 1, x}, y, score, p), RML_OK);
    assert_int_equal(rml_univariate_welch(&(rml_columns){60, 60, 1, turned}, turned_y, other, other + 1), RML_OK);
    assert_close(score[0], other[0], 1e-12, 0, "t");
    memset(y, 1, sizeof y);
    assert_int_equal(rml_univariate_welch(&(rml_columns){60, 60, 1, x}, y, score, p), RML_EEMPTY);
    y[0] = 0;
    assert_int_equal(rml_univariate_welch(&(rml_columns){60, 60, 1, x}, y, score, p), RML_OK);
    assert_true(isnan(score[0]) && isnan(p[0])); /* one row in a class */
    x[5] = NAN;
    assert_int_equal(rml_univariate_wilcoxon(&(rml_columns){60, 60, 1, x}, y, score, p), RML_EVALUE);
    assert_int_equal(rml_univariate_regression(&(rml_columns){60, 60, 1, turned}, x, score, p), RML_EVALUE);
    y[0] = 2;
    assert_int_equal(rml_univariate_wilcoxon(&(rml_columns){60, 60, 1, turned}, y, score, p), RML_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wilcoxon_matches_r),    cmocka_unit_test(f_matches_scikit_learn),
        cmocka_unit_test(small_samples_match_r), cmocka_unit_test(worked_examples),
        cmocka_unit_test(levels_by_hand),        cmocka_unit_test(choice_follows_p),
        cmocka_unit_test(rows_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
