#include "io/hdf5.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* HDF5 itself is one library with one state for the whole process, used by one thread; so is what it last said. */
static char complaint[256];

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

void rml_hdf5_quiet(void)
{
    H5Eset_auto2(H5E_DEFAULT, keep_complaint, NULL);
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
