/* What all targets share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

void fuzz_require(bool held, const char *what)
{
    if (held) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

const char *fuzz_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder && strlen(folder) < 200 ? folder : "/tmp";
}

static char path[256];

static void remove_file(void)
{
    unlink(path);
}

/* A name in a folder, not a memfd's: HDF5 asks for it. */
const char *fuzz_file(const uint8_t *bytes, size_t n)
{
    static int fd = -1;

    if (fd < 0) {
        snprintf(path, sizeof path, "%s/fuzz-XXXXXX", fuzz_folder());
        fd = mkstemp(path);
        fuzz_require(fd >= 0, "no file in $TMPDIR, or /tmp");
        atexit(remove_file);
    }
    fuzz_require(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, n, 0) == (ssize_t)n, "the file cannot be written");
    return path;
}

__attribute__((weak)) const char *fuzz_named(void)
{
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    rml_error err = {0};
    const rml_status status = fuzz_read(bytes, n, &err);

    if (status == RML_OK) return 0;
    fuzz_require(err.text[0] != '\0', "a failure without a sentence");
    fuzz_require(err.status == status, "a sentence of another failure");
    fuzz_require(status != RML_ENOMEM, "more memory than there is");
    return 0;
}
