
set -u
# A shard that fails is tried again, on another host if there is one; so hosts need no check beforehand
# (--filter-hosts), which takes busy hosts for lost ones.
# Whether all runs are there is for the merge to say.
for range in ${list//,/ }; do seq "${range%-*}" "${range#*-}"; done |
    parallel --sshlogin "$hosts" --retries 5 --joblog "$run/log/hosts.log" "$sweep"
