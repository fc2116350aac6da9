/* Facts of a run's steps and models, every setting that played a part.
 *
 * 1. Blocks of the study's lines
 * 2. Steps
 * 3. Selections and models */
#include <stdlib.h>
#include <string.h>

#include "jobs/report_facts.h"

/* 1. Blocks of the study's lines ----------------------------------------------------------------------------------- */

/* Whether the set-in lines from `at` on have one "  name: values" with one of the values, or no such line at all. */
static bool allows(const char *at, const char *name, const char *const *value)
{
    const size_t n = strlen(name);

    for (; at && strncmp(at, "  ", 2) == 0; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
        const char *end = at + strcspn(at, "\n");

        if (strncmp(at + 2, name, n) != 0 || at[2 + n] != ':') continue;
        for (; *value; ++value)
            for (const char *word = at + 2 + n; word < end; word += strcspn(word, " \n")) {
                word += strspn(word, " :");
                if (word < end && strcspn(word, " \n") == strlen(*value) && strncmp(word, *value, strlen(*value)) == 0)
                    return true;
            }
        return false;
    }
    return true;
}

/* Whether a model's setting ("  lambda: 0.1") means anything beside the others of its block: whoever repeats the study
 * by its methods would take the lambda for used where it was chosen. */
static bool plays_part(const char *block, const char *line)
{
    static const struct {
        const char *setting, *of, *values[4];
    } only[] = {{"alpha", "penalty", {"elasticnet"}},
                {"l1_ratio", "penalty", {"elasticnet"}},
                {"C", "penalty", {"l1", "l2", "elasticnet"}},
                {"choose", "penalty", {"lasso", "ridge", "elasticnet"}},
                {"lambda", "penalty", {"lasso", "ridge", "elasticnet"}},
                {"lambda", "choose", {"given"}},
                {"kfold", "penalty", {"lasso", "ridge", "elasticnet"}},
                {"kfold", "choose", {"min", "1se"}}};
    const size_t n = strcspn(line + 2, ":");

    for (size_t k = 0; k < sizeof only / sizeof *only; ++k)
        if (strlen(only[k].setting) == n && strncmp(line + 2, only[k].setting, n) == 0 &&
            !allows(block, only[k].of, only[k].values))
            return false;
    return true;
}

/* Lines that begin with a word ("select ", "model "), as a list; the set-in lines behind each as a list of its own. */
static void put_blocks(const rml_report_input *in, const char *word, FILE *out)
{
    bool within = false, any = false, inner = false;
    const char *block = NULL; /* its set-in lines */

    for (const char *line = in->study; line && *line;) {
        const size_t end = strcspn(line, "\n");
        const bool begins = strncmp(line, word, strlen(word)) == 0, set_in = line[0] == ' ';
        char *copy = strndup(line, end);

        if (copy && begins) {
            fputs(inner ? "</ul></li><li>" : any ? "</li><li>" : "<ul><li>", out);
            rml_fact_bare(copy + strlen(word), out);
            any = true;
            inner = false;
            block = line + end + (line[end] == '\n');
        } else if (copy && within && set_in && block && plays_part(block, line)) {
            fputs(inner ? "<li>" : "<ul><li>", out);
            rml_fact_bare(copy, out);
            fputs("</li>", out);
            inner = true;
        }
        within = begins || (within && set_in);
        free(copy);
        line += end + (line[end] == '\n');
    }
    if (any) fputs(inner ? "</ul></li></ul>" : "</li></ul>", out);
}

/* The set-in lines behind a line. */
static void put_steps(const rml_report_input *in, const char *word, FILE *out)
{
    bool within = false, any = false;

    for (const char *line = in->study; line && *line;) {
        const size_t end = strcspn(line, "\n");
        char *copy = strndup(line, end);

        within = strncmp(line, word, strlen(word)) == 0 || (within && line[0] == ' ');
        if (copy && within && line[0] == ' ') {
            fputs(any ? "<li>" : "<ol><li>", out);
            rml_fact_bare(copy, out);
            fputs("</li>", out);
            any = true;
        }
        free(copy);
        line += end + (line[end] == '\n');
    }
    fputs(any ? "</ol>" : "None.", out);
}

/* 2. Steps ------------------------------------------------------------------------------------------------------- */

void rml_fact_prepare(const rml_report_input *in, FILE *out)
{
    put_steps(in, "prepare:", out);
}

void rml_fact_reliability(const rml_report_input *in, FILE *out)
{
    rml_fact_line(in, "  icc", 0, "Intraclass correlation in every training part: ", ". ", out);
    if (in->agreement.n_columns > 0)
        fputs("Agreement of readings: under <a href=\"#quality\">Centres and readers</a>.", out);
}

void rml_fact_missing(const rml_report_input *in, FILE *out)
{
    rml_fact_line(in, "  clean", 0, "Columns left out by ", ". ", out);
    rml_fact_line(in, "  impute", 0, "Imputed from training patients: ", ".", out);
}

void rml_fact_scaling(const rml_report_input *in, FILE *out)
{
    rml_fact_line(in, "  combat", 0, "ComBat: ", ". ", out);
    rml_fact_line(in, "  scale", 0, "Scaled: ", ".", out);
}

void rml_fact_reduction(const rml_report_input *in, FILE *out)
{
    static const char *const kind[] = {"  clean", "  icc", "  redundancy", "  pca"};
    bool within = false;

    for (const char *line = in->study; line && *line; line += strcspn(line, "\n"), line += *line == '\n') {
        within = strncmp(line, "prepare:", 8) == 0 || (within && line[0] == ' ');
        for (size_t k = 0; within && k < sizeof kind / sizeof *kind; ++k) {
            const size_t n = strlen(kind[k]);
            char *copy = strncmp(line, kind[k], n) == 0 && (line[n] == ':' || line[n] == '\n')
                             ? strndup(line, strcspn(line, "\n"))
                             : NULL;

            if (!copy) continue;
            fputs("In preparation: ", out);
            rml_fact_bare(copy, out);
            fputs(". ", out);
            free(copy);
        }
    }
}

/* 3. Selections and models ----------------------------------------------------------------------------------------- */

void rml_fact_selections(const rml_report_input *in, FILE *out)
{
    put_blocks(in, "select ", out);
}

void rml_fact_models(const rml_report_input *in, FILE *out)
{
    put_blocks(in, "model ", out);
}
