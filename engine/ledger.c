#include "engine/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAPACITY = 1024,
    CRASHES_TO_QUARANTINE = 2,
    LONE_DEATHS_TO_QUARANTINE = 3,
    FRUITLESS_DEATHS_TO_SUSPECT = 2,
};

void rml_ledger_free(rml_ledger *ledger)
{
    free(ledger->units);
    free(ledger->flights);
    *ledger = (rml_ledger){0};
}

static bool same_key(rml_key a, rml_key b)
{
    return a.high == b.high && a.low == b.low;
}

/* The slot of the key, or the free one where it belongs. Keys are hashes already: their low bits are as good as any. */
static rml_unit *slot_of(rml_unit *units, size_t capacity, rml_key key)
{
    size_t s = (size_t)key.low & (capacity - 1);

    while (units[s].used && !same_key(units[s].key, key)) s = (s + 1) & (capacity - 1);
    return &units[s];
}

const rml_unit *rml_ledger_find(const rml_ledger *ledger, rml_key key)
{
    const rml_unit *unit;

    if (ledger->capacity == 0) return NULL;
    unit = slot_of(ledger->units, ledger->capacity, key);
    return unit->used ? unit : NULL;
}

static rml_status grow(rml_ledger *ledger)
{
    const size_t capacity = ledger->capacity ? 2 * ledger->capacity : FIRST_CAPACITY;
    rml_unit *units = calloc(capacity, sizeof *units);

    if (!units) return RML_ENOMEM;
    for (size_t s = 0; s < ledger->capacity; ++s)
        if (ledger->units[s].used) *slot_of(units, capacity, ledger->units[s].key) = ledger->units[s];
    free(ledger->units);
    ledger->units = units;
    ledger->capacity = capacity;
    return RML_OK;
}

static rml_unit *find_or_add(rml_ledger *ledger, rml_key key)
{
    rml_unit *unit;

    if (10 * (ledger->n_units + 1) > 7 * ledger->capacity && grow(ledger) != RML_OK) return NULL;
    unit = slot_of(ledger->units, ledger->capacity, key);
    if (!unit->used) {
        *unit = (rml_unit){.key = key, .used = 1};
        ++ledger->n_units;
    }
    return unit;
}

static void land(rml_ledger *ledger, rml_unit *unit)
{
    if (!unit->flight) return;
    if (--ledger->flights[unit->flight - 1] == 0) --ledger->n_in_flight;
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
        for (size_t s = 0; s < ledger->capacity; ++s) ledger->units[s].cut_short = ledger->units[s].flight != 0;
    }
    if (ledger->n_in_flight > 0)
        for (size_t s = 0; s < ledger->capacity; ++s) ledger->units[s].flight = 0;
    if (ledger->crashed)
        for (size_t s = 0; s < ledger->capacity; ++s) ledger->units[s].crashed_now = 0;
    ledger->n_in_flight = 0;
    ledger->n_flights = 0;
    ledger->run_open = ledger->progress = ledger->crashed = false;
}

/* The only task in flight: rule 2. */
static void hold_against_lone(rml_ledger *ledger)
{
    const rml_unit *first = NULL;

    for (size_t s = 0; s < ledger->capacity; ++s) {
        const rml_unit *unit = &ledger->units[s];

        if (!unit->flight) continue;
        if (!first || unit->key.high < first->key.high || /* whatever the table's order: the smallest key */
            (unit->key.high == first->key.high && unit->key.low < first->key.low))
            first = unit;
    }
    assert(first); /* the callers have seen something in flight */
    ledger->n_lone = ledger->n_lone > 0 && same_key(ledger->lone, first->key) ? ledger->n_lone + 1 : 1;
    ledger->lone = first->key;
    for (size_t s = 0; s < ledger->capacity; ++s) {
        if (!ledger->units[s].flight) continue;
        ledger->units[s].suspect = 1;
        if (ledger->n_lone >= LONE_DEATHS_TO_QUARANTINE) ledger->units[s].quarantined = 1;
    }
}

/* Several tasks in flight: rule 3. */
static void hold_against_several(rml_ledger *ledger)
{
    ledger->n_lone = 0;
    for (size_t s = 0; s < ledger->capacity; ++s) {
        rml_unit *unit = &ledger->units[s];

        if (!unit->flight) {
            unit->n_fruitless = 0;
            continue;
        }
        unit->n_fruitless = ledger->progress ? 0 : (uint8_t)(unit->n_fruitless + 1);
        if (unit->n_fruitless < FRUITLESS_DEATHS_TO_SUSPECT) continue;
        unit->suspect = 1;
        unit->n_fruitless = FRUITLESS_DEATHS_TO_SUSPECT; /* enough; never wraps around */
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

int64_t rml_ledger_gap(rml_ledger *ledger, bool results)
{
    int64_t n_doubted = 0;

    ledger->progress = true; /* as far as anyone knows */
    forget_flights(ledger);
    ledger->n_lone = 0;
    for (size_t s = 0; s < ledger->capacity; ++s) {
        rml_unit *unit = &ledger->units[s];

        unit->n_fruitless = 0;
        if (!results || !unit->done) continue;
        unit->done = 0;
        unit->offset = 0;
        ++n_doubted;
    }
    return n_doubted;
}

static void clear_blame(rml_unit *unit)
{
    unit->suspect = unit->quarantined = unit->crashed_now = 0;
    unit->n_crashes = unit->n_fruitless = unit->signal = 0;
}

static void apply_outcome(rml_ledger *ledger, rml_unit *unit, bool done, int64_t offset)
{
    if (unit->flight || done) {
        if (done || unit->offset == 0) {
            ledger->progress = true;
            ledger->n_lone = 0;
        }
        clear_blame(unit);
    }
    land(ledger, unit);
    unit->offset = offset;
    unit->done = done;
}

static void apply_crash(rml_ledger *ledger, rml_unit *unit, int32_t signal)
{
    ledger->crashed = true;
    if (unit->crashed_now) return; /* the same crash, recorded twice: the program died before it removed the file */
    unit->crashed_now = 1;
    unit->suspect = 1;
    unit->signal = (uint8_t)signal;
    if (unit->n_crashes < UINT8_MAX) ++unit->n_crashes;
    if (unit->n_crashes >= CRASHES_TO_QUARANTINE) unit->quarantined = 1;
}

static rml_status apply_started(rml_ledger *ledger, const rml_key *keys, int32_t n_keys)
{
    if (ledger->n_flights == ledger->flights_capacity) {
        const size_t capacity = ledger->flights_capacity ? 2 * ledger->flights_capacity : 256;
        int32_t *flights = realloc(ledger->flights, capacity * sizeof *flights);

        if (!flights) return RML_ENOMEM;
        ledger->flights = flights;
        ledger->flights_capacity = capacity;
    }
    ledger->flights[ledger->n_flights++] = 0;
    ++ledger->n_in_flight;
    for (int32_t k = 0; k < n_keys; ++k) {
        rml_unit *unit = find_or_add(ledger, keys[k]);

        if (!unit) return RML_ENOMEM;
        land(ledger, unit); /* handed out before in this run, called back and handed out again */
        unit->flight = (uint32_t)ledger->n_flights;
        ++ledger->flights[ledger->n_flights - 1];
    }
    if (n_keys == 0) --ledger->n_in_flight;
    return RML_OK;
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
            rml_unit *unit = find_or_add(ledger, keys[k]);

            if (!unit) return RML_ENOMEM;
            if (kind == RML_RECORD_CRASHED)
                apply_crash(ledger, unit, signal);
            else
                apply_outcome(ledger, unit, kind == RML_RECORD_DONE, offset);
        }
        return RML_OK;
    default: return RML_OK;
    }
}
