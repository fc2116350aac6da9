#include "io/process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
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

/* In the child, which never comes back from it. With what it starts it is a group of its own, which can be killed as
 * one: Ctrl-C does not reach it then, but it ends with its parent. */
static void become(const char *const *argument, const char *folder, pid_t parent)
{
    static char locale[] = "LC_ALL=C.UTF-8";
    const char *path = getenv("PATH");
    char *found = NULL, *home = NULL;
    char *environment[] = {locale, NULL, NULL, NULL};
    int nothing, complaints;

    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
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

/* As waitpid: the child, 0 when it has not ended after so many seconds, -1 with errno. It is looked for again and
 * again, since to be woken would take a signal or a descriptor, neither of which is this layer's. */
static pid_t wait_for(pid_t child, int seconds, int *how)
{
    enum { FIRST = 1000000, LONGEST = 50000000 }; /* ns between two looks: a figure takes some ms, a page a second */
    struct timespec now;
    time_t end;

    clock_gettime(CLOCK_MONOTONIC, &now);
    end = now.tv_sec + seconds + 1; /* this second is not whole */
    for (long nap = FIRST;; nap = nap < LONGEST / 2 ? 2 * nap : LONGEST) {
        const struct timespec pause = {0, nap};
        const pid_t ended = waitpid(child, how, WNOHANG);

        if (ended > 0 || (ended < 0 && errno != EINTR)) return ended;
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec >= end) return 0;
        nanosleep(&pause, NULL);
    }
}

rml_status rml_process_run(const char *const *argument, const char *folder, int seconds, rml_error *err)
{
    const pid_t parent = getpid();
    int how = 0;
    pid_t child, ended;
    char said[256];

    fflush(NULL);
    child = fork();
    if (child == 0) become(argument, folder, parent);
    if (child < 0) return rml_fail(err, RML_EIO, "%s could not be started: %s", argument[0], strerror(errno));
    ended = wait_for(child, seconds, &how);
    if (ended < 0) return rml_fail(err, RML_EIO, "%s was lost: %s", argument[0], strerror(errno));
    if (ended == 0) {
        if (kill(-child, SIGKILL) != 0) kill(child, SIGKILL); /* it is no group yet */
        while (waitpid(child, &how, 0) < 0 && errno == EINTR) continue;
        return rml_fail(err, RML_EIO, "%s had not ended after %d s and was killed", argument[0], seconds);
    }
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0) return RML_OK;
    if (WIFEXITED(how) && WEXITSTATUS(how) == NOT_THERE)
        return rml_fail(err, RML_EMISSING, "%s is not installed", argument[0]);
    first_complaint(folder, said);
    return rml_fail(err, RML_EIO, "%s failed (%s %d); it said: %s", argument[0], WIFEXITED(how) ? "status" : "signal",
                    WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how), said);
}
