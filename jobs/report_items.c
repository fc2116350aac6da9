/* The items of two reporting guidelines, answered from the run where it knows, blank where only the authors do.
 *
 * CLEAR: Kocak et al., Insights Imaging 2023;14:75. TRIPOD+AI: Collins et al., BMJ 2024;385:e078378. Their items in
 * short words of our own: the guidelines say what each asks for. */
#include <string.h>

#include "jobs/report_facts.h"

typedef struct rml_item {
    const char *number, *asks;
    const char *section;      /* of this page where the answer is, when the page has it; NULL */
    const char *authors;      /* what only they can say, whatever the run says; NULL: nothing */
    rml_report_fact *fact[4]; /* NULL at the end */
} rml_item;

static const rml_item clear[] = {
    {"1", "Title: that it is radiomics, and by what method", NULL, "the title", {NULL}},
    {"2", "Abstract: structured, with what matters", NULL, "the abstract", {NULL}},
    {"3", "Keywords of radiomics", NULL, "keywords", {NULL}},
    {"4", "Scientific or clinical background", NULL, "the introduction", {NULL}},
    {"5", "Why a radiomic approach", NULL, "the rationale", {NULL}},
    {"6", "Objectives", NULL, "the objectives", {NULL}},
    {"7", "Adherence to guidelines or checklists", NULL, "which; this table answers what a run can", {NULL}},
    {"8", "Ethical details", NULL, "approval, consent, data protection", {NULL}},
    {"9", "Sample size calculation", NULL, "how the size was arrived at", {rml_fact_sample}},
    {"10", "Nature of the study", NULL, "retrospective or prospective, its design, any registration", {NULL}},
    {"11", "Eligibility criteria", NULL, "criteria and how patients were picked", {rml_fact_rows}},
    {"12", "Flowchart of the technical pipeline", NULL, "the figure; its first steps are these", {rml_fact_prepare}},
    {"13", "Source of the data", NULL, "private or public, and where", {NULL}},
    {"14", "Overlap of the data", NULL, "what was in earlier publications, and how this study differs", {NULL}},
    {"15", "How the data were split", NULL, NULL, {rml_fact_split, rml_fact_inner}},
    {"16",
     "Imaging protocol",
     NULL,
     "scanners, acquisition, reconstruction, contrast, preparation",
     {rml_fact_spacing}},
    {"17", "Non-radiomic predictors defined", NULL, "their definitions, and how they were picked", {rml_fact_clinical}},
    {"18", "Reference standard (outcome) defined", NULL, "how, when and by whom, and why this one", {rml_fact_outcome}},
    {"19", "Segmentation strategy", NULL, "software and rules; which lesions", {NULL}},
    {"20", "Who segmented", NULL, "how many, with what experience, and how they agreed on one form", {NULL}},
    {"21", "Pre-processing of images", NULL, "what was done before the extraction", {rml_fact_normalisation}},
    {"22", "Resampling and its parameters", NULL, NULL, {rml_fact_resampling}},
    {"23", "Discretisation and its parameters", NULL, "why this one", {rml_fact_discretisation}},
    {"24", "Image types", NULL, NULL, {rml_fact_image_types}},
    {"25", "Feature extraction method", NULL, NULL, {rml_fact_extractor, rml_fact_definitions}},
    {"26", "Feature classes", NULL, NULL, {rml_fact_classes}},
    {"27", "Number of features", NULL, NULL, {rml_fact_features}},
    {"28", "That the other parameters are the defaults", NULL, NULL, {rml_fact_defaults}},
    {"29", "Missing data", NULL, "how much is missing, and why", {rml_fact_missing}},
    {"30", "Class imbalance", NULL, NULL, {rml_fact_imbalance}},
    {"31", "Reliability of the segmentation", NULL, NULL, {rml_fact_reliability}},
    {"32", "Scaling of features", NULL, NULL, {rml_fact_scaling}},
    {"33", "Dimension reduction", NULL, NULL, {rml_fact_reduction, rml_fact_selections}},
    {"34", "Algorithms", NULL, NULL, {rml_fact_modeller, rml_fact_models}},
    {"35", "Training and tuning", NULL, NULL, {rml_fact_inner, rml_fact_choice}},
    {"36", "Confounders", NULL, "which were considered, and what was done", {rml_fact_controls}},
    {"37", "How the final model was selected", NULL, NULL, {rml_fact_choice, rml_fact_final}},
    {"38",
     "Testing technique",
     NULL,
     "whether any test is external: of another institution, or of a later time",
     {rml_fact_split, rml_fact_others}},
    {"39", "Performance metrics, and why these", NULL, "why these", {rml_fact_measures}},
    {"40", "Uncertainty", NULL, NULL, {rml_fact_intervals, rml_fact_permutations}},
    {"41", "Statistical comparison of performance", NULL, NULL, {rml_fact_intervals}},
    {"42", "Comparison with non-radiomic and combined methods", NULL, NULL, {rml_fact_compared}},
    {"43", "Interpretability and explainability", "model", NULL, {NULL}},
    {"44",
     "Baseline characteristics",
     NULL,
     "demographic and clinical characteristics, part by part",
     {rml_fact_sample, rml_fact_centres}},
    {"45", "Flowchart of eligibility", "cohort", "who was left out before the table was made", {NULL}},
    {"46", "Statistics of features", "selection", NULL, {NULL}},
    {"47", "Performance of the model", NULL, NULL, {rml_fact_performance}},
    {"48", "Results beside non-radiomic and combined approaches", NULL, NULL, {rml_fact_compared}},
    {"49", "Overview of important findings", NULL, "the discussion", {NULL}},
    {"50", "Previous works, and what is different", NULL, "the discussion", {NULL}},
    {"51", "Practical implications", NULL, "the discussion", {NULL}},
    {"52", "Strengths and limitations", NULL, "the discussion", {NULL}},
    {"53", "Sharing images and segmentations (not essential)", NULL, "whether and where", {NULL}},
    {"54",
     "Sharing feature data",
     NULL,
     "whether and where; tables and features.h5ad name patients and files as the cohort does",
     {NULL}},
    {"55", "Sharing pre-processing scripts or settings", NULL, "where", {rml_fact_defaults}},
    {"56",
     "Sharing source code of the modelling",
     NULL,
     "where; the study file makes the run again",
     {rml_fact_modeller}},
    {"57", "Sharing final model files", NULL, "where", {rml_fact_final}},
    {"58", "Sharing a ready-to-use system (not essential)", NULL, "whether and where", {NULL}},
};

static const rml_item tripod[] = {
    {"1", "Title: developed or evaluated, population, outcome", NULL, "the title", {NULL}},
    {"2", "Abstract (by its own checklist)", NULL, "the abstract", {NULL}},
    {"3a", "Health care context and rationale", NULL, "the introduction", {NULL}},
    {"3b", "Target population, purpose in the care pathway, users", NULL, "the introduction", {NULL}},
    {"3c", "Known health inequalities between groups", NULL, "the introduction", {NULL}},
    {"4", "Objectives: development, validation or both", NULL, "the objectives", {NULL}},
    {"5a", "Sources of data", NULL, "origin of either set, why these, and whether they are representative", {NULL}},
    {"5b", "Dates", NULL, "start and end of accrual and follow-up", {NULL}},
    {"6a", "Setting and centres", NULL, "setting and places", {rml_fact_centres}},
    {"6b", "Eligibility", NULL, "criteria", {rml_fact_rows}},
    {"6c", "Treatments", NULL, "which, and how they were handled", {NULL}},
    {"7",
     "Data preparation and checks of quality",
     NULL,
     "whether alike across groups of patients",
     {rml_fact_normalisation, rml_fact_resampling, rml_fact_prepare}},
    {"8a",
     "Outcome and its time horizon",
     NULL,
     "definition, how and when it was assessed, and why this one",
     {rml_fact_outcome}},
    {"8b", "Assessors of the outcome, if it is a judgement", NULL, "qualifications and demographics", {NULL}},
    {"8c", "Blinding of the outcome’s assessment", NULL, "what was done", {NULL}},
    {"9a", "Choice of predictors", NULL, "why these", {rml_fact_features, rml_fact_selections}},
    {"9b",
     "Definition of predictors",
     NULL,
     "how and when they were measured",
     {rml_fact_definitions, rml_fact_classes, rml_fact_clinical}},
    {"9c",
     "Assessors of predictors, if they are judgements",
     NULL,
     "who segmented; qualifications and demographics",
     {NULL}},
    {"10", "Sample size", NULL, "how it was arrived at, and that it suffices", {rml_fact_sample}},
    {"11", "Missing data", NULL, "reasons for what was left out", {rml_fact_missing}},
    {"12a", "Use of the data", NULL, NULL, {rml_fact_split}},
    {"12b", "Handling of predictors (form, scale)", NULL, NULL, {rml_fact_scaling}},
    {"12c",
     "Type of model, its building, tuning, internal validation",
     NULL,
     "why these models",
     {rml_fact_models, rml_fact_inner, rml_fact_choice}},
    {"12d", "Heterogeneity across clusters", NULL, NULL, {rml_fact_per_centre}},
    {"12e", "Measures and plots", NULL, "why these", {rml_fact_measures, rml_fact_intervals}},
    {"12f", "Model updating", NULL, "whether there was any", {NULL}},
    {"12g", "How predictions were calculated", NULL, NULL, {rml_fact_final}},
    {"13", "Class imbalance", NULL, "why, where something was done", {rml_fact_imbalance}},
    {"14", "Fairness", NULL, "what was done, and why", {NULL}},
    {"15", "Output of the model, and thresholds", NULL, "why these", {rml_fact_threshold}},
    {"16",
     "Training against evaluation data",
     NULL,
     "differences in setting, eligibility, outcome and predictors, where there is an external evaluation",
     {rml_fact_split}},
    {"17", "Ethical approval", NULL, "committee, consent or its waiver", {NULL}},
    {"18a", "Funding", NULL, "sources, and the role of funders", {NULL}},
    {"18b", "Conflicts of interest", NULL, "of all authors", {NULL}},
    {"18c", "Protocol", NULL, "where it can be found, or that there is none", {NULL}},
    {"18d", "Registration", NULL, "register and number, or that there is none", {NULL}},
    {"18e", "Data sharing", NULL, "whether and where", {NULL}},
    {"18f", "Code sharing", NULL, "where", {rml_fact_modeller, rml_fact_extractor}},
    {"19", "Patient and public involvement", NULL, "any, or none", {NULL}},
    {"20a", "Flow of participants", "cohort", "follow-up", {NULL}},
    {"20b",
     "Characteristics",
     NULL,
     "demographics, dates, treatments, follow-up, missing values",
     {rml_fact_sample, rml_fact_centres}},
    {"20c",
     "Evaluation data beside development data",
     NULL,
     "distributions, where there is an external evaluation",
     {NULL}},
    {"21", "Participants and events in each analysis", NULL, NULL, {rml_fact_sample, rml_fact_split}},
    {"22", "The full model", NULL, "where it can be had, and restrictions", {rml_fact_final}},
    {"23a", "Performance with intervals", NULL, "in key subgroups of patients", {rml_fact_performance}},
    {"23b", "Heterogeneity of performance across clusters", NULL, NULL, {rml_fact_per_centre}},
    {"24", "Results of updating", NULL, "if there was any", {NULL}},
    {"25", "Interpretation, with fairness", NULL, "the discussion", {NULL}},
    {"26", "Limitations", NULL, "the discussion", {NULL}},
    {"27a",
     "Input of poor quality or not to be had",
     NULL,
     "how it is to be assessed and handled in use",
     {rml_fact_missing}},
    {"27b", "What users have to do and to know", NULL, "what is asked of them", {NULL}},
    {"27c", "Next steps", NULL, "the discussion", {NULL}},
};

static const char *const standing[] = {"no", "in part", "yes"};

/* How much of the item the run answers, as in standing. Where it does not say what it could, that is the authors' too.
 */
static int put_item(const rml_report *r, const rml_item *item, FILE *out, FILE *csv, const char *list)
{
    const char *authors = item->authors;
    bool answered = item->section && rml_report_has_section(r, item->section);
    int how;

    fprintf(out, "<tr><td>%s</td><td>", item->number);
    rml_html_text(out, item->asks);
    fputs("</td><td>", out);
    if (answered) fprintf(out, "See <a href=\"#%s\">%s</a>. ", item->section, rml_report_section_title(item->section));
    for (int32_t f = 0; f < 4 && item->fact[f]; ++f) {
        const long before = ftell(out);

        item->fact[f](&r->in, out);
        answered |= ftell(out) > before;
        if (ftell(out) > before) fputs(" ", out);
    }
    if (!authors && !answered) authors = "this run does not say";
    how = !answered ? 0 : authors ? 1 : 2;
    if (authors) {
        fputs("<span class=\"blank\">Authors: ", out);
        rml_html_text(out, authors);
        fputs(" ______</span>", out);
    }
    fputs("</td></tr>\n", out);
    fprintf(csv, "%s,%s", list, item->number);
    rml_csv_text(csv, item->asks, false);
    fprintf(csv, ",%s", standing[how]);
    rml_csv_text(csv, authors ? authors : "", false);
    fputc('\n', csv);
    return how;
}

static void put_list(rml_report *r, const char *name, const char *source, const rml_item *item, int32_t n, FILE *out,
                     FILE *csv)
{
    int32_t n_of[3] = {0};

    fprintf(out,
            "<h3>%s</h3>\n<p class=\"note\">%s</p>\n<table class=\"items\"><thead><tr><th></th><th>Item</th><th>From "
            "this run</th></tr></thead><tbody>\n",
            name, source);
    for (int32_t k = 0; k < n; ++k) ++n_of[put_item(r, &item[k], out, csv, name)];
    fprintf(out,
            "</tbody></table>\n<p class=\"note\">Of %d items the run answers %d, and %d in part; %d are the authors’ "
            "alone.</p>\n",
            n, n_of[2], n_of[1], n_of[0]);
}

void rml_report_items(rml_report *r)
{
    FILE *out = rml_report_piece(r, RML_REPORT_ITEMS), *csv = rml_report_csv(r, "items");

    fputs("list,item,asks,answered_by_run,authors\n", csv);
    put_list(r, "CLEAR",
             "Checklist for Evaluation of Radiomics research (Kocak et al., Insights into Imaging 2023;14:75), items "
             "in short.",
             clear, sizeof clear / sizeof *clear, out, csv);
    put_list(r, "TRIPOD+AI", "Collins et al., BMJ 2024;385:e078378, items in short.", tripod,
             sizeof tripod / sizeof *tripod, out, csv);
}
