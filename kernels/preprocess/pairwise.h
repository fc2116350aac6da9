/* A sum in numpy's order, of values as they come. */
#ifndef RML_PREPROCESS_PAIRWISE_H
#define RML_PREPROCESS_PAIRWISE_H

#include <stdint.h>

enum { RML_PAIRWISE_BUFFER = 8192 };

/* numpy's reductions pass values through a buffer of 8192. Each buffer is halved (at a multiple of eight) down to at
 * most 128 values, which are added in eight running sums; the buffers' sums are added one after the other. */
typedef struct rml_pairwise {
    int32_t filled;
    double sum; /* of the buffers before this one */
    double value[RML_PAIRWISE_BUFFER];
} rml_pairwise;

void rml_pairwise_begin(rml_pairwise *pairwise);
void rml_pairwise_add(rml_pairwise *pairwise, const double *values, int64_t n);
double rml_pairwise_end(const rml_pairwise *pairwise);

/* The sum of an array: to the last bit numpy.sum of the same float64 array, contiguous, whatever its shape (numpy
 * 1.26). */
double rml_pairwise_sum(const double *values, int64_t n);
/* The same of float32, in float32. */
float rml_pairwise_sum_float(const float *values, int64_t n);

#endif
