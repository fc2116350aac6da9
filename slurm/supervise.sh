# Sourced by the batch scripts beside it: runs the ranks, and decides what becomes of the job when they end.
#
#   supervise COMMAND...      does not return; the job ends with COMMAND's status, or is queued again
#
# The job is queued again after USR1 alone, which --signal=B:USR1@120 brings before the time limit. SIGTERM is what
# scancel sends, and a preemption: the ranks are told and the job ends. SLURM itself queues a preempted job again; a
# cancelled one that queued itself would come back for ever.

supervise() {
    local status=0
    warned_at='' terminated=no queued=no ranks=''
    trap on_warning USR1
    trap on_term TERM
    "$@" &
    ranks=$!
    [ -z "$warned_at" ] || kill -USR1 "$ranks" # the signal was faster than the line before
    [ $terminated = no ] || kill -TERM "$ranks"
    while kill -0 "$ranks" 2>/dev/null; do
        if [ -n "$warned_at" ] && [ $terminated = no ] && [ $((SECONDS - warned_at)) -ge "$stop_within" ]; then
            say "after $stop_within s the ranks still run: what they have finished is in the journal, the rest is computed again"
            queue_again && wait_for_end
        fi
        # The shell answers a signal between commands or in wait, not while a command in the foreground runs.
        sleep 1 &
        wait $! || true
    done
    wait "$ranks" || status=$?
    # 138: the launcher died of USR1, which came before it could pass it on.
    if { [ $status = 75 ] || [ $status = 138 ]; } && [ -n "$warned_at" ] && [ $terminated = no ]; then
        queue_again && wait_for_end
    fi
    # A mpirun that was terminated says 1, too.
    if [ $status = 1 ] && [ $terminated = no ] && [ "$failed_cases" = go-on ]; then
        say "done; some cases failed, and failures.csv names them (failed_cases=stop would end the chain here)"
        status=0
    fi
    exit $status
}

say() { echo "$(date '+%F %T') job ${SLURM_JOB_ID:-?}, start $((${SLURM_RESTART_COUNT:-0} + 1)): $*"; }

on_warning() {
    [ -n "$warned_at" ] && return
    warned_at=$SECONDS
    say "the time limit is near: the ranks finish what they are computing and stop"
    [ -z "$ranks" ] || kill -USR1 "$ranks" 2>/dev/null
}

on_term() {
    [ $terminated = yes ] && return
    terminated=yes
    [ $queued = yes ] ||
        say "SIGTERM: cancelled, preempted, or at the limit; what is finished is in the journal"
    [ -z "$ranks" ] || kill -TERM "$ranks" 2>/dev/null
}

queue_again() { # false: the job is not queued
    # A job that was cancelled after its warning may get here before its SIGTERM does; it runs no more.
    if [ "$(squeue --noheader --jobs="$SLURM_JOB_ID" --format=%T)" != RUNNING ]; then
        say "cancelled: not queued again"
        stop_within=1000000000
        return 1
    fi
    queued=yes # before SLURM's answer: its SIGTERM may come first
    if scontrol requeue "$SLURM_JOB_ID"; then
        say "queued again"
        return 0
    fi
    queued=no
    say "SLURM does not queue this job again. Nothing is lost: submit the same script once more"
    stop_within=1000000000 # not asked again
    return 1
}

# SLURM ends a job that was queued again, and this shell with it; without waiting for that, the exit status of this
# start would be taken for the job's.
wait_for_end() {
    while :; do
        sleep 1 &
        wait $! || true
    done
}
