/* NRRD headers. Format: "Definition of NRRD File Format", Gordon Kindlmann, teem.sourceforge.net/nrrd/format.html.
 *
 *  1. Lines
 *  2. Words and numbers
 *  3. Fields
 *  4. From axes to a grid
 *  5. The parser */
#include "io/nrrd.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_AXES = 16, MAX_HEADER = 1 << 20 }; /* teem's own limit of axes; headers are a few hundred bytes */

typedef enum space { SPACE_NONE, SPACE_LPS, SPACE_RAS, SPACE_LAS, SPACE_OTHER } space;

typedef struct axis {
    int64_t size;
    double spacing; /* NaN: not given */
    double minimum; /* `axis mins`, `axis maxs`; NaN: not given */
    double maximum;
    bool node;           /* samples at the ends of the axis; else (cells) half a step inside */
    double direction[3]; /* NaN: none */
    bool none;           /* direction "none": this axis is no part of space */
    bool range;          /* its kind says that it numbers values, not places */
    bool colour, complex;
} axis;

typedef struct parser {
    const char *path;
    rml_error *err;
    rml_header *header;
    const char *field; /* of the line at hand */
    int32_t line;
    uint32_t seen; /* bit by enum field */
    int n_axes;    /* 0 until `dimension` */
    axis axes[MAX_AXES];
    bool have_type, have_sizes, have_encoding, have_endian, have_directions, have_origin, big_endian;
    space space;
    int space_dimension; /* 0: no space */
    double origin[3];
} parser;

/* 1. Lines ------------------------------------------------------------------------------------------------------- */

/* The next line of text[n] without its end (\n or \r\n), closed by 0 in place; NULL when no line feed follows.
 * *at moves behind it. */
static char *next_line(char *text, size_t n, size_t *at)
{
    char *line = text + *at, *end = memchr(line, '\n', n - *at);

    if (!end) return NULL;
    *at = (size_t)(end - text) + 1;
    if (end > line && end[-1] == '\r') end[-1] = '\0';
    *end = '\0';
    return line;
}

RML_PRINTF(2, 3) static rml_status bad(parser *p, const char *format, ...)
{
    char what[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return rml_fail(p->err, RML_EFORMAT, "%s: line %d, %s: %s", p->path, p->line, p->field, what);
}

/* 2. Words and numbers ------------------------------------------------------------------------------------------- */

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* The next word into word[n]; returns where to go on, or NULL at the line's end or when the word does not fit. */
static const char *next_word(const char *text, char *word, size_t n)
{
    size_t length;

    text = skip_blanks(text);
    length = strcspn(text, " \t");
    if (length == 0 || length >= n) return NULL;
    memcpy(word, text, length);
    word[length] = '\0';
    return text + length;
}

static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* A number whatever the locale's decimal mark; NaN where the file says so. */
static const char *next_number(const char *text, double *value)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* several threads may be reading headers */
    char *end;

    pthread_once(&once, make_c_locale);
    text = skip_blanks(text);
    *value = strtod_l(text, &end, c_locale);
    return end == text ? NULL : end;
}

static const char *next_integer(const char *text, int64_t *value)
{
    char *end;

    text = skip_blanks(text);
    errno = 0;
    *value = strtoll(text, &end, 10);
    return end == text || errno != 0 ? NULL : end;
}

/* "(1,0,-2.5)" of n numbers. */
static const char *next_vector(const char *text, int n, double *values)
{
    text = skip_blanks(text);
    if (*text++ != '(') return NULL;
    for (int i = 0; i < n; ++i) {
        text = next_number(text, &values[i]);
        if (!text) return NULL;
        text = skip_blanks(text);
        if (*text++ != (i + 1 < n ? ',' : ')')) return NULL;
    }
    return text;
}

static bool at_end(const char *text)
{
    return *skip_blanks(text) == '\0';
}

/* 3. Fields ------------------------------------------------------------------------------------------------------ */

static rml_status take_type(parser *p, const char *value)
{
    static const struct {
        const char *name;
        rml_scalar type;
    } names[] = {{"signed char", RML_INT8},
                 {"int8", RML_INT8},
                 {"int8_t", RML_INT8},
                 {"uchar", RML_UINT8},
                 {"unsigned char", RML_UINT8},
                 {"uint8", RML_UINT8},
                 {"uint8_t", RML_UINT8},
                 {"short", RML_INT16},
                 {"short int", RML_INT16},
                 {"signed short", RML_INT16},
                 {"signed short int", RML_INT16},
                 {"int16", RML_INT16},
                 {"int16_t", RML_INT16},
                 {"ushort", RML_UINT16},
                 {"unsigned short", RML_UINT16},
                 {"unsigned short int", RML_UINT16},
                 {"uint16", RML_UINT16},
                 {"uint16_t", RML_UINT16},
                 {"int", RML_INT32},
                 {"signed int", RML_INT32},
                 {"int32", RML_INT32},
                 {"int32_t", RML_INT32},
                 {"uint", RML_UINT32},
                 {"unsigned int", RML_UINT32},
                 {"uint32", RML_UINT32},
                 {"uint32_t", RML_UINT32},
                 {"longlong", RML_INT64},
                 {"long long", RML_INT64},
                 {"long long int", RML_INT64},
                 {"signed long long", RML_INT64},
                 {"signed long long int", RML_INT64},
                 {"int64", RML_INT64},
                 {"int64_t", RML_INT64},
                 {"ulonglong", RML_UINT64},
                 {"unsigned long long", RML_UINT64},
                 {"unsigned long long int", RML_UINT64},
                 {"uint64", RML_UINT64},
                 {"uint64_t", RML_UINT64},
                 {"float", RML_FLOAT32},
                 {"double", RML_FLOAT64}};

    for (size_t k = 0; k < sizeof names / sizeof names[0]; ++k)
        if (strcasecmp(value, names[k].name) == 0) {
            p->header->stored = names[k].type;
            p->have_type = true;
            return RML_OK;
        }
    if (strcasecmp(value, "block") == 0)
        return rml_fail(p->err, RML_EUNSUPPORTED, "%s: block voxels, expected one integer or float a voxel", p->path);
    return bad(p, "unknown type \"%s\"", value);
}

static rml_status take_dimension(parser *p, const char *value)
{
    int64_t n;
    const char *rest = next_integer(value, &n);

    if (!rest || !at_end(rest) || n < 1 || n > MAX_AXES)
        return bad(p, "\"%s\", expected a number of axes from 1 to %d", value, MAX_AXES);
    p->n_axes = (int)n;
    for (int a = 0; a < MAX_AXES; ++a)
        p->axes[a] = (axis){.spacing = NAN, .minimum = NAN, .maximum = NAN, .direction = {NAN, NAN, NAN}};
    return RML_OK;
}

static rml_status take_sizes(parser *p, const char *value)
{
    const char *rest = value;

    for (int a = 0; a < p->n_axes; ++a) {
        rest = next_integer(rest, &p->axes[a].size);
        if (!rest) return bad(p, "\"%s\", expected %d sizes", value, p->n_axes);
        if (p->axes[a].size < 1 || p->axes[a].size > INT32_MAX)
            return bad(p, "size %lld along axis %d, expected 1 to %d", (long long)p->axes[a].size, a + 1, INT32_MAX);
    }
    if (!at_end(rest)) return bad(p, "\"%s\", expected %d sizes", value, p->n_axes);
    p->have_sizes = true;
    return RML_OK;
}

static rml_status take_numbers(parser *p, const char *value, size_t member)
{
    const char *rest = value;

    for (int a = 0; a < p->n_axes; ++a) {
        rest = next_number(rest, (double *)((char *)&p->axes[a] + member));
        if (!rest) return bad(p, "\"%s\", expected %d numbers", value, p->n_axes);
    }
    if (!at_end(rest)) return bad(p, "\"%s\", expected %d numbers", value, p->n_axes);
    return RML_OK;
}

static rml_status take_space(parser *p, const char *value)
{
    static const struct {
        const char *name, *letters;
        space space;
        int dimension;
    } names[] = {
        {"left-posterior-superior", "LPS", SPACE_LPS, 3},       {"right-anterior-superior", "RAS", SPACE_RAS, 3},
        {"left-anterior-superior", "LAS", SPACE_LAS, 3},        {"scanner-xyz", "scanner-xyz", SPACE_OTHER, 3},
        {"3D-right-handed", "3D-right-handed", SPACE_OTHER, 3}, {"3D-left-handed", "3D-left-handed", SPACE_OTHER, 3}};

    for (size_t k = 0; k < sizeof names / sizeof names[0]; ++k)
        if (strcasecmp(value, names[k].name) == 0 || strcasecmp(value, names[k].letters) == 0) {
            p->space = names[k].space;
            p->space_dimension = names[k].dimension;
            return RML_OK;
        }
    return rml_fail(p->err, RML_EUNSUPPORTED,
                    "%s: space \"%s\", expected left-posterior-superior, right-anterior-superior or "
                    "left-anterior-superior",
                    p->path, value);
}

static rml_status take_space_dimension(parser *p, const char *value)
{
    int64_t n;
    const char *rest = next_integer(value, &n);

    if (!rest || !at_end(rest)) return bad(p, "\"%s\", expected 3", value);
    if (n != 3)
        return rml_fail(p->err, RML_EUNSUPPORTED, "%s: a space of %lld dimensions, expected 3", p->path, (long long)n);
    p->space = SPACE_OTHER;
    p->space_dimension = 3;
    return RML_OK;
}

static rml_status take_directions(parser *p, const char *value)
{
    const char *rest = value;

    for (int a = 0; a < p->n_axes; ++a) {
        rest = skip_blanks(rest);
        if (strncasecmp(rest, "none", 4) == 0) {
            p->axes[a].none = true;
            rest += 4;
            continue;
        }
        rest = next_vector(rest, 3, p->axes[a].direction);
        if (!rest) return bad(p, "\"%s\", expected %d vectors of 3 numbers or \"none\"", value, p->n_axes);
    }
    if (!at_end(rest)) return bad(p, "\"%s\", expected %d vectors", value, p->n_axes);
    p->have_directions = true;
    return RML_OK;
}

static rml_status take_origin(parser *p, const char *value)
{
    const char *rest = next_vector(value, 3, p->origin);

    if (!rest || !at_end(rest)) return bad(p, "\"%s\", expected a vector of 3 numbers", value);
    p->have_origin = true;
    return RML_OK;
}

static rml_status take_kinds(parser *p, const char *value)
{
    static const char *const domain[] = {"domain", "space", "time", "???", "none"};
    const char *rest = value;
    char word[64];

    for (int a = 0; a < p->n_axes; ++a) {
        axis *at = &p->axes[a];

        rest = next_word(rest, word, sizeof word);
        if (!rest) return bad(p, "\"%s\", expected %d kinds", value, p->n_axes);
        at->range = true;
        for (size_t k = 0; k < sizeof domain / sizeof domain[0]; ++k)
            if (strcasecmp(word, domain[k]) == 0) at->range = false;
        at->colour = strcasestr(word, "color") != NULL;
        at->complex = strcasecmp(word, "complex") == 0;
    }
    return at_end(rest) ? RML_OK : bad(p, "\"%s\", expected %d kinds", value, p->n_axes);
}

static rml_status take_centers(parser *p, const char *value)
{
    const char *rest = value;
    char word[64];

    for (int a = 0; a < p->n_axes; ++a) {
        rest = next_word(rest, word, sizeof word);
        if (!rest) return bad(p, "\"%s\", expected %d of cell, node, ???", value, p->n_axes);
        p->axes[a].node = strcasecmp(word, "node") == 0;
    }
    return at_end(rest) ? RML_OK : bad(p, "\"%s\", expected %d of cell, node, ???", value, p->n_axes);
}

static rml_status take_endian(parser *p, const char *value)
{
    if (strcasecmp(value, "little") != 0 && strcasecmp(value, "big") != 0)
        return bad(p, "\"%s\", expected little or big", value);
    p->big_endian = strcasecmp(value, "big") == 0;
    p->have_endian = true;
    return RML_OK;
}

static rml_status take_encoding(parser *p, const char *value)
{
    if (strcasecmp(value, "raw") == 0)
        p->header->gzip = false;
    else if (strcasecmp(value, "gzip") == 0 || strcasecmp(value, "gz") == 0)
        p->header->gzip = true;
    else
        return rml_fail(p->err, RML_EUNSUPPORTED, "%s: encoding \"%s\", expected raw or gzip", p->path, value);
    p->have_encoding = true;
    return RML_OK;
}

static rml_status take_skip(parser *p, const char *value, bool lines)
{
    int64_t n;
    const char *rest = next_integer(value, &n);

    if (!rest || !at_end(rest) || n < (lines ? 0 : -1)) return bad(p, "\"%s\", expected 0 or more", value);
    *(lines ? &p->header->n_lines : &p->header->n_skip) = n;
    return RML_OK;
}

static rml_status take_data_file(parser *p, const char *value)
{
    if (strncmp(value, "LIST", 4) == 0 && (value[4] == '\0' || value[4] == ' '))
        return rml_fail(p->err, RML_EUNSUPPORTED, "%s: data in a list of files, expected one", p->path);
    if (strchr(value, '%')) /* "slice%03d.raw 1 100 1" */
        return rml_fail(p->err, RML_EUNSUPPORTED, "%s: data in several files \"%s\", expected one", p->path, value);
    if (value[0] == '\0') return bad(p, "empty, expected a file name");
    p->header->data_file = strdup(value);
    return p->header->data_file ? RML_OK : rml_fail(p->err, RML_ENOMEM, "%s: no memory for a path", p->path);
}

enum field {
    TYPE,
    DIMENSION,
    SIZES,
    SPACINGS,
    MINS,
    MAXS,
    CENTERS,
    SPACE,
    SPACE_DIMENSION,
    DIRECTIONS,
    ORIGIN,
    KINDS,
    ENDIAN,
    ENCODING,
    LINES,
    BYTES,
    DATA_FILE,
    INERT /* nothing that a voxel or its place depends on */
};

static const struct {
    const char *name;
    enum field field;
} fields[] = {{"type", TYPE},
              {"dimension", DIMENSION},
              {"sizes", SIZES},
              {"spacings", SPACINGS},
              {"axis mins", MINS},
              {"axismins", MINS},
              {"axis maxs", MAXS},
              {"axismaxs", MAXS},
              {"centers", CENTERS},
              {"centerings", CENTERS},
              {"space", SPACE},
              {"space dimension", SPACE_DIMENSION},
              {"space directions", DIRECTIONS},
              {"space origin", ORIGIN},
              {"kinds", KINDS},
              {"endian", ENDIAN},
              {"encoding", ENCODING},
              {"line skip", LINES},
              {"lineskip", LINES},
              {"byte skip", BYTES},
              {"byteskip", BYTES},
              {"data file", DATA_FILE},
              {"datafile", DATA_FILE},
              {"block size", INERT},
              {"blocksize", INERT},
              {"content", INERT},
              {"labels", INERT},
              {"max", INERT},
              {"measurement frame", INERT},
              {"min", INERT},
              {"number", INERT},
              {"old max", INERT},
              {"oldmax", INERT},
              {"old min", INERT},
              {"oldmin", INERT},
              {"sample units", INERT},
              {"sampleunits", INERT},
              {"space units", INERT},
              {"thicknesses", INERT},
              {"units", INERT}};

/* An unknown field is refused, as teem does: a misspelt "spacing" must not become a spacing of 1. */
static rml_status take_field(parser *p, const char *name, const char *value)
{
    size_t k = 0;
    enum field field;

    while (k < sizeof fields / sizeof fields[0] && strcasecmp(name, fields[k].name) != 0) ++k;
    if (k == sizeof fields / sizeof fields[0]) return bad(p, "\"%.60s\" is none that NRRD knows", name);
    p->field = fields[k].name;
    field = fields[k].field;
    if (field == INERT) return RML_OK;
    if (p->seen >> field & 1U) return bad(p, "given twice");
    p->seen |= 1U << field;
    if (p->n_axes == 0 && (field == SIZES || field == SPACINGS || field == MINS || field == MAXS || field == CENTERS ||
                           field == DIRECTIONS || field == KINDS))
        return bad(p, "before \"dimension\", expected after it");
    switch (field) {
    case TYPE: return take_type(p, value);
    case DIMENSION: return take_dimension(p, value);
    case SIZES: return take_sizes(p, value);
    case SPACINGS: return take_numbers(p, value, offsetof(axis, spacing));
    case MINS: return take_numbers(p, value, offsetof(axis, minimum));
    case MAXS: return take_numbers(p, value, offsetof(axis, maximum));
    case CENTERS: return take_centers(p, value);
    case SPACE: return take_space(p, value);
    case SPACE_DIMENSION: return take_space_dimension(p, value);
    case DIRECTIONS: return take_directions(p, value);
    case ORIGIN: return take_origin(p, value);
    case KINDS: return take_kinds(p, value);
    case ENDIAN: return take_endian(p, value);
    case ENCODING: return take_encoding(p, value);
    case LINES: return take_skip(p, value, true);
    case BYTES: return take_skip(p, value, false);
    case DATA_FILE: return take_data_file(p, value);
    case INERT: break;
    }
    return RML_OK;
}

/* "field: value"; "key:=value", comments and empty lines are passed over. */
static rml_status take_line(parser *p, char *line)
{
    char *colon = strstr(line, ": ");
    size_t n;

    if (line[0] == '#' || (strstr(line, ":=") && (!colon || strstr(line, ":=") < colon))) return RML_OK;
    p->field = "field";
    if (!colon) return bad(p, "\"%.100s\", expected \"field: value\"", line);
    *colon = '\0';
    colon += 2;
    colon += strspn(colon, " \t");
    n = strlen(colon);
    while (n > 0 && (colon[n - 1] == ' ' || colon[n - 1] == '\t')) colon[--n] = '\0';
    return take_field(p, line, colon);
}

/* 4. From axes to a grid ----------------------------------------------------------------------------------------- */

static rml_status place_axis(parser *p, const axis *from, int to)
{
    rml_grid *grid = &p->header->grid;
    double length = 1.0, unit[3] = {to == 0, to == 1, to == 2};

    if (from->size > INT32_MAX) return bad(p, "size %lld", (long long)from->size);
    grid->size[to] = (int32_t)from->size;
    if (p->space_dimension > 0 && !isnan(from->spacing)) /* teem has no reading of it, and ITK refuses the file */
        return rml_fail(p->err, RML_EFORMAT, "%s: spacings beside a space, expected space directions alone", p->path);
    if (p->have_directions && p->space_dimension > 0) {
        const double *v = from->direction;

        for (int i = 0; i < 3; ++i)
            if (!isfinite(v[i]))
                return rml_fail(p->err, RML_EFORMAT, "%s: space direction of axis %d holds NaN or infinity", p->path,
                                to + 1);
        length = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        for (int i = 0; i < 3; ++i) unit[i] = v[i] * (1.0 / length); /* in this order: teem's last bits */
    } else if (!isnan(from->spacing)) {
        length = from->spacing;
    }
    if (length == 0.0 || !isfinite(length) || !isfinite(1.0 / length))
        return rml_fail(p->err, RML_EFORMAT, "%s: spacing %g mm along axis %d, expected above 0", p->path, length,
                        to + 1);
    grid->spacing[to] = fabs(length);
    for (int i = 0; i < 3; ++i) grid->direction[i][to] = unit[i];
    if (length < 0.0) rml_header_negative(p->header, to, length);
    return RML_OK;
}

/* From one sample to the next, as `axis mins` and `axis maxs` say where there is no spacing; NaN: not said. */
static double step_of(const axis *at)
{
    if (!isnan(at->spacing)) return at->spacing;
    return (at->maximum - at->minimum) / (double)(at->node ? at->size - 1 : at->size);
}

static rml_status place_origin(parser *p, const axis *const spatial[3])
{
    bool bounded = true; /* every axis says where it begins */

    for (int i = 0; i < 3; ++i) bounded = bounded && isfinite(spatial[i]->minimum) && isfinite(step_of(spatial[i]));
    for (int i = 0; i < 3; ++i) {
        double *origin = &p->header->grid.origin[i];

        if (p->space_dimension > 0 && p->have_origin)
            *origin = p->origin[i];
        else if (p->space_dimension == 0 && bounded)
            *origin = spatial[i]->minimum + (spatial[i]->node ? 0.0 : 0.5 * step_of(spatial[i]));
        else
            *origin = 0.0;
        if (!isfinite(*origin))
            return rml_fail(p->err, RML_EFORMAT, "%s: origin holds NaN or infinity, expected mm", p->path);
    }
    return RML_OK;
}

static void turn_to_lps(const parser *p)
{
    rml_grid *grid = &p->header->grid;
    const bool flip[3] = {p->space == SPACE_RAS || p->space == SPACE_LAS, p->space == SPACE_RAS, false};

    for (int i = 0; i < 3; ++i) {
        if (!flip[i]) continue;
        grid->origin[i] = -grid->origin[i];
        for (int c = 0; c < 3; ++c) grid->direction[i][c] = -grid->direction[i][c];
    }
}

static rml_status take_axes(parser *p)
{
    const axis *spatial[3] = {NULL, NULL, NULL};
    int n_spatial = 0, range_at = -1;
    rml_status status = RML_OK;

    for (int a = 0; a < p->n_axes; ++a) {
        const axis *at = &p->axes[a];

        if (at->colour || at->complex)
            return rml_fail(p->err, RML_EUNSUPPORTED, "%s: %s voxels, expected one integer or float a voxel", p->path,
                            at->colour ? "RGB" : "complex");
        if (at->range || at->none) {
            if (range_at >= 0)
                return rml_fail(p->err, RML_EUNSUPPORTED, "%s: two axes of components, expected at most one", p->path);
            range_at = a;
        } else if (n_spatial < 3) {
            spatial[n_spatial++] = at;
        } else if (at->size != 1) {
            return rml_fail(p->err, RML_EUNSUPPORTED, "%s: %lld frames, expected one", p->path, (long long)at->size);
        }
    }
    if (n_spatial < 3) return rml_fail(p->err, RML_EUNSUPPORTED, "%s: %d spatial axes, expected 3", p->path, n_spatial);
    if (range_at > 0 && range_at < p->n_axes - 1)
        return rml_fail(p->err, RML_EUNSUPPORTED, "%s: components on axis %d, expected the first or last", p->path,
                        range_at + 1);
    p->header->n_components = range_at >= 0 ? (int32_t)p->axes[range_at].size : 1;
    p->header->interleaved = range_at == 0;
    for (int a = 0; a < 3 && status == RML_OK; ++a) status = place_axis(p, spatial[a], a);
    if (status == RML_OK) status = place_origin(p, spatial);
    if (status == RML_OK) turn_to_lps(p);
    return status;
}

static rml_status check_complete(parser *p)
{
    const char *missing = !p->have_type       ? "type"
                          : p->n_axes == 0    ? "dimension"
                          : !p->have_sizes    ? "sizes"
                          : !p->have_encoding ? "encoding"
                                              : NULL;

    if (!missing && !p->have_endian && rml_scalar_bytes(p->header->stored) > 1) missing = "endian";
    if (missing) return rml_fail(p->err, RML_EFORMAT, "%s: no field \"%s\" in the header", p->path, missing);
    if (p->header->gzip && p->header->n_skip < 0)
        return rml_fail(p->err, RML_EUNSUPPORTED, "%s: byte skip -1 with gzip, expected 0 or more", p->path);
    return RML_OK;
}

/* 5. The parser -------------------------------------------------------------------------------------------------- */

bool rml_nrrd_begins(const unsigned char *bytes, size_t n_bytes)
{
    return n_bytes >= 8 && memcmp(bytes, "NRRD00", 6) == 0;
}

/* The header ends at an empty line, or, when the data are elsewhere, at the file's end. */
static rml_status parse_text(parser *p, char *text, size_t n, bool whole)
{
    size_t at = 0;
    rml_status status = RML_OK;
    char *line = next_line(text, n, &at);

    if (!line || strlen(line) != 8 || line[4] != '0' || line[5] != '0' || line[6] != '0' || line[7] < '1' ||
        line[7] > '5')
        return rml_fail(p->err, RML_EFORMAT, "%s: wrong magic, expected NRRD0001 to NRRD0005", p->path);
    for (p->line = 2; (line = next_line(text, n, &at)) != NULL && *line; ++p->line) {
        status = take_line(p, line);
        if (status != RML_OK) return status;
    }
    if (!line && at < n && whole) { /* a last line without its line feed */
        status = take_line(p, text + at);
        if (status != RML_OK) return status;
    }
    if (!line && !p->header->data_file)
        return rml_fail(p->err, RML_EFORMAT, "%s: truncated header: no empty line within %zu bytes", p->path, n);
    p->header->start = p->header->data_file ? 0 : (int64_t)at;
    return RML_OK;
}

rml_status rml_nrrd_parse(int fd, const char *path, int64_t n_file, rml_header *header, rml_error *err)
{
    rml_header parsed = {.format = "NRRD"};
    parser p = {.path = path, .err = err, .header = &parsed};
    size_t n = n_file < 16384 ? (size_t)n_file : 16384;
    char *text = NULL;
    rml_status status;

    for (;;) { /* nearly every header fits the first piece */
        free(text);
        text = malloc(n + 1);
        if (!text) {
            status = rml_fail(err, RML_ENOMEM, "%s: no memory for its header", path);
            goto done;
        }
        status = rml_file_read_at(fd, path, 0, text, n, err);
        if (status != RML_OK) goto done;
        text[n] = '\0';
        if ((int64_t)n == n_file || n >= MAX_HEADER || memmem(text, n, "\n\n", 2) || memmem(text, n, "\n\r\n", 3))
            break;
        n = n_file < MAX_HEADER ? (size_t)n_file : MAX_HEADER;
    }
    status = parse_text(&p, text, n, (int64_t)n == n_file);
    if (status == RML_OK) status = check_complete(&p);
    if (status == RML_OK) status = take_axes(&p);
    if (status != RML_OK) goto done;
    parsed.swapped = rml_scalar_bytes(parsed.stored) > 1 && p.big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    *header = parsed;
    parsed = (rml_header){0};
done:
    rml_header_free(&parsed);
    free(text);
    return status;
}
