/* 1. Begin and end
 * 2. The script
 * 3. The run
 * 4. Into the page */
#include "io/gnuplot.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file.h"
#include "io/html.h"
#include "io/utf8.h"

enum {
    FIRST = 0xF0000,       /* the text number 0; to gnuplot each is as wide as two letters */
    MOST_TEXTS = 0xFFFD,   /* that a plane has room for */
    MOST_BYTES = 64 << 20, /* of an SVG */
    NOT_THERE = 127        /* what the child ends with where there is no gnuplot, as a shell does */
};

/* An empty Braille cell, as wide as a letter: what follows a text's number, so that it is as long as the text. */
static const char pad[] = "\xE2\xA0\x80";

struct rml_gnuplot {
    char *folder;
    FILE *script;
    int32_t n_texts, room, n_figures;
    char **text; /* [n_texts] */
    char **name; /* [n_figures] whose SVGs the folder holds */
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
    const char *where = getenv("TMPDIR");
    rml_gnuplot *g = calloc(1, sizeof *g);
    char *path = NULL;

    if (!g || asprintf(&g->folder, "%s/radmill-figures-XXXXXX", where && *where ? where : "/tmp") < 0) {
        free(g);
        return rml_fail(err, RML_ENOMEM, "no memory for figures");
    }
    if (!mkdtemp(g->folder)) {
        rml_fail(err, RML_EIO, "%s: a folder for the figures cannot be made: %s", g->folder, strerror(errno));
        free(g->folder);
        free(g);
        return RML_EIO;
    }
    path = path_in(g, "script", "");
    g->script = path ? fopen(path, "wx") : NULL;
    free(path);
    if (!g->script) {
        rml_fail(err, RML_EIO, "%s: the figures' script cannot be written: %s", g->folder, strerror(errno));
        rml_gnuplot_free(g);
        return RML_EIO;
    }
    *plots = g;
    return RML_OK;
}

static void remove_file(const rml_gnuplot *g, const char *name, const char *ending)
{
    char *path = path_in(g, name, ending);

    if (path) unlink(path);
    free(path);
}

void rml_gnuplot_free(rml_gnuplot *g)
{
    if (!g) return;
    if (g->script) fclose(g->script);
    remove_file(g, "script", "");
    remove_file(g, "complaints", "");
    for (int32_t i = 0; i < g->n_figures; ++i) {
        remove_file(g, g->name[i], ".svg");
        free(g->name[i]);
    }
    rmdir(g->folder);
    for (int32_t i = 0; i < g->n_texts; ++i) free(g->text[i]);
    free(g->text);
    free(g->name);
    free(g->folder);
    free(g);
}

/* 2. The script ---------------------------------------------------------------------------------------------------- */

FILE *rml_gnuplot_figure(rml_gnuplot *g, const char *name, int32_t width, int32_t height)
{
    char **grown = realloc(g->name, ((size_t)g->n_figures + 1) * sizeof *grown);
    char *copy = strdup(name);

    if (grown) g->name = grown;
    if (grown && copy) {
        grown[g->n_figures++] = copy;
    } else {
        free(copy);
        g->status = RML_ENOMEM;
    }
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

/* In the child: nothing of the person's own settings may change a figure. */
static void become_gnuplot(const rml_gnuplot *g)
{
    static char name[] = "gnuplot", defaults[] = "-d", script[] = "script";
    static char locale[] = "LC_ALL=C.UTF-8", home[] = "HOME=.";
    char *const arguments[] = {name, defaults, script, NULL};
    const char *path = getenv("PATH");
    char *found = NULL;
    char *environment[] = {locale, home, NULL, NULL};
    int nothing, complaints;

    if (asprintf(&found, "PATH=%s", path ? path : "/usr/local/bin:/usr/bin:/bin") < 0) _exit(1);
    environment[2] = found;
    if (chdir(g->folder) != 0) _exit(1);
    nothing = open("/dev/null", O_RDWR);
    complaints = open("complaints", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (nothing < 0 || complaints < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0 ||
        dup2(complaints, STDERR_FILENO) < 0)
        _exit(1);
    execvpe(name, arguments, environment);
    _exit(errno == ENOENT ? NOT_THERE : 1);
}

/* The first line of what gnuplot said that says something. */
static void first_complaint(const rml_gnuplot *g, char line[256])
{
    char *path = path_in(g, "complaints", "");
    FILE *file = path ? fopen(path, "r") : NULL;

    snprintf(line, 256, "nothing");
    while (file && fgets(line, 256, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (strstr(line, "line ")) break;
    }
    if (file) fclose(file);
    free(path);
}

rml_status rml_gnuplot_run(rml_gnuplot *g, rml_error *err)
{
    const bool failed = ferror(g->script) != 0;
    int how = 0;
    pid_t child;
    char said[256];

    if (g->status != RML_OK) return rml_fail(err, g->status, "no memory for the figures' texts");
    fputs("unset output\n", g->script);
    if (fclose(g->script) != 0 || failed) {
        g->script = NULL;
        return rml_fail(err, RML_EIO, "%s: the figures' script could not be written: %s", g->folder, strerror(errno));
    }
    g->script = NULL;
    fflush(NULL);
    child = fork();
    if (child == 0) become_gnuplot(g);
    if (child < 0) return rml_fail(err, RML_EIO, "gnuplot could not be started: %s", strerror(errno));
    while (waitpid(child, &how, 0) < 0)
        if (errno != EINTR) return rml_fail(err, RML_EIO, "gnuplot was lost: %s", strerror(errno));
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0) return RML_OK;
    if (WIFEXITED(how) && WEXITSTATUS(how) == NOT_THERE)
        return rml_fail(err, RML_EIO,
                        "gnuplot, which draws the figures, is not installed: Debian and Ubuntu have it as gnuplot-nox "
                        "(apt-get install gnuplot-nox)");
    first_complaint(g, said);
    return rml_fail(err, RML_EIO, "gnuplot failed (%s %d); it said: %s", WIFEXITED(how) ? "status" : "signal",
                    WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how), said);
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

rml_status rml_gnuplot_place(rml_gnuplot *g, const char *name, const char *label, FILE *page, rml_error *err)
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
    fprintf(page, "<svg id=\"figure_%s\" role=\"img\" viewBox=\"%.*s\" aria-label=\"", name, (int)(end - box), box);
    rml_html_text(page, label);
    fputs("\">", page);
    put_inside(g, name, begin + 1, page); /* up to its own </svg> */
done:
    free(bytes);
    free(path);
    return status;
}
