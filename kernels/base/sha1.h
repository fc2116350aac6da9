/* SHA-1 of bytes as they come: what SimpleITK's Hash gives of an image's buffer. A fingerprint, no protection. */
#ifndef RML_BASE_SHA1_H
#define RML_BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { RML_SHA1_BLOCK = 64, RML_SHA1_TEXT = 41 };

typedef struct rml_sha1 {
    uint32_t state[5];
    uint64_t n_bytes; /* so far */
    unsigned char block[RML_SHA1_BLOCK];
} rml_sha1;

void rml_sha1_begin(rml_sha1 *sha1);
void rml_sha1_add(rml_sha1 *sha1, const void *bytes, size_t n_bytes);
/* Forty hexadecimal digits in lower case. Nothing may be added afterwards. Source: FIPS 180-4, section 6.1. */
void rml_sha1_end(rml_sha1 *sha1, char text[RML_SHA1_TEXT]);

#endif
