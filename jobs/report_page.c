/* 1. Style
 * 2. Sections
 * 3. The page */
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

/* 1. Style --------------------------------------------------------------------------------------------------------- */

/* The policy in the head: no script, nothing from the network, whatever may stand in a text. */
static const char head[] = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                           "'unsafe-inline'; img-src data:\">\n"
                           "<link rel=\"icon\" href=\"data:,\">\n";

static const char style[] =
    "<style>\n"
    ":root{--ink:#1a1a1a;--quiet:#5c5c5c;--line:#d9d9d9;--main:#0072B2;--paper:#fff}\n"
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%}\n"
    "body{margin:0 auto;padding:1.2rem 1rem 4rem;max-width:1060px;color:var(--ink);background:var(--paper);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica "
    "Neue',Arial,sans-serif;overflow-wrap:anywhere}\n"
    "h1{font-size:1.7rem;line-height:1.2;margin:.4rem 0}\n"
    "h2{font-size:1.25rem;margin:2.6rem 0 .8rem;padding-top:.5rem;border-top:2px solid var(--ink)}\n"
    "h3{font-size:1rem;margin:1.4rem 0 .4rem}\n"
    "p,.prose{margin:.5rem 0;max-width:46rem}.prose ul{margin:.3rem 0;padding-left:1.2rem}.prose li{margin:.25rem 0}\n"
    "a{color:var(--main)}\n"
    ".lead{color:var(--quiet)}\n"
    ".note,figcaption{font-size:.84rem;line-height:1.45;color:var(--quiet)}\n"
    "nav{font-size:.9rem;margin:1rem 0}nav a{margin-right:.9rem;white-space:nowrap;display:inline-block}\n"
    ".figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,430px),1fr));gap:1.6rem "
    "2rem;margin:1.2rem 0;"
    "align-items:start}\n"
    "figure{margin:0;min-width:0;break-inside:avoid}\n"
    "figure h3{margin:0 0 .3rem}\n"
    "figure svg{display:block;width:100%;max-width:560px;height:auto}\n"
    "figure svg text,figure svg tspan,figure svg g{font-family:inherit}\n"
    "figure svg image{image-rendering:pixelated}\n"
    "figcaption b{color:var(--ink)}\n"
    "table{border-collapse:collapse;font-size:.86rem;line-height:1.35;margin:.6rem 0}\n"
    "th,td{text-align:left;vertical-align:top;padding:.32rem .7rem .32rem 0;border-bottom:1px solid var(--line)}\n"
    "thead th{border-bottom:1.5px solid var(--ink);font-weight:600}\n"
    "table.numbers td+td,table.numbers th+th{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;"
    "overflow-wrap:normal}\n"
    "table.numbers td:first-child{min-width:8rem}\n"
    "tr.chosen td{font-weight:600}tr.control td{font-style:italic}\n"
    ".wide{overflow-x:auto;max-width:100%;" /* a shadow at the side on which a table goes on */
    "background:linear-gradient(to right,var(--paper) 30%,transparent) 0 0/2.4rem 100% local,"
    "linear-gradient(to left,var(--paper) 30%,transparent) 100% 0/2.4rem 100% local,"
    "linear-gradient(to right,#0004,#0000) 0 0/.7rem 100% scroll,"
    "linear-gradient(to left,#0004,#0000) 100% 0/.7rem 100% scroll;background-repeat:no-repeat}\n"
    ".headline{display:flex;flex-wrap:wrap;gap:.8rem 2.4rem;margin:1.2rem 0}\n"
    ".headline div{min-width:0}.headline b{display:block;font-size:1.9rem;line-height:1.15;color:var(--main)}\n"
    ".headline span{font-size:.84rem;color:var(--quiet)}\n"
    ".flow{list-style:none;margin:.8rem 0;padding:0;max-width:34rem}\n"
    ".flow>li{border:1.5px solid var(--ink);border-radius:4px;padding:.5rem .8rem;margin:0 0 "
    "1.5rem;position:relative}\n"
    ".flow>li:not(:last-child)::after{content:'';position:absolute;left:1.6rem;top:100%;height:1.5rem;"
    "border-left:1.5px solid var(--ink)}\n"
    ".flow b{font-variant-numeric:tabular-nums}\n"
    ".flow ul{margin:.3rem 0 0;padding-left:1.1rem;font-size:.84rem;color:var(--quiet)}\n"
    "pre{font:12.5px/1.45 ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre-wrap;"
    "overflow-wrap:anywhere;background:#f6f6f6;padding:.8rem;border-radius:4px;margin:.5rem 0}\n"
    "code{font:.9em ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}\n"
    "table.items td:nth-child(1){white-space:nowrap;overflow-wrap:normal}\n"
    "table.items td:nth-child(2):not(:last-child){width:13rem;min-width:11rem;overflow-wrap:break-word}\n"
    "table.items .blank{color:#8a4b00}\n"
    "table.confusion td,table.confusion th{text-align:center;overflow-wrap:normal;padding:.4rem .9rem;border:1px solid "
    "var(--line)}\n"
    "table.confusion .right{background:#dcecf6}\n"
    "@media (max-width:640px){\n"
    "table.items,table.items tbody,table.items tr,table.items td{display:block;width:100%}\n"
    "table.items thead{display:none}\n"
    "table.items tr{border-bottom:1px solid var(--line);padding:.5rem 0}\n"
    "table.items td{border:0;padding:.1rem 0}\n"
    "table.items td:nth-child(1){font-weight:600}\n"
    "th,td{padding-right:.5rem}\n"
    "}\n"
    "@media print{\n"
    "body{max-width:none;padding:0;font-size:10.5pt}nav{display:none}\n"
    "h2,h3{break-after:avoid}tr,li,table.numbers,table.confusion{break-inside:avoid}\n"
    ".figures{grid-template-columns:1fr 1fr;gap:1.2rem}\n"
    "#sources table,#sources pre{font-size:7.5pt;line-height:1.25}#sources td,#sources "
    "th{padding-top:.1rem;padding-bottom:.1rem}\n"
    ".wide{overflow:visible;background:none}a{color:inherit;text-decoration:none}\n"
    "@page{size:A4;margin:16mm}\n"
    "}\n"
    "</style>\n";

/* 2. Sections ------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *id, *title;
} section[RML_N_REPORT_SECTIONS] = {{"top", ""},
                                    {"cohort", "Patients"},
                                    {"quality", "Centres and readers"},
                                    {"selection", "Features"},
                                    {"performance", "Performance on held-out patients"},
                                    {"model", "The model and what it says of patients"},
                                    {"survival", "Time to the event"},
                                    {"methods", "Methods"},
                                    {"items", "Reporting items"},
                                    {"sources", "Settings, versions and checksums"}};

const char *rml_report_section_title(const char *id)
{
    for (int32_t s = 0; s < RML_N_REPORT_SECTIONS; ++s)
        if (strcmp(section[s].id, id) == 0) return section[s].title;
    return id;
}

static bool has_blocks(const rml_report *r, rml_report_section of)
{
    for (int32_t b = 0; b < r->n_blocks; ++b)
        if (r->block[b]->section == of) return true;
    return false;
}

bool rml_report_has_section(const rml_report *r, const char *id)
{
    for (int32_t s = 0; s < RML_N_REPORT_SECTIONS; ++s)
        if (strcmp(section[s].id, id) == 0) return has_blocks(r, (rml_report_section)s);
    return false;
}

static rml_status put_figure(rml_report *r, const rml_report_block *block, int32_t number, const char *csv_folder,
                             FILE *out, rml_error *err)
{
    rml_status status;

    fprintf(out, "<figure><h3>Figure %d. ", number);
    rml_html_text(out, block->title);
    fputs("</h3>\n", out);
    status = rml_gnuplot_place(r->plots, block->name, block->title, out, err);
    fputs("\n<figcaption>", out);
    fwrite(block->html, 1, block->n_html, out);
    if (block->csv) {
        fputs(" <a href=\"", out);
        rml_html_text(out, csv_folder);
        fprintf(out, "/%s.csv\">%s.csv</a>", block->csv, block->csv);
    }
    fputs("</figcaption></figure>\n", out);
    return status;
}

/* Figures that follow one another stand side by side where there is room. */
static rml_status put_section(rml_report *r, rml_report_section of, int32_t *number, const char *csv_folder, FILE *out,
                              rml_error *err)
{
    bool figures = false;
    rml_status status = RML_OK;

    fprintf(out, "<section id=\"%s\">\n", section[of].id);
    if (*section[of].title) fprintf(out, "<h2>%s</h2>\n", section[of].title);
    for (int32_t b = 0; status == RML_OK && b < r->n_blocks; ++b) {
        const rml_report_block *block = r->block[b];

        if (block->section != of) continue;
        if ((block->name != NULL) != figures) fputs(block->name ? "<div class=\"figures\">\n" : "</div>\n", out);
        figures = block->name != NULL;
        if (figures)
            status = put_figure(r, block, ++*number, csv_folder, out, err);
        else
            fwrite(block->html, 1, block->n_html, out);
    }
    if (figures) fputs("</div>\n", out);
    fputs("</section>\n", out);
    return status;
}

/* 3. The page ------------------------------------------------------------------------------------------------------ */

rml_status rml_report_page(rml_report *r, const char *csv_folder, FILE *out, rml_error *err)
{
    char *outcome = rml_report_study(&r->in, "outcome", 0);
    const char *name = outcome ? outcome : "", *event = rml_report_about(&r->in, "event", 0);
    int32_t number = 0;
    rml_status status = RML_OK;

    fputs(head, out);
    fputs("<title>", out);
    if (*name)
        rml_html_print(out, "Report: %.*s", (int)strcspn(name, ","), name);
    else
        rml_html_print(out, "Report: time to %.200s", *event ? event : "the event");
    fputs("</title>\n", out);
    fputs(style, out);
    fputs("</head>\n<body>\n", out);
    for (int32_t s = 0; status == RML_OK && s < RML_N_REPORT_SECTIONS; ++s) {
        if (!has_blocks(r, (rml_report_section)s)) continue;
        status = put_section(r, (rml_report_section)s, &number, csv_folder, out, err);
        if (s > 0) continue;
        fputs("<nav>", out);
        for (int32_t t = 1; t < RML_N_REPORT_SECTIONS; ++t)
            if (has_blocks(r, (rml_report_section)t))
                fprintf(out, "<a href=\"#%s\">%s</a> ", section[t].id, section[t].title);
        fputs("</nav>\n", out);
    }
    fputs("</body>\n</html>\n", out);
    free(outcome);
    return status;
}
