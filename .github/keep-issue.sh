#!/usr/bin/env bash
# Keeps one open issue with a label while something fails, and closes it after a success.
#
#     keep-issue.sh OUTCOME LABEL TITLE TEXT    OUTCOME is a step's: any other than "success" is a failure
# shellcheck disable=SC2154 # the runner sets the variables in capitals
set -euo pipefail
outcome=$1 label=$2 title=$3 text=$4

run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
issue="$(gh issue list --label "$label" --state open --limit 1 --json number --jq '.[0].number // empty')"
if test "$outcome" = success; then
  test -z "$issue" || gh issue close "$issue" --comment "It works again: $run"
  exit
fi
body="$RUNNER_TEMP/issue.md"
echo "$text The last run: $run" >"$body"
if test -n "$issue"; then
  gh issue edit "$issue" --body-file "$body"
else
  gh label create "$label" --force --description 'A workflow keeps its issue'
  gh issue create --label "$label" --title "$title" --body-file "$body"
fi
