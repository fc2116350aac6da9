#include "tests/support/support.h"

#include <pthread.h>

#include "kernels/base/kept.h"

/* What is given back comes again as long as it is large enough; aligned; the kinds do not share. */
static void a_buffer_is_taken_again(void **state)
{
    unsigned char *first = rml_kept_take(RML_KEPT_FILE, 1000), *other = rml_kept_take(RML_KEPT_SCRATCH, 1000), *again;

    (void)state;
    assert_non_null(first);
    assert_ptr_not_equal(first, other);
    assert_int_equal((uintptr_t)first % 64, 0);
    memset(first, 1, 1000);
    memset(other, 2, 1000);
    rml_kept_give(RML_KEPT_FILE, first);
    again = rml_kept_take(RML_KEPT_FILE, 1100); /* a quarter more was asked of the system */
    assert_ptr_equal(again, first);
    rml_kept_give(RML_KEPT_FILE, again);
    again = rml_kept_take(RML_KEPT_FILE, 100000);
    memset(again, 3, 100000);
    assert_int_equal(other[999], 2);
    rml_kept_give(RML_KEPT_FILE, again);
    rml_kept_give(RML_KEPT_SCRATCH, other);
    rml_kept_give(RML_KEPT_SCRATCH, NULL);
}

/* Very large ones go back at once: a sanitizer would see one that did not. */
static void a_very_large_one_is_not_kept(void **state)
{
    unsigned char *large = rml_kept_take(RML_KEPT_FILE, RML_KEPT_MOST + 1);

    (void)state;
    assert_non_null(large);
    large[RML_KEPT_MOST] = 1;
    rml_kept_give(RML_KEPT_FILE, large);
}

static void *elsewhere(void *buffer)
{
    void *own = rml_kept_take(RML_KEPT_FILE, 500);
    const bool same = own == buffer;

    rml_kept_give(RML_KEPT_FILE, own);
    return same ? buffer : NULL;
}

static void threads_do_not_share(void **state)
{
    void *mine = rml_kept_take(RML_KEPT_FILE, 500), *shared;
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, elsewhere, mine), 0);
    assert_int_equal(pthread_join(thread, &shared), 0);
    assert_null(shared);
    rml_kept_give(RML_KEPT_FILE, mine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_is_taken_again),
        cmocka_unit_test(a_very_large_one_is_not_kept),
        cmocka_unit_test(threads_do_not_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
