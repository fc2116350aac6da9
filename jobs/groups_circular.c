/* What is made of what. A score and clusters are made of features, and then differ in these by construction: a test of
 * the one against the other finds no more than that. */
#include <fnmatch.h>
#include <string.h>

#include "jobs/groups.h"

static bool fits(const rml_texts *patterns, const char *feature)
{
    for (int32_t t = 0; t < patterns->n; ++t)
        if (fnmatch(patterns->text[t], feature, 0) == 0) return true;
    return false;
}

void rml_groups_made_of(const rml_groups *x, const char *name, bool *of)
{
    const rml_frame *f = &x->build.frame;
    const int32_t score = rml_groups_score_of(x, name);
    const rml_group_score *s = score >= 0 ? x->study.groups.score + score : NULL;

    for (int32_t j = 0; j < f->n_features; ++j)
        of[j] = s ? fits(&s->plus, f->feature[j]) || fits(&s->minus, f->feature[j]) : strcmp(f->feature[j], name) == 0;
    if (!x->cluster || strcmp(name, "cluster") != 0) return;
    for (int32_t j = 0; j < x->matrix.p; ++j) of[x->matrix.feature[j]] = true;
}

bool rml_groups_circular(const bool *a, const bool *b, int32_t n_features)
{
    for (int32_t j = 0; j < n_features; ++j)
        if (a[j] && b[j]) return true;
    return false;
}
