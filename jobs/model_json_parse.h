/* model.json, taken apart: what the files that read it share (jobs/model_json_read.c begins). */
#ifndef RML_JOBS_MODEL_JSON_PARSE_H
#define RML_JOBS_MODEL_JSON_PARSE_H

#include <cjson/cJSON.h>

#include "jobs/model.h"

typedef struct rml_parsing {
    const char *path;
    rml_model *model;
    rml_error *err;
    rml_status status; /* the first that was not RML_OK; what follows does nothing */
} rml_parsing;

/* 1. Members (model_json_members.c) */

/* The first complaint stays; what follows does nothing. */
void rml_parse_wrong(rml_parsing *r, rml_status status, const char *format, ...) RML_PRINTF(3, 4);
void rml_parse_no_memory(rml_parsing *r);
void *rml_parse_take(rml_parsing *r, int64_t n, size_t size);
/* A member that must be there; where: for the sentence, or "". */
const cJSON *rml_parse_member(rml_parsing *r, const cJSON *object, const char *name, const char *where);
/* What an item must be, with a complaint where it is not: then 0, NULL or nothing. */
double rml_parse_number(rml_parsing *r, const cJSON *item, const char *what);
double rml_parse_number_at(rml_parsing *r, const cJSON *object, const char *name, const char *where);
int32_t rml_parse_count_at(rml_parsing *r, const cJSON *object, const char *name, const char *where);
const char *rml_parse_text(rml_parsing *r, const cJSON *item, const char *what);
/* NULL where the file says null. */
const char *rml_parse_text_at(rml_parsing *r, const cJSON *object, const char *name, const char *where);
const char *rml_parse_needed_text(rml_parsing *r, const cJSON *object, const char *name, const char *where);
bool rml_parse_truth_at(rml_parsing *r, const cJSON *object, const char *name);
rml_dataset_texts rml_parse_texts(rml_parsing *r, const cJSON *list, const char *what);
int32_t rml_parse_word_at(rml_parsing *r, const cJSON *object, const char *name, const char *const *words, int32_t n);

/* 2. Settings and arrays (model_json_fitted.c) */

/* value: [kind->n_params] out, with defaults where the file says none. */
void rml_parse_settings(rml_parsing *r, const cJSON *object, const rml_kind *kind, double *value);
/* value: [n] out, from a list of as many numbers. */
void rml_parse_row(rml_parsing *r, const cJSON *list, int32_t n, const char *what, double *value);
/* The places of named members: those that the object lists in this order are found at once. */
void rml_parse_by_name(rml_parsing *r, const cJSON *object, const char *const *name, int32_t n, double *value);
/* Where a name stands among n; -1: nowhere. */
int32_t rml_parse_place(const char *name, const char *const *names, int32_t n);
/* What step s has kept of its fit. */
void rml_parse_fitted(rml_parsing *r, const cJSON *object, const char *kind, int32_t s, rml_fitted *fitted);

/* 3. The plain form (model_json_plain.c) */

/* A logistic model written by hand, without the steps of a sweep. */
void rml_parse_plain(rml_parsing *r, const cJSON *root);

#endif
