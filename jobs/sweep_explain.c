#include "jobs/sweep_explain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "jobs/patients.h"

/* How many columns a selecting step is told to keep, INT32_MAX where a limit of another kind or nothing says it. */
static int32_t most_kept(const rml_step *step)
{
    const int32_t k = rml_kind_param(step->kind, "k"), to = rml_kind_param(step->kind, "to"),
                  max_p = rml_kind_param(step->kind, "max_p"), kfold = rml_kind_param(step->kind, "kfold");

    if (step->kind->role != RML_ROLE_SELECT || (max_p >= 0 && step->param[max_p] > 0) ||
        (kfold >= 0 && step->param[kfold] > 0))
        return INT32_MAX;
    if (to >= 0) return (int32_t)step->param[to];
    return k >= 0 && step->param[k] > 0 ? (int32_t)step->param[k] : INT32_MAX;
}

/* Steps that are told to keep as many columns as can be there, or more. */
static void print_idle_steps(const rml_study *study, int32_t n_columns)
{
    for (int32_t c = 0; c < study->n_selects; ++c) {
        int32_t n = n_columns; /* at most, before step i */

        for (int32_t i = 0; i < study->select[c].chain.n; ++i) {
            const rml_step *step = &study->select[c].chain.step[i];
            const int32_t most = most_kept(step);

            if (strcmp(step->kind->name, "pca") == 0) n = (int32_t)step->param[rml_kind_param(step->kind, "k")];
            if (most != INT32_MAX && most >= n)
                printf("%s: %s, told to keep %d features, will leave none out: at most %d come to it\n",
                       study->select[c].name, step->kind->name, most, n);
            else if (most < n)
                n = most;
        }
    }
}

/* What a study says to `radmill survive` alone, and a reader may take for said to the sweep's models, too. */
static void print_survive(const rml_study *study)
{
    if (study->survive.unread)
        printf(
            "\"survive\" is for `radmill survive` (of it a sweep reads times alone): a sweep's Cox models have neither "
            "strata nor offset\n");
}

void rml_sweep_print_data(const rml_study *study, const rml_dataset *dataset)
{
    const rml_data *d = &dataset->data;

    printf("%d patients in %d rows, %d features", d->n_patients, d->n_rows, d->x.n_columns);
    if (dataset->n_clinical > 0)
        printf(study->clinical_control ? ", %d clinical columns for the controls" : " (%d of them clinical)",
               dataset->n_clinical);
    if (d->outcome == RML_OUTCOME_CLASS) {
        int32_t n = 0;

        for (int32_t p = 0; p < d->n_patients; ++p) n += d->y[p] > 0.5;
        printf(", %d positive (%s = %s)", n, study->outcome_column, study->positive ? study->positive : "1");
    }
    if (d->outcome == RML_OUTCOME_TIME) {
        int32_t n = 0;

        for (int32_t p = 0; p < d->n_patients; ++p) n += d->event[p];
        printf(", %d with the event (%s), the others censored", n, study->event_column);
    }
    printf("\n");
    if (study->centre) {
        printf("%s:", study->centre);
        for (int32_t l = 0; l < d->n_levels[0]; ++l) {
            int32_t n = 0;

            for (int32_t p = 0; p < d->n_patients; ++p) n += d->factor[0][d->first_row[p]] == l;
            printf("%s %s (%d)", l > 0 ? "," : "", dataset->level[0][l], n);
        }
        printf("\n");
    }
    if (d->n_raters > 1) printf("read by %d readers: %lld patients\n", d->n_raters, (long long)d->reading[0].n_rows);
    if (dataset->n_pivot_without > 0)
        printf("side by side: %lld places without a row, their features missing\n",
               (long long)dataset->n_pivot_without);
    if (dataset->n_pivot_negligible > 0)
        printf("differences: %lld values missing, the first time point being too small to divide by\n",
               (long long)dataset->n_pivot_negligible);
    if (study->landmark)
        printf(
            "times begin at the landmark, %s: left out: %d patients with the event, or no longer observed, by then\n",
            study->landmark, dataset->n_before_landmark);
    if (dataset->n_without_landmark > 0)
        printf("left out: %d patients whose landmark is not known\n", dataset->n_without_landmark);
    if (dataset->n_without_outcome > 0)
        printf("left out: %d patients without an outcome\n", dataset->n_without_outcome);
    print_survive(study);
    rml_patients_print("", "patients of the table are not in the clinical file", dataset->n_without_clinical,
                       dataset->without_clinical);
    rml_patients_print("", "patients of the clinical file are not in the table", dataset->n_clinical_unused,
                       dataset->clinical_unused);
}

/* The most columns that came to a step of a selection in any split; 0 where it left some out in one. */
static int32_t kept_all(const rml_study *study, const rml_sweep_plan *plan, const rml_sweep_results *results,
                        int32_t select, int32_t step)
{
    int32_t most = 0;

    for (int32_t i = 0; i < plan->splits.n; ++i) {
        const rml_nested *nested = &results->outer[(int64_t)i * study->n_selects + select];

        if (nested->n_models == 0) continue;
        if (nested->step[step].n_out < nested->step[step].n_in) return 0;
        if (nested->step[step].n_in > most) most = nested->step[step].n_in;
    }
    return most;
}

void rml_sweep_print_idle(const rml_study *study, const rml_sweep_plan *plan, const rml_sweep_results *results)
{
    for (int32_t c = 0; c < study->n_selects; ++c)
        for (int32_t i = 0; i < study->select[c].chain.n; ++i) {
            const rml_step *step = &study->select[c].chain.step[i];
            const int32_t told = most_kept(step), n = told < INT32_MAX ? kept_all(study, plan, results, c, i) : 0;

            if (n > 0)
                printf("%s: %s, told to keep %d features, left none out: at most %d came to it in any split\n",
                       study->select[c].name, step->kind->name, told, n);
        }
}

void rml_sweep_print_undefined(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan)
{
    int32_t n = 0;

    for (int32_t i = 0; i < plan->splits.n && study->inner.metric != RML_METRIC_MAE; ++i) {
        const rml_split *split = &plan->splits.split[i];
        double low = INFINITY, high = -INFINITY;
        bool events = false;

        for (int32_t t = 0; t < split->n_test; ++t) {
            low = fmin(low, dataset->data.y[split->test[t]]);
            high = fmax(high, dataset->data.y[split->test[t]]);
            events |= dataset->data.event && dataset->data.event[split->test[t]];
        }
        n += low == high || (dataset->data.event && !events);
    }
    if (n > 0)
        printf("%d of %d splits hold out patients of one outcome alone and have no %s; \"pooled\" judges all that a "
               "repeat\nholds out together.\n",
               n, plan->splits.n, rml_metric_name(study->inner.metric));
}

static void print_list(const char *what, const rml_texts *texts, const char *but)
{
    int32_t n = 0;

    for (int32_t i = 0; i < texts->n; ++i)
        if (!but || strcmp(texts->text[i], but) != 0) printf("%s %s", n++ > 0 ? "," : what, texts->text[i]);
    if (n > 0) printf("\n");
}

void rml_sweep_print_outcome(const rml_study *study)
{
    if (!study->outcome_name) return;
    printf("\n=== %s: %s ===\n", study->outcome_name, rml_study_outcome_kind(study->outcome));
    print_list("never features, being other outcomes:", &study->outcomes, study->outcome_column);
    print_list("left out, being for another kind of outcome:", &study->unfit, NULL);
}

void rml_sweep_print_stuck(const rml_study *study)
{
    printf("No outcome can be permuted%s, each of which has one patient or one outcome: there is no p.\n",
           study->centre ? " within centres" : "");
}

void rml_sweep_explain(const rml_study *study, const rml_dataset *dataset, const rml_sweep_plan *plan)
{
    int64_t n_points = 0, n_fits, n_controls, n_prepared = 0;
    const int32_t *given = dataset->given ? dataset->given[0] : NULL; /* of the first outer fold, as of the others */
    int32_t n_inner = given ? 0 : study->inner.k * study->inner.repeats;

    for (int32_t p = 0; given && p < dataset->data.n_patients; ++p)
        if (given[p] >= n_inner) n_inner = given[p] + 1;
    rml_sweep_print_outcome(study);
    rml_study_print(study, stdout);
    printf("\n");
    rml_sweep_print_data(study, dataset);
    print_idle_steps(study, dataset->data.x.n_columns);
    if (study->permute > 0 && plan->n_permutations == 0) rml_sweep_print_stuck(study);
    for (int32_t m = 0; m < study->n_models; ++m) n_points += study->model[m].n_points;
    while (plan->first[n_prepared] < plan->first_control) ++n_prepared; /* groups that begin with it */
    n_controls = plan->first_told - plan->first_control;
    n_fits = plan->first_control * (n_inner * n_points + study->n_models) + n_controls * (n_inner + 1) +
             (plan->n_tasks - plan->first_told);
    if (plan->control->combined >= 0) n_fits += ((int64_t)plan->splits.n + 1) * (n_inner + 1); /* by no task */
    printf("%d outer splits, %d pipelines of %lld settings in all, %d inner folds: %lld tasks, %lld fits of a model, "
           "%lld of the preparation\n",
           plan->splits.n, study->n_selects * study->n_models, (long long)n_points * study->n_selects, n_inner,
           (long long)plan->n_tasks, (long long)n_fits, (long long)n_prepared * (n_inner + 1));
    rml_sweep_print_undefined(study, dataset, plan);
}
