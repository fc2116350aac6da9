/* What is wrong with a cohort, before hours are spent on it. Images are judged by their headers; masks are read, since
 * no header knows which labels a mask holds. Everything that these show is listed, not the first.
 *
 * 1. Options
 * 2. Findings
 * 3. One ROI
 * 4. One row
 * 5. The cohort */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/volume.h"
#include "jobs/check.h"
#include "jobs/check_grid.h"
#include "jobs/check_time.h"
#include "jobs/elements.h"
#include "jobs/memory.h"
#include "jobs/options.h"
#include "jobs/rois.h"
#include "jobs/verbs.h"
#include "kernels/preprocess/grid.h"
#include "kernels/preprocess/labels.h"

/* What the estimate rests on beside check_time: radmill's own timings on one core of a 2-core virtual machine. */
static const double INFLATED_PER_SECOND = 400e6, READ_PER_SECOND = 1e9; /* bytes of voxels */
static const double SECONDS_PER_NORMALISED = 2e-9;                      /* a voxel of the image */
static const double SECONDS_PER_TASK = 2e-4;                            /* opening both files, and the hand-out */

static const int64_t MOST_LOOKED_AT = (int64_t)1 << 30; /* bytes of an image */

/* What rows that share image and mask have in common: one rank reads them once for all of them. */
typedef struct rml_check_task {
    rml_memory_rois rois;
    double seconds; /* of reading, as far as it is counted */
} rml_check_task;

typedef struct rml_check {
    const char *cohort_path, *params_path, *label;
    rml_params params;
    rml_cohort cohort;
    int64_t *number;      /* [n_rows] as rml_cohort_number_tasks */
    rml_check_task *task; /* [n_rows + 1] by number */
    /* the mask read last: the next row often names it again */
    char *mask_path;
    int32_t mask_channel;
    rml_status mask_status;
    rml_error mask_err;
    rml_volume mask;
    rml_volume_info mask_info;
    rml_labels labels;
    /* counted on the way */
    int64_t n_problems, n_bad_rows, n_warnings, n_rois, n_voxels;
    int64_t n_counted; /* rows that count for the estimate */
    rml_span span;
    double seconds;
    int64_t peak_bytes, peak_row;
    bool headed; /* the table's head is printed */
    bool silent; /* nothing is to be printed */
} rml_check;

/* 1. Options ------------------------------------------------------------------------------------------------------ */

static const struct argp_option option_list[] = {
    {"params", 'p', "FILE", 0, "PyRadiomics parameter file that the extraction will use", 1},
    {"label", 'l', "N|all", 0, "Label for every row, as for extract; overrides the Label column", 1},
    {0},
};

static const char doc[] =
    "Says what is wrong with a cohort before it is extracted: missing files, unreadable headers, image and mask on "
    "different grids, absent labels, ROIs that are too small, rows that are there twice."
    "\v"
    "COHORT.csv is what `radmill extract` takes. Of images the headers are read, of masks the voxels. Every problem "
    "that these show is listed on the standard output, then an estimate of the extraction's memory and core-hours; "
    "nothing is written.\n\n"
    "Rows that will fail do not count for the estimate. Memory was within some 10 % of the peaks where it was "
    "measured: "
    "it is all that a rank takes for its largest case, 32 MiB of its own among it. What rows "
    "share, image and mask, counts once. Time was 0.8 to 1.3 times what cohorts of head tumours took on one core of a "
    "virtual machine (rows that share files or not, with and without Wavelet and LoG), and 0.4 to 2.2 times for blocks "
    "of other textures: it goes by the ROIs' voxels, classes, image types, distances and grey levels. How many of "
    "these a binWidth makes is taken from the voxels of some images: the first row's, the second's, the "
    "fourth's, the eighth's, and so on.\n\n"
    "What only an image's voxels show is not seen: a compressed image that is damaged or cut short behind its header, "
    "NaN or infinite voxels in a ROI, a flat image under normalize, a ROI that re-segmentation leaves too small, a bin "
    "width that gives too many grey levels. `radmill extract` fails such a case with a sentence, and goes on.\n\n"
    "Example:\n"
    "  radmill check cohort.csv --params mr.yaml\n\n"
    "Exit status: 0 nothing wrong, 1 problems listed, 2 wrong cohort or parameter file, 3 could not go on.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_check *check = state->input;
    rml_label_spec spec = {0};
    rml_error err = {0};

    switch (key) {
    case 'p': check->params_path = argument; return 0;
    case 'l':
        if (rml_label_spec_parse(argument, &spec, &err) != RML_OK)
            return rml_options_refuse(state, "--label: %s", err.text);
        rml_label_spec_free(&spec);
        check->label = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (check->cohort_path) return rml_options_refuse(state, "one cohort was expected, found also %s", argument);
        check->cohort_path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!check->cohort_path) return rml_options_refuse(state, "no cohort given; COHORT.csv was expected");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* 2. Findings ----------------------------------------------------------------------------------------------------- */

static void list(rml_check *check, int64_t row, const char *word, const char *sentence)
{
    rml_error name = {0};

    if (check->silent) return;
    (void)rml_fail(&name, RML_OK, "%s", check->cohort.id[row]); /* on one line, and no longer than that */
    if (!check->headed) printf("%6s  %-20s %-20s %s\n", "Line", "Case", "Problem", "What was found");
    check->headed = true;
    printf("%6lld  %-20s %-20s %s\n", (long long)check->cohort.manifest.table.line[row], name.text, word, sentence);
}

static void list_problem(rml_check *check, int64_t row, const rml_error *err)
{
    ++check->n_problems;
    list(check, row, rml_status_name(err->status), err->text);
}

static void list_warning(rml_check *check, int64_t row, const char *path, const char *warning)
{
    char sentence[1024];

    if (!warning[0]) return;
    ++check->n_warnings;
    snprintf(sentence, sizeof sentence, "%s: %s", path, warning);
    list(check, row, "warning", sentence);
}

/* 3. One ROI ------------------------------------------------------------------------------------------------------ */

/* How far apart the intensities of a ROI lie, of the image's voxels: of the first row, the second, the fourth, the
 * eighth, … What cannot be read now is for the extraction to tell. */
static void look(rml_check *check, const char *path, const rml_box *box, const rml_label_set *set)
{
    const bool whole = check->params.normalise;
    rml_volume_file *file = NULL;
    rml_volume_info info;
    rml_volume image = {0};
    uint8_t *voxels = malloc((size_t)rml_box_voxels(box));
    rml_status status = voxels ? rml_volume_open(path, &file, &info, NULL) : RML_ENOMEM;

    if (status == RML_OK && info.n_components == 1 && info.memory_bytes <= MOST_LOOKED_AT)
        status = rml_volume_load(file, whole ? 0 : box->first[2], whole ? info.grid.size[2] : box->size[2], 0, &image,
                                 NULL, NULL);
    if (status == RML_OK && image.voxels) {
        rml_labels_cut(&check->mask, box, set->label, set->n, voxels);
        rml_span_add(&check->span, &check->params, &image, box, voxels);
    }
    rml_volume_free(&image);
    rml_volume_close(file);
    free(voxels);
}

/* What a row's ROIs cost. */
typedef struct rml_row_costs {
    const char *image_path; /* NULL unless the image is to be looked at, and lies on the mask's grid */
    rml_memory_rois rois;
    double seconds;
    int64_t n_computed; /* ROIs with nothing wrong */
} rml_row_costs;

/* image: NULL when its header could not be read; regridded: on another grid than the mask, and correctMask is on. */
static rml_status check_roi(rml_check *check, const rml_grid *image, bool regridded, const rml_label_set *set,
                            rml_row_costs *costs, rml_error *err)
{
    rml_error inner = {0};
    rml_box box, in_mask;
    int64_t n_voxels, n_in_mask;
    char label[256];
    rml_status status = RML_OK;

    rml_label_set_text(set, label, sizeof label);
    if (!rml_rois_find(&check->labels, set, &in_mask, &n_in_mask))
        return rml_rois_absent(&check->labels, check->mask_path, label, err);
    box = in_mask;
    n_voxels = n_in_mask;
    if (image)
        status = rml_check_on_grid(&check->params, image, &check->mask, &check->mask_info.grid, regridded, set, &box,
                                   &n_voxels, &inner);
    if (status != RML_ECAPACITY && status != RML_ESETTING) /* on a grid that there cannot be nothing is computed */
        rml_memory_add_roi(&costs->rois, &check->params, &check->mask_info.grid, &in_mask, n_in_mask);
    if (status == RML_OK) status = rml_rois_check_size(&check->params, box.size, n_voxels, "", &inner);
    if (status == RML_OK && check->params.resegment.n_bounds == 0) /* which may leave fewer slices */
        status = rml_rois_check_slice(&check->params, box.size, &inner);
    if (status != RML_OK) return rml_fail(err, status, "%s: label %s: %s", check->mask_path, label, inner.text);
    ++check->n_rois;
    check->n_voxels += n_voxels;
    if (costs->image_path && costs->n_computed == 0) look(check, costs->image_path, &in_mask, set);
    costs->seconds += rml_seconds_of_roi(&check->params, box.size, n_voxels, &check->span);
    ++costs->n_computed;
    return RML_OK;
}

/* 4. One row ------------------------------------------------------------------------------------------------------ */

static void forget_mask(rml_check *check)
{
    rml_volume_free(&check->mask);
    rml_labels_free(&check->labels);
    free(check->mask_path);
    check->mask_path = NULL;
}

static rml_status read_mask(rml_check *check, rml_error *err)
{
    rml_volume_file *file = NULL;
    rml_volume_info *info = &check->mask_info;
    const char *path = check->mask_path;
    const int32_t channel = check->mask_channel;
    rml_error inner = {0};
    rml_status status = rml_volume_open(path, &file, info, err);

    if (status != RML_OK) return status;
    if (info->n_components > 1 && channel >= info->n_components)
        status = rml_fail(err, RML_ESETTING, "%s: label_channel %d, but each voxel has %d values (channels 0 to %d)",
                          path, channel, info->n_components, info->n_components - 1);
    if (status == RML_OK)
        status =
            rml_volume_load(file, 0, info->grid.size[2], info->n_components > 1 ? channel : 0, &check->mask, NULL, err);
    rml_volume_close(file);
    if (status != RML_OK) return status;
    status = rml_labels_scan(&check->mask, &check->labels, &inner);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "%s: %s", path, inner.text);
}

/* The row's mask, read unless it is the one of the row before. */
static rml_status get_mask(rml_check *check, int64_t row, rml_error *err)
{
    char *path = rml_manifest_path(&check->cohort.manifest, row, check->cohort.manifest.mask);
    const int32_t channel = rml_cohort_label_channel(&check->cohort, row, &check->params);

    if (!path) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    if (check->mask_path && strcmp(path, check->mask_path) == 0 && channel == check->mask_channel) {
        free(path);
    } else {
        forget_mask(check);
        check->mask_path = path;
        check->mask_channel = channel;
        check->mask_err = (rml_error){0};
        check->mask_status = read_mask(check, &check->mask_err);
    }
    if (check->mask_status != RML_OK) *err = check->mask_err;
    return check->mask_status;
}

static rml_status open_image(const char *path, rml_volume_info *info, rml_error *err)
{
    rml_volume_file *file = NULL;
    const rml_status status = rml_volume_open(path, &file, info, err);

    rml_volume_close(file);
    if (status == RML_OK && info->n_components > 1)
        return rml_fail(err, RML_EUNSUPPORTED, "%s: each voxel has %d values, expected one", path, info->n_components);
    return status;
}

static void list_clash(rml_check *check, int64_t row, int64_t other, const rml_label_set *set)
{
    rml_error err = {0};
    char label[256] = "all";

    if (set) rml_label_set_text(set, label, sizeof label);
    rml_fail(&err, RML_EDUPLICATE, "label %s: line %lld asks for it too (same ID, image and mask); neither is computed",
             label, (long long)check->cohort.manifest.table.line[other]);
    list_problem(check, row, &err);
}

/* The ROIs that another row names too, as far as the mask has no say in it. */
static void list_clashes(rml_check *check, int64_t row)
{
    const rml_cohort *cohort = &check->cohort;
    rml_label_spec spec = {0};
    bool if_present;

    if (cohort->n_clashes == 0 || rml_label_spec_parse(rml_cohort_label(cohort, row), &spec, NULL) != RML_OK) return;
    if (spec.all && cohort->twin[row] >= 0) list_clash(check, row, cohort->twin[row], NULL);
    for (int32_t i = 0; i < spec.n_rois; ++i) {
        const int64_t other = rml_cohort_clash(cohort, row, i, 0, &if_present);

        if (other >= 0 && !if_present) list_clash(check, row, other, &spec.roi[i]);
    }
    rml_label_spec_free(&spec);
}

/* Every ROI that the row names. */
static void check_rois(rml_check *check, int64_t row, const rml_grid *image, bool regridded, rml_row_costs *costs)
{
    rml_label_spec spec = {0};
    rml_error err = {0};
    const rml_status status = rml_label_spec_parse(rml_cohort_label(&check->cohort, row), &spec, &err);

    if (status != RML_OK) list_problem(check, row, &err);
    if (status == RML_OK && spec.all && check->labels.n == 0) {
        rml_rois_absent(&check->labels, check->mask_path, "all", &err);
        list_problem(check, row, &err);
    }
    for (int32_t i = 0; status == RML_OK && i < (spec.all ? check->labels.n : spec.n_rois); ++i) {
        const rml_label_set one = {.n = 1, .label = spec.all ? &check->labels.label[i].label : NULL};
        const rml_label_set *set = spec.all ? &one : &spec.roi[i];
        bool if_present;
        const int64_t other = rml_cohort_clash(&check->cohort, row, i, set->label[0], &if_present);

        if (other >= 0 && !if_present) continue; /* said already */
        if (other >= 0 && rml_labels_find(&check->labels, set->label[0]))
            list_clash(check, row, other, set);
        else if (check_roi(check, image, regridded, set, costs, &err) != RML_OK)
            list_problem(check, row, &err);
    }
    rml_label_spec_free(&spec);
}

static double seconds_to_read(const rml_volume_info *info, int64_t n_bytes)
{
    return (double)n_bytes / (info->compressed ? INFLATED_PER_SECOND : READ_PER_SECOND);
}

/* What reading for these ROIs takes: of an uncompressed image the slices on which they lie. */
static double seconds_of_reading(const rml_check *check, const rml_volume_info *image, bool whole,
                                 const rml_memory_rois *rois)
{
    const int32_t *size = image->grid.size;
    const int64_t image_bytes = whole || image->compressed
                                    ? image->memory_bytes
                                    : image->memory_bytes / size[2] * (rois->any ? rois->box.size[2] : 0);
    const double seconds = SECONDS_PER_TASK + seconds_to_read(&check->mask_info, check->mask_info.memory_bytes) +
                           seconds_to_read(image, image_bytes);

    return check->params.normalise ? seconds + SECONDS_PER_NORMALISED * size[0] * size[1] * (double)size[2] : seconds;
}

static void estimate(rml_check *check, int64_t row, const rml_volume_info *image, bool whole,
                     const rml_row_costs *costs)
{
    rml_check_task *task = &check->task[check->number[row]];
    const rml_volume_info *mask = &check->mask_info;
    double reading;
    int64_t first, then, peak;

    rml_memory_join(&task->rois, &costs->rois);
    reading = seconds_of_reading(check, image, whole, &task->rois);
    first = rml_memory_of_mask(mask);
    then = rml_memory_of_image(image, mask, &task->rois, whole);
    peak = first > then ? first : then;
    ++check->n_counted;
    check->seconds += costs->seconds;
    if (reading > task->seconds) {
        check->seconds += reading - task->seconds;
        task->seconds = reading;
    }
    if (peak <= check->peak_bytes) return;
    check->peak_bytes = peak;
    check->peak_row = row;
}

/* What reads well and is most likely a mistake of the manifest: its columns swapped, or one file named twice. */
static void warn_of_mistakes(rml_check *check, int64_t row, const char *image_path)
{
    enum { MANY_LABELS = 2000 }; /* the finest atlases have some hundred, up to 1600 */
    char sentence[128];

    if (strcmp(image_path, check->mask_path) == 0)
        list_warning(check, row, image_path, "image and mask are the same file");
    else if (check->labels.n > MANY_LABELS) {
        snprintf(sentence, sizeof sentence, "as a mask it has %d labels; are image and mask swapped?", check->labels.n);
        list_warning(check, row, check->mask_path, sentence);
    }
}

static void check_files(rml_check *check, int64_t row, const char *image_path)
{
    rml_volume_info image;
    rml_error err = {0}, inner = {0};
    rml_row_costs costs = {0};
    bool regridded = false, matched, same_grid;
    const rml_status image_status = open_image(image_path, &image, &err);

    if (image_status != RML_OK) list_problem(check, row, &err);
    if (get_mask(check, row, &err) != RML_OK) {
        list_problem(check, row, &err);
        return;
    }
    if (image_status != RML_OK) { /* what the mask alone can tell */
        check_rois(check, row, NULL, false, &costs);
        return;
    }
    list_warning(check, row, image_path, image.warning);
    list_warning(check, row, check->mask_path, check->mask_info.warning);
    if (rml_rois_warning(&check->labels, check->mask_path, &inner)) {
        ++check->n_warnings;
        list(check, row, "warning", inner.text);
    }
    warn_of_mistakes(check, row, image_path);
    same_grid = rml_grid_match(&image.grid, &check->mask_info.grid, check->params.geometry_tolerance, &inner) == RML_OK;
    /* resampling makes a grid from the mask's, whatever the image's */
    regridded = !same_grid && !check->params.resample && check->params.correct_mask;
    matched = same_grid || regridded || check->params.resample;
    if (!matched) {
        rml_fail(&err, inner.status, "%s does not lie on the grid of %s: %s", check->mask_path, image_path, inner.text);
        list_problem(check, row, &err);
    }
    if (same_grid && rml_span_matters(&check->params) && (check->n_counted & (check->n_counted + 1)) == 0)
        costs.image_path = image_path;
    check_rois(check, row, &image.grid, regridded, &costs);
    /* a row that fails costs next to nothing, whatever its headers say */
    if (matched && costs.n_computed > 0)
        estimate(check, row, &image, regridded || rml_memory_of_whole(&check->params), &costs);
}

/* Tables are written with the cells as they are, so that they can be joined with the cohort again: who opens them with
 * a spreadsheet should know what is in them. */
static void warn_of_formulas(rml_check *check, int64_t row)
{
    const rml_table *table = &check->cohort.manifest.table;

    for (int32_t c = 0; c < table->n_columns; ++c) {
        rml_error found = {0};

        if (!rml_csv_is_formula(table->cell[row * table->n_columns + c])) continue;
        ++check->n_warnings;
        (void)rml_fail(&found, RML_OK, "%.60s begins as a spreadsheet's formula does: %.60s", table->header[c],
                       table->cell[row * table->n_columns + c]);
        list(check, row, "warning", found.text);
    }
}

static rml_status check_row(rml_check *check, int64_t row, rml_error *err)
{
    const int64_t before = check->n_problems;
    char *image = rml_manifest_path(&check->cohort.manifest, row, check->cohort.manifest.image);

    if (!image) return rml_fail(err, RML_ENOMEM, "no memory for a path");
    list_clashes(check, row);
    warn_of_formulas(check, row);
    check_files(check, row, image);
    free(image);
    check->n_bad_rows += check->n_problems > before;
    return RML_OK;
}

/* 5. The cohort --------------------------------------------------------------------------------------------------- */

static void print_summary(const rml_check *check)
{
    printf("%s%lld row%s, %lld ROI%s of %lld voxels: ", check->headed ? "\n" : "", (long long)check->cohort.n_rows,
           check->cohort.n_rows == 1 ? "" : "s", (long long)check->n_rois, check->n_rois == 1 ? "" : "s",
           (long long)check->n_voxels); /* a ROI of one is a problem */
    if (check->n_problems == 0)
        printf("nothing wrong");
    else
        printf("%lld problem%s in %lld row%s", (long long)check->n_problems, check->n_problems == 1 ? "" : "s",
               (long long)check->n_bad_rows, check->n_bad_rows == 1 ? "" : "s");
    if (check->n_warnings > 0)
        printf(", %lld warning%s", (long long)check->n_warnings, check->n_warnings == 1 ? "" : "s");
    printf("\n");
    if (check->peak_bytes == 0) return;
    printf("extraction: about %lld MiB a rank (the most: %s, line %lld) and %.3g core-hours (%.3g s on one core)\n",
           (long long)(check->peak_bytes >> 20), check->cohort.id[check->peak_row],
           (long long)check->cohort.manifest.table.line[check->peak_row], check->seconds / 3600.0, check->seconds);
}

static rml_status number_rows(rml_check *check, rml_error *err)
{
    const size_t n = (size_t)check->cohort.n_rows + 1;

    check->number = malloc(n * sizeof *check->number);
    check->task = calloc(n, sizeof *check->task);
    if (!check->number || !check->task)
        return rml_fail(err, RML_ENOMEM, "no memory for a cohort of %lld rows", (long long)check->cohort.n_rows);
    return rml_cohort_number_tasks(&check->cohort, check->number, err);
}

/* described: out, whether what fails is no mistake of the input's description. */
static rml_status check_all(rml_check *check, bool *described, rml_faults *faults, rml_error *err)
{
    rml_status status = rml_params_read(check->params_path, &check->params, err);

    if (status == RML_OK)
        status = rml_cohort_read_on(check->cohort_path, check->label, &check->params, &check->cohort, faults, err);
    *described = status == RML_OK;
    if (*described && !check->silent && check->params.warning.status != RML_OK)
        rml_complain("check", &check->params.warning);
    if (status == RML_OK) status = number_rows(check, err);
    for (int64_t row = 0; status == RML_OK && row < check->cohort.n_rows; ++row) status = check_row(check, row, err);
    return status;
}

static void check_free(rml_check *check)
{
    forget_mask(check);
    free(check->number);
    free(check->task);
    rml_cohort_free(&check->cohort);
    rml_params_free(&check->params);
}

rml_status rml_check_foretell(const char *cohort, const char *params, const char *label, const rml_outputs *outputs,
                              rml_check_estimate *estimate, rml_faults *faults, rml_error *err)
{
    rml_check check = {.cohort_path = cohort, .params_path = params, .label = label, .silent = true};
    bool described;
    rml_status status = check_all(&check, &described, faults, err);

    if (status == RML_OK && outputs) {
        rml_outputs own = *outputs;

        own.columns = &check.params;
        status = rml_outputs_check(&own, &check.cohort, err);
    }
    if (status == RML_OK && outputs) {
        char *identity = rml_extract_identity(&check.params, RML_NAN_ERROR, false);

        status = identity ? rml_outputs_check_run(outputs, identity, err) : rml_fail(err, RML_ENOMEM, "no memory");
        free(identity);
    }
    if (status == RML_OK) {
        *estimate = (rml_check_estimate){.n_rows = check.cohort.n_rows,
                                         .n_bad_rows = check.n_bad_rows,
                                         .n_rois = check.n_rois,
                                         .peak_bytes = check.peak_bytes,
                                         .core_seconds = check.seconds,
                                         .n_columns = rml_params_n_columns(&check.params)};
        for (int64_t r = 0; r < check.cohort.n_rows; ++r)
            if (check.number[r] > estimate->n_tasks) estimate->n_tasks = check.number[r];
        if (check.peak_bytes > 0)
            snprintf(estimate->peak_case, sizeof estimate->peak_case, "%s", check.cohort.id[check.peak_row]);
    }
    check_free(&check);
    return status;
}

int rml_verb_check(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "COHORT.csv", doc, NULL, NULL, NULL};
    rml_check check = {0};
    rml_faults faults = {0};
    rml_error err = {0};
    bool described;
    rml_status status;
    int exit_status = rml_options_parse(&argp, argc, argv, &check);

    if (exit_status >= 0) return exit_status;
    status = check_all(&check, &described, &faults, &err);
    if (status == RML_OK) {
        print_summary(&check);
        exit_status = check.n_problems > 0 ? RML_EXIT_FAILED_CASES : RML_EXIT_DONE;
    } else {
        rml_cohort_complain("check", &faults, &err);
        exit_status = described || status == RML_ENOMEM ? rml_exit_status(status) : RML_EXIT_USAGE;
    }
    rml_faults_free(&faults);
    check_free(&check);
    return exit_status;
}
