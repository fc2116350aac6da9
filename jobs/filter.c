/* radmill filter: the images that features are taken of, as files.
 *
 * 1. Options
 * 2. The image that is filtered
 * 3. Its images, as PyRadiomics makes them
 * 4. The verb */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/volume.h"
#include "jobs/filter_files.h"
#include "jobs/filter_ibsi.h"
#include "jobs/filtered.h"
#include "jobs/options.h"
#include "jobs/regions.h"
#include "jobs/verbs.h"

/* 1. Options ------------------------------------------------------------------------------------------------------- */

typedef struct rml_filtering {
    rml_filter_files files;
    rml_params params;
    rml_volume image;
    rml_normalisation normalisation;
    rml_region region; /* where the image is resampled */
} rml_filtering;

enum { PARAMS_KEY = 0x180 };

static const struct argp_option option_list[] = {
    {"params", PARAMS_KEY, "P.yaml", 0,
     "The parameter file of `extract` (default: PyRadiomics' defaults, which filter nothing)", 1},
    {"out", 'o', "FOLDER", 0, "Where the images go (required); made if it is not there", 1},
    {0}};

static const char doc[] =
    "Writes an image as the parameters' filters make it, and as it is before them, to look at."
    "\v"
    "IMAGE is NIfTI or NRRD. FOLDER gets preprocessed.nii.gz (normalised and resampled where the parameters ask for "
    "it) and a file an image, named as its features are: log-sigma-1-0-mm-3D.nii.gz, wavelet-LLH.nii.gz. All of the "
    "image is filtered; `extract` resamples and pre-crops around each ROI instead, so that there the grid may begin "
    "elsewhere and borders lie nearer. With `profile: ibsi` the images are those that `extract` takes features of, "
    "voxel by voxel.\n\n"
    "Examples:\n"
    "  radmill filter brain.nii.gz --params mr.yaml --out filtered\n\n"
    "Exit status: 0 done, 2 wrong parameters or an image that cannot be filtered, 3 could not go on (no such file).";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    rml_filtering *x = state->input;

    switch (key) {
    case PARAMS_KEY: x->files.params_path = argument; return 0;
    case 'o': x->files.folder = argument; return 0;
    case ARGP_KEY_ARG:
        if (x->files.image_path)
            return rml_options_refuse(state, "one image was expected, but %s follows %s", argument,
                                      x->files.image_path);
        x->files.image_path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!x->files.image_path) return rml_options_refuse(state, "which image? A NIfTI or NRRD file was expected");
        if (!x->files.folder) return rml_options_refuse(state, "--out FOLDER is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* 2. The image that is filtered ------------------------------------------------------------------------------------ */

static rml_status read_image(rml_filtering *x, rml_error *err)
{
    rml_volume_file *file = NULL;
    rml_volume_info info;
    int64_t n_bad = 0;
    rml_status status = rml_volume_open(x->files.image_path, &file, &info, err);

    if (status != RML_OK) return status;
    if (info.n_components > 1)
        status =
            rml_fail(err, RML_EUNSUPPORTED, "%s: each voxel has %d values; an image of one value a voxel was expected",
                     x->files.image_path, info.n_components);
    if (status == RML_OK) status = rml_volume_load(file, 0, info.grid.size[2], 0, &x->image, NULL, err);
    rml_volume_close(file);
    if (status != RML_OK || !x->params.normalise) return status;
    x->normalisation = (rml_normalisation){.scale = x->params.normalise_scale, .limit = x->params.remove_outliers};
    status = rml_normalise_fit(&x->image, &x->normalisation.mean, &x->normalisation.sd, &n_bad);
    if (status != RML_OK)
        rml_fail(err, status, "%s: it cannot be normalised: %s", x->files.image_path,
                 n_bad > 0 ? "voxels are NaN or infinite" : "all voxels are equal");
    return status;
}

/* The whole image as the ROI. */
static rml_status resample(rml_filtering *x, rml_error *err)
{
    const rml_grid *grid = &x->image.grid;
    const rml_resampling resampling = rml_params_resampling(&x->params, RML_REGION_BYTES);
    const rml_box all = {.size = {grid->size[0], grid->size[1], grid->size[2]}};
    const rml_resample_image image = {.source = {.volume = &x->image},
                                      .normalise = x->params.normalise ? &x->normalisation : NULL};
    const size_t n = (size_t)grid->size[0] * (size_t)grid->size[1] * (size_t)grid->size[2];
    uint8_t *mask = malloc(n);
    rml_error inner = {0};
    rml_status status;

    if (!mask) return rml_fail(err, RML_ENOMEM, "%s: no memory for a mask of all voxels", x->files.image_path);
    memset(mask, 1, n);
    status = rml_region_resample(grid, grid, &all, mask, &resampling, &x->region, &inner);
    free(mask);
    if (status == RML_OK) status = rml_region_fill(&image, &x->region, &inner);
    return status == RML_OK ? RML_OK : rml_fail(err, status, "%s: %s", x->files.image_path, inner.text);
}

/* 3. Its images, as PyRadiomics makes them --------------------------------------------------------------------------
 */

static rml_status write_type(rml_filtering *x, rml_filtered *filtered, int32_t t, const rml_grid *grid, rml_error *err)
{
    const rml_image_type *type = &x->params.type[t];
    const rml_box all = {.size = {grid->size[0], grid->size[1], grid->size[2]}};
    rml_error inner = {0};
    rml_status status = rml_filtered_make(filtered, t, &all, NULL, &inner);

    if (status != RML_OK) return rml_fail(err, status, "%s: %s", x->files.image_path, inner.text);
    for (int32_t i = 0; status == RML_OK && i < type->n_images; ++i) {
        char name[RML_IMAGE_NAME];

        rml_params_image(&x->params, type->first_image + i, name);
        if (filtered->made[i])
            status = rml_filter_write(&x->files, name, grid, filtered->made_as, filtered->made[i], err);
        else
            fprintf(stderr, "radmill filter: %s: %s is left out, as by PyRadiomics: the image is too small for it\n",
                    x->files.image_path, name);
    }
    return status;
}

/* The image before filters, which is what they are made of. */
static rml_status write_all(rml_filtering *x, rml_error *err)
{
    const rml_normalisation *normalise = x->params.normalise ? &x->normalisation : NULL;
    rml_patch_source source = {.volume = &x->image};
    rml_grid grid = x->image.grid;
    rml_patch whole = {0};
    rml_filtered filtered;
    rml_status status;

    if (x->params.resample) {
        source = (rml_patch_source){.patch = &x->region.image};
        grid = x->region.grid;
        normalise = NULL;
    }
    const rml_box all = {.size = {grid.size[0], grid.size[1], grid.size[2]}};
    status = rml_patch_cut(&source, &all, RML_BORDER_NEAREST, &whole);
    if (status != RML_OK) return rml_fail(err, status, "%s: no memory for all of its voxels", x->files.image_path);
    if (normalise) rml_normalise_apply(normalise, whole.voxels, (int64_t)all.size[0] * all.size[1] * all.size[2]);
    status =
        rml_filter_write(&x->files, "preprocessed", &grid, normalise ? RML_FLOAT64 : whole.type, whole.voxels, err);
    rml_patch_free(&whole);
    rml_filtered_init(&x->params, &source, normalise, &filtered);
    for (int32_t t = 0; status == RML_OK && t < x->params.n_types; ++t)
        if (x->params.type[t].filter != RML_ORIGINAL) status = write_type(x, &filtered, t, &grid, err);
    rml_filtered_free(&filtered);
    return status;
}

/* 4. The verb ------------------------------------------------------------------------------------------------------ */

static rml_status spare_inputs(const rml_filtering *x, rml_error *err)
{
    const rml_params *params = &x->params;
    rml_status status = rml_filter_spare(&x->files, "preprocessed", err);
    char name[RML_IMAGE_NAME];

    for (int32_t i = 0; params->is_ibsi && status == RML_OK && i < params->ibsi.n_images; ++i)
        status = rml_filter_spare(&x->files, params->ibsi.image[i].name, err);
    for (int32_t i = 0; !params->is_ibsi && status == RML_OK && i < params->n_images; ++i) {
        rml_params_image(params, i, name);
        status = rml_filter_spare(&x->files, name, err);
    }
    return status;
}

static rml_status run(rml_filtering *x, rml_error *err)
{
    rml_status status = rml_params_read_images(x->files.params_path, &x->params, err);

    if (status == RML_OK) status = spare_inputs(x, err);
    if (status == RML_OK && mkdir(x->files.folder, 0777) != 0 && errno != EEXIST)
        status = rml_fail(err, RML_EIO, "%s: the folder cannot be made: %s", x->files.folder, strerror(errno));
    if (status == RML_OK) status = read_image(x, err);
    if (status != RML_OK) return status;
    if (x->params.is_ibsi) return rml_filter_ibsi(&x->files, &x->params, &x->image, err);
    if (x->params.resample) status = resample(x, err);
    return status == RML_OK ? write_all(x, err) : status;
}

int rml_verb_filter(int argc, char **argv)
{
    static const struct argp argp = {option_list, parse_option, "IMAGE", doc, NULL, NULL, NULL};
    rml_filtering x = {0};
    rml_error err = {0};
    int exit_status = rml_options_parse(&argp, argc, argv, &x);

    if (exit_status >= 0) return exit_status;
    if (!rml_first_rank()) return RML_EXIT_DONE; /* one image is one rank's work */
    exit_status = RML_EXIT_DONE;
    if (run(&x, &err) != RML_OK) {
        rml_complain("filter", &err);
        exit_status = rml_exit_status(err.status);
    }
    rml_region_free(&x.region);
    rml_volume_free(&x.image);
    rml_params_free(&x.params);
    return rml_stdout_end(exit_status);
}
