import { existsSync } from 'node:fs';
import { cp, lstat, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { LocalFailure } from './failure.ts';
import { configText, keptSettings, settingsIn } from './git-config.ts';
import { lastWords, run } from './programs.ts';

const COPY = 'copy the checkout for the agent';
/** google-github-actions/auth keeps its credentials in the workspace. */
const CREDENTIALS = /^gha-creds-[0-9a-f]+\.json$/;
/** What of a repository names addresses, or is run. */
const LEFT_OUT = ['FETCH_HEAD', 'credentials', '.git-credentials'];

/**
 * Copies a checkout into a folder that is there, and takes out of the copy what a workflow keeps in a checkout and an agent
 * must not have: settings and hooks of git, known files of credentials. No link is followed. Without a checkout the
 * copy is empty.
 *
 * @throws {LocalFailure} if something cannot be read or written.
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
  // On file systems that can, no byte is copied before it is changed.
  const ended = await run('cp', ['-a', '--reflink=auto', '--', `${from}/.`, to]);
  if (ended.code !== 0)
    throw new LocalFailure(
      COPY,
      lastWords(ended),
      'check that the job can read all of the checkout, and that the disk has room for a copy',
    );
}

/**
 * The folders in which git keeps repositories: `.git`, those of submodules below it. What looks like one elsewhere is
 * content, which the agent's patch must not have as changed; git lets no content be below a `.git`.
 */
async function repositoriesIn(folder: string, isGit = false): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = new Set(entries.map(({ name }) => name));
  const isOne = isGit && names.has('HEAD') && names.has('objects') && names.has('refs');
  const below = entries
    .filter((entry) => entry.isDirectory())
    // Thousands of folders of objects have nothing else in them.
    .filter(({ name }) => !(isOne && name === 'objects'))
    // A name that is not UTF-8, which cannot be opened by this text of it.
    .filter(({ name }) => !name.includes('\u{fffd}'));
  const found = [];
  for (const { name } of below)
    found.push(...(await repositoriesIn(join(folder, name), isGit || name === '.git')));
  return isOne ? [folder, ...found] : found;
}

async function clean(repository: string): Promise<void> {
  for (const name of ['config', 'config.worktree']) await cleanConfig(join(repository, name));
  for (const name of LEFT_OUT) await rm(join(repository, name), { force: true, recursive: true });
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
      `git cannot read ${file}: ${lastWords(list)}`,
      'check out the repository again',
    );
  await rm(file);
  await writeFile(file, configText(keptSettings(settingsIn(list.stdout))));
}
