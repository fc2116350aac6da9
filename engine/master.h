/* What rank 0 does beside computing: it hands out what engine/dispatch.h decides, keeps the journal, and ends the run.
 */
#ifndef RML_ENGINE_MASTER_H
#define RML_ENGINE_MASTER_H

#include "engine/farm.h"
#include "engine/post.h"
#include "engine/stop.h"

/* What travels. The engine's communicator carries nothing else. */
typedef enum rml_tag {
    /* to rank 0 */
    RML_TAG_ASK = 1, /* how many tasks: little waits behind my running one */
    RML_TAG_RESULTS, /* for each task: its number, units; for each of these: given, done, bytes */
    RML_TAG_TIMEOUT, /* task: abandoned */
    RML_TAG_LATE,    /* task: the abandoned thread has ended, its memory is free */
    RML_TAG_DROPPED, /* task: taken back before it began */
    RML_TAG_KEPT,    /* task: has begun, cannot be taken back */
    RML_TAG_NEED,    /* task, bytes, whether it waits: more memory than its estimate */
    RML_TAG_STOP,    /* how: a signal arrived */
    RML_TAG_FINAL,   /* busy, tasks, peak memory, host: the last one of a rank */
    /* from rank 0 */
    RML_TAG_TASKS,  /* for each: its number, units, keys, payload */
    RML_TAG_RECALL, /* task: give it back unless it has begun */
    RML_TAG_GRANT,  /* task, whether it may take what it asked for */
    RML_TAG_HALT,   /* give back all that has not begun, ask no more */
    RML_TAG_END,    /* status, sentence */
} rml_tag;

typedef struct rml_node_info { /* of a rank, gathered before the first message */
    int32_t leader;            /* lowest rank of its node */
    int32_t asked;             /* rml_stop_asked of the rank then */
    int64_t memory;            /* what the node offers, bytes */
    char host[64];
} rml_node_info;

typedef struct rml_master rml_master;

/* infos: in [size]; job, journal, options and post must outlive the master. */
RML_CHECKED rml_status rml_master_init(const rml_farm_job *job, rml_journal *journal, const rml_farm_options *options,
                                       rml_post *post, int size, const rml_node_info *infos, rml_master **master,
                                       rml_error *err);
void rml_master_free(rml_master *master);

/* A message of a rank. Statuses are those of the post: what the journal refuses ends the run in an orderly way. */
RML_CHECKED rml_status rml_master_message(rml_master *master, int from, int tag, rml_reader *reader);
/* Hands out, syncs, reports, ends. To be called after all messages of a turn. */
RML_CHECKED rml_status rml_master_turn(rml_master *master);
/* All ranks have said their last word. */
bool rml_master_is_over(const rml_master *master);
void rml_master_report(rml_master *master, rml_farm_report *report); /* logs them, hands over report->ranks */

#endif
