/* For sanitizer builds of programs that use MPI; linked into executables alone, with nothing to set in the environment.
 *
 * Open MPI unloads its plugins at the end, and LeakSanitizer then can no longer name whose memory it found. So nothing
 * is ever unloaded, and what Open MPI and the libraries below it keep is left out of the report: for that the whole
 * stack of every allocation is needed, which the fast unwinder loses in code without frame pointers. */
int dlclose(void *handle);
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);
const char *__asan_default_options(void);
const char *__tsan_default_suppressions(void);

int dlclose(void *handle)
{
    (void)handle;
    return 0;
}

const char *__lsan_default_suppressions(void)
{
    return "leak:libopen-pal\nleak:libopen-rte\nleak:libmpi.so\nleak:libpmix\nleak:libhwloc\nleak:libevent\n"
           "leak:mca_\nleak:libpciaccess\nleak:libucs\nleak:libucp\nleak:libuct\nleak:libfabric\nleak:libpsm\n"
           "leak:libibverbs\nleak:libnuma\nleak:libltdl\nleak:ld-linux\n";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0";
}

/* Its shared-memory transport takes two locks of its own in either order. */
const char *__tsan_default_suppressions(void)
{
    return "deadlock:mca_btl_vader\n";
}
