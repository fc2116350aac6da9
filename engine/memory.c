#include "engine/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A number in a file of one line; -1 when there is no file or no number ("max"). */
static int64_t number_in(const char *path)
{
    FILE *file = fopen(path, "re");
    char text[64] = "", *end;
    long long value;

    if (!file) return -1;
    if (!fgets(text, sizeof text, file)) text[0] = '\0';
    fclose(file);
    errno = 0;
    value = strtoll(text, &end, 10);
    return end == text || errno || value < 0 ? -1 : (int64_t)value;
}

static void lower(int64_t *limit, int64_t value)
{
    if (value > 0 && value < *limit) *limit = value;
}

/* The limit of a group and of all above it, up to the mount. In a container the group's path may not exist below the
 * mount, which then is the group itself: the loop still ends there. */
static void lower_by_groups(int64_t *limit, const char *mount, const char *group, const char *file)
{
    char folder[4096], path[4200];

    snprintf(folder, sizeof folder, "%s", group);
    for (;;) {
        char *slash;

        snprintf(path, sizeof path, "%.2000s%.2000s/%s", mount, folder, file);
        lower(limit, number_in(path));
        slash = strrchr(folder, '/');
        if (!slash) return;
        *slash = '\0';
    }
}

static void lower_by_cgroup(int64_t *limit, const char *root)
{
    char path[4096], line[4096], mount[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    file = fopen(path, "re");
    if (!file) return;
    while (fgets(line, sizeof line, file)) { /* "0::/path", or "4:memory:/path" */
        char *names = strchr(line, ':'), *group = names ? strchr(names + 1, ':') : NULL;

        if (!group) continue;
        *group++ = '\0';
        ++names;
        group[strcspn(group, "\n")] = '\0';
        if (names[0] == '\0') {
            snprintf(mount, sizeof mount, "%.4000s/sys/fs/cgroup", root);
            lower_by_groups(limit, mount, group, "memory.max");
        } else if (strcmp(names, "memory") == 0 || strstr(names, "memory,") || strstr(names, ",memory")) {
            snprintf(mount, sizeof mount, "%.4000s/sys/fs/cgroup/memory", root);
            lower_by_groups(limit, mount, group, "memory.limit_in_bytes");
        }
    }
    fclose(file);
}

/* Megabytes, as SLURM gives them; 0 means no limit there. */
static int64_t variable(const char *name)
{
    const char *text = getenv(name);
    char *end;
    long long value;

    if (!text) return -1;
    errno = 0;
    value = strtoll(text, &end, 10);
    return end == text || errno || value <= 0 || value > INT64_MAX >> 20 ? -1 : (int64_t)value;
}

static void lower_by_slurm(int64_t *limit)
{
    const int64_t per_node = variable("SLURM_MEM_PER_NODE"), per_cpu = variable("SLURM_MEM_PER_CPU"),
                  n_cpus = variable("SLURM_CPUS_ON_NODE");

    if (per_node > 0) lower(limit, per_node << 20);
    if (per_cpu > 0 && n_cpus > 0 && per_cpu <= (INT64_MAX >> 20) / n_cpus) lower(limit, (per_cpu * n_cpus) << 20);
}

int64_t rml_memory_limit(const char *root)
{
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    int64_t limit = pages > 0 && page > 0 ? (int64_t)pages * page : INT64_MAX;

    lower_by_cgroup(&limit, root);
    lower_by_slurm(&limit);
    return limit;
}

int64_t rml_memory_peak(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}

const char *rml_memory_text(int64_t n_bytes, char text[32])
{
    static const char *const unit[] = {"KiB", "MiB", "GiB"};
    double value = (double)n_bytes / 1024.0;
    int u = 0;

    for (; u < 2 && value >= 1024.0; ++u) value /= 1024.0;
    if (n_bytes < 1024)
        snprintf(text, 32, "%lld bytes", (long long)n_bytes);
    else
        snprintf(text, 32, u == 2 ? "%.2f %s" : "%.1f %s", value, unit[u]);
    return text;
}
