#include "tests/support/reference.h"

#include "tests/support/measured.h"

bool rml_reference_present(void)
{
    return rml_shared("reference/stats") != NULL;
}

static void open_table(const char *relative, rml_table *table)
{
    char path[4096];
    rml_error err;

    snprintf(path, sizeof path, "reference/stats/%s", relative);
    if (rml_table_read(rml_shared(path), table, &err) != RML_OK) fail_msg("%s", err.text);
}

void rml_reference_open(const char *name, rml_reference *reference)
{
    char path[4096], *text = NULL;
    size_t n_bytes;
    rml_error err;
    const cJSON *inputs;

    *reference = (rml_reference){0};
    snprintf(reference->name, sizeof reference->name, "%s", name);
    snprintf(path, sizeof path, "reference/stats/%s/expected.json", name);
    if (rml_file_read(rml_shared(path), (size_t)64 << 20, &text, &n_bytes, &err) != RML_OK) fail_msg("%s", err.text);
    reference->expected = cJSON_ParseWithLength(text, n_bytes);
    free(text);
    if (!reference->expected) fail_msg("%s: expected.json is not JSON", name);
    rml_measured_case(name, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(reference->expected, "oracle")));
    reference->result = rml_json(reference->expected, "result");
    inputs = rml_json(reference->expected, "inputs");
    if (cJSON_IsString(inputs)) open_table(inputs->valuestring, &reference->input);
    if (cJSON_GetArraySize(inputs) > 0) open_table(cJSON_GetArrayItem(inputs, 0)->valuestring, &reference->input);
}

void rml_reference_close(rml_reference *reference)
{
    rml_measured_case(NULL, NULL);
    cJSON_Delete(reference->expected);
    rml_table_free(&reference->input);
    *reference = (rml_reference){0};
}

void rml_reference_table(const rml_reference *reference, const char *file, rml_table *table)
{
    char relative[1024];

    if (strchr(file, '/'))
        snprintf(relative, sizeof relative, "%s", file);
    else
        snprintf(relative, sizeof relative, "%s/%s", reference->name, file);
    open_table(relative, table);
}

const cJSON *rml_json(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!item) fail_msg("the reference has no field \"%s\"", name);
    return item;
}

double rml_json_number(const cJSON *item)
{
    if (cJSON_IsNumber(item)) return item->valuedouble;
    if (cJSON_IsBool(item)) return cJSON_IsTrue(item);
    if (cJSON_IsString(item) && strcmp(item->valuestring, "Inf") == 0) return INFINITY;
    if (cJSON_IsString(item) && strcmp(item->valuestring, "-Inf") == 0) return -INFINITY;
    return NAN;
}

double *rml_json_numbers(const cJSON *list, int32_t *n)
{
    const cJSON *item;
    double *numbers;
    int32_t i = 0;

    *n = cJSON_GetArraySize(list);
    numbers = malloc(((size_t)*n + 1) * sizeof *numbers);
    assert_non_null(numbers);
    cJSON_ArrayForEach(item, list) numbers[i++] = rml_json_number(item);
    return numbers;
}

static double number_of(const char *cell)
{
    char *end;
    const double value = strtod(cell, &end);

    if (!*cell || strcmp(cell, "NA") == 0) return NAN;
    if (strcmp(cell, "TRUE") == 0 || strcmp(cell, "True") == 0) return 1.0;
    if (strcmp(cell, "FALSE") == 0 || strcmp(cell, "False") == 0) return 0.0;
    if (*end) fail_msg("\"%s\" is no number", cell);
    return value;
}

static int32_t column_of(const rml_table *table, const char *name)
{
    const int32_t column = rml_table_column(table, name);

    if (column < 0) fail_msg("the reference's table has no column \"%s\"", name);
    return column;
}

double *rml_table_numbers(const rml_table *table, const char *column)
{
    const int32_t c = column_of(table, column);
    double *numbers = malloc(((size_t)table->n_rows + 1) * sizeof *numbers);

    assert_non_null(numbers);
    for (int64_t r = 0; r < table->n_rows; ++r) numbers[r] = number_of(table->cell[r * table->n_columns + c]);
    return numbers;
}

double *rml_table_matrix(const rml_table *table, const cJSON *names, int32_t *n_columns)
{
    const cJSON *name;
    double *numbers, *out;

    *n_columns = cJSON_GetArraySize(names);
    numbers = malloc(((size_t)*n_columns * (size_t)table->n_rows + 1) * sizeof *numbers);
    assert_non_null(numbers);
    out = numbers;
    cJSON_ArrayForEach(name, names)
    {
        const int32_t c = column_of(table, name->valuestring);

        for (int64_t r = 0; r < table->n_rows; ++r) *out++ = number_of(table->cell[r * table->n_columns + c]);
    }
    return numbers;
}
