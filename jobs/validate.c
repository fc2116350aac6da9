/* radmill validate: a model on patients with outcome, as it is.
 *
 * 1. Options
 * 2. Outcomes and groups
 * 3. Measures
 * 4. Tables
 * 5. Printed
 * 6. The verb */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/inputs.h"
#include "jobs/model_json.h"
#include "jobs/model_options.h"
#include "jobs/model_scores.h"
#include "jobs/options.h"
#include "jobs/validation.h"
#include "jobs/verbs.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

enum { OUTCOME_KEY = 0x180, CENTRE_KEY, SEX_KEY, AGE_KEY, N_KINDS = 4 };

typedef struct rml_validating {
    rml_model_options common;
    char *outcome;
    const char *positive;    /* NULL: the model's */
    const char *by[N_KINDS]; /* columns of the kinds of groups; the first is for all */
    const char *out;
} rml_validating;

static const char *const kinds[N_KINDS] = {"all", "centre", "sex", "age"};

static const struct argp_option option_list[] = {
    {"outcome", OUTCOME_KEY, "COLUMN[=POSITIVE]", 0, "The outcome (required); POSITIVE: the model's unless given", 1},
    {"centre", CENTRE_KEY, "COLUMN", 0, "Also each centre by itself", 1},
    {"sex", SEX_KEY, "COLUMN", 0, "Also each sex by itself", 1},
    {"age", AGE_KEY, "COLUMN", 0, "Also those below 50, from 50 to 65, and above 65", 1},
    {"out", 'o', "FOLDER", 0, "Tables: validation.csv, net_benefit.csv, features.csv", 1},
    RML_MODEL_OPTIONS,
    {0}};

static const char doc[] =
    "Evaluates a model on patients with a known outcome that it was not fitted to. Nothing is fitted again: threshold "
    "and probabilities are the model's own."
    "\v"
    "Printed, and in FOLDER: AUC with DeLong's interval; sensitivity, specificity, PPV and NPV with Clopper-Pearson "
    "intervals; Brier score and log loss; calibration in the large and slope; the Hosmer-Lemeshow test (10 groups); "
    "net benefit at thresholds from 0.01 to 0.99 beside treating all; each of it also by centre, sex and age; and for "
    "every feature how many patients lack it or lie outside the range of the training rows.\n\n"
    "Patients without an outcome, and those without a score for want of a value, are left out and counted.\n\n"
    "Example: radmill validate sweep/model.json new.h5ad --clinical new.csv --by ID --outcome y=1 --centre Centre -o "
    "validation\n\n"
    "Exit status: 0 done, 1 done with patients that have no score, 2 files that do not fit the model, 3 could not go "
    "on.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_validating *x = state->input;
    char *mark;

    switch (key) {
    case OUTCOME_KEY:
        x->outcome = argument;
        mark = strchr(argument, '=');
        if (mark) {
            *mark = '\0';
            x->positive = mark + 1;
        }
        if (!*x->outcome || (mark && !*x->positive))
            return rml_options_refuse(state, "--outcome: COLUMN or COLUMN=POSITIVE was expected");
        return 0;
    case CENTRE_KEY: x->by[1] = argument; return 0;
    case SEX_KEY: x->by[2] = argument; return 0;
    case AGE_KEY: x->by[3] = argument; return 0;
    case 'o': x->out = argument; return 0;
    case ARGP_KEY_END:
        if (x->common.request.table && !x->outcome) return rml_options_refuse(state, "--outcome COLUMN is missing");
        break;
    default: break;
    }
    return rml_model_option(&x->common, key, argument, state);
}

/* 2. Outcomes and groups ------------------------------------------------------------------------------------------- */

typedef struct rml_group {
    int32_t kind;
    const char *value;
    rml_validation measured;
} rml_group;

typedef struct rml_validated {
    rml_model model;
    rml_model_rows rows;
    rml_model_scores scores;
    /* patients with outcome and score */
    int32_t n, n_without_outcome, n_unscored;
    int32_t *patient; /* [n] */
    uint8_t *y;
    double *decision, *probability;
    int32_t n_groups;
    rml_group *group;
} rml_validated;

static void validated_free(rml_validated *v)
{
    rml_model_scores_free(&v->scores);
    rml_model_rows_free(&v->rows);
    rml_model_free(&v->model);
    free(v->patient);
    free(v->y);
    free(v->decision);
    free(v->probability);
    free(v->group);
}

static rml_status no_memory(rml_error *err)
{
    return rml_fail(err, RML_ENOMEM, "no memory for the validation");
}

/* Two values at most, one of which is the positive one. */
static rml_status check_outcomes(const rml_validating *x, const rml_validated *v, const rml_rows_place *place,
                                 const char *positive, rml_error *err)
{
    const char *found[3] = {NULL};
    int32_t n = 0;
    bool there = false;

    for (int32_t p = 0; p < v->rows.data.n_patients && n < 3; ++p) {
        const char *cell = rml_model_rows_cell(&v->rows, p, place);
        bool known = rml_text_missing(cell);

        for (int32_t f = 0; f < n; ++f) known |= rml_text_same(found[f], cell);
        if (!known) found[n++] = cell;
        there |= rml_text_same(cell, positive);
    }
    if (n == 3)
        return rml_fail(err, RML_ESETTING, "outcome %s has more than two values: %s, %s, %s …", x->outcome, found[0],
                        found[1], found[2]);
    if (n == 0) return rml_fail(err, RML_ESETTING, "outcome %s: no patient has one", x->outcome);
    if (!there && n == 2)
        return rml_fail(err, RML_ESETTING, "outcome %s has the values %s and %s; --outcome %s=POSITIVE must name one",
                        x->outcome, found[0], found[1], x->outcome);
    return RML_OK;
}

static rml_status take_outcomes(const rml_validating *x, rml_validated *v, rml_error *err)
{
    const int32_t n = v->rows.data.n_patients;
    const char *positive = x->positive ? x->positive : v->model.positive;
    rml_rows_place place = {0};
    rml_status status = rml_model_rows_column(&v->rows, x->outcome, &place, err);

    if (status == RML_OK) status = check_outcomes(x, v, &place, positive, err);
    if (status != RML_OK) return status;
    v->patient = malloc(((size_t)n + 1) * sizeof *v->patient);
    v->y = malloc((size_t)n + 1);
    v->decision = malloc(((size_t)n + 1) * sizeof *v->decision);
    v->probability = malloc(((size_t)n + 1) * sizeof *v->probability);
    if (!v->patient || !v->y || !v->decision || !v->probability) return no_memory(err);
    for (int32_t p = 0; p < n; ++p) {
        const char *cell = rml_model_rows_cell(&v->rows, p, &place);

        if (rml_text_missing(cell))
            ++v->n_without_outcome;
        else if (isnan(v->scores.decision[p]))
            ++v->n_unscored;
        else {
            v->patient[v->n] = p;
            v->y[v->n] = rml_text_same(cell, positive);
            v->decision[v->n] = v->scores.decision[p];
            v->probability[v->n++] = rml_model_probability(&v->model, v->scores.decision[p]);
        }
    }
    if (v->n == 0)
        return rml_fail(err, RML_ESETTING,
                        "no patient has both an outcome and a score (%d without an outcome, %d without a score)",
                        v->n_without_outcome, v->n_unscored);
    return RML_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *const age_bands[] = {"below 50", "50 to 65", "above 65"};
static const char unknown[] = "not known";

/* Which group of its kind a patient is in; NULL with a status when the age is no number. */
static rml_status group_of(const rml_validating *x, const rml_validated *v, int32_t kind, const rml_rows_place *place,
                           int32_t patient, const char **value, rml_error *err)
{
    double age;

    *value = rml_model_rows_cell(&v->rows, patient, place);
    if (rml_text_missing(*value)) {
        *value = unknown;
        return RML_OK;
    }
    if (kind != 3) return RML_OK;
    if (!rml_text_number(*value, &age))
        return rml_fail(err, RML_ESETTING, "%s of patient %s is \"%s\", a number was expected", x->by[kind],
                        v->rows.id[patient], *value);
    *value = age_bands[age < 50 ? 0 : age <= 65 ? 1 : 2];
    return RML_OK;
}

/* 3. Measures ------------------------------------------------------------------------------------------------------ */

/* Measures those whose value of a kind it is (NULL: all). of: [n] */
static rml_status measure(rml_validated *v, int32_t kind, const char *const *of, const char *value, rml_error *err)
{
    double *decision = malloc(((size_t)v->n + 1) * sizeof *decision);
    double *probability = malloc(((size_t)v->n + 1) * sizeof *probability);
    uint8_t *y = malloc((size_t)v->n + 1);
    rml_group *grown = realloc(v->group, ((size_t)v->n_groups + 1) * sizeof *grown);
    rml_status status = RML_ENOMEM;
    rml_confusion counts = {0};
    int32_t n = 0;

    if (grown) v->group = grown;
    if (decision && probability && y && grown) {
        for (int32_t i = 0; i < v->n; ++i) {
            if (value && strcmp(of[i], value) != 0) continue;
            decision[n] = v->decision[i];
            probability[n] = v->probability[i];
            y[n++] = v->y[i];
        }
        v->group[v->n_groups] = (rml_group){.kind = kind, .value = value};
        if (rml_confusion_count(decision, y, n, v->model.threshold, &counts) != RML_OK)
            counts = (rml_confusion){0}; /* no threshold, or nobody: no call */
        status = rml_validation_measure(decision, probability, y, n, &counts, &v->group[v->n_groups++].measured);
    }
    free(decision);
    free(probability);
    free(y);
    return status == RML_OK ? RML_OK : no_memory(err);
}

static rml_status measure_kind(const rml_validating *x, rml_validated *v, int32_t kind, rml_error *err)
{
    const char **of = malloc(((size_t)v->n + 1) * sizeof *of), **sorted = malloc(((size_t)v->n + 1) * sizeof *sorted);
    rml_rows_place place = {0};
    rml_status status = of && sorted ? rml_model_rows_column(&v->rows, x->by[kind], &place, err) : no_memory(err);

    for (int32_t i = 0; status == RML_OK && i < v->n; ++i) {
        status = group_of(x, v, kind, &place, v->patient[i], &of[i], err);
        sorted[i] = of[i];
    }
    if (status == RML_OK) qsort(sorted, (size_t)v->n, sizeof *sorted, by_text);
    for (int32_t b = 0; status == RML_OK && kind == 3 && b < 4; ++b) { /* ages in their order */
        const char *band = b < 3 ? age_bands[b] : unknown;

        if (bsearch(&band, sorted, (size_t)v->n, sizeof *sorted, by_text)) status = measure(v, kind, of, band, err);
    }
    for (int32_t i = 0; status == RML_OK && kind != 3 && i < v->n; ++i)
        if (i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0) status = measure(v, kind, of, sorted[i], err);
    free(of);
    free(sorted);
    return status;
}

/* 4. Tables -------------------------------------------------------------------------------------------------------- */

typedef void writer(const rml_validated *v, FILE *out);

static void put_group(const rml_group *g, FILE *out)
{
    rml_csv_text(out, kinds[g->kind], true);
    rml_csv_text(out, g->value ? g->value : "", false);
}

static void write_measures(const rml_validated *v, FILE *out)
{
    fputs("group,value,n,positive,auc,auc_low,auc_high,threshold,sensitivity,sensitivity_low,sensitivity_high,"
          "specificity,specificity_low,specificity_high,ppv,ppv_low,ppv_high,npv,npv_low,npv_high,tp,fp,fn,tn,brier,"
          "log_loss,calibration_in_the_large,calibration_in_the_large_se,calibration_slope,calibration_slope_se,hosmer_"
          "lemeshow,hosmer_lemeshow_df,hosmer_lemeshow_p\n",
          out);
    for (int32_t g = 0; g < v->n_groups; ++g) {
        const rml_validation *m = &v->group[g].measured;
        const bool counted = !isnan(v->model.threshold);
        const double value[] = {(double)m->n,
                                (double)m->n_positive,
                                m->auc.auc,
                                m->auc.low,
                                m->auc.high,
                                v->model.threshold,
                                m->sensitivity.value,
                                m->sensitivity.low,
                                m->sensitivity.high,
                                m->specificity.value,
                                m->specificity.low,
                                m->specificity.high,
                                m->ppv.value,
                                m->ppv.low,
                                m->ppv.high,
                                m->npv.value,
                                m->npv.low,
                                m->npv.high,
                                counted ? (double)m->counts.tp : NAN,
                                counted ? (double)m->counts.fp : NAN,
                                counted ? (double)m->counts.fn : NAN,
                                counted ? (double)m->counts.tn : NAN,
                                m->calibration.brier,
                                m->calibration.log_loss,
                                m->calibration.in_the_large,
                                m->calibration.in_the_large_se,
                                m->calibration.slope,
                                m->calibration.slope_se,
                                m->hoslem.chisq,
                                isnan(m->hoslem.chisq) ? NAN : m->hoslem.df,
                                m->hoslem.p};

        put_group(&v->group[g], out);
        for (size_t k = 0; k < sizeof value / sizeof *value; ++k) rml_csv_number(out, value[k], false);
        fputc('\n', out);
    }
}

static void write_benefit(const rml_validated *v, FILE *out)
{
    fputs("group,value,threshold,net_benefit,treat_all\n", out);
    for (int32_t g = 0; g < v->n_groups; ++g)
        for (int32_t t = 0; t < RML_VALIDATION_THRESHOLDS; ++t) {
            const rml_benefit_point *point = &v->group[g].measured.benefit[t];

            put_group(&v->group[g], out);
            rml_csv_number(out, point->threshold, false);
            rml_csv_number(out, point->net_benefit, false);
            rml_csv_number(out, point->treat_all, false);
            fputc('\n', out);
        }
}

typedef struct rml_feature_count {
    int32_t missing, below, above;
    double mean;
} rml_feature_count;

/* Over all rows of the table that were read, with outcome or not. */
static rml_feature_count count_feature(const rml_validated *v, int32_t k)
{
    const rml_model_feature *f = &v->model.feature[k];
    const double *x = rml_column(&v->rows.data.x, k);
    rml_feature_count c = {0};
    double sum = 0.0;

    for (int32_t i = 0; i < v->rows.data.n_rows; ++i) {
        c.missing += isnan(x[i]);
        c.below += x[i] < f->low;
        c.above += x[i] > f->high;
        if (!isnan(x[i])) sum += x[i];
    }
    c.mean = sum / (v->rows.data.n_rows - c.missing);
    return c;
}

static void write_features(const rml_validated *v, FILE *out)
{
    fputs("feature,rows,missing,below_training,above_training,training_low,training_high,training_mean,mean\n", out);
    for (int32_t k = 0; k < v->model.n_features; ++k) {
        const rml_model_feature *f = &v->model.feature[k];
        const rml_feature_count c = count_feature(v, k);
        const double value[] = {v->rows.data.n_rows, c.missing, c.below, c.above, f->low, f->high, f->mean, c.mean};

        rml_csv_text(out, f->name, true);
        for (size_t i = 0; i < sizeof value / sizeof *value; ++i) rml_csv_number(out, value[i], false);
        fputc('\n', out);
    }
}

static rml_status write_table(const rml_validated *v, const char *folder, const char *name, writer *write,
                              rml_error *err)
{
    rml_file_writer file;
    rml_status status = rml_file_create_in(folder, name, &file, err);

    if (status != RML_OK) return status;
    write(v, file.stream);
    return rml_file_commit(&file, err);
}

/* Neither a file that is read nor a sweep's tables, which share a name. */
static rml_status spare_others(const rml_model_options *common, const char *folder, rml_error *err)
{
    static const char *const names[] = {"validation.csv", "net_benefit.csv", "features.csv"};
    const char *const input[] = {common->model, common->request.table, common->request.clinical};
    char *board = NULL;
    rml_status status = RML_OK;

    for (int32_t i = 0; status == RML_OK && i < (int32_t)(sizeof names / sizeof *names); ++i)
        status = rml_inputs_spare("--out", folder, names[i], input, (int32_t)(sizeof input / sizeof *input), err);
    if (status != RML_OK) return status;
    if (asprintf(&board, "%s/leaderboard.csv", folder) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    if (access(board, F_OK) == 0)
        status = rml_fail(
            err, RML_ESETTING,
            "--out %s: the folder of a sweep, whose features.csv would be written over; another folder was expected",
            folder);
    free(board);
    return status;
}

static rml_status write_tables(const rml_validated *v, const rml_model_options *common, const char *folder,
                               rml_error *err)
{
    rml_status status = RML_OK;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = rml_fail(err, RML_EIO, "--out %s: the folder cannot be made: %s", folder, strerror(errno));
    if (status == RML_OK) status = spare_others(common, folder, err);
    if (status == RML_OK) status = write_table(v, folder, "validation.csv", write_measures, err);
    if (status == RML_OK) status = write_table(v, folder, "net_benefit.csv", write_benefit, err);
    if (status == RML_OK) status = write_table(v, folder, "features.csv", write_features, err);
    return status;
}

/* 5. Printed ------------------------------------------------------------------------------------------------------- */

static void print_value(int width, int digits, double value)
{
    if (isnan(value))
        printf(" %*s", width, "-");
    else
        printf(" %*.*f", width, digits, value);
}

static void print_proportion(const char *name, const rml_proportion *p, int64_t found, int64_t of)
{
    if (isnan(p->value))
        printf("  %-24s -\n", name);
    else
        printf("  %-24s %.3f  (%.3f to %.3f)  %lld of %lld\n", name, p->value, p->low, p->high, (long long)found,
               (long long)of);
}

static void print_all(const rml_validated *v)
{
    const rml_validation *m = &v->group[0].measured;
    const rml_confusion *c = &m->counts;

    printf("\n%d patients with outcome and score, %lld positive", v->n, (long long)m->n_positive);
    if (v->n_without_outcome > 0) printf("; left out: %d without an outcome", v->n_without_outcome);
    if (v->n_unscored > 0)
        printf("%s %d without a score for want of a value",
               v->n_without_outcome > 0 ? "," : "; left out:", v->n_unscored);
    printf("\n");
    if (isnan(m->auc.auc))
        printf("  AUC                      - (one outcome only)\n");
    else
        printf("  %-24s %.3f  (%.3f to %.3f)  DeLong\n", "AUC", m->auc.auc, m->auc.low, m->auc.high);
    printf("At the model's own threshold, %.4g (95 %% intervals: Clopper-Pearson)\n", v->model.threshold);
    print_proportion("sensitivity", &m->sensitivity, c->tp, c->tp + c->fn);
    print_proportion("specificity", &m->specificity, c->tn, c->tn + c->fp);
    print_proportion("PPV", &m->ppv, c->tp, c->tp + c->fp);
    print_proportion("NPV", &m->npv, c->tn, c->tn + c->fn);
    printf("Net benefit              ");
    for (int32_t t = 10; t <= 50; t += 10) printf("   at %.1f", t / 100.0);
    printf("\n  %-23s", "the model");
    for (int32_t t = 10; t <= 50; t += 10) print_value(8, 3, m->benefit[t - 1].net_benefit);
    printf("\n  %-23s", "treating all");
    for (int32_t t = 10; t <= 50; t += 10) print_value(8, 3, m->benefit[t - 1].treat_all);
    printf("\n");
}

static void print_groups(const rml_validated *v)
{
    printf("\n%-24s %6s %5s %6s  %-15s %6s %6s %6s %6s %6s %6s %8s %6s %6s\n", "Group", "n", "pos", "AUC", "95 %",
           "sens", "spec", "PPV", "NPV", "Brier", "loss", "in large", "slope", "HL p");
    for (int32_t g = 0; g < v->n_groups; ++g) {
        const rml_validation *m = &v->group[g].measured;
        char name[64];

        snprintf(name, sizeof name, "%s%s%s", kinds[v->group[g].kind], v->group[g].value ? " " : "",
                 v->group[g].value ? v->group[g].value : "");
        printf("%-24.24s %6lld %5lld", name, (long long)m->n, (long long)m->n_positive);
        print_value(6, 3, m->auc.auc);
        if (isnan(m->auc.low))
            printf("  %-15s", "-");
        else
            printf("  %.3f to %.3f", m->auc.low, m->auc.high);
        printf(" ");
        print_value(6, 2, m->sensitivity.value);
        print_value(6, 2, m->specificity.value);
        print_value(6, 2, m->ppv.value);
        print_value(6, 2, m->npv.value);
        print_value(6, 3, m->calibration.brier);
        print_value(6, 3, m->calibration.log_loss);
        print_value(8, 2, m->calibration.in_the_large);
        print_value(6, 2, m->calibration.slope);
        print_value(6, 3, m->hoslem.p);
        printf("\n");
    }
    printf("in large: 0 when as many events as predicted, above when more; slope: 1 when probabilities are as spread "
           "as they should be, below when they are too extreme.\n");
}

static void print_features(const rml_validated *v)
{
    int32_t n_bad = 0;

    for (int32_t k = 0; k < v->model.n_features; ++k) {
        const rml_feature_count c = count_feature(v, k);

        if (c.missing + c.below + c.above == 0) continue;
        if (n_bad++ == 0)
            printf("\n%-56s %8s %6s %6s   training range\n", "Features missing or outside", "missing", "below",
                   "above");
        printf("%-56.56s %8d %6d %6d   %.4g to %.4g\n", v->model.feature[k].name, c.missing, c.below, c.above,
               v->model.feature[k].low, v->model.feature[k].high);
    }
    if (n_bad == 0)
        printf("\nNo feature is missing%s.\n",
               v->model.n_features == 0 || isnan(v->model.feature[0].low) ? "" : " or outside the training range");
}

/* 6. The verb ------------------------------------------------------------------------------------------------------ */

static rml_status validate(const void *options, int *exit_status, rml_error *err)
{
    const rml_validating *x = options;
    rml_validated v = {0};
    rml_rows_request request = x->common.request;
    rml_status status = rml_model_read(x->common.model, &v.model, err);

    request.one_a_patient = true;
    if (status == RML_OK && v.model.outcome != RML_OUTCOME_CLASS)
        status =
            rml_fail(err, RML_EUNSUPPORTED, "%s: only models of two classes can be validated yet", x->common.model);
    if (status == RML_OK) status = rml_model_rows_read(&v.model, &request, &v.rows, err);
    if (status == RML_OK) status = rml_model_score(&v.model, &v.rows, &v.scores, err);
    if (status == RML_OK) status = take_outcomes(x, &v, err);
    if (status == RML_OK) status = measure(&v, 0, NULL, NULL, err);
    for (int32_t kind = 1; status == RML_OK && kind < N_KINDS; ++kind)
        if (x->by[kind]) status = measure_kind(x, &v, kind, err);
    if (status == RML_OK && x->out) status = write_tables(&v, &x->common, x->out, err);
    if (status == RML_OK) {
        rml_model_introduce(&v.model, &v.rows);
        print_all(&v);
        print_groups(&v);
        print_features(&v);
        if (x->out) printf("\n%s/validation.csv, net_benefit.csv, features.csv\n", x->out);
        *exit_status = v.n_unscored > 0 ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE;
    }
    validated_free(&v);
    return status;
}

int rml_verb_validate(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "MODEL.json TABLE", doc, NULL, NULL, NULL};
    rml_validating x = {0};

    return rml_model_verb("validate", &argp, argc, argv, &x, &x.common, validate);
}
