#include "engine/identity.h"

#include <stdio.h>
#include <string.h>

/* The value of a line "name: value", up to the line's end, 0 characters of a line that is a name alone; *n -1 when the
 * text has no such line. */
static const char *value_of(const char *text, const char *name, size_t n_name, int *n)
{
    for (const char *line = text; *line;) {
        const size_t length = strcspn(line, "\n");

        if (length >= n_name && strncmp(line, name, n_name) == 0 && (length == n_name || line[n_name] == ':')) {
            const char *value = line + n_name + (length > n_name);

            while (*value == ' ') ++value;
            *n = value < line + length ? (int)(line + length - value) : 0;
            return value;
        }
        line += length + (line[length] == '\n');
    }
    *n = -1;
    return "";
}

/* Adds "; name: a there, b now" for each line of `from` that `other` has not or has otherwise. */
static void list_differences(const char *from, const char *other, bool from_is_old, char *text, size_t size)
{
    for (const char *line = from; *line;) {
        const size_t length = strcspn(line, "\n"), n_name = strcspn(line, ":\n");
        const size_t used = strlen(text);
        int n_mine, n_theirs;
        const char *mine = value_of(from, line, n_name, &n_mine), *theirs = value_of(other, line, n_name, &n_theirs);

        if (length > 0 &&
            (n_theirs < 0 || (from_is_old && (n_mine != n_theirs || strncmp(mine, theirs, (size_t)n_mine) != 0)))) {
            if (n_theirs < 0) {
                theirs = "absent";
                n_theirs = 6;
            }
            if (n_mine == 0) {
                mine = "present";
                n_mine = 7;
            }
            snprintf(text + used, size - used, "; %.*s: %.*s there, %.*s now", (int)n_name, line,
                     from_is_old ? n_mine : n_theirs, from_is_old ? mine : theirs, from_is_old ? n_theirs : n_mine,
                     from_is_old ? theirs : mine);
        }
        line += length + (line[length] == '\n');
    }
}

bool rml_identity_same(const char *there, const char *now, char *differences, size_t n_bytes)
{
    differences[0] = '\0';
    if (strcmp(there, now) == 0) return true;
    list_differences(there, now, true, differences, n_bytes);
    list_differences(now, there, false, differences, n_bytes);
    if (!differences[0]) snprintf(differences, n_bytes, "; its lines stand in another order");
    return false;
}
