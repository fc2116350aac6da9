/* mRMR. Oracle: the reference's 14 cases (own code of Peng 2005 checked against scikit-learn and pymrmr; mrmr_selection
 * 0.2.8; mRMRe 2.1.2.2), and the definition with everything compared with everything. */
#include "kernels/select/bins.h"
#include "kernels/select/mrmr.h"
#include "kernels/select/univariate.h"
#include "tests/support/reference.h"

#define MOST 400

static int32_t column[MOST];
static double score[MOST], relevance[MOST];
static rml_mrmr_choice choice = {.column = column, .score = score, .relevance = relevance};

static int32_t *classes_of(const rml_table *table, const char *name, const char *positive)
{
    int32_t *classes = malloc((size_t)table->n_rows * sizeof *classes);
    const int32_t c = rml_table_column(table, name);

    assert_true(c >= 0);
    for (int64_t i = 0; i < table->n_rows; ++i)
        classes[i] = strcmp(table->cell[i * table->n_columns + c], positive) == 0;
    return classes;
}

/* The first column with the same relevance: the reference's tables hold multiples of columns (dup_f001, neg_f003,
 * tiny), which tie but for rounding, and each program breaks such ties in its own way. */
static int32_t same_as(int32_t j)
{
    int32_t first = 0;

    while (first < j && !(fabs(relevance[first] - relevance[j]) <= 1e-12 * relevance[j])) ++first;
    return first;
}

static int32_t column_named(const cJSON *names, const char *name)
{
    for (int32_t j = 0; j < cJSON_GetArraySize(names); ++j)
        if (strcmp(cJSON_GetArrayItem(names, j)->valuestring, name) == 0) return j;
    fail_msg("no column %s", name);
    return -1;
}

/* The chosen columns, up to the first step whose gap to the second best is below least_gap. */
static void check_names(const char *what, const cJSON *names, const cJSON *expected, const cJSON *gaps,
                        double least_gap)
{
    assert_int_equal(choice.n, cJSON_GetArraySize(expected));
    for (int32_t k = 0; k < choice.n; ++k) {
        const char *name = cJSON_GetArrayItem(expected, k)->valuestring;

        if (gaps && cJSON_GetArrayItem(gaps, k)->valuedouble < least_gap) return;
        if (same_as(column[k]) != same_as(column_named(names, name)))
            fail_msg("%s: step %d chose %s, not %s", what, k, cJSON_GetArrayItem(names, column[k])->valuestring, name);
    }
}

/* The sequence of columns without those that have a multiple before them; returns its length. */
static int32_t without_multiples(const int32_t *from, int32_t n, int32_t *to)
{
    int32_t n_left = 0;

    for (int32_t k = 0; k < n; ++k) {
        bool met = false;

        for (int32_t i = 0; i < n_left; ++i) met = met || to[i] == same_as(from[k]);
        if (!met) to[n_left++] = same_as(from[k]);
    }
    return n_left;
}

/* By the largest |r|, mrmr_selection lets a column lose against all others when a chosen one gives r = 1 to the last
 * bit, which of two multiples in this table happens to one. It has no effect on the order of the other columns. */
static void check_max(const char *what, const cJSON *names, const cJSON *expected)
{
    int32_t of_reference[MOST], theirs[MOST], ours[MOST], n = cJSON_GetArraySize(expected);

    for (int32_t k = 0; k < n; ++k) of_reference[k] = column_named(names, cJSON_GetArrayItem(expected, k)->valuestring);
    n = without_multiples(of_reference, n, theirs);
    const int32_t n_ours = without_multiples(column, choice.n, ours);
    assert_true(n >= 24 && n_ours >= 24);
    for (int32_t k = 0; k < n && k < n_ours; ++k)
        if (theirs[k] != ours[k]) fail_msg("%s: place %d has column %d, not %d", what, k, ours[k], theirs[k]);
}

/* Order up to the first tie and scores to 1e-10, as the cases state. */
static void information_matches_reference(void **state)
{
    static const char *const data[] = {"breast_cancer", "c150x40", "c80x400"};
    static const char *const words[] = {"mean_sd3", "width5", "quantile4"};
    static const int32_t n_levels[] = {3, 5, 4};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int d = 0; d < 3; ++d)
        for (int f = 0; f < 3; ++f) {
            char name[128];
            rml_reference reference;
            rml_bins bins;
            int32_t n_columns;

            snprintf(name, sizeof name, "mrmr/%s_mi_%s", data[d], words[f]);
            rml_reference_open(name, &reference);
            const cJSON *names = rml_json(reference.result, "columns");
            const cJSON *nats = rml_json(reference.result, "relevance_nats");
            double *x = rml_table_matrix(&reference.input, names, &n_columns);
            int32_t *classes = classes_of(&reference.input, "y", "1");
            const int64_t n = reference.input.n_rows;
            const rml_columns columns = {n, n, n_columns, x};
            uint8_t *levels = malloc((size_t)(n * n_columns));

            assert_int_equal(rml_bins_fit(&columns, (rml_bins_kind)f, n_levels[f], &bins), RML_OK);
            assert_int_equal(rml_bins_apply(&bins, &columns, levels), RML_OK);
            for (int form = RML_MRMR_MID; form <= RML_MRMR_MIQ; ++form) {
                const cJSON *expected = rml_json(reference.result, form == RML_MRMR_MID ? "MID" : "MIQ");
                const cJSON *gaps = rml_json(expected, "gap_to_second"), *scores = rml_json(expected, "score");

                assert_int_equal(rml_mrmr_levels(levels, n, n_columns, n_levels[f], classes, 2, (rml_mrmr_form)form,
                                                 cJSON_GetArraySize(scores), &choice),
                                 RML_OK);
                check_names(name, names, rml_json(expected, "selected"), gaps, 1e-9);
                for (int32_t k = 0; k < choice.n; ++k) {
                    assert_close(score[k], cJSON_GetArrayItem(scores, k)->valuedouble, 0, 1e-10, name);
                    if (cJSON_GetArrayItem(gaps, k)->valuedouble < 1e-9) break;
                }
                for (int32_t j = 0; j < n_columns; ++j)
                    assert_close(relevance[j], cJSON_GetArrayItem(nats, j)->valuedouble, 0, 1e-10, name);
            }
            rml_bins_free(&bins);
            rml_reference_close(&reference);
            free(x);
            free(classes);
            free(levels);
        }
}

/* The whole order but for ties; the scores to 1e-6, since scikit-learn's F of columns with large means
 * has no more. */
static void f_matches_reference(void **state)
{
    static const char *const data[] = {"breast_cancer", "c150x40", "c80x400"};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int d = 0; d < 3; ++d) {
        char name[128];
        rml_reference reference;
        int32_t n_columns;

        snprintf(name, sizeof name, "mrmr/%s_mrmr_selection_F", data[d]);
        rml_reference_open(name, &reference);
        const cJSON *names = rml_json(reference.result, "columns");
        const cJSON *scores = rml_json(reference.result, "own_score");
        double *x = rml_table_matrix(&reference.input, names, &n_columns);
        int32_t *classes = classes_of(&reference.input, "y", "1");
        const int64_t n = reference.input.n_rows;
        const rml_columns columns = {n, n, n_columns, x};

        assert_int_equal(rml_mrmr_numbers(&columns, classes, 2, NULL, RML_MRMR_F_MEAN, 30, &choice), RML_OK);
        check_names(name, names, rml_json(reference.result, "selected_mean"), NULL, 0);
        check_names(name, names, rml_json(reference.result, "own_selected"), NULL, 0);
        for (int32_t k = 0; k < choice.n; ++k)
            assert_close(score[k], cJSON_GetArrayItem(scores, k)->valuedouble, 1e-6, 0, name);
        assert_int_equal(rml_mrmr_numbers(&columns, classes, 2, NULL, RML_MRMR_F_MAX, 30, &choice), RML_OK);
        check_max(name, names, rml_json(reference.result, "selected_max"));
        rml_reference_close(&reference);
        free(x);
        free(classes);
    }
}

static void ln_matches_reference(void **state)
{
    static const struct {
        const char *name, *target, *positive;
    } cases[] = {{"mrmr/Pima_mrmre", "type", "1"}, {"mrmr/c80x400_mrmre", "y", "1"}};
    (void)state;
    if (!rml_reference_present()) skip();
    for (int c = 0; c < 2; ++c) {
        rml_reference reference;
        int32_t n_columns;

        rml_reference_open(cases[c].name, &reference);
        const cJSON *names = rml_json(reference.result, "columns");
        const cJSON *scores = rml_json(reference.result, "mrmre_scores");
        const cJSON *information = rml_json(reference.result, "relevance");
        double *x = rml_table_matrix(&reference.input, names, &n_columns);
        double *target = rml_table_numbers(&reference.input, cases[c].target);
        int32_t *classes = classes_of(&reference.input, cases[c].target, cases[c].positive);
        const int64_t n = reference.input.n_rows;
        const rml_columns columns = {n, n, n_columns, x};

        for (int by_class = 0; by_class < 2; ++by_class) {
            assert_int_equal(rml_mrmr_numbers(&columns, by_class ? classes : NULL, 2, by_class ? NULL : target,
                                              RML_MRMR_LN, cJSON_GetArraySize(scores), &choice),
                             RML_OK);
            check_names(cases[c].name, names, rml_json(reference.result, "mrmre_selected"), NULL, 0);
            check_names(cases[c].name, names, rml_json(reference.result, "own_formula_selected"), NULL, 0);
            for (int32_t k = 0; k < choice.n; ++k)
                assert_close(score[k], cJSON_GetArrayItem(scores, k)->valuedouble, 0, 1e-9, cases[c].name);
            for (int32_t j = 0; j < n_columns; ++j)
                assert_close(relevance[j], cJSON_GetArrayItem(information, j)->valuedouble, 0, 1e-12, cases[c].name);
        }
        rml_reference_close(&reference);
        free(x);
        free(target);
        free(classes);
    }
}

#define ROWS 67
#define COLUMNS 24

static double table[COLUMNS][ROWS];
static int32_t codes[ROWS];

/* Correlated columns; the last three are a copy of column 0, its negative and a constant. */
static void fill_table(uint64_t seed, int32_t n_classes)
{
    for (int i = 0; i < ROWS; ++i) {
        const double common = rml_test_uniform(&seed);

        codes[i] = (int32_t)(rml_test_random(&seed) % (uint64_t)n_classes);
        for (int j = 0; j < COLUMNS; ++j)
            table[j][i] = rml_test_uniform(&seed) + j % 4 * common + 0.1 * (j % 5) * codes[i];
        table[COLUMNS - 3][i] = table[0][i];
        table[COLUMNS - 2][i] = -table[0][i];
        table[COLUMNS - 1][i] = 4.2;
    }
}

static double pearson(const double *x, const double *y)
{
    long double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;

    for (int i = 0; i < ROWS; ++i) {
        mx += x[i];
        my += y[i];
    }
    for (int i = 0; i < ROWS; ++i) {
        xx += (x[i] - mx / ROWS) * (x[i] - mx / ROWS);
        yy += (y[i] - my / ROWS) * (y[i] - my / ROWS);
        xy += (x[i] - mx / ROWS) * (y[i] - my / ROWS);
    }
    return (double)(xy / sqrtl(xx * yy));
}

static double mutual(const uint8_t *a, const uint8_t *b)
{
    double joint[64][64] = {{0}}, pa[64] = {0}, pb[64] = {0}, sum = 0.0;

    for (int i = 0; i < ROWS; ++i) {
        joint[a[i]][b[i]] += 1.0 / ROWS;
        pa[a[i]] += 1.0 / ROWS;
        pb[b[i]] += 1.0 / ROWS;
    }
    for (int i = 0; i < 64; ++i)
        for (int j = 0; j < 64; ++j)
            if (joint[i][j] > 0.0) sum += joint[i][j] * log(joint[i][j] / pa[i] / pb[j]);
    return sum;
}

/* Each choice has, by the definition over all columns, the score that is reported, and none left has a higher one. The
 * search that skips columns is held against this. */
static void choices_are_the_best(void **state)
{
    static uint8_t levels[COLUMNS][ROWS], outcome[ROWS];
    (void)state;
    for (uint64_t seed = 1; seed <= 5; ++seed)
        for (int form = 0; form < RML_N_MRMR; ++form) {
            const rml_columns columns = {ROWS, ROWS, COLUMNS, table[0]};
            const int32_t n_classes = form == RML_MRMR_LN ? 2 : 3;
            const bool by_levels = form <= RML_MRMR_MIQ;
            double target[ROWS];
            rml_bins bins;

            fill_table(seed, n_classes);
            for (int i = 0; i < ROWS; ++i) {
                outcome[i] = (uint8_t)codes[i];
                target[i] = codes[i] + table[1][i];
            }
            const bool by_target = !by_levels && seed % 2;
            assert_int_equal(rml_bins_fit(&columns, RML_BINS_QUANTILE, 4 * (int32_t)seed - 2, &bins), RML_OK);
            assert_int_equal(rml_bins_apply(&bins, &columns, levels[0]), RML_OK);
            if (by_levels)
                assert_int_equal(rml_mrmr_levels(levels[0], ROWS, COLUMNS, bins.n_levels, codes, n_classes,
                                                 (rml_mrmr_form)form, COLUMNS + 5, &choice),
                                 RML_OK);
            else
                assert_int_equal(rml_mrmr_numbers(&columns, by_target ? NULL : codes, n_classes,
                                                  by_target ? target : NULL, (rml_mrmr_form)form, COLUMNS + 5, &choice),
                                 RML_OK);
            rml_bins_free(&bins);
            assert_int_equal(choice.n, by_levels ? COLUMNS : form == RML_MRMR_LN ? COLUMNS - 3 : COLUMNS - 1);
            for (int k = 0; k < choice.n; ++k) {
                double highest = -INFINITY, of_chosen = NAN;

                for (int j = 0; j < COLUMNS; ++j) {
                    double sum = 0.0, most = 0.0, own;
                    bool taken = !by_levels && j == COLUMNS - 1;

                    for (int c = 0; c < k; ++c) {
                        const int s = column[c];
                        const double r = by_levels ? 0.0 : pearson(table[j], table[s]);
                        const double value = by_levels             ? mutual(levels[j], levels[s])
                                             : form == RML_MRMR_LN ? -0.5 * log(1.0 - r * r)
                                                                   : fmax(fabs(r), 0.001);

                        taken = taken || s == j || (form == RML_MRMR_LN && fabs(r) > 1.0 - 1e-12);
                        sum += value;
                        most = fmax(most, value);
                    }
                    if (taken) continue;
                    if (by_levels)
                        own = mutual(levels[j], outcome);
                    else if (form == RML_MRMR_LN)
                        own = relevance[j];
                    else if (by_target)
                        own = rml_univariate_f_of_r(pearson(table[j], target), ROWS);
                    else
                        own = rml_univariate_f(table[j], ROWS, codes, n_classes);
                    const double n_chosen = k;
                    double value = own;

                    if (k > 0 && form == RML_MRMR_MIQ)
                        value = own / M_LN2 / (sum / M_LN2 / n_chosen + 0.0001);
                    else if (k > 0 && form == RML_MRMR_F_MEAN)
                        value = own / (sum / n_chosen);
                    else if (k > 0 && form == RML_MRMR_F_MAX)
                        value = own / most;
                    else if (k > 0)
                        value = own - sum / n_chosen;
                    highest = fmax(highest, value);
                    if (j == column[k]) of_chosen = value;
                }
                assert_close(score[k], of_chosen, 1e-9, 1e-10, "score of the choice");
                assert_close(of_chosen, highest, 1e-9, 1e-10, "highest score");
            }
        }
}

/* Copies and renamed levels tie, and the lowest column wins; for LN a copy is never chosen. */
static void ties_go_to_the_lowest_column(void **state)
{
    uint8_t levels[6][ROWS];
    uint64_t seed = 5;
    (void)state;
    for (int i = 0; i < ROWS; ++i) {
        codes[i] = (int32_t)(rml_test_random(&seed) % 2);
        levels[0][i] = 1; /* one level */
        levels[1][i] = (uint8_t)(rml_test_random(&seed) % 5);
        levels[2][i] = (uint8_t)(rml_test_random(&seed) % 3 + (uint64_t)codes[i]);
        levels[3][i] = (uint8_t)((levels[2][i] + 2) % 5); /* renamed */
        levels[4][i] = (uint8_t)(4 - levels[2][i]);
        levels[5][i] = levels[1][i];
    }
    assert_int_equal(rml_mrmr_levels(levels[0], ROWS, 6, 5, codes, 2, RML_MRMR_MID, 6, &choice), RML_OK);
    assert_true(relevance[2] == relevance[3] && relevance[3] == relevance[4] && relevance[1] == relevance[5]);
    assert_true(relevance[0] == 0.0);
    assert_int_equal(column[0], 2);
    for (int k = 0, first = -1; k < 6; ++k) { /* of equal ones, the lower first */
        if (column[k] != 3 && column[k] != 4) continue;
        assert_true(first < column[k]);
        first = column[k];
    }
    fill_table(3, 2);
    const rml_columns columns = {ROWS, ROWS, COLUMNS, table[0]};
    assert_int_equal(rml_mrmr_numbers(&columns, codes, 2, NULL, RML_MRMR_LN, COLUMNS, &choice), RML_OK);
    assert_int_equal(choice.n, COLUMNS - 3);
    assert_true(isnan(relevance[COLUMNS - 1]));
    for (int k = 0; k < choice.n; ++k) assert_true(column[k] < COLUMNS - 3);
}

/* One class only, a column that is the target, and what is refused. */
static void edges(void **state)
{
    rml_columns columns = {ROWS, ROWS, COLUMNS, table[0]};
    double target[ROWS];
    (void)state;
    fill_table(7, 2);
    for (int i = 0; i < ROWS; ++i) target[i] = 3.0 - 2.0 * table[5][i];
    for (int form = RML_MRMR_F_MEAN; form <= RML_MRMR_LN; ++form) {
        assert_int_equal(rml_mrmr_numbers(&columns, NULL, 0, target, (rml_mrmr_form)form, 3, &choice), RML_OK);
        assert_int_equal(column[0], 5);
        assert_int_equal(choice.n, 3);
    }
    for (int i = 0; i < ROWS; ++i) codes[i] = 1;
    assert_int_equal(rml_mrmr_numbers(&columns, codes, 2, NULL, RML_MRMR_F_MEAN, 3, &choice), RML_OK);
    assert_int_equal(choice.n, 0);
    assert_int_equal(rml_mrmr_numbers(&columns, codes, 3, NULL, RML_MRMR_LN, 3, &choice), RML_EINVAL);
    assert_int_equal(rml_mrmr_numbers(&columns, codes, 2, NULL, RML_MRMR_MID, 3, &choice), RML_EINVAL);
    assert_int_equal(rml_mrmr_numbers(&columns, codes, 2, target, RML_MRMR_LN, 3, &choice), RML_EINVAL);
    assert_int_equal(rml_mrmr_numbers(&columns, NULL, 2, NULL, RML_MRMR_LN, 3, &choice), RML_EINVAL);
    assert_int_equal(rml_mrmr_numbers(&columns, codes, 2, NULL, RML_MRMR_LN, 0, &choice), RML_EINVAL);
    codes[4] = 2;
    assert_int_equal(rml_mrmr_numbers(&columns, codes, 2, NULL, RML_MRMR_LN, 3, &choice), RML_EINVAL);
    codes[4] = 0;
    table[3][3] = NAN;
    assert_int_equal(rml_mrmr_numbers(&columns, codes, 2, NULL, RML_MRMR_LN, 3, &choice), RML_EVALUE);
    columns.n_rows = 2;
    assert_int_equal(rml_mrmr_numbers(&columns, codes, 2, NULL, RML_MRMR_LN, 3, &choice), RML_EEMPTY);
    assert_int_equal(rml_mrmr_levels((uint8_t[]){0, 1}, 2, 1, 2, codes, 2, RML_MRMR_LN, 1, &choice), RML_EINVAL);
    assert_int_equal(rml_mrmr_levels((uint8_t[]){0, 2}, 2, 1, 2, codes, 2, RML_MRMR_MID, 1, &choice), RML_EINVAL);
    assert_int_equal(rml_mrmr_levels((uint8_t[]){0, 1}, 0, 1, 2, codes, 2, RML_MRMR_MID, 1, &choice), RML_EEMPTY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(information_matches_reference), cmocka_unit_test(f_matches_reference),
        cmocka_unit_test(ln_matches_reference),          cmocka_unit_test(choices_are_the_best),
        cmocka_unit_test(ties_go_to_the_lowest_column),  cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
