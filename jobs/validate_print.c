/* A validation on stdout.
 *
 * 1. Whom it is about
 * 2. All patients
 * 3. Groups
 * 4. Features
 * 5. All of it */
#include <math.h>
#include <string.h>

#include "jobs/patients.h"
#include "jobs/plural.h"
#include "jobs/validate_own.h"

static void print_value(int width, int digits, double value)
{
    if (isnan(value))
        printf(" %*s", width, "-");
    else
        printf(" %*.*f", width, digits, value);
}

/* 1. Whom it is about ---------------------------------------------------------------------------------------------- */

/* What the outcome's column is called and holds, where that is not what the model was fitted to. */
static void print_outcome(const rml_validating *x, const rml_validated *v)
{
    const rml_model *m = &v->model;

    if (m->outcome_column && strcmp(m->outcome_column, x->outcome) != 0)
        printf("  outcome: %s of %s, taken for the model's %s\n", x->outcome, v->outcome_file, m->outcome_column);
    for (int32_t i = 0; i < x->n_maps; ++i)
        printf("  outcome: %s of %s is the model's %s (--map)\n", x->map[i].column, x->outcome, x->map[i].value);
    if (m->outcome == RML_OUTCOME_CLASS && !m->outcome_column)
        printf("  the model does not say what it predicts: %s = %s is taken for it\n", x->outcome, v->positive);
}

/* Which columns those without a score lack, with how many of them. */
static void print_lacking(const rml_validated *v)
{
    const rml_data *d = &v->rows.data;
    bool first = true;

    for (int32_t k = 0; k < v->model.n_features + v->model.n_covariates; ++k) {
        const bool feature = k < v->model.n_features;
        const double *value = feature ? rml_column(&d->x, k) : d->covariate[k - v->model.n_features];
        int32_t n = 0;

        for (int32_t i = 0; i < v->n_unscored; ++i) {
            const int32_t p = v->unscored_patient[i];
            bool missing = false;

            for (int32_t r = d->first_row[p]; r < d->first_row[p + 1]; ++r) missing |= isnan(value[r]);
            n += missing;
        }
        if (n == 0) continue;
        printf("%s%s (%d)", first ? "    they lack " : ", ",
               feature ? v->model.feature[k].name : v->model.covariate[k - v->model.n_features].column, n);
        first = false;
    }
    if (!first) printf("\n");
}

static void print_patients(const rml_validating *x, const rml_validated *v)
{
    const int64_t n_trained = v->group[0].n_trained;

    if (n_trained > 0)
        printf("\n%lld OF %d PATIENT%s:\n"
               "%swhat follows is apparent performance, not validation.\n",
               (long long)n_trained, v->n,
               v->n == 1        ? " IS A ROW THAT THE MODEL WAS TRAINED ON"
               : n_trained == 1 ? "S IS A ROW THAT THE MODEL WAS TRAINED ON"
                                : "S ARE ROWS THAT THE MODEL WAS TRAINED ON",
               n_trained < v->n ? "of these " : "");
    if (!v->model.trained && v->model.n_rows > 0)
        printf(
            "  model.json does not list the rows that it was trained on (an older radmill made it): whether these are "
            "among them is not known\n");
    printf("\n%d patient%s with outcome and score", v->n, rml_plural(v->n));
    if (v->model.outcome == RML_OUTCOME_CLASS)
        printf(", %lld positive (%s = %s)", (long long)v->group[0].two.n_positive,
               v->model.outcome_column ? v->model.outcome_column : x->outcome, v->positive);
    if (v->model.outcome == RML_OUTCOME_TIME) printf(", %lld with the event", (long long)v->group[0].time.n_events);
    printf("\n");
    rml_patients_print("  left out: ", "without an outcome", v->n_without_outcome, v->without_outcome);
    if (v->model.landmark)
        printf(
            "  times begin at the model's landmark, %s: left out: %d with the event, or no longer observed, by then\n",
            v->model.landmark, v->n_before_landmark);
    rml_patients_print("  left out: ", "without a score for want of a value", v->n_unscored, v->unscored);
    print_lacking(v);
    rml_model_scores_print_lacking(&v->model, &v->rows, &v->scores, v->patient, v->n);
    rml_model_scores_print_own(&v->model, &v->rows, &v->scores);
}

/* 2. All patients -------------------------------------------------------------------------------------------------- */

static void print_proportion(const char *name, const rml_proportion *p, int64_t found, int64_t of)
{
    if (isnan(p->value))
        printf("  %-24s -\n", name);
    else
        printf("  %-24s %.3f  (%.3f to %.3f)  %lld of %lld\n", name, p->value, p->low, p->high, (long long)found,
               (long long)of);
}

/* The threshold on both scales: it is the decisions' by which patients are called. */
static void print_threshold(const rml_model *model)
{
    const double probability = rml_model_probability(model, model->threshold);

    if (isnan(model->threshold)) {
        printf("The model has no threshold: nobody is called positive or negative\n");
        return;
    }
    printf("At the threshold frozen in model.json: a score of %.4g", model->threshold);
    if (!isnan(probability)) printf(", which is a probability of %.4g", probability);
    printf(" (95 %% intervals: Clopper-Pearson)\n");
}

static void print_two(const rml_validated *v)
{
    const rml_validation *m = &v->group[0].two;
    const rml_confusion *c = &m->counts;

    if (isnan(m->auc.auc))
        printf("  AUC                      - (one outcome only)\n");
    else if (m->auc.variance == 0.0)
        printf("  %-24s %.3f  (no interval: DeLong's variance comes out as 0)\n", "AUC", m->auc.auc);
    else if (isnan(m->auc.low))
        printf("  %-24s %.3f  (too few patients for DeLong's interval)\n", "AUC", m->auc.auc);
    else
        printf("  %-24s %.3f  (%.3f to %.3f)  DeLong\n", "AUC", m->auc.auc, m->auc.low, m->auc.high);
    print_threshold(&v->model);
    if (!isnan(v->model.threshold)) {
        print_proportion("sensitivity", &m->sensitivity, c->tp, c->tp + c->fn);
        print_proportion("specificity", &m->specificity, c->tn, c->tn + c->fp);
        print_proportion("PPV", &m->ppv, c->tp, c->tp + c->fp);
        print_proportion("NPV", &m->npv, c->tn, c->tn + c->fn);
    }
    printf("Net benefit              ");
    for (int32_t t = 10; t <= 50; t += 10) printf("   at %.1f", t / 100.0);
    printf("\n  %-23s", "the model");
    for (int32_t t = 10; t <= 50; t += 10) print_value(8, 3, m->benefit[t - 1].net_benefit);
    printf("\n  %-23s", "treating all");
    for (int32_t t = 10; t <= 50; t += 10) print_value(8, 3, m->benefit[t - 1].treat_all);
    printf("\n");
}

static void print_line(const char *name, double value, double low, double high)
{
    printf("  %-24s", name);
    if (isnan(value))
        printf(" -");
    else
        printf(" %.4g", value);
    if (!isnan(low)) printf("  (%.4g to %.4g)", low, high);
    printf("\n");
}

static void print_number(const rml_validated *v)
{
    const rml_validation_number *m = &v->group[0].number;

    print_line("R2", m->score.r2, NAN, NAN);
    print_line("mean absolute error", m->score.mae, NAN, NAN);
    print_line("Spearman", m->score.spearman, NAN, NAN);
    print_line("mean, observed", m->mean_observed, NAN, NAN);
    print_line("mean, predicted", m->mean_predicted, NAN, NAN);
    printf("The observed on the predicted (95 %% intervals: Student's t; the measures above have none)\n");
    print_line("slope", m->line.slope, m->line.slope_low, m->line.slope_high);
    print_line("intercept", m->line.intercept, m->line.intercept_low, m->line.intercept_high);
}

static void print_several(const rml_validated *v)
{
    const rml_model *model = &v->model;
    const rml_validation_classes *m = &v->group[0].classes;
    const int32_t k = m->n_classes;

    print_line("AUC, mean over classes", m->auc, NAN, NAN);
    if (m->n_present < k) printf("    no AUC over all classes: a class has no patient\n");
    print_line("log loss", m->log_loss, NAN, NAN);
    if (isnan(m->log_loss)) printf("    no log loss: the model gives no probabilities\n");
    print_line("balanced accuracy", m->balanced_accuracy, NAN, NAN);
    print_line("accuracy", m->accuracy, NAN, NAN);
    printf("A class against the others (95 %% intervals: DeLong; the measures above have none); below, who is called "
           "what\n");
    for (int32_t c = 0; c < k; ++c) {
        const rml_roc_interval *auc = &m->class[c].auc;

        printf("  %-24.24s", model->class_name[c]);
        print_value(5, 3, auc->auc);
        if (!isnan(auc->low)) printf("  (%.3f to %.3f)", auc->low, auc->high);
        if (auc->variance == 0.0) printf("  (no interval: DeLong's variance comes out as 0)");
        printf("  %lld patient%s\n", (long long)m->class[c].n, rml_plural(m->class[c].n));
    }
    printf("  %-24s", "observed \\ called");
    for (int32_t c = 0; c < k; ++c) printf(" %10.10s", model->class_name[c]);
    for (int32_t c = 0; c < k; ++c) {
        printf("\n  %-24.24s", model->class_name[c]);
        for (int32_t d = 0; d < k; ++d) printf(" %10lld", (long long)m->confusion[(int64_t)c * k + d]);
    }
    printf("\n");
}

/* 3. Groups -------------------------------------------------------------------------------------------------------- */

static void print_group_two(const rml_group *g)
{
    const rml_validation *m = &g->two;

    printf(" %5lld", (long long)m->n_positive);
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
    print_value(6, 3, m->log_loss);
    print_value(8, 2, m->calibration.in_the_large);
    print_value(6, 2, m->calibration.slope);
    print_value(6, 3, m->hoslem.p);
}

static void print_group(const rml_validated *v, const rml_group *g)
{
    char name[64];

    snprintf(name, sizeof name, "%s%s%s", rml_validate_kinds[g->kind], g->value ? " " : "", g->value ? g->value : "");
    printf("%-24.24s %6lld", name, (long long)g->n);
    switch (v->model.outcome) {
    case RML_OUTCOME_CLASS: print_group_two(g); break;
    case RML_OUTCOME_TIME: rml_validate_print_group_time(g); break;
    case RML_OUTCOME_CLASSES:
        print_value(6, 3, g->classes.auc);
        print_value(8, 3, g->classes.log_loss);
        print_value(8, 3, g->classes.balanced_accuracy);
        print_value(8, 3, g->classes.accuracy);
        break;
    default:
        print_value(8, 3, g->number.score.r2);
        printf(" %10.4g", g->number.score.mae);
        print_value(8, 3, g->number.score.spearman);
        print_value(8, 2, g->number.line.slope);
        printf(" %10.4g", g->number.line.intercept);
    }
    printf("\n");
}

static void print_groups(const rml_validated *v)
{
    printf("\n%-24s %6s", "Group", "n");
    switch (v->model.outcome) {
    case RML_OUTCOME_CLASS:
        printf(" %5s %6s  %-15s %6s %6s %6s %6s %6s %6s %8s %6s %6s\n", "pos", "AUC", "95 %", "sens", "spec", "PPV",
               "NPV", "Brier", "loss", "in large", "slope", "HL p");
        break;
    case RML_OUTCOME_TIME:
        printf(" %6s %6s  %-15s %6s %6s %6s %8s %8s\n", "events", "C", "95 %", "Uno", "Brier", "slope", "median p",
               "cut p");
        break;
    case RML_OUTCOME_CLASSES: printf(" %6s %8s %8s %8s\n", "AUC", "loss", "bal.acc", "acc"); break;
    default: printf(" %8s %10s %8s %8s %10s\n", "R2", "MAE", "rho", "slope", "intercept");
    }
    for (int32_t g = 0; g < v->n_groups; ++g) print_group(v, &v->group[g]);
    if (v->model.outcome == RML_OUTCOME_TIME) {
        rml_validate_print_followed(v);
        rml_validate_print_unsure(v);
    }
    if (v->model.outcome == RML_OUTCOME_CLASS)
        printf("in large: 0 when as many events as predicted, above when more; slope: 1 when probabilities are as "
               "spread as they should be, below when they are too extreme; HL p: as many degrees of freedom as "
               "groups.\n");
    if (v->model.outcome == RML_OUTCOME_VALUE)
        printf("slope and intercept: 1 and 0 when predictions are right on average at every height; a slope below 1 "
               "when they are too extreme.\n");
}

/* 4. Features ------------------------------------------------------------------------------------------------------ */

static void print_features(const rml_validated *v)
{
    int32_t n_bad = 0;

    for (int32_t k = 0; k < v->model.n_features; ++k) {
        const rml_feature_count c = rml_validate_feature(v, k);

        if (c.missing + c.below + c.above == 0) continue;
        if (n_bad++ == 0)
            printf("\nOf the %d patient%s with a score, features missing or outside the training range:\n%-56s %8s %6s "
                   "%6s   training range\n",
                   v->n, rml_plural(v->n), "", "missing", "below", "above");
        printf("%-56.56s %8d %6d %6d   %.4g to %.4g\n", v->model.feature[k].name, c.missing, c.below, c.above,
               v->model.feature[k].low, v->model.feature[k].high);
    }
    if (n_bad == 0)
        printf("\nOf the %d patient%s with a score no feature is missing%s.\n", v->n, rml_plural(v->n),
               v->model.n_features == 0 || isnan(v->model.feature[0].low) ? "" : " or outside the training range");
}

/* 5. All of it ----------------------------------------------------------------------------------------------------- */

void rml_validate_print(const rml_validating *x, const rml_validated *v)
{
    rml_model_introduce(&v->model, &v->rows);
    print_outcome(x, v);
    print_patients(x, v);
    switch (v->model.outcome) {
    case RML_OUTCOME_CLASS: print_two(v); break;
    case RML_OUTCOME_CLASSES: print_several(v); break;
    case RML_OUTCOME_TIME: rml_validate_print_time(v); break;
    default: print_number(v);
    }
    print_groups(v);
    print_features(v);
    if (x->out) printf("\n%s/%s\n", x->out, rml_validate_files(&v->model));
}
