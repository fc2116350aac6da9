/* What a folder that could not be synced means: io and engine both sync those that they rename files in. */
#ifndef RML_BASE_UNSYNCED_H
#define RML_BASE_UNSYNCED_H

#include <errno.h>
#include <stdbool.h>

/* errno of an open or fsync of a folder that failed: whether that can never be had there, so that no run need end of
 * it. Some file systems sync files alone (CIFS, FUSE), and a folder may be one to write to and not to read. The names
 * in it are then as safe as the file system makes them. Else, such as of EIO, what was renamed may not be on disk. */
static inline bool rml_unsynced_is_usual(int why)
{
    return why == EINVAL || why == ENOSYS || why == ENOTSUP || why == EOPNOTSUPP || why == EACCES;
}

#endif
