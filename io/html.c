#include "io/html.h"

#include <stdarg.h>
#include <string.h>

#include "io/utf8.h"

void rml_html_text(FILE *out, const char *text)
{
    const size_t n = strlen(text);
    size_t at = 0;

    while (at < n) {
        const unsigned char c = (unsigned char)text[at];
        const size_t length = rml_utf8_character(text + at, n - at);

        if (length == 0)
            fputs("\xEF\xBF\xBD", out);
        else if (c == '&')
            fputs("&amp;", out);
        else if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '"')
            fputs("&quot;", out);
        else if (c == '\'')
            fputs("&#39;", out);
        else if (c < 0x20 || c == 0x7F)
            fputc(' ', out);
        else
            fwrite(text + at, 1, length, out);
        at += length > 0 ? length : 1;
    }
}

void rml_html_print(FILE *out, const char *format, ...)
{
    char text[4096];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    rml_html_text(out, text);
}
