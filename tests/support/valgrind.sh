#!/usr/bin/env bash
# Every unit test of kernels and io under valgrind: no byte read that is not there or was never written, none forgotten.
# What libraries keep until the end is reachable, and no leak. Usage: valgrind.sh FOLDER_OF_PROGRAMS [NAME...]
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
        printf 'FAILED  %-34s status %d\n' "$(basename "$program")" $status
        tail -n 40 "$log"
        return 1
        ;;
    esac
}
export -f one
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'one "$@"' - {} "$logs" "$here"
