/* The tables of a validation.
 *
 * 1. One line a group
 * 2. Several lines a group
 * 3. Features
 * 4. All of them */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/inputs.h"
#include "jobs/validate_own.h"
#include "jobs/version.h"

typedef void writer(const rml_validated *v, FILE *out);

static void put_group(const rml_group *g, FILE *out)
{
    rml_csv_text(out, rml_validate_kinds[g->kind], true);
    rml_csv_text(out, g->value ? g->value : "", false);
}

static void put_numbers(const double *value, size_t n, FILE *out)
{
    for (size_t k = 0; k < n; ++k) rml_csv_number(out, value[k], false);
    fputc('\n', out);
}

#define PUT(values, out) put_numbers(values, sizeof(values) / sizeof *(values), out)

/* 1. One line a group ---------------------------------------------------------------------------------------------- */

static double trained_on(const rml_validated *v, int32_t g)
{
    return v->model.trained ? (double)v->group[g].n_trained : NAN;
}

static void write_two(const rml_validated *v, FILE *out)
{
    const bool counted = !isnan(v->model.threshold);
    const double threshold = v->model.threshold, as_probability = rml_model_probability(&v->model, threshold);

    fputs("group,value,n,trained_on,positive,auc,auc_low,auc_high,threshold,threshold_probability,sensitivity,"
          "sensitivity_low,"
          "sensitivity_high,specificity,specificity_low,specificity_high,ppv,ppv_low,ppv_high,npv,npv_low,npv_high,tp,"
          "fp,fn,tn,brier,log_loss,calibration_in_the_large,calibration_in_the_large_se,calibration_slope,"
          "calibration_slope_se,hosmer_lemeshow,hosmer_lemeshow_df,hosmer_lemeshow_p\n",
          out);
    for (int32_t g = 0; g < v->n_groups; ++g) {
        const rml_validation *m = &v->group[g].two;
        const rml_proportion rate[] = {m->sensitivity, m->specificity, m->ppv, m->npv};
        const double first[] = {(double)m->n, trained_on(v, g), (double)m->n_positive, m->auc.auc, m->auc.low,
                                m->auc.high,  threshold,        as_probability};
        const double last[] = {counted ? (double)m->counts.tp : NAN,
                               counted ? (double)m->counts.fp : NAN,
                               counted ? (double)m->counts.fn : NAN,
                               counted ? (double)m->counts.tn : NAN,
                               m->calibration.brier,
                               m->log_loss,
                               m->calibration.in_the_large,
                               m->calibration.in_the_large_se,
                               m->calibration.slope,
                               m->calibration.slope_se,
                               m->hoslem.chisq,
                               isnan(m->hoslem.chisq) ? NAN : m->hoslem.df,
                               m->hoslem.p};

        put_group(&v->group[g], out);
        for (size_t k = 0; k < sizeof first / sizeof *first; ++k) rml_csv_number(out, first[k], false);
        for (size_t r = 0; r < sizeof rate / sizeof *rate; ++r) {
            rml_csv_number(out, rate[r].value, false);
            rml_csv_number(out, rate[r].low, false);
            rml_csv_number(out, rate[r].high, false);
        }
        PUT(last, out);
    }
}

static void write_number(const rml_validated *v, FILE *out)
{
    fputs(
        "group,value,n,trained_on,mean_observed,mean_predicted,r2,mean_absolute_error,root_mean_squared_error,spearman,"
        "calibration_slope,calibration_slope_se,calibration_slope_low,calibration_slope_high,calibration_intercept,"
        "calibration_intercept_se,calibration_intercept_low,calibration_intercept_high\n",
        out);
    for (int32_t g = 0; g < v->n_groups; ++g) {
        const rml_validation_number *m = &v->group[g].number;
        const double value[] = {(double)m->n,      trained_on(v, g),     m->mean_observed,      m->mean_predicted,
                                m->score.r2,       m->score.mae,         m->score.rmse,         m->score.spearman,
                                m->line.slope,     m->line.slope_se,     m->line.slope_low,     m->line.slope_high,
                                m->line.intercept, m->line.intercept_se, m->line.intercept_low, m->line.intercept_high};

        put_group(&v->group[g], out);
        PUT(value, out);
    }
}

static void write_several(const rml_validated *v, FILE *out)
{
    fputs("group,value,n,trained_on,classes_present,auc,log_loss,accuracy,balanced_accuracy\n", out);
    for (int32_t g = 0; g < v->n_groups; ++g) {
        const rml_validation_classes *m = &v->group[g].classes;
        const double value[] = {(double)m->n, trained_on(v, g), m->n_present,        m->auc,
                                m->log_loss,  m->accuracy,      m->balanced_accuracy};

        put_group(&v->group[g], out);
        PUT(value, out);
    }
}

static void write_measures(const rml_validated *v, FILE *out)
{
    switch (v->model.outcome) {
    case RML_OUTCOME_CLASS: write_two(v, out); return;
    case RML_OUTCOME_CLASSES: write_several(v, out); return;
    case RML_OUTCOME_TIME: rml_validate_write_time(v, out); return;
    default: write_number(v, out);
    }
}

/* 2. Several lines a group ----------------------------------------------------------------------------------------- */

static void write_benefit(const rml_validated *v, FILE *out)
{
    fputs("group,value,threshold,net_benefit,treat_all\n", out);
    for (int32_t g = 0; g < v->n_groups; ++g)
        for (int32_t t = 0; t < RML_VALIDATION_THRESHOLDS; ++t) {
            const rml_benefit_point *point = &v->group[g].two.benefit[t];
            const double value[] = {point->threshold, point->net_benefit, point->treat_all};

            put_group(&v->group[g], out);
            PUT(value, out);
        }
}

static void write_classes(const rml_validated *v, FILE *out)
{
    fputs("group,value,class,n,called,auc,auc_low,auc_high,recall,recall_low,recall_high\n", out);
    for (int32_t g = 0; g < v->n_groups; ++g)
        for (int32_t c = 0; c < v->model.n_classes; ++c) {
            const rml_validation_class *m = &v->group[g].classes.class[c];
            const double value[] = {(double)m->n, (double)m->n_called, m->auc.auc,    m->auc.low,
                                    m->auc.high,  m->recall.value,     m->recall.low, m->recall.high};

            put_group(&v->group[g], out);
            rml_csv_text(out, v->model.class_name[c], false);
            PUT(value, out);
        }
}

static void write_confusion(const rml_validated *v, FILE *out)
{
    const int32_t k = v->model.n_classes;

    fputs("group,value,observed,called,n\n", out);
    for (int32_t g = 0; g < v->n_groups; ++g)
        for (int64_t c = 0; c < (int64_t)k * k; ++c) {
            const double value[] = {(double)v->group[g].classes.confusion[c]};

            put_group(&v->group[g], out);
            rml_csv_text(out, v->model.class_name[c / k], false);
            rml_csv_text(out, v->model.class_name[c % k], false);
            PUT(value, out);
        }
}

/* 3. Features ------------------------------------------------------------------------------------------------------ */

static void write_features(const rml_validated *v, FILE *out)
{
    fputs("feature,patients,missing,below_training,above_training,unscored_missing,training_low,training_high,training_"
          "mean,mean\n",
          out);
    for (int32_t k = 0; k < v->model.n_features; ++k) {
        const rml_model_feature *f = &v->model.feature[k];
        const rml_feature_count c = rml_validate_feature(v, k);
        const double value[] = {v->n, c.missing, c.below, c.above, c.unscored, f->low, f->high, f->mean, c.mean};

        rml_csv_text(out, f->name, true);
        PUT(value, out);
    }
}

/* Which model it was, for who puts these numbers beside a sweep's. */
static void write_about(const rml_validated *v, FILE *out)
{
    fprintf(out, "what,value\nprogram,radmill validate\nversion,%s\ncommit,%s\nmodel_xxh3,%016" PRIx64 "\n",
            rml_version(), rml_version_commit(), v->model_sum);
}

/* 4. All of them --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    writer *write;
    int outcome; /* -1: any */
} files[] = {{"validation.csv", write_measures, -1},
             {"net_benefit.csv", write_benefit, RML_OUTCOME_CLASS},
             {"classes.csv", write_classes, RML_OUTCOME_CLASSES},
             {"confusion.csv", write_confusion, RML_OUTCOME_CLASSES},
             {"times.csv", rml_validate_write_times, RML_OUTCOME_TIME},
             {"calibration.csv", rml_validate_write_time_calibration, RML_OUTCOME_TIME},
             {"cuts.csv", rml_validate_write_cuts, RML_OUTCOME_TIME},
             {"curves.csv", rml_validate_write_curves, RML_OUTCOME_TIME},
             {"features.csv", write_features, -1},
             {"about.csv", write_about, -1}};
enum { N_FILES = sizeof files / sizeof *files };

const char *rml_validate_files(const rml_model *model)
{
    switch (model->outcome) {
    case RML_OUTCOME_CLASS: return "validation.csv, net_benefit.csv, features.csv, about.csv";
    case RML_OUTCOME_CLASSES: return "validation.csv, classes.csv, confusion.csv, features.csv, about.csv";
    case RML_OUTCOME_TIME:
        return "validation.csv, times.csv, calibration.csv, cuts.csv, curves.csv, features.csv, about.csv";
    default: return "validation.csv, features.csv, about.csv";
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
    const char *const input[] = {common->model, common->request.table, common->request.clinical};
    char *board = NULL;
    rml_status status = RML_OK;

    for (int32_t i = 0; status == RML_OK && i < N_FILES; ++i)
        status = rml_inputs_spare("--out", folder, files[i].name, input, (int32_t)(sizeof input / sizeof *input), err);
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

static rml_status remove_table(const char *folder, const char *name, rml_error *err)
{
    rml_status status = RML_OK;
    char *path;

    if (asprintf(&path, "%s/%s", folder, name) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    if (unlink(path) != 0 && errno != ENOENT)
        status = rml_fail(err, RML_EIO, "%s: of an earlier validation, cannot be removed: %s", path, strerror(errno));
    free(path);
    return status;
}

rml_status rml_validate_write(const rml_validated *v, const rml_model_options *common, const char *folder,
                              rml_error *err)
{
    rml_status status = RML_OK;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = rml_fail(err, RML_EIO, "--out %s: the folder cannot be made: %s", folder, strerror(errno));
    if (status == RML_OK) status = spare_others(common, folder, err);
    for (int32_t i = 0; status == RML_OK && i < N_FILES; ++i)
        if (files[i].outcome < 0 || files[i].outcome == (int)v->model.outcome)
            status = write_table(v, folder, files[i].name, files[i].write, err);
        else
            status = remove_table(folder, files[i].name, err); /* of an outcome of another kind, validated before */
    return status;
}
