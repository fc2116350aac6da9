#include "engine/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static char bottom[256];

static void write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        const ssize_t written = write(fd, text, n);

        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text += written;
        n -= (size_t)written;
    }
}

rml_status rml_log_open(const char *folder, rml_error *err)
{
    char path[4096];
    int fd;

    if (snprintf(path, sizeof path, "%s/log", folder) >= (int)sizeof path)
        return rml_fail(err, RML_EIO, "%s: the path is too long", folder);
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return rml_fail(err, RML_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    rml_log_close();
    pthread_mutex_lock(&mutex);
    log_fd = fd;
    pthread_mutex_unlock(&mutex);
    return RML_OK;
}

void rml_log_close(void)
{
    pthread_mutex_lock(&mutex);
    if (log_fd >= 0) close(log_fd);
    log_fd = -1;
    pthread_mutex_unlock(&mutex);
}

/* "\r" and "erase to the end of the line", known to every terminal of today. */
static const char erase[] = "\r\033[K";

void rml_log(rml_log_where where, const char *format, ...)
{
    char line[2200], sentence[2048], stamp[32];
    const time_t now = time(NULL);
    struct tm broken;
    va_list arguments;
    int n;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    for (char *c = sentence; *c; ++c)
        if ((unsigned char)*c < 0x20) *c = ' ';
    localtime_r(&now, &broken);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S%z", &broken);
    pthread_mutex_lock(&mutex);
    if (log_fd >= 0) {
        n = snprintf(line, sizeof line, "%s %s\n", stamp, sentence);
        write_all(log_fd, line, (size_t)n); /* one write: lines of several processes do not mix */
    }
    if (where == RML_LOG_BOTH) {
        n = snprintf(line, sizeof line, "%sradmill: %s\n", bottom[0] ? erase : "", sentence);
        write_all(STDERR_FILENO, line, (size_t)n);
        if (bottom[0]) write_all(STDERR_FILENO, bottom, strlen(bottom));
    }
    pthread_mutex_unlock(&mutex);
}

void rml_log_bottom(const char *line)
{
    char text[sizeof bottom + sizeof erase];
    int n;

    pthread_mutex_lock(&mutex);
    if (line || bottom[0]) {
        snprintf(bottom, sizeof bottom, "%s", line ? line : "");
        n = snprintf(text, sizeof text, "%s%s", erase, bottom);
        write_all(STDERR_FILENO, text, (size_t)n);
    }
    pthread_mutex_unlock(&mutex);
}
