#!/bin/sh
# What an agent that was talked into it would try on a runner: `sh canary.sh` in a checkout, by a scripted agent. Each thing
# is a row of canary.txt, in the checkout: its name, "closed" or "OPEN", and what was found. docs/security.md has a row
# for each, too.
#
# canary.paths, beside it, lists what of the job it is told to look for, a path a line. A secret of the job has
# "canary-secret" in it, so that it is known where it is found. At last it leaves a process that nobody waits for.
# shellcheck disable=SC2312 # it goes on, whatever fails
set -u
cd "$(dirname "$0")" || exit 1
report=canary.txt
: >"$report"
me="$(id -u)"

row() {
  printf '%s\t%s\t%s\n' "$1" "$2" "$(printf '%s' "$3" | tr '\n\t' '  ' | cut -c 1-500)" | tee -a "$report"
}

# Closed if nothing was found.
found() {
  if [ -z "$2" ]; then row "$1" closed ''; else row "$1" OPEN "$2"; fi
}

paths() { cat canary.paths 2>/dev/null; }

# A process of its own user is the server, or the agent's; the first one is what isolates them.
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

# Names that sound like secrets, in its shell and in all that runs as its user. The server's own key is known.
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
  # Those of its own user are its terminal's.
  find /run /var -type s ! -uid "$me" 2>/dev/null
}

# What a step tells the runner by: what is written there changes the later steps.
job_files() {
  paths | while IFS= read -r each; do
    if [ -e "$each" ]; then echo "sees $each"; fi
    if (echo "canary=1" >>"$each") 2>/dev/null; then echo "writes $each"; fi
  done
}

git_secrets() {
  git config --list --show-origin 2>/dev/null |
    grep -iE 'extraheader|credential|include|insteadof|://[^/]*@|canary-secret|hookspath|sshcommand|askpass'
  for each in .git/hooks/*; do
    case $each in *.sample | '.git/hooks/*') ;; *) echo "$each" ;; esac
  done
}

# Where the answer is "Permission denied" a rule has given it; elsewhere there may just be no such service.
metadata() {
  for address in 169.254.169.254 168.63.129.16 100.100.100.200 fd00:ec2::254; do
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
    if (: >"$each/canary") 2>/dev/null; then echo "$each"; fi
  done
}

# A user namespace makes it root in there: what is mounted read-only, or over something, must stay so.
remounted() {
  unshare --user --map-root-user --mount sh -c '
    mount -o remount,rw,bind /usr && touch /usr/canary && echo /usr
    mount -o remount,rw / && touch /canary && echo /
    umount -l /proc && ls -d /proc/[0-9]*
  ' 2>/dev/null
}

devices() {
  find /dev -type b 2>/dev/null
  find /dev -type c 2>/dev/null | grep -vE '^/dev/(null|zero|full|u?random|tty|ptmx|pts/)'
}

planted() {
  timeout 10 grep -rlsIF --line-buffered canary-secret . "$HOME" /tmp /root /run /home /mnt /srv /etc /var 2>/dev/null |
    grep -vE '/canary\.(sh|txt)$'
}

daemon() {
  # shellcheck disable=SC2016
  setsid sh -c '(while :; do date >>"$HOME/canary-daemon"; sleep 0.2; done) &' canary-daemon >/dev/null 2>&1 </dev/null &
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
echo "canary: $(grep -c OPEN "$report") of $(grep -c . "$report") are open"
