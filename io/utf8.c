#include "io/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool continues(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The length of the character at s with n bytes left, or 0. */
static size_t character(const unsigned char *s, size_t n)
{
    if (s[0] < 0x80) return 1;
    if (s[0] < 0xC2) return 0; /* a continuation on its own, or an overlong form */
    if (s[0] < 0xE0) return n >= 2 && continues(s[1]) ? 2 : 0;
    if (s[0] < 0xF0) {
        if (n < 3 || !continues(s[1]) || !continues(s[2])) return 0;
        if (s[0] == 0xE0 && s[1] < 0xA0) return 0;  /* overlong */
        if (s[0] == 0xED && s[1] >= 0xA0) return 0; /* surrogates */
        return 3;
    }
    if (s[0] > 0xF4 || n < 4 || !continues(s[1]) || !continues(s[2]) || !continues(s[3])) return 0;
    if (s[0] == 0xF0 && s[1] < 0x90) return 0;  /* overlong */
    if (s[0] == 0xF4 && s[1] >= 0x90) return 0; /* beyond U+10FFFF */
    return 4;
}

size_t rml_utf8_valid(const char *bytes, size_t n_bytes)
{
    const unsigned char *s = (const unsigned char *)bytes;
    size_t at = 0;

    while (at < n_bytes) {
        uint64_t eight;
        size_t n;

        while (n_bytes - at >= 8) { /* nearly all text is ASCII */
            memcpy(&eight, s + at, 8);
            if (eight & 0x8080808080808080u) break;
            at += 8;
        }
        if (at == n_bytes) break;
        n = character(s + at, n_bytes - at);
        if (n == 0) return at;
        at += n;
    }
    return at;
}

size_t rml_utf8_character(const char *bytes, size_t n_bytes)
{
    return character((const unsigned char *)bytes, n_bytes);
}
