/** The parts of which `scenarios.ts` makes its table: the usual start, the usual work, and how they end. */
import { ANSWER } from '../texts.ts';
import type { Agent, Change, Happening, Scenario } from './timeline.ts';

const TITLE = 'Check the README for wrong statements';
export const PULL_REQUEST = 12;

/** The usual start: about six seconds, and for another half second the conversation is unknown. */
export const START: readonly Change[] = [
  { at: 0, start: 'accepted', presence: 'hidden', box: 'starting', agent: 'idle' },
  { at: 1, start: 'waiting-for-sandbox' },
  { at: 3, start: 'preparing-repository' },
  { at: 4.5, start: 'starting-conversation', box: 'running' },
  { at: 6, start: 'ready' },
  { at: 6.5, presence: 'shown' },
];

/** The first change of each work: the agent begins after a second. */
export const BEGIN: readonly Change[] = [{ at: 1, agent: 'working', cost: 0.01 }];

export function eventAt(at: number, happening: Happening, cost?: number): Change {
  return cost === undefined ? { at, happening } : { at, happening, cost };
}

/** The steps of an agent that reads, runs commands, edits and tests. */
export const STEPS: readonly Change[] = [
  eventAt(2, { kind: 'command', summary: 'List the files of the repository', command: 'ls' }, 0.03),
  eventAt(3, { kind: 'command-result', command: 'ls', text: 'README.md  package.json  src' }),
  { at: 3, title: TITLE },
  eventAt(6, { kind: 'command', summary: 'Read the README line by line', command: 'cat README.md' }, 0.08),
  eventAt(7, { kind: 'command-result', command: 'cat README.md', text: '# Octo\n' }),
  eventAt(
    10,
    {
      kind: 'edit',
      summary: 'Correct the port and the Node version',
      path: '/workspace/README.md',
      text: '# Octo\n',
    },
    0.14,
  ),
  eventAt(13, { kind: 'command', summary: 'Run the tests of the project', command: 'npm test' }, 0.19),
  eventAt(15, { kind: 'command-result', command: 'npm test', text: '24 passed' }),
];

export function finishAt(at: number, text: string): readonly Change[] {
  return [eventAt(at, { kind: 'finish', text }, 0.23), { at, agent: 'finished', pullRequest: PULL_REQUEST }];
}

export function endsAt(at: number, agent: Agent, reason?: string): Change {
  return reason === undefined ? { at, agent } : { at, agent, reason };
}

export function errorAt(
  at: number,
  code: string,
  detail: string,
  agent: Agent = 'failed',
): readonly Change[] {
  // The state event is stored milliseconds before the error event.
  return [endsAt(at, agent, detail), eventAt(at, { kind: 'error', code, detail })];
}

/** Returns changes for a refusal by the model, which newer servers classify. */
export function refusedAt(at: number, code: string, detail: string, classified: string): readonly Change[] {
  return [endsAt(at, 'failed', detail), eventAt(at, { kind: 'error', code, detail, classified })];
}

/** Returns a scenario with the usual work until the first of `changes`, followed by these changes. */
export function worksThen(about: string, ...changes: readonly Change[]): Scenario {
  const turn = Math.min(...changes.map((change) => change.at));
  return { about, start: START, work: [...BEGIN, ...STEPS.filter(({ at }) => at < turn), ...changes] };
}

/** Returns a scenario whose work is paused after eight seconds. The rest happens after a resume. */
export function pausedAt8(about: string, hold: 'box' | 'agent'): Scenario {
  return { about, start: START, work: [...BEGIN, ...STEPS, { at: 8, hold }, ...finishAt(18.5, ANSWER)] };
}

/** Returns a scenario whose start fails with a change. V0 refuses it with the same reason. */
export function failsToStart(about: string, failure: Change, id = 'STATUS$ERROR'): Scenario {
  const start = START.filter(({ at }) => at < failure.at);
  const refusal = { message: failure.detail ?? '', id };
  return { about, refusal, start: [...start, { ...failure, start: 'failed', box: 'failed' }], work: [] };
}

/** Returns a step every 20 seconds until `seconds`. */
export function stepsUntil(seconds: number): readonly Change[] {
  const count = Math.floor((seconds - 20) / 20);
  return Array.from({ length: Math.max(0, count) }, (_, index) =>
    eventAt(
      20 * (index + 1),
      { kind: 'command', summary: `Work on part ${index + 1}`, command: 'npm test' },
      0.2 + index / 100,
    ),
  );
}

/** Returns a scenario in which the agent works for a number of seconds and finishes. */
export function worksFor(seconds: number): Scenario {
  return worksThen(
    `the agent works for ${seconds / 60} minutes and finishes`,
    ...stepsUntil(seconds),
    ...finishAt(seconds, ANSWER),
  );
}

export function printsAt(at: number, name: string, text: string): Change {
  return eventAt(at, { kind: 'command-result', command: `cat ${name}`, text });
}

/** What happens if the server does not know that the model sees pictures: it answers itself. Seen with 1.58.2. */
export const SEES_NONE: Scenario = {
  about: 'the server answers a message with pictures in place of the model',
  start: START,
  work: [
    { at: 1, agent: 'working' },
    eventAt(1, {
      kind: 'agent-message',
      text: 'I received your image, but the currently selected model (openai/blind) does not support image understanding. Please switch to a multimodal model to analyze the image.',
    }),
    { at: 1, agent: 'answered' },
  ],
};
