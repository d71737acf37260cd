import { describe, expect, test } from '@jest/globals';

import { parseFault } from '../../simulator/fault-text.ts';
import {
  type ScenarioName,
  scenarioOf,
  SCENARIOS,
  startSeconds,
  type Story,
  worksFor,
} from '../../simulator/scenarios.ts';
import type { Change } from '../../simulator/timeline.ts';
import { APP_SERVER_ALONE, type Choices, play, type Ran } from '../support/play.ts';

/** The usual work, and when it is in the log. */
const STEPS = [
  '[0:09] Step: List the files of the repository',
  '[0:13] Step: Read the README line by line',
  '[0:17] Step: Correct the port and the Node version',
  '[0:20] Step: Run the tests of the project',
];
const SOCKETS = '/agent-server/*/sockets/events/*';

/** A step, and how long after the end of the agent it ended, in seconds. */
async function wait(
  story: Story,
  agentEndsAt: number,
  inputs: Readonly<Record<string, string>> = {},
  choices: Choices = {},
): Promise<Ran & { readonly lag: number }> {
  const ran = await play(story, 'v1', { 'api-version': 'v1', ...inputs }, [], choices);
  const startedAt = ran.asked.find(({ method }) => method === 'POST')?.at ?? Number.NaN;
  return { ...ran, lag: ran.seconds - startedAt - startSeconds(scenarioOf(story)) - agentEndsAt };
}

function steps({ runner }: Ran): readonly string[] {
  return runner.log.filter((line) => /^\[[\d:]+\] (?:Step|Needs confirmation|Agent|Error): /.test(line));
}

/** The agent finishes, and its sandbox is paused a moment later. */
const HIDDEN: Story = {
  ...SCENARIOS['hidden-finish'],
  about: 'the agent finishes, and is paused just after it was heard to',
  work: SCENARIOS['hidden-finish'].work.map((change: Change) =>
    change.box === 'paused' ? { ...change, at: change.at + 0.1 } : change,
  ),
};

describe('an agent that is heard', () => {
  test.each<[Story, number, string, Readonly<Record<string, string>>]>([
    ['finish', 18.5, 'finished', {}],
    ['message', 9, 'finished', {}],
    ['error', 12, 'error', {}],
    ['unknown-model', 2, 'error', {}],
    ['late-reason', 12, 'error', {}],
    ['stuck', 12, 'stuck', {}],
    ['needs-input', 9, 'needs-input', {}],
    ['confirmation', 9, 'needs-input', {}],
    [HIDDEN, 18.5, 'finished', {}],
    [HIDDEN, 18.5, 'finished', { 'on-paused': 'fail' }],
    ['agent-paused', 8, 'paused', { 'on-paused': 'fail' }],
    ['no-answer', 18.5, 'finished', {}],
    ['long', 1200, 'finished', {}],
  ])('%j: its end after %d s, %s, is told within a second: %j', async (story, endsAt, status, inputs) => {
    const { outcome, lag, sockets } = await wait(story, endsAt, inputs);
    expect(outcome.status).toBe(status);
    expect(lag).toBeGreaterThanOrEqual(0);
    expect(lag).toBeLessThanOrEqual(1);
    expect(sockets.map(({ closed }) => closed)).toEqual([1000]);
  });

  test.each<[ScenarioName, number]>([
    ['message', 9],
    ['finish', 18.5],
  ])('that ends a follow-up, %s, after %d s, has its end told within a second', async (scenario, endsAt) => {
    const { outcome, asked, seconds } = await play(
      'finish',
      'v1',
      { 'api-version': 'v1', message: `And now?\nsimulate: ${scenario}` },
      [],
      { earlier: 'finish' },
    );
    const sentAt = asked.find(({ target }) => target.endsWith('/send-message'))?.at ?? Number.NaN;
    expect(outcome.status).toBe('finished');
    expect(seconds - sentAt).toBeGreaterThanOrEqual(endsAt);
    expect(seconds - sentAt).toBeLessThanOrEqual(endsAt + 1);
  });

  test('and whose sandbox is paused, which nobody hears, ends at the next look, without a wait for late events', async () => {
    const { outcome, lag } = await wait('paused', 8, { 'on-paused': 'fail' });
    expect(outcome.status).toBe('paused');
    expect(lag).toBeLessThanOrEqual((8 + 6.5) / 2);
  });

  test.each([
    [20, 40],
    [120, 150],
  ])('for %d minutes costs at most %d requests in all', async (minutes, most) => {
    const { outcome, asked, lag } = await wait(worksFor(minutes * 60), minutes * 60, {
      'timeout-seconds': '21600',
    });
    expect(outcome.status).toBe('finished');
    expect(lag).toBeLessThanOrEqual(1);
    expect(asked.length).toBeLessThanOrEqual(most);
  });

  test('has what it does in the log as it happens, each once', async () => {
    const ran = await wait('finish', 18.5);
    expect(steps(ran)).toEqual(STEPS);
  });

  test('has no command in the log as a step that waits to be confirmed', async () => {
    const ran = await wait('confirmation', 9);
    const log = steps(ran).join('\n');
    expect(log).not.toMatch(/Step: .*(?:Delete the build folder|rm -rf build)/);
    expect(log.match(/Needs confirmation: /g)).toHaveLength(1);
  });

  test.each([
    ['a deadline', { 'timeout-seconds': '60' }, {}, 'timed-out', 60],
    ['a cancel', {}, { cancelAt: 60 }, 'cancelled', 60],
  ])(
    'and continues: %s ends the step at once, and closes the socket',
    async (_, inputs, choices, status, at) => {
      const { outcome, sockets, seconds } = await wait('forever', Infinity, inputs, choices);
      expect(outcome.status).toBe(status);
      expect(seconds).toBeLessThan(at + 1);
      expect(sockets.map(({ closed }) => closed)).toEqual([1000]);
    },
  );
});

/** Faults of a socket, as they are ordered, and how many sockets are opened until it is given up. */
const FAULTS: readonly (readonly [fault: string, sockets: number])[] = [
  ['503 always', 0],
  ['403 always', 0],
  ['page always', 0],
  ['redirect=http://127.0.0.1:1/elsewhere always', 0],
  ['reset always', 0],
  ['hang always', 0],
  ['silent always', 1],
  ['garbage always', 1],
  ['wrong always', 1],
  ['huge always', 4],
  ['close=4001 always', 1],
  ['close=4004 always', 1],
  ['close=4004/3 always', 1],
  ['close=1013 always', 4],
  ['close=1006 always', 4],
  ['close=1000/2 always', 4],
  ['close=1006/3', 2],
  ['close=1012/5 x2', 3],
  ['503', 1],
  ['reset x2', 1],
  ['hang x3', 1],
  ['slow=3 always', 1],
];

/** The longest time between two looks at agents of less than 40 s, and of five minutes, in seconds. */
const POLLED = 2.2;
const POLLED_LONG = 17;
const LONG = worksFor(300);
/** So long events may be on their way to the app server. */
const LATE = 40;

const polledSteps = new Map<string, Promise<Ran>>();

/** The same step if there is no agent server. */
async function polling(...[story, endsAt, inputs]: Parameters<typeof wait>): Promise<Ran> {
  const name = JSON.stringify([story, inputs]);
  const ran = polledSteps.get(name) ?? wait(story, endsAt, inputs, { simulator: APP_SERVER_ALONE });
  polledSteps.set(name, ran);
  return ran;
}

describe.each(FAULTS)('a socket with %s', (fault, opened) => {
  const slowness = fault.startsWith('slow') ? 3.1 : 0;
  const faulty = { simulator: { faults: [parseFault(`GET ${SOCKETS} ${fault}`)] } };

  test.each<[Story, number, Readonly<Record<string, string>>, number]>([
    ['finish', 18.5, {}, POLLED],
    ['error', 12, {}, POLLED],
    // A pause is silent, whatever became of the agent just before it.
    ['hidden-finish', 18.5, {}, 0.55 * (6.5 + 18.5)],
    ['paused', 8, { 'on-paused': 'fail' }, LATE + POLLED],
    [LONG, 300, {}, POLLED_LONG],
  ])(
    '%s after %d s ends as by polling alone, and says the same: %j, at most %d s later',
    async (story, endsAt, inputs, worst) => {
      const ran = await wait(story, endsAt, inputs, faulty);
      const polled = await polling(story, endsAt, inputs);
      expect(ran.outcome.status).toBe(polled.outcome.status);
      expect(ran.lag).toBeLessThanOrEqual(worst + slowness);
      expect(toldBy(ran)).toEqual(toldBy(polled));
      if (story === LONG) expect(ran.sockets).toHaveLength(opened);
      expect(ran.sockets.filter(({ closed }) => closed === undefined)).toEqual([]);
    },
  );
});

test('a socket that is lost is opened again for what has come since the last event', async () => {
  const { sockets } = await wait(
    'finish',
    18.5,
    {},
    {
      simulator: { faults: [parseFault(`GET ${SOCKETS} close=1006/3`)] },
    },
  );
  const queries = sockets.map(({ target }) => target.split('?')[1] ?? '');
  expect(queries).toEqual([
    '',
    expect.stringMatching(/^resend_mode=since&after_timestamp=\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\d\.\d+$/),
  ]);
});

test.each<[Story, Readonly<Record<string, string>>]>([
  ['finish', {}],
  ['error', {}],
  ['paused', { 'on-paused': 'fail' }],
  [LONG, {}],
])(
  'an agent server that cannot be reached is asked once, and nobody is warned of it: %s',
  async (story, inputs) => {
    const { asked, runner, sockets } = await polling(story, 0, inputs);
    const warnings = runner.log.filter((line) => /^Warning: (?!The conversation was paused)/.test(line));
    expect(asked.filter(({ target }) => target.startsWith('/agent-server/'))).toHaveLength(1);
    expect(warnings).toEqual([]);
    expect(sockets).toEqual([]);
  },
);

test.each([1, 2, 3])(
  'an agent server that is not there any more after %d readings, nor its socket, has each step told once',
  async (readings) => {
    const faults = [
      parseFault(`GET ${SOCKETS} close=4001/9 always`),
      parseFault(`GET /agent-server/*/events/search 503 always skip=${readings}`),
    ];
    const ran = await wait(LONG, 300, {}, { simulator: { faults } });
    expect(ran.outcome.status).toBe('finished');
    expect(toldBy(ran)).toEqual(toldBy(await polling(LONG, 300, {})));
  },
);

/** Steps and warnings, without times and addresses. */
function toldBy(ran: Ran): readonly string[] {
  const warnings = ran.runner.log.filter((line) => line.startsWith('Warning: '));
  return [...steps(ran), ...warnings].map((line) => line.replace(/^\[[\d:]+\] |http:\/\/\S+/g, ''));
}
