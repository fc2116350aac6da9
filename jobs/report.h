/* A sweep's results as one page: what the parts of `radmill report` share.
 *
 * A part reads from `in` and puts blocks into sections: figures (a piece of gnuplot's script, a caption, the numbers as
 * CSV) and pieces of HTML. The page is put together when gnuplot has drawn all of them. Nothing of it hangs on where or
 * when it is made: the same run gives the same bytes. */
#ifndef RML_JOBS_REPORT_H
#define RML_JOBS_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "io/gnuplot.h"
#include "io/h5_tree_read.h"
#include "io/html.h"
#include "io/table.h"
#include "jobs/frame.h"

struct cJSON;

/* 1. What was read ------------------------------------------------------------------------------------------------- */

typedef enum rml_report_table {
    RML_REPORT_BOARD,
    RML_REPORT_PREDICTIONS,
    RML_REPORT_SELECTED,
    RML_REPORT_SETTINGS,
    RML_REPORT_FEATURES,
    RML_REPORT_CENTRES,
    RML_REPORT_CALIBRATION,
    RML_REPORT_DECISION,
    RML_REPORT_FAILURES,
    RML_REPORT_HARMONISATION,
    RML_REPORT_TIMES,
    RML_REPORT_TIME_AUC,
    RML_REPORT_TIME_GROUPS,
    RML_REPORT_TIME_TESTS,
    RML_REPORT_TIME_CURVES,
    RML_REPORT_TIME_ADDED,
    RML_REPORT_TIME_BENEFIT,
    RML_REPORT_VALIDATION, /* of `radmill validate` */
    /* of `radmill survive` */
    RML_REPORT_UNIVARIABLE,
    RML_REPORT_MULTIVARIABLE,
    RML_REPORT_COX,
    RML_REPORT_GROUPS,
    RML_REPORT_TESTS,
    RML_REPORT_CURVES,
    RML_REPORT_AT_RISK,
    RML_REPORT_SUBGROUPS,
    RML_REPORT_CUTPOINTS,
    RML_REPORT_CUTPOINT_SCAN,
    RML_REPORT_NOMOGRAM,
    RML_REPORT_NOMOGRAM_TOTAL,
    RML_REPORT_NOMOGRAM_CALIBRATION,
    RML_REPORT_NOMOGRAM_VALIDATION,
    RML_REPORT_NESTED,
    RML_REPORT_NESTED_TIMES,
    RML_REPORT_NESTED_BENEFIT,
    RML_REPORT_RECLASSIFICATION,
    RML_REPORT_ABOUT,
    RML_N_REPORT_TABLES,
    RML_REPORT_FIRST_OF_SURVIVE = RML_REPORT_UNIVARIABLE
} rml_report_table;

typedef struct rml_report_said {  /* a line of predictions.csv */
    int32_t pipeline;             /* row of the leaderboard */
    int32_t split;                /* of `split` below */
    int32_t patient;              /* of `patient` */
    double y, score, probability; /* y: the time, where the outcome is one */
    int32_t positive;             /* 1, 0, or -1: not said */
} rml_report_said;

typedef struct rml_report_split {
    const char *repeat, *fold; /* as predictions.csv names them */
    char *name;                /* the group in sweep.h5 */
    int32_t n_test, n_train;
    char *chosen; /* the pipeline that the inner folds chose; NULL: not said */
} rml_report_split;

typedef struct rml_report_extraction { /* what extract says of itself */
    bool there;
    char *version, *commit, *parameters, *nan_policy; /* NULL: not said */
    char *libraries;                                  /* "HDF5 1.10.8, MPI …" */
    int64_t n_rois;
    rml_h5ad_text_column failed_id, failed_label, failed_stage, failed_code, failed_sentence, warned_id;
    rml_h5ad_text_column input; /* the manifest's rows */
} rml_report_extraction;

typedef struct rml_report_input {
    const char *folder;     /* of the sweep; NULL: of `radmill survive` alone, and nothing of a sweep is there */
    const char *survive;    /* of `radmill survive`; NULL */
    const char *validation; /* of `radmill validate`; NULL */
    const char *features;   /* the extraction's h5ad; NULL: not given */
    const char *icc;        /* of `radmill icc`; NULL */
    rml_table table[RML_N_REPORT_TABLES];
    bool there[RML_N_REPORT_TABLES];
    rml_table agreement; /* of icc; n_columns 0 without */
    struct cJSON *model; /* NULL: the sweep left none */
    rml_h5_file *h5;
    char *study; /* the study said back, a line each */
    rml_h5_texts feature, patient, centre;
    double *y;          /* [patient.n]; the time, where the outcome is one */
    double *event;      /* [patient.n] 1 or 0; NULL: the outcome is no time */
    const char *metric; /* the leaderboard's word for it, such as "auc" */
    bool two_classes;
    int64_t n_said;
    rml_report_said *said; /* [n_said] in the file's order */
    int32_t n_splits;
    rml_report_split *split;
    /* the extraction; with `features` alone */
    rml_frame frame; /* the study's features, of all of its rows */
    int64_t *row;    /* [patient.n] of the frame; -1: not found; NULL: no frame, or several rows a patient */
    const char *why_no_rows;
    rml_report_extraction extraction;
    uint64_t checksum[RML_N_REPORT_TABLES + 4]; /* XXH3 of the files read, in the order of rml_report_file_name */
    bool summed[RML_N_REPORT_TABLES + 4];
} rml_report_input;

/* Reads all of it; `folder` may name a folder of `radmill survive`, which is then `survive`.
 * RML_ESETTING  a folder that is neither's, or of several outcomes; else as the readers */
RML_CHECKED rml_status rml_report_read(rml_report_input *in, rml_error *err);
void rml_report_input_free(rml_report_input *in);

/* report_extraction.c */
RML_CHECKED rml_status rml_report_extraction_read(const char *path, rml_report_extraction *x, rml_error *err);
void rml_report_extraction_free(rml_report_extraction *x);

/* The name of a file that may be among what was read, for 0 .. RML_N_REPORT_TABLES + 3; its path malloc'ed. */
const char *rml_report_file_name(int32_t f);
char *rml_report_file_path(const rml_report_input *in, int32_t f);

/* A cell by the column's name; "" where there is none. */
const char *rml_report_cell(const rml_report_input *in, rml_report_table table, int64_t row, const char *column);
/* The same as a number; NaN where it is none. */
double rml_report_number(const rml_report_input *in, rml_report_table table, int64_t row, const char *column);
/* What the study says of a word, such as "centre": the rest of the n-th line that begins with it and a colon,
 * malloc'ed; NULL where there is none. */
char *rml_report_study(const rml_report_input *in, const char *word, int32_t n);
/* The same of about.csv of `radmill survive`: the n-th value of a word; "" where there is none. */
/* The word of model.csv or about.csv for how ties are treated, in prose (jobs/report_survive_study.c). */
const char *rml_report_ties(const char *word);
const char *rml_report_about(const rml_report_input *in, const char *what, int32_t n);
/* Of the patients those with the event, or of the positive class; -1 where the outcome is neither.
 * centre: of one centre alone; NULL: of all */
int64_t rml_report_events(const rml_report_input *in, const char *centre);

/* Of an outcome of several classes: the first of them, as its scores are listed, and all that there are; 0 of another
 * outcome. */
enum { RML_REPORT_CLASSES = 12 };
typedef struct rml_report_class_list {
    int32_t n, n_all, y, score[RML_REPORT_CLASSES]; /* y, score: columns of predictions.csv */
    const char *name[RML_REPORT_CLASSES];
} rml_report_class_list;
rml_report_class_list rml_report_class_names(const rml_report_input *in);

/* The patients of each. n 0: of another outcome, of more classes than those, or without memory. */
typedef struct rml_report_sizes {
    int32_t n;
    const char *name[RML_REPORT_CLASSES];
    int64_t n_patients[RML_REPORT_CLASSES], least;
} rml_report_sizes;
rml_report_sizes rml_report_class_sizes(const rml_report_input *in);

/* What is behind the last slash. */
const char *rml_report_base_name(const char *path);
/* Whether the patients are of two centres or more. */
bool rml_report_centres(const rml_report_input *in);
/* Whether 0.5 of the leaderboard's metric is chance and 1 its best: an AUC, a C-index. */
bool rml_report_of_pairs(const rml_report_input *in);
/* Whether one part was held out, once, of named centres: then there is a model a pipeline, and nothing is averaged or
 * corrected. */
bool rml_report_single(const rml_report_input *in);
/* Limits of the metric in a row of the leaderboard: corrected ones over the splits; of a single split those of the
 * fixed model. NaN: none. */
void rml_report_limits(const rml_report_input *in, int64_t row, double *low, double *high);
/* Whether a row of the leaderboard has models that say the same of every patient; out: in how many fits, and why, in
 * sentences; NULL: only asked. */
bool rml_report_constant(const rml_report_input *in, int64_t row, FILE *out);
/* Whether a pipeline of the sweep has a penalty that sets coefficients to 0. */
bool rml_report_sparse(const rml_report_input *in);
/* Row of the leaderboard; -1. */
int32_t rml_report_pipeline(const rml_report_input *in, const char *name);
/* The path of a pipeline's model in a split of sweep.h5 ("fits/SELECT/SPLIT", "…/models/MODEL"); false where it is not
 * there. select, model: [2048], model may be NULL */
bool rml_report_fit(const rml_report_input *in, const char *pipeline, const char *split, char *select, char *model);
/* Of how many repeats the splits are. */
int32_t rml_report_repeats(const rml_report_input *in);
/* The selection that made the final model; else the first of the study; malloc'ed, NULL where there is none. */
char *rml_report_selection(const rml_report_input *in);

/* 2. What is put into the page ------------------------------------------------------------------------------------- */

typedef enum rml_report_section {
    RML_REPORT_HEAD,
    RML_REPORT_COHORT,
    RML_REPORT_QUALITY,
    RML_REPORT_SELECTION,
    RML_REPORT_PERFORMANCE,
    RML_REPORT_MODEL,
    RML_REPORT_SURVIVAL,
    RML_REPORT_METHODS,
    RML_REPORT_ITEMS,
    RML_REPORT_SOURCES,
    RML_N_REPORT_SECTIONS
} rml_report_section;

typedef struct rml_report_block {
    rml_report_section section;
    char *name;  /* of a figure; NULL: HTML alone */
    char *title; /* of a figure: plain text */
    int32_t width, height;
    char *html; /* the caption, or the piece */
    size_t n_html;
    char *csv; /* its file's name without ending; NULL: none */
} rml_report_block;

typedef struct rml_report_numbers { /* a CSV beside the page */
    char *name, *text;
    size_t n_bytes;
    FILE *stream;
} rml_report_numbers;

typedef struct rml_report {
    rml_report_input in;
    rml_gnuplot *plots;
    int32_t n_blocks, n_csv;
    rml_report_block **block; /* each stays where it is: streams write into it */
    rml_report_numbers **csv;
    FILE *open; /* the caption or piece that is being written */
    bool no_memory;
} rml_report;

/* Begins a figure; what is written to *caption until the next block begins is HTML. title: plain text, escaped by the
 * page. Returns gnuplot's script; never NULL. */
FILE *rml_report_figure(rml_report *report, rml_report_section section, const char *name, const char *title,
                        int32_t width, int32_t height, FILE **caption);
/* Begins a piece of HTML. */
FILE *rml_report_piece(rml_report *report, rml_report_section section);
/* The numbers of the block that was begun last, as NAME.csv. */
FILE *rml_report_csv(rml_report *report, const char *name);
/* Ends the last block and all numbers. RML_ENOMEM */
RML_CHECKED rml_status rml_report_close(rml_report *report, rml_error *err);
void rml_report_free(rml_report *report);

/* A text into the script as rml_gnuplot_text, at most `most` characters of it. */
static inline void rml_report_text(rml_report *report, const char *text, int32_t most)
{
    rml_gnuplot_text(report->plots, text, most);
}
/* The same as printf makes it. */
void rml_report_textf(rml_report *report, int32_t most, const char *format, ...) RML_PRINTF(3, 4);

/* report_names.c: names beside an axis, of at most two lines of `most` letters each. */
/* Into the script as a string. */
void rml_report_name(rml_report *report, FILE *script, const char *name, int32_t most);
/* How many lines a name takes; *shortened is set where they do not hold all of it. */
int32_t rml_report_name_lines(const char *name, int32_t most, bool *shortened);
/* How many pixels a row of a figure needs: of_one, or enough for two lines where one of n names (without its first
 * `prefix` bytes) takes them. */
int32_t rml_report_row_height(const char *const *name, int32_t n, size_t prefix, int32_t most, int32_t of_one);
/* Says in a caption that some were shortened. */
void rml_report_names_said(const char *const *name, int32_t n, size_t prefix, int32_t most, FILE *caption);

/* How many bytes of n names may be left out, since all begin with the same word and a "_" ("original_"); 0 when not. */
size_t rml_report_prefix(const char *const *name, int32_t n);
/* Says in a caption what was left out. */
void rml_report_prefix_said(const char *name, size_t prefix, FILE *caption);

/* A number of so many digits behind the point; an en dash for NaN. */
const char *rml_report_digits(double value, int32_t digits, char text[32]);
/* "0.83 (0.75 to 0.92)"; without limits the value alone. */
const char *rml_report_interval(double value, double low, double high, int32_t digits, char text[96]);
/* A hazard ratio: two digits, or more where its limits are nearer to each other or to 1. */
const char *rml_report_ratio(double ratio, double low, double high, char text[96]);
/* A p value: "< 0.001", else three digits. */
const char *rml_report_p(double p, char text[32]);
/* p of n permutations; where none of them did as well, that it cannot be smaller. */
const char *rml_report_p_permuted(double p, double n, char text[96]);
/* A time of any unit, in three digits or as whole ones. */
const char *rml_report_time(double time, char text[32]);
/* The column that times are of: "months"; "the study’s unit" where none is known. malloc'ed; NULL without memory */
char *rml_report_time_unit(const rml_report_input *in);
/* By what a single split's limits are made, for a sentence: " (DeLong’s)"; "" of several splits, or without one. */
const char *rml_report_fixed(const rml_report_input *in);
/* "auc" as people write it: "AUC". */
const char *rml_report_metric(const rml_report_input *in);

/* 3. The parts ----------------------------------------------------------------------------------------------------- */

void rml_report_head(rml_report *report);         /* report_head.c: the headline, and what is beside it */
void rml_report_cohort(rml_report *report);       /* report_cohort.c: who is in it, who is not and why */
void rml_report_quality(rml_report *report);      /* report_quality.c: centres, harmonisation, readers */
void rml_report_heatmap(rml_report *report);      /* report_heatmap.c */
void rml_report_selection_of(rml_report *report); /* report_selection.c: what was kept how often */
void rml_report_validation(rml_report *report);   /* report_validation.c: training, held-out and other patients */
void rml_report_board(rml_report *report);        /* report_board.c: every pipeline with its interval */
/* report_failed.c: whether the chosen pipeline has no score in any part; why */
bool rml_report_failed(const rml_report_input *in);
void rml_report_failures(rml_report *report);
void rml_report_curves(rml_report *report); /* report_roc.c, report_curves.c: ROC, calibration, decision curve */
void rml_report_roc(rml_report *report);
void rml_report_roc_of_classes(rml_report *report);
void rml_report_predicted(rml_report *report);      /* report_predicted.c: an outcome that is a number */
void rml_report_classes(rml_report *report);        /* report_classes.c: of several classes, a table */
void rml_report_times(rml_report *report);          /* report_times.c: of an outcome that is a time */
void rml_report_times_added(rml_report *report);    /* report_times_added.c: what columns and score add to each other */
void rml_report_scores(rml_report *report);         /* report_scores.c: patients by score, box plots, confusion */
void rml_report_model(rml_report *report);          /* report_model.c: coefficients or importances */
void rml_report_survive(rml_report *report);        /* report_survive.c: what `radmill survive` found */
void rml_report_survive_curves(rml_report *report); /* report_survive_curves.c */
/* report_survive_study.c: whom `radmill survive` was asked of, how, and its words. */
void rml_report_survive_cohort(rml_report *report);
void rml_report_survive_methods(rml_report *report);
void rml_report_survive_words(rml_report *report);
void rml_report_cutpoints(rml_report *report); /* report_cutpoint.c: the statistic at every cut */
void rml_report_nomogram(rml_report *report);  /* report_nomogram.c: the terms as points, and its calibration */
void rml_report_nested(rml_report *report);    /* report_nested.c: what more terms add to a model */

enum { RML_REPORT_CURVES_MOST = 6, RML_REPORT_TIMES_MOST = 12 };

typedef struct rml_report_km { /* Kaplan-Meier curves of groups of patients */
    rml_report_section section;
    const char *name, *title;
    rml_report_table
        curves; /* with group, time, survival, lower, upper, n_risk, n_censor, and the columns that follow */
    const char *key[3], *value[3]; /* rows with these values in these columns are drawn; key NULL at the end */
    rml_report_table at_risk;      /* with time and at_risk; else RML_N_REPORT_TABLES: at quarters of the time */
    const char *before;            /* said before a group's name in the key; NULL */
    const char *test;              /* stands on the figure: "Log-rank p 0.012"; NULL */
    const char *note;              /* stands on the figure, beneath the key */
} rml_report_km;

/* Draws them, and writes their numbers; the caption is begun and returned. NULL: there are no such rows. */
FILE *rml_report_curves_of(rml_report *report, const rml_report_km *km);

typedef struct rml_report_kept { /* a feature, and in what share of the training parts a selection kept it */
    int64_t row;                 /* of features.csv */
    double share;
} rml_report_kept;

/* report_hangs_on.c: what the first of them hang on besides the outcome, as a table. kept: [n], n above 0 */
void rml_report_hangs_on(rml_report *report, const char *selection, const rml_report_kept *kept, int32_t n);
void rml_report_methods(rml_report *report);
void rml_report_items(rml_report *report);
void rml_report_sources(rml_report *report); /* report_sources.c: settings, versions, checksums */

/* 4. The page ------------------------------------------------------------------------------------------------------ */

/* What a section of this id in the page is called. */
const char *rml_report_section_title(const char *id);
/* Whether something was put into the section of this id so far. */
bool rml_report_has_section(const rml_report *report, const char *id);
/* Writes the page: all blocks, with figures from gnuplot. csv_folder: as links name it. */
RML_CHECKED rml_status rml_report_page(rml_report *report, const char *csv_folder, FILE *out, rml_error *err);

/* Each figure as FOLDER/NAME.png, at four times its size. RML_EIO, RML_ENOMEM (report_pictures.c) */
RML_CHECKED rml_status rml_report_pictures(rml_report *report, const char *folder, rml_error *err);

/* 5. Figures' style ------------------------------------------------------------------------------------------------ */

/* Okabe and Ito's colours, which people who confuse red and green tell apart; those used side by side differ in
 * lightness too. */
#define RML_COLOUR_MAIN "#0072B2"  /* dark: what is shown; the positive class */
#define RML_COLOUR_OTHER "#E69F00" /* light: the negative class */
#define RML_COLOUR_THIRD "#D55E00"
#define RML_COLOUR_FOURTH "#009E73"
#define RML_COLOUR_FIFTH "#CC79A7"
#define RML_COLOUR_SIXTH "#56B4E9"
#define RML_COLOUR_QUIET "#777777"

enum { RML_FIGURE_WIDTH = 440 }; /* so narrow that a telephone shows its letters almost at their size */

/* Axes at left and bottom alone, thin ticks outwards, a faint grid, room for the key. */
void rml_report_style(FILE *script);
/* The colour of the n-th of lines side by side. */
const char *rml_report_colour(int32_t n);
/* The n-th of lines side by side: colour and dashes, for `plot … with lines`. */
const char *rml_report_line(int32_t n);
/* What stands beneath an axis of times, into the script as a string. */
void rml_report_time_label(rml_report *report);
/* The key at the figure's foot, from the left edge on, where long words have room: so many rows of entries. Sets the
 * bottom margin, for rows_below rows of numbers too. */
void rml_report_key_below(FILE *script, int32_t rows, int32_t rows_below);
/* Ticks on the x axis about `most` to a range, at round numbers: gnuplot does not know how wide their labels are. */
void rml_report_ticks(FILE *script, double low, double high, int32_t most);
/* A row of numbers beneath the x axis, under what they are of: how many there are at each place. row: from 0,
 * downwards; rml_report_key_below leaves it room. at, value: [n], of the axis and as text */
void rml_report_row_below(rml_report *report, FILE *script, int32_t row, const char *name, int32_t n, const double *at,
                          const double *value, int32_t digits);

#endif
