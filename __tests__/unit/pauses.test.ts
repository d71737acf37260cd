import { describe, expect, test } from '@jest/globals';

import { ApiFailure, type Sandbox } from '../../src/conversation/api.ts';
import type { Scene, StagedApi } from '../support/api.ts';
import { SAYS_FINISHED, shows } from '../support/snapshots.ts';
import { CONVERSATION, wait } from '../support/wait.ts';

const FACTS = { pullRequests: [7] };
const RUNNING = shows('agent running', { kind: 'active' }, 'never', FACTS);
const FINISHED = shows('agent finished', { kind: 'ended', ending: 'finished' }, 'never', FACTS);
const PAUSED = shows('sandbox paused', { kind: 'paused' }, 'on-change', FACTS);
const BROKEN = new ApiFailure({ failedTo: 'read the thing', because: 'HTTP 500', todo: 'wait' });

/** Makes the API resumable. Records the times, in seconds, at which agents were run again. */
function resumable(
  runs: number[],
  sandbox: Sandbox = { kind: 'running', handle: 's' },
): (api: StagedApi) => StagedApi {
  return (api: StagedApi): StagedApi => ({
    ...api,
    sandbox: async () => Promise.resolve(sandbox),
    run: async (id) => {
      expect(id).toBe('1');
      runs.push(api.calls.look.at(-1) ?? -1);
      return Promise.resolve();
    },
  });
}

describe('a paused conversation with on-paused: resume', () => {
  test('is resumed again although its stored events end with the error of the earlier resume', async () => {
    const runs: number[] = [];
    const storedState = { phase: 'agent error', state: { kind: 'ended', ending: 'error' } } as const;
    const script = [
      { at: 0, snapshot: RUNNING },
      { at: 4, snapshot: PAUSED },
      { at: 6, snapshot: RUNNING },
      { at: 10, snapshot: PAUSED, storedState },
      { at: 12, snapshot: FINISHED },
    ];
    const { ended } = await wait(script, { onPaused: 'resume', change: resumable(runs) });
    expect(ended?.status).toBe('finished');
    expect(runs).toHaveLength(2);
    // Nobody has resumed this conversation, so its error is its end.
    const failed = await wait([{ at: 0, snapshot: PAUSED, storedState }], {
      onPaused: 'resume',
      change: resumable(runs),
    });
    expect(failed.ended?.status).toBe('error');
  });

  test('is resumed three times, and then ends as paused with its result', async () => {
    const runs: number[] = [];
    const { ended } = await wait([{ at: 0, snapshot: PAUSED }], {
      onPaused: 'resume',
      change: resumable(runs),
    });
    expect(runs).toHaveLength(3);
    expect(ended).toEqual({
      status: 'paused',
      phase: 'sandbox paused',
      conversation: CONVERSATION,
      facts: FACTS,
      result: { complete: true, answer: 'done' },
    });
  });

  test('is not resumed if its events show an end', async () => {
    const runs: number[] = [];
    const { ended } = await wait([{ at: 0, snapshot: PAUSED, storedState: SAYS_FINISHED }], {
      onPaused: 'resume',
      change: resumable(runs),
    });
    expect(ended?.status).toBe('finished');
    expect(runs).toEqual([]);
  });

  test('is awaited if it cannot be resumed, with an event that says why', async () => {
    const { ended, events } = await wait(
      [
        { at: 0, snapshot: PAUSED },
        { at: 3, snapshot: RUNNING },
        { at: 60, snapshot: FINISHED },
      ],
      { onPaused: 'resume', change: resumable([], { kind: 'unavailable', reason: 'the disk is full' }) },
    );
    expect(ended?.status).toBe('finished');
    expect(events.filter(({ kind }) => kind === 'not-resumed')).toMatchObject([
      {
        kind: 'not-resumed',
        conversation: CONVERSATION,
        problem: {
          failedTo: 'resume the conversation',
          because: 'the disk is full',
          todo: `check its state: ${CONVERSATION.url}`,
        },
      },
      expect.anything(),
    ]);
  });
});

describe('a paused conversation with on-paused: fail', () => {
  const paused: readonly Scene[] = [
    { at: 0, snapshot: RUNNING },
    { at: 60, snapshot: PAUSED },
  ];

  test('ends as paused if its last events say that the agent runs', async () => {
    const storedState = { phase: 'agent running', state: { kind: 'active' } } as const;
    const { ended } = await wait([...paused, { at: 90, snapshot: PAUSED, storedState }], {
      onPaused: 'fail',
    });
    expect(ended).toMatchObject({ status: 'paused', phase: 'sandbox paused' });
  });

  test('ends as paused if its events cannot be read, with an event about that', async () => {
    const { ended, events } = await wait(paused, {
      onPaused: 'fail',
      change: (api) => ({ ...api, stored: async () => Promise.reject(BROKEN) }),
    });
    expect(ended?.status).toBe('paused');
    expect(events).toContainEqual({
      kind: 'events-unreadable',
      conversation: CONVERSATION,
      problem: BROKEN.problem,
    });
  });

  test('ends without a complete answer, because a paused agent writes none', async () => {
    const { ended, endedAt } = await wait([{ at: 0, snapshot: PAUSED }], {
      onPaused: 'fail',
      result: () => ({ complete: false, answer: 'so far' }),
    });
    expect(ended).toMatchObject({ status: 'paused', result: { answer: 'so far' } });
    expect(endedAt).toBe(40);
  });
});
