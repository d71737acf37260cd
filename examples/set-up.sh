#!/usr/bin/env bash
# Sets up this action in a repository: a secret with the key, labels, and a pull request with workflows. It needs gh, logged in, and jq.
# It says what it will do, and asks before each change. A second run changes only what is missing or different.
#
#     set-up.sh [OWNER/REPO]    without a name, for the repository of the folder
set -euo pipefail
action=REPLACE_WITH_OWNER/openhands-conversation-action@v1.0.0
branch=add-openhands headline='Add OpenHands workflows' workflows=.github/workflows
doing='' finished='' missing='' answer='' repo='' base='' head='' where='' canvas='' folder='' runner='' files=''

stop() {
  printf '\n%s\n' "$1" >&2
  exit 1
}

# At every end: nothing is left half done without a word.
report() {
  local status=$?
  rm -rf "$scratch"
  if test "$status" = 0 || test -z "$doing$finished"; then return; fi
  {
    test -z "$doing" || printf '\nThis failed: %s.\n' "$doing"
    printf 'Done before:%s\n' "${finished:- nothing}"
    printf 'Run this script again to continue: it does only what is missing.\n'
  } >&2
}

begin() { doing=$1; }
end() { finished+=$'\n  - '"$doing" doing=''; }

# Sets answer to what somebody types, or else to the default.
ask() {
  printf '%s [%s] ' "$1" "$2"
  read -r answer || stop 'There was no answer.'
  answer="${answer:-$2}"
}

# Asks until the answer matches.
ask_for() {
  local question=$1 default=$2 pattern=$3 wrong=$4
  while true; do
    ask "$question" "$default"
    if [[ $answer =~ $pattern ]]; then return; fi
    printf '  %s\n' "$wrong"
  done
}

# Sets answer to y or n. With n, what is then missing is said at the end.
confirm() {
  ask_for "$1" "$2" '^[YyNn]' 'Answer y or n.'
  case "$answer" in [Yy]*) answer=y ;; *) answer=n ;; esac
  if test "$answer" = n && test -n "${3:-}"; then missing+=$'\n  - '"$3"; fi
}

find_repository() {
  local found permission is_archived is_empty
  found="$(gh repo view ${1:+"$1"} --json nameWithOwner,isArchived,isEmpty,viewerPermission,defaultBranchRef)"
  repo="$(jq -r .nameWithOwner <<<"$found")"
  permission="$(jq -r .viewerPermission <<<"$found")"
  is_archived="$(jq -r .isArchived <<<"$found")"
  is_empty="$(jq -r .isEmpty <<<"$found")"
  base="$(jq -r .defaultBranchRef.name <<<"$found")"
  doing=''
  [[ $permission =~ ^(ADMIN|MAINTAIN|WRITE)$ ]] || stop "You need write access to $repo."
  test "$is_archived" = false || stop "$repo is archived: no workflow starts there."
  test "$is_empty" = false || stop "$repo is empty: push a first commit, then run this script again."
  begin "read the branch $base"
  head="$(gh api "repos/$repo/git/ref/heads/$base" --jq .object.sha)"
}

choose() {
  printf 'Repository: %s\n\nWhere do the agents work?\n' "$repo"
  printf '  1  in OpenHands Cloud\n  2  on your own Agent Canvas, or another agent server\n'
  printf '  3  on the runner, with the API key of a model: no account\n'
  ask_for 'Choose' 1 '^[123]$' 'Answer 1, 2 or 3.'
  where=$answer
  if test "$where" = 2; then
    ask_for 'Its address' https:// '^(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]+)?(/[A-Za-z0-9._/-]*)?$' \
      'Give an address such as https://canvas.example.com. It must be https, unless the runner is on the same machine.'
    canvas=$answer
    ask_for 'The folder with a clone of the repository, on its machine' "/srv/agents/$repo" '^/[A-Za-z0-9._/-]+$' \
      'Give a path such as /srv/project, without spaces.'
    folder=$answer
    ask_for 'The label of runners that reach it' ubuntu-latest '^[A-Za-z0-9._-]+$' 'Give one label.'
    runner=$answer
  fi
  printf '\nWhat do you want? Each is a file in %s.\n' "$workflows"
  if test "$where" = 3; then
    choose_file local openhands-local 'An agent that you start by hand, with a task that you type' y
  else
    choose_file assistant openhands-assistant 'Agents for labels, comments and requested changes, and reviews' y
    choose_file weekly-readme-audit weekly-readme-audit 'A weekly audit of the README' n
  fi
  choose_file triage openhands-triage 'Labels for new issues (with the API key of a model)' n
  choose_file outcomes openhands-outcomes 'A weekly report of what agents achieved and cost' n
  test -n "$files" || stop 'Nothing was chosen.'
}

# Each file is a line: the name of the example, and that of the workflow.
choose_file() {
  confirm "  $3?" "$4"
  if test "$answer" = y; then files+="$1 $2"$'\n'; fi
}

# Fetches a file of this release, and adds the address of a Canvas.
fetch() {
  # shellcheck disable=SC2016 # an expression of the workflow
  local text line ref='${{ github.ref_name }}'
  text="$(gh api --header 'Accept: application/vnd.github.raw+json' "repos/${action%@*}/contents/examples/$1.yml?ref=${action#*@}")"
  if grep -q REPLACE_WITH <<<"$text"; then stop 'This script is not that of a release: download one.'; fi
  if test "$where.$1" = 2.assistant; then
    line=$'\n    with:'
    text="${text/"$line"/$line
      base-url: $canvas
      working-directory: $folder
      runs-on: $runner}"
  elif test "$where.$1" = 2.weekly-readme-audit; then
    line=$'\n          api-key:'
    text="${text/"$line"/
          base-url: $canvas
          working-directory: $folder
          branch: $ref # a worktree, with agent server 1.57 or newer$line}"
    text="${text/runs-on: ubuntu-latest/runs-on: $runner}"
  fi
  printf '%s\n' "$text" >"$scratch/wanted/$2.yml"
}

# The key is never in an argument or the environment of a program.
save_secret() {
  local name=$1 what=$2 own shared key
  begin "look for the secret $name"
  own="$(gh secret list --repo "$repo" --json name --jq '.[].name')"
  shared="$(gh api "repos/$repo/actions/organization-secrets?per_page=100" --jq '.secrets[].name')"
  doing=''
  if grep -qxF "$name" <<<"$own"$'\n'"$shared"; then
    confirm "The secret $name is there already. Replace it in $repo?" n
  else
    confirm "Save $what as the secret $name of $repo?" y "the secret $name"
  fi
  test "$answer" = y || return 0
  begin "save the secret $name"
  printf 'Paste %s. It is not shown: ' "$what"
  IFS= read -rs key || stop 'There was no key.'
  printf '\n'
  key="${key//[[:space:]]/}"
  test -n "$key" || stop 'The key is empty.'
  printf '%s' "$key" | gh secret set "$name" --repo "$repo"
  end
}

save_model() {
  local model there
  ask_for 'Which model?' openai/gpt-5 '^[A-Za-z0-9._:/-]+$' 'Give a name such as openai/gpt-5.'
  model=$answer
  begin "look for the variable LLM_MODEL"
  there="$(gh variable list --repo "$repo" --json name,value --jq '.[] | select(.name == "LLM_MODEL").value')"
  doing=''
  test "${there:-openai/gpt-5}" != "$model" || return 0
  confirm "Set the variable LLM_MODEL of $repo to $model?" y 'the variable LLM_MODEL'
  test "$answer" = y || return 0
  begin "set the variable LLM_MODEL"
  printf '%s' "$model" | gh variable set LLM_MODEL --repo "$repo"
  end
}

create_label() {
  local label=$1 description=$2 labels
  begin "look for the label $label"
  labels="$(gh label list --repo "$repo" --search "$label" --limit 100 --json name --jq '.[].name')"
  doing=''
  if grep -qixF "$label" <<<"$labels"; then
    printf 'The label %s is there already. It will start agents.\n' "$label"
    return
  fi
  confirm "Create the label $label?" y "the label $label"
  test "$answer" = y || return 0
  begin "create the label $label"
  gh label create "$label" --repo "$repo" --description "$description"
  end
}

# The second job of local.yml opens pull requests with the token of the job.
allow_pull_requests() {
  local path="repos/$repo/actions/permissions/workflow" allowed
  begin 'look whether workflows may open pull requests'
  allowed="$(gh api "$path" --jq .can_approve_pull_request_reviews)"
  doing=''
  test "$allowed" != true || return 0
  confirm "Allow workflows of $repo to create and approve pull requests? One opens those of the agent." y 'the permission of workflows to create pull requests'
  test "$answer" = y || return 0
  begin 'allow workflows to create pull requests'
  gh api --method PUT "$path" --field can_approve_pull_request_reviews=true --silent
  end
}

# Copies the workflow at a commit into the folder there; copies nothing if there is none.
read_workflow() {
  local at=$1 name
  for name in .github workflows "$2"; do
    at="$(gh api "repos/$repo/git/trees/$at" --jq ".tree[] | select(.path == \"$name\").sha")"
    test -n "$at" || return 0
  done
  gh api --header 'Accept: application/vnd.github.raw+json' "repos/$repo/git/blobs/$at" >"$scratch/there/$2"
}

propose() {
  local open left at=$head name path additions new='' others question
  begin 'look for an earlier pull request'
  open="$(gh pr list --repo "$repo" --head "$branch" --state open --json url,isCrossRepository \
    --jq 'map(select(.isCrossRepository | not))[0].url // empty')"
  left="$(gh api "repos/$repo/git/matching-refs/heads/$branch" --jq ".[] | select(.ref == \"refs/heads/$branch\").object.sha")"
  if test -n "$open"; then at=$left; fi
  for path in "$scratch"/wanted/*; do
    name="${path##*/}"
    begin "read $workflows/$name"
    read_workflow "$at" "$name"
    doing=''
    if ! test -e "$scratch/there/$name"; then
      new+=" $name"
    elif cmp -s "$scratch/there/$name" "$path"; then
      printf '%s/%s is there already%s.\n' "$workflows" "$name" "${open:+, in $open}"
    else
      printf '%s/%s is there, and differs:\n' "$workflows" "$name"
      diff "$scratch/there/$name" "$path" || true
      confirm 'Replace it?' n
      if test "$answer" = y; then new+=" $name"; fi
    fi
  done
  if test -n "$new"; then
    question='Open a pull request'
    if test -n "$open"; then question="Add to $open"; fi
    confirm "$question:$new?" y "the pull request with$new"
    if test "$answer" = y; then push; fi
  fi
  test -z "$open" || printf '\nNext: look at %s, and merge it.\n' "$open"
}

# Continues propose: one commit, and the pull request if none is open.
push() {
  begin "propose$new in a pull request"
  if test -z "$left"; then
    gh api "repos/$repo/git/refs" --raw-field "ref=refs/heads/$branch" --raw-field "sha=$head" --silent
  elif test -z "$open"; then
    # A merged, closed or failed one has left it.
    others="$(gh api "repos/$repo/compare/$head...$left" --jq "[.commits[].commit.message | select(. != \"$headline\")] | length")"
    test "$others" = 0 || stop "The branch $branch of $repo has commits that are not by this script: rename or delete it."
    gh api --method PATCH "repos/$repo/git/refs/heads/$branch" --raw-field "sha=$head" --field force=true --silent
  fi
  additions='[]'
  for name in $new; do
    additions="$(jq --arg path "$workflows/$name" --rawfile text "$scratch/wanted/$name" \
      '. + [{path: $path, contents: ($text | @base64)}]' <<<"$additions")"
  done
  jq --null-input --arg repo "$repo" --arg branch "$branch" --arg at "$at" --arg headline "$headline" --argjson additions "$additions" '{
    query: "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }",
    variables: {input: {branch: {repositoryNameWithOwner: $repo, branchName: $branch}, expectedHeadOid: $at,
      message: {headline: $headline}, fileChanges: {additions: $additions}}}}' |
    gh api graphql --input - --silent || stop 'If the words above name the scope "workflow", run: gh auth refresh --scopes workflow'
  if test -z "$open"; then
    open="$(gh api "repos/$repo/pulls" --raw-field "title=$headline" --raw-field "head=$branch" --raw-field "base=$base" \
      --raw-field "body=These workflows start OpenHands agents. Nothing starts before the merge." --jq .html_url)"
  fi
  end
}

main() {
  local name workflow
  for name in gh jq; do command -v "$name" >/dev/null || stop "Install $name first."; done
  begin 'find the repository'
  find_repository "$@"
  doing=''
  choose
  begin 'fetch the workflows'
  while read -r name workflow; do fetch "$name" "$workflow"; done <<<"${files%$'\n'}"
  doing=''
  printf '\n'
  case "$where" in
    1) printf 'In OpenHands Cloud: give it access to %s (Settings, Integrations), and create a key (Settings, API Keys).\n' "$repo" ;;
    2) printf 'The key of Agent Canvas is its LOCAL_BACKEND_API_KEY.\n' ;;
    *) ;;
  esac
  if [[ $files =~ (assistant|audit)' ' ]]; then save_secret OPENHANDS_API_KEY "the API key of OpenHands"; fi
  if [[ $files =~ (local|triage)' ' ]]; then
    save_secret LLM_API_KEY "the API key of the model"
    save_model
  fi
  if [[ $files =~ local' ' ]]; then allow_pull_requests; fi
  if [[ $files =~ assistant' ' ]]; then
    create_label agent 'Starts an OpenHands agent'
    create_label review 'Asks OpenHands for a review'
  fi
  propose
  if [[ $files =~ triage' ' ]]; then printf 'Also: write your own labels into openhands-triage.yml.\n'; fi
  printf '\nDone:%s\n' "${finished:- nothing}"
  test -z "$missing" || printf 'Left out, so that agents may not start:%s\n' "$missing"
}

scratch="$(mktemp -d)"
trap report EXIT
mkdir "$scratch/wanted" "$scratch/there"
main "$@"
