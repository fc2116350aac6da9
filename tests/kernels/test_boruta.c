/* Boruta. Oracle: how often R's Boruta 8.0.0 confirmed and rejected each column over 15 seeds; binomial tails by hand;
 * problems of which the answer is known. The reference's BorutaPy case is information only: it takes Gini importance
 * and another correction, and rejects what R's confirms. */
#include "kernels/trees/boruta.h"
#include "tests/kernels/tree_cases.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SEEDS = 1, FEWER_TREES = 50 }; /* ten times as slow: smaller forests, which decide a little less often */
#else
enum { SEEDS = 2, FEWER_TREES = 0 };
#endif

/* Columns that R confirms in all seeds are confirmed, those that it rejects in all are not. */
static void case_is_in_its_band(void **state)
{
    tree_case c;
    rml_table table;
    double *confirmed, *rejected;
    int32_t *class;

    (void)state;
    if (!rml_reference_present()) skip();
    tree_case_open("boruta/c150x40_R", "expected.csv", "y", &c);
    rml_reference_table(&c.reference, "expected.csv", &table);
    confirmed = rml_table_numbers(&table, "confirmed");
    rejected = rml_table_numbers(&table, "rejected");
    class = malloc((size_t)c.all.n_rows * sizeof *class);
    assert_non_null(class);
    for (int64_t i = 0; i < c.all.n_rows; ++i) class[i] = c.y[i];
    for (int s = 0; s < SEEDS; ++s) {
        rml_boruta_settings settings = rml_boruta_defaults();
        rml_boruta boruta;

        settings.seed = (uint64_t)s;
        if (FEWER_TREES) settings.n_trees = FEWER_TREES;
        assert_int_equal(rml_boruta_fit(&c.all, class, 2, NULL, NULL, &settings, &boruta), RML_OK);
        for (int32_t j = 0; j < c.all.n_columns; ++j) {
            const rml_boruta_decision decision = boruta.decision[j];
            const char *name = table.cell[(int64_t)j * table.n_columns];

            if (confirmed[j] >= 0.95 && !FEWER_TREES && decision != RML_BORUTA_CONFIRMED)
                fail_msg("seed %d: %s is not confirmed", s, name);
            if (confirmed[j] <= 0.05 && rejected[j] >= 0.95 && decision == RML_BORUTA_CONFIRMED)
                fail_msg("seed %d: %s is confirmed", s, name);
        }
        rml_boruta_free(&boruta);
    }
    free(confirmed);
    free(rejected);
    free(class);
    rml_table_free(&table);
    tree_case_close(&c);
}

/* All hits or none in n runs have the tail 2^-n: below 0.01 from 7 runs on, times 40 columns from 12 on; one miss has
 * (n + 1) 2^-n: from 11 and 17 runs on. */
static void tails_by_hand(void **state)
{
    static const struct {
        int32_t runs;
        bool bonferroni;
        rml_boruta_decision all, all_but_one;
    } cases[] = {{6, false, RML_BORUTA_TENTATIVE, RML_BORUTA_TENTATIVE},
                 {7, false, RML_BORUTA_CONFIRMED, RML_BORUTA_TENTATIVE},
                 {10, false, RML_BORUTA_CONFIRMED, RML_BORUTA_TENTATIVE},
                 {11, false, RML_BORUTA_CONFIRMED, RML_BORUTA_CONFIRMED},
                 {11, true, RML_BORUTA_TENTATIVE, RML_BORUTA_TENTATIVE},
                 {12, true, RML_BORUTA_CONFIRMED, RML_BORUTA_TENTATIVE},
                 {16, true, RML_BORUTA_CONFIRMED, RML_BORUTA_TENTATIVE},
                 {17, true, RML_BORUTA_CONFIRMED, RML_BORUTA_CONFIRMED}};

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        int32_t hits[40];
        rml_boruta_decision decision[40] = {RML_BORUTA_TENTATIVE};

        for (int j = 0; j < 40; ++j) hits[j] = cases[k].runs / 2;
        hits[0] = cases[k].runs;
        hits[1] = cases[k].runs - 1;
        hits[2] = 0;
        hits[3] = 1;
        hits[4] = 0;
        decision[4] = RML_BORUTA_CONFIRMED; /* stays, whatever follows */
        rml_boruta_judge(hits, 40, cases[k].runs, 0.01, cases[k].bonferroni, decision);
        assert_int_equal(decision[0], cases[k].all);
        assert_int_equal(decision[1], cases[k].all_but_one);
        assert_int_equal(decision[2], cases[k].all ? RML_BORUTA_REJECTED : RML_BORUTA_TENTATIVE);
        assert_int_equal(decision[3], cases[k].all_but_one ? RML_BORUTA_REJECTED : RML_BORUTA_TENTATIVE);
        assert_int_equal(decision[4], RML_BORUTA_CONFIRMED);
        for (int j = 5; j < 40; ++j) assert_int_equal(decision[j], RML_BORUTA_TENTATIVE);
    }
}

enum { N = 80, P = 7 };

static double x[N * P], number[N];
static int32_t class[N];

static void make_problem(void)
{
    uint64_t seed = 21;

    for (int k = 0; k < N * P; ++k) x[k] = k / N == 6 ? 3.0 : rml_test_uniform(&seed); /* column 6 is flat */
    for (int i = 0; i < N; ++i) {
        number[i] = 2.0 * x[N + i] + x[3 * N + i] + 0.2 * rml_test_uniform(&seed);
        class[i] = number[i] > 1.9 ? 2 : number[i] > 1.3;
    }
}

/* Columns 1 and 3 make the outcome, the others nothing; the same again with the same seed. From 1 column on there are
 * enough shadows. */
static void known_columns_are_found(void **state)
{
    (void)state;
    make_problem();
    for (int numbers = 0; numbers < 2; ++numbers)
        for (int32_t p = 1; p <= P; ++p) {
            const rml_columns table = {.n_rows = N, .stride = N, .n_columns = p, .x = x + (p < 4 ? N : 0)};
            rml_boruta_settings settings = rml_boruta_defaults();
            rml_boruta boruta, again;

            settings.n_trees = 60;
            settings.max_runs = 40;
            settings.seed = 4;
            assert_int_equal(rml_boruta_fit(&table, numbers ? NULL : class, numbers ? 0 : 3, numbers ? number : NULL,
                                            NULL, &settings, &boruta),
                             RML_OK);
            assert_true(boruta.n_runs >= 7 && boruta.n_runs < 40);
            for (int32_t j = 0, s = 0; j < p; ++j) {
                const int32_t original = p < 4 ? j + 1 : j;
                const bool matters = original == 1 || original == 3;

                if (matters) {
                    assert_int_equal(boruta.decision[j], RML_BORUTA_CONFIRMED);
                    assert_int_equal(boruta.selected[s++], j);
                    assert_true(boruta.importance[j] > 3.0);
                } else {
                    assert_true(boruta.decision[j] != RML_BORUTA_CONFIRMED);
                    assert_true(boruta.importance[j] < 3.0);
                }
                if (original == 6) assert_close(boruta.importance[j], 0, 0, 0, "flat column");
                if (j == p - 1) assert_int_equal(boruta.n_selected, s);
            }
            assert_int_equal(rml_boruta_fit(&table, numbers ? NULL : class, numbers ? 0 : 3, numbers ? number : NULL,
                                            NULL, &settings, &again),
                             RML_OK);
            for (int32_t j = 0; j < p; ++j) assert_close(again.importance[j], boruta.importance[j], 0, 0, "again");
            rml_boruta_free(&boruta);
            rml_boruta_free(&again);
        }
}

static void bad_input_is_refused(void **state)
{
    static const int32_t one_class[N];
    const rml_columns table = {.n_rows = N, .stride = N, .n_columns = P, .x = x};
    const rml_columns empty = {.n_rows = N, .stride = N, .n_columns = 0, .x = x};
    rml_boruta_settings settings = rml_boruta_defaults();
    rml_boruta boruta;

    (void)state;
    make_problem();
    assert_int_equal(rml_boruta_fit(&empty, class, 3, NULL, NULL, &settings, &boruta), RML_EEMPTY);
    assert_int_equal(rml_boruta_fit(&table, one_class, 3, NULL, NULL, &settings, &boruta), RML_EEMPTY);
    settings.p_value = 1.0;
    assert_int_equal(rml_boruta_fit(&table, class, 3, NULL, NULL, &settings, &boruta), RML_EINVAL);
    settings = rml_boruta_defaults();
    settings.max_runs = 1;
    assert_int_equal(rml_boruta_fit(&table, class, 3, NULL, NULL, &settings, &boruta), RML_EINVAL);
    settings = rml_boruta_defaults();
    settings.n_trees = 0;
    assert_int_equal(rml_boruta_fit(&table, class, 3, NULL, NULL, &settings, &boruta), RML_EINVAL);
    settings = rml_boruta_defaults();
    x[5] = NAN;
    assert_int_equal(rml_boruta_fit(&table, class, 3, NULL, NULL, &settings, &boruta), RML_EVALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_is_in_its_band),
        cmocka_unit_test(tails_by_hand),
        cmocka_unit_test(known_columns_are_found),
        cmocka_unit_test(bad_input_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
