/* Oracle: the table in engine/lock.h. What other hosts would have written stands in the file by the test's own hand,
 * with the time that it gives it; of processes of this host there are some. */
#include "tests/support/support.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/lock.h"

static char folder[4096], path[4200], host[256];

static int new_folder(void **state)
{
    static int n;
    (void)state;

    snprintf(folder, sizeof folder, "%s/lock%d", rml_test_folder(), n++);
    snprintf(path, sizeof path, "%s/lock", folder);
    gethostname(host, sizeof host - 1);
    unsetenv("SLURM_JOB_ID");
    return mkdir(folder, 0777);
}

/* The file as somebody left it who touched it last so many seconds ago. */
static void leave(const char *line, double seconds_ago)
{
    FILE *file = fopen(path, "w");
    struct timespec times[2];

    assert_non_null(file);
    fputs(line, file);
    fclose(file);
    clock_gettime(CLOCK_REALTIME, &times[0]);
    times[0].tv_sec -= (time_t)seconds_ago;
    times[1] = times[0];
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static const char *line_there(void)
{
    static char line[600];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    if (!fgets(line, sizeof line, file)) line[0] = '\0';
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static rml_status try(bool kernel, rml_error *err)
{
    rml_lock *lock = NULL;
    rml_status status;

    *err = (rml_error){0};
    status = kernel ? rml_lock_open(folder, &lock, err) : rml_lock_open_without(folder, &lock, err);
    assert_int_equal(status == RML_OK, lock != NULL);
    if (lock) assert_int_equal(rml_lock_check(lock, err), RML_OK);
    rml_lock_close(lock);
    if (status == RML_OK) assert_string_equal(line_there(), ""); /* given back */
    return status;
}

static void other_hosts_live_by_their_signs(void **state)
{
    rml_error err;
    (void)state;

    for (int kernel = 0; kernel < 2; ++kernel) {
        unsetenv("SLURM_JOB_ID");
        leave("process 12 on elsewhere, job 34\n", 50);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        assert_non_null(
            strstr(err.text, "another run is at work here: process 12 on elsewhere, job 34, last seen 50 s"));
        assert_string_equal(line_there(), "process 12 on elsewhere, job 34"); /* and it was not touched */
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        assert_non_null(strstr(err.text, "last seen 50 s"));
        setenv("SLURM_JOB_ID", "35", 1);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
        setenv("SLURM_JOB_ID", "34", 1); /* the job was requeued: here it is */
        assert_int_equal(try(kernel, &err), RML_OK);
        unsetenv("SLURM_JOB_ID");
        leave("process 12 on elsewhere\n", 70);
        assert_int_equal(try(kernel, &err), RML_OK);
        leave("", 0);
        assert_int_equal(try(kernel, &err), RML_OK);
        leave("half a wo", 5);
        assert_int_equal(try(kernel, &err), RML_ELOCKED);
    }
}

static void this_host_lives_by_its_processes(void **state)
{
    char line[512];
    rml_error err;
    pid_t child = fork();
    int wait_status;
    (void)state;

    if (child == 0) {
        alarm(60); /* it ends even if this test does not come to ending it */
        pause();
        _exit(0);
    }
    snprintf(line, sizeof line, "process %ld on %s\n", (long)child, host);
    leave(line, 5);
    assert_int_equal(try(false, &err), RML_ELOCKED);
    leave(line, 5);
    assert_int_equal(try(true, &err), RML_OK); /* the kernel knows better: it holds nothing */
    leave(line, 70);
    assert_int_equal(try(false, &err), RML_OK); /* a process of that number, but not the run */
    leave(line, 5);
    kill(child, SIGKILL);
    waitpid(child, &wait_status, 0);
    assert_int_equal(try(false, &err), RML_OK);
}

/* Two at once, with and without the kernel's locks; the refusals have each its sentence. */
static void one_at_a_time(void **state)
{
    char taking[4300];
    rml_error err;
    (void)state;

    for (int kernel = 0; kernel < 2; ++kernel) {
        rml_lock *lock = NULL;
        char line[512];

        setenv("SLURM_JOB_ID", "34", 1);
        assert_int_equal(kernel ? rml_lock_open(folder, &lock, &err) : rml_lock_open_without(folder, &lock, &err),
                         RML_OK);
        snprintf(line, sizeof line, "process %ld on %s, job 34", (long)getpid(), host);
        assert_string_equal(line_there(), line);
        assert_int_equal(try(kernel, &err), RML_ELOCKED); /* our own job, too: it is alive on this host */
        assert_non_null(strstr(err.text, line));
        if (kernel) { /* whatever the file says of processes */
            leave("half a wo", 50);
            assert_int_equal(try(true, &err), RML_ELOCKED);
            leave(line, 0);
        }
        rml_lock_close(lock);
        assert_int_equal(try(kernel, &err), RML_OK);
    }
    snprintf(taking, sizeof taking, "%s.taking", path);
    fclose(fopen(taking, "w"));
    assert_int_equal(try(false, &err), RML_ELOCKED);
    assert_non_null(strstr(err.text, "lock.taking: another run is just beginning here"));
    assert_int_equal(unlink(taking), 0);
    assert_int_equal(try(false, &err), RML_OK);
    assert_int_equal(access(taking, F_OK), -1);
}

/* It lives, and holds the kernel's lock, but has given no sign for 70 s: another takes over, and it finds out. */
static void a_stopped_run_loses_it(void **state)
{
    rml_lock *lock = NULL;
    rml_error err = {0};
    int ready[2], wait_status;
    char line[512], byte;
    pid_t child;
    (void)state;

    unsetenv("SLURM_JOB_ID");
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        int lost = 0;

        alarm(60);
        if (rml_lock_open(folder, &lock, &err) != RML_OK) _exit(1);
        if (write(ready[1], "1", 1) != 1) _exit(2);
        for (int look = 0; look < 300 && !lost; ++look) {
            const struct timespec pause = {0, 100 * 1000 * 1000};

            nanosleep(&pause, NULL);
            lost = rml_lock_check(lock, &err) == RML_ELOCKED;
        }
        rml_lock_close(lock); /* gives nothing back that is another's */
        _exit(lost && strstr(err.text, "the folder was taken over by process ") ? 0 : 3);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(child, SIGSTOP);
    assert_int_equal(waitpid(child, &wait_status, WUNTRACED), child);
    snprintf(line, sizeof line, "process %ld on %s\n", (long)child, host);
    leave(line, 50);
    assert_int_equal(try(true, &err), RML_ELOCKED);
    leave(line, 70);
    assert_int_equal(rml_lock_open(folder, &lock, &err), RML_OK);
    kill(child, SIGCONT);
    assert_int_equal(waitpid(child, &wait_status, 0), child);
    assert_true(WIFEXITED(wait_status));
    assert_int_equal(WEXITSTATUS(wait_status), 0);
    snprintf(line, sizeof line, "process %ld on %s", (long)getpid(), host);
    assert_string_equal(line_there(), line);
    assert_int_equal(rml_lock_check(lock, &err), RML_OK);
    assert_int_equal(try(true, &err), RML_ELOCKED);
    rml_lock_close(lock);
    close(ready[0]);
    close(ready[1]);
}

/* Many at once where only the file tells: never two. */
static void races_have_one_winner(void **state)
{
    enum { RACERS = 8, RACES = 20 };
    (void)state;

    for (int race = 0; race < RACES; ++race) {
        pid_t racer[RACERS];
        int gate[2], over[2], n_won = 0, wait_status;

        leave("process 12 on elsewhere\n", 70);
        assert_int_equal(pipe(gate) + pipe(over), 0);
        for (int r = 0; r < RACERS; ++r) {
            racer[r] = fork();
            if (racer[r] == 0) {
                rml_lock *lock = NULL;
                rml_error err = {0};
                rml_status status;
                char byte;

                close(gate[1]);
                close(over[1]);
                while (read(gate[0], &byte, 1) > 0) continue; /* until all are there */
                status = rml_lock_open_without(folder, &lock, &err);
                if (status == RML_OK) {
                    /* held until all have tried: the parent says so */
                    while (read(over[0], &byte, 1) > 0) continue;
                }
                _exit(status == RML_OK ? 0 : status == RML_ELOCKED ? 1 : 2);
            }
        }
        close(gate[0]);
        close(gate[1]);
        usleep(20000);
        for (int r = 0; r < RACERS; ++r) {
            if (waitpid(racer[r], &wait_status, WNOHANG) == racer[r]) {
                assert_int_not_equal(WEXITSTATUS(wait_status), 2);
                racer[r] = 0;
            }
        }
        close(over[0]);
        close(over[1]);
        for (int r = 0; r < RACERS; ++r) {
            if (!racer[r]) continue;
            assert_int_equal(waitpid(racer[r], &wait_status, 0), racer[r]);
            assert_int_not_equal(WEXITSTATUS(wait_status), 2);
            n_won += WEXITSTATUS(wait_status) == 0;
        }
        assert_in_range(n_won, 0, 1);
        assert_int_equal(n_won, 1);
    }
}

/* The file is touched every 10 s; a run that finds another's name in it writes no more, and leaves the name. One beat
 * for both. */
static void signs_of_life_and_takeover(void **state)
{
    rml_lock *touched = NULL, *taken = NULL;
    rml_error err = {0};
    struct stat before, after;
    char line[600], kept[4200];

    assert_int_equal(rml_lock_open(folder, &touched, &err), RML_OK);
    snprintf(line, sizeof line, "%s\n", line_there());
    leave(line, 45);
    assert_int_equal(stat(path, &before), 0);
    snprintf(kept, sizeof kept, "%s", path);
    assert_int_equal(new_folder(state), 0);
    assert_int_equal(rml_lock_open(folder, &taken, &err), RML_OK);
    leave("process 12 on elsewhere\n", 0);
    assert_int_equal(rml_lock_check(taken, &err), RML_OK); /* not looked at for a while */
    for (int tenth = 0; tenth < 200 && rml_lock_check(taken, &err) == RML_OK; ++tenth) usleep(100000);
    assert_int_equal(rml_lock_check(taken, &err), RML_ELOCKED);
    assert_non_null(strstr(err.text, "the folder was taken over by process 12 on elsewhere"));
    rml_lock_close(taken);
    assert_string_equal(line_there(), "process 12 on elsewhere");
    usleep(200000);
    assert_int_equal(stat(kept, &after), 0);
    assert_true(after.st_mtim.tv_sec > before.st_mtim.tv_sec + 30);
    assert_int_equal(rml_lock_check(touched, &err), RML_OK);
    rml_lock_close(touched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(other_hosts_live_by_their_signs, new_folder),
        cmocka_unit_test_setup(this_host_lives_by_its_processes, new_folder),
        cmocka_unit_test_setup(one_at_a_time, new_folder),
        cmocka_unit_test_setup(a_stopped_run_loses_it, new_folder),
        cmocka_unit_test_setup(races_have_one_winner, new_folder),
        cmocka_unit_test_setup(signs_of_life_and_takeover, new_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
