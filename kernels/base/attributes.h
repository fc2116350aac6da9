/* Compiler attributes that carry a meaning of ours. */
#ifndef RML_BASE_ATTRIBUTES_H
#define RML_BASE_ATTRIBUTES_H

/* The result must be looked at. */
#define RML_CHECKED __attribute__((warn_unused_result))

#define RML_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* One build of the function per instruction set, chosen by the loader. For arithmetic loops where measuring shows the
 * gain; never for loops whose order of summation the compiler could change (it may not: no fast-math). */
#if defined(RADMILL_CLONES) && defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__)
#define RML_HOT __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define RML_HOT
#endif

#endif
