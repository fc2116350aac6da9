# Sourced by the batch scripts beside it: runs the ranks, and decides what becomes of the job when they end.
#
#   supervise COMMAND...      does not return; the job ends with COMMAND's status, or is queued again. COMMAND is a verb of
#                             radmill with --resume; --give-up and --failed-status come from here. journals, of the
#                             script, prints what changes when the run's journal grows, or one of several
#
# The job is queued again after USR1 alone, which --signal=B:USR1@120 brings before the time limit. SIGTERM is what
# scancel sends, and a preemption: the ranks are told and the job ends. SLURM itself queues a preempted job again; a
# cancelled one that queued itself would come back for ever. Where a preemption leaves a grace time, the ranks get SIGTERM
# alone and this shell waits for SLURM: a job that ended by itself would not be queued again.
#
# A rank that crashes or is killed (out of memory) takes all with it. They are started again in the same job, so that the
# case that does it is found out and set aside. Who ends that is radmill, after give_up starts in a row without a new
# result, or here as many that did not even come to write a journal. A mpirun that is still there launcher_within (60) seconds
# after its last rank here has ended is killed, which counts as such a death: Open MPI 4.1.4's stands still at times.

supervise() {
    local status=0 allowed=$give_up idle=0 before failed=65 # 1 is also what a launcher says that fails by itself
    warned_at='' terminated=no queued=no ranks='' job=''
    trap on_warning USR1
    trap on_term TERM
    while :; do
        before=$(journals 2>/dev/null)
        run_ranks "$@" --give-up "$allowed" --failed-status $failed
        if [ $status != 0 ] && [ $status != $failed ] && [ $terminated = no ] && [ -z "$warned_at" ] && is_preempted; then
            say "preempted: the job waits for what SLURM does when its grace time is over (PreemptMode=REQUEUE: it comes back)"
            wait_for_end
        fi
        is_crash $status && [ $terminated = no ] && [ -z "$warned_at" ] || break
        idle=$((idle + 1))
        [ "$(journals 2>/dev/null)" = "$before" ] || idle=0
        if [ $idle -ge "$give_up" ]; then
            say "$idle starts in a row ended with $status before they wrote anything: not started again"
            break
        fi
        job_runs || break # it was cancelled, and its ranks knew before this shell
        say "a rank crashed or was killed, perhaps for its memory (status $status): started again in this job"
        # One start more than after a time limit: what ran in all of these then comes last, one at a time, and shows itself.
        allowed=$((give_up + 1))
    done
    # 138: the launcher died of USR1, which came before it could pass it on. After a crash no time is left here.
    if { [ $status = 75 ] || is_crash $status; } && [ -n "$warned_at" ] && [ $terminated = no ]; then
        queue_again && wait_for_end
    fi
    if [ $status = $failed ] && [ "$failed_cases" = go-on ]; then
        say "done; some cases failed, and failures.csv names them (failed_cases=stop would end the chain here)"
        status=0
    elif [ $status = $failed ]; then
        say "done, but some cases failed, and failures.csv names them (failed_cases=go-on would take this for done)"
        status=1
    elif [ $status = 1 ] && [ $terminated = no ]; then
        say "the run did not come to its end: status 1 is the launcher's, whose words stand above; what is finished is kept"
    fi
    exit $status
}

is_crash() { # what a shell, srun and mpirun make of a signal
    [ "$1" -gt 128 ]
}

run_ranks() { # sets status
    local seen='' # when mpirun last had a rank at work here; empty: it has had none yet, or this is another launcher
    status=0
    "$@" &
    ranks=$!
    [ -z "$warned_at" ] || kill -USR1 "$ranks" # the signal was faster than the line before
    [ $terminated = no ] || kill -TERM "$ranks"
    while kill -0 "$ranks" 2>/dev/null; do
        if [ -n "$warned_at" ] && [ $terminated = no ] && [ $((SECONDS - warned_at)) -ge "$stop_within" ]; then
            say "after $stop_within s the ranks still run: what they have finished is in the journal, the rest is computed again"
            queue_again && wait_for_end
        fi
        case $(ranks_here) in
        'at work') seen=$SECONDS ;;
        ended) seen=${seen:-$SECONDS} ;;
        esac
        if [ -n "$seen" ] && [ $((SECONDS - seen)) -ge "${launcher_within:-60}" ]; then
            say "mpirun stands still: its ranks here ended ${launcher_within:-60} s ago; it is killed"
            kill -KILL "$ranks" 2>/dev/null
            seen=''
        fi
        # The shell answers a signal between commands or in wait, not while a command in the foreground runs.
        sleep 1 &
        wait $! || true
    done
    wait "$ranks" || status=$?
}

# Says what mpirun's ranks on this node do: "at work", or "ended" where it has not asked after some yet. Of srun, whose ranks
# are not its children, of wrappers around radmill and of other nodes it says nothing.
ranks_here() {
    local child name='' state='' found=''
    for child in $(cat "/proc/$ranks/task/"*/children 2>/dev/null); do
        { read -r name <"/proc/$child/comm" && read -r state <"/proc/$child/stat"; } 2>/dev/null || continue
        [ "$name" = radmill ] || continue
        state=${state##*) }
        found=ended
        if [ "${state%% *}" != Z ]; then
            found='at work'
            break
        fi
    done
    echo "$found"
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

ask_slurm() { # sets answer to what SLURM says of the job, on one line; false, with empty answer: it says nothing
    local tries=1 left end=$((SECONDS + 20))
    name_job
    while :; do
        left=$((end - SECONDS))
        # Not squeue, whose answer hangs on what a user's SQUEUE_... variables say.
        answer=$(timeout $((left > 1 ? left : 1)) scontrol show job "$job" --oneliner)
        case $answer in *' JobState='*) return ;; esac
        # A SLURM that is too busy to answer says nothing of the job. Of 30 s that are left after stop_within these are most.
        if [ $((tries += 1)) -gt 10 ] || [ $SECONDS -ge $end ] || [ $terminated = yes ]; then
            answer=''
            return 1
        fi
        sleep 1 &
        wait $! || true
    done
}

job_runs() { # false, with the reason told: it is over, or SLURM does not say
    local answer
    if ! ask_slurm; then
        say "SLURM does not answer; the job ends. Nothing is lost: submit the same script once more"
        return 1
    fi
    case $answer in
    *' JobState=RUNNING '* | *' JobState=SIGNALING '* | *' JobState=CONFIGURING '* | *' JobState=RESIZING '*) return ;;
    esac
    say "cancelled: not queued or started again"
    return 1
}

is_preempted() { # and not suspended, from which a job comes back with its ranks
    local answer
    ask_slurm && [[ $answer == *' PreemptTime='[0-9]* && $answer == *' SuspendTime=None '* ]]
}

name_job() { # Of an array this element alone: the last one's own number is the array's, and by that SLURM takes all of them.
    job=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}
    job=${job:-$SLURM_JOB_ID}
}

queue_again() { # false: the job is not queued
    # A job that was cancelled after its warning may get here before its SIGTERM does; it runs no more.
    if ! job_runs; then
        stop_within=1000000000 # not asked again
        return 1
    fi
    queued=yes # before SLURM's answer: its SIGTERM may come first
    if scontrol requeue "$job"; then
        say "queued again"
        return 0
    fi
    queued=no
    say "SLURM does not queue this job again. Nothing is lost: submit the same script once more"
    stop_within=1000000000
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
