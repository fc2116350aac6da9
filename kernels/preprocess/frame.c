#include "kernels/preprocess/frame.h"

#include "kernels/preprocess/inverse.h"

bool rml_frame_of(const rml_grid *grid, rml_frame *frame)
{
    for (int r = 0; r < 3; ++r) {
        frame->origin[r] = grid->origin[r];
        for (int c = 0; c < 3; ++c) frame->to_world[r][c] = grid->direction[r][c] * grid->spacing[c];
    }
    return rml_inverse(frame->to_world, frame->to_index);
}

void rml_frame_map(const rml_frame *from, const rml_frame *to, const double index[3], double mapped[3])
{
    double away[3];

    for (int r = 0; r < 3; ++r) {
        double world = from->origin[r];

        for (int c = 0; c < 3; ++c) world += from->to_world[r][c] * index[c];
        away[r] = world - to->origin[r];
    }
    for (int r = 0; r < 3; ++r) {
        mapped[r] = 0.0;
        for (int c = 0; c < 3; ++c) mapped[r] += to->to_index[r][c] * away[c];
    }
}

void rml_frame_point(const rml_frame *frame, const double index[3], double point[3])
{
    for (int r = 0; r < 3; ++r) {
        double sum = 0.0;

        for (int c = 0; c < 3; ++c) sum += frame->to_world[r][c] * index[c];
        point[r] = sum + frame->origin[r];
    }
}
