#include "kernels/base/status.h"

#include <stdarg.h>
#include <stdio.h>
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

rml_status(rml_fail)(rml_error *err, rml_status status, const char *format, ...)
{
    static const char cut[] = "…";
    va_list arguments;
    int needed;

    if (!err) return status;
    err->status = status;
    va_start(arguments, format);
    needed = vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    if (needed < 0) err->text[0] = '\0';
    if (needed >= (int)sizeof err->text) {
        char *end = err->text + sizeof err->text - sizeof cut;

        while (end > err->text && ((unsigned char)*end & 0xC0) == 0x80) --end; /* never half a UTF-8 character */
        memcpy(end, cut, sizeof cut);
    }
    for (char *c = err->text; *c; ++c)
        if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = ' ';
    return status;
}
