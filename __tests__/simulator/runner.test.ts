import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { evaluate } from '../../simulator/runner/action-file.ts';
import { parsePairs } from '../../simulator/runner/file-commands.ts';
import { createLineCutter, parseLogCommand } from '../../simulator/runner/log.ts';
import { type ActionRun, runAction, type RunOptions } from '../../simulator/runner/runner.ts';

let root: string;
const runs: ActionRun[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'runner-test-'));
});
afterAll(async () => {
  for (const run of runs) await run.dispose();
  await rm(root, { recursive: true, force: true });
});

const INPUTS = `
  plain: { description: p }
  with space: { description: s, default: 5 }
  repository: { description: r, default: '\${{ github.repository }}' }
  title: { description: t, default: 'at \${{ github.event.issue.title }} by \${{ github.actor }}' }
  github-token: { description: t, default: '\${{ github.token }}' }`;

let count = 0;

/** Writes an action with the given JavaScript and runs it. */
async function run(main: string, options: RunOptions = {}, post?: string): Promise<ActionRun> {
  count += 1;
  const action = join(root, String(count));
  await mkdir(action);
  const runsPost = post === undefined ? '' : '\n  post: post.mjs';
  await writeFile(
    join(action, 'action.yml'),
    `name: Test\ninputs:${INPUTS}\nruns:\n  using: node24\n  main: main.mjs${runsPost}\n`,
  );
  const head = "import { appendFileSync as append } from 'node:fs';\nconst env = process.env;\n";
  await writeFile(join(action, 'main.mjs'), head + main);
  await writeFile(join(action, 'post.mjs'), head + (post ?? ''));
  const done = await runAction({ action, ...options });
  runs.push(done);
  return done;
}

/** Returns the environment variables of an action. */
async function environment(options: RunOptions = {}): Promise<Record<string, string>> {
  const { rawLog } = await run('console.log(JSON.stringify(env))', options);
  const variables: unknown = JSON.parse(rawLog);
  return Object.fromEntries(Object.entries(variables ?? {}).map(([name, value]) => [name, String(value)]));
}

describe('the environment of an action', () => {
  test('has the given inputs, even empty ones, and the defaults of the others', async () => {
    const env = await environment({
      event: { name: 'issues', payload: { issue: { title: 'Bug' } } },
      with: { Plain: ' x ', 'with space': '' },
    });
    expect(env).toMatchObject({
      INPUT_PLAIN: ' x ',
      INPUT_WITH_SPACE: '',
      INPUT_REPOSITORY: 'octo-org/octo-repo',
      INPUT_TITLE: 'at Bug by octocat',
    });
    expect(env['INPUT_GITHUB-TOKEN']).toMatch(/^ghs_/);
    expect(env['GITHUB_TOKEN']).toBeUndefined();
  });

  test("has the GitHub context, and only essentials of the parent's environment", async () => {
    process.env['SHOULD_NOT_LEAK'] = '1';
    const env = await environment({ github: { actor: 'mona', ref: 'refs/tags/v1' }, env: { MINE: 'yes' } });
    expect(env).toMatchObject({
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'mona',
      GITHUB_TRIGGERING_ACTOR: 'mona',
      GITHUB_REF_NAME: 'v1',
      GITHUB_REF_TYPE: 'tag',
      GITHUB_EVENT_NAME: 'workflow_dispatch',
      GITHUB_REPOSITORY_OWNER: 'octo-org',
      MINE: 'yes',
    });
    expect(env['SHOULD_NOT_LEAK']).toBeUndefined();
    delete process.env['SHOULD_NOT_LEAK'];
  });

  test('has a warning about an unknown input, as on GitHub', async () => {
    const done = await run('', { with: { nope: '1' } });
    expect(done.log).toContain(
      "Warning: Unexpected input(s) 'nope', valid inputs are ['plain', 'with space'",
    );
    expect(done.annotations).toMatchObject([{ level: 'warning' }]);
  });

  test('has only supported expressions: others are an error', () => {
    expect(() => evaluate('${{ secrets.X }}', {})).toThrow(
      'evaluates ${{ github.… }} in defaults, not ${{ secrets.X }}',
    );
    expect(evaluate('${{ github.nothing.here }}', {})).toBe('');
  });
});

describe('the files of an action', () => {
  test('give the outputs in both forms, the environment, the state and the summary', async () => {
    const done = await run(`
append(env.GITHUB_OUTPUT, 'one=1=2\\ntwo<<END\\nfirst\\n\\nsecond=3\\nEND\\nempty=\\n');
append(env.GITHUB_ENV, 'SEEN=yes\\n');
append(env.GITHUB_STATE, 'id=7\\n');
append(env.GITHUB_STEP_SUMMARY, '# Done\\n');`);
    expect(done.outputs).toEqual({ one: '1=2', two: 'first\n\nsecond=3', empty: '' });
    expect([done.env, done.state, done.summary, done.exitCode]).toEqual([
      { SEEN: 'yes' },
      { id: '7' },
      '# Done\n',
      0,
    ]);
  });

  test('fail the step if they are malformed', async () => {
    const done = await run("append(env.GITHUB_OUTPUT, 'x<<END\\nnever closed\\n')");
    expect(done.exitCode).toBe(1);
    expect(done.log).toContain("Matching delimiter not found 'END'");
    expect(() => parsePairs('nonsense')).toThrow("Invalid format 'nonsense'");
  });
});

describe('the log', () => {
  test('executes commands, and hides secrets from then on', async () => {
    const done = await run(`
console.log('a-secret is seen before');
console.log('::add-mask::a-secret');
console.log('a-secret is hidden');
console.error('::error title=T%3A1::bad%0Aa-secret');
console.log('  ::warning::w');
console.log('::debug::hidden');
console.log('::group::G');
console.log('::endgroup::');
console.log('in the middle ##[notice]old');
console.log('::unknown::stays');`);
    expect(done.log.split('\n')).toEqual(
      expect.arrayContaining([
        'a-secret is seen before',
        '*** is hidden',
        'Error: bad',
        '***',
        'Warning: w',
        '▼ G',
        'Notice: old',
        '::unknown::stays',
      ]),
    );
    expect(done.log).not.toMatch(/hidden$|endgroup|add-mask/);
    expect(done.annotations).toContainEqual({ level: 'error', message: 'bad\n***', title: 'T:1' });
    expect(done.masks).toContain('a-secret');
    expect(done.rawLog).toContain('::add-mask::a-secret');
  });

  test('hides the token from the start', async () => {
    const done = await run("console.log(env['INPUT_GITHUB-TOKEN'], 'mine')", { secrets: ['mine'] });
    expect(done.log).toBe('*** ***');
  });

  test('finds commands after white space of any kind and after a lone carriage return', () => {
    expect(parseLogCommand('\u00A0\u2028\u0085::error::x')?.name).toBe('error');
    const lines: string[] = [];
    const cutter = createLineCutter((line) => lines.push(line));
    cutter.write('a\r');
    cutter.write('\nb\r::error::c\n');
    cutter.write('d');
    cutter.end();
    expect(lines).toEqual(['a', 'b', '::error::c', 'd']);
  });
});

// Windows has no SIGINT between processes: it would just end the child.
(process.platform === 'win32' ? describe.skip : describe)('a cancel', () => {
  test('ends an action that handles the signals but does not exit', async () => {
    const main =
      "for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => console.log(name));\nsetInterval(() => {}, 1000);\nconsole.log('ready');";
    const patience = { beforeTerm: 100, beforeKill: 1000 };
    const done = await run(main, {
      signal: { after: (log) => log.includes('ready'), send: 'SIGINT', patience },
    });
    expect([done.exitCode, done.signal, done.log]).toEqual([null, 'SIGKILL', 'ready\nSIGINT\nSIGTERM']);
  });
});
