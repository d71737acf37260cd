/**
 * The checks of a release and what it publishes, run by the workflow `release.yml`. They need only Node, no packages.
 *
 *     node scripts/release.ts notes v1.2.3      prints the notes of the release, from CHANGELOG.md; fails if there are none,
 *                                               or if package.json has another version
 *     node scripts/release.ts workflows v1.2.3  fails unless the workflows that people call name the version, and an earlier
 *                                               commit with the same files of the action. Needs git and the history
 *     node scripts/release.ts sbom v1.2.3       prints which packages are in dist/, as SPDX
 *     node scripts/release.ts immutable v1.2.3  fails unless GitHub says that nobody can change the release. Reads
 *                                               GITHUB_API_URL, GITHUB_REPOSITORY and GH_TOKEN, as a runner sets them
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';

import { memberOf } from '../src/text/data.ts';
import { packagesNamedIn, sbomOf } from './sbom.ts';

/** Returns the section of a version, and the link definitions at the end of the file. */
function notesOf(changelog: string, version: string): string {
  const number = version.replaceAll('.', '\\.');
  // The section ends at the next heading or at the end of the file, `(?![^])`.
  const [, section = ''] =
    new RegExp(`^## \\[?v?${number}(?![\\w.-]).*\n([^]*?)(?=^## |(?![^]))`, 'm').exec(changelog) ?? [];
  const isLink = (line: string): boolean => /^\[[^\]]+\]: /.test(line);
  const text = section
    .split('\n')
    .filter((line) => !isLink(line))
    .join('\n')
    .trim();
  if (text === '')
    throw new Error(`CHANGELOG.md has no section for ${version}: add one, then tag that commit.`);
  const links = changelog.split('\n').filter(isLink).join('\n');
  return `${text}\n\n${links}`.trim();
}

function notes(tag: string): void {
  const version = tag.replace(/^v/, '');
  const packageVersion = memberOf(JSON.parse(readFileSync('package.json', 'utf8')), 'version');
  if (packageVersion !== version) {
    throw new Error(
      `The tag is ${tag}, package.json says ${String(packageVersion)}: change it, then tag that commit.`,
    );
  }
  console.log(notesOf(readFileSync('CHANGELOG.md', 'utf8'), version));
}

/** What a step or a call of the called workflows runs. */
const RUN_BY_CALLS = ['action.yml', 'dist', 'local', 'outcomes', '.github/workflows/propose.yml'];
const NAMED = /\buses: [\w-]+\/openhands-conversation-action\S*@(\S+) # (v\S+)$/gm;

function workflows(tag: string): void {
  const named = globSync('.github/workflows/*.yml').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(NAMED)].map(([, commit = '', version = '']) => ({
      file,
      commit,
      version,
    })),
  );
  for (const { file, commit, version } of named) {
    const todo = `npm run release:names -- --version ${tag.slice(1)} --dist COMMIT, then tag that commit`;
    if (version !== tag) throw new Error(`${file} names ${version}: ${todo}.`);
    const isEarlier = git('merge-base', '--is-ancestor', commit, 'HEAD');
    if (!isEarlier || !git('diff', '--quiet', commit, 'HEAD', '--', ...RUN_BY_CALLS))
      throw new Error(
        `${file} names ${commit}, which is not an earlier commit with the same dist/: ${todo}.`,
      );
  }
  console.log(`${named.length} pins of called workflows name a commit with the files of ${tag}.`);
}

/** Returns whether a command of git succeeds: with `--is-ancestor` and `diff --quiet`, that is the answer. */
function git(...args: readonly string[]): boolean {
  return spawnSync('git', args).status === 0;
}

function sbom(tag: string): void {
  const read = (path: string): string => readFileSync(path, 'utf8');
  const packages = packagesNamedIn(read('dist/licenses.txt'), read('package-lock.json'));
  console.log(JSON.stringify(sbomOf(tag.slice(1), packages, new Date()), undefined, 2));
}

/** Source of `immutable`: https://docs.github.com/en/rest/releases/releases#get-a-release-by-tag-name */
async function immutable(tag: string, env: NodeJS.ProcessEnv): Promise<void> {
  const url = `${env['GITHUB_API_URL'] ?? ''}/repos/${env['GITHUB_REPOSITORY'] ?? ''}/releases/tags/${tag}`;
  const answer = await fetch(url, {
    headers: { accept: 'application/vnd.github+json', authorization: `Bearer ${env['GH_TOKEN'] ?? ''}` },
  });
  if (!answer.ok)
    throw new Error(`GitHub does not show the release ${tag}: HTTP ${answer.status}. Run this job again.`);
  if (memberOf(await answer.json(), 'immutable') !== true) {
    throw new Error(
      `The release ${tag} can still be changed: turn on "Enable release immutability" (Settings, General, Releases), ` +
        'and publish the next version. This one stays as it is, and the major tag does not move to it.',
    );
  }
  console.log(`Nobody can change the files of the release ${tag}.`);
}

async function main([command, tag = '']: readonly string[]): Promise<void> {
  if (!/^v\d+\.\d+\.\d+$/.test(tag)) throw new Error(`"${tag}" is not a tag such as v1.2.3.`);
  if (command === 'notes') notes(tag);
  else if (command === 'workflows') workflows(tag);
  else if (command === 'sbom') sbom(tag);
  else if (command === 'immutable') await immutable(tag, process.env);
  else
    throw new Error(`"${command ?? ''}" is not a command: there are notes, workflows, sbom and immutable.`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`::error::${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
