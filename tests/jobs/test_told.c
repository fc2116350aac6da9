/* How well the features tell the centre: against medians, z-scores, centroids and pairs counted here. */
#include "tests/support/support.h"

#include <math.h>

#include "jobs/sweep_told.h"

enum { N = 64, P = 4 };

typedef struct rml_case {
    char *text;
    rml_study study;
    rml_blob blob;
    rml_dataset dataset;
    rml_sweep_told *told;
} rml_case;

/* Centre of a patient: D has four patients, too few to count. */
static char centre_of(int i, int n_centres)
{
    return i >= N - 4 ? 'D' : "ABC"[i * 7 % 11 % n_centres];
}

static void open_case(int n_centres, const char *more, rml_case *c)
{
    char path[4096], study[4096];
    FILE *out;
    uint64_t state = 5;
    rml_error err = {0};

    *c = (rml_case){0};
    snprintf(path, sizeof path, "%s/told.csv", rml_test_folder());
    snprintf(study, sizeof study, "%s/told.yaml", rml_test_folder());
    out = fopen(path, "w");
    assert_non_null(out);
    fputs("id,centre,y,age,f0,f1,f2,f3\n", out);
    for (int i = 0; i < N; ++i) {
        const char centre = centre_of(i, n_centres);

        fprintf(out, "p%02d,%c,%d,%d", i, centre, i % 2, centre == 'A' ? 90 : 40); /* the age alone would tell A */
        for (int j = 0; j < P; ++j) {
            const double x =
                rml_test_uniform(&state) + 0.3 * (centre == 'B' && j < 2) - 0.2 * (centre == 'C' && j == 2);

            if (i % 17 == 3 && j == 1)
                fputs(",", out);
            else
                fprintf(out, ",%.17g", x);
        }
        fputc('\n', out);
    }
    fclose(out);
    assert_true(asprintf(&c->text,
                         "table: told.csv\nclinical: {file: told.csv, by: id, use: [age]}\npatient: id\n"
                         "outcome: {class: y}\nfeatures: {match: [\"f*\"]}\nmodels: {logistic: {}}\n%s",
                         more) > 0);
    if (rml_study_parse(c->text, strlen(c->text), study, &c->study, &err) != RML_OK ||
        rml_dataset_read(&c->study, &c->blob, &err) != RML_OK)
        fail_msg("%s", err.text);
    assert_int_equal(rml_dataset_unpack(c->blob.bytes, c->blob.n_bytes, &c->dataset), RML_OK);
    c->told = rml_sweep_told_make(&c->study, &c->dataset);
    assert_non_null(c->told);
}

static void close_case(rml_case *c)
{
    rml_sweep_told_free(c->told);
    rml_dataset_free(&c->dataset);
    rml_blob_free(&c->blob);
    rml_study_free(&c->study);
    free(c->text);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Training rows' medians and z-scores, applied to all. */
static void scale(const rml_case *c, const rml_split *split, double z[P][N])
{
    for (int32_t j = 0; j < P; ++j) {
        const double *x = rml_column(&c->dataset.data.x, j);
        double seen[N], fill, mean = 0, ss = 0;
        size_t n = 0;

        for (int32_t i = 0; i < split->n_train; ++i)
            if (!isnan(x[split->train[i]])) seen[n++] = x[split->train[i]];
        qsort(seen, n, sizeof *seen, ascending);
        fill = (seen[(n - 1) / 2] + seen[n / 2]) / 2;
        for (int32_t i = 0; i < N; ++i) z[j][i] = isnan(x[i]) ? fill : x[i];
        for (int32_t i = 0; i < split->n_train; ++i) mean += z[j][split->train[i]] / split->n_train;
        for (int32_t i = 0; i < split->n_train; ++i) ss += pow(z[j][split->train[i]] - mean, 2) / split->n_train;
        for (int32_t i = 0; i < N; ++i) z[j][i] = (z[j][i] - mean) / sqrt(ss);
    }
}

static double expected_auc(const rml_case *c, const rml_split *split)
{
    const double *code = c->told->centre;
    const int32_t n_centres = c->told->n_centres;
    double z[P][N], distance[3][N] = {{0}}, total = 0;

    scale(c, split, z);
    for (int32_t k = 0; k < n_centres; ++k)
        for (int32_t j = 0; j < P; ++j) {
            double sum = 0, n = 0;

            for (int32_t i = 0; i < split->n_train; ++i)
                if ((int32_t)code[split->train[i]] == k) {
                    sum += z[j][split->train[i]];
                    ++n;
                }
            for (int32_t i = 0; i < N; ++i) distance[k][i] += pow(z[j][i] - sum / n, 2);
        }
    for (int32_t k = 0; k < n_centres; ++k) {
        double won = 0, pairs = 0, score[N];

        for (int32_t i = 0; i < N; ++i) {
            double other = INFINITY;

            for (int32_t l = 0; l < n_centres; ++l)
                if (l != k) other = fmin(other, distance[l][i]);
            /* Of two centroids the distances themselves are compared, which need not rank as their squares do. */
            score[i] = n_centres == 2 ? sqrt(other) - sqrt(distance[k][i]) : other - distance[k][i];
        }
        for (int32_t a = 0; a < split->n_test; ++a)
            for (int32_t b = 0; b < split->n_test; ++b) {
                const double mine = score[split->test[a]], theirs = score[split->test[b]];

                if ((int32_t)code[split->test[a]] != k || (int32_t)code[split->test[b]] == k) continue;
                won += mine > theirs ? 1 : mine == theirs ? 0.5 : 0;
                ++pairs;
            }
        total += won / pairs / n_centres;
    }
    return total;
}

/* What the features alone say: the age, which would tell A by itself, has no part in it. */
static void centroids_by_hand(void **state)
{
    (void)state;
    for (int n_centres = 2; n_centres <= 3; ++n_centres) {
        rml_case c;

        open_case(n_centres, "centre: centre\nsplit: {kfold: 4}\n", &c);
        assert_int_equal(c.told->n_stages, 1);
        assert_int_equal(c.told->n_centres, n_centres);
        assert_int_equal(c.told->n_left_out, 4);
        assert_int_equal(c.told->splits.n, 4);
        for (int32_t f = 0; f < 4; ++f) {
            rml_nested nested = {0};
            rml_error err = {0};
            double auc;

            rml_sweep_told_run(&c.study, &c.dataset, c.told, 0, f, NULL, &nested, &err);
            if (err.status != RML_OK) fail_msg("%s", err.text);
            for (int32_t i = 0; i < nested.n_test; ++i) assert_true(c.told->splits.split[f].test[i] < N - 4);
            assert_int_equal(rml_sweep_told_auc(c.told, f, &nested, &auc), RML_OK);
            assert_close(auc, expected_auc(&c, &c.told->splits.split[f]), 1e-12, 0, "AUC of a fold");
            rml_nested_free(&nested);
        }
        close_case(&c);
    }
}

static void stages(void **state)
{
    static const struct {
        const char *more;
        int32_t n_stages, n_steps, n_folds;
    } cases[] = {
        {"split: {kfold: 4}\n", 0, 0, 0},
        {"centre: centre\ncontrols: {baselines: false}\n", 0, 0, 0},
        {"centre: centre\nsplit: {leave_out: centre}\nprepare: [impute, {combat: centre}]\n", 2, 5, 5},
        {"centre: centre\nsplit: {kfold: 40}\n", 1, 3, -1}, /* no more folds than a centre has patients */
    };

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        rml_case c;

        open_case(3, cases[k].more, &c);
        assert_int_equal(c.told->n_stages, cases[k].n_stages);
        if (c.told->n_stages > 0) assert_int_equal(c.told->select[c.told->n_stages - 1].chain.n, cases[k].n_steps);
        if (cases[k].n_folds >= 0)
            assert_int_equal(c.told->splits.n, cases[k].n_folds);
        else {
            int32_t n[3] = {0};

            for (int i = 0; i < N - 4; ++i) ++n[centre_of(i, 3) - 'A'];
            assert_int_equal(c.told->splits.n, n[0] < n[1] ? (n[0] < n[2] ? n[0] : n[2]) : n[1] < n[2] ? n[1] : n[2]);
        }
        close_case(&c);
    }
    {
        rml_case c;

        open_case(1, "centre: centre\n", &c); /* A and four of D */
        assert_int_equal(c.told->n_stages, 0);
        close_case(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(centroids_by_hand), cmocka_unit_test(stages)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
