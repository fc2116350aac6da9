/* The items of two reporting guidelines, answered from the run where it knows, blank where only the authors do.
 *
 * CLEAR: Kocak et al., Insights Imaging 2023;14:75. TRIPOD+AI: Collins et al., BMJ 2024;385:e078378. Their items in
 * short words of our own: the guidelines say what each asks for. */
#include <string.h>

#include "jobs/report_facts.h"

typedef struct rml_item {
    const char *number, *asks;
    const char *section;      /* of this page where the answer is; NULL */
    const char *authors;      /* what only they can say; NULL: nothing */
    rml_report_fact *fact[4]; /* NULL at the end */
} rml_item;

static const rml_item clear[] = {
    {"1", "Title names the radiomic method", NULL, "the title", {NULL}},
    {"2", "Structured summary", NULL, "the abstract", {NULL}},
    {"3", "Keywords for radiomics", NULL, "keywords", {NULL}},
    {"4", "Scientific or clinical background", NULL, "the introduction", {NULL}},
    {"5", "Why a radiomic approach", NULL, "the rationale", {NULL}},
    {"6", "Objectives", NULL, "the objectives", {NULL}},
    {"7", "Adherence to guidelines or checklists", NULL, "which; this table answers what a run can", {NULL}},
    {"8", "Ethical details", NULL, "approval, consent, data protection", {NULL}},
    {"9", "Sample size calculation", NULL, "how the size was planned", {rml_fact_sample}},
    {"10", "Study nature", NULL, "retrospective or prospective", {NULL}},
    {"11", "Eligibility criteria", NULL, "criteria; the rows that the study took stand under Methods", {NULL}},
    {"12", "Flowchart of the technical pipeline", NULL, NULL, {rml_fact_prepare}},
    {"13", "Data source", NULL, "private or public, and where", {NULL}},
    {"14", "Data overlap", NULL, "whether patients were in earlier studies", {NULL}},
    {"15", "Data split", NULL, NULL, {rml_fact_split, rml_fact_inner}},
    {"16",
     "Imaging protocol",
     NULL,
     "scanners, sequences, reconstruction; spacings by centre stand under Patients",
     {NULL}},
    {"17", "Non-radiomic predictors", NULL, "their definitions", {rml_fact_clinical}},
    {"18", "Reference standard", NULL, "how, when and by whom the outcome was found", {rml_fact_outcome}},
    {"19", "Segmentation strategy", NULL, "how regions were drawn", {NULL}},
    {"20", "Operators of the segmentation", NULL, "who, with what experience", {NULL}},
    {"21", "Image pre-processing", NULL, "what was done before the extraction", {rml_fact_normalisation}},
    {"22", "Resampling", NULL, NULL, {rml_fact_resampling}},
    {"23", "Discretisation", NULL, NULL, {rml_fact_discretisation}},
    {"24", "Image types", NULL, NULL, {rml_fact_image_types}},
    {"25", "Extraction method", NULL, NULL, {rml_fact_software, rml_fact_definitions}},
    {"26", "Feature classes", NULL, NULL, {rml_fact_classes}},
    {"27", "Number of features", NULL, NULL, {rml_fact_features}},
    {"28", "Default configuration of the other parameters", "sources", NULL, {NULL}},
    {"29", "Missing data", NULL, "why values are missing", {rml_fact_missing}},
    {"30", "Class imbalance", NULL, NULL, {rml_fact_imbalance}},
    {"31", "Reliability of the segmentation", NULL, NULL, {rml_fact_reliability}},
    {"32", "Feature scaling", NULL, NULL, {rml_fact_scaling}},
    {"33", "Dimension reduction", NULL, NULL, {rml_fact_selections}},
    {"34", "Algorithms", NULL, NULL, {rml_fact_models}},
    {"35", "Training and tuning", NULL, NULL, {rml_fact_inner, rml_fact_choice}},
    {"36", "Confounders", NULL, "which were considered", {rml_fact_controls}},
    {"37", "Model selection", NULL, NULL, {rml_fact_choice, rml_fact_final}},
    {"38", "Testing technique", NULL, "whether there is an external test (`radmill validate`)", {rml_fact_split}},
    {"39", "Performance metrics and why", NULL, "why these", {rml_fact_measures}},
    {"40", "Uncertainty", NULL, NULL, {rml_fact_intervals, rml_fact_permutations}},
    {"41", "Statistical comparison", NULL, NULL, {rml_fact_intervals}},
    {"42", "Comparison with non-radiomic and combined methods", NULL, NULL, {rml_fact_controls}},
    {"43", "Interpretability", "model", NULL, {NULL}},
    {"44",
     "Baseline characteristics",
     NULL,
     "demographic and clinical characteristics",
     {rml_fact_sample, rml_fact_centres}},
    {"45", "Flowchart of eligibility", "cohort", NULL, {NULL}},
    {"46", "Feature statistics", "selection", NULL, {NULL}},
    {"47", "Model performance", NULL, NULL, {rml_fact_performance}},
    {"48", "Comparison with non-radiomic and combined approaches", "performance", NULL, {NULL}},
    {"49", "Important findings", NULL, "the discussion", {NULL}},
    {"50", "Previous works", NULL, "the discussion", {NULL}},
    {"51", "Practical implications", NULL, "the discussion", {NULL}},
    {"52", "Strengths and limitations", NULL, "the discussion", {NULL}},
    {"53", "Sharing images and segmentations (not essential)", NULL, "whether and where", {NULL}},
    {"54", "Sharing feature data", NULL, "whether and where; features.h5ad can be shared as it is", {NULL}},
    {"55", "Sharing pre-processing scripts or settings", "sources", "where", {NULL}},
    {"56",
     "Sharing source code of the modelling",
     NULL,
     "where; the study file makes the run again",
     {rml_fact_software}},
    {"57", "Sharing final model files", NULL, "where", {rml_fact_final}},
    {"58", "Sharing a ready-to-use system (not essential)", NULL, "whether and where", {NULL}},
};

static const rml_item tripod[] = {
    {"1", "Title: prediction model, population, outcome", NULL, "the title", {NULL}},
    {"2", "Abstract", NULL, "the abstract", {NULL}},
    {"3a", "Health care context and rationale", NULL, "the introduction", {NULL}},
    {"3b", "Target population, purpose, users", NULL, "the introduction", {NULL}},
    {"3c", "Known health inequalities", NULL, "the introduction", {NULL}},
    {"4", "Objectives", NULL, "the objectives", {NULL}},
    {"5a", "Sources of data", NULL, "origin, and whether they are representative", {NULL}},
    {"5b", "Dates", NULL, "start and end of accrual and follow-up", {NULL}},
    {"6a", "Setting and centres", NULL, "setting and places", {rml_fact_centres}},
    {"6b", "Eligibility", NULL, "criteria", {NULL}},
    {"6c", "Treatments", NULL, "which, and how they were handled", {NULL}},
    {"7", "Data preparation", NULL, "whether alike across groups of patients", {rml_fact_prepare}},
    {"8a", "Outcome", NULL, "definition, time, how it was assessed", {rml_fact_outcome}},
    {"8b", "Assessors of the outcome", NULL, "qualifications", {NULL}},
    {"8c", "Blinding of the outcome’s assessment", NULL, "what was done", {NULL}},
    {"9a", "Choice of predictors", NULL, "why these", {rml_fact_features, rml_fact_selections}},
    {"9b",
     "Definition of predictors",
     NULL,
     "how and when they were measured",
     {rml_fact_definitions, rml_fact_classes, rml_fact_clinical}},
    {"9c", "Assessors of predictors", NULL, "who segmented, with what qualification", {NULL}},
    {"10", "Sample size", NULL, "how it was arrived at", {rml_fact_sample}},
    {"11", "Missing data", NULL, "reasons", {rml_fact_missing}},
    {"12a", "Use of the data", NULL, NULL, {rml_fact_split}},
    {"12b", "Handling of predictors", NULL, NULL, {rml_fact_scaling}},
    {"12c",
     "Model, building, tuning, internal validation",
     NULL,
     NULL,
     {rml_fact_models, rml_fact_inner, rml_fact_choice}},
    {"12d", "Heterogeneity across clusters", NULL, NULL, {rml_fact_per_centre}},
    {"12e", "Measures and plots", NULL, NULL, {rml_fact_measures, rml_fact_intervals}},
    {"12f", "Model updating", NULL, "whether there was any", {NULL}},
    {"12g", "Calculation of predictions", NULL, NULL, {rml_fact_final}},
    {"13", "Class imbalance", NULL, NULL, {rml_fact_imbalance}},
    {"14", "Fairness", NULL, "what was done", {NULL}},
    {"15", "Output of the model", NULL, "why this threshold", {rml_fact_threshold}},
    {"16",
     "Training against evaluation data",
     NULL,
     "differences, where there is an external evaluation",
     {rml_fact_split}},
    {"17", "Ethical approval", NULL, "committee, consent", {NULL}},
    {"18a", "Funding", NULL, "sources and role", {NULL}},
    {"18b", "Conflicts of interest", NULL, "of all authors", {NULL}},
    {"18c", "Protocol", NULL, "where it can be found", {NULL}},
    {"18d", "Registration", NULL, "register and number", {NULL}},
    {"18e", "Data sharing", NULL, "whether and where", {NULL}},
    {"18f", "Code sharing", NULL, "where", {rml_fact_software}},
    {"19", "Patient and public involvement", NULL, "any, or none", {NULL}},
    {"20a", "Flow of participants", "cohort", "follow-up", {NULL}},
    {"20b", "Characteristics", NULL, "demographics, dates, predictors", {rml_fact_sample, rml_fact_centres}},
    {"20c", "Comparison with development data", NULL, "of an external evaluation", {NULL}},
    {"21", "Numbers in each analysis", NULL, NULL, {rml_fact_sample, rml_fact_split}},
    {"22", "Full model", NULL, "where it can be had", {rml_fact_final}},
    {"23a", "Performance with intervals", NULL, "in key subgroups", {rml_fact_performance}},
    {"23b", "Heterogeneity of performance", NULL, NULL, {rml_fact_per_centre}},
    {"24", "Results of updating", NULL, "if there was any", {NULL}},
    {"25", "Interpretation", NULL, "the discussion", {NULL}},
    {"26", "Limitations", NULL, "the discussion", {NULL}},
    {"27a", "Poor or unavailable input", NULL, "how it is to be handled in use", {rml_fact_missing}},
    {"27b", "Interaction and expertise of users", NULL, "what is asked of them", {NULL}},
    {"27c", "Next steps", NULL, "the discussion", {NULL}},
};

/* Where the run does not say what it could, that is the authors' too. */
static bool put_item(const rml_report_input *in, const rml_item *item, FILE *out, FILE *csv, const char *list)
{
    bool answered = item->section != NULL;

    fprintf(out, "<tr><td>%s</td><td>", item->number);
    rml_html_text(out, item->asks);
    fputs("</td><td>", out);
    if (item->section)
        fprintf(out, "See <a href=\"#%s\">%s</a>. ", item->section, rml_report_section_title(item->section));
    for (int32_t f = 0; f < 4 && item->fact[f]; ++f) {
        const long before = ftell(out);

        item->fact[f](in, out);
        answered |= ftell(out) > before;
        if (ftell(out) > before) fputs(" ", out);
    }
    if (item->authors || !answered) {
        fputs("<span class=\"blank\">Authors: ", out);
        rml_html_text(out, item->authors ? item->authors : "this run does not say");
        fputs(" ______</span>", out);
    }
    fputs("</td></tr>\n", out);
    fprintf(csv, "%s,%s", list, item->number);
    rml_csv_text(csv, item->asks, false);
    fprintf(csv, ",%s", answered ? "yes" : "no");
    rml_csv_text(csv, item->authors ? item->authors : answered ? "" : "this run does not say", false);
    fputc('\n', csv);
    return answered;
}

static void put_list(rml_report *r, const char *name, const char *source, const rml_item *item, int32_t n, FILE *out,
                     FILE *csv)
{
    int32_t n_answered = 0;

    fprintf(out,
            "<h3>%s</h3>\n<p class=\"note\">%s</p>\n<table class=\"items\"><thead><tr><th></th><th>Item</th><th>From "
            "this run</th></tr></thead><tbody>\n",
            name, source);
    for (int32_t k = 0; k < n; ++k) n_answered += put_item(&r->in, &item[k], out, csv, name);
    fprintf(
        out,
        "</tbody></table>\n<p class=\"note\">%d of %d items have an answer from the run, some of them in part.</p>\n",
        n_answered, n);
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
