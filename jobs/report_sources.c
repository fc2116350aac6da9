/* The study as it was run, the extraction's parameters, and checksums of what this page was made from. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

static void checksums(rml_report *r)
{
    static const char *const member[][2] = {{"study_xxh3", "the study, as model.json has it"},
                                            {"data_xxh3", "the data that were swept, as model.json has it"}};
    const rml_report_input *in = &r->in;
    FILE *out = rml_report_piece(r, RML_REPORT_SOURCES), *csv = rml_report_csv(r, "checksums");

    fputs("what,xxh3\n", csv);
    fputs("<h3>Checksums (XXH3, 64 bits)</h3>\n<table class=\"items\"><tbody>\n", out);
    for (int32_t f = 0; f < RML_N_REPORT_TABLES + 4; ++f) {
        char *path = in->summed[f] ? rml_report_file_path(in, f) : NULL;

        if (!path) continue;
        fprintf(out, "<tr><td><code>%016" PRIx64 "</code></td><td>", in->checksum[f]);
        rml_html_text(out, rml_report_base_name(path));
        fputs("</td></tr>\n", out);
        rml_csv_text(csv, rml_report_base_name(path), true);
        fprintf(csv, ",%016" PRIx64 "\n", in->checksum[f]);
        free(path);
    }
    for (size_t k = 0; in->model && k < sizeof member / sizeof *member; ++k) {
        const cJSON *sum = cJSON_GetObjectItemCaseSensitive(in->model, member[k][0]);

        if (!cJSON_IsString(sum)) continue;
        fputs("<tr><td><code>", out);
        rml_html_text(out, sum->valuestring);
        fprintf(out, "</code></td><td>%s</td></tr>\n", member[k][1]);
        fprintf(csv, "%s,", member[k][0]);
        rml_csv_text(csv, sum->valuestring, true);
        fputc('\n', csv);
    }
    fputs("</tbody></table>\n", out);
    if (in->extraction.there)
        fputs("<p class=\"note\">The extraction’s file keeps the checksum of every image and mask.</p>\n", out);
}

static void parameters(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const cJSON *list = in->model ? cJSON_GetObjectItemCaseSensitive(in->model, "parameters") : NULL, *item;
    FILE *out;

    if (cJSON_GetArraySize(list) == 0 && !in->extraction.parameters) return;
    out = rml_report_piece(r, RML_REPORT_SOURCES);
    if (in->extraction.parameters && *in->extraction.parameters) {
        fputs("<h3>The extraction’s parameter file</h3>\n<pre>", out);
        for (const char *line = in->extraction.parameters; *line;) {
            const size_t n = strcspn(line, "\n");
            char *copy = strndup(line, n);

            if (copy) rml_html_text(out, copy);
            free(copy);
            fputc('\n', out);
            line += n + (line[n] == '\n');
        }
        fputs("</pre>\n", out);
    }
    if (cJSON_GetArraySize(list) == 0) return;
    fputs("<h3>Every setting of the extraction</h3>\n<pre>", out);
    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item)) rml_html_text(out, item->valuestring);
        fputc('\n', out);
    }
    fputs("</pre>\n", out);
}

static void study(rml_report *r)
{
    FILE *out = rml_report_piece(r, RML_REPORT_SOURCES);

    fputs("<h3>The study, every default said</h3>\n<pre>", out);
    for (const char *line = r->in.study; *line;) {
        const size_t n = strcspn(line, "\n");
        char *copy = strndup(line, n);

        if (copy) rml_html_text(out, copy);
        free(copy);
        fputc('\n', out);
        line += n + (line[n] == '\n');
    }
    fputs("</pre>\n", out);
}

void rml_report_sources(rml_report *r)
{
    if (r->in.folder) {
        study(r);
        parameters(r);
    }
    checksums(r);
}
