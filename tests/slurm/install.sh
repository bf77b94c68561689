#!/usr/bin/env bash
# Install Debian or Ubuntu packages without starting their services.
#
#   install.sh PACKAGE…
#
# Exit status: 0 installed, 69 this cannot be done here.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

no() { echo "install: $*" >&2; exit 69; }
command -v apt-get >/dev/null || no "there is no apt-get here; needed: $*"
[ "$(id -u)" -eq 0 ] || no "run as root, or install $*"

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
fi
get() { apt-get install -y --no-install-recommends "$@" >&2; }
get "$@" || { apt-get update >&2 && get "$@"; } || no "apt-get could not install $*"
