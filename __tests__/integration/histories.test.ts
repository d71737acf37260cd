import { describe, expect, test } from '@jest/globals';

import { crowdOf } from '../../histories/crowd.ts';
import { historyOf } from '../../histories/plan.ts';
import { playHistory } from '../../histories/play.ts';
import { run, runBroken } from '../../histories/run.ts';
import { FIXED, history } from './histories-found.ts';

/** `npm run histories` plays others each time. */
const FIRST_SEED = 1;
const COUNT = 60;

describe('a random history', () => {
  test.each(Array.from({ length: COUNT }, (_, number) => FIRST_SEED + number))(
    'keeps every promise: seed %d',
    async (seed) => {
      const { violations } = await run(historyOf(seed));
      expect(violations).toEqual([]);
    },
  );

  test('is the same each time: its requests, and all that its steps say', async () => {
    const told = async (): Promise<unknown> => {
      const { steps } = await playHistory(historyOf(6));
      const told = JSON.stringify(steps.map(({ requests, lines }) => ({ requests, lines })));
      return JSON.parse(told.replaceAll(/\/(world|openhands)-\w{6}\//g, '/$1/'));
    };
    expect(await told()).toEqual(await told());
  });
});

test('fifty jobs at once on one account all end as expected, and about one request in five is refused', async () => {
  const { violations, statuses } = await run(crowdOf(499));
  expect(violations).toEqual([]);
  expect(statuses).toHaveLength(50);
});

test('a history shows an action that was broken on purpose', async () => {
  const { violations } = await runBroken(5, 'a random id for a key');
  expect(violations.map(({ promise }) => promise)).toContain('one conversation');
});

describe('what the search has found stays fixed', () => {
  test.each(FIXED)('$name', async ({ history: found }) => {
    expect(await run(found)).toMatchObject({ violations: [], excepted: [] });
  });
});

test('a step that is canceled while its request to run the agent has no answer says that it may still arrive, and leaves the agent to post', async () => {
  const { steps } = await playHistory(
    history(
      { kind: 'v1', scenario: 'paused-resumed', isShared: true, hasNeighbor: true },
      {
        inputs: { poll: 'true', 'on-paused': 'resume' },
        // The request after the resume of the sandbox.
        faults: [{ name: 'no answer ever comes', from: 21, times: 1, only: 'send' }],
        cancel: { seconds: 24 },
      },
    ),
  );
  const [step] = steps;
  expect(step?.requests.find(({ mishap }) => mishap !== undefined)?.target).toMatch(/\/run$/);
  const [error] = step?.lines.filter(({ kind }) => kind === 'error') ?? [];
  expect(error?.text).toMatch(
    /the agent was not running, but may run if the last request to it, which had no answer, still arrives/,
  );
  expect(step?.post).toBe('done');
  expect(step?.requests.some(({ by }) => by === 'post')).toBe(true);
});
