/**
 * Writes the account that publishes the action, its version and the commit of the release into pages, examples and their
 * tests.
 *
 *     npm run release:names -- --owner acme --version 1.2.3 --commit HASH
 *     npm run release:names -- --version 1.2.3 --dist HASH   only the workflows that people call, which name the action
 *
 * What is not given stays as it is. With an account, the README no longer says that nothing is published. Without a commit, as
 * before a release, the version is pinned to `<commit>`. A called workflow cannot name the commit that it is in: it names an
 * earlier one, which has `dist/`.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const FILES = [
  '*.md',
  'docs/**/*.md',
  'examples/*.{sh,yml}',
  'workflow-tests/**/*.{ts,yml}',
  '.github/*',
  '.github/ISSUE_TEMPLATE/*',
  '.github/workflows/*.yml',
];

export interface ReleaseNames {
  readonly owner?: string | undefined;
  /** The version without `v`. */
  readonly version?: string | undefined;
  /** The full hash of the commit. */
  readonly commit?: string | undefined;
  /** The full hash of the commit that called workflows name. */
  readonly dist?: string | undefined;
}

/** Says what is wrong with the names; `undefined` if they are valid. */
export function wrongName({ owner, version, commit, dist }: ReleaseNames): string | undefined {
  if (owner !== undefined && !/^[a-z\d](?:-?[a-z\d]){0,38}$/i.test(owner))
    return `--owner ${owner} is not an account name: it has letters, digits and single hyphens`;
  if (version !== undefined && !/^\d+\.\d+\.\d+$/.test(version))
    return `--version ${version} is not a version: write it like 1.2.3`;
  for (const [name, hash] of Object.entries({ commit, dist })) {
    if (hash === undefined) continue;
    if (!/^[\da-f]{40}$/.test(hash))
      return `--${name} ${hash} is not a commit hash: git rev-parse v1.2.3^{commit} shows it`;
    if (version === undefined) return `--${name} needs --version`;
  }
  if (commit !== undefined && dist !== undefined) return 'give --dist before the tag, and --commit after it';
  return undefined;
}

/** Returns the names for a file: with `dist`, only called workflows get a version; without it, only all other files. */
export function namesFor(path: string, { dist, ...names }: ReleaseNames): ReleaseNames {
  const isWorkflow = /[\\/]\.github[\\/]workflows[\\/]/.test(path);
  const getsVersion = isWorkflow === (dist !== undefined);
  if (!getsVersion) return { owner: names.owner };
  return dist === undefined ? names : { ...names, commit: dist };
}

/** Replaces the names in a text, and shows the badges, which need an account. */
export function withNames(text: string, { owner, version, commit }: ReleaseNames): string {
  let named = text;
  if (owner !== undefined)
    named = named
      .replaceAll(/[\w-]+(?=\/openhands-conversation-action\b)/g, owner)
      .replaceAll('REPLACE_WITH_OWNER', owner)
      .replace(/<!-- badges: .*\n([^]*?)-->\n/, '$1')
      .replace(/^.* <!-- until release:names -->\n+/, '');
  if (version !== undefined)
    named = named
      // A pin to a commit, with the version as a comment.
      .replaceAll(
        /(\/openhands-conversation-action(?:\/[\w./-]+)?@)\S+ # v\d+\.\d+\.\d+/g,
        `$1${commit ?? '<commit>'} # v${version}`,
      )
      // The version whose files a script fetches.
      .replaceAll(/(\/openhands-conversation-action@v)\d+\.\d+\.\d+\b/g, `$1${version}`)
      // The major version.
      .replaceAll(
        /(\/openhands-conversation-action(?:\/[\w./-]+)?@v)\d+\b(?!\.)/g,
        `$1${version.replace(/\..*/, '')}`,
      );
  return named;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      owner: { type: 'string' },
      version: { type: 'string' },
      commit: { type: 'string' },
      dist: { type: 'string' },
    },
  });
  const wrong = wrongName(values);
  if (wrong !== undefined) throw new Error(wrong);
  const files = globSync(FILES, { cwd: ROOT, withFileTypes: true }).filter((entry) => entry.isFile());
  let changed = 0;
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    const text = readFileSync(path, 'utf8');
    const named = withNames(text, namesFor(path, values));
    if (named === text) continue;
    changed += 1;
    console.log(path.slice(ROOT.length + 1));
    writeFileSync(path, named);
  }
  // Pages show examples and workflows as they are.
  if (changed > 0) await import('./docs.ts');
  console.log(`Changed ${changed} files.`);
}

if (import.meta.main)
  main().catch((error: unknown) => {
    console.error(`release:names: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
