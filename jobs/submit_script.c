#include "jobs/submit_script.h"

#include <ctype.h>
#include <string.h>

#include "slurm_texts.h"

const char rml_script_mark[] = "# Written by radmill submit, which replaces it: keep another name for what you change.";

/* Where the part ends that people read. */
static const char fold[] = "# ---- nothing to edit below ----";

bool rml_script_is_word(const char *text)
{
    if (!*text) return false;
    for (; *text; ++text)
        if (!isalnum((unsigned char)*text) && !strchr("_-.,:/=@%+[]", *text)) return false;
    return true;
}

void rml_script_quote(const char *text, FILE *out)
{
    bool plain = *text != '\0';

    for (const char *c = text; *c; ++c) plain &= isalnum((unsigned char)*c) || strchr("_-./:,+@%", *c);
    if (plain) {
        fputs(text, out);
        return;
    }
    putc('\'', out);
    for (; *text; ++text)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            putc(*text, out);
    putc('\'', out);
}

void rml_script_limit(int64_t minutes, char *text)
{
    const long long m = minutes, days = m / 1440;

    if (days > 0)
        snprintf(text, 32, "%lld-%02lld:%02lld:00", days, m / 60 % 24, m % 60);
    else
        snprintf(text, 32, "%02lld:%02lld:00", m / 60, m % 60);
}

static bool begins(const char *line, const char *with)
{
    return strncmp(line, with, strlen(with)) == 0;
}

static void print_word_line(const char *prefix, const char *word, FILE *out)
{
    if (word) fprintf(out, "%s%s\n", prefix, word);
}

static void print_value(const char *name, const char *value, FILE *out)
{
    fprintf(out, "%s=", name);
    rml_script_quote(value, out);
    putc('\n', out);
}

/* The line of the template that the script says otherwise; false: it stays as it is. */
static bool print_filled(const rml_script *s, const char *line, FILE *out)
{
    char text[32];

    if (begins(line, "#SBATCH --partition="))
        print_word_line("#SBATCH --partition=", s->partition, out);
    else if (begins(line, "#SBATCH --account="))
        print_word_line("#SBATCH --account=", s->account, out);
    else if (begins(line, "#SBATCH --ntasks="))
        fprintf(out, "#SBATCH --ntasks=%lld\n", (long long)s->n_ranks);
    else if (begins(line, "#SBATCH --mem-per-cpu="))
        fprintf(out, "#SBATCH --mem-per-cpu=%lldM\n", (long long)s->mebibytes);
    else if (begins(line, "#SBATCH --time=")) {
        rml_script_limit(s->minutes, text);
        fprintf(out, "#SBATCH --time=%s\n", text);
    } else if (begins(line, ": \"${modules="))
        print_value("modules", s->modules ? s->modules : "", out);
    else if (begins(line, ": \"${cohort=") || begins(line, ": \"${study="))
        print_value(s->kind == RML_SCRIPT_EXTRACT ? "cohort" : "study", s->input, out);
    else if (begins(line, ": \"${features=") || begins(line, ": \"${results="))
        print_value(s->kind == RML_SCRIPT_EXTRACT ? "features" : "results", s->output, out);
    else if (begins(line, ": \"${launch=") && s->launch)
        print_value("launch", s->launch, out);
    else if (begins(line, "# The site's values;"))
        fputs("# What it works on. In a line with a colon a variable of that name in the environment of sbatch goes "
              "first.\n",
              out);
    else if (begins(line, ": \"${options=")) /* they stand in the command, each word in quotes of its own */
        return true;
    else if (begins(line, ". \"${RADMILL_SLURM"))
        fputs(slurm_supervise, out);
    else
        return false;
    return true;
}

/* The command: the program by its path where no module brings it, and the options word by word. */
static void print_command(const rml_script *s, const char *line, size_t n, FILE *out)
{
    static const char program[] = " radmill ", options[] = " $options";

    for (size_t at = 0; at < n;) {
        if (!s->modules && begins(line + at, program)) {
            putc(' ', out);
            rml_script_quote(s->program, out);
            at += sizeof program - 2; /* the blank behind it is still to come */
        } else if (begins(line + at, options)) {
            for (int32_t o = 0; o < s->n_options; ++o) {
                putc(' ', out);
                rml_script_quote(s->option[o], out);
            }
            at += sizeof options - 1;
        } else
            putc(line[at++], out);
    }
    putc('\n', out);
}

void rml_script_print(const rml_script *s, bool head_only, FILE *out)
{
    const char *line = s->kind == RML_SCRIPT_EXTRACT ? slurm_extract : slurm_sweep;

    for (int number = 1; *line; ++number) {
        const size_t n = strcspn(line, "\n");

        if (number == 2)
            fprintf(out, "%s\n", rml_script_mark);
        else if (head_only && begins(line, fold))
            fprintf(out, "# ---- and how the job is supervised: slurm/supervise.sh ----\n");
        else if (head_only && begins(line, ". "))
            ; /* its 80 lines say the same of every job */
        else if (begins(line, "supervise "))
            print_command(s, line, n, out);
        else if (!print_filled(s, line, out))
            fprintf(out, "%.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
}
