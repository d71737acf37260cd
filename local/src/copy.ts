import { existsSync } from 'node:fs';
import { cp, lstat, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { LocalFailure } from './failure.ts';
import { configText, keptSettings, settingsIn } from './git-config.ts';
import { lastLines, run } from './programs.ts';

const COPY = 'copy the checkout for the agent';
/** The credential files that google-github-actions/auth writes into the workspace. */
const CREDENTIALS = /^gha-creds-[0-9a-f]+\.json$/;
/** Files in a git folder that may contain credentials or addresses with them. */
const REMOVED = ['FETCH_HEAD', 'credentials', '.git-credentials'];

/**
 * Copies a checkout into an existing folder. Removes from the copy what an agent must not have: most settings and all hooks
 * of git, and known credential files. Does not follow links. Without a checkout the copy is empty.
 *
 * @throws {LocalFailure} if a file cannot be read or written.
 */
export async function copyCheckout(checkout: string, copy: string): Promise<void> {
  if (checkout === '' || !existsSync(checkout)) return;
  await copyTree(checkout, copy);
  for (const name of await readdir(copy)) if (CREDENTIALS.test(name)) await rm(join(copy, name));
  for (const repository of await repositoriesIn(copy)) await clean(repository);
}

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
 * Finds the git folders: `.git`, and those of submodules below it. A folder elsewhere that looks like one is content of the
 * repository and stays unchanged, or the agent's patch would contain it. Git never puts content below `.git`.
 */
async function repositoriesIn(folder: string, isGit = false): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = new Set(entries.map(({ name }) => name));
  const isOne = isGit && names.has('HEAD') && names.has('objects') && names.has('refs');
  const below = entries
    .filter((entry) => entry.isDirectory())
    // Skips the thousands of folders with git objects.
    .filter(({ name }) => !(isOne && name === 'objects'))
    // Skips names that are not UTF-8: their decoded text cannot open them.
    .filter(({ name }) => !name.includes('\u{fffd}'));
  const found = [];
  for (const { name } of below)
    found.push(...(await repositoriesIn(join(folder, name), isGit || name === '.git')));
  return isOne ? [folder, ...found] : found;
}

async function clean(repository: string): Promise<void> {
  for (const name of ['config', 'config.worktree']) await cleanConfig(join(repository, name));
  for (const name of REMOVED) await rm(join(repository, name), { force: true, recursive: true });
  const hooks = join(repository, 'hooks');
  if (!existsSync(hooks)) return;
  if (!(await lstat(hooks)).isDirectory()) await rm(hooks);
  else
    for (const hook of await readdir(hooks))
      if (!hook.endsWith('.sample')) await rm(join(hooks, hook), { recursive: true });
}

async function cleanConfig(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const list = await run('git', ['config', '--file', file, '--no-includes', '--list', '--null']);
  if (list.code !== 0)
    throw new LocalFailure(
      COPY,
      `git cannot read ${file}: ${lastLines(list)}`,
      'check out the repository again',
    );
  await rm(file);
  await writeFile(file, configText(keptSettings(settingsIn(list.stdout))));
}
