/* 1. The table: z-scores of the features that all patients have
 * 2. Orders and clusters
 * 3. The picture */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/report.h"
#include "kernels/stats/dendrogram.h"
#include "kernels/stats/unit.h"

enum { MOST_CLUSTERED = 4000 }; /* features or patients: the distances of all pairs are kept */
enum { MOST_CELLS = 220 };      /* along an axis; more rows or columns are averaged in cells of neighbours */
static const double cut = 0.5;  /* of 1 - |r| */

typedef struct rml_heat {
    const rml_report_input *in;
    int32_t n_patients, n_features;
    int32_t *patient, *feature;                 /* [n_patients] of in->patient, [n_features] of in->frame */
    double *z;                                  /* [n_features][n_patients] columns of length 1 about their mean */
    int32_t *by_feature, *by_patient, *cluster; /* orders, and each feature's cluster */
    int32_t n_clusters;
} rml_heat;

/* 1. The table ----------------------------------------------------------------------------------------------------- */

static rml_status gather(rml_heat *h)
{
    const rml_frame *f = &h->in->frame;
    const size_t n = (size_t)h->in->patient.n, p = (size_t)f->n_features;

    h->patient = malloc((n + 1) * sizeof *h->patient);
    h->feature = malloc((p + 1) * sizeof *h->feature);
    h->z = malloc((n * p + 1) * sizeof *h->z);
    if (!h->patient || !h->feature || !h->z) return RML_ENOMEM;
    for (int32_t i = 0; i < h->in->patient.n; ++i)
        if (h->in->row[i] >= 0) h->patient[h->n_patients++] = i;
    for (int32_t j = 0; j < f->n_features; ++j) {
        double *to = h->z + (int64_t)h->n_features * h->n_patients;

        for (int32_t i = 0; i < h->n_patients; ++i) to[i] = f->x[j * f->n_rows + h->in->row[h->patient[i]]];
        if (rml_unit_of(to, h->n_patients, to) == RML_OK) h->feature[h->n_features++] = j;
    }
    return RML_OK;
}

/* 2. Orders and clusters ------------------------------------------------------------------------------------------- */

/* distance: [n (n - 1) / 2] of 1 - |r| of the features. */
static rml_status order_features(rml_heat *h)
{
    const int32_t n = h->n_features, m = h->n_patients;
    double *distance = malloc(((size_t)n * (size_t)(n - 1) / 2 + 1) * sizeof *distance);
    double *r = malloc((size_t)n * sizeof *r);
    rml_join *join = malloc((size_t)n * sizeof *join);
    rml_status status = distance && r && join ? RML_OK : RML_ENOMEM;

    for (int32_t i = 0; status == RML_OK && i + 1 < n; ++i) {
        rml_unit_products(h->z + (int64_t)i * m, 1, h->z + (int64_t)(i + 1) * m, n - i - 1, m, r);
        for (int32_t j = i + 1; j < n; ++j)
            distance[rml_dendrogram_at(n, i, j)] = 1.0 - fabs(rml_unit_cut(r[j - i - 1]));
    }
    if (status == RML_OK) status = rml_dendrogram_average(distance, n, join, h->by_feature);
    if (status == RML_OK) status = rml_dendrogram_cut(join, h->by_feature, n, cut, h->cluster, &h->n_clusters);
    free(distance);
    free(r);
    free(join);
    return status;
}

/* By the Euclidean distance of their rows. */
static rml_status order_patients(rml_heat *h)
{
    const int32_t n = h->n_patients, p = h->n_features;
    double *distance = malloc(((size_t)n * (size_t)(n - 1) / 2 + 1) * sizeof *distance);
    double *row = malloc((size_t)n * (size_t)p * sizeof *row), *square = malloc((size_t)n * sizeof *square);
    double *product = malloc((size_t)n * sizeof *product);
    rml_join *join = malloc((size_t)n * sizeof *join);
    rml_status status = distance && row && square && product && join ? RML_OK : RML_ENOMEM;

    for (int32_t i = 0; status == RML_OK && i < n; ++i) {
        for (int32_t j = 0; j < p; ++j) row[(int64_t)i * p + j] = h->z[(int64_t)j * n + i];
        square[i] = rml_unit_product(row + (int64_t)i * p, row + (int64_t)i * p, p);
    }
    for (int32_t i = 0; status == RML_OK && i + 1 < n; ++i) {
        rml_unit_products(row + (int64_t)i * p, 1, row + (int64_t)(i + 1) * p, n - i - 1, p, product);
        for (int32_t j = i + 1; j < n; ++j)
            distance[rml_dendrogram_at(n, i, j)] = sqrt(fmax(0.0, square[i] + square[j] - 2.0 * product[j - i - 1]));
    }
    if (status == RML_OK) status = rml_dendrogram_average(distance, n, join, h->by_patient);
    free(distance);
    free(row);
    free(square);
    free(product);
    free(join);
    return status;
}

/* 3. The picture --------------------------------------------------------------------------------------------------- */

static int32_t cells(int32_t n)
{
    return n < MOST_CELLS ? n : MOST_CELLS;
}

/* The mean z of the features and patients that cell (c, d) of the picture stands for. */
static double cell(const rml_heat *h, int32_t c, int32_t d)
{
    const int32_t nc = cells(h->n_features), nd = cells(h->n_patients);
    const int32_t j0 = (int32_t)((int64_t)c * h->n_features / nc),
                  j1 = (int32_t)((int64_t)(c + 1) * h->n_features / nc);
    const int32_t i0 = (int32_t)((int64_t)d * h->n_patients / nd),
                  i1 = (int32_t)((int64_t)(d + 1) * h->n_patients / nd);
    double sum = 0.0;

    for (int32_t j = j0; j < j1; ++j)
        for (int32_t i = i0; i < i1; ++i) sum += h->z[(int64_t)h->by_feature[j] * h->n_patients + h->by_patient[i]];
    return sum * sqrt((double)h->n_patients) / ((double)(j1 - j0) * (i1 - i0)); /* of spread 1, not of length 1 */
}

static void put_lists(rml_report *r, const rml_heat *h)
{
    FILE *csv = rml_report_csv(r, "heatmap_features");

    fputs("place,feature,cluster\n", csv);
    for (int32_t k = 0; k < h->n_features; ++k) {
        fprintf(csv, "%d", k + 1);
        rml_csv_text(csv, h->in->frame.feature[h->feature[h->by_feature[k]]], false);
        fprintf(csv, ",%d\n", h->cluster[h->by_feature[k]] + 1);
    }
    csv = rml_report_csv(r, "heatmap_patients");
    fputs("place,id,y\n", csv);
    for (int32_t k = 0; k < h->n_patients; ++k) {
        const int32_t p = h->patient[h->by_patient[k]];

        fprintf(csv, "%d", k + 1);
        rml_csv_text(csv, h->in->patient.text[p], false);
        rml_csv_number(csv, h->in->y[p], false);
        fputc('\n', csv);
    }
}

/* Lines between clusters of features where they are not too many to be told apart. */
static void put_borders(const rml_heat *h, FILE *script)
{
    for (int32_t k = 1; k < h->n_features && h->n_clusters <= 40; ++k)
        if (h->cluster[h->by_feature[k]] != h->cluster[h->by_feature[k - 1]])
            fprintf(script,
                    "set arrow from graph 0, first %d to graph 1, first %d nohead front linewidth 0.7 linecolor rgb "
                    "'#FFFFFF'\n",
                    k, k);
}

static void draw(rml_report *r, const rml_heat *h)
{
    const int32_t nc = cells(h->n_features), nd = cells(h->n_patients);
    const double wide = (double)h->n_patients / nd, high = (double)h->n_features / nc, strip = 0.03 * h->n_features;
    FILE *script, *caption, *csv;

    script = rml_report_figure(r, RML_REPORT_SELECTION, "heatmap", "Features of all patients, alike beside alike",
                               RML_FIGURE_WIDTH, 470, &caption);
    put_lists(r, h);
    csv = rml_report_csv(r, "heatmap");
    fputs("row,column,z\n", csv);
    fputs("$heat << EOD\n", script);
    for (int32_t c = 0; c < nc; ++c) {
        for (int32_t d = 0; d < nd; ++d) {
            const double z = cell(h, c, d);

            fprintf(script, "%s%.3g", d > 0 ? " " : "", z);
            fprintf(csv, "%d,%d,%.4g\n", c + 1, d + 1, z);
        }
        fputc('\n', script);
    }
    fputs("EOD\n$positive << EOD\n", script);
    for (int32_t k = 0; k < h->n_patients; ++k)
        if (h->in->y[h->patient[h->by_patient[k]]] > 0.0) fprintf(script, "%g\n", k + 0.5);
    fputs("NaN\nEOD\n", script);
    put_borders(h, script);
    fprintf(script,
            "unset grid\nunset key\nset border 0\nset xrange [0:%d]\nset yrange [%g:%g]\nunset xtics\nunset ytics\n"
            /* light grows with the value all the way, so that it is read in grey as well: after cividis */
            "set palette defined (0 '#00204C', 0.17 '#1F3864', 0.33 '#575C6D', 0.5 '#7C7B78', 0.67 '#A59C74', 0.83 "
            "'#D2C060', 1 '#FFE945')\n"
            "set cbrange [-2.5:2.5]\nset cbtics 1 scale 0.5\nset colorbox user origin 0.88,0.18 size 0.025,0.62\n"
            "set rmargin at screen 0.86\nset lmargin at screen 0.1\nset tmargin at screen %s\nset xlabel ",
            h->n_patients, 0.0, h->n_features + (h->in->two_classes ? 2.2 * strip : 0.0), "0.97");
    rml_report_textf(r, 60, "%d patients", h->n_patients);
    fputs("\nset ylabel ", script);
    rml_report_textf(r, 60, "%d features in %d clusters", h->n_features, h->n_clusters);
    fputs(" offset 0.8,0\nset label ", script);
    rml_report_text(r, "z", 4);
    fputs(" at screen 0.892, 0.84 center\n", script);
    if (h->in->two_classes) {
        fputs("set label ", script);
        rml_report_text(r, "positive", 20);
        fprintf(script, " at graph 1, first %g left offset character 0.5,0 font ',10'\n", h->n_features + 1.6 * strip);
    }
    fprintf(script, "plot $heat matrix using (($1+0.5)*%.9g):(($2+0.5)*%.9g):3 with image", wide, high);
    if (h->in->two_classes)
        fprintf(script, ", $positive using 1:(%g):(0):(%g) with vectors nohead linewidth %.2g linecolor rgb '#222222'",
                h->n_features + strip, 1.2 * strip, 300.0 / h->n_patients < 0.4 ? 0.4 : 0.85 * 300.0 / h->n_patients);
    fputc('\n', script);
    fprintf(caption, "z-scores as extracted, before any preparation; patients and features in the order of average "
                     "linkage (Euclidean; "
                     "1 − |r|), features in clusters of a mean |r| of at least 0.5");
    if (wide > 1.0 || high > 1.0) fprintf(caption, "; each cell the mean of %.1f × %.1f neighbours", high, wide);
    if (h->n_features < h->in->feature.n)
        fprintf(caption,
                "; %lld of the study’s features are not shown (not in the table, constant, or missing for someone)",
                (long long)(h->in->feature.n - h->n_features));
    fputs(". No model has seen this order. Who stands where: heatmap_features.csv, heatmap_patients.csv.", caption);
}

void rml_report_heatmap(rml_report *r)
{
    rml_heat h = {.in = &r->in};
    rml_status status;

    if (!r->in.row) return;
    if (r->in.frame.n_features > MOST_CLUSTERED || r->in.patient.n > MOST_CLUSTERED) {
        fprintf(
            rml_report_piece(r, RML_REPORT_SELECTION),
            "<p class=\"note\">No heatmap: %d features of %lld patients; it is drawn for at most %d of either.</p>\n",
            r->in.frame.n_features, (long long)r->in.patient.n, MOST_CLUSTERED);
        return;
    }
    status = gather(&h);
    h.by_feature = malloc(((size_t)h.n_features + 1) * sizeof *h.by_feature);
    h.cluster = malloc(((size_t)h.n_features + 1) * sizeof *h.cluster);
    h.by_patient = malloc(((size_t)h.n_patients + 1) * sizeof *h.by_patient);
    if (!h.by_feature || !h.cluster || !h.by_patient) status = RML_ENOMEM;
    if (status == RML_OK && h.n_features > 1 && h.n_patients > 2) {
        status = order_features(&h);
        if (status == RML_OK) status = order_patients(&h);
        if (status == RML_OK) draw(r, &h);
    }
    if (status != RML_OK) r->no_memory = true;
    free(h.patient);
    free(h.feature);
    free(h.z);
    free(h.by_feature);
    free(h.by_patient);
    free(h.cluster);
}
