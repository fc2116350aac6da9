#include "tests/support/support.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/measured.h"

void rml_assert_close(double value, double expected, double relative, double absolute, const char *name,
                      const char *file, int line)
{
    const double difference = fabs(value - expected);

    if (isnan(value) && isnan(expected)) return;
    rml_measured(value, expected, relative, absolute, name);
    if (value == expected) return; /* infinities */
    if (difference <= absolute || difference <= relative * fabs(expected)) return;
    print_error("%s: %.17g for %.17g, difference %.3g, relative %.3g\n", name, value, expected, difference,
                difference / fabs(expected));
    _fail(file, line);
}

static char folder[4096];

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info, (void)type, (void)walk;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *rml_test_folder(void)
{
    const char *parent = getenv("TMPDIR");

    if (folder[0]) return folder;
    snprintf(folder, sizeof folder, "%s/radmill-test-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(folder)) {
        perror(folder);
        exit(1);
    }
    atexit(remove_folder);
    return folder;
}

const char *rml_shared(const char *relative)
{
    static char path[4096];
    const char *root = getenv("RADMILL_SHARED"), *source = getenv("RADMILL_SOURCE");
    struct stat info;
    size_t n;

    if (root && *root)
        snprintf(path, sizeof path, "%s", root);
    else
        snprintf(path, sizeof path, "%s/../shared", source && *source ? source : ".");
    if (stat(path, &info) != 0) return NULL;
    n = strlen(path);
    snprintf(path + n, sizeof path - n, "/%s", relative);
    return path;
}

void rml_skip_program(const char *why)
{
    printf("skipped: %s\n", why);
    fflush(stdout);
    exit(77);
}

uint64_t rml_test_random(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

double rml_test_uniform(uint64_t *state)
{
    return (double)(rml_test_random(state) >> 11) * 0x1p-53;
}
