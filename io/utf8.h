/* Is it UTF-8? */
#ifndef RML_IO_UTF8_H
#define RML_IO_UTF8_H

#include <stddef.h>

/* The number of leading bytes that are whole, valid UTF-8 characters: n_bytes when all are. Overlong forms,
 * surrogates and what lies beyond U+10FFFF are not valid. Source: RFC 3629, section 4. */
size_t rml_utf8_valid(const char *bytes, size_t n_bytes);
/* The length in bytes of the first character of n_bytes (at least 1) bytes; 0 when they do not begin with a valid one.
 */
size_t rml_utf8_character(const char *bytes, size_t n_bytes);

#endif
