#include "io/browser.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "io/process.h"

enum { MOST_BYTES = 1 << 30 };

/* The file's address: what is no plain letter of a path by its code. Malloc'ed; NULL without memory, or the file. */
static char *address_of(const char *page)
{
    char *path = realpath(page, NULL), *address = path ? malloc(3 * strlen(path) + 8) : NULL, *to = address;

    if (address) to += sprintf(to, "file://");
    for (const char *at = path; address && *at; ++at) {
        if (isalnum((unsigned char)*at) || strchr("/._-~", *at))
            *to++ = *at;
        else
            to += sprintf(to, "%%%02X", (unsigned char)*at);
    }
    if (address) *to = '\0';
    free(path);
    return address;
}

static rml_status copy_file(const char *from, const char *to, rml_error *err)
{
    char *bytes = NULL;
    size_t n = 0;
    rml_file_writer file;
    rml_status status = rml_file_read(from, MOST_BYTES, &bytes, &n, err);

    if (status == RML_OK) status = rml_file_create(to, &file, err);
    if (status == RML_OK) {
        fwrite(bytes, 1, n, file.stream);
        status = rml_file_commit(&file, err);
    }
    free(bytes);
    return status;
}

/* What the browser makes of the page as `made` in a folder of its own, copied to `to`. how: up to two arguments */
static rml_status browse(const char *page, const char *const how[2], const char *made, const char *to, rml_error *err)
{
    char *address = address_of(page), *folder = NULL, *path = NULL;
    const char *argument[16] = {"chromium",
                                "--headless",
                                "--disable-gpu",
                                "--no-first-run",
                                "--disable-dev-shm-usage",
                                "--hide-scrollbars",
                                "--user-data-dir=profile"};
    int n = 7;
    rml_status status = address ? rml_process_folder(&folder, err)
                                : rml_fail(err, RML_EIO, "%s: cannot be found again: %s", page, strerror(errno));

    if (geteuid() == 0) argument[n++] = "--no-sandbox"; /* root has none; the page has no script and asks for nothing */
    for (int k = 0; k < 2 && how[k]; ++k) argument[n++] = how[k];
    argument[n] = address;
    if (status == RML_OK) status = rml_process_run(argument, folder, RML_PROCESS_SECONDS, err);
    if (status == RML_EMISSING)
        status =
            rml_fail(err, RML_EIO,
                     "Chromium, which prints the page, is not installed: Debian has it as chromium (apt-get install "
                     "chromium)");
    if (status == RML_OK && asprintf(&path, "%s/%s", folder, made) < 0) {
        path = NULL;
        status = rml_fail(err, RML_ENOMEM, "no memory for a path");
    }
    if (status == RML_OK) status = copy_file(path, to, err);
    rml_process_folder_remove(folder);
    free(address);
    free(path);
    return status;
}

rml_status rml_browser_print(const char *page, const char *pdf, rml_error *err)
{
    static const char *const how[2] = {"--no-pdf-header-footer", "--print-to-pdf=page.pdf"};

    return browse(page, how, "page.pdf", pdf, err);
}

rml_status rml_browser_picture(const char *page, int32_t width, int32_t height, const char *png, rml_error *err)
{
    char size[64];
    const char *const how[2] = {"--screenshot=page.png", size};

    snprintf(size, sizeof size, "--window-size=%d,%d", width, height);
    return browse(page, how, "page.png", png, err);
}
