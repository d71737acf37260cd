import { readFile } from 'node:fs/promises';

import { describe, expect, test } from '@jest/globals';

import { isRecord, parseJson } from '../../simulator/json.ts';
import type { SimulatorOptions } from '../../simulator/server/server.ts';
import type { Story } from '../../simulator/server/story.ts';
import type { WorkflowEvent } from '../../src/github/event.ts';
import type { Step } from '../../testbed/steps.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { openGithubSteps } from '../support/github-steps.ts';
import { pieceOf, SPELLINGS } from '../support/spellings.ts';

/** An API key with characters that each kind of escape changes, and that Markdown could take for its own. */
const KEY = 'sk+oh/01&23"4@#5-ABCdefGHIjkl=';
const LABELED: WorkflowEvent = { ...DISPATCH, name: 'issues', issue: 1, trigger: 'issues/1' };
const INPUTS = { 'api-key': KEY, message: 'Check the README', poll: 'true', comment: 'true' };

/** What left a step, by exit. */
type Exits = Readonly<Record<string, string>>;

async function exitsOf(
  options: SimulatorOptions,
  inputs: Readonly<Record<string, string>> = {},
): Promise<Exits> {
  const { step, simulator, github } = await openGithubSteps(options, { event: LABELED });
  const done = await step({ ...INPUTS, ...inputs });
  const asked = simulator.requests.filter(({ path }) => path.endsWith('/send-message'));
  return {
    ...(await textsOf(done)),
    comment: github.comments.flatMap(({ bodies }) => bodies).join('\n'),
    'messages to the agent': asked.map(({ body }) => body).join('\n'),
  };
}

async function textsOf({ runner }: Step): Promise<Exits> {
  const { 'response-file': file, ...outputs } = runner.outputs;
  return {
    log: runner.log.join('\n'),
    error: runner.failures.join('\n'),
    outputs: Object.values(outputs).join('\n'),
    'structured output': outputs['structured-output'] ?? '',
    summary: runner.page(),
    state: JSON.stringify(runner.savedState()),
    'answer file': file === undefined ? '' : await readFile(file, 'utf8'),
  };
}

/** Expects that no exit shows a piece of the key, and that the named ones show stars in its place. */
function expectRedacted(exits: Exits, spelled: string, starred: readonly string[]): void {
  const leaks = Object.entries(exits).filter(([, text]) => text.includes(pieceOf(spelled)));
  expect(leaks).toEqual([]);
  expect(starred.filter((exit) => exits[exit]?.includes('***') !== true)).toEqual([]);
}

/** A story in which each text of the agent and the server is this one. */
function storyWith(text: string, answer: string, isFailure: boolean): Story {
  return {
    about: 'every text is the same',
    start: [
      { at: 0, start: 'accepted', presence: 'shown', box: 'starting', agent: 'idle' },
      { at: 3, box: 'running', start: 'ready' },
    ],
    work: [
      { at: 1, agent: 'working' },
      { at: 2, title: text, happening: { kind: 'command', summary: text, command: text } },
      { at: 40, happening: { kind: 'agent-message', text } },
      ...(isFailure
        ? [
            {
              at: 60,
              agent: 'failed',
              reason: text,
              happening: { kind: 'error', code: text, detail: text },
            } as const,
          ]
        : [
            { at: 60, happening: { kind: 'finish', text: answer } } as const,
            { at: 60, agent: 'finished' } as const,
          ]),
    ],
  };
}

describe.each(SPELLINGS)('a key %s', (_, spell) => {
  const spelled = spell(KEY);
  const text = `the key ${spelled} is`;

  test('leaves a finished step nowhere', async () => {
    const exits = await exitsOf({ scenario: storyWith(text, text, false) });
    expectRedacted(exits, spelled, ['log', 'outputs', 'summary', 'comment', 'answer file']);
  });

  test('leaves a failed step nowhere', async () => {
    const exits = await exitsOf({ scenario: storyWith(text, '', true) });
    expectRedacted(exits, spelled, ['log', 'error', 'summary', 'comment']);
  });

  test('leaves a refused start nowhere, even where its reason is cut off', async () => {
    for (const padding of [0, 480]) {
      const body = JSON.stringify({ detail: 'x'.repeat(padding) + text });
      const faults = [
        { method: 'POST', path: '*', times: 9, answer: { kind: 'status', status: 400, body } },
      ] as const;
      expectRedacted(await exitsOf({ faults }), spelled, padding === 0 ? ['error', 'summary'] : []);
    }
  });

  test('is in no structured output, and in no message to the agent about it', async () => {
    const schema = JSON.stringify({ type: 'object', properties: { a: { enum: ['right'] } } });
    const answer = JSON.stringify({ a: text });
    const fits = await exitsOf(
      { scenario: storyWith('x', answer, false) },
      { 'output-schema': '{"type":"object"}' },
    );
    expectRedacted(fits, spelled, ['structured output']);
    const value: unknown = parseJson(fits['structured output'] ?? '');
    expect(isRecord(value) ? value['a'] : '').toMatch(/^the key .*\*\*\*.* is$/);
    const unfit = await exitsOf({ scenario: storyWith('x', answer, false) }, { 'output-schema': schema });
    expect(unfit['messages to the agent']).toContain('/a');
    expectRedacted(unfit, spelled, []);
  });
});
