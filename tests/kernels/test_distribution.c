/* Tails and quantiles. Oracle: tests/oracle/distributions.csv, computed with 60 digits (mpmath). */
#include "kernels/stats/distribution.h"
#include "tests/support/measured.h"
#include "tests/support/reference.h"

static double value_of(const char *name, double a, double b, double c)
{
    if (strcmp(name, "normal_upper") == 0) return rml_normal_upper(a);
    if (strcmp(name, "normal_quantile") == 0) return rml_normal_quantile(a);
    if (strcmp(name, "t_two_sided") == 0) return rml_t_two_sided(a, b);
    if (strcmp(name, "t_quantile") == 0) return rml_t_quantile(a, b);
    if (strcmp(name, "chisq_upper") == 0) return rml_chisq_upper(a, b);
    if (strcmp(name, "f_upper") == 0) return rml_f_upper(a, b, c);
    if (strcmp(name, "beta_lower") == 0) return rml_beta_lower(a, b, c);
    if (strcmp(name, "beta_upper") == 0) return rml_beta_upper(a, b, c);
    if (strcmp(name, "beta_quantile") == 0) return rml_beta_quantile(a, b, c);
    fail_msg("no function %s", name);
    return NAN;
}

/* 1e-12: a tail of 1e-300 has an exponent of 700, whose rounding alone is 1e-13. */
static void tails_match_60_digits(void **state)
{
    const char *source = getenv("RADMILL_SOURCE");
    char path[4096];
    rml_table table;
    rml_error err;
    double *number[4];
    (void)state;

    snprintf(path, sizeof path, "%s/tests/oracle/distributions.csv", source && *source ? source : ".");
    if (rml_table_read(path, &table, &err) != RML_OK) fail_msg("%s", err.text);
    number[0] = rml_table_numbers(&table, "a");
    number[1] = rml_table_numbers(&table, "b");
    number[2] = rml_table_numbers(&table, "c");
    number[3] = rml_table_numbers(&table, "value");
    assert_true(table.n_rows > 100);
    rml_measured_case("distributions.csv", "");
    for (int64_t r = 0; r < table.n_rows; ++r) {
        const char *name = table.cell[r * table.n_columns];
        char what[128];

        snprintf(what, sizeof what, "%s(%g, %g, %g)", name, number[0][r], number[1][r], number[2][r]);
        assert_close(value_of(name, number[0][r], number[1][r], number[2][r]), number[3][r], 1e-12, 0, what);
    }
    rml_measured_case(NULL, NULL);
    for (int k = 0; k < 4; ++k) free(number[k]);
    rml_table_free(&table);
}

/* Closed forms and ends. */
static void ends_and_symmetries_hold(void **state)
{
    (void)state;
    assert_close(rml_normal_lower(-INFINITY), 0, 0, 0, "lower end");
    assert_close(rml_normal_quantile(0), -INFINITY, 0, 0, "quantile of 0");
    assert_close(rml_normal_quantile(1), INFINITY, 0, 0, "quantile of 1");
    assert_close(rml_normal_quantile(0.025), -rml_normal_quantile(0.975), 1e-14, 0, "symmetry");
    assert_close(rml_t_two_sided(INFINITY, 5), 0, 0, 0, "t at infinity");
    assert_close(rml_t_two_sided(0, 5), 1, 0, 0, "t at 0");
    assert_close(rml_t_two_sided(-3, 1), 1 - 2 * atan(3) / M_PI, 1e-14, 0, "Cauchy");
    assert_close(rml_t_two_sided(1e200, 1), 2e-200 / M_PI, 1e-12, 0, "Cauchy, far out");
    assert_close(rml_t_lower(1.3, 7) + rml_t_upper(1.3, 7), 1, 1e-15, 0, "two tails");
    assert_close(rml_t_upper(-1.3, 7), rml_t_lower(1.3, 7), 0, 0, "mirrored");
    assert_close(rml_t_quantile(0.5, 7), 0, 0, 0, "median");
    assert_close(rml_t_quantile(0.1, 7), -rml_t_quantile(0.9, 7), 1e-14, 0, "symmetry");
    assert_close(rml_t_quantile(1, 7), INFINITY, 0, 0, "quantile of 1");
    assert_close(rml_chisq_upper(6, 2), exp(-3), 1e-14, 0, "exponential");
    assert_close(rml_chisq_upper(INFINITY, 3), 0, 0, 0, "chi-square at infinity");
    assert_close(rml_chisq_upper(-1, 3), 1, 0, 0, "below 0");
    assert_close(rml_f_upper(4, 1, 9), rml_t_two_sided(2, 9), 1e-14, 0, "F is t squared");
    assert_close(rml_f_upper(INFINITY, 2, 9), 0, 0, 0, "F at infinity");
    assert_close(rml_beta_lower(0.3, 1, 1), 0.3, 1e-15, 0, "uniform");
    assert_close(rml_beta_quantile(0, 2, 3), 0, 0, 0, "beta quantile of 0");
    assert_close(rml_beta_quantile(1, 2, 3), 1, 0, 0, "beta quantile of 1");
    assert_close(rml_gamma_lower(2.5, 3) + rml_gamma_upper(2.5, 3), 1, 1e-15, 0, "gamma's two tails");
    assert_close(rml_log_choose(5, 2), log(10), 1e-14, 0, "5 choose 2");
    assert_true(isnan(rml_t_two_sided(NAN, 5)) && isnan(rml_t_two_sided(1, 0)) && isnan(rml_normal_two_sided(NAN)));
    assert_true(isnan(rml_chisq_upper(NAN, 2)) && isnan(rml_beta_lower(1.5, 1, 1)) && isnan(rml_f_upper(NAN, 1, 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_match_60_digits),
        cmocka_unit_test(ends_and_symmetries_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
