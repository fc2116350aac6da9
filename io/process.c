#include "io/process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_THERE = 127, DEEPEST = 16 }; /* what the child ends with where there is no such program, as a shell does */

rml_status rml_process_folder(char **folder, rml_error *err)
{
    const char *where = getenv("TMPDIR");
    char *made = NULL;
    rml_status status = RML_OK;

    if (asprintf(&made, "%s/radmill-XXXXXX", where && *where ? where : "/tmp") < 0)
        return rml_fail(err, RML_ENOMEM, "no memory for a folder's name");
    if (!mkdtemp(made)) {
        status = rml_fail(err, RML_EIO, "%s: a folder for temporary files cannot be made: %s", made, strerror(errno));
        free(made);
        return status;
    }
    *folder = made;
    return RML_OK;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    remove(path);
    return 0;
}

void rml_process_folder_remove(char *folder)
{
    if (folder) nftw(folder, remove_one, DEEPEST, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

/* In the child, which never comes back from it. */
static void become(const char *const *argument, const char *folder)
{
    static char locale[] = "LC_ALL=C.UTF-8";
    const char *path = getenv("PATH");
    char *found = NULL, *home = NULL;
    char *environment[] = {locale, NULL, NULL, NULL};
    int nothing, complaints;

    if (asprintf(&found, "PATH=%s", path ? path : "/usr/local/bin:/usr/bin:/bin") < 0) _exit(1);
    if (asprintf(&home, "HOME=%s", folder) < 0) _exit(1);
    environment[1] = found;
    environment[2] = home;
    if (chdir(folder) != 0) _exit(1);
    nothing = open("/dev/null", O_RDWR);
    complaints = open("complaints", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (nothing < 0 || complaints < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
        dup2(complaints, STDERR_FILENO) < 0)
        _exit(1);
    execvpe(argument[0], (char *const *)(uintptr_t)argument, environment);
    _exit(errno == ENOENT ? NOT_THERE : 1);
}

/* Programs say where they stopped ("line 3: …") after what they show of it; such a line before any other. */
static void first_complaint(const char *folder, char line[256])
{
    char *path = NULL, read[256];
    FILE *file = asprintf(&path, "%s/complaints", folder) < 0 ? NULL : fopen(path, "r");

    snprintf(line, 256, "nothing");
    for (int n = 0; file && fgets(read, sizeof read, file); ++n) {
        read[strcspn(read, "\n")] = '\0';
        if (n == 0 || strstr(read, "line ")) memcpy(line, read, sizeof read);
        if (strstr(read, "line ")) break;
    }
    if (file) fclose(file);
    free(path);
}

rml_status rml_process_run(const char *const *argument, const char *folder, rml_error *err)
{
    int how = 0;
    pid_t child;
    char said[256];

    fflush(NULL);
    child = fork();
    if (child == 0) become(argument, folder);
    if (child < 0) return rml_fail(err, RML_EIO, "%s could not be started: %s", argument[0], strerror(errno));
    while (waitpid(child, &how, 0) < 0)
        if (errno != EINTR) return rml_fail(err, RML_EIO, "%s was lost: %s", argument[0], strerror(errno));
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0) return RML_OK;
    if (WIFEXITED(how) && WEXITSTATUS(how) == NOT_THERE)
        return rml_fail(err, RML_EMISSING, "%s is not installed", argument[0]);
    first_complaint(folder, said);
    return rml_fail(err, RML_EIO, "%s failed (%s %d); it said: %s", argument[0], WIFEXITED(how) ? "status" : "signal",
                    WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how), said);
}
