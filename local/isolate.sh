#!/bin/sh
# Starts and stops the agent server as a separate user with a separate root file system. Run as root by
# src/isolated.ts:
#
#   isolate.sh start BASE   Reads the server's environment from standard input, lines of NAME=VALUE: it contains the
#                           key, and every user could read that on a command line. AGENT_PATH becomes the server's PATH.
#   isolate.sh stop BASE    Kills all processes of the server's user and removes BASE. Can be repeated.
#
# BASE contains the only folders that the server can write to: home, tmp and workspace. It also contains these files:
# show (folders that the server can read), absent (paths that it must not see), metadata (addresses that it must not
# reach), log, port and python.
#
# Exit code 3: this machine does not support isolation. The last line of standard error says why. Nothing keeps running.
#
# Needs only util-linux and iproute2, which every Linux has. systemd-run could do much of this, but containers have no
# systemd. A user made with useradd would not be enough: GitHub's runner images have folders that everybody can write to.
#
# Functions:
#   cannot                         ends with exit code 3
#   closed, families, reachable    the addresses of metadata services, and which of them are still open
#   close_metadata, open_metadata  close these to the server's user, and undo that
#   free_uid, processes_of         the server's user, and its processes
#   start                          prepares all, then runs this script again in new namespaces: `inside`
#   show, show_file, own           mount in the new root; new_root and devices build it
#   as_agent                       runs a program with the server's rights; TRIAL is what it runs first, to check the isolation
#   inside                         the first process of the namespaces: new root, trial, server
#   end, stop                      kill one process, and all; remove BASE
# shellcheck disable=SC2310 # functions in conditions handle the failure of each of their commands themselves
set -eu
umask 022

cannot() {
  echo "$1" >&2
  exit 3
}

# Prints what is closed in a family, -4 or -6: the addresses of cloud metadata services, which give out credentials, and all
# link-local addresses; in IPv6 also those of IPv4 behind NAT64 (RFC 6052).
closed() {
  ipv4="$(grep -v : "$base/metadata") 169.254.0.0/16"
  if [ "$1" = -4 ]; then echo "$ipv4" && return; fi
  grep : "$base/metadata"
  echo fe80::/10
  for each in $ipv4; do
    case $each in
      */*) echo "64:ff9b::${each%/*}/$((96 + ${each#*/}))" ;;
      *) echo "64:ff9b::$each" ;;
    esac
  done
}

# Prints the families of addresses that the machine has.
families() {
  echo -4
  if grep -q . /proc/net/if_inet6 2>/dev/null; then echo -6; fi
}

# Prints an unused user id from the range that systemd reserves for services while they run: 61184 to 65519.
free_uid() {
  tries=0
  while [ "$tries" -lt 100 ]; do
    tries=$((tries + 1))
    number="$(od -A n -N 2 -t u2 /dev/urandom)"
    uid=$((61184 + number % 4336))
    if ! getent passwd "$uid" >/dev/null && ! processes_of "$uid" | grep -q .; then
      echo "$uid"
      return
    fi
  done
  cannot 'no user id is free'
}

processes_of() {
  for each in /proc/[0-9]*; do
    owner="$(stat -c %u "$each" 2>/dev/null || true)"
    if [ "$owner" = "$1" ]; then echo "${each#/proc/}"; fi
  done
}

# Closes the metadata services to a user. A DNS server may have one of their addresses: then only its port 53 stays open.
close_metadata() {
  sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf | while read -r server _; do
    for protocol in udp tcp; do
      case $server in
        169.254.* | 168.63.129.16 | 100.100.100.200)
          ip -4 rule add pref 1 to "$server" uidrange "$1-$1" ipproto "$protocol" dport 53 lookup main
          ;;
        fe80:* | fd00:ec2:* | fd20:ce:*)
          ip -6 rule add pref 1 to "${server%\%*}" uidrange "$1-$1" ipproto "$protocol" dport 53 lookup main
          ;;
        *) ;;
      esac
    done
  done
  devices="$(ip -o link show up | sed 's/^[0-9]*: \([^:@]*\).*/\1/')"
  # A prohibit rule does not affect a socket that is bound to a device: without a route, Linux treats the address as one
  # on the device's link (net/ipv4/route.c). So such a socket gets a broadcast route, over which TCP cannot connect.
  for device in $devices; do
    for address in $(closed -4); do ip -4 route append broadcast "$address" dev "$device" table "$1"; done
    ip -4 rule add pref 2 oif "$device" uidrange "$1-$1" lookup "$1" || return 1
  done
  for family in $(families); do
    for address in $(closed "$family"); do
      ip "$family" rule add pref 3 to "$address" uidrange "$1-$1" prohibit || return 1
    done
  done
}

# Asks the kernel for a route to each address, and prints those that have one: no rule can close what is on the local table.
# Call it after close_metadata, which lists the devices.
reachable() {
  for family in $(families); do
    for address in $(closed "$family" | grep -v /); do
      for device in '' $devices; do
        case $(ip "$family" route get "$address" uid "$1" ${device:+oif "$device"} 2>/dev/null) in
          '' | broadcast* | prohibit* | unreachable* | blackhole*) ;;
          *) echo "$address" && break ;;
        esac
      done
    done
  done
}

# Removes what close_metadata has added for a user.
open_metadata() {
  for family in -4 -6; do
    while ip "$family" rule del uidrange "$1-$1" 2>/dev/null; do :; done
  done
  ip -4 route flush table "$1" 2>/dev/null || true
}

start() {
  # Saves the leader of this process group, so that stop can kill the whole group.
  sed 's/^.*) . [0-9]* \([0-9]*\) .*$/\1/' "/proc/$$/stat" >"$base/start.pid"
  me="$(id -u)"
  [ "$me" = 0 ] || cannot 'it needs root'
  for tool in unshare setpriv prlimit pivot_root mount umount ip getent od stat; do
    command -v "$tool" >/dev/null || cannot "there is no program $tool"
  done
  AGENT_PATH=/usr/local/bin:/usr/bin:/bin
  while IFS= read -r line; do export "${line?}"; done
  unshare --mount --pid --fork --ipc --uts true 2>/dev/null ||
    cannot 'it must not make namespaces (a container needs more rights for that)'
  uid="$(free_uid)"
  echo "$uid" >"$base/uid"
  close_metadata "$uid" 2>/dev/null || cannot "it cannot close a cloud's metadata services to the agent (ip rule)"
  open="$(reachable "$uid" | paste -s -d ' ' -)"
  [ -z "$open" ] || cannot "a cloud's metadata service stays open to the agent: $open"

  { cat /etc/passwd && echo "openhands:x:$uid:$uid:OpenHands agent:$base/home:/bin/sh"; } >"$base/passwd"
  { cat /etc/group && echo "openhands:x:$uid:"; } >"$base/group"
  # chown -h does not follow links, and changing the owner removes setuid.
  chown -hR "$uid:$uid" "$base/home" "$base/tmp" "$base/workspace"
  chmod 700 "$base/home" "$base/tmp" "$base/workspace"

  mkfifo -m 600 "$base/answer" "$base/output"
  # The server writes to a pipe, not to the file, so that it can neither truncate the log nor fill the disk.
  log="$(cat "$base/log")"
  { prlimit --fsize=50000000 --core=0 cat || cat >/dev/null; } <"$base/output" >>"$log" 2>/dev/null &
  unshare --mount --pid --fork --kill-child --ipc --uts /bin/sh "$0" inside "$base" "$uid" \
    </dev/null >"$base/output" 2>&1 9>"$base/answer" &
  echo "$!" >"$base/server.pid"
  read -r answer <"$base/answer" || answer='its own root could not be made'
  [ "$answer" = isolated ] || cannot "$answer"
  rm -f "$base/start.pid"
}

# The functions below run in the new namespaces, as their first process. When it ends, the kernel kills all others in them.

# Mounts a folder read-only at the same path in the new root.
show() {
  mkdir -p "$root$1"
  mount --bind "$1" "$root$1"
  mount -o remount,bind,ro,nosuid,nodev "$root$1"
}

# Mounts a file read-only at a path in the new root.
show_file() {
  mkdir -p "$root${2%/*}"
  [ -e "$root$2" ] || : >"$root$2"
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro,nosuid,nodev "$root$2"
}

# Mounts a folder of the server at a path in the new root, writable.
own() {
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  mount -o remount,bind,nosuid,nodev "$root$2"
}

devices() {
  mount -t tmpfs -o mode=755,nosuid,size=1m devices "$root/dev"
  for each in null zero full random urandom tty; do
    : >"$root/dev/$each"
    mount --bind "/dev/$each" "$root/dev/$each"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,nosuid,noexec devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777,nosuid,nodev shm "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s /proc/self/fd/0 "$root/dev/stdin"
  ln -s /proc/self/fd/1 "$root/dev/stdout"
  ln -s /proc/self/fd/2 "$root/dev/stderr"
}

# Builds the new root from an allow-list: the system's programs, the folders in show, and the server's own folders.
new_root() {
  mount --make-rprivate /
  root="$base/root"
  mkdir -p "$root"
  mount -t tmpfs -o mode=755,nosuid,nodev,size=4m root "$root"
  for each in /bin /sbin /lib /lib32 /lib64 /libx32; do
    if [ -L "$each" ]; then cp -P "$each" "$root$each"; elif [ -d "$each" ]; then show "$each"; fi
  done
  mkdir "$root/proc" "$root/dev" "$root/run" "$root/old"
  show /usr
  show /etc
  # These may be links to other folders, or mounts of a container.
  for each in /etc/resolv.conf /etc/hosts /etc/hostname; do
    real="$(readlink -f "$each")" || continue
    if [ -f "$real" ]; then show_file "$real" "$real"; fi
  done
  show_file "$base/passwd" /etc/passwd
  show_file "$base/group" /etc/group
  devices
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  # Before the other folders, which may be below /tmp.
  own "$base/tmp" /tmp
  own "$base/tmp" /var/tmp
  while IFS= read -r each; do show "$each"; done <"$base/show"
  own "$base/home" "$base/home"
  own "$base/workspace" "$base/workspace"
}

# Drops what a process inherits and env and setpriv cannot remove: open files, and the kernel's session keyring (keyctl(2),
# KEYCTL_JOIN_SESSION_KEYRING; the number of the system call depends on the architecture).
ALONE='
import ctypes, os, platform, sys
os.closerange(3, 1 + max(map(int, os.listdir("/proc/self/fd"))))
ctypes.CDLL(None).syscall(250 if platform.machine() == "x86_64" else 219, 1, None)
os.execvp(sys.argv[1], sys.argv[1:])
'

# Runs a program as the agent. Replaces the shell by exec, so call it in a subshell.
as_agent() {
  exec setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
    --ambient-caps=-all -- env -u AGENT_PATH PATH="$AGENT_PATH" "$python" -I -c "$ALONE" "$@" 9>&-
}

# Runs as the agent before the server starts, and checks the isolation. Prints the first check that failed.
# shellcheck disable=SC2016
TRIAL='
uid=$1 base=$2
fail() { echo "it did not hold: $1"; exit 1; }
[ "$(id -u) $(id -G)" = "$uid $uid" ] || fail "it has groups"
grep -q "^NoNewPrivs:[[:space:]]*1$" /proc/self/status || fail "it can gain rights"
if grep "^Cap" /proc/self/status | grep -qv "0000000000000000$"; then fail "it has capabilities"; fi
for each in /proc/[0-9]*; do
  owner=$(stat -c %u "$each" 2>/dev/null) || continue
  if [ "$owner" != "$uid" ] && [ "$each" != /proc/1 ]; then fail "it sees another process"; fi
done
for each in /proc/$$/fd/*; do
  case ${each##*/} in [012]) ;; *) if [ -e "$each" ]; then fail "it has an open file of the job"; fi ;; esac
done
if cat /proc/1/environ >/dev/null 2>&1; then fail "it reads the environment of another process"; fi
for each in / /usr /usr/bin /usr/local/bin /etc /opt /dev /run /var "${base%/*}" "$base"; do
  if (: >"$each/.openhands-trial") 2>/dev/null; then fail "it can write to $each"; fi
done
while IFS= read -r each; do
  if (: >"$each/.openhands-trial") 2>/dev/null; then fail "it can write to $each"; fi
done <<SHOWN
$3
SHOWN
while IFS= read -r each; do
  if [ -n "$each" ] && { [ -e "$each" ] || [ -L "$each" ]; }; then fail "it sees $each"; fi
done <<ABSENT
$4
ABSENT
for each in "$base/home" "$base/workspace" /tmp; do
  (: >"$each/.openhands-trial" && rm "$each/.openhands-trial") 2>/dev/null || fail "it cannot write to $each"
done
'

inside() {
  # If anything fails before the answer, reports it to start, which waits for it.
  why='its own root could not be made'
  trap 'echo "$why" >&9' EXIT
  shown="$(cat "$base/show")"
  absent="$(cat "$base/absent")"
  python="$(cat "$base/python")"
  port="$(cat "$base/port")"
  new_root
  cd "$root"
  pivot_root . old
  cd /
  umount -l /old
  rmdir /old
  mount -o remount,ro,nosuid,nodev /
  if ! why="$(as_agent /bin/sh -c "$TRIAL" trial "$uid" "$base" "$shown" "$absent")"; then
    why="${why:-the trial did not run, and $base.log says why}"
    exit 1
  fi
  trap - EXIT
  echo isolated >&9
  exec 9>&-
  cd "$base/home"
  as_agent prlimit --nproc=4096 "$python" -m openhands.agent_server --host 127.0.0.1 --port "$port" &
  wait "$!"
}

# The functions above run in the new namespaces.

# Kills a process of the action. A process with another command line only reuses the process id.
end() {
  [ -s "$1" ] || return 0
  process="$(cat "$1")"
  if { tr '\0' ' ' <"/proc/$process/cmdline"; } 2>/dev/null | grep -qF "$base"; then
    kill -KILL "$2$process" 2>/dev/null || true
  fi
}

stop() {
  me="$(id -u)"
  [ "$me" = 0 ] || cannot 'it needs root'
  [ -d "$base" ] || return 0
  # A start that was interrupted. It leads its process group.
  end "$base/start.pid" -
  end "$base/server.pid" ''
  if [ -s "$base/uid" ]; then
    uid="$(cat "$base/uid")"
    tries=0
    while left="$(processes_of "$uid")" && [ -n "$left" ]; do
      [ "$tries" -lt 50 ] || { echo "processes would not end: $left" >&2 && exit 1; }
      tries=$((tries + 1))
      for each in $left; do kill -KILL "$each" 2>/dev/null || true; done
      sleep 0.1
    done
    open_metadata "$uid"
  fi
  # Kills the copying of a checkout if its step was killed.
  { grep -lzxF "$base/workspace" /proc/[0-9]*/cmdline 2>/dev/null || true; } | while IFS= read -r each; do
    each="${each#/proc/}"
    kill -KILL "${each%/cmdline}" 2>/dev/null || true
  done
  rm -rf --one-file-system "$base"
}

base="$2"
case $1 in
  start) start ;;
  stop) stop ;;
  inside)
    uid="$3"
    inside
    ;;
  *) exit 2 ;;
esac
# sh reads a script as it runs: without this exit, text appended in the meantime would be executed.
exit
