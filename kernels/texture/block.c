#include "kernels/texture/block.h"

#define LANES 8          /* partial sums of a leaf */
#define LARGEST_LEAF 128 /* places */
#define BUFFER 8192      /* places that numpy hands to one sum */

typedef struct block {
    const rml_cells *cells;
    double total, level;
    int64_t side;
    bool by_rows;
    int64_t next; /* the first cell not yet added */
} block;

static int64_t place_of_next(const block *b)
{
    const int64_t i = b->cells->row[b->next], j = b->cells->column[b->next];

    return b->by_rows ? i * b->side + j : j * b->side + i;
}

static bool next_is_before(const block *b, int64_t end)
{
    return b->next < b->cells->n && place_of_next(b) < end;
}

static double take(block *b)
{
    return b->level * (b->cells->count[b->next++] / b->total);
}

/* A leaf: place k in lane k mod 8, the lanes in pairs, then what is left of the last eight. */
static double sum_of_leaf(block *b, int64_t from, int64_t n)
{
    double lane[LANES] = {0};

    while (next_is_before(b, from + n - n % LANES)) {
        const int64_t k = (place_of_next(b) - from) % LANES;

        lane[k] += take(b);
    }
    double sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    while (next_is_before(b, from + n)) sum += take(b);
    return sum;
}

static double sum_of_places(block *b, int64_t from, int64_t n)
{
    if (!next_is_before(b, from + n)) return 0.0;
    if (n <= LARGEST_LEAF) return sum_of_leaf(b, from, n);

    const int64_t half = n / 2 - n / 2 % LANES;
    const double first = sum_of_places(b, from, half);
    return first + sum_of_places(b, from + half, n - half);
}

bool rml_block_mean_is_exact(const rml_cells *cells, double total, double level, int64_t side, bool by_rows)
{
    block b = {.cells = cells, .total = total, .level = level, .side = side, .by_rows = by_rows};
    const int64_t n_places = side * side;
    double mean = 0.0;

    while (b.next < cells->n) {
        const int64_t from = place_of_next(&b) / BUFFER * BUFFER;

        mean += sum_of_places(&b, from, n_places - from < BUFFER ? n_places - from : BUFFER);
    }
    return mean == level;
}
