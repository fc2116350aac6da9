/* A page printed by a browser without a window. */
#ifndef RML_IO_BROWSER_H
#define RML_IO_BROWSER_H

#include <stdint.h>

#include "kernels/base/status.h"

/* Prints an HTML file to PDF by Chromium; the PDF appears whole or not at all. It holds the time at which it was made.
 * RML_EIO  Chromium is not installed: what to install; or it failed: what it said
 * RML_ENOMEM */
RML_CHECKED rml_status rml_browser_print(const char *page, const char *pdf, rml_error *err);

/* The same as a PNG of its first so many pixels. Statuses as above. */
RML_CHECKED rml_status rml_browser_picture(const char *page, int32_t width, int32_t height, const char *png,
                                           rml_error *err);

#endif
