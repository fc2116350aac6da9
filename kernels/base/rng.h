/* Counter-based random numbers: a pure function of (seed, stream, draw), never of the rank or the order of calls.
 * Philox4x32-10. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. */
#ifndef RML_BASE_RNG_H
#define RML_BASE_RNG_H

#include <stdint.h>

/* The bijection itself: four words from four, under a key of two. */
void rml_rng_block(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* 64 random bits for draw number `draw` of stream (seed, stream): the first two words (the first one low) of the block
 * with the counter {draw, stream} and the key {seed}, each low word first. */
uint64_t rml_rng_bits(uint64_t seed, uint64_t stream, uint64_t draw);
/* Uniform in [0, 1), 53 bits. */
double rml_rng_uniform(uint64_t seed, uint64_t stream, uint64_t draw);
/* Standard normal; by inversion, so that one draw is one number. */
double rml_rng_normal(uint64_t seed, uint64_t stream, uint64_t draw);
/* Draws first .. first + n - 1 of rml_rng_normal, to the last bit, into out[n]: quicker than one by one. */
void rml_rng_normals(uint64_t seed, uint64_t stream, uint64_t first, int64_t n, double *out);

#endif
