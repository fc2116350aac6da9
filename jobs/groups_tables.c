/* The tables that radmill groups writes, a function each. */
#include <stdio.h>

#include "io/file.h"
#include "io/table.h"
#include "jobs/groups.h"

/* In the order of writers[]. */
const char *const rml_groups_tables[RML_GROUPS_TABLES] = {"table1.csv", "table1_tests.csv", "correlations.csv"};

static void numbers(FILE *out, const double *value, int n)
{
    for (int k = 0; k < n; ++k) rml_csv_number(out, value[k], false);
}

static void write_group(const rml_groups *x, const rml_table1_row *row, int32_t g, FILE *out)
{
    const rml_groups_column *by = x->by + row->by, *column = x->describe + row->column;
    const rml_table1_group *group = row->group + g;
    const char *name = g < by->codes.n_levels ? by->codes.level[g] : "(all)";
    const double value[] = {group->mean, group->sd, group->median, group->q1, group->q3, group->least, group->most};
    const int32_t n_lines = column->category ? column->codes.n_levels : 1;

    for (int32_t l = 0; l < n_lines; ++l) {
        rml_csv_text(out, by->name, true);
        rml_csv_text(out, name, false);
        rml_csv_text(out, column->name, false);
        rml_csv_text(out, column->category ? column->codes.level[l] : "", false);
        rml_csv_number(out, (double)group->n, false);
        rml_csv_number(out, (double)group->n_missing, false);
        if (column->category) {
            const int64_t count = row->count[g * column->codes.n_levels + l];

            fputs(",,,,,,,", out);
            rml_csv_number(out, (double)count, false);
            if (group->n > 0)
                rml_csv_number(out, 100.0 * (double)count / (double)group->n, false);
            else
                fputc(',', out);
        } else {
            numbers(out, value, 7);
            fputs(",,", out);
        }
        fputc('\n', out);
    }
}

static void write_table1(const rml_groups *x, FILE *out)
{
    fputs("by,group,column,value,n,missing,mean,sd,median,q1,q3,min,max,count,percent\n", out);
    for (int32_t k = 0; k < x->n_by * x->n_describe; ++k)
        for (int32_t g = 0; g <= x->by[x->row[k].by].codes.n_levels; ++g) write_group(x, x->row + k, g, out);
}

static void write_tests(const rml_groups *x, FILE *out)
{
    fputs("by,column,groups,n,test,p,smd,p_wilcoxon,p_t,p_welch,p_kruskal_wallis,p_chisq,p_chisq_yates,p_fisher\n",
          out);
    for (int32_t k = 0; k < x->n_by * x->n_describe; ++k) {
        const rml_table1_row *row = x->row + k;
        const int32_t n_groups = x->by[row->by].codes.n_levels;
        const double value[] = {row->p,       row->smd,   row->wilcoxon, row->t,     row->welch,
                                row->kruskal, row->chisq, row->yates,    row->fisher};

        rml_csv_text(out, x->by[row->by].name, true);
        rml_csv_text(out, x->describe[row->column].name, false);
        rml_csv_number(out, n_groups, false);
        rml_csv_number(out, (double)row->group[n_groups].n, false);
        rml_csv_text(out, row->test ? row->test : "", false);
        numbers(out, value, sizeof value / sizeof *value);
        fputc('\n', out);
    }
}

static void write_correlations(const rml_groups *x, FILE *out)
{
    fputs("of,with,n,pearson,pearson_lower,pearson_upper,pearson_p,pearson_p_bh,spearman,spearman_p,spearman_p_bh,"
          "kendall,kendall_p,kendall_p_bh\n",
          out);
    for (int32_t k = 0; k < x->n_of; ++k)
        for (int32_t j = 0; j < x->n_with; ++j) {
            const rml_groups_pair *c = x->pair + (int64_t)k * x->n_with + j;
            const double value[] = {(double)c->n,   c->pearson.estimate, c->pearson.low,       c->pearson.high,
                                    c->pearson.p,   c->pearson_bh,       c->spearman.estimate, c->spearman.p,
                                    c->spearman_bh, c->kendall.estimate, c->kendall.p,         c->kendall_bh};

            if (!c->with) continue;
            rml_csv_text(out, x->of[k].name, true);
            rml_csv_text(out, c->with, false);
            numbers(out, value, sizeof value / sizeof *value);
            fputc('\n', out);
        }
}

rml_status rml_groups_write(const rml_groups *x, const char *out, rml_error *err)
{
    static void (*const writers[RML_GROUPS_TABLES])(const rml_groups *, FILE *) = {write_table1, write_tests,
                                                                                   write_correlations};
    rml_status status = RML_OK;

    for (int t = 0; status == RML_OK && t < RML_GROUPS_TABLES; ++t) {
        rml_file_writer file;

        status = rml_file_create_in(out, rml_groups_tables[t], &file, err);
        if (status != RML_OK) return status;
        writers[t](x, file.stream);
        status = rml_file_commit(&file, err);
    }
    return status;
}
