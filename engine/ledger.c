#include "engine/ledger.h"

#include <assert.h>
#include <stdlib.h>

enum {
    CRASHES_TO_QUARANTINE = 2,
    LONE_DEATHS_TO_QUARANTINE = 3,
};

void rml_ledger_free(rml_ledger *ledger)
{
    rml_keys_free(&ledger->units);
    free(ledger->n_left);
    free(ledger->handed);
    *ledger = (rml_ledger){0};
}

static bool is_in_flight(const rml_ledger *ledger, const rml_unit *unit)
{
    return unit->flight > ledger->base;
}

static bool is_done(const rml_ledger *ledger, const rml_unit *unit)
{
    return unit->done && unit->offset >= ledger->doubted;
}

static bool has_outcome(const rml_ledger *ledger, const rml_unit *unit)
{
    return unit->offset != 0 && (!unit->done || unit->offset >= ledger->doubted);
}

static rml_standing standing_of(const rml_ledger *ledger, const rml_unit *unit)
{
    return (rml_standing){.offset = has_outcome(ledger, unit) ? unit->offset : 0,
                          .done = is_done(ledger, unit),
                          .in_flight = is_in_flight(ledger, unit),
                          .suspect = unit->suspect,
                          .quarantined = unit->quarantined,
                          .cut_short = unit->flight > ledger->cut_base && unit->flight <= ledger->cut_end,
                          .n_crashes = unit->n_crashes,
                          .signal = unit->signal};
}

rml_standing rml_ledger_find(const rml_ledger *ledger, rml_key key)
{
    const rml_unit *unit = rml_keys_find(&ledger->units, key);

    return unit ? standing_of(ledger, unit) : (rml_standing){0};
}

static rml_unit *unit_at(const rml_ledger *ledger, size_t n)
{
    return (rml_unit *)ledger->units.entries + n;
}

rml_standing rml_ledger_at(const rml_ledger *ledger, size_t n)
{
    return standing_of(ledger, unit_at(ledger, n));
}

static void land(rml_ledger *ledger, rml_unit *unit)
{
    if (!is_in_flight(ledger, unit)) return;
    if (--ledger->n_left[unit->flight - ledger->base - 1] == 0) --ledger->n_in_flight;
    unit->flight = 0;
}

/* A run's end, whatever it was. */
static void forget_flights(rml_ledger *ledger)
{
    if (ledger->run_open) {
        if (ledger->progress)
            ledger->n_barren = 0;
        else
            ++ledger->n_barren;
        ledger->cut_base = ledger->base;
        ledger->cut_end = ledger->n_flights;
    }
    ledger->base = ledger->n_flights;
    ++ledger->n_runs;
    ledger->n_in_flight = 0;
    ledger->n_handed = 0;
    ledger->n_outcomes = 0;
    ledger->run_open = ledger->progress = ledger->crashed = false;
}

/* The only task in flight: rule 2. */
static void hold_against_lone(rml_ledger *ledger)
{
    const rml_unit *first = NULL;

    for (size_t h = 0; h < ledger->n_handed; ++h) {
        const rml_unit *unit = unit_at(ledger, ledger->handed[h]);

        if (!is_in_flight(ledger, unit)) continue;
        if (!first || unit->key.high < first->key.high || /* whatever their order in the task: the smallest key */
            (unit->key.high == first->key.high && unit->key.low < first->key.low))
            first = unit;
    }
    assert(first); /* the callers have seen something in flight */
    ledger->n_lone = ledger->n_lone > 0 && rml_key_same(ledger->lone, first->key) ? ledger->n_lone + 1 : 1;
    ledger->lone = first->key;
    for (size_t h = 0; h < ledger->n_handed; ++h) {
        rml_unit *unit = unit_at(ledger, ledger->handed[h]);

        if (!is_in_flight(ledger, unit)) continue;
        unit->suspect = 1;
        if (ledger->n_lone >= LONE_DEATHS_TO_QUARANTINE) unit->quarantined = 1;
    }
}

/* Several tasks in flight: rule 3. */
static void hold_against_several(rml_ledger *ledger)
{
    const uint32_t before = ledger->n_deaths++;

    ledger->n_lone = 0;
    for (size_t h = 0; h < ledger->n_handed; ++h) {
        rml_unit *unit = unit_at(ledger, ledger->handed[h]);

        if (!is_in_flight(ledger, unit) || unit->death == ledger->n_deaths) continue; /* met already */
        if (!ledger->progress && unit->death != 0 && unit->death == before) unit->suspect = 1;
        unit->death = ledger->progress ? 0 : ledger->n_deaths;
    }
}

void rml_ledger_settle(rml_ledger *ledger)
{
    if (ledger->run_open && !ledger->crashed) {
        if (ledger->n_in_flight == 1) hold_against_lone(ledger);
        if (ledger->n_in_flight > 1) hold_against_several(ledger);
    }
    forget_flights(ledger);
}

void rml_ledger_complete(rml_ledger *ledger)
{
    ledger->progress = true;
}

int64_t rml_ledger_gap(rml_ledger *ledger, bool results, int64_t offset)
{
    const int64_t n_doubted = results ? ledger->n_done : 0;

    forget_flights(ledger);
    ledger->n_barren = 0; /* as far as anyone knows */
    ledger->n_lone = 0;
    ++ledger->n_deaths; /* none that comes is the next one after those that are known */
    if (results) {
        ledger->doubted = offset;
        ledger->n_done = 0;
    }
    return n_doubted;
}

static void clear_blame(rml_unit *unit)
{
    unit->suspect = unit->quarantined = 0;
    unit->crash_run = unit->death = 0;
    unit->n_crashes = unit->signal = 0;
}

static void apply_outcome(rml_ledger *ledger, rml_unit *unit, bool done, int64_t offset)
{
    if (is_in_flight(ledger, unit) || done) {
        if (done || !has_outcome(ledger, unit)) {
            ledger->progress = true;
            ledger->n_lone = 0;
        }
        clear_blame(unit);
    }
    land(ledger, unit);
    ledger->n_done += done - is_done(ledger, unit);
    unit->offset = offset;
    unit->done = done;
}

static void apply_crash(rml_ledger *ledger, rml_unit *unit, int32_t signal)
{
    if (signal == 0) { /* no crash: a run has set it aside */
        unit->suspect = unit->quarantined = 1;
        return;
    }
    ledger->crashed = true;
    /* the same crash, recorded twice: the program died before it removed the file */
    if (unit->crash_run == ledger->n_runs + 1) return;
    unit->crash_run = ledger->n_runs + 1;
    unit->suspect = 1;
    unit->signal = (uint8_t)signal;
    if (unit->n_crashes < UINT8_MAX) ++unit->n_crashes;
    if (unit->n_crashes >= CRASHES_TO_QUARANTINE) unit->quarantined = 1;
}

/* The array with room for one more, or NULL, and then it is as it was. */
static void *with_room(void *array, size_t n, size_t *capacity, size_t size)
{
    const size_t more = *capacity ? 2 * *capacity : 256;
    void *grown;

    if (n < *capacity) return array;
    grown = realloc(array, more * size);
    if (grown) *capacity = more;
    return grown;
}

static rml_status hand_out(rml_ledger *ledger, rml_key key)
{
    rml_unit *unit = rml_keys_add(&ledger->units, key, sizeof *unit);
    uint32_t *handed = with_room(ledger->handed, ledger->n_handed, &ledger->handed_capacity, sizeof *handed);

    if (handed) ledger->handed = handed;
    if (!unit || !handed) return RML_ENOMEM;
    if (unit->flight == ledger->n_flights) return RML_OK; /* named twice */
    land(ledger, unit); /* handed out before in this run, called back and handed out again */
    unit->flight = ledger->n_flights;
    ledger->handed[ledger->n_handed++] = (uint32_t)(unit - unit_at(ledger, 0));
    ++ledger->n_left[ledger->n_flights - ledger->base - 1];
    return RML_OK;
}

static rml_status apply_started(rml_ledger *ledger, const rml_key *keys, int32_t n_keys)
{
    const size_t n = (size_t)(ledger->n_flights - ledger->base);
    int32_t *n_left = with_room(ledger->n_left, n, &ledger->left_capacity, sizeof *n_left);
    rml_status status = RML_OK;

    if (!n_left) return RML_ENOMEM;
    ledger->n_left = n_left;
    ledger->n_left[n] = 0;
    ++ledger->n_flights;
    for (int32_t k = 0; k < n_keys && status == RML_OK; ++k) status = hand_out(ledger, keys[k]);
    if (n_keys > 0) ++ledger->n_in_flight;
    return status;
}

rml_status rml_ledger_apply(rml_ledger *ledger, uint32_t kind, const rml_key *keys, int32_t n_keys, int64_t offset,
                            int32_t signal)
{
    switch (kind) {
    case RML_RECORD_START:
        rml_ledger_settle(ledger);
        ledger->run_open = true;
        return RML_OK;
    case RML_RECORD_CLOSED: forget_flights(ledger); return RML_OK;
    case RML_RECORD_STARTED: return apply_started(ledger, keys, n_keys);
    case RML_RECORD_DONE:
    case RML_RECORD_FAILED:
    case RML_RECORD_CRASHED:
        for (int32_t k = 0; k < n_keys; ++k) {
            rml_unit *unit = rml_keys_add(&ledger->units, keys[k], sizeof *unit);

            if (!unit) return RML_ENOMEM;
            if (kind == RML_RECORD_CRASHED)
                apply_crash(ledger, unit, signal);
            else
                apply_outcome(ledger, unit, kind == RML_RECORD_DONE, offset);
        }
        if (kind != RML_RECORD_CRASHED) ledger->n_outcomes += n_keys;
        return RML_OK;
    default: return RML_OK;
    }
}
