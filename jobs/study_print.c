/* A study said back: every default in words. */
#include "jobs/study.h"

static void print_texts(FILE *out, const char *what, const rml_texts *texts)
{
    if (texts->n == 0) return;
    fprintf(out, "%s:", what);
    for (int32_t i = 0; i < texts->n; ++i) fprintf(out, " %s", texts->text[i]);
    fprintf(out, "\n");
}

void rml_study_value(const rml_study *s, const rml_param *param, double value, char *text, size_t n_bytes)
{
    char number[32];
    size_t used = 0;

    switch (param->type) {
    case RML_PARAM_WORD: snprintf(text, n_bytes, "%s", param->words[(int32_t)value]); return;
    case RML_PARAM_FACTOR: snprintf(text, n_bytes, "%s", value < 0 ? "none" : s->factor.text[(int32_t)value]); return;
    case RML_PARAM_READERS: snprintf(text, n_bytes, "%s", value > 0 ? s->reader : "none"); return;
    case RML_PARAM_LEVEL: snprintf(text, n_bytes, "%s", value < 0 ? "none" : s->named[(int32_t)value].text); return;
    case RML_PARAM_TABLE:
        if (value < 0)
            snprintf(text, n_bytes, "none");
        else
            snprintf(text, n_bytes, "%s%s%s%s", s->told_file.text[(int32_t)value], s->told_provenance ? " (" : "",
                     s->told_provenance ? s->told_provenance[(int32_t)value] : "", s->told_provenance ? ")" : "");
        return;
    case RML_PARAM_COVARIATES:
        snprintf(text, n_bytes, "none");
        for (int32_t c = 0; c < s->covariate.n && used < n_bytes; ++c)
            if ((uint64_t)value >> c & 1)
                used +=
                    (size_t)snprintf(text + used, n_bytes - used, "%s%s", used > 0 ? "+" : "", s->covariate.text[c]);
        return;
    default: rml_number_text(value, number); snprintf(text, n_bytes, "%s", number);
    }
}

static void print_value(const rml_study *s, FILE *out, const rml_param *param, double value)
{
    char text[512];

    rml_study_value(s, param, value, text, sizeof text);
    fputs(text, out);
}

static void print_step(const rml_study *s, FILE *out, const rml_step *step)
{
    fprintf(out, "  %s", step->kind->name);
    for (int32_t p = 0; p < step->kind->n_params; ++p) {
        fprintf(out, "%s %s ", p == 0 ? ":" : ",", step->kind->param[p].name);
        print_value(s, out, &step->kind->param[p], step->param[p]);
    }
    fprintf(out, "\n");
}

static void print_model(const rml_study *s, FILE *out, const rml_model_grid *model)
{
    fprintf(out, "model %s: %s, %d setting%s\n", model->name, model->kind->name, model->n_points,
            model->n_points == 1 ? "" : "s");
    for (int32_t p = 0; p < model->kind->n_params; ++p) {
        fprintf(out, "  %s:", model->kind->param[p].name);
        for (int32_t g = 0; g < model->n_points; ++g) { /* each value once, in the order of the list */
            bool before = false;

            for (int32_t h = 0; h < g; ++h) before |= model->point[h][p] == model->point[g][p];
            if (before) continue;
            fprintf(out, " ");
            print_value(s, out, &model->kind->param[p], model->point[g][p]);
        }
        fprintf(out, "\n");
    }
}

static void print_split(const rml_study *s, FILE *out)
{
    switch (s->split) {
    case RML_SPLIT_KFOLD:
        fprintf(out, "split: %d folds, %d repeat%s, %s, %s, seed %llu\n", s->k, s->repeats, s->repeats == 1 ? "" : "s",
                s->stratify ? "stratified" : "not stratified", s->shuffle ? "shuffled" : "in the table's order",
                (unsigned long long)s->seed);
        break;
    case RML_SPLIT_LEAVE_OUT: fprintf(out, "split: each %s held out once\n", s->split_column); break;
    case RML_SPLIT_COLUMN: fprintf(out, "split: folds of column %s\n", s->split_column); break;
    case RML_SPLIT_HOLDOUT: print_texts(out, "split: held out", &s->holdout); break;
    case RML_SPLIT_BOOTSTRAP:
        fprintf(out, "split: %d bootstrap draws, %s, seed %llu\n", s->draws,
                s->stratify ? "stratified" : "not stratified", (unsigned long long)s->seed);
    }
    if (s->inner_column)
        fprintf(out, "inner: folds of column %s; of the fit to all patients %d, drawn", s->inner_column, s->inner.k);
    else
        fprintf(out, "inner: %d folds, %d repeat%s, %s, %s", s->inner.k, s->inner.repeats,
                s->inner.repeats == 1 ? "" : "s", s->inner.stratify ? "stratified" : "not stratified",
                s->inner.shuffle ? "shuffled" : "in the table's order");
    fprintf(out, ", by %s, %s\n", rml_metric_name(s->inner.metric),
            s->inner.choose == RML_CHOOSE_BEST ? "the first best" : "the first within one standard error of the best");
}

void rml_study_print(const rml_study *s, FILE *out)
{
    static const char *const rois[] = {"one", "the largest", "the mean of all", "each with weight 1/n"};

    fprintf(out, "table: %s\n", s->table);
    for (int32_t i = 0; i < s->n_rows; ++i) fprintf(out, "rows: %s = %s\n", s->rows[i].column, s->rows[i].value);
    if (s->clinical) fprintf(out, "clinical: %s, by %s\n", s->clinical, s->clinical_by);
    print_texts(out, s->clinical_control ? "clinical columns, for the controls alone" : "clinical features", &s->use);
    fprintf(out, "patient: %s\nrows a patient: %s\n", s->patient, rois[s->rois]);
    if (s->pivot.n_by > 0)
        print_texts(out, "side by side", &(const rml_texts){s->pivot.n_by, (const char **)(uintptr_t)s->pivot.by});
    if (s->pivot.from)
        fprintf(out, "difference: %s %s - %s%s%s\n", s->pivot.by[s->pivot.n_by - 1], s->pivot.to, s->pivot.from,
                s->pivot.relative ? ", divided by the value at " : "", s->pivot.relative ? s->pivot.from : "");
    if (s->centre) fprintf(out, "centre: %s\n", s->centre);
    fprintf(out, "outcome: %s, ", s->outcome_column);
    if (s->outcome == RML_OUTCOME_CLASS)
        fprintf(out, "positive is %s\n", s->positive ? s->positive : "1");
    else if (s->outcome == RML_OUTCOME_TIME)
        fprintf(out, "the time to %s%s%s\n", s->event_column, s->landmark ? ", from the landmark " : "",
                s->landmark ? s->landmark : "");
    else
        fprintf(out, "%s\n", s->outcome == RML_OUTCOME_VALUE ? "a number" : "several classes");
    if (s->survive.n_times > 0) {
        fprintf(out, "times:");
        for (int32_t t = 0; t < s->survive.n_times; ++t)
            fprintf(out, "%s %.17g", t > 0 ? "," : "", s->survive.times[t]);
        fprintf(out, "\n");
    }
    if (s->match.n == 0) fprintf(out, "features: all\n");
    print_texts(out, "features", &s->match);
    print_texts(out, "allowed to tell the outcome", &s->allow);
    print_split(s, out);
    fprintf(out, "prepare:%s\n", s->n_prepare == 0 ? " nothing" : "");
    for (int32_t i = 0; i < s->n_prepare; ++i) print_step(s, out, &s->select[0].chain.step[i]);
    for (int32_t c = 0; c < s->n_selects; ++c) {
        fprintf(out, "select %s:%s\n", s->select[c].name, s->select[c].chain.n == s->n_prepare ? " nothing" : "");
        for (int32_t i = s->n_prepare; i < s->select[c].chain.n; ++i) print_step(s, out, &s->select[c].chain.step[i]);
    }
    for (int32_t m = 0; m < s->n_models; ++m) print_model(s, out, &s->model[m]);
    if (s->report) fprintf(out, "report: %s, by %s\n", s->report, s->report_by);
    print_texts(out, "reported beside the features, never used", &s->report_columns);
    fprintf(out, "controls: %s%s, %d permutations of the outcome, over %d repeat%s\n",
            !s->baselines  ? "no baselines"
            : s->use.n > 0 ? "volume and clinical columns alone"
                           : "volume alone",
            !s->baselines || s->use.n == 0 ? ""
            : s->clinical_control          ? ", clinical columns with the score of what is chosen"
                                  : ", clinical columns with the score of what is chosen (which may use them already)",
            s->permute, s->permute_repeats, s->permute_repeats == 1 ? "" : "s");
}
