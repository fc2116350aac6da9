#include "jobs/version.h"

#include <H5public.h>
#include <mpi.h>
#include <string.h>

#include "rml_commit.h"

const char *rml_version(void)
{
    return RADMILL_VERSION;
}

const char *rml_version_commit(void)
{
    return RADMILL_COMMIT;
}

const char *rml_version_isa(void)
{
#if defined(RADMILL_CLONES) && defined(__x86_64__) && !defined(__clang__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return "AVX-512 (x86-64-v4)";
    if (__builtin_cpu_supports("avx2")) return "AVX2";
    return "baseline";
#else
    return "baseline, one build";
#endif
}

const char *rml_version_hdf5(void)
{
    static char text[32];
    unsigned major, minor, release;

    if (H5get_libversion(&major, &minor, &release) < 0) return "unknown";
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    return text;
}

const char *rml_version_mpi(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;

    if (text[0]) return text;
    MPI_Get_library_version(text, &length);
    text[strcspn(text, ",\n")] = '\0'; /* the rest is where and by whom it was packaged */
    return text;
}

void rml_version_print(FILE *stream)
{
    fprintf(stream, "radmill %s\n", rml_version());
    fprintf(stream, "  commit           %s\n", rml_version_commit());
    fprintf(stream, "  compiler         %s\n", RADMILL_COMPILER);
    fprintf(stream, "  flags            %s\n", RADMILL_FLAGS);
    fprintf(stream, "  MPI              %s\n", rml_version_mpi());
    fprintf(stream, "  HDF5             %s\n", rml_version_hdf5());
    fprintf(stream, "  instruction set  %s\n", rml_version_isa());
}
