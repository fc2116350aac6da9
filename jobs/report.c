/* radmill report: a sweep's results as one page. */
#include "jobs/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/browser.h"
#include "io/file.h"
#include "jobs/inputs.h"
#include "jobs/options.h"
#include "jobs/picked.h"
#include "jobs/verbs.h"

typedef struct rml_reporting {
    const char *folder, *out, *features, *icc, *survive, *validation, *pdf, *png;
} rml_reporting;

enum { OUT_KEY = 0x180, FEATURES_KEY, ICC_KEY, SURVIVE_KEY, VALIDATION_KEY, PDF_KEY, PNG_KEY };

static const struct argp_option option_list[] = {
    {"out", OUT_KEY, "FILE", 0, "The page, such as report.html (required); an older one is replaced", 1},
    {"features", FEATURES_KEY, "FILE", 0,
     "The h5ad file of `radmill extract` that the study's table is: cases, failures and warnings, the images of each "
     "centre, the heatmap, versions and parameters of the extraction",
     2},
    {"icc", ICC_KEY, "FILE", 0,
     "The CSV of `radmill icc`: limits beside the coefficients. Without it, those of the study's own readings, if any",
     2},
    {"survive", SURVIVE_KEY, "DIR", 0,
     "What `radmill survive --out` wrote of the same patients: curves, hazard ratios, subgroups", 2},
    {"validation", VALIDATION_KEY, "DIR", 0,
     "What `radmill validate --out` wrote of the sweep's model.json: other patients beside those of the sweep; of two "
     "classes or a "
     "time to an event",
     2},
    {"pdf", PDF_KEY, "FILE", 0, "The same page printed to PDF, too, by Chromium (Debian: chromium)", 3},
    {"png", PNG_KEY, "DIR", 0, "Each figure as a PNG 1760 pixels wide, too, by Chromium", 3},
    {0}};

static const char doc[] =
    "A sweep's results as one page with figures, for a paper and whoever reviews it."
    "\v"
    "DIR is what `radmill sweep --out` wrote, of one outcome, or what `radmill survive --out` did. FILE is one HTML "
    "file without scripts that asks "
    "nothing of the network; the numbers of every figure stand beside it as CSV, in a folder of FILE's name with _csv "
    "for .html; some of them name patients.\n\n"
    "On the page: who is in the study, and which cases failed and why; centres, and how well features tell them before "
    "and after preparation; agreement of readers; which features were kept how often; every pipeline with its "
    "interval, "
    "\"chosen\" first, beside the controls; ROC, calibration and decision curves, the confusion at the threshold; the "
    "final model and patients by their held-out score; of a time to an event Kaplan-Meier curves with numbers at risk, "
    "hazard ratios together, alone and in subgroups; a methods section with every setting; the items of CLEAR and "
    "TRIPOD+AI, filled where the run knows the answer and left blank where only the authors do. What is apparent, not "
    "corrected for choice, or transductive says so on the figure.\n\n"
    "Figures are drawn by gnuplot (Debian: gnuplot-nox). The same run gives the same bytes (of the "
    "page; a PDF says when it was made).\n\n"
    "Examples:\n"
    "  radmill report sweep --out report.html\n"
    "  radmill report sweep --features features.h5ad --icc icc.csv --out report.html\n"
    "  radmill report survive --out survival.html\n\n"
    "Exit status: 0 done, 2 a folder or file that does not fit, 3 could not go on.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_reporting *x = state->input;

    switch (key) {
    case OUT_KEY: x->out = argument; return 0;
    case FEATURES_KEY: x->features = argument; return 0;
    case ICC_KEY: x->icc = argument; return 0;
    case SURVIVE_KEY: x->survive = argument; return 0;
    case VALIDATION_KEY: x->validation = argument; return 0;
    case PDF_KEY: x->pdf = argument; return 0;
    case PNG_KEY: x->png = argument; return 0;
    case ARGP_KEY_ARG:
        if (x->folder) return rml_options_refuse(state, "one folder at a time: %s is the second", argument);
        x->folder = argument;
        return 0;
    case ARGP_KEY_END:
        if (!x->folder)
            return rml_options_refuse(state, "which sweep, or which `radmill survive`? Its folder is missing");
        if (!x->out) return rml_options_refuse(state, "--out FILE is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* folder: NULL for a file on its own */
static rml_status spare_inputs(const rml_report_input *in, const char *option, const char *folder, const char *out,
                               rml_error *err)
{
    rml_status status = RML_OK;

    for (int32_t f = 0; status == RML_OK && f < RML_N_REPORT_TABLES + 4; ++f) {
        char *path = rml_report_file_path(in, f);
        const char *const input[] = {path};

        status = rml_inputs_spare(option, folder, out, input, 1, err);
        free(path);
    }
    return status;
}

/* A file that is there already goes only when it is what would be written anew: an option of this verb may name a table
 * of the study by a slip, and the study's tables are not among what a report reads.
 *
 * begins, holds: what such a file begins with, and has in its first bytes */
static rml_status spare_others(const char *option, const char *path, const char *begins, const char *holds,
                               const char *what, rml_error *err)
{
    const rml_file_state there = rml_file_state_of(path);
    char first[4096] = "";
    const size_t n = there.n_bytes < (int64_t)sizeof first ? (size_t)there.n_bytes : sizeof first - 1;
    int64_t n_bytes = 0;
    int fd = -1;
    rml_status status;

    if (there.n_bytes <= 0) return RML_OK;
    status = rml_file_open(path, &fd, &n_bytes, err);
    if (status != RML_OK) return status;
    status = rml_file_read_at(fd, path, 0, first, n, err);
    close(fd);
    if (status != RML_OK) return status;
    if (strncmp(first, begins, strlen(begins)) == 0 && strstr(first, holds)) return RML_OK;
    return rml_fail(err, RML_EEXISTS,
                    "%s: %s is there already and is no %s; another name was expected, or no such file", option, path,
                    what);
}

static void draw_performance(rml_report *r)
{
    rml_report_quality(r);
    rml_report_heatmap(r);
    rml_report_selection_of(r);
    rml_report_board(r);
    rml_report_validation(r);
    if (r->in.two_classes) {
        rml_report_roc(r);
        rml_report_curves(r);
        rml_report_scores(r);
    } else if (!r->in.event && rml_table_column(&r->in.table[RML_REPORT_PREDICTIONS], "score") >= 0) {
        rml_report_predicted(r);
    } else if (r->in.event) {
        rml_report_times(r);
    } else {
        rml_report_roc_of_classes(r);
        rml_report_classes(r);
    }
}

static void draw(rml_report *r)
{
    if (!r->in.folder) {
        rml_report_survive_cohort(r);
        rml_report_survive(r);
        rml_report_survive_methods(r);
        rml_report_survive_words(r);
        rml_report_sources(r);
        return;
    }
    rml_report_head(r);
    rml_report_cohort(r);
    if (rml_report_failed(&r->in)) {
        rml_report_heatmap(r);
        rml_report_failures(r);
        rml_report_board(r);
    } else {
        draw_performance(r);
    }
    rml_report_model(r);
    if (r->in.survive) rml_report_survive(r);
    rml_report_methods(r);
    if (r->in.survive) rml_report_survive_methods(r);
    rml_report_items(r);
    rml_report_sources(r);
    if (r->in.survive) rml_report_survive_words(r);
}

/* Beside the page; the page is written last, so that what it points to is there. */
static rml_status write_numbers(const rml_report *r, const char *folder, rml_error *err)
{
    rml_status status = RML_OK;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return rml_fail(err, RML_EIO, "%s: the folder of the figures' numbers cannot be made: %s", folder,
                        strerror(errno));
    for (int32_t i = 0; status == RML_OK && i < r->n_csv; ++i) {
        char *name = NULL;
        rml_file_writer file;

        if (asprintf(&name, "%s.csv", r->csv[i]->name) < 0) return rml_fail(err, RML_ENOMEM, "no memory for a name");
        status = spare_inputs(&r->in, "--out", folder, name, err);
        if (status == RML_OK) status = rml_file_create_in(folder, name, &file, err);
        if (status == RML_OK) {
            fwrite(r->csv[i]->text, 1, r->csv[i]->n_bytes, file.stream);
            status = rml_file_commit(&file, err);
        }
        free(name);
    }
    return status;
}

static rml_status write_page(rml_report *r, const char *out, const char *folder, rml_error *err)
{
    const char *slash = strrchr(folder, '/');
    rml_file_writer file;
    rml_status status = rml_file_create(out, &file, err);

    if (status != RML_OK) return status;
    status = rml_report_page(r, slash ? slash + 1 : folder, file.stream, err);
    return rml_file_finish(&file, status, err);
}

static rml_status report(const rml_reporting *x, rml_error *err)
{
    rml_report r = {.in = {.folder = x->folder,
                           .features = x->features,
                           .icc = x->icc,
                           .survive = x->survive,
                           .validation = x->validation}};
    const size_t n = strlen(x->out), bare = n > 5 && strcmp(x->out + n - 5, ".html") == 0 ? n - 5 : n;
    char *folder = NULL;
    struct stat info;
    int32_t n_figures = 0;
    rml_status status = asprintf(&folder, "%.*s_csv", (int)bare, x->out) < 0
                            ? rml_fail(err, RML_ENOMEM, "no memory for a name")
                            : rml_report_read(&r.in, err);

    if (status == RML_OK) status = spare_inputs(&r.in, "--out", NULL, x->out, err);
    if (status == RML_OK) status = spare_others("--out", x->out, "<!DOCTYPE html>", "<title>Report: ", "report", err);
    if (status == RML_OK && x->pdf) status = spare_inputs(&r.in, "--pdf", NULL, x->pdf, err);
    if (status == RML_OK && x->pdf) status = spare_others("--pdf", x->pdf, "%PDF-", "", "PDF", err);
    if (status == RML_OK) status = rml_gnuplot_begin(&r.plots, err);
    if (status == RML_OK) {
        draw(&r);
        status = rml_report_close(&r, err);
    }
    if (status == RML_OK) status = rml_gnuplot_run(r.plots, err);
    if (status == RML_OK) status = write_numbers(&r, folder, err);
    if (status == RML_OK) status = write_page(&r, x->out, folder, err);
    if (status == RML_OK && x->pdf) status = rml_browser_print(x->out, x->pdf, err);
    if (status == RML_OK && x->png) status = rml_report_pictures(&r, x->png, err);
    for (int32_t b = 0; b < r.n_blocks; ++b) n_figures += r.block[b]->name != NULL;
    if (status == RML_OK && stat(x->out, &info) == 0) {
        printf("%s: %d figures, %.1f MB; their numbers in %s/\n", x->out, n_figures, (double)info.st_size / 1e6,
               folder);
        if (r.in.folder && !x->features)
            printf("  without --features: no failed cases, images by centre, heatmap, or versions of the extraction\n");
        if (r.in.why_no_rows) printf("  no heatmap: %s\n", r.in.why_no_rows);
    }
    rml_report_free(&r);
    free(folder);
    return status;
}

int rml_verb_report(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "DIR", doc, NULL, NULL, NULL};
    rml_reporting x = {0};
    rml_error err = {0};
    const int exit_status = rml_options_parse(&argp, argc, argv, &x);
    rml_status status;

    if (exit_status >= 0) return exit_status;
    if (!rml_first_rank()) return RML_EXIT_DONE;
    status = report(&x, &err);
    if (status == RML_OK) return RML_EXIT_DONE;
    rml_complain("report", &err);
    return rml_picked_exit_status(status);
}
