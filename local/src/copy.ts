import { existsSync } from 'node:fs';
import { cp, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { LocalFailure } from './failure.ts';
import { allowedSettings, configText, settingsIn } from './git-config.ts';
import { lastLines, run } from './programs.ts';

const COPY = 'copy the checkout for the agent';
/** The credential files that google-github-actions/auth writes into the workspace. */
const CREDENTIALS = /^gha-creds-[0-9a-f]+\.json$/;
/**
 * The parts of a git folder that the agent gets: commits, names and patterns. The rest is removed, because logs, FETCH_HEAD
 * and others may contain an address with a token.
 */
const COPIED =
  /^(?:objects|refs|packed-refs|reftable|shallow|HEAD|index|sharedindex\.\w+|config|info\/(?:exclude|attributes|sparse-checkout)|lfs\/objects)$/;
/** The folders that are copied in part. `modules` has the git folders of submodules. */
const PARTLY_COPIED = /^(?:info|lfs|modules(?:\/.*)?)$/;

/**
 * Copies a checkout into an existing folder. Removes known credential files from the copy, and everything in git's folders
 * that is not known to be harmless. Does not follow links. Without a checkout the copy is empty.
 *
 * @throws {LocalFailure} if a file cannot be read or written.
 */
export async function copyCheckout(checkout: string, copy: string): Promise<void> {
  if (checkout === '' || !existsSync(checkout)) return;
  await copyTree(checkout, copy);
  for (const name of await readdir(copy)) if (CREDENTIALS.test(name)) await rm(join(copy, name));
  for (const folder of await gitFoldersIn(copy)) await cleanRepository(folder);
}

/** Copies a folder into another. Throws {@link LocalFailure}, or errors of the file system. */
async function copyTree(from: string, to: string): Promise<void> {
  if (process.platform !== 'linux') {
    await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    return;
  }
  // On file systems with copy-on-write this copies no data.
  const ended = await run('cp', ['-a', '--reflink=auto', '--', `${from}/.`, to]);
  if (ended.code !== 0)
    throw new LocalFailure(
      COPY,
      lastLines(ended),
      'check that the job can read all of the checkout, and that the disk has room for a copy',
    );
}

/**
 * Finds the folders named `.git`. Git never puts content of a repository there. A git folder with another name is content: it stays as
 * it is, because the agent's patch would contain a change of it.
 */
async function gitFoldersIn(folder: string): Promise<readonly string[]> {
  const below = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    // Skips names that are not UTF-8: their decoded text cannot open them.
    .filter(({ name }) => !name.includes('\u{fffd}'))
    .map(({ name }) => join(folder, name));
  const found = [];
  for (const each of below) found.push(...(basename(each) === '.git' ? [each] : await gitFoldersIn(each)));
  return found;
}

/** Leaves in the git folder of a repository or a submodule only what the agent gets: {@link COPIED}, allowed settings, no logs. */
async function cleanRepository(folder: string): Promise<void> {
  await cleanConfig(folder);
  await removeAllButCopied(folder);
  if (!existsSync(join(folder, 'reftable'))) return;
  // A reftable also contains the logs. Packing it drops expired entries.
  await git('--git-dir', folder, 'reflog', 'expire', '--expire=all', '--all');
  await git('--git-dir', folder, 'pack-refs', '--all');
}

/**
 * Removes all but {@link COPIED} from a git folder, or from a folder in it.
 *
 * @param prefix the path of `folder` in the git folder, such as `info/`; empty for the git folder itself.
 */
async function removeAllButCopied(folder: string, prefix = ''): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const pathInGit = prefix + entry.name;
    if (COPIED.test(pathInGit)) continue;
    const isPartlyCopied = entry.isDirectory() && PARTLY_COPIED.test(pathInGit);
    if (!isPartlyCopied) await rm(path, { recursive: true, force: true });
    // The git folder of a submodule.
    else if (existsSync(join(path, 'HEAD'))) await cleanRepository(path);
    else await removeAllButCopied(path, `${pathInGit}/`);
  }
}

/** Writes the allowed settings of a repository into one new file, also those of its worktree. */
async function cleanConfig(folder: string): Promise<void> {
  const settings = [];
  for (const file of ['config', 'config.worktree'].map((name) => join(folder, name)).filter(existsSync)) {
    const list = await git('config', '--file', file, '--no-includes', '--list', '--null');
    settings.push(...allowedSettings(settingsIn(list)));
  }
  // A link in its place is removed, not followed.
  await rm(join(folder, 'config'), { force: true });
  await writeFile(join(folder, 'config'), configText(settings));
}

async function git(...args: readonly string[]): Promise<string> {
  const ended = await run('git', args);
  if (ended.code !== 0)
    throw new LocalFailure(
      COPY,
      `git ${args.join(' ')}: ${lastLines(ended)}`,
      'check out the repository again',
    );
  return ended.stdout;
}
