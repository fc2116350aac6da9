/* radmill survive: what its parts share. All of it is made on rank 0 but for the fits of the farm. */
#ifndef RML_JOBS_SURVIVE_H
#define RML_JOBS_SURVIVE_H

#include <mpi.h>
#include <stdio.h>

#include "engine/farm.h"
#include "engine/share.h"
#include "jobs/dataset.h"
#include "jobs/validation_time.h"
#include "kernels/learn/baseline.h"
#include "kernels/survival/concordance.h"
#include "kernels/survival/cox_each.h"
#include "kernels/survival/cox_optimism.h"
#include "kernels/survival/cox_zph.h"
#include "kernels/survival/cutpoint.h"
#include "kernels/survival/logrank.h"
#include "kernels/survival/reclassify.h"
#include "kernels/survival/subgroup.h"
#include "kernels/survival/survival_benefit.h"

/* One feature alone. */
typedef struct rml_survive_fit {
    double coefficient, se, z, p, loglik, lrt_p, lrt_p_bh, score_p;
    double c, c_se; /* Harrell's concordance, of the column itself: below 0.5 where higher values live longer */
    double ph_p;    /* proportional hazards */
    int64_t n_rows, n_events;
    rml_cox_end end;
    rml_status status;
} rml_survive_fit;

/* A column of dataset.all as it is (level 0), or 1 in the patients who have a text of it and 0 in the others. */
typedef struct rml_survive_term {
    int32_t column, level;
} rml_survive_term;

typedef struct rml_survive_terms {
    int32_t n, n_first; /* n_first: of the first of two lists */
    rml_survive_term *term;
} rml_survive_terms;

/* Of the term's column alone: its number, or all of its texts. */
typedef struct rml_survive_alone {
    double coefficient, se, p; /* NaN: no finite ratio */
} rml_survive_alone;

/* Terms together. */
typedef struct rml_survive_model {
    int32_t n_terms;
    rml_survive_terms terms;
    rml_survive_alone *alone; /* [n_terms] of the terms of categories */
    int32_t n_missing;        /* patients left out for a missing value */
    rml_status status;
    rml_cox fit;
    rml_hazard_ratio *ratio; /* [n_terms] */
    double *ph_chisq, *ph_p; /* [n_terms] */
    rml_zph_global ph;
    rml_concordance c; /* of the linear predictor on the rows that it was fitted to */
    char *ended;       /* how the fit ended, in words: with the terms that have no finite ratio */
    double *memory;
} rml_survive_model;

enum { RML_SURVIVE_LEVELS = RML_STUDY_CATEGORIES }; /* a column of more values is cut at its median */

/* What a value is called: a text of the dataset's, or the number in as many digits as read back the same. */
enum { RML_SURVIVE_DIGITS = 32 };
typedef struct rml_survive_label {
    const char *text; /* the dataset's; NULL: number */
    char number[RML_SURVIVE_DIGITS + 16];
} rml_survive_label;

/* Patients by one column. */
typedef struct rml_survive_groups {
    int32_t column, n, n_missing;
    double cut; /* NaN: each value is a group */
    rml_survive_label name[RML_SURVIVE_LEVELS];
    rml_km km[RML_SURVIVE_LEVELS];
    rml_km_time median[RML_SURVIVE_LEVELS];
    double tau, rmean[RML_SURVIVE_LEVELS], rmean_se[RML_SURVIVE_LEVELS];
    rml_logrank logrank, peto;   /* p NaN where there is no test */
    double trend_chisq, trend_p; /* NaN below three groups */
    double pair_p[RML_SURVIVE_LEVELS * RML_SURVIVE_LEVELS], pair_p_bh[RML_SURVIVE_LEVELS * RML_SURVIVE_LEVELS];
    rml_hazard_ratio ratio; /* of two groups: the second against the first */
    rml_cox_end end;
    bool within; /* the column is one within every stratum: nothing to test */
} rml_survive_groups;

/* A column of many values, of which more than half are the largest: nobody is above its median. */
typedef struct rml_survive_undivided {
    int32_t column, n, n_largest; /* patients with a value; with the largest */
} rml_survive_undivided;

/* One column's hazard ratio in the patients of each value of another. */
typedef struct rml_survive_subgroups {
    int32_t by, n, n_missing; /* by: a column */
    rml_survive_label name[RML_SURVIVE_LEVELS];
    rml_subgroup subgroup[RML_SURVIVE_LEVELS];
    rml_subgroup_interaction interaction;
} rml_survive_subgroups;

enum { RML_SURVIVE_TIMES = 20, RML_SURVIVE_THRESHOLDS = 99 }; /* thresholds from 0.01 */

/* One of two models, the second the first with more terms; on the patients that both are fitted to. */
typedef struct rml_survive_side {
    rml_cox_end end;
    double c, auc[RML_SURVIVE_TIMES]; /* at the times */
    rml_benefit_point benefit[RML_SURVIVE_TIMES][RML_SURVIVE_THRESHOLDS];
} rml_survive_side;

/* Net reclassification and integrated discrimination of the second against the first, at the time that the study asks
 * for. */
typedef enum rml_reclassified_by {
    RML_RECLASSIFIED_ANY,      /* NRI(>0) */
    RML_RECLASSIFIED_CATEGORY, /* between the study's cuts; NaN without */
    RML_RECLASSIFIED_MEAN,     /* IDI */
    RML_RECLASSIFIED_WAYS
} rml_reclassified_by;

typedef struct rml_reclassified { /* apparent; limits by the percentiles of resamples */
    rml_improvement found, low, high;
    int32_t n_draws; /* in which both models were fitted and all three are defined */
} rml_reclassified;

typedef struct rml_survive_comparison {
    int32_t n, n_base, df; /* n_base: terms of the first model */
    int64_t n_events;
    double chisq, p; /* likelihood ratio; NaN where a fit was not finished, or had nothing to fit */
    rml_survive_side side[2];
    rml_reclassified reclassified[RML_RECLASSIFIED_WAYS]; /* where the study asks for it */
} rml_survive_comparison;

/* One term's scale of points. */
typedef struct rml_survive_scale {
    double coefficient, low, high;
    int32_t n;
    double value[11]; /* [n] where points are told: all values of a few, else even steps */
} rml_survive_scale;

typedef struct rml_survive_nomogram {
    rml_survive_scale *scale; /* [model.n_terms] */
    double range, most; /* of the linear predictor: the largest of one term, which is 100 points; of all together */
    double least;       /* the linear predictor of 0 points */
    rml_fitted baseline;
    rml_validation_time calibration; /* apparent */
    rml_optimism optimism;           /* its part: [n_times][calibration.n_parts] */
} rml_survive_nomogram;

/* The cut of one column at which survival differs most, within strata if there are any. */
typedef struct rml_survive_cutpoint {
    int32_t column, n; /* n: patients with a value */
    int64_t n_events;
    int64_t best_events[2], median_events[2]; /* at or below the cut; above it */
    rml_status status;                        /* RML_EEMPTY: there is no cut */
    rml_cutpoint found;
} rml_survive_cutpoint;

typedef struct rml_survive {
    /* every rank */
    rml_study study;
    rml_shared table;
    rml_dataset dataset;
    /* rank 0 */
    rml_survive_fit *fit;  /* [dataset.all.n_columns] */
    int32_t n_uncomputed;  /* of these (no categories), for what ended their block on the farm: NaN */
    char **why_uncomputed; /* a sentence for each block of features, NULL of one that was computed */
    rml_survive_model model;
    int32_t n_groups;
    rml_survive_groups *groups; /* [n_groups] */
    int32_t n_undivided;
    rml_survive_undivided *undivided; /* [n_undivided] columns that the study asks for and that make one group */
    int32_t subgroups_of, n_subgroups;
    rml_survive_subgroups *subgroups;   /* [n_subgroups] */
    rml_survive_comparison *comparison; /* NULL: not asked for */
    rml_survive_nomogram *nomogram;     /* NULL: none */
    int32_t n_cutpoints;
    rml_survive_cutpoint *cutpoint; /* [n_cutpoints] */
    int32_t n_times;
    double *times; /* [n_times] */
    int64_t n_events;
    int64_t n_events_silent;      /* in the strata that the next counts */
    int32_t n_strata_silent;      /* strata in which nobody with the event is at risk beside another */
    bool is_own;                  /* the folder is one that an earlier run of this verb wrote */
    uint64_t study_sum, data_sum; /* XXH3 of the study file, of the numbers */
} rml_survive;

rml_cox_settings rml_survive_settings(const rml_study *study);
/* The strata's codes of the patients; NULL: none asked for. */
const int32_t *rml_survive_strata(const rml_survive *x);
int32_t rml_survive_n_strata(const rml_survive *x); /* 1 without */
/* [n_rows] the patients' offsets; NULL: none asked for. */
const double *rml_survive_offset(const rml_survive *x);
bool rml_survive_is_offset(const rml_survive *x, int32_t column);
/* RML_ESETTING  strata within none of which anybody with the event is at risk beside another */
RML_CHECKED rml_status rml_survive_strata_check(rml_survive *x, rml_error *err);
/* RML_ESETTING  an offset of texts, or of numbers that are no log hazards of one cohort */
RML_CHECKED rml_status rml_survive_offset_check(const rml_survive *x, rml_error *err);

/* Every feature alone, over the farm; BH at the end. Collective; the dataset must live until the process ends when this
 * fails. A block that could not be computed leaves its features NaN, and its reason. As rml_farm_run (survive_each.c)
 */
RML_CHECKED rml_status rml_survive_each_run(MPI_Comm comm, rml_survive *x, rml_journal *journal,
                                            const rml_farm_options *options, rml_farm_report *report, rml_error *err);
/* Why a column was not fitted; NULL: it was. */
const char *rml_survive_uncomputed(const rml_survive *x, int32_t column);
void rml_survive_each_free(rml_survive *x);

/* The patients with a value of every term, as columns of the terms alone. */
typedef struct rml_complete {
    double *time, *offset, *x, *linear; /* x: [n_terms][dataset.data.n_rows]; linear: work */
    uint8_t *event;
    int32_t *stratum;
    int32_t n;
} rml_complete; /* offset: 0 where the study has none */
RML_CHECKED rml_status rml_complete_init(const rml_survive *x, const rml_survive_term *term, int32_t n_terms,
                                         rml_complete *c);
void rml_complete_free(rml_complete *c);

/* n_draws times n rows drawn with replacement, [n_draws][n], malloc'ed: row floor(u n), u draw i of stream b of the
 * seed. NULL without memory. (survive_optimism.c) */
int32_t *rml_survive_draws(int32_t n, int32_t n_draws, int64_t seed);

/* Each patient's probability of the event by a time, under a Cox model's linear predictors. surv: of c's patients and
 * strata. risk: out, [c->n]; NaN in a stratum of which nobody was followed so long and not all had the event. As
 * rml_cox_baseline_of */
RML_CHECKED rml_status rml_survive_risks(const rml_survive *x, const rml_complete *c, const rml_surv *surv,
                                         const double *linear, double at, double *risk);

/* The models that the study compares; after the groups, whose times it takes. Rank 0. RML_ESETTING
 * (survive_compare.c) */
RML_CHECKED rml_status rml_survive_compare_make(rml_survive *x, rml_error *err);
void rml_survive_nested_write(const rml_survive *x, FILE *out);
void rml_survive_nested_times_write(const rml_survive *x, FILE *out);
void rml_survive_nested_benefit_write(const rml_survive *x, FILE *out);
void rml_survive_compare_print(const rml_survive *x);

/* The part of the comparison that is made on request alone: term, c: of all terms, the first model's first.
 * RML_ENOMEM (survive_reclassify.c) */
RML_CHECKED rml_status rml_survive_reclassify_make(rml_survive *x, const rml_survive_term *term, int32_t n_terms,
                                                   const rml_complete *c);
void rml_survive_reclassified_write(const rml_survive *x, FILE *out);
void rml_survive_reclassified_print(const rml_survive *x);

/* The model's nomogram, if asked for; after the groups, whose times it takes. Rank 0. None is
 * made of a model that did not converge. RML_ESETTING no model, or strata (survive_nomogram.c) */
RML_CHECKED rml_status rml_survive_nomogram_make(rml_survive *x, rml_error *err);
/* Why there is none though the study asks for it; NULL: there is, or it does not ask. */
const char *rml_survive_no_nomogram(const rml_survive *x);
void rml_survive_nomogram_free(rml_survive *x);
void rml_survive_points_write(const rml_survive *x, FILE *out);
void rml_survive_totals_write(const rml_survive *x, FILE *out);
void rml_survive_calibration_write(const rml_survive *x, FILE *out);
void rml_survive_nomogram_print(const rml_survive *x);

/* What the nomogram's model is too optimistic by, of its calibration and its C. c: of its terms. RML_ENOMEM
 * (survive_optimism.c) */
RML_CHECKED rml_status rml_survive_optimism_make(rml_survive *x, const rml_complete *c, rml_survive_nomogram *nomogram);
void rml_survive_validation_write(const rml_survive *x, FILE *out);
void rml_survive_optimism_print(const rml_survive *x);

/* The terms that the study names, in one model. Rank 0. RML_ESETTING  a term that is no column, or as many terms as
 * events (survive_model.c) */
RML_CHECKED rml_status rml_survive_model_make(rml_survive *x, rml_error *err);
void rml_survive_model_free(rml_survive_model *model);
/* Harrell's C of a fit's linear predictor, and this. Where ratios run off it is that of the order of the patients at
 * the end, if that order is the one they go on in: all NaN if not, and of a fit that has no ratios yet. RML_ENOMEM
 *
 * columns, offset  in   as of the fit
 * linear           out  [columns->n_rows] */
RML_CHECKED rml_status rml_survive_concordance(const rml_surv *surv, const rml_cox *fit, const rml_columns *columns,
                                               const double *offset, double *linear, rml_concordance *c);
/* Whether there are strata and the column has one value within each of them: no model or test learns of it there. */
bool rml_survive_is_within(const rml_survive *x, int32_t column);
/* A term's column alone; once the features are fitted. */
rml_survive_alone rml_survive_alone_of(const rml_survive *x, int32_t t);
/* The column of that name, a feature or clinical. RML_ESETTING naming the nearest. */
RML_CHECKED rml_status rml_survive_column(const rml_survive *x, const char *what, const char *name, int32_t *column,
                                          rml_error *err);

/* The same, refused where it is a category: its codes are no numbers. RML_ESETTING */
RML_CHECKED rml_status rml_survive_number(const rml_survive *x, const char *what, const char *name, int32_t *column,
                                          rml_error *err);
/* Whether a column holds three or more texts, as codes. */
bool rml_survive_is_category(const rml_survive *x, int32_t column);

/* The terms of the columns that are named, the second list (NULL: none) behind the first. RML_ESETTING  a name that is
 * no column, or a column twice. RML_ENOMEM. To be freed on failure too (survive_terms.c) */
RML_CHECKED rml_status rml_survive_terms_init(const rml_survive *x, const char *what, const rml_texts *first,
                                              const rml_texts *second, rml_survive_terms *out, rml_error *err);
/* RML_ESETTING  a column of one value within every stratum, which could only be left out of a model */
RML_CHECKED rml_status rml_survive_is_varying(const rml_survive *x, const char *what, int32_t column, rml_error *err);
void rml_survive_terms_free(rml_survive_terms *terms);
double rml_survive_term_value(const rml_survive *x, rml_survive_term term, int32_t patient);
/* "age", "stage=II": malloc'ed; NULL without memory. */
char *rml_survive_term_name(const rml_survive *x, rml_survive_term term);
/* The text that a column's terms are against; "" of numbers. */
const char *rml_survive_first_level(const rml_survive *x, int32_t column);

/* Curves and tests by the columns that the study names. Rank 0. RML_ESETTING (survive_groups.c) */
RML_CHECKED rml_status rml_survive_groups_make(rml_survive *x, rml_error *err);
/* Why groups without a p have none. */
const char *rml_survive_no_test(const rml_survive_groups *groups);
void rml_survive_groups_free(rml_survive *x);

/* The texts that a clinical column's values stand for; NULL of a feature. (survive_names.c) */
const rml_dataset_texts *rml_survive_texts(const rml_survive *x, int32_t column);
/* Of a column of two texts its own name: "sex", where the model's term is "sex=male". */
const char *rml_survive_title(const rml_survive *x, int32_t column);
/* A column's value: the text that it stands for, if it stands for one. Names tell values apart, as tables are joined by
 * them. */
rml_survive_label rml_survive_label_of(const rml_survive *x, int32_t column, double value);
const char *rml_survive_label_text(const rml_survive_label *label);
/* The fewest digits from so many on that read back within [from, below), in which value is. */
void rml_survive_digits(double value, int digits, double from, double below, char text[RML_SURVIVE_DIGITS]);
/* A column's standard deviation (n - 1) over all patients who have a value: one number wherever the column's ratio
 * stands. NaN of a column of no more than two values, whose ratio is of one unit. (survive_ratio.c) */
double rml_survive_sd(const rml_survive *x, int32_t column);
/* The hazard ratio of so many units with Wald's 0.95 limits; NaN where one of the three is. */
rml_hazard_ratio rml_survive_ratio(double coefficient, double se, double units);
/* What is printed: of a standard deviation, or of a unit where there is none. */
rml_hazard_ratio rml_survive_shown(const rml_survive *x, int32_t column, double coefficient, double se);
/* At most width characters of a UTF-8 text, filled up with spaces: a cell of a printed table. */
void rml_survive_print_name(const char *text, int32_t width);

/* The hazard ratio that the study names in the subgroups that it names, with the study's strata. Rank 0. RML_ESETTING a
 * column that is not there, or of more values than subgroups may be (survive_subgroups.c) */
RML_CHECKED rml_status rml_survive_subgroups_make(rml_survive *x, rml_error *err);

/* The cuts that the study asks for, with p that know of the search. Rank 0. RML_ESETTING a column that is not there
 * (survive_cutpoint.c) */
RML_CHECKED rml_status rml_survive_cutpoints_make(rml_survive *x, rml_error *err);
void rml_survive_cutpoints_free(rml_survive *x);
/* What the table says beside a cut: why no test at it is given, or why there is none. */
const char *rml_survive_cutpoint_note(const rml_survive_cutpoint *cutpoint);
void rml_survive_cutpoints_write(const rml_survive *x, FILE *out);
void rml_survive_scan_write(const rml_survive *x, FILE *out);
void rml_survive_cutpoints_print(const rml_survive *x);

/* Which tables a study asks for, how many; all that there is to write, in a folder that is there, of which those of an
 * earlier run that are not go; and their names, to stdout (survive_tables.c). */
enum { RML_SURVIVE_TABLES = 19 };
int32_t rml_survive_tables_asked(const rml_survive_plan *plan, const char *name[RML_SURVIVE_TABLES]);
void rml_survive_tables_print(const rml_survive *x, const char *out);
RML_CHECKED rml_status rml_survive_write(const rml_survive *x, const char *out, rml_error *err);

/* The study's words and what they came to (survive_about.c). */
void rml_survive_about_write(const rml_survive *x, FILE *out);

/* Median follow-up by the reverse Kaplan-Meier curve; NaN where it is not reached. */
double rml_survive_follow_up(const rml_survive *x);
/* What a clinician reads. (survive_print.c) */
void rml_survive_print(const rml_survive *x, const char *out);

#endif
