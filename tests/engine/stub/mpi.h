/* The part of MPI that the farm uses, over sockets between processes of one node: a transport without threads, without
 * a library of its own and without a word for ThreadSanitizer to say. RADMILL_STUB_RANKS says how many ranks
 * MPI_Init_thread forks (1 when unset); stub_mpirun.sh takes mpirun's place.
 *
 * Stricter than MPI where that finds mistakes: any other thread's call than the one that initialised ends the process,
 * and a message is read from its sender's buffer only when it goes out. Collective calls are done when they return. */
#ifndef RML_TESTS_ENGINE_STUB_MPI_H
#define RML_TESTS_ENGINE_STUB_MPI_H

typedef struct stub_comm *MPI_Comm;
typedef struct stub_request *MPI_Request;
typedef struct stub_message *MPI_Message;
typedef int MPI_Datatype; /* its bytes */
typedef int MPI_Op;
typedef int MPI_Info;

typedef struct MPI_Status {
    int MPI_SOURCE, MPI_TAG;
    long long n_bytes;
} MPI_Status;

extern struct stub_comm stub_world;

#define MPI_COMM_WORLD (&stub_world)
#define MPI_STATUS_IGNORE ((MPI_Status *)0)
#define MPI_STATUSES_IGNORE ((MPI_Status *)0)
#define MPI_IN_PLACE ((const void *)&stub_world)
#define MPI_BYTE 1
#define MPI_CHAR 1
#define MPI_INT32_T 4
#define MPI_INT 4
#define MPI_LONG_LONG 8 /* the one type that is reduced */
#define MPI_MAX 1
#define MPI_INFO_NULL 0
#define MPI_ANY_SOURCE (-1)
#define MPI_ANY_TAG (-1)
#define MPI_COMM_TYPE_SHARED 0
#define MPI_THREAD_FUNNELED 1

int MPI_Init_thread(int *argc, char ***argv, int wanted, int *given);
int MPI_Query_thread(int *given);
int MPI_Finalize(void);
int MPI_Abort(MPI_Comm comm, int status);
int MPI_Comm_rank(MPI_Comm comm, int *rank);
int MPI_Comm_size(MPI_Comm comm, int *size);
int MPI_Comm_dup(MPI_Comm comm, MPI_Comm *copy);
int MPI_Comm_split_type(MPI_Comm comm, int type, int key, MPI_Info info, MPI_Comm *part);
int MPI_Comm_free(MPI_Comm *comm);
int MPI_Isend(const void *bytes, int n, MPI_Datatype type, int to, int tag, MPI_Comm comm, MPI_Request *request);
int MPI_Improbe(int from, int tag, MPI_Comm comm, int *found, MPI_Message *message, MPI_Status *status);
int MPI_Mrecv(void *bytes, int n, MPI_Datatype type, MPI_Message *message, MPI_Status *status);
int MPI_Imrecv(void *bytes, int n, MPI_Datatype type, MPI_Message *message, MPI_Request *request);
int MPI_Get_count(const MPI_Status *status, MPI_Datatype type, int *n);
int MPI_Test(MPI_Request *request, int *done, MPI_Status *status);
int MPI_Testall(int n, MPI_Request *requests, int *done, MPI_Status *statuses);
int MPI_Ibcast(void *bytes, int n, MPI_Datatype type, int root, MPI_Comm comm, MPI_Request *request);
int MPI_Igather(const void *mine, int n, MPI_Datatype type, void *all, int n_each, MPI_Datatype type_each, int root,
                MPI_Comm comm, MPI_Request *request);
int MPI_Ireduce(const void *mine, void *worst, int n, MPI_Datatype type, MPI_Op op, int root, MPI_Comm comm,
                MPI_Request *request);
int MPI_Iallreduce(const void *mine, void *worst, int n, MPI_Datatype type, MPI_Op op, MPI_Comm comm,
                   MPI_Request *request);

#endif
