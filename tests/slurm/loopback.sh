#!/usr/bin/env bash
# A SLURM of its own for a test: munged, slurmctld and a slurmd for each of some virtual nodes, all on 127.0.0.1, all files
# in one folder, for root or any user, without systemd, cgroups or a database.
#
#   loopback.sh start FOLDER [NODES [CPUS]]    FOLDER must be empty or absent; then SLURM_CONF=FOLDER/slurm.conf
#   loopback.sh stop FOLDER                    ends its jobs and daemons; the logs stay
#
# Exit status: 0, 1 with the reason, 77 where the programs are not installed.
set -eu -o pipefail
PATH=$PATH:/usr/sbin:/sbin
verb=${1:-} folder=${2:-} n_nodes=${3:-2} n_cpus=${4:-2}
[ -n "$folder" ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }

fail() {
    echo "loopback: $*" >&2
    exit 1
}

# --- daemons: each in the foreground of a session of its own; its number is kept with the time at which it began, so that a
# number that has since gone to another process is never signalled ---

began() { # pid: field 22 of stat, nothing of a process that has ended but was not asked for its status yet
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    set -- ${stat##*) } # the name before it may hold blanks
    [ "$1" = Z ] || echo "${20}"
}

daemon() { # name, command...
    local name=$1 pid
    shift
    setsid "$@" >"$folder/$name.out" 2>&1 </dev/null &
    pid=$!
    echo "$name $pid $(began $pid)" >>"$folder/daemons"
}

runs() { # pid, when it began
    [ -n "$2" ] && [ "$(began "$1")" = "$2" ]
}

wait_until() { # seconds, command...: false when the time is over
    local tries=$(($1 * 20))
    shift
    until "$@"; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.05
    done
}

# --- configuration ---

free_port() { # the first of a row of $1 free ports, below those that the kernel gives to clients
    local first port
    for first in $(shuf -i 10000-30000 -n 50); do
        for ((port = first; port < first + $1; ++port)); do
            ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || continue 2
        done
        echo "$first"
        return
    done
    fail "no free ports"
}

configure() {
    local port host n
    host=$(hostname -s)
    port=$(free_port $((n_nodes + 1)))
    # cred_expire: how long a job that was queued again waits before it starts; 5 s is the least that is taken.
    # config_overrides: a node has the processors that stand here, not those of the machine.
    # TmpFS: the nodes are one host, and two jobs' steps must not find each other's files.
    # The intervals make the scheduler look at once; KillWait is what lies between SIGTERM and SIGKILL.
    cat >"$folder/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmctldPidFile=$folder/slurmctld.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdSpoolDir=$folder/%n/spool
SlurmdPidFile=$folder/%n/pid
SlurmdLogFile=$folder/%n/log
SlurmdParameters=config_overrides
TmpFS=$folder/%n/tmp
TaskProlog=$folder/task_prolog
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
KillWait=2
CompleteWait=0
MinJobAge=600
CONF
    for ((n = 1; n <= n_nodes; ++n)); do
        mkdir -p "$folder/n$n/spool" "$folder/n$n/tmp"
        echo "NodeName=n$n NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + n)) CPUs=$n_cpus RealMemory=100000"
    done >>"$folder/slurm.conf"
    cat >>"$folder/slurm.conf" <<CONF
PartitionName=batch Nodes=ALL Default=YES PriorityTier=1 MaxTime=INFINITE
PartitionName=lasting Nodes=ALL PriorityTier=1 GraceTime=6 MaxTime=INFINITE
PartitionName=urgent Nodes=ALL PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE
CONF
    # The compute node's daemon loads a cgroup plugin whether anything uses it or not. That of version 1 asks for nothing.
    echo "CgroupPlugin=cgroup/v1" >"$folder/cgroup.conf"
    # Ranks name what they share by host and number. Two nodes on one host would share it with the wrong ones.
    cat >"$folder/task_prolog" <<PROLOG
#!/bin/sh
tmp=$folder/\$SLURMD_NODENAME/tmp
echo "export TMPDIR=\$tmp"
echo "export OMPI_MCA_orte_tmpdir_base=\$tmp"
echo "export OMPI_MCA_btl_vader_backing_directory=\$tmp"
PROLOG
    chmod +x "$folder/task_prolog"
}

# --- start and stop ---

nodes_ready() {
    [ "$(sinfo -h -N -p batch -t idle -o %N 2>/dev/null | wc -l)" = "$n_nodes" ]
}

start() {
    local program n
    for program in munged slurmctld slurmd sbatch srun; do
        command -v $program >/dev/null || {
            echo "no $program here: the packages slurm-wlm and munge are needed"
            exit 77
        }
    done
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd -P)
    [ -z "$(ls -A "$folder")" ] || fail "$folder is not empty"
    export SLURM_CONF=$folder/slurm.conf
    trap 'stop' EXIT # until all is up
    mkdir "$folder/state"
    chmod 700 "$folder/state"
    (umask 077 && head -c 128 /dev/urandom >"$folder/munge.key")
    configure
    daemon munged munged --foreground --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munged.pid" --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"
    wait_until 10 test -S "$folder/munge.socket" || fail "munged did not start: $(tail -n 2 "$folder/munged.out")"
    daemon slurmctld slurmctld -D -i -f "$SLURM_CONF"
    for ((n = 1; n <= n_nodes; ++n)); do daemon n$n slurmd -D -N n$n -f "$SLURM_CONF"; done
    wait_until 30 nodes_ready || fail "the nodes did not come up: $(tail -n 2 "$folder"/slurmctld.log "$folder"/n1/log)"
    trap - EXIT
}

no_steps() { # of this SLURM: it is the only one that was given this configuration
    local process
    for process in /proc/[0-9]*; do
        case $(readlink "$process/exe" 2>/dev/null) in *slurmstepd*) ;; *) continue ;; esac
        ! tr '\0' '\n' 2>/dev/null <"$process/environ" | grep -qxF "SLURM_CONF=$SLURM_CONF" || return 1
    done
}

stop() {
    local name pid when
    [ -f "$folder/daemons" ] || return 0
    folder=$(cd "$folder" && pwd -P)
    export SLURM_CONF=$folder/slurm.conf
    # Jobs first: their processes would outlive the daemons. What is left after KillWait is killed by SLURM itself.
    read -r name pid when < <(grep '^slurmctld ' "$folder/daemons") || true
    if [ -n "${pid:-}" ] && runs "$pid" "$when"; then
        scancel --quiet --full --signal=KILL --user="$(id -un)" 2>/dev/null || true
        scancel --quiet --user="$(id -un)" 2>/dev/null || true
        wait_until 8 no_steps || echo "loopback: some steps did not end" >&2
    fi
    tac "$folder/daemons" | while read -r name pid when; do
        runs "$pid" "$when" || continue
        kill -TERM "$pid" 2>/dev/null || true
        wait_until 5 eval "! runs $pid $when" || kill -KILL "$pid" 2>/dev/null || true
    done
    rm -f "$folder/daemons"
}

case $verb in
start) start ;;
stop) stop ;;
*) fail "start or stop was expected, not $verb" ;;
esac
