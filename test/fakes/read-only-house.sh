#!/bin/sh
# Runs a program as nobody where only one folder can be written, the way an orchestrator runs the image: user 65534, a
# read-only root file system, one data volume. To be started under `unshare --mount`.
# Usage: read-only-house.sh DATA PROGRAM ARGUMENT...
set -eu
data=$1
shift
mount --make-rprivate /
mount --bind "$data" "$data"
while read -r _ place _; do
  case $place in
    /dev/shm) ;;
    "$data" | /proc* | /sys* | /dev*) continue ;;
  esac
  # Some mounts of a container refuse; what matters is checked below.
  mount -o remount,bind,ro "$place" 2>/dev/null || true
done </proc/self/mounts
mount -o remount,bind,rw "$data"
for place in "$(dirname "$data")" "${TMPDIR:-/tmp}" "$PWD"; do
  if touch "$place/probe" 2>/dev/null; then
    echo "$place can be written" >&2
    exit 9
  fi
done
exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs -- "$@"
