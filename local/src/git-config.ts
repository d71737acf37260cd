/** A git setting: its full name as git lists it, such as `remote.origin.url`, and its value. */
export type Setting = readonly [name: string, value: string];

/**
 * The settings that git needs to work in the copy and to find changes. All others may contain a secret or make git read one:
 * headers, credential helpers, included files, rewritten addresses.
 */
const ALLOWED: readonly RegExp[] = [
  /^core\.(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks)$/,
  /^core\.(?:autocrlf|eol|safecrlf|sparsecheckout|sparsecheckoutcone|longpaths|protectntfs|protecthfs)$/,
  // Not worktreeconfig: the copy has all settings in one file.
  /^extensions\.(?!worktreeconfig$)\w+$/,
  /^index\.(?:version|sparse)$/,
  /^remote\..+\.(?:url|fetch|tagopt|promisor|partialclonefilter)$/,
  /^branch\..+\.(?:remote|merge)$/,
  /^submodule\..+\.(?:url|active)$/,
  /^lfs\.repositoryformatversion$/,
];
/** The settings that `git lfs install` writes. Without them LFS files would appear as changed. */
const LFS = new Map([
  ['filter.lfs.clean', 'git-lfs clean -- %f'],
  ['filter.lfs.smudge', 'git-lfs smudge -- %f'],
  ['filter.lfs.process', 'git-lfs filter-process'],
  ['filter.lfs.required', 'true'],
]);

/** Parses the output of `git config --list --null`. A name without a value means `true`. */
export function settingsIn(output: string): readonly Setting[] {
  return output
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const end = entry.indexOf('\n');
      return end < 0 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)];
    });
}

/** Returns the settings for a copy. Removes users and passwords from values; leaves out a name that contains one. */
export function allowedSettings(settings: readonly Setting[]): readonly Setting[] {
  return settings
    .filter(([name, value]) => isAllowed(name, value) && withoutUser(name) === name)
    .map(([name, value]) => [name, withoutUser(value)]);
}

/** Formats settings as the text of a git configuration file. */
export function configText(settings: readonly Setting[]): string {
  return settings
    .map(([name, value]) => `${sectionOf(name)}\n\t${lastPartOf(name)} = ${quote(value)}\n`)
    .join('');
}

function isAllowed(name: string, value: string): boolean {
  // Git writes the working tree of a submodule as a path from its folder in `.git`. An absolute path would lead out of the copy.
  if (name === 'core.worktree') return value.startsWith('../');
  return LFS.get(name) === value || ALLOWED.some((pattern) => pattern.test(name));
}

/** Matches the password in an ssh URL, with what is before it as its group. */
const SSH_PASSWORD = /\b(ssh:\/\/[^/:@]*):[^/]*@/gi;
/**
 * Matches `://` and the user after it, unless the scheme is exactly `ssh`. It begins with `://`, because a search for any scheme would
 * try each letter of a long text as its first.
 */
const USER = /(?<!(?<![a-z0-9+.-])ssh):\/\/[^/]*@/gi;

/** Removes user, password and query from a URL, but only the password from an ssh URL. `git@host:path` is not a URL. */
function withoutUser(text: string): string {
  return text.replaceAll(SSH_PASSWORD, '$1@').replaceAll(USER, '://').replace(/\?.*$/s, '');
}

/** Returns the line that begins the section of a setting: `[core]` for core.bare, `[branch "a.b"]` for branch.a.b.merge. */
function sectionOf(name: string): string {
  const first = name.indexOf('.');
  const last = name.lastIndexOf('.');
  const sub = name.slice(first + 1, last);
  return first === last
    ? `[${name.slice(0, first)}]`
    : `[${name.slice(0, first)} "${sub.replaceAll(/["\\]/g, '\\$&')}"]`;
}

function lastPartOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function quote(value: string): string {
  return `"${value
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\t', String.raw`\t`)}"`;
}
