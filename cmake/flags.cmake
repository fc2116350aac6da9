# Flags for every target of ours. No fast-math and no contraction: else a fused multiply-add makes the node's
# instruction set part of the result. No -march=native: one build runs on every node of a cluster.
add_library(rml_flags INTERFACE)
target_compile_options(rml_flags INTERFACE
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith -Wcast-qual
    -ffp-contract=off -fno-common
    $<$<BOOL:${RADMILL_WERROR}>:-Werror>)
target_compile_definitions(rml_flags INTERFACE
    _GNU_SOURCE
    $<$<BOOL:${RADMILL_CLONES}>:RADMILL_CLONES=1>)
if(RADMILL_SANITIZE)
    target_compile_options(rml_flags INTERFACE -fsanitize=${RADMILL_SANITIZE} -fno-omit-frame-pointer
                                               -fno-sanitize-recover=all)
    target_link_options(rml_flags INTERFACE -fsanitize=${RADMILL_SANITIZE})
endif()
# Assertions stay in every build: what only a mistake of ours can cause must not become a number in a table.
set(CMAKE_C_FLAGS_RELEASE "-O3 -g1")
