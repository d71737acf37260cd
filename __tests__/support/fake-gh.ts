/**
 * Stands in for GitHub's program `gh`, run as one, for the repository octo-org/octo-repo: the bare git repository repo.git in $HOME, and
 * state.json for the rest. Writes each call into calls.txt, with its arguments, and each change into writes.txt.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as v from 'valibot';

import { FakeGitHub } from './fake-github.ts';
import { ROOT } from './yaml.ts';

/** What `createCommitOnBranch` needs. */
const Commit = v.object({
  variables: v.object({
    input: v.object({
      branch: v.object({ repositoryNameWithOwner: v.literal('octo-org/octo-repo'), branchName: v.string() }),
      expectedHeadOid: v.string(),
      message: v.object({ headline: v.string() }),
      fileChanges: v.object({
        additions: v.array(v.object({ path: v.string(), contents: v.pipe(v.string(), v.base64()) })),
      }),
    }),
  }),
});

const HOME = process.env['HOME'] ?? '';
const STATE = join(HOME, 'state.json');
const state = v.parse(FakeGitHub, JSON.parse(readFileSync(STATE, 'utf8')));
const argv = process.argv.slice(2);
appendFileSync(join(HOME, 'calls.txt'), `${JSON.stringify([argv, process.env])}\n`);

const words: string[] = [];
const options = new Map<string, string>();
const fields = new Map<string, string>();
for (let at = 0; at < argv.length; at += 1) {
  const word = argv[at] ?? '';
  if (!word.startsWith('--')) words.push(word);
  else if (word === '--silent') options.set(word, '');
  else {
    at += 1;
    const value = argv[at] ?? '';
    options.set(word, value);
    if (word.endsWith('-field') || word === '--field') fields.set(...splitAt(value, '='));
  }
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}

function run(program: string, args: readonly string[], input = '', env: Record<string, string> = {}): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    input,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const git = (args: readonly string[], input = '', env: Record<string, string> = {}): string =>
  run('git', ['-C', join(HOME, 'repo.git'), ...args], input, env).trimEnd();
const stdin = (): string => readFileSync(0, 'utf8');

/** Makes a change, unless GitHub refuses it. */
function write(what: string, change: () => unknown): unknown {
  if (state.refuses !== '' && what.startsWith(state.refuses))
    throw new Error('HTTP 403: Resource not accessible');
  const answer = change();
  appendFileSync(join(HOME, 'writes.txt'), `${what}\n`);
  writeFileSync(STATE, JSON.stringify(state));
  return answer;
}

const refOf = (branch: string): string =>
  git(['for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`]);

function commit(): void {
  const { input } = v.parse(Commit, JSON.parse(stdin())).variables;
  const [branch, parent] = [input.branch.branchName, input.expectedHeadOid];
  write(`commit ${branch}: ${input.fileChanges.additions.map(({ path }) => path).join(' ')}`, () => {
    if (refOf(branch) !== parent) throw new Error('GraphQL: Expected branch to point to another commit');
    const env = { GIT_INDEX_FILE: join(HOME, 'index') };
    git(['read-tree', parent], '', env);
    for (const { path, contents } of input.fileChanges.additions) {
      const text = Buffer.from(contents, 'base64').toString();
      const blob = git(['hash-object', '-w', '--stdin'], text);
      git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], '', env);
    }
    const tree = git(['write-tree'], '', env);
    const made = git(['commit-tree', tree, '-p', parent, '-m', input.message.headline]);
    git(['update-ref', `refs/heads/${branch}`, made]);
  });
}

/** Answers a request to the API: a text as it is, anything else as JSON. */
function answerApi(path: string): unknown {
  const method = options.get('--method') ?? (fields.size > 0 || options.has('--input') ? 'POST' : 'GET');
  const [own, rest] = [
    path.startsWith('repos/octo-org/octo-repo/'),
    path.replace(/^repos\/[^/]+\/[^/]+\//, ''),
  ];
  const field = (name: string): string => fields.get(name) ?? '';
  const [, example = ''] = /^contents\/(examples\/[\w-]+\.yml)\?ref=v1\.2\.3$/.exec(rest) ?? [];
  if (path.startsWith('repos/acme/openhands-conversation-action/') && example !== '')
    return readFileSync(join(ROOT, example), 'utf8').replaceAll('REPLACE_WITH_OWNER', 'acme');
  if (path === 'graphql') {
    commit();
    return;
  }
  const at = /^git\/(?:ref|refs|matching-refs|trees|blobs)\/(?:heads\/)?(.+)$/.exec(rest)?.[1] ?? '';
  const [before = '', after = ''] = rest.replace('compare/', '').split('...');
  if (own)
    switch (`${method} ${rest.replace(/\?.*/, '').replace(/^(git\/[\w-]+|compare)\/.*/, '$1')}`) {
      case 'GET git/ref':
        return { object: { sha: refOf(at) } };
      case 'GET git/matching-refs':
        return git(['for-each-ref', '--format=%(refname) %(objectname)', `refs/heads/${at}*`])
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => ({ ref: splitAt(line, ' ')[0], object: { sha: splitAt(line, ' ')[1] } }));
      case 'GET git/trees':
        return {
          tree: git(['ls-tree', at])
            .split('\n')
            .map((line) => ({ path: splitAt(line, '\t')[1], sha: splitAt(line, '\t')[0].split(' ')[2] })),
        };
      case 'GET git/blobs':
        return `${git(['cat-file', 'blob', at])}\n`;
      case 'GET compare':
        return {
          commits: git(['log', '--format=%s', `${before}..${after}`])
            .split('\n')
            .filter((message) => message !== '')
            .map((message) => ({ commit: { message } })),
        };
      case 'GET actions/organization-secrets':
        return { secrets: state.organizationSecrets.map((name) => ({ name })) };
      case 'GET actions/permissions/workflow':
        return { can_approve_pull_request_reviews: state.mayOpenPullRequests };
      case 'PUT actions/permissions/workflow':
        return write('allow pull requests', () => {
          state.mayOpenPullRequests = field('can_approve_pull_request_reviews') === 'true';
        });
      case 'POST git/refs':
        return write(`branch ${field('ref')}`, () =>
          git(['update-ref', field('ref'), field('sha'), '0'.repeat(40)]),
        );
      case 'PATCH git/refs':
        return write(`reset ${at}`, () => git(['update-ref', `refs/heads/${at}`, field('sha')]));
      case 'POST pulls':
        return write(`pull request ${field('head')} to ${field('base')}`, () => {
          if (refOf(field('head')) === refOf(field('base')))
            throw new Error('No commits between the branches');
          const url = `https://github.com/octo-org/octo-repo/pull/${state.pulls.length + 1}`;
          state.pulls.push({ url, state: 'open', isCrossRepository: false });
          return { html_url: url };
        });
      default:
    }
  throw new Error(`HTTP 404: ${method} ${path}`);
}

function answer(): unknown {
  const [group = '', command = '', name = ''] = words;
  if (group === 'api') return answerApi(command);
  if (group !== 'repo' && options.get('--repo') !== 'octo-org/octo-repo') throw new Error('no repository');
  switch (`${group} ${command}`) {
    case 'repo view':
      return {
        nameWithOwner: 'octo-org/octo-repo',
        isArchived: state.isArchived,
        isEmpty: refOf('main') === '',
        viewerPermission: state.permission,
        defaultBranchRef: { name: 'main' },
      };
    case 'secret list':
      return Object.keys(state.secrets).map((secret) => ({ name: secret }));
    case 'secret set':
      return write(`secret ${name}`, () => {
        state.secrets[name] = stdin();
      });
    case 'variable list':
      return Object.entries(state.variables).map(([key, value]) => ({ name: key, value }));
    case 'variable set':
      return write(`variable ${name}`, () => {
        state.variables[name] = stdin();
      });
    case 'label list':
      return state.labels.map((label) => ({ name: label }));
    case 'label create':
      return write(`label ${name}`, () => state.labels.push(name));
    case 'pr list':
      return state.pulls.filter((pull) => pull.state === options.get('--state'));
    default:
      throw new Error(`unknown command ${argv.join(' ')}`);
  }
}

try {
  const found = answer();
  const text = typeof found === 'string' ? found : JSON.stringify(found ?? {});
  const query = options.get('--jq');
  if (query !== undefined) process.stdout.write(run('jq', ['-r', query], text));
  else if (typeof found === 'string' || options.has('--json')) process.stdout.write(text);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
