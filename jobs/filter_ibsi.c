#include "jobs/filter_ibsi.h"
#include "jobs/ibsi_region.h"
#include "jobs/regions.h"

/* Where the image's response lies: in all voxels, or at the coefficients in them. */
static rml_status place(const rml_ibsi_image *image, const rml_grid *grid, rml_box *box, rml_grid *world,
                        rml_error *err)
{
    const rml_decimated transform = rml_ibsi_decimated(image);
    rml_decimated_grid coefficients;
    rml_status status;

    *box = (rml_box){.size = {grid->size[0], grid->size[1], grid->size[2]}};
    *world = *grid;
    if (!image->decimated) return RML_OK;
    status = rml_decimated_grid_init(&transform, grid->size, &coefficients);
    if (status == RML_OK) {
        *box = rml_decimated_box(&coefficients, box);
        *world = rml_decimated_world(&coefficients, grid, box);
        for (int axis = 0; axis < 3; ++axis)
            if (box->size[axis] < 1) status = RML_ESETTING;
    }
    if (status == RML_OK) return RML_OK;
    return rml_fail(err, status, "image %s: none of its coefficients stands in the image's %d x %d x %d voxels",
                    image->name, grid->size[0], grid->size[1], grid->size[2]);
}

static rml_status write_all(const rml_filter_files *files, const rml_params *params, const rml_grid *grid,
                            const rml_ibsi_seen *seen, rml_error *err)
{
    const rml_box all = {.size = {grid->size[0], grid->size[1], grid->size[2]}};
    rml_patch whole = {0};
    rml_error inner = {0};
    rml_status status = rml_patch_cut(&seen->source, &all, RML_BORDER_NEAREST, &whole);

    if (status != RML_OK) return rml_fail(err, status, "%s: no memory for all of its voxels", files->image_path);
    status = rml_filter_write(files, "preprocessed", grid, whole.type, whole.voxels, err);
    for (int32_t i = 0; status == RML_OK && i < params->ibsi.n_images; ++i) {
        const rml_ibsi_image *image = &params->ibsi.image[i];
        rml_grid world;
        rml_box box;

        if (image->filter == RML_IBSI_ORIGINAL) continue;
        status = place(image, grid, &box, &world, &inner);
        if (status == RML_OK) status = rml_ibsi_respond(image, seen, &box, whole.voxels, &inner);
        if (status == RML_OK)
            status = rml_filter_write(files, image->name, &world, RML_FLOAT64, whole.voxels, err);
        else
            rml_fail(err, status, "%s: %s", files->image_path, inner.text);
    }
    rml_patch_free(&whole);
    return status;
}

rml_status rml_filter_ibsi(const rml_filter_files *files, const rml_params *params, const rml_volume *image,
                           rml_error *err)
{
    rml_ibsi_source source = {0};
    rml_ibsi_seen seen;
    rml_error inner = {0};
    rml_status status = rml_ibsi_source_init(params, image, RML_REGION_BYTES, &source, &inner);

    if (status == RML_OK) status = rml_ibsi_source_seen(&source, params, &seen, &inner);
    if (status == RML_OK) {
        const rml_grid grid = rml_ibsi_source_grid(&source);

        status = write_all(files, params, &grid, &seen, err);
    } else {
        rml_fail(err, status, "%s: %s", files->image_path, inner.text);
    }
    rml_ibsi_source_free(&source);
    return status;
}
