/* 1. Begin and end
 * 2. The script
 * 3. The run
 * 4. Into the page */
#include "io/gnuplot.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/html.h"
#include "io/process.h"
#include "io/utf8.h"

enum {
    FIRST = 0xF0000,      /* the text number 0; to gnuplot each is as wide as two letters */
    MOST_TEXTS = 0xFFFD,  /* that a plane has room for */
    MOST_BYTES = 64 << 20 /* of an SVG */
};

/* An empty Braille cell, as wide as a letter: what follows a text's number, so that it is as long as the text. */
static const char pad[] = "\xE2\xA0\x80";

struct rml_gnuplot {
    char *folder;
    FILE *script;
    int32_t n_texts, room;
    char **text; /* [n_texts] */
    rml_status status;
};

/* 1. Begin and end ------------------------------------------------------------------------------------------------- */

static char *path_in(const rml_gnuplot *g, const char *name, const char *ending)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s%s", g->folder, name, ending) < 0 ? NULL : path;
}

rml_status rml_gnuplot_begin(rml_gnuplot **plots, rml_error *err)
{
    rml_gnuplot *g = calloc(1, sizeof *g);
    char *path = NULL;
    rml_status status = g ? rml_process_folder(&g->folder, err) : rml_fail(err, RML_ENOMEM, "no memory for figures");

    if (status == RML_OK) {
        path = path_in(g, "script", "");
        g->script = path ? fopen(path, "wx") : NULL;
        free(path);
        if (!g->script)
            status =
                rml_fail(err, RML_EIO, "%s: the figures' script cannot be written: %s", g->folder, strerror(errno));
    }
    if (status == RML_OK)
        *plots = g;
    else
        rml_gnuplot_free(g);
    return status;
}

void rml_gnuplot_free(rml_gnuplot *g)
{
    if (!g) return;
    if (g->script) fclose(g->script);
    rml_process_folder_remove(g->folder);
    for (int32_t i = 0; i < g->n_texts; ++i) free(g->text[i]);
    free(g->text);
    free(g);
}

/* 2. The script ---------------------------------------------------------------------------------------------------- */

FILE *rml_gnuplot_figure(rml_gnuplot *g, const char *name, int32_t width, int32_t height)
{
    fprintf(g->script,
            "unset output\nreset session\nset encoding utf8\n"
            "set terminal svg size %d,%d fixed noenhanced font 'sans-serif,12'\nset output '%s.svg'\n",
            width, height, name);
    return g->script;
}

static void put_character(FILE *out, int32_t code)
{
    fputc(0xF0 | code >> 18, out);
    fputc(0x80 | (code >> 12 & 0x3F), out);
    fputc(0x80 | (code >> 6 & 0x3F), out);
    fputc(0x80 | (code & 0x3F), out);
}

static int32_t count_characters(const char *text)
{
    const size_t n_bytes = strlen(text);
    int32_t n = 0;

    for (size_t at = 0; at < n_bytes; ++n) {
        const size_t length = rml_utf8_character(text + at, n_bytes - at);

        at += length > 0 ? length : 1;
    }
    return n;
}

/* The first `from` characters, …, and what comes from the `to`th on. */
static char *shortened(const char *text, int32_t from, int32_t to)
{
    const size_t n_bytes = strlen(text);
    char *out = malloc(n_bytes + 4);
    size_t used = 0, at = 0;

    for (int32_t n = 0; out && at < n_bytes; ++n) {
        size_t length = rml_utf8_character(text + at, n_bytes - at);

        if (length == 0) length = 1;
        if (n == from) {
            memcpy(out + used, "…", sizeof "…" - 1);
            used += sizeof "…" - 1;
        }
        if (n < from || n >= to) {
            memcpy(out + used, text + at, length);
            used += length;
        }
        at += length;
    }
    if (out) out[used] = '\0';
    return out;
}

void rml_gnuplot_text(rml_gnuplot *g, const char *text, int32_t most)
{
    const int32_t n = count_characters(text), shown = n > most ? most : n;
    char *copy = NULL;

    if (g->n_texts == g->room) {
        const int32_t room = g->room > 0 ? 2 * g->room : 64;
        char **grown = realloc(g->text, (size_t)room * sizeof *grown);

        if (grown) {
            g->text = grown;
            g->room = room;
        }
    }
    if (g->n_texts < g->room && g->n_texts < MOST_TEXTS)
        copy = n > most ? shortened(text, (most - 1) / 3, n - (most - 1 - (most - 1) / 3)) : strdup(text);
    if (!copy) {
        g->status = RML_ENOMEM;
        fputs("''", g->script);
        return;
    }
    fputc('\'', g->script);
    if (n > 0) put_character(g->script, FIRST + g->n_texts);
    for (int32_t i = 2; i < shown; ++i) fputs(pad, g->script);
    fputc('\'', g->script);
    g->text[g->n_texts++] = copy;
}

/* 3. The run ------------------------------------------------------------------------------------------------------- */

rml_status rml_gnuplot_run(rml_gnuplot *g, rml_error *err)
{
    static const char *const argument[] = {"gnuplot", "-d", "script", NULL}; /* -d: without anyone's settings */
    const bool failed = ferror(g->script) != 0;
    rml_status status;

    if (g->status != RML_OK) return rml_fail(err, g->status, "no memory for the figures' texts");
    fputs("unset output\n", g->script);
    status = fclose(g->script) != 0 || failed ? RML_EIO : RML_OK;
    g->script = NULL;
    if (status != RML_OK)
        return rml_fail(err, status, "%s: the figures' script could not be written: %s", g->folder, strerror(errno));
    status = rml_process_run(argument, g->folder, RML_PROCESS_SECONDS, err);
    if (status != RML_EMISSING) return status;
    return rml_fail(err, RML_EIO,
                    "gnuplot, which draws the figures, is not installed: Debian and Ubuntu have it as gnuplot-nox "
                    "(apt-get install gnuplot-nox)");
}

/* 4. Into the page ------------------------------------------------------------------------------------------------- */

static bool begins(const char *at, const char *with)
{
    return strncmp(at, with, strlen(with)) == 0;
}

/* The number of a text; -1: another character. */
static int32_t text_number(const char *at)
{
    const unsigned char *s = (const unsigned char *)at;
    int32_t code;

    if (s[0] != 0xF3 || !s[1] || !s[2] || !s[3]) return -1; /* U+C0000 to U+FFFFF */
    code = (s[0] & 0x07) << 18 | (s[1] & 0x3F) << 12 | (s[2] & 0x3F) << 6 | (s[3] & 0x3F);
    return code >= FIRST && code < FIRST + MOST_TEXTS ? code - FIRST : -1;
}

/* What stands before a name of a part of the SVG, where it is given or called: so many bytes. */
static size_t named(const char *at)
{
    static const char *const before[] = {" id='", " id=\"", "xlink:href='#", "xlink:href=\"#", "url(#"};

    for (size_t k = 0; k < sizeof before / sizeof *before; ++k)
        if (begins(at, before[k])) return strlen(before[k]);
    return 0;
}

/* Copies the inside of an SVG: texts in their places; title and description, which say gnuplot, left out; names with
 * the figure's before them, since a page has many figures; a picture's bytes as they are. */
static void put_inside(const rml_gnuplot *g, const char *name, const char *at, FILE *page)
{
    static const char *const left_out[][2] = {{"<title>", "</title>"}, {"<desc>", "</desc>"}};

    while (*at) {
        const int32_t number = text_number(at);
        size_t n_named;
        bool skipped = false;

        for (size_t k = 0; k < sizeof left_out / sizeof *left_out; ++k) {
            const char *end = begins(at, left_out[k][0]) ? strstr(at, left_out[k][1]) : NULL;

            if (!end) continue;
            at = end + strlen(left_out[k][1]);
            skipped = true;
        }
        if (skipped) continue;
        if (number >= 0) {
            if (number < g->n_texts) rml_html_text(page, g->text[number]);
            at += 4;
        } else if (begins(at, pad)) {
            at += sizeof pad - 1;
        } else if (begins(at, "data:")) {
            const size_t n = strcspn(at, "'\"");

            fwrite(at, 1, n, page);
            at += n;
        } else if ((n_named = named(at)) > 0) {
            fprintf(page, "%.*s%s_", (int)n_named, at, name);
            at += n_named;
        } else if (isspace((unsigned char)*at) && isspace((unsigned char)at[1])) {
            ++at;
        } else {
            fputc(*at++, page);
        }
    }
}

/* attributes: of the element, besides */
static rml_status put(rml_gnuplot *g, const char *name, const char *label, const char *attributes, FILE *page,
                      rml_error *err)
{
    char *path = path_in(g, name, ".svg"), *bytes = NULL, *begin, *box, *end;
    size_t n = 0;
    rml_status status =
        path ? rml_file_read(path, MOST_BYTES, &bytes, &n, err) : rml_fail(err, RML_ENOMEM, "no memory for a figure");

    if (status != RML_OK) goto done;
    begin = strstr(bytes, "<svg");
    box = begin ? strstr(begin, "viewBox=\"") : NULL;
    begin = begin ? strchr(begin, '>') : NULL;
    if (!begin || !box || box > begin || !strstr(begin, "</svg>")) {
        status = rml_fail(err, RML_EFORMAT, "%s.svg: gnuplot left a figure unfinished", name);
        goto done;
    }
    box += strlen("viewBox=\"");
    end = strchr(box, '"');
    fprintf(page, "<svg %sid=\"figure_%s\" role=\"img\" viewBox=\"%.*s\" aria-label=\"", attributes, name,
            (int)(end - box), box);
    rml_html_text(page, label);
    fputs("\">", page);
    put_inside(g, name, begin + 1, page); /* up to its own </svg> */
done:
    free(bytes);
    free(path);
    return status;
}

rml_status rml_gnuplot_place(rml_gnuplot *g, const char *name, const char *label, FILE *page, rml_error *err)
{
    return put(g, name, label, "", page, err);
}

rml_status rml_gnuplot_write(rml_gnuplot *g, const char *name, const char *label, FILE *file, rml_error *err)
{
    static const char attributes[] =
        "xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" ";
    rml_status status;

    fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n", file);
    status = put(g, name, label, attributes, file, err);
    fputc('\n', file);
    return status;
}
