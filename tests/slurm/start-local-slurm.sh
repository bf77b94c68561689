#!/usr/bin/env bash
# Start a private, throw-away Slurm cluster on this one host, for tests and CI.
#
#   start-local-slurm.sh DIR [NODES [CPUS_PER_NODE]]        (default: 2 nodes of 1 CPU)
#
# Everything it writes lies under DIR: slurm.conf, a munge key and socket of its own,
# logs, spool and state. It uses neither systemd nor /etc/slurm nor /etc/munge, and it
# does not disturb a Slurm or munge that the host may already run. The daemons listen on
# the loopback address only.
#
# Each "node" is a slurmd process with its own name, port and spool directory, so a node
# can be lost (kill -9) and brought back: run this script again with the same DIR and it
# starts only the daemons that are missing. Running it on a healthy cluster changes
# nothing. CPUS_PER_NODE is taken at its word; more CPUs than the host has is allowed.
#
# Needs root when packages are missing (Debian/Ubuntu: slurmctld slurmd slurm-client
# munge are installed with apt-get, without starting their services). When they are
# present, root is still the normal case; an ordinary user can run it for its own jobs.
#
# Exit status: 0 up, 69 Slurm is missing and cannot be installed, 1 anything else.
#
# Environment: LOCAL_SLURM_WAIT   seconds to wait for all nodes to be usable (60)
#              LOCAL_SLURM_PORT   first port to try (default: derived from DIR)
#              LOCAL_SLURM_NO_INSTALL=1   fail instead of installing packages
# Stop and remove everything with: stop-local-slurm.sh DIR
set -euo pipefail
export LC_ALL=C
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
unset SLURM_CONF

die() { echo "start-local-slurm: $*" >&2; exit 1; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

[ $# -ge 1 ] && [ $# -le 3 ] || die "usage: $0 DIR [NODES [CPUS_PER_NODE]]"
want_nodes=${2:-} want_cpus=${3:-}
for v in "$want_nodes" "$want_cpus"; do
  case $v in '') ;; *[!0-9]*|0*) die "NODES and CPUS_PER_NODE must be positive integers" ;; esac
done
wait_s=${LOCAL_SLURM_WAIT:-60}

# ---- packages --------------------------------------------------------------------------
have_all() { for c in munged slurmctld slurmd sbatch sinfo scontrol; do command -v "$c" >/dev/null || return 1; done; }
if ! have_all; then
  [ -z "${LOCAL_SLURM_NO_INSTALL:-}" ] || { echo "start-local-slurm: Slurm or munge is not installed" >&2; exit 69; }
  "$here/install.sh" slurmctld slurmd slurm-client munge
  hash -r
fi
have_all || die "Slurm or munge commands are still missing after installation"

# ---- directory -------------------------------------------------------------------------
mkdir -p "$1"
dir=$(cd "$1" && pwd -P)
case $dir in *[!A-Za-z0-9/._+-]*) die "DIR may hold only letters, digits and / . _ + -" ;; esac
[ ${#dir} -le 60 ] || die "DIR is too long for Unix sockets (over 60 characters): $dir"
conf=$dir/slurm.conf
if [ ! -e "$dir/.local-slurm" ]; then
  [ -z "$(ls -A "$dir")" ] || die "$dir is not empty and was not made by this script"
  chmod 755 "$dir"
  mkdir -p "$dir"/{munge,state,spool,log,pid}
  : > "$dir/.local-slurm"
fi
exec 9>"$dir/.lock"; flock 9                      # two starts at once: the second one waits

# ---- configuration (written once; kept on later calls so that ports stay the same) -------
port_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
if [ ! -e "$conf" ]; then
  nodes=${want_nodes:-2} cpus=${want_cpus:-1}
  span=$((nodes + 1))
  port=${LOCAL_SLURM_PORT:-$((20000 + $(printf %s "$dir" | cksum | cut -d' ' -f1) % 12000))}
  tries=0
  while :; do                                     # one port for slurmctld, one per slurmd, all free
    ok=1
    for ((p = port; p < port + span; p++)); do port_free "$p" || { ok=; break; }; done
    [ -z "$ok" ] || break
    port=$((port + span)); tries=$((tries + 1)); [ "$tries" -lt 100 ] || die "no free ports found"
  done
  user=$(id -un)
  host=$(hostname -s 2>/dev/null || hostname)
  ver=$(slurmctld -V | sed -E 's/^[^0-9]*([0-9]+)\.([0-9]+).*/\1\2/')
  # From 23.02 slurmd looks for a cgroup hierarchy it may manage; a container has none.
  if [ "$ver" -ge 2302 ]; then echo 'CgroupPlugin=disabled' > "$dir/cgroup.conf"; fi
  cat > "$conf.new" <<CONF
ClusterName=local
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
# cred_expire is also how long a requeued job waits before it may start again (default 120 s)
AuthInfo=socket=$dir/munge/sock,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/pid/slurmctld
SlurmdPidFile=$dir/pid/slurmd-%n
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd-%n.log
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
PlugStackConfig=$dir/plugstack.conf
ProctrackType=proctrack/linuxproc
MpiDefault=none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobcomp.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
# a lost node is set down after SlurmdTimeout + MessageTimeout and a few seconds (about 18 s
# together; lower values take a busy node for a lost one); it comes back as soon as its slurmd registers
SlurmdTimeout=10
MessageTimeout=5
SchedulerParameters=batch_sched_delay=1,sched_interval=2,bf_interval=5
SlurmctldTimeout=10
ReturnToService=2
# SIGTERM, then SIGKILL after KillWait seconds (time limit, scancel)
KillWait=5
MinJobAge=3600
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=DEFAULT CPUS=$cpus State=UNKNOWN
$(for ((i = 1; i <= nodes; i++)); do echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + i))"; done)
PartitionName=DEFAULT Nodes=ALL MaxTime=INFINITE State=UP
PartitionName=main Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=5
PartitionName=urgent PriorityTier=10 PreemptMode=OFF
CONF
  : > "$dir/plugstack.conf"
  echo "$nodes $cpus" > "$dir/size"
  printf 'export SLURM_CONF=%s\n' "$conf" > "$dir/env.sh"
  mv "$conf.new" "$conf"
fi
read -r nodes cpus < "$dir/size"
[ -z "$want_nodes" ] || [ "$want_nodes" = "$nodes" ] || die "$dir holds a cluster of $nodes nodes; stop it first"
[ -z "$want_cpus" ] || [ "$want_cpus" = "$cpus" ] || die "$dir holds a cluster of $cpus CPUs per node; stop it first"
export SLURM_CONF=$conf

# ---- daemons: start those that are not running --------------------------------------------
# A pid counts only while it is the very daemon: its command line names our DIR.
alive() {
  local pid; pid=$(cat "$dir/pid/$1" 2>/dev/null) || return 1
  [ -n "$pid" ] && tr '\0' ' ' 2>/dev/null < "/proc/$pid/cmdline" | grep -qF -- "$dir/"
}
fail() {
  echo "start-local-slurm: $*" >&2
  for f in "$dir"/log/*.log; do [ -e "$f" ] || continue; echo "--- last lines of ${f##*/}" >&2; tail -n 15 "$f" >&2; done
  exit 1
}
run() { "$@" 9>&- </dev/null >>"$dir/log/start.log" 2>&1; }   # daemons must not inherit the lock

t0=$(date +%s%N)
if [ ! -s "$dir/munge/key" ]; then
  (umask 077; head -c 128 /dev/urandom > "$dir/munge/key")
fi
if ! alive munged; then
  rm -f "$dir/munge/sock" "$dir/munge/sock.lock"
  # --force: DIR may lie under a directory of another owner; the key is worthless outside DIR
  run munged --force --socket="$dir/munge/sock" --key-file="$dir/munge/key" --seed-file="$dir/munge/seed" \
    --log-file="$dir/log/munged.log" --pid-file="$dir/pid/munged" || fail "munged did not start"
fi
alive slurmctld || run slurmctld -f "$conf" || fail "slurmctld did not start"
for ((i = 1; i <= nodes; i++)); do
  alive "slurmd-n$i" || { mkdir -p "$dir/spool/n$i"; run slurmd -N "n$i" -f "$conf"; } || fail "slurmd n$i did not start"
done

# ---- wait until every node can take work -----------------------------------------------------
deadline=$(( $(date +%s) + wait_s ))
while :; do
  states=$(sinfo -h -N -p main -o '%N %T' 2>/dev/null || true)
  good=$(grep -cE ' (idle|mixed|allocated|completing)$' <<<"$states" || true)
  [ "$good" -ne "$nodes" ] || break
  # a node set down or drained by hand while its slurmd runs
  while read -r n s; do
    case $s in down|drained|draining) scontrol update nodename="$n" state=resume 2>/dev/null || true ;; esac
  done <<<"$states"
  [ "$(date +%s)" -lt "$deadline" ] || fail "nodes not usable after $wait_s s: $(tr '\n' ';' <<<"$states")"
  sleep 0.2
done
ms=$(( ($(date +%s%N) - t0) / 1000000 ))

cat <<OUT
Slurm $(slurmctld -V | sed 's/^[^0-9]*//') is up after ${ms} ms: $nodes nodes of $cpus CPUs, partitions main (default, preemptible) and urgent.
  use it:       . $dir/env.sh
  submit:       sbatch --array=0-7 --requeue --open-mode=append --output=%A_%a.log JOB.sh
  look:         squeue -a -t all -r     scontrol show job ID     cat $dir/log/jobcomp.txt
  lose a node:  kill -9 \$(cat $dir/pid/slurmd-n2)      (set down in about 20 s; its job is requeued)
  ... at once:  scontrol update nodename=n2 state=down reason=lost
  node back:    $here/start-local-slurm.sh $dir
  stop:         $here/stop-local-slurm.sh $dir
OUT
