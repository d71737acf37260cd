import { mkdtempSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, expect, jest, test } from '@jest/globals';

import { githubRunner, inputsIn } from '../../src/github/runner.ts';
import { parseState } from '../../src/port/unfinished.ts';
import { pieceOf, SPELLINGS } from '../support/spellings.ts';

/** The variables that name the files that the runner reads. */
const FILES = ['GITHUB_STATE', 'GITHUB_OUTPUT', 'GITHUB_STEP_SUMMARY'] as const;
const given = { ...process.env };
/** One for all tests: the toolkit keeps the path of the summary. */
const folder = mkdtempSync(join(tmpdir(), 'runner-'));

afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...given };
});

/** Returns what the process prints from now on. */
function watchOutput(): unknown[] {
  const written: unknown[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(text) > 0);
  return written;
}

test('a state that contains a secret is no state for post', async () => {
  watchOutput();
  const file = join(await mkdtemp(join(tmpdir(), 'runner-')), 'state');
  await writeFile(file, '');
  process.env['GITHUB_STATE'] = file;
  const runner = githubRunner();
  runner.secrets.add('sk-oh-0123456789');
  runner.saveState({ kind: 'started', version: 'v0', id: 'sk-oh-0123456789' });
  runner.saveState({ kind: 'started', version: 'v0', id: 'abc' });
  const kept = await readFile(file, 'utf8');
  expect(kept).not.toContain('0123456789');
  const states = kept.match(/\{.*\}/g) ?? [];
  expect(states.map(parseState)).toEqual([{ kind: 'over' }, { kind: 'started', version: 'v0', id: 'abc' }]);
});

test.each(SPELLINGS)('a key %s is in nothing that is written', async (_, spell) => {
  const written = watchOutput();
  process.env['RUNNER_DEBUG'] = '1';
  for (const file of FILES) {
    await writeFile(join(folder, file), '');
    process.env[file] = join(folder, file);
  }
  const { exitCode } = process;
  const runner = githubRunner();
  const key = 'sk+oh/01&23"45-ABCdefGHIjkl=';
  runner.secrets.add(key);
  // To register a key, the action prints it once: the runner masks it from then on.
  written.splice(0);
  const text = `the key ${spell(key)} is`;
  for (const write of ['debug', 'info', 'notice', 'warning', 'fail'] as const) runner[write](text);
  process.exitCode = exitCode;
  runner.quote(text, text);
  runner.output('title', text);
  runner.output('conversation-url', text);
  runner.saveState({ kind: 'started', version: 'v0', id: text });
  await runner.summary(text);
  const files = await Promise.all(FILES.map(async (file) => readFile(join(folder, file), 'utf8')));
  for (const exit of [written.join(''), ...files]) expect(exit).not.toContain(pieceOf(spell(key)));
  expect(written.join('').match(/the key .*\*\*\*/g)).toHaveLength(7);
  expect(files.join('').match(/the key .*\*\*\*/g)).toHaveLength(4);
});

test('a state that cannot be saved is a warning and does not fail the step', () => {
  const written = watchOutput();
  process.env['GITHUB_STATE'] = '/nowhere/at/all';
  githubRunner().saveState({ kind: 'over' });
  expect(written.join('')).toMatch(/^::warning::the state for the post step could not be saved: .*\n$/);
});

test('no log line is longer than 16,000 characters, whatever its content', () => {
  const written = watchOutput();
  process.env['RUNNER_DEBUG'] = '1';
  const runner = githubRunner();
  const { exitCode } = process;
  const long = 'word '.repeat(500_000);
  runner.info(long);
  runner.notice(long);
  runner.warning(long);
  runner.debug(long);
  runner.fail(long);
  process.exitCode = exitCode;
  const lines = written.join('').split('\n');
  expect(lines.filter((line) => line.length > 10_000)).toHaveLength(5);
  expect(lines.filter((line) => line.length > 16_100)).toEqual([]);
});

test('the given inputs are the non-empty INPUT_ variables, in lower case', () => {
  const env = {
    'INPUT_STOP-ON-CANCEL': 'true',
    INPUT_LLM_MODEL: 'x',
    INPUT_POLL: ' ',
    INPUT_: 'y',
    PATH: '/bin',
  };
  expect([...inputsIn(env)]).toEqual([
    ['stop-on-cancel', 'true'],
    ['llm_model', 'x'],
  ]);
});
