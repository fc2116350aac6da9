/* The post: blobs of any size between the ranks of a communicator, without ever blocking.
 *
 * A message goes in pieces that MPI can count; what one rank sends to another arrives in the order it was sent. A
 * message to oneself does not touch MPI. One thread per process. */
#ifndef RML_ENGINE_POST_H
#define RML_ENGINE_POST_H

#include <mpi.h>
#include <stdbool.h>

#include "kernels/base/blob.h"
#include "kernels/base/status.h"

typedef struct rml_post rml_post;

/* comm stays the caller's, and nothing else may be sent over it meanwhile. piece in bytes, the same on all ranks, at
 * least 8. Not collective. RML_ENOMEM. */
RML_CHECKED rml_status rml_post_open(MPI_Comm comm, size_t piece, rml_post **post);
/* Everything sent must have left (rml_post_is_empty) and everything have been received. NULL allowed. */
void rml_post_close(rml_post *post);

/* An empty message to append to with rml_blob_put_*. */
void rml_post_begin(rml_blob *message);
/* Takes over the message's contents and leaves it empty. tag at least 0. RML_ENOMEM. */
RML_CHECKED rml_status rml_post_send(rml_post *post, int to, int tag, rml_blob *message);

/* Moves what can be moved, and hands over the next whole message: *received says whether there was one. The message is
 * overwritten; reader gives its contents as they were put. RML_ENOMEM. */
RML_CHECKED rml_status rml_post_receive(rml_post *post, bool *received, int *from, int *tag, rml_blob *message);
rml_reader rml_post_reader(const rml_blob *message);

/* All that was sent has left this rank. */
bool rml_post_is_empty(rml_post *post);

/* Waits for a non-blocking operation without keeping a core busy. */
void rml_wait_quietly(MPI_Request *request);

#endif
