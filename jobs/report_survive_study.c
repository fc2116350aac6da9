/* What `radmill survive` was asked and of whom, from its about.csv: the way of the patients into the study, the methods
 * as a paper's section has them, and the study's words. Nothing of it where the folder is of an older run without the
 * file.
 *
 * 1. The study's words
 * 2. Patients
 * 3. Methods
 * 4. Sources */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"

/* 1. The study's words --------------------------------------------------------------------------------------------- */

const char *rml_report_about(const rml_report_input *in, const char *what, int32_t n)
{
    for (int64_t r = 0; in->there[RML_REPORT_ABOUT] && r < in->table[RML_REPORT_ABOUT].n_rows; ++r)
        if (strcmp(rml_report_cell(in, RML_REPORT_ABOUT, r, "what"), what) == 0 && n-- == 0)
            return rml_report_cell(in, RML_REPORT_ABOUT, r, "value");
    return "";
}

/* NaN where it is not said. */
static double number_of(const rml_report_input *in, const char *what)
{
    double value = NAN;

    return rml_text_number(rml_report_about(in, what, 0), &value) ? value : NAN;
}

static bool is_said(const rml_report_input *in, const char *what)
{
    return *rml_report_about(in, what, 0) != '\0';
}

/* "before", all values of a word with commas, "after"; nothing where there is none. */
static void put_list(const rml_report_input *in, const char *what, const char *before, const char *after, FILE *out)
{
    const char *value;

    if (!is_said(in, what)) return;
    fputs(before, out);
    for (int32_t n = 0; *(value = rml_report_about(in, what, n)); ++n) {
        if (n > 0) fputs(", ", out);
        rml_html_text(out, value);
    }
    fputs(after, out);
}

/* 2. Patients ------------------------------------------------------------------------------------------------------ */

static void put_left_out(const rml_report_input *in, const char *what, const char *why, FILE *out)
{
    const double n = number_of(in, what);

    if (n > 0.0) fprintf(out, "<li>left out: <b>%.0f</b> %s</li>\n", n, why);
}

void rml_report_survive_cohort(rml_report *r)
{
    const rml_report_input *in = &r->in;
    const double n = number_of(in, "patients"), events = number_of(in, "events"),
                 left = number_of(in, "without_outcome");
    const double unknown = number_of(in, "without_landmark"), loose = number_of(in, "without_stratum"),
                 bare = number_of(in, "without_offset");
    const double before = number_of(in, "before_landmark"), follow_up = number_of(in, "median_follow_up");
    FILE *out;
    char text[32];

    if (!(n > 0.0)) return;
    out = rml_report_piece(r, RML_REPORT_COHORT);
    fputs("<ol class=\"flow\">\n", out);
    fprintf(out, "<li><b>%.0f</b> patients in the table",
            n + (left > 0.0 ? left : 0.0) + (before > 0.0 ? before : 0.0) + (unknown > 0.0 ? unknown : 0.0) +
                (loose > 0.0 ? loose : 0.0) + (bare > 0.0 ? bare : 0.0));
    put_list(in, "rows", ", of rows with ", "", out);
    fputs("</li>\n", out);
    put_left_out(in, "without_outcome", "without a time or an event", out);
    put_left_out(in, "without_stratum", "of whom it is not known in which stratum they are", out);
    put_left_out(in, "without_offset", "without an offset", out);
    put_left_out(in, "without_landmark", "whose landmark is not known", out);
    put_left_out(in, "before_landmark", "with the event, or no longer observed, by the landmark", out);
    fprintf(out, "<li><b>%.0f</b> patients analysed: <b>%.0f</b> with the event, <b>%.0f</b> censored", n, events,
            n - events);
    if (!isnan(follow_up))
        fprintf(out, "<ul><li>median follow-up %s, by the reverse Kaplan–Meier curve</li></ul>",
                rml_report_time(follow_up, text));
    fputs("</li>\n</ol>\n", out);
    if (number_of(in, "without_clinical") > 0.0)
        fprintf(out, "<p class=\"note\">%.0f of them %s no line in the clinical file.</p>\n",
                number_of(in, "without_clinical"), number_of(in, "without_clinical") > 1.0 ? "have" : "has");
    if (number_of(in, "strata_silent") > 0.0)
        fprintf(out,
                "<p class=\"note\">In %.0f of the %.0f strata nobody is at risk when another has the event: their "
                "patients tell no model anything.</p>\n",
                number_of(in, "strata_silent"), number_of(in, "strata_values"));
    fputs(
        "<p class=\"note\">Who lacks a value is left out where that value is needed: each table and figure says of how "
        "many patients it is.</p>\n",
        out);
}

/* 3. Methods ------------------------------------------------------------------------------------------------------- */

static void within(const rml_report_input *in, const char *before, FILE *out)
{
    put_list(in, "strata", before, "", out);
}

static void of_patients(const rml_report_input *in, FILE *out)
{
    const char *table = rml_report_base_name(rml_report_about(in, "table", 0));
    const char *clinical = rml_report_base_name(rml_report_about(in, "clinical", 0));

    rml_html_print(out, "Features and outcome are read from %.200s", table);
    if (*clinical && strcmp(clinical, table) != 0) rml_html_print(out, " and %.200s", clinical);
    put_list(in, "rows", ", rows with ", "", out);
    put_list(in, "time", ". The time is <code>", "</code>", out);
    put_list(in, "event", ", the event <code>", "</code> (1: it was then; 0: none until then, censored)", out);
    put_list(in, "landmark", "; times begin at the landmark, ", "", out);
    fputs(". Patients without a time or an event are left out.", out);
}

static void of_groups(const rml_report_input *in, FILE *out)
{
    const char *limits = rml_report_about(in, "limits", 0);

    if (!is_said(in, "groups")) return;
    fprintf(out, "Survival is Kaplan and Meier’s, with 95 %% limits %s by Greenwood’s variance",
            strcmp(limits, "log-log") == 0 ? "of the logarithm of the cumulative hazard"
            : strcmp(limits, "plain") == 0 ? "of survival itself"
                                           : "of the logarithm");
    fputs("; a median’s limits are where these cross one half; restricted means run to the last time of the group that "
          "is followed the "
          "shortest.",
          out);
    put_list(in, "groups", " Patients are grouped by ",
             "; each value of a column of up to six is a group, another column is cut at its median.", out);
    put_list(in, "groups_left_out", " Of ",
             " no groups are made: more than half of the patients have its largest value.", out);
    within(in, " Log-rank and Peto–Peto tests and the hazard ratio of two groups are stratified by ", out);
    fputs(is_said(in, "strata") ? "; curves are not." : " Tests are the log-rank and Peto–Peto’s.", out);
}

const char *rml_report_ties(const char *word)
{
    if (strcmp(word, "exact") == 0) return "ties by the exact likelihood of discrete times";
    return strcmp(word, "breslow") == 0 ? "ties by Breslow" : "ties by Efron";
}

static void of_models(const rml_report_input *in, FILE *out)
{
    fprintf(out, "Cox’s models, %s", rml_report_ties(rml_report_about(in, "ties", 0)));
    within(in, ", with a baseline hazard for each ", out);
    put_list(in, "offset", ", with ",
             " added to every log hazard (offset): what is told is beside it, and curves, log-rank "
             "tests, cuts and the C-index of a column alone do not know of it",
             out);
    put_list(in, "offset", "; the ratio of ", " itself is of what its coefficient of 1 lacks, or has too much", out);
    fputs(". Hazard ratios are of one standard deviation of the column over all patients (of one unit where it has two "
          "values), with Wald’s 95 % limits. Each column alone is tested by the "
          "likelihood ratio, corrected by Benjamini and Hochberg over all columns that have one.",
          out);
    put_list(in, "uncomputed", " Of ", " columns the models could not be computed: they are not among these.", out);
    put_list(in, "cox", " Together in one model: ", ", of the patients who have all of them.", out);
    fputs(" Proportional hazards are tested by scaled Schoenfeld residuals against the Kaplan–Meier scale of time; the "
          "C-index is Harrell’s",
          out);
    within(in, ", within each ", out);
    fputs(", and apparent.", out);
    put_list(in, "compare_base", " A model of ", "", out);
    put_list(in, "compare_with", " is held against the same with ", ", by the likelihood ratio on the same patients.",
             out);
    put_list(in, "nomogram_missing", " A nomogram was asked for and is not drawn: the model’s ratios are not finite (",
             ").", out);
    if (is_said(in, "nomogram_missing")) return;
    if (is_said(in, "nomogram"))
        fputs(" The nomogram gives the model’s terms points; its calibration is on the same patients, apparent", out);
    if (number_of(in, "nomogram_resamples") > 0.0) {
        put_list(in, "nomogram_resamples", ", and corrected for optimism by ", " resamples", out);
        put_list(in, "nomogram_seed", " (seed ", ")", out);
    }
    if (is_said(in, "nomogram")) fputc('.', out);
}

static void of_subgroups(const rml_report_input *in, FILE *out)
{
    put_list(in, "subgroups_of", "The hazard ratio of ", " is estimated", out);
    put_list(in, "subgroups_by", " in each value of ", "", out);
    if (!is_said(in, "subgroups_of")) return;
    fputs(", a model each", out);
    within(in, " with strata of ", out);
    fputs(". Whether subgroups differ is tested by the likelihood ratio of a model with their interaction against one "
          "without.",
          out);
}

static void of_cuts(const rml_report_input *in, FILE *out)
{
    char text[32];

    if (!is_said(in, "cutpoint")) return;
    put_list(in, "cutpoint", "Cut-points of ", "", out);
    fprintf(
        out,
        " are searched among all values that leave a share of %s of the patients on either side, by the standardised "
        "sum of log-rank scores (Hothorn and Lausen)",
        rml_report_digits(number_of(in, "cutpoint_least"), 2, text));
    within(in, ", scores and permutations within each ", out);
    put_list(in, "cutpoint_permutations", ". p is of the largest statistic of all cuts, by ", " permutations", out);
    put_list(in, "cutpoint_seed", " (seed ", ")", out);
    fputs("; at a learned cut no hazard ratio and no log-rank test is given.", out);
}

static void of_software(const rml_report_input *in, FILE *out)
{
    put_list(in, "version", "radmill survive ", "", out);
    put_list(in, "commit", " (commit ", ")", out);
    fputs(". Numbers are those of R’s survival package (coxph, cox.zph, survfit, survdiff).", out);
}

void rml_report_survive_methods(rml_report *r)
{
    static const struct {
        const char *title;
        void (*put)(const rml_report_input *, FILE *);
    } paragraph[] = {
        {"Patients and outcome", of_patients}, {"Survival of groups", of_groups}, {"Hazard ratios", of_models},
        {"Subgroups", of_subgroups},           {"Cut-points", of_cuts},           {"Software", of_software}};
    FILE *out;

    if (!r->in.there[RML_REPORT_ABOUT]) return;
    out = rml_report_piece(r, RML_REPORT_METHODS);
    if (r->in.folder) fputs("<h3>Time to the event, of all patients</h3>\n", out);
    for (size_t k = 0; k < sizeof paragraph / sizeof *paragraph; ++k) {
        char *text = NULL;
        size_t n_bytes = 0;
        FILE *prose = open_memstream(&text, &n_bytes);

        if (!prose) {
            r->no_memory = true;
            return;
        }
        paragraph[k].put(&r->in, prose);
        if (fclose(prose) != 0) r->no_memory = true;
        if (n_bytes > 0) /* no heading of what this study does not ask */
            fprintf(out, "<h3>%s</h3>\n<p>%s</p>\n", paragraph[k].title, text);
        free(text);
    }
}

/* 4. Sources ------------------------------------------------------------------------------------------------------- */

void rml_report_survive_words(rml_report *r)
{
    const rml_report_input *in = &r->in;
    FILE *out;

    if (!in->there[RML_REPORT_ABOUT]) return;
    out = rml_report_piece(r, RML_REPORT_SOURCES);
    fputs("<h3>What <code>radmill survive</code> was asked, every default said</h3>\n<pre>", out);
    for (int64_t row = 0; row < in->table[RML_REPORT_ABOUT].n_rows; ++row) {
        const char *what = rml_report_cell(in, RML_REPORT_ABOUT, row, "what");
        const bool goes_on = row > 0 && strcmp(rml_report_cell(in, RML_REPORT_ABOUT, row - 1, "what"), what) == 0;

        if (!goes_on) {
            fputs(row > 0 ? "\n" : "", out);
            rml_html_text(out, what);
        }
        fputs(goes_on ? ", " : ": ", out);
        rml_html_text(out, rml_report_cell(in, RML_REPORT_ABOUT, row, "value"));
    }
    fputs("\n</pre>\n", out);
}
