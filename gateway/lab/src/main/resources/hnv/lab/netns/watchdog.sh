# SPDX-License-Identifier: Apache-2.0
#
# Waits until standard input ends, then removes the run of the laboratory that $1 names.
# Run by Watchdog.java as: sh -c "$(cat watchdog.sh)" hnv-lab-watchdog RUN
run=$1
trap '' HUP INT TERM
cat >/dev/null

kill_marked() {
  # A process of the run may be starting another, and one that is just becoming another program shows
  # no environment: look until none is found twice.
  quiet=
  for _ in 1 2 3 4 5 6; do
    found=$(grep -slzx "HNV_LAB=$run" /proc/[0-9]*/environ)
    if [ -z "$found" ]; then
      [ -z "$quiet" ] || return
      quiet=yes
      sleep 0.05
      continue
    fi
    quiet=
    for environ in $found; do
      pid=${environ#/proc/}
      kill -9 "${pid%/environ}" 2>/dev/null
    done
  done
}

kill_marked
for namespace in /run/netns/hnv"$run"-*; do
  [ -e "$namespace" ] && ip netns del "${namespace##*/}"
done
rm -rf "/run/hnv-lab-$run"
