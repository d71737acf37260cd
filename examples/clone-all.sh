#!/usr/bin/env bash
# Clones repositories for agents that work in folders of one machine: each OWNER/REPO of the standard input to ROOT/OWNER/REPO. A
# second run clones what is missing, and changes nothing else. docs/organizations.md explains as whom to run it.
#
#     clone-all.sh ROOT <repositories.txt
set -euo pipefail
root="$(realpath "${1:?}")" failed=0
while read -r repo; do
  folder="$root/$repo"
  if [[ ! "$repo" =~ ^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$ || "$repo" =~ /\.\.?$ ]]; then
    echo "$repo: is no OWNER/REPO" >&2 && failed=1 && continue
  fi
  if test -e "$folder"; then
    # A server that was asked to work in an empty folder has made an empty repository of it.
    url="$(git -C "$folder" remote get-url origin 2>/dev/null)" || url=''
    if [[ "${url%.git}" == *[/:]"$repo" ]]; then echo "$repo: is there" && continue; fi
    echo "$repo: $folder is no clone of it" >&2 && failed=1 && continue
  fi
  # All branches, with their history. A clone comes to its place only when it is complete.
  new="$(mktemp -d "$root/.clone-XXXXXX")"
  mkdir -p "${folder%/*}"
  if gh repo clone "$repo" "$new/clone" -- --quiet </dev/null && mv "$new/clone" "$folder"; then
    echo "$repo: cloned"
  else
    echo "$repo: failed" >&2 && failed=1
  fi
  rm -rf "$new"
done
exit "$failed"
