import { describe, expect, test } from '@jest/globals';

import { parseFault } from '../../simulator/fault-text.ts';
import { worksFor } from '../../simulator/server/scenario-parts.ts';
import { type ScenarioName, SCENARIOS } from '../../simulator/server/scenarios.ts';
import { scenarioOf, startSeconds, type Story } from '../../simulator/server/story.ts';
import type { Change } from '../../simulator/server/timeline.ts';
import { APP_SERVER_ALONE, play, type PlayOptions, type StepRun } from '../../testbed/play.ts';

/** The usual steps of the agent, with the time at which they are logged. */
const STEPS = [
  '[0:09] Step: List the files of the repository',
  '[0:13] Step: Read the README line by line',
  '[0:17] Step: Correct the port and the Node version',
  '[0:20] Step: Run the tests of the project',
];
const SOCKETS = '/agent-server/*/sockets/events/*';

/** Runs a step, and returns how long after the end of the agent it ended, in seconds. */
async function runStep(
  story: Story,
  agentEndsAt: number,
  inputs: Readonly<Record<string, string>> = {},
  choices: PlayOptions = {},
): Promise<StepRun & { readonly lag: number }> {
  const ran = await play(story, 'v1', { 'api-version': 'v1', ...inputs }, [], choices);
  const startedAt = ran.requests.find(({ method }) => method === 'POST')?.at ?? Number.NaN;
  return { ...ran, lag: ran.seconds - startedAt - startSeconds(scenarioOf(story)) - agentEndsAt };
}

function steps({ runner }: StepRun): readonly string[] {
  return runner.log.filter((line) => /^\[[\d:]+\] (?:Step|Agent|Error): /.test(line));
}

/** The agent finishes, and its sandbox is paused a moment later. */
const HIDDEN: Story = {
  ...SCENARIOS['hidden-finish'],
  about: 'the agent finishes, and is paused just after it was heard to',
  work: SCENARIOS['hidden-finish'].work.map((change: Change) =>
    change.box === 'paused' ? { ...change, at: change.at + 0.1 } : change,
  ),
};

describe('with a subscription to the agent server', () => {
  test.each<[Story, number, string, Readonly<Record<string, string>>]>([
    ['finish', 18.5, 'finished', {}],
    ['error', 12, 'error', {}],
    ['late-reason', 12, 'error', {}],
    ['needs-input', 9, 'needs-input', {}],
    [HIDDEN, 18.5, 'finished', {}],
    [HIDDEN, 18.5, 'finished', { 'on-paused': 'fail' }],
    ['agent-paused', 8, 'paused', { 'on-paused': 'fail' }],
    ['long', 1200, 'finished', {}],
  ])(
    'the step for %j ends after %d s as %s, at most a second late: %j',
    async (story, endsAt, status, inputs) => {
      const { outcome, lag, sockets } = await runStep(story, endsAt, inputs);
      expect(outcome.status).toBe(status);
      expect(lag).toBeGreaterThanOrEqual(0);
      expect(lag).toBeLessThanOrEqual(1);
      expect(sockets.map(({ closed }) => closed)).toEqual([1000]);
    },
  );

  test.each<[ScenarioName, number]>([
    ['message', 9],
    ['finish', 18.5],
  ])('a follow-up, %s after %d s, ends at most a second late', async (scenario, endsAt) => {
    const { outcome, requests, seconds } = await play(
      'finish',
      'v1',
      { 'api-version': 'v1', message: `And now?\nsimulate: ${scenario}` },
      [],
      { earlier: 'finish' },
    );
    const sentAt = requests.find(({ target }) => target.endsWith('/send-message'))?.at ?? Number.NaN;
    expect(outcome.status).toBe('finished');
    expect(seconds - sentAt).toBeGreaterThanOrEqual(endsAt);
    expect(seconds - sentAt).toBeLessThanOrEqual(endsAt + 1);
  });

  test('a paused sandbox, which sends no event, is noticed at the next look, without a wait for late events', async () => {
    const { outcome, lag } = await runStep('paused', 8, { 'on-paused': 'fail' });
    expect(outcome.status).toBe('paused');
    expect(lag).toBeLessThanOrEqual(8 + 6.5);
  });

  test.each([
    [20, 25, {}],
    [120, 60, {}],
    [20, 115, { simulator: APP_SERVER_ALONE }],
    [120, 330, { simulator: APP_SERVER_ALONE }],
  ])('a wait of %d minutes needs at most %d requests: %j', async (minutes, most, choices) => {
    const inputs = { 'timeout-seconds': '21600' };
    const { outcome, requests } = await runStep(worksFor(minutes * 60), minutes * 60, inputs, choices);
    expect(outcome.status).toBe('finished');
    expect(requests.length).toBeLessThanOrEqual(most);
  });

  test('a sandbox that is paused after half an hour, and sends nothing then, is noticed within a minute', async () => {
    const work = worksFor(7_200).work.filter(({ at }) => at < 1_800);
    const story = { ...worksFor(7_200), work: [...work, { at: 1_800, box: 'paused' as const }] };
    const { outcome, lag } = await runStep(story, 1_800, { 'on-paused': 'fail', 'timeout-seconds': '21600' });
    expect(outcome.status).toBe('paused');
    expect(lag).toBeLessThanOrEqual(60 + LATE);
  });

  test.each<[string, readonly Change[]]>([
    [
      'wait',
      [
        { at: 1_200, agent: 'paused' },
        { at: 1_230, agent: 'working' },
      ],
    ],
    ['resume', [{ at: 1_200, hold: 'agent' }]],
  ])(
    'an agent that was paused after twenty minutes, and goes on, is looked at as often as without a subscription: %s',
    async (onPaused, pause) => {
      const { work } = worksFor(1_260);
      const paused = [
        ...work.filter(({ at }) => at < 1_200),
        ...pause,
        ...work.filter(({ at }) => at > 1_250),
      ];
      const story = { ...worksFor(1_260), work: paused };
      const { outcome, lag } = await runStep(story, 1_260, {
        'on-paused': onPaused,
        'timeout-seconds': '3600',
      });
      expect(outcome.status).toBe('finished');
      expect(lag).toBeLessThanOrEqual(33);
    },
  );

  test('the steps of the agent are logged as they happen, once each', async () => {
    const ran = await runStep('finish', 18.5);
    expect(steps(ran)).toEqual(STEPS);
  });

  test.each([
    ['a deadline', { 'timeout-seconds': '60' }, {}, 'timed-out', 60],
    ['a cancel', {}, { cancelAt: 60 }, 'cancelled', 60],
  ])(
    '%s ends the step at once while the agent works, and closes the socket',
    async (_, inputs, choices, status, at) => {
      const { outcome, sockets, seconds } = await runStep('forever', Infinity, inputs, choices);
      expect(outcome.status).toBe(status);
      expect(seconds).toBeLessThan(at + 1);
      expect(sockets.map(({ closed }) => closed)).toEqual([1000]);
    },
  );
});

/** Faults of the socket, and how many sockets are opened before the client gives up. */
const FAULTS: readonly (readonly [fault: string, sockets: number])[] = [
  ['503 always', 0],
  ['hang always', 0],
  ['silent always', 4],
  ['huge always', 4],
  ['objects always', 1],
  ['close=4001 always', 1],
  ['close=1006/3', 2],
  ['close=1012/5 x2', 3],
  ['hang x3', 1],
  ['slow=3 always', 1],
];

/** The longest time between two looks at agents of less than 40 s, and of five minutes, in seconds. */
const POLLED = 2.2;
const POLLED_LONG = 17;
const LONG = worksFor(300);
/** The longest time until an event is stored on the app server, in seconds. */
const LATE = 40;

const polledSteps = new Map<string, Promise<StepRun>>();

/** Runs the same step without an agent server. */
async function polling(...[story, endsAt, inputs]: Parameters<typeof runStep>): Promise<StepRun> {
  const name = JSON.stringify([story, inputs]);
  const ran = polledSteps.get(name) ?? runStep(story, endsAt, inputs, { simulator: APP_SERVER_ALONE });
  polledSteps.set(name, ran);
  return ran;
}

describe.each(FAULTS)('a socket with the fault %s', (fault, opened) => {
  const slowness = fault.startsWith('slow') ? 3.1 : 0;
  const faulty = { simulator: { faults: [parseFault(`GET ${SOCKETS} ${fault}`)] } };

  test.each<[Story, number, Readonly<Record<string, string>>, number]>([
    ['finish', 18.5, {}, POLLED],
    ['error', 12, {}, POLLED],
    // A pause sends no event, whatever the state of the agent before it.
    ['hidden-finish', 18.5, {}, 1.1 * (6.5 + 18.5)],
    ['paused', 8, { 'on-paused': 'fail' }, LATE + POLLED],
    [LONG, 300, {}, POLLED_LONG],
  ])(
    'ends %s after %d s like a step without a subscription, with the same log: %j, at most %d s later',
    async (story, endsAt, inputs, worst) => {
      const ran = await runStep(story, endsAt, inputs, faulty);
      const polled = await polling(story, endsAt, inputs);
      expect(ran.outcome.status).toBe(polled.outcome.status);
      expect(ran.lag).toBeLessThanOrEqual(worst + slowness);
      expect(loggedBy(ran)).toEqual(loggedBy(polled));
      if (story === LONG) expect(ran.sockets).toHaveLength(opened);
      expect(ran.sockets.filter(({ closed }) => closed === undefined)).toEqual([]);
    },
  );
});

test('a lost socket is opened again, and asks for the events since the last one', async () => {
  const { sockets } = await runStep(
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

test('after half an hour, steps are logged as they happen even if the socket was lost a moment before', async () => {
  const hour = worksFor(3_600);
  const faults = [parseFault(`GET ${SOCKETS} close=1006/150`)];
  const ran = await runStep(hour, 3_600, {}, { simulator: { faults } });
  expect(ran.sockets).toHaveLength(2);
  expect(steps(ran)).toEqual(steps(await runStep(hour, 3_600)));
});

test.each<[Story, Readonly<Record<string, string>>]>([
  ['finish', {}],
  ['error', {}],
  ['paused', { 'on-paused': 'fail' }],
  [LONG, {}],
])(
  'an agent server that cannot be reached is asked once for events and for ten seconds for its folder, without a warning: %s',
  async (story, inputs) => {
    const { requests, runner, sockets } = await polling(story, 0, inputs);
    const warnings = runner.log.filter((line) => /^Warning: (?!The conversation was paused)/.test(line));
    const asked = requests.filter(({ target }) => target.startsWith('/agent-server/'));
    expect(asked.filter(({ target }) => target.includes('/events/'))).toHaveLength(1);
    // It is tried again: without an answer, nobody knows whether the repository was cloned.
    expect(asked.length).toBeLessThanOrEqual(6);
    expect((asked.at(-1)?.at ?? 0) - (asked[0]?.at ?? 0)).toBeLessThanOrEqual(10);
    expect(warnings).toEqual([]);
    expect(sockets).toEqual([]);
  },
);

test.each([1, 2, 3])(
  'an agent server that fails after %d reads, like its socket, has each step logged once',
  async (readings) => {
    const faults = [
      parseFault(`GET ${SOCKETS} close=4001/9 always`),
      parseFault(`GET /agent-server/*/events/search 503 always skip=${readings}`),
    ];
    const ran = await runStep(LONG, 300, {}, { simulator: { faults } });
    expect(ran.outcome.status).toBe('finished');
    expect(loggedBy(ran)).toEqual(loggedBy(await polling(LONG, 300, {})));
  },
);

test('steps that can never be read are said to be so once, and change nothing else', async () => {
  const faults = [parseFault('GET /api/v1/conversation/*/events/search 403 always skip=1')];
  const simulator = { ...APP_SERVER_ALONE, faults };
  const { outcome, runner } = await runStep(LONG, 300, {}, { simulator });
  expect(outcome.status).toBe('finished');
  const said = runner.log.filter((line) => line.includes("The agent's steps cannot be read at the moment"));
  expect(said).toHaveLength(1);
});

/** Returns the logged steps and warnings, without times and addresses. */
function loggedBy(ran: StepRun): readonly string[] {
  const warnings = ran.runner.log.filter((line) => line.startsWith('Warning: '));
  return [...steps(ran), ...warnings].map((line) => line.replace(/^\[[\d:]+\] |http:\/\/\S+/g, ''));
}
