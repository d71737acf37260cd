#!/usr/bin/env bash
# Proposes a workflow to a repository by a pull request, and creates the label that triggers the workflow. A second run changes
# nothing. docs/organizations.md explains how to run it for all repositories of an organization.
#
#     hand-out.sh FILE OWNER/REPO
set -euo pipefail
file="$(realpath "${1:?}")" repo=${2:?the repository is missing}
path=.github/workflows/openhands-issue.yml branch=add-openhands label=agent
# 255 ends xargs.
if grep -q REPLACE_WITH "$file"; then echo "$file: replace what begins with REPLACE_WITH" >&2 && exit 255; fi
trap 'echo "$repo: failed" >&2' ERR

# A closed one counts: somebody has decided. One of a fork does not.
pull="$(gh pr list --repo "$repo" --head "$branch" --state all --json url,isCrossRepository \
  --jq '.[] | select(.isCrossRepository | not).url')"
if test -n "$pull"; then echo "$repo: $pull" && exit; fi

clone="$(mktemp -d)"
trap 'rm -rf "$clone"' EXIT
# The default branch, with few of its files, and without links, which could lead out of the clone.
gh repo clone "$repo" "$clone" -- --quiet --depth 1 --filter=blob:none --sparse --config core.symlinks=false
cd "$clone"
default="$(git branch --show-current)"
found="$(git ls-tree HEAD -- "$path")"
if test -n "$found"; then
  there="$(git rev-parse "HEAD:$path")"
  wanted="$(git hash-object --path "$path" "$file")" # as git would save it there
  if test "$there" = "$wanted"; then echo "$repo: has $path" && exit; fi
  echo "$repo: has another $path" >&2 && exit 1
fi

mkdir -p "$(dirname "$path")"
cp "$file" "$path"
git switch --quiet --create "$branch"
git add --sparse "$path"
git commit --quiet --message 'Add the OpenHands workflow'
# A failed run may have left its one commit on the branch: only that is replaced, and only if nobody has pushed since.
left="$(git ls-remote origin "refs/heads/$branch" | cut -f 1)"
if test -n "$left"; then
  git fetch --quiet --filter=blob:none --shallow-exclude="$default" origin "$branch" # what is not on the default branch
  theirs="$(git log --format='%ce %s' "$left")"
  ours="$(git log -1 --format='%ce %s')"
  if test "$theirs" != "$ours"; then
    echo "$repo: has another branch $branch" >&2 && exit 1
  fi
fi
git push --quiet --force-with-lease="$branch:$left" origin "$branch"

sleep 20 # two writes follow: with this pause, they stay below GitHub's limits of 80 a minute and 500 an hour
labels="$(gh label list --repo "$repo" --search "$label" --limit 100 --json name --jq '.[].name')"
if ! grep -qixF "$label" <<<"$labels"; then gh label create "$label" --repo "$repo" --description 'Starts an OpenHands agent'; fi
pull="$(gh pr create --repo "$repo" --head "$branch" --title 'Add the OpenHands workflow' \
  --body "The label \`$label\` on an issue starts an agent, which opens a pull request.")"
echo "$repo: $pull"
