/** Returns a composite action with one step, which runs the script, and with the output of that name, if one is given. */
function standIn(inputs: readonly string[], script: string, output?: string): string {
  const env = inputs.map((name) => `        INPUT_${name.toUpperCase()}: \${{ inputs.${name} }}\n`).join('');
  return [
    'name: Stand-in',
    'description: In place of an action that would have to be fetched.',
    ...(inputs.length === 0
      ? []
      : ['inputs:', ...inputs.map((name) => `  ${name}:\n    description: As there.`)]),
    ...(output === undefined
      ? []
      : [`outputs:\n  ${output}:\n    value: \${{ steps.only.outputs.${output} }}`]),
    'runs:',
    '  using: composite',
    '  steps:',
    '    - id: only',
    '      shell: bash',
    ...(inputs.length === 0 ? [] : [`      env:\n${env.trimEnd()}`]),
    `      run: |\n${script.replaceAll(/^/gm, '        ')}`,
    '',
  ].join('\n');
}

/** The stand-ins by the beginning of the `uses:` that they replace, with their folders. */
export const STAND_INS: Readonly<Record<string, { readonly folder: string; readonly action: string }>> = {
  // Prints the version of this machine's Node.
  'actions/setup-node@': { folder: 'setup-node', action: standIn([], 'node --version') },
  // Prints the version of this machine's Python.
  'actions/setup-python@': { folder: 'setup-python', action: standIn([], 'python3 --version') },
  // act handles checkout itself, except with a `ref`.
  'actions/checkout@': {
    folder: 'checkout',
    action: standIn(['ref'], 'git clone --quiet "$STAND_IN_REPOSITORY" .\ngit checkout --quiet "$INPUT_REF"'),
  },
  'actions/upload-artifact@': {
    folder: 'upload-artifact',
    action: standIn(
      ['name', 'path'],
      'mkdir -p "$STAND_IN_ARTIFACTS/$INPUT_NAME"\ncp "$INPUT_PATH" "$STAND_IN_ARTIFACTS/$INPUT_NAME/"',
    ),
  },
  'actions/download-artifact@': {
    folder: 'download-artifact',
    action: standIn(
      ['name', 'pattern', 'path'],
      // Unquoted, because it can be a pattern, which may match nothing.
      'mkdir -p "$INPUT_PATH"\ncp -R "$STAND_IN_ARTIFACTS/"$INPUT_NAME$INPUT_PATTERN/. "$INPUT_PATH/" || test -n "$INPUT_PATTERN"',
    ),
  },
  // The simulated GitHub takes any token.
  'actions/create-github-app-token@': {
    folder: 'create-github-app-token',
    action: standIn(['owner'], 'echo "token=token-of-the-app-for-$INPUT_OWNER" >>"$GITHUB_OUTPUT"', 'token'),
  },
  // Records the content of the pull request, and its title.
  'peter-evans/create-pull-request@': {
    folder: 'create-pull-request',
    action: standIn(
      ['base', 'branch', 'title'],
      `{ echo "pull request: $INPUT_BRANCH to $INPUT_BASE"; git status --porcelain; echo "title: $INPUT_TITLE"; } >>"$STAND_IN_RECORD"
echo "pull-request-url=https://github.com/$GITHUB_REPOSITORY/pull/13" >>"$GITHUB_OUTPUT"`,
      'pull-request-url',
    ),
  },
};
