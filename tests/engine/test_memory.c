/* Oracle: trees of /proc and /sys made here, as the kernel's documentation of control groups describes them. */
#include "tests/support/support.h"

#include <sys/stat.h>
#include <unistd.h>

#include "engine/memory.h"

static const char *root;

static void put(const char *path, const char *text)
{
    char full[8192];
    FILE *file;

    snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0777);
        *slash = '/';
    }
    file = fopen(full, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int begin(void **state)
{
    static char folder[4096];
    static int n;

    (void)state;
    snprintf(folder, sizeof folder, "%s/root%d", rml_test_folder(), n++);
    root = folder;
    mkdir(root, 0777);
    unsetenv("SLURM_MEM_PER_NODE");
    unsetenv("SLURM_MEM_PER_CPU");
    unsetenv("SLURM_CPUS_ON_NODE");
    return 0;
}

static int64_t physical(void)
{
    return (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
}

static void without_limits_the_node(void **state)
{
    (void)state;
    assert_int_equal(rml_memory_limit(root), physical());
    put("/proc/self/cgroup", "0::/user.slice\n");
    put("/sys/fs/cgroup/user.slice/memory.max", "max\n");
    assert_int_equal(rml_memory_limit(root), physical());
}

static void version_2_takes_the_least_of_the_path(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/slurm/job_7/step_0\n");
    put("/sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n");
    put("/sys/fs/cgroup/slurm/job_7/memory.max", "500000000\n");
    put("/sys/fs/cgroup/slurm/memory.max", "900000000\n");
    assert_int_equal(rml_memory_limit(root), 500000000);
}

static void version_1_has_its_own_tree(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "9:name=systemd:/\n5:cpu,cpuacct:/\n4:memory:/docker/ab\n0::/\n");
    put("/sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes", "9223372036854771712\n"); /* none */
    assert_int_equal(rml_memory_limit(root), physical());
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "300000000\n"); /* as a container sees its own group */
    assert_int_equal(rml_memory_limit(root), 300000000);
}

static void slurm_counts_in_megabytes(void **state)
{
    (void)state;
    setenv("SLURM_MEM_PER_NODE", "400", 1);
    assert_int_equal(rml_memory_limit(root), 400LL << 20);
    unsetenv("SLURM_MEM_PER_NODE");
    setenv("SLURM_MEM_PER_CPU", "100", 1);
    assert_int_equal(rml_memory_limit(root), physical()); /* of how many is not known */
    setenv("SLURM_CPUS_ON_NODE", "3", 1);
    assert_int_equal(rml_memory_limit(root), 300LL << 20);
    setenv("SLURM_MEM_PER_CPU", "0", 1); /* all there is */
    assert_int_equal(rml_memory_limit(root), physical());
    begin(state);
}

static void peak_grows_with_use(void **state)
{
    const size_t n = 64 << 20;
    const int64_t before = rml_memory_peak();
    char *bytes = malloc(n);
    (void)state;

    assert_non_null(bytes);
    memset(bytes, 1, n);
    assert_true(rml_memory_peak() >= (int64_t)n && rml_memory_peak() > before + (32 << 20));
    free(bytes);
}

static void sizes_show_digits(void **state)
{
    static const struct {
        int64_t n_bytes;
        const char *text;
    } known[] = {{7, "7 bytes"},
                 {1024, "1.0 KiB"},
                 {1536, "1.5 KiB"},
                 {INT64_C(33) << 20, "33.0 MiB"},
                 {INT64_C(8) << 30, "8.00 GiB"},
                 {INT64_C(1) << 50, "1048576.00 GiB"}};
    char text[32];
    (void)state;

    for (size_t k = 0; k < sizeof known / sizeof *known; ++k)
        assert_string_equal(rml_memory_text(known[k].n_bytes, text), known[k].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_limits_the_node, begin),
        cmocka_unit_test_setup(version_2_takes_the_least_of_the_path, begin),
        cmocka_unit_test_setup(version_1_has_its_own_tree, begin),
        cmocka_unit_test_setup(slurm_counts_in_megabytes, begin),
        cmocka_unit_test_setup(peak_grows_with_use, begin),
        cmocka_unit_test(sizes_show_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
