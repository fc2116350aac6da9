#!/usr/bin/env bash
# Every unit test of kernels and io under valgrind: no byte read that is not there or was never written, none forgotten.
# What libraries keep until the end is reachable, and no leak.
#
# Valgrind computes long double with the 64 bits of a double and takes 20 to 50 times as long, so that a case which compares
# to the last place, or is held to seconds, may fail there; it then forgets what it had in hand. Such a program is listed as
# "cases", with the first that failed, and judged by its accesses alone.
# Usage: valgrind.sh FOLDER_OF_PROGRAMS [PROGRAM...]
set -uo pipefail
programs=$1
shift
[ $# = 0 ] && set -- "$programs"/test_kernels_* "$programs"/test_io_*
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

one() { # program: its line, and its log where something was wrong
    local program=$1 log begin status=0
    log=$2/$(basename "$program") begin=$SECONDS
    valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
        --suppressions="$3/valgrind.supp" "$program" >"$log" 2>&1 || status=$?
    case $status in
    0) printf 'ok      %-34s %5d s\n' "$(basename "$program")" $((SECONDS - begin)) ;;
    77) printf 'skipped %-34s %s\n' "$(basename "$program")" "$(tail -n 1 "$log")" ;;
    *)
        if grep -q '^\[  FAILED  \]' "$log" && ! grep -qE 'Invalid (read|write|free)|uninitialised|Mismatched' "$log"; then
            printf 'cases   %-34s %s\n' "$(basename "$program")" "$(grep -m 1 '^\[  FAILED  \]' "$log")"
            return 0
        fi
        printf 'FAILED  %-34s status %d\n' "$(basename "$program")" $status
        tail -n 40 "$log"
        return 1
        ;;
    esac
}
export -f one
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'one "$@"' - {} "$logs" "$here"
