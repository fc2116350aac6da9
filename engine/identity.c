#include "engine/identity.h"

#include <stdio.h>
#include <string.h>

typedef struct span {
    const char *at;
    int n;
} span;

/* A line "name: value", or a name alone. One that is indented belongs to the last before it that is not. */
typedef struct entry {
    span section, name, value; /* section: that line's name; n 0: none */
    const char *next;          /* the line behind it */
} entry;

static bool same(span a, span b)
{
    return a.n == b.n && strncmp(a.at, b.at, (size_t)a.n) == 0;
}

static span spaces_off(const char *at, int n)
{
    for (; n > 0 && *at == ' '; ++at) --n;
    return (span){at, n};
}

/* The entry of the line at `at`; section: the name of the last line that was not indented. */
static entry read_entry(const char *at, span section)
{
    const int length = (int)strcspn(at, "\n");
    const span line = spaces_off(at, length);
    const int n_name = (int)strcspn(line.at, ":\n"), colon = n_name < line.n;

    return (entry){.section = *at == ' ' ? section : (span){"", 0},
                   .name = {line.at, n_name},
                   .value = spaces_off(line.at + n_name + colon, line.n - n_name - colon),
                   .next = at + length + (at[length] == '\n')};
}

/* The entry of this section and name that has `before` such entries before it. false: there is none. */
static bool find(const char *text, const entry *like, int before, entry *found)
{
    span section = {"", 0};

    for (const char *at = text; *at; at = found->next) {
        *found = read_entry(at, section);
        if (*at != ' ') section = found->name;
        if (same(found->section, like->section) && same(found->name, like->name) && before-- == 0) return true;
    }
    return false;
}

/* How many entries before `end` have the section and name of this one. */
static int count_before(const char *text, const char *end, const entry *like)
{
    span section = {"", 0};
    int n = 0;
    entry e;

    for (const char *at = text; at < end; at = e.next) {
        e = read_entry(at, section);
        if (*at != ' ') section = e.name;
        n += same(e.section, like->section) && same(e.name, like->name);
    }
    return n;
}

/* Cuts "a 1, b 2" behind its first item, which is given back. */
static span cut_item(span *list)
{
    span item = *list;

    for (int i = 0; i + 1 < list->n; ++i)
        if (list->at[i] == ',' && list->at[i + 1] == ' ') {
            item.n = i;
            *list = (span){list->at + i + 2, list->n - i - 2};
            return item;
        }
    *list = (span){list->at + list->n, 0};
    return item;
}

static int count_items(span list)
{
    int n = 0;

    for (; list.n > 0; ++n) cut_item(&list);
    return n;
}

/* Adds "; section.name.word: there there, now now" where there is room for all of it. */
static void add_difference(const entry *e, span word, span there, span now, char *text, size_t size)
{
    static const char more[] = "; and more";
    const size_t used = strlen(text);
    int n;

    if (used + sizeof more > size) return;
    if (used >= sizeof more - 1 && strcmp(text + used - (sizeof more - 1), more) == 0) return; /* said once */
    n = snprintf(text + used, size - used, "; %.*s%s%.*s%s%.*s: %.*s there, %.*s now", e->section.n, e->section.at,
                 e->section.n > 0 ? "." : "", e->name.n, e->name.at, word.n > 0 ? "." : "", word.n, word.at, there.n,
                 there.at, now.n, now.at);
    if ((size_t)n + sizeof more > size - used) snprintf(text + used, size - used, "%s", more);
}

/* Of settings in one line ("k 10, trees 50") those that differ, else the whole value. */
static void compare_values(const entry *there, const entry *now, char *text, size_t size)
{
    span a = there->value, b = now->value;

    if (count_items(a) != count_items(b)) {
        add_difference(there, (span){"", 0}, a, b, text, size);
        return;
    }
    while (a.n > 0 && b.n > 0) {
        span mine = cut_item(&a), theirs = cut_item(&b), word = {mine.at, 0};

        if (same(mine, theirs)) continue;
        while (word.n < mine.n && mine.at[word.n] != ' ') ++word.n;
        if (there->section.n > 0 && word.n < mine.n && word.n < theirs.n && theirs.at[word.n] == ' ' &&
            strncmp(mine.at, theirs.at, (size_t)word.n) == 0) {
            mine = spaces_off(mine.at + word.n, mine.n - word.n);
            theirs = spaces_off(theirs.at + word.n, theirs.n - word.n);
        } else
            word.n = 0;
        add_difference(there, word, mine, theirs, text, size);
    }
}

/* Lines of `from` that `other` has not (a section without its lines), and, where both is said, has otherwise. */
static void list_differences(const char *from, const char *other, bool from_is_old, char *text, size_t size)
{
    const span present = {"present", 7}, absent = {"absent", 6};
    span section = {"", 0};
    bool known = true; /* the section is there in both */
    entry e, found = {0};

    for (const char *at = from; *at; at = e.next) {
        bool there;
        span value;

        e = read_entry(at, section);
        if (e.name.n == 0 || (e.section.n > 0 && !known)) continue;
        there = find(other, &e, count_before(from, at, &e), &found);
        if (*at != ' ') {
            section = e.name;
            known = there;
        }
        value = e.value.n > 0 ? e.value : present;
        if (!there)
            add_difference(&e, (span){"", 0}, from_is_old ? value : absent, from_is_old ? absent : value, text, size);
        else if (from_is_old && !same(e.value, found.value))
            compare_values(&e, &found, text, size);
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
