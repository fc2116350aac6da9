/* 1. Lines of the study and of the parameters
 * 2. The extraction
 * 3. Patients
 * 4. Folds, measures, controls
 * 5. Results; steps and models have a file of their own, report_steps.c */
#include "jobs/report_facts.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 1. Lines of the study and of the parameters ---------------------------------------------------------------------- */

bool rml_fact_line(const rml_report_input *in, const char *word, int32_t n, const char *before, const char *after,
                   FILE *out)
{
    char *line = rml_report_study(in, word, n);
    const bool there = line != NULL;

    if (there) {
        fputs(before, out);
        rml_html_text(out, line);
        fputs(after, out);
    }
    free(line);
    return there;
}

void rml_fact_bare(const char *line, FILE *out)
{
    char *copy = strdup(line + strspn(line, " "));
    const size_t n = copy ? strlen(copy) : 0;

    if (n > 0 && copy[n - 1] == ':') copy[n - 1] = '\0';
    if (copy) rml_html_text(out, copy);
    free(copy);
}

static bool has_setting(const cJSON *list, const char *setting)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list) if (cJSON_IsString(item) && strcmp(item->valuestring, setting) == 0) return true;
    return false;
}

/* A canonical setting of what is not done: nobody's to read in the methods. */
static bool is_idle(const cJSON *list, const char *setting)
{
    static const char none[] = ".binCount: 0";
    const size_t n = strlen(setting);

    if (strncmp(setting, "normalizeScale", 14) == 0 || strncmp(setting, "removeOutliers", 14) == 0)
        return has_setting(list, "normalize: false");
    if (strncmp(setting, "resegmentMode", 13) == 0 || strncmp(setting, "resegmentShape", 14) == 0)
        return has_setting(list, "resegmentRange:");
    return n >= strlen(none) && strcmp(setting + n - strlen(none), none) == 0;
}

/* The extraction's canonical settings that a word is in, as the final model has them, behind what they are about. */
static void put_settings(const rml_report_input *in, const char *about, const char *const *word, int32_t n, FILE *out)
{
    const cJSON *list = in->model ? cJSON_GetObjectItemCaseSensitive(in->model, "parameters") : NULL, *item;
    bool any = false;

    cJSON_ArrayForEach(item, list)
    {
        for (int32_t k = 0; cJSON_IsString(item) && k < n; ++k) {
            const char *colon = strchr(item->valuestring, ':');

            if (!strstr(item->valuestring, word[k]) || !colon || !colon[1] || is_idle(list, item->valuestring))
                continue; /* nothing is set */
            fputs(any ? "; " : about, out);
            rml_html_text(out, item->valuestring);
            any = true;
            break;
        }
    }
    if (any) fputs(".", out);
}

/* What the one setting of a word says, without the word. */
static void put_words(const rml_report_input *in, const char *about, const char *word, FILE *out)
{
    const cJSON *list = in->model ? cJSON_GetObjectItemCaseSensitive(in->model, "parameters") : NULL, *item;

    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item) || strncmp(item->valuestring, word, strlen(word)) != 0) continue;
        fputs(about, out);
        rml_html_text(out, item->valuestring + strlen(word));
        fputs(".", out);
    }
}

/* 2. The extraction ------------------------------------------------------------------------------------------------ */

void rml_fact_modeller(const rml_report_input *in, FILE *out)
{
    char *version = rml_h5_file_said(in->h5, "/", "version"), *commit = rml_h5_file_said(in->h5, "/", "commit");

    if (version)
        rml_html_print(out, "Models: radmill %s, commit %s.", version, commit && *commit ? commit : "not known");
    free(version);
    free(commit);
}

void rml_fact_extractor(const rml_report_input *in, FILE *out)
{
    const rml_report_extraction *x = &in->extraction;

    if (x->version)
        rml_html_print(out, "Features: radmill %s, commit %s (%s).", x->version, x->commit ? x->commit : "not known",
                       x->libraries ? x->libraries : "");
}

void rml_fact_software(const rml_report_input *in, FILE *out)
{
    rml_fact_modeller(in, out);
    fputc(' ', out);
    rml_fact_extractor(in, out);
}

void rml_fact_extraction(const rml_report_input *in, FILE *out)
{
    if (!in->extraction.there) return;
    fprintf(out, "Features of %lld regions, of %lld rows of image and mask; %lld failed, %lld warnings.",
            (long long)in->extraction.n_rois, (long long)in->extraction.input.n, (long long)in->extraction.failed_id.n,
            (long long)in->extraction.warned_id.n);
    if (in->extraction.nan_policy)
        rml_html_print(out, " Voxels that are not finite: %s.",
                       strcmp(in->extraction.nan_policy, "exclude") == 0 ? "left out of the region" : "an error");
}

void rml_fact_definitions(const rml_report_input *in, FILE *out)
{
    const cJSON *list = in->model ? cJSON_GetObjectItemCaseSensitive(in->model, "parameters") : NULL, *item;
    bool ibsi = false;

    if (cJSON_GetArraySize(list) == 0) return;
    cJSON_ArrayForEach(item, list) ibsi |= cJSON_IsString(item) && strstr(item->valuestring, "profile") != NULL;
    fputs(ibsi ? "Features by the definitions of the Image Biomarker Standardisation Initiative."
               : "Features by PyRadiomics’ definitions, computed by radmill; its documentation lists what each is held "
                 "against.",
          out);
}

void rml_fact_image_types(const rml_report_input *in, FILE *out)
{
    put_words(in, "Images: ", "imageType: ", out);
}

void rml_fact_classes(const rml_report_input *in, FILE *out)
{
    put_words(in, "Classes: ", "featureClass: ", out);
}

void rml_fact_normalisation(const rml_report_input *in, FILE *out)
{
    static const char *const word[] = {"normalize", "removeOutliers", "resegment", "outlierSigma", "roundIntensities"};

    put_settings(in, "Intensities: ", word, sizeof word / sizeof *word, out);
}

void rml_fact_resampling(const rml_report_input *in, FILE *out)
{
    static const char *const word[] = {"resampledPixelSpacing", "nterpolator", "padDistance"};
    const cJSON *list = in->model ? cJSON_GetObjectItemCaseSensitive(in->model, "parameters") : NULL;
    const long before = ftell(out);

    put_settings(in, "Grids: ", word, sizeof word / sizeof *word, out);
    if (ftell(out) == before && cJSON_GetArraySize(list) > 0)
        fputs("Not resampled: features on the images’ own grids.", out);
}

void rml_fact_discretisation(const rml_report_input *in, FILE *out)
{
    static const char *const word[] = {"binWidth", "binCount", "ivhBin"};

    put_settings(in, "Grey levels: ", word, sizeof word / sizeof *word, out);
}

void rml_fact_defaults(const rml_report_input *in, FILE *out)
{
    const cJSON *list = in->model ? cJSON_GetObjectItemCaseSensitive(in->model, "parameters") : NULL;

    if (cJSON_GetArraySize(list) == 0) return;
    fputs("Every setting of the extraction, defaults too: under <a href=\"#sources\">", out);
    fprintf(out, "%s</a>.", rml_report_section_title("sources"));
}

void rml_fact_features(const rml_report_input *in, FILE *out)
{
    fprintf(out, "%lld features", (long long)in->feature.n);
    rml_fact_line(in, "features", 0, " (of the table: ", ")", out);
    fputs(".", out);
}

/* 3. Patients ------------------------------------------------------------------------------------------------------ */

void rml_fact_rows(const rml_report_input *in, FILE *out)
{
    rml_fact_line(in, "table", 0, "Table ", "", out);
    for (int32_t k = 0; rml_fact_line(in, "rows", k, k > 0 ? ", " : ", rows with ", "", out);) ++k;
    rml_fact_line(in, "rows a patient", 0, "; rows a patient: ", "", out);
    rml_fact_line(in, "side by side", 0, "; side by side: ", "", out);
    rml_fact_line(in, "difference", 0, "; difference: ", "", out);
    fputs(".", out);
}

void rml_fact_sample(const rml_report_input *in, FILE *out)
{
    const int64_t n_events = rml_report_events(in, NULL);
    const int64_t n_others = in->patient.n - n_events;
    const rml_report_sizes sizes = rml_report_class_sizes(in);
    char text[32];

    fprintf(out, "%lld patients", (long long)in->patient.n);
    for (int32_t c = 0; c < sizes.n; ++c)
        rml_html_print(out, "%s%lld %.60s", c == 0 ? ": " : ", ", (long long)sizes.n_patients[c], sizes.name[c]);
    if (n_events >= 0)
        fprintf(out, in->event ? ", %lld of them with the event" : ", %lld of them positive", (long long)n_events);
    if (n_events >= 0 && in->feature.n > 0) { /* Peduzzi et al., Journal of Clinical Epidemiology 1996;49:1373 */
        const bool of_events = in->event || n_events <= n_others;
        const double share = (double)(of_events ? n_events : n_others) / (double)in->feature.n;

        fprintf(out, ": %s %s for each of the %lld features to choose from",
                rml_report_digits(share, share < 10.0 ? 2 : 0, text),
                in->event   ? "events"
                : of_events ? "positive patients"
                            : "negative patients",
                (long long)in->feature.n);
    }
    fputs(".", out);
}

void rml_fact_outcome(const rml_report_input *in, FILE *out)
{
    rml_fact_line(in, "outcome", 0, "Column ", ".", out);
}

void rml_fact_clinical(const rml_report_input *in, FILE *out)
{
    const bool used = rml_fact_line(in, "clinical features", 0, "As features beside the images’: ", ". ", out);
    const bool control =
        rml_fact_line(in, "clinical columns, for the controls alone", 0, "In the controls alone: ", ". ", out);

    if (!used && !control) fputs("No clinical column was used.", out);
}

void rml_fact_centres(const rml_report_input *in, FILE *out)
{
    const char **name = malloc(((size_t)in->centre.n + 1) * sizeof *name);
    int64_t n = 0;

    for (int64_t p = 0; name && p < in->centre.n; ++p) {
        int64_t k = 0;

        while (k < n && strcmp(name[k], in->centre.text[p]) != 0) ++k;
        if (k == n) name[n++] = in->centre.text[p];
    }
    if (n > 1) fprintf(out, "%lld centres; see their table.", (long long)n);
    if (n == 1) fputs("One centre: nothing here says how the model does at another.", out);
    free(name);
}

void rml_fact_spacing(const rml_report_input *in, FILE *out)
{
    if (in->row && in->centre.n > 0 && rml_frame_column(&in->frame, "diagnostics_Image-original_Spacing") >= 0)
        fputs("Spacings by centre: under <a href=\"#cohort\">Patients</a>.", out);
}

/* 4. Folds, measures, controls ------------------------------------------------------------------------------------- */

void rml_fact_split(const rml_report_input *in, FILE *out)
{
    rml_fact_line(in, "split", 0, "Outer: ", ". ", out);
    fputs("Patients are the unit; every step is fitted to training patients alone.", out);
}

void rml_fact_others(const rml_report_input *in, FILE *out)
{
    const char *n = rml_report_cell(in, RML_REPORT_VALIDATION, 0, "n");
    const char *known = rml_report_cell(in, RML_REPORT_VALIDATION, 0, "trained_on");

    if (!in->there[RML_REPORT_VALIDATION] || !*n) return;
    rml_html_print(out, "The final model was also tried on %.20s patients, nothing fitted again", n);
    if (*known && strcmp(known, "0") != 0) rml_html_print(out, ", of whom %.20s were trained on", known);
    fputc('.', out);
}

void rml_fact_inner(const rml_report_input *in, FILE *out)
{
    rml_fact_line(in, "inner", 0, "Inner: ", ".", out);
}

void rml_fact_choice(const rml_report_input *in, FILE *out)
{
    if (rml_report_single(in))
        fputs(
            "“Chosen”: in the training part the inner folds choose pipeline and settings, which are then fitted to all "
            "of it. The final model is what the same rule chooses on all patients, those held out too.",
            out);
    else
        fputs("“Chosen”: in every outer training part the inner folds choose pipeline and settings, which are then "
              "fitted "
              "to all "
              "of it. The final model is what the same rule chooses on all patients.",
              out);
}

void rml_fact_measures(const rml_report_input *in, FILE *out)
{
    rml_html_print(out, rml_report_single(in) ? "%s of the held-out part" : "%s, the mean over held-out parts",
                   rml_report_metric(in));
    if (in->two_classes)
        fputs("; over each repeat’s held-out patients together sensitivity, specificity, predictive values, Brier "
              "score, log "
              "loss, calibration slope, intercept and in the large, Hosmer–Lemeshow in ten groups with as many degrees "
              "of "
              "freedom, and net benefit",
              out);
    if (in->event)
        fputs(" (Harrell’s: of pairs of patients whose order is known, how often the one with the higher score has the "
              "event first)",
              out);
    if (in->there[RML_REPORT_TIMES])
        fputs(
            "; Uno’s C, AUC and Brier scores at times, with censoring weights of each fold’s training patients; groups "
            "of held-out patients at cuts of their training patients",
            out);
    fputs(".", out);
}

void rml_fact_intervals(const rml_report_input *in, FILE *out)
{
    if (rml_report_single(in))
        fprintf(out, "95 %% limits of the fixed models on the held-out patients%s%s", rml_report_fixed(in),
                in->two_classes ? "; p against “chosen” by DeLong’s paired test" : "");
    else
        fputs("95 % limits and p against “chosen” by Nadeau and Bengio’s correction for overlapping training parts "
              "(approximate)",
              out);
    fputs(in->table[RML_REPORT_CENTRES].n_rows > 0 && in->two_classes
              ? "; within centres by DeLong’s variance, which ignores training variability."
              : ".",
          out);
}

void rml_fact_controls(const rml_report_input *in, FILE *out)
{
    rml_fact_line(in, "controls", 0, "In the same folds, never chosen: ", ".", out);
}

/* Whether the leaderboard has a number for it: a control may have failed. */
static bool is_measured(const rml_report_input *in, const char *pipeline)
{
    const int32_t row = rml_report_pipeline(in, pipeline);

    return row >= 0 && !isnan(rml_report_number(in, RML_REPORT_BOARD, row, in->metric));
}

void rml_fact_compared(const rml_report_input *in, FILE *out)
{
    const bool combined = is_measured(in, "clinical + chosen");

    if (!is_measured(in, "clinical")) return; /* a volume alone is of the image too */
    fprintf(out, "“Clinical”%s beside “chosen”, in the same folds: under <a href=\"#performance\">Performance</a>%s.",
            combined ? " and “clinical + chosen”" : "", in->two_classes ? ", with net benefit" : "");
}

void rml_fact_permutations(const rml_report_input *in, FILE *out)
{
    const double n = rml_report_number(in, RML_REPORT_BOARD, 0, "permutations");
    const double failed = rml_report_number(in, RML_REPORT_BOARD, 0, "permutations_failed");
    const double p = rml_report_number(in, RML_REPORT_BOARD, 0, "permutation_p");
    char text[96];

    if (!(n > 0.0)) return;
    fprintf(out, "The whole procedure, choice included, on %.0f permutations of the outcome%s%s: p ", n,
            in->event ? " (time and event together)" : "", rml_report_centres(in) ? " within centres" : "");
    rml_html_text(out, isnan(p) ? "is none" : rml_report_p_permuted(p, n, text));
    if (failed > 0.0) fprintf(out, "; %.0f of them failed and count as at least as good", failed);
    fputs(".", out);
}

void rml_fact_threshold(const rml_report_input *in, FILE *out)
{
    if (in->event)
        fputs(
            "A score that is higher the earlier the event is expected, and, where <code>model.json</code> has a "
            "baseline, the probability to be without it at a time that is asked for (cumulative hazard of the training "
            "rows by Efron’s increments, whichever the model).",
            out);
    if (!in->two_classes) return;
    fputs("A probability, and a call at the threshold of Youden’s index on the inner out-of-fold scores of each fold’s "
          "training patients.",
          out);
}

/* The strength of the penalty that was chosen, where the model is of that kind. */
static void put_lambda(const rml_report_input *in, const char *pipeline, FILE *out)
{
    char select[2048], model[2048], where[2100];
    rml_h5_numbers lambda = {0};

    if (!rml_report_fit(in, pipeline, NULL, select, model)) return;
    snprintf(where, sizeof where, "%s/fitted/lambda", model);
    if (!rml_h5_file_has(in->h5, where) || rml_h5_file_numbers(in->h5, where, &lambda, NULL) != RML_OK) return;
    if (lambda.n_rows == 1 && lambda.n_columns == 1) fprintf(out, ", with lambda %.4g", lambda.value[0]);
    rml_h5_numbers_free(&lambda);
}

void rml_fact_final(const rml_report_input *in, FILE *out)
{
    const cJSON *pipeline = in->model ? cJSON_GetObjectItemCaseSensitive(in->model, "pipeline") : NULL;
    int32_t row;

    if (!pipeline || !cJSON_IsString(pipeline)) return;
    rml_html_print(out, "Final model: %s, fitted to all patients", pipeline->valuestring);
    put_lambda(in, pipeline->valuestring, out);
    fputs("; <code>model.json</code> holds every fitted number, and <code>radmill score</code> applies it.", out);
    row = rml_report_pipeline(in, pipeline->valuestring);
    if (row >= 0 && rml_report_number(in, RML_REPORT_BOARD, row, "splits") == 0.0)
        fputs(" No outer split has a figure of it: those here, that of chosen too, are of other pipelines.", out);
}

/* 5. Results ------------------------------------------------------------------------------------------------------- */

void rml_fact_performance(const rml_report_input *in, FILE *out)
{
    const int32_t row = rml_report_pipeline(in, "chosen");
    double low, high;
    char text[96];

    if (row < 0) return;
    rml_report_limits(in, row, &low, &high);
    rml_html_print(out, "Chosen: %s %s.", rml_report_metric(in),
                   rml_report_interval(rml_report_number(in, RML_REPORT_BOARD, row, in->metric), low, high, 3, text));
    fputs(" Figures and table under <a href=\"#performance\">Performance</a>.", out);
}

void rml_fact_imbalance(const rml_report_input *in, FILE *out)
{
    if (!in->two_classes && rml_report_class_sizes(in).n == 0) return;
    rml_fact_sample(in, out);
    rml_fact_line(in, "  class_weight", 0, " Weights of classes: ", ".", out);
}

void rml_fact_per_centre(const rml_report_input *in, FILE *out)
{
    if (in->there[RML_REPORT_CENTRES] && in->table[RML_REPORT_CENTRES].n_rows > 0)
        fputs("Centre by centre: under <a href=\"#quality\">Centres and readers</a>.", out);
}
