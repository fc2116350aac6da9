/* What the tests of filters share: stored images of the reference data. */
#ifndef RML_TESTS_IMAGE_CASES_H
#define RML_TESTS_IMAGE_CASES_H

#include "tests/support/support.h"

#include "io/volume.h"

/* Loads an image under the folder of reference data; false when the folder is not there. Ends the test when the image
 * cannot be read. */
static inline bool load_image(const char *relative, rml_volume *volume)
{
    const char *path = rml_shared(relative);
    rml_volume_file *file;
    rml_volume_info info;
    rml_error err;

    if (!path) return false;
    if (rml_volume_open(path, &file, &info, &err) != RML_OK) fail_msg("%s", err.text);
    if (rml_volume_load(file, 0, info.grid.size[2], 0, volume, NULL, &err) != RML_OK) fail_msg("%s", err.text);
    rml_volume_close(file);
    return true;
}

#endif
