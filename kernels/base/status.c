#include "kernels/base/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *rml_status_name(rml_status status)
{
    static const char *const names[RML_N_STATUS] = {
        [RML_OK] = "ok",
        [RML_EINVAL] = "invalid-argument",
        [RML_EEMPTY] = "empty",
        [RML_ENOMEM] = "out-of-memory",
        [RML_EMISSING] = "missing-file",
        [RML_EIO] = "read-or-write-error",
        [RML_EFORMAT] = "damaged-file",
        [RML_EUNSUPPORTED] = "unsupported-data",
        [RML_EGEOMETRY] = "geometry-mismatch",
        [RML_ELABEL] = "label-absent",
        [RML_EROI] = "roi-too-small",
        [RML_EVALUE] = "invalid-value",
        [RML_ESETTING] = "wrong-setting",
        [RML_EDUPLICATE] = "duplicate",
        [RML_ECAPACITY] = "too-large",
        [RML_ETIMEOUT] = "timeout",
        [RML_ECRASH] = "crash",
        [RML_ELOCKED] = "locked",
        [RML_EEXISTS] = "exists",
        [RML_EFOREIGN] = "foreign-journal",
        [RML_ESTOPPED] = "stopped",
    };

    if (status < 0 || status >= RML_N_STATUS) return "unknown";
    return names[status];
}

static bool goes_on(char c) /* inside a UTF-8 character */
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* What does not fit loses its middle: the beginning names the file, the end says what is wrong with it, and a name
 * alone may be longer than a sentence. */
static void shorten(char text[RML_ERROR_TEXT], const char *whole, size_t n)
{
    enum { END = RML_ERROR_TEXT / 2 };
    static const char cut[] = "…";
    size_t at = RML_ERROR_TEXT - END - sizeof cut, from = n - END + 1;

    memcpy(text, whole, at);
    while (at > 0 && goes_on(whole[at])) --at; /* never half a character */
    while (goes_on(whole[from])) ++from;
    memcpy(text + at, cut, sizeof cut - 1);
    memcpy(text + at + sizeof cut - 1, whole + from, n - from + 1);
}

rml_status(rml_fail)(rml_error *err, rml_status status, const char *format, ...)
{
    va_list arguments;
    char *whole;
    int needed;

    if (!err) return status;
    err->status = status;
    va_start(arguments, format);
    needed = vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    if (needed < 0) err->text[0] = '\0';
    if (needed >= (int)sizeof err->text && (whole = malloc((size_t)needed + 1))) {
        va_start(arguments, format);
        vsnprintf(whole, (size_t)needed + 1, format, arguments);
        va_end(arguments);
        shorten(err->text, whole, (size_t)needed);
        free(whole);
    }
    for (char *c = err->text; *c; ++c) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = ' ';
        if ((unsigned char)c[0] == 0xC2 && (unsigned char)c[1] >= 0x80 && (unsigned char)c[1] < 0xA0) /* C1 in UTF-8 */
            c[0] = c[1] = ' ';
    }
    return status;
}
