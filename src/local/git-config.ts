/** A setting of git: its full name as git lists it, such as `remote.origin.url`, and its value. */
export type Setting = readonly [name: string, value: string];

/**
 * What the agent's copy of a repository needs to work and to tell what it changed. All else may hold a secret or read one
 * from elsewhere: headers, credential helpers, included files, addresses that are replaced by others.
 */
const KEPT: readonly RegExp[] = [
  /^core\.(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks)$/,
  /^core\.(?:autocrlf|eol|safecrlf|sparsecheckout|sparsecheckoutcone|longpaths|protectntfs|protecthfs)$/,
  /^extensions\.\w+$/,
  /^index\.(?:version|sparse)$/,
  /^remote\..+\.(?:url|fetch|tagopt|promisor|partialclonefilter)$/,
  /^branch\..+\.(?:remote|merge)$/,
  /^submodule\..+\.(?:url|active|branch|update)$/,
  /^lfs\.repositoryformatversion$/,
];
/** As `git lfs install` writes them. Without them files of LFS would count as changed. */
const LFS = new Map([
  ['filter.lfs.clean', 'git-lfs clean -- %f'],
  ['filter.lfs.smudge', 'git-lfs smudge -- %f'],
  ['filter.lfs.process', 'git-lfs filter-process'],
  ['filter.lfs.required', 'true'],
]);

/** The settings in the output of `git config --list --null`. A name without a value is true. */
export function settingsIn(output: string): readonly Setting[] {
  return output
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const end = entry.indexOf('\n');
      return end < 0 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
    });
}

/** The settings that a copy keeps. Of an address the user and the password are left out. */
export function keptSettings(settings: readonly Setting[]): readonly Setting[] {
  return settings
    .filter(([name, value]) => isKept(name, value))
    .map(([name, value]) => [name, name.endsWith('.url') ? withoutUser(value) : value]);
}

/** The text of a configuration file with these settings. */
export function configText(settings: readonly Setting[]): string {
  return settings.map(([name, value]) => `${section(name)}\n\t${key(name)} = ${quoted(value)}\n`).join('');
}

function isKept(name: string, value: string): boolean {
  // The working tree of a submodule is told from its folder in `.git`; any other could be anywhere.
  if (name === 'core.worktree') return /^(?:\.\.\/)+(?!\.\.\/)/.test(value);
  return LFS.get(name) === value || KEPT.some((pattern) => pattern.test(name));
}

/** `git@host:path` is no address, and names a user that is no secret. */
function withoutUser(address: string): string {
  const plain = address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1');
  return /^ssh:/i.test(address)
    ? address.replace(/^(ssh:\/\/[^/:@]*):[^/]*@/i, '$1@')
    : plain.replace(/\?.*$/s, '');
}

function section(name: string): string {
  const first = name.indexOf('.');
  const last = name.lastIndexOf('.');
  const sub = name.slice(first + 1, last);
  return first === last
    ? `[${name.slice(0, first)}]`
    : `[${name.slice(0, first)} "${sub.replaceAll(/["\\]/g, '\\$&')}"]`;
}

function key(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function quoted(value: string): string {
  return `"${value
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\t', String.raw`\t`)}"`;
}
