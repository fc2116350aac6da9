#include "jobs/terminal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* C0, delete, and C1, which UTF-8 writes as C2 80 to C2 9F. */
static bool is_control(unsigned char byte, unsigned char before)
{
    if (byte < 0x20) return byte != '\n' && byte != '\t';
    return byte == 0x7F || (before == 0xC2 && byte < 0xA0);
}

static ssize_t show(void *context, const char *bytes, size_t n)
{
    static unsigned char before; /* the last byte of the piece before */
    size_t at = 0;

    (void)context;
    while (at < n) {
        char piece[4096];
        size_t n_piece = 0, shown = 0;

        for (; n_piece < sizeof piece && at + n_piece < n; ++n_piece) {
            const unsigned char byte = (unsigned char)bytes[at + n_piece];

            piece[n_piece] = is_control(byte, before) ? '?' : (char)byte;
            before = byte;
        }
        while (shown < n_piece) {
            const ssize_t written = write(STDOUT_FILENO, piece + shown, n_piece - shown);

            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) return -1;
            shown += (size_t)written;
        }
        at += n_piece;
    }
    return (ssize_t)n;
}

void rml_terminal_guard(void)
{
    FILE *guarded = isatty(STDOUT_FILENO) ? fopencookie(NULL, "w", (cookie_io_functions_t){.write = show}) : NULL;

    if (!guarded) return;
    setvbuf(guarded, NULL, _IOLBF, BUFSIZ);
    stdout = guarded;
}
