#include "io/hdf5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/file.h"
#include "io/hdf5_watch.h"

/* HDF5 itself is one library with one state for the whole process, used by one thread; so is what it last said. */
static char complaint[256], away[256];

typedef struct search {
    bool system; /* the operating system's own message was found */
} search;

static herr_t look_at_frame(unsigned depth, const H5E_error2_t *frame, void *data)
{
    static const char mark[] = "error message = '";
    search *found = data;
    const char *text = frame->desc ? frame->desc : "", *at = strstr(text, mark);

    if (found->system) return 0;
    if (at) { /* "file write failed: time = …, errno = 28, error message = 'No space left on device', buf = …" */
        at += sizeof mark - 1;
        snprintf(complaint, sizeof complaint, "%.*s", (int)strcspn(at, "'"), at);
        found->system = true;
    } else if (depth == 0) { /* the innermost cause */
        snprintf(complaint, sizeof complaint, "%s", text);
    }
    return 0;
}

static herr_t keep_complaint(hid_t stack, void *data)
{
    search found = {false};

    (void)data;
    complaint[0] = '\0';
    return H5Ewalk2(stack, H5E_WALK_UPWARD, look_at_frame, &found);
}

/* In the place of HDF5's own way of following a link into another file. */
static hid_t stay_here(const char *name, hid_t group, const void *value, size_t n_bytes, hid_t access, hid_t transfer)
{
    char where[128] = "";

    (void)value, (void)n_bytes, (void)access, (void)transfer;
    if (H5Iget_name(group, where, sizeof where) <= 0 || strcmp(where, "/") == 0) where[0] = '\0';
    if (!away[0]) snprintf(away, sizeof away, "%s/%.100s leads into other files", where, name);
    return -1;
}

void rml_hdf5_begin(const char *path, int64_t n_bytes)
{
    rml_hdf5_watch(path, n_bytes);
    away[0] = '\0';
}

rml_status rml_hdf5_end(const char *path, rml_status status, rml_error *err)
{
    rml_hdf5_unwatch();
    if (status == RML_OK || !away[0]) return status;
    return rml_fail(err, RML_EUNSUPPORTED, "%s: %s, which are not opened; all was expected in the file itself", path,
                    away);
}

bool rml_hdf5_led_away(void)
{
    return away[0] != '\0';
}

bool rml_hdf5_is_own(hid_t dataset)
{
    const hid_t create = H5Dget_create_plist(dataset);
    char where[128] = "";
    bool own;

    if (create < 0) return false;
    own = H5Pget_layout(create) != H5D_VIRTUAL && H5Pget_external_count(create) == 0;
    rml_hdf5_close(create);
    if (own || away[0]) return own;
    if (H5Iget_name(dataset, where, sizeof where) <= 0) where[0] = '\0';
    snprintf(away, sizeof away, "%s has its values in other files", where);
    return false;
}

void rml_hdf5_quiet(void)
{
    static const H5L_class_t link = {
        .version = H5L_LINK_CLASS_T_VERS, .id = H5L_TYPE_EXTERNAL, .comment = "not followed", .trav_func = stay_here};

    /* Every file is closed by hand; what HDF5 would do besides on the way out goes wrong behind a damaged one. */
    H5dont_atexit();
    H5Eset_auto2(H5E_DEFAULT, keep_complaint, NULL);
    H5Lregister(&link);
}

const char *rml_hdf5_complaint(void)
{
    return complaint[0] ? complaint : "HDF5 gives no reason";
}

void rml_hdf5_close(hid_t id)
{
    if (id >= 0) H5Idec_ref(id);
}

hid_t rml_hdf5_text_type(void)
{
    const hid_t type = H5Tcopy(H5T_C_S1);

    if (type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0) return type;
    rml_hdf5_close(type);
    return -1;
}

hid_t rml_hdf5_truth_type(void)
{
    const hid_t type = H5Tenum_create(H5T_STD_I8LE);
    const int8_t no = 0, yes = 1;

    if (type >= 0 && H5Tenum_insert(type, "FALSE", &no) >= 0 && H5Tenum_insert(type, "TRUE", &yes) >= 0) return type;
    rml_hdf5_close(type);
    return -1;
}

bool rml_hdf5_attribute(hid_t at, const char *name, hid_t type, int32_t n, const void *data)
{
    const hsize_t size = n < 0 ? 1 : (hsize_t)n;
    const hid_t space = n < 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, NULL);
    const hid_t attribute = space < 0 ? -1 : H5Acreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool good = attribute >= 0 && (n == 0 || H5Awrite(attribute, type, data) >= 0);

    rml_hdf5_close(attribute);
    rml_hdf5_close(space);
    return good;
}

/* HDF5 cannot undo a file that it fails to begin (it then ends the program with "infinite loop closing library"). So
 * the first bytes are written by us, and only where that went well does HDF5 begin: on the room that it gives free. */
static bool find_room(const char *path)
{
    static const char zeros[1 << 16];
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    ssize_t n;

    if (descriptor < 0) return false;
    n = write(descriptor, zeros, sizeof zeros);
    if (n >= 0 && n < (ssize_t)sizeof zeros) errno = ENOSPC;
    return (close(descriptor) == 0) & (n == (ssize_t)sizeof zeros);
}

rml_status rml_hdf5_create(const char *temporary, hid_t *out, rml_error *err)
{
    hid_t create, access, file = -1;

    rml_hdf5_quiet();
    if (!find_room(temporary)) return rml_fail(err, RML_EIO, "%s: cannot be written: %s", temporary, strerror(errno));
    create = H5Pcreate(H5P_FILE_CREATE);
    access = H5Pcreate(H5P_FILE_ACCESS);
    /* The format of HDF5 1.8: its metadata carry checksums, which the older one lacks. No lock: the name is ours alone,
     * and some network file systems refuse locks. */
    if (create >= 0 && access >= 0 && H5Pset_obj_track_times(create, false) >= 0 &&
        H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0 &&
        H5Pset_file_locking(access, false, true) >= 0 && H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0)
        file = H5Fcreate(temporary, H5F_ACC_TRUNC, create, access);
    rml_hdf5_close(access);
    rml_hdf5_close(create);
    if (file < 0) return rml_fail(err, RML_EIO, "%s: cannot be written: %s", temporary, rml_hdf5_complaint());
    *out = file;
    return RML_OK;
}

/* HDF5 keeps a file that it cannot flush half open and tries again at exit. So what is to be thrown away gets another
 * place to be flushed to: a nameless file in memory under the same descriptor. */
void rml_hdf5_divert(hid_t file)
{
    int *descriptor = NULL, nowhere;

    if (H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&descriptor) < 0 || !descriptor) return;
    nowhere = memfd_create("radmill", MFD_CLOEXEC);
    if (nowhere < 0) return;
    dup2(nowhere, *descriptor);
    close(nowhere);
}

static bool sync_file(const char *path)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    const bool good = descriptor >= 0 && fsync(descriptor) == 0;
    const int reason = errno;

    if (descriptor >= 0) close(descriptor);
    errno = reason;
    return good;
}

/* Room on the disk for all that the file will hold. After a flush that failed HDF5 1.10 cannot close the file any more,
 * not even when it is diverted, and crashes at the program's end: so a full disk must show before. */
static bool reserve(hid_t file)
{
    int *descriptor = NULL, why;
    hsize_t size = 0;

    if (H5Fget_filesize(file, &size) < 0 || H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&descriptor) < 0 ||
        !descriptor)
        return true; /* not to be known: the flush will tell */
    why = posix_fallocate(*descriptor, 0, (off_t)size);
    errno = why;
    return why != ENOSPC && why != EDQUOT && why != EFBIG && why != EIO;
}

rml_status rml_hdf5_commit(hid_t *file, const char *temporary, const char *path, rml_error *err)
{
    herr_t closed = -1;

    if (!reserve(*file)) return rml_fail(err, RML_EIO, "%s: cannot be written: %s", temporary, strerror(errno));
    closed = H5Fflush(*file, H5F_SCOPE_GLOBAL);
    if (closed >= 0) {
        closed = H5Fclose(*file);
        *file = -1;
    }
    if (closed < 0) return rml_fail(err, RML_EIO, "%s: cannot be written: %s", temporary, rml_hdf5_complaint());
    if (!sync_file(temporary) || rename(temporary, path) != 0)
        return rml_fail(err, RML_EIO, "%s: cannot be put in place: %s", path, strerror(errno));
    if (!rml_file_sync_folder(path))
        return rml_fail(err, RML_EIO, "%s: is written, but its name may not be on disk: %s", path, strerror(errno));
    return RML_OK;
}
