/* Text in HTML and in SVG: whatever it is, it stays text. */
#ifndef RML_IO_HTML_H
#define RML_IO_HTML_H

#include <stdio.h>

#include "kernels/base/attributes.h"

/* Writes a text between tags or in a quoted attribute: & < > " ' as entities, control characters (line feeds too) as
 * spaces, bytes that are no UTF-8 as U+FFFD. */
void rml_html_text(FILE *out, const char *text);
/* The same of a text made as printf makes it; at most 4095 bytes of it. */
void rml_html_print(FILE *out, const char *format, ...) RML_PRINTF(2, 3);

#endif
