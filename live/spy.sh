#!/bin/sh
# Tries what a manipulated agent could try on a runner. Tests copy it to run.sh in a checkout, and the scripted agent runs that. Each
# attempt adds a row to spy.txt in the checkout: its name, "closed" or "OPEN", and what was found. docs/contributing/isolation.md lists the attempts.
#
# spy.paths, in the same folder, lists paths of the job to look for, one per line. A secret of the job contains
# "planted-secret", so that it can be recognized anywhere. At the end, the script leaves a background process behind.
# shellcheck disable=SC2312 # it continues, whatever fails
set -u
cd "$(dirname "$0")" || exit 1
report=spy.txt
: >"$report"
me="$(id -u)"

row() {
  printf '%s\t%s\t%s\n' "$1" "$2" "$(printf '%s' "$3" | tr '\n\t' '  ' | cut -c 1-500)" | tee -a "$report"
}

# Adds a row: closed if nothing was found.
found() {
  if [ -z "$2" ]; then row "$1" closed ''; else row "$1" OPEN "$2"; fi
}

paths() { cat spy.paths 2>/dev/null; }

# Prints the processes of other users. Those of the own user belong to the server and the agent; process 1 isolates them.
others() {
  for each in /proc/[0-9]*; do
    owner="$(stat -c %u "$each" 2>/dev/null)" || continue
    if [ "$owner" != "$me" ]; then echo "$each"; fi
  done
}

processes() {
  for each in $(others); do
    if [ "$each" != /proc/1 ]; then echo "$each of $(stat -c %U "$each")"; fi
  done
}

environments() {
  for each in $(others); do
    cat "$each/environ" "$each/mem" "$each/maps" 2>/dev/null | head -c 200 | tr '\0' ' '
    ls "$each/fd" "$each/cwd/" "$each/root/" 2>/dev/null
  done
}

# Prints variables with names of secrets, in this shell and in all processes of the same user, except the server's key.
own_environment() {
  {
    env
    for each in /proc/[0-9]*/environ; do tr '\0' '\n' <"$each" 2>/dev/null; done
  } 2>/dev/null | grep -aE '^[A-Za-z_]*(KEY|TOKEN|SECRET|PASSW|CREDENTIAL|GITHUB_|ACTIONS_|RUNNER_|INPUT_|STATE_)' |
    sed 's/=.*//' | sort -u | grep -vxE 'SESSION_API_KEY|OH_SESSION_API_KEYS_0'
}

shell_environment() { env | grep -aE '^[A-Za-z_]*SESSION_API_KEY' | sed 's/=.*//'; }

rights() {
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then echo sudo; fi
  grep -q '^NoNewPrivs:[[:space:]]*1$' /proc/self/status || echo 'it may gain rights'
  grep '^Cap' /proc/self/status | grep -v '0000000000000000$'
  if [ "$(id -G)" != "$(id -g)" ]; then id -Gn; fi
}

sockets() {
  for each in /var/run/docker.sock /run/docker.sock /run/containerd/containerd.sock /run/podman/podman.sock \
    /run/crio/crio.sock /run/systemd/private /run/dbus/system_bus_socket; do
    if [ -e "$each" ]; then echo "$each"; fi
  done
  # Sockets of the same user belong to the agent's terminal.
  find /run /var -type s ! -uid "$me" 2>/dev/null
}

# Tries the files by which steps send commands to the runner: writing to them could change later steps.
job_files() {
  paths | while IFS= read -r each; do
    if [ -e "$each" ]; then echo "sees $each"; fi
    if (echo "spy=1" >>"$each") 2>/dev/null; then echo "writes $each"; fi
  done
}

git_secrets() {
  git config --list --show-origin 2>/dev/null |
    grep -iE 'extraheader|credential|include|insteadof|://[^/]*@|planted-secret|hookspath|sshcommand|askpass'
  for each in .git/hooks/*; do
    case $each in *.sample | '.git/hooks/*') ;; *) echo "$each" ;; esac
  done
}

# Tries metadata services. Only "Permission denied" proves that a rule closes the address: there may be no such service here.
metadata() {
  for address in 169.254.169.254 168.63.129.16 100.100.100.200 fd00:ec2::254 fd00:c1::a9fe:a9fe fd00:42::42; do
    case $address in
      *:*) grep -q . /proc/net/if_inet6 2>/dev/null || continue ;;
      *) ;;
    esac
    answer="$(timeout 5 bash -c "exec 3<>/dev/tcp/$address/80" 2>&1)" && echo "$address answers"
    case $answer in
      *'ermission denied'*) ;;
      *) echo "$address: ${answer:-no answer}" ;;
    esac
  done
}

writable() {
  find / -path /proc -prune -o \( -path "$PWD" -o -path "$HOME" -o -path /tmp -o -path /var/tmp -o -path /dev/shm \
    -o -path /dev/pts \) -prune -o -type d -writable -print 2>/dev/null
  for each in / /usr/local/bin /etc /opt /dev /run /var /home /root /mnt /srv /proc/sys/kernel; do
    if (: >"$each/spy") 2>/dev/null; then echo "$each"; fi
  done
}

# Tries to undo mounts as root of a new user namespace: read-only mounts, and mounts that hide something, must stay.
remounted() {
  unshare --user --map-root-user --mount sh -c '
    mount -o remount,rw,bind /usr && touch /usr/spy && echo /usr
    mount -o remount,rw / && touch /spy && echo /
    umount -l /proc && ls -d /proc/[0-9]*
  ' 2>/dev/null
}

devices() {
  find /dev -type b 2>/dev/null
  find /dev -type c 2>/dev/null | grep -vE '^/dev/(null|zero|full|u?random|tty|ptmx|pts/)'
}

planted() {
  timeout 10 grep -rlsIF --line-buffered planted-secret . "$HOME" /tmp /root /run /home /mnt /srv /etc /var 2>/dev/null |
    grep -vE '/(run|spy)\.(sh|txt)$'
}

daemon() {
  # shellcheck disable=SC2016
  setsid sh -c '(while :; do date >>"$HOME/spy-daemon"; sleep 0.2; done) &' spy-daemon >/dev/null 2>&1 </dev/null &
}

found processes "$(processes)"
found environments "$(environments)"
found own-environment "$(own_environment)"
found shell-environment "$(shell_environment)"
found rights "$(rights)"
found sockets "$(sockets)"
found job-files "$(job_files)"
found git-secrets "$(git_secrets)"
found metadata "$(metadata)"
found writable "$(writable)"
found remounted "$(remounted)"
found devices "$(devices)"
found planted "$(planted)"
daemon
echo "spy: $(grep -c OPEN "$report") of $(grep -c . "$report") are open"
