
set -u
restarts=${SLURM_RESTART_COUNT:-0} shard=$SLURM_ARRAY_TASK_ID
# Not SLURM_JOB_ID: one task of every array has the number of the whole array.
# Nor SLURM_ARRAY_TASK_COUNT: that is the number of tasks that were submitted.
me=${SLURM_ARRAY_JOB_ID}_$shard
say() { echo "$(date +%FT%T) shard $shard of $shards: $*"; }
say "begins on ${SLURMD_NODENAME:-?}, restart $restarts"

told='' nearly_up='' child=''
stop() {
    told=1
    say "is told to stop: $1"
    [ -z "$child" ] || kill -TERM "$child" 2>/dev/null
}
trap 'nearly_up=1; stop "its time is nearly up"' USR1
trap 'stop "preempted, requeued or canceled"' TERM # Slurm decides what follows
"$run/bin/xtask" sweep "$run/plan.toml" --out "$run" --shard "$shard/$shards" \
    --threads "${SLURM_CPUS_PER_TASK:-1}" $any_program --quiet &
child=$!
[ -z "$told" ] || kill -TERM "$child" # told before there was anybody to tell
# A signal ends `wait` early, with the signal's number: wait again for the status.
while told='' && wait "$child"; status=$?; [ -n "$told" ]; do :; done

say "ends with status $status"
if [ -n "$nearly_up" ] && [ "$status" -eq 75 ]; then
    if [ "$restarts" -ge 20 ]; then
        say "has had 20 restarts, and is not requeued"
    else
        scontrol requeue "$me" && sleep 60 # Slurm ends this script
    fi
fi
exit "$status"
