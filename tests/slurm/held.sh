#!/usr/bin/env bash
# A rank whose program stands still until a signal comes, so that a test finds it in the middle without a long computation.
#
#   held.sh JOURNAL BYTES first|always PROGRAM...
#
# The program is stopped once JOURNAL has grown by BYTES behind what says which run it is and names its files. first: in the
# job's first start alone, and USR1 and TERM let it go on and are passed to it. always: in every start, and nothing but SIGKILL
# ends it, as where a case takes for ever.
journal=$1 n_bytes=$2 when=$3
shift 3
held=$journal.held.$SLURM_JOB_ID.${SLURM_RESTART_COUNT:-0}
if [ "$when" = first ] && { [ "${SLURM_RESTART_COUNT:-0}" -gt 0 ] || [ -e "$held" ]; }; then exec "$@"; fi

size() { stat -c %s "$journal" 2>/dev/null || echo 0; }

number() { # of the journal: bytes, where
    od -An -tu"$1" -j"$2" -N"$1" "$journal"
}

head() { # behind two records: each has 40 bytes, in which the number of its keys of 16 stands at 8, the bytes of its blob at 16
    local at=16 record
    for record in identity names; do
        [ "$(size)" -ge $((at + 40)) ] || return
        at=$((at + 40 + $(number 4 $((at + 8))) * 16 + ($(number 8 $((at + 16))) + 7) / 8 * 8))
    done
    echo $at
}

from=$(size)
"$@" &
program=$!
pass_on() {
    kill -"$1" $program 2>/dev/null
    kill -CONT $program 2>/dev/null
    released=yes
}
released=no
if [ "$when" = first ]; then
    trap 'pass_on USR1' USR1
    trap 'pass_on TERM' TERM
else
    trap '' USR1 TERM
fi
while [ $released = no ] && kill -0 $program 2>/dev/null; do
    [ "${from:-0}" -gt 0 ] || from=$(head)
    if [ "${from:-0}" -gt 0 ] && [ "$(size)" -ge $((from + n_bytes)) ]; then
        kill -STOP $program
        echo $program >"$held.$program"
        mv "$held.$program" "$held" # of two ranks either
        break
    fi
    sleep 0.005
done
while :; do # a signal that is passed on ends the wait, not the program
    status=0
    wait $program || status=$?
    kill -0 $program 2>/dev/null || exit $status
done
