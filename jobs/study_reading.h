/* A study's file while it is read: what the parts of jobs/study share. The first mistake is kept, and what is read
 * after it does nothing, so that a caller looks at the status once. */
#ifndef RML_JOBS_STUDY_READING_H
#define RML_JOBS_STUDY_READING_H

#include "io/yaml.h"
#include "jobs/study.h"

#define RML_STUDY_COUNT(array) ((int32_t)(sizeof(array) / sizeof(array)[0]))

/* All that a study points to, given back together. */
typedef struct rml_pool {
    rml_yaml *tree;
    int32_t n, room;
    void **item;
} rml_pool;

typedef struct rml_reading {
    rml_study *study;
    rml_pool *pool;
    rml_error *err;
    rml_status status;                 /* the first that was not RML_OK; what follows does nothing */
    int32_t which;                     /* of the listed outcomes */
    bool listed[RML_OUTCOME_TIME + 1]; /* the kinds of outcome that the file lists */
    bool survival;                     /* for `radmill survive` */
} rml_reading;

/* What is wrong in a node's line; NULL: in the first. */
void RML_PRINTF(3, 4) rml_reading_wrong(rml_reading *r, const rml_yaml *node, const char *format, ...);
/* Zeroed memory that the study keeps; NULL and a status without. */
void *rml_reading_take(rml_reading *r, size_t n, size_t size);
/* Every key of a map must be among the n known ones. where: what the map is, for sentences. */
void rml_reading_keys(rml_reading *r, const rml_yaml *map, const char *where, const char *const *known, int32_t n);

/* A text, what it is for sentences; of a map's key, which must be there. NULL after a mistake. */
const char *rml_reading_text(rml_reading *r, const rml_yaml *node, const char *what);
const char *rml_reading_text_at(rml_reading *r, const rml_yaml *map, const char *key, const char *where);
/* A text more; a text, or a list of them. */
void rml_reading_add(rml_reading *r, rml_texts *texts, const char *text);
void rml_reading_texts(rml_reading *r, const rml_yaml *node, const char *what, rml_texts *texts);
/* A whole number from least to most, true or false; fallback where the key is not there. */
int64_t rml_reading_whole_at(rml_reading *r, const rml_yaml *map, const char *key, int64_t fallback, int64_t least,
                             int64_t most);
bool rml_reading_truth_at(rml_reading *r, const rml_yaml *map, const char *key, bool fallback);
/* The place of a node's text among n words; 0 after a mistake. */
int32_t rml_reading_word(rml_reading *r, const rml_yaml *node, const char *what, const char *const *words, int32_t n);
/* The place of a column among those that steps name, which grow by it; name: its key, for sentences. */
int32_t rml_reading_column(rml_reading *r, const rml_yaml *node, rml_texts *columns, const char *name);
/* The place of a text among words, -1: not there; the words in a row, for sentences. */
int32_t rml_word_place(const char *text, const char *const *words, int32_t n);
void rml_words_list(const char *const *words, int32_t n, char *text, size_t n_bytes);

/* The study's selections, each with the preparation before it, and its models. Either node may be NULL. */
void rml_reading_selects(rml_reading *r, const rml_yaml *prepare, const rml_yaml *select);
void rml_reading_models(rml_reading *r, const rml_yaml *node);

/* The outcome {time, event}, and "survive"; node may be NULL. (jobs/study_survive.c) */
void rml_reading_time(rml_reading *r, const rml_yaml *node);
void rml_reading_survive(rml_reading *r, const rml_yaml *node);
/* Of "survive" what a sweep takes: the times at which it judges. node may be NULL. */
void rml_reading_times(rml_reading *r, const rml_yaml *node);

/* What stands there, for a sentence: its text, or "a list". */
const char *rml_reading_found(const rml_yaml *node);

#endif
