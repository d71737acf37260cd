import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { isAtWork } from '../../simulator/server/at-work.ts';
import { finishAt, worksThen } from '../../simulator/server/scenario-parts.ts';
import type { SimulatorOptions } from '../../simulator/server/server-options.ts';
import { ANSWER } from '../../simulator/texts.ts';
import type { Disturb } from '../../testbed/network.ts';
import { post } from '../../testbed/post.ts';
import { deleteConversation, logOf, type Step, type Steps } from '../../testbed/steps.ts';
import { OF_ALONE, openServer } from '../support/agent-server.ts';
import { attempt, markOf } from '../support/attempts.ts';
import { storedMessages } from '../support/messages.ts';
import { openSteps } from '../support/open-steps.ts';

const never = new AbortController().signal;
const SEND = { 'idempotency-key': 'issue-12', 'if-exists': 'send', poll: 'true', 'api-version': 'v1' };
const FINISH = 'And a test\nsimulate: finish';
/** The agent has ended when its conversation is archived, half a minute later; it has cost 0.23 dollars. */
const LATER: SimulatorOptions = {
  api: 'v1',
  scenario: worksThen(
    'the agent finishes, and its conversation is archived later',
    ...finishAt(18.5, ANSWER),
    { at: 50, box: 'archived' },
  ),
};
const BROKEN: SimulatorOptions = {
  api: 'v1',
  scenario: worksThen('the sandbox breaks after the end', ...finishAt(18.5, ANSWER), {
    at: 50,
    box: 'failed',
  }),
};
const SPENT = { 'max-cost-usd': '0.23' };
function outcomeFileOf({ runner }: Step): unknown {
  return JSON.parse(readFileSync(runner.outputs['outcome-file'] ?? '', 'utf8'));
}

/** Opens a server whose conversation of the key is archived. Returns its id, too. */
async function openArchived(
  options: SimulatorOptions = LATER,
  world?: Parameters<typeof openSteps>[1],
): Promise<Steps & { readonly archived: string }> {
  const steps = await openSteps(options, world);
  const { outcome } = await steps.step({ ...SEND, message: 'Fix it' }, undefined, attempt(1));
  await steps.clock.sleep(60_000, never);
  return { ...steps, archived: outcome.conversation?.id ?? '' };
}

const pageOf = ({ simulator }: Steps, id: string): string => `${simulator.url}/conversations/${id}`;
const firstLine = (steps: Steps, id: string): string =>
  `The conversation before this one, which is archived: ${pageOf(steps, id)}`;

function started({ simulator }: Steps): number {
  return simulator.requests.filter(
    ({ method, path }) => method === 'POST' && path === '/api/v1/app-conversations',
  ).length;
}

describe('if-exists: send, after a conversation that is archived', () => {
  test.each([
    ['whose agent had ended', LATER],
    ['in mid-work', { api: 'v1', scenario: 'archived' }],
  ] as const)('%s, starts the next one with the message', async (_name, options) => {
    const steps = await openArchived(options);
    const { archived, simulator } = steps;
    const next = await steps.step({ ...SEND, message: FINISH }, undefined, attempt(2));
    const [, newer] = simulator.conversations;
    expect(next.outcome.status).toBe('finished');
    expect(next.runner.outputs).toMatchObject({
      reused: 'false',
      'conversation-id': newer?.id,
      'conversation-url': pageOf(steps, newer?.id ?? ''),
    });
    expect(outcomeFileOf(next)).toMatchObject({ 'cost-before-usd': 0, 'cost-usd': 0.23 });
    expect(logOf(next)).toContain(
      `The conversation for this idempotency-key is archived and takes no more messages, so the message goes to the next one. The archived one: ${pageOf(steps, archived)}`,
    );
    const messages = await storedMessages(steps);
    expect(messages[1]).toEqual([`${firstLine(steps, archived)}\n\n${FINISH}\n\n${markOf(2, FINISH)}`]);
    expect(messages).toHaveLength(2);
    expect(next.runner.failures).toEqual([]);
  });

  test('is done at once if the step does not wait', async () => {
    const steps = await openArchived();
    const next = await steps.step({ ...SEND, message: FINISH, poll: 'false' }, undefined, attempt(2));
    expect(next.outcome.status).toBe('running');
    expect(next.runner.outputs).toMatchObject({
      reused: 'false',
      'conversation-id': steps.simulator.conversations[1]?.id,
    });
    expect(outcomeFileOf(next)).toMatchObject({ 'cost-before-usd': 0 });
  });

  test.each([
    ['its start is refused', 'POST'],
    ['no other can be looked for', 'GET'],
  ])('tells nothing of the archived one if %s', async (_name, method) => {
    const answer = { kind: 'status', status: 401 } as const;
    const fault = { method, path: '/api/v1/app-conversations', times: Infinity, answer };
    const disturb: Disturb = (_method, target) => {
      if (target.endsWith('/send-message') && method === 'GET') steps.simulator.order(fault);
      return undefined;
    };
    const steps = await openArchived(LATER, { disturb });
    if (method === 'POST') steps.simulator.order(fault);
    const next = await steps.step({ ...SEND, message: FINISH }, undefined, attempt(2));
    const { outputs } = next.runner;
    expect(outputs['status']).toBe('start-failed');
    const about = ['conversation-id', 'conversation-url', 'title', 'reused', 'pull-request-urls'];
    expect(about.filter((name) => (outputs[name] ?? '') !== '')).toEqual([]);
    expect(outcomeFileOf(next)).toMatchObject({ 'conversation-url': '', 'pull-request-urls': [] });
  });

  test('sends the next message to the new one, without a link', async () => {
    const steps = await openArchived();
    await steps.step({ ...SEND, message: FINISH }, undefined, attempt(2));
    const third = await steps.step({ ...SEND, message: 'Once more' }, undefined, attempt(3));
    expect([third.outcome.status, third.runner.outputs['reused']]).toEqual(['finished', 'true']);
    expect(logOf(third)).not.toContain('archived');
    expect((await storedMessages(steps))[1]).toContain(`Once more\n\n${markOf(3, 'Once more')}`);
    expect(started(steps)).toBe(2);
  });

  test('sends nothing again in the next attempt of the run that has started it', async () => {
    const steps = await openArchived();
    await steps.step({ ...SEND, message: FINISH }, undefined, attempt(2));
    const again = await steps.step({ ...SEND, message: FINISH }, undefined, attempt(2, 2));
    expect([again.outcome.status, again.runner.outputs['reused']]).toEqual(['finished', 'true']);
    expect(logOf(again)).toContain('already has the message of this run: it was not sent again');
    expect((await storedMessages(steps)).map((messages) => messages.length)).toEqual([1, 1]);
  });

  test('starts nothing in the next attempt of a run whose message the archived one has', async () => {
    const steps = await openArchived();
    const again = await steps.step({ ...SEND, message: 'Fix it' }, undefined, attempt(1, 2));
    expect([again.outcome.status, again.runner.outputs['reused']]).toEqual(['finished', 'true']);
    expect(started(steps)).toBe(1);
  });

  test('sends the message of another run in its next attempt to the new one, even if somebody has deleted the archived one', async () => {
    const steps = await openArchived();
    await steps.step({ ...SEND, message: FINISH }, undefined, attempt(2));
    await deleteConversation(steps, steps.archived);
    const later = await steps.step({ ...SEND, message: 'Once more' }, undefined, attempt(3, 2));
    expect([later.outcome.status, later.runner.outputs['reused']]).toEqual(['finished', 'true']);
    expect((await storedMessages(steps)).at(-1)).toHaveLength(2);
  });

  test('starts it in the next attempt if the server has refused that', async () => {
    const faults = [
      {
        method: 'POST',
        path: '/api/v1/app-conversations',
        skip: 1,
        answer: { kind: 'status', status: 403 },
      },
    ] as const;
    const steps = await openArchived({ ...LATER, faults });
    const refused = await steps.step({ ...SEND, message: FINISH }, undefined, attempt(2));
    expect([refused.outcome.status, refused.runner.outputs['conversation-id']]).toEqual(['start-failed', '']);
    expect(refused.runner.failures).toEqual([expect.stringMatching(/^failed to start the conversation: /i)]);
    const again = await steps.step({ ...SEND, message: FINISH }, undefined, attempt(2, 2));
    expect([again.outcome.status, again.runner.outputs['reused']]).toEqual(['finished', 'false']);
    expect((await storedMessages(steps)).map((messages) => messages.length)).toEqual([1, 1]);
  });

  test.each([
    ['at the same instant', 0, {}],
    ['at the same instant, at a server that keeps each id for one start', 0, { reservesIds: true }],
    ['one of them a little later', 300, {}],
    ['one of them once the start is ready', 8_000, {}],
  ])('lets one of two steps start it, and the other send to it, %s', async (_name, laterMs, server) => {
    const steps = await openArchived({ ...LATER, ...server });
    const { archived, clock, step, simulator } = steps;
    const two = async (): Promise<Step> => {
      await clock.sleep(laterMs, never);
      return step({ ...SEND, message: 'Two' }, undefined, attempt(3));
    };
    // The scenario would archive the new one, too.
    const one = 'One\nsimulate: finish';
    const ended = await Promise.all([step({ ...SEND, message: one }, undefined, attempt(2)), two()]);
    expect(ended.map(({ outcome }) => outcome.status)).toEqual(['finished', 'finished']);
    expect(ended.map(({ runner }) => runner.outputs['reused']).toSorted()).toEqual(['false', 'true']);
    expect(new Set(ended.map(({ runner }) => runner.outputs['conversation-id'])).size).toBe(1);
    expect(simulator.conversations.filter(isAtWork)).toEqual([]);
    const texts = [`${one}\n\n${markOf(2, one)}`, `Two\n\n${markOf(3, 'Two')}`];
    const stored = (await storedMessages(steps)).at(-1) ?? [];
    expect(stored.map((text) => text.replace(`${firstLine(steps, archived)}\n\n`, '')).toSorted()).toEqual(
      texts,
    );
    // The first line belongs to the start alone.
    expect(stored.filter((text) => text.startsWith(firstLine(steps, archived)))).toHaveLength(1);
  });

  test('starts the one after it if the server hides the next one, because somebody has deleted that', async () => {
    const steps = await openArchived({ ...LATER, hidesDeleted: true });
    const { archived, simulator, step, clock } = steps;
    await step({ ...SEND, message: FINISH }, undefined, attempt(2));
    await deleteConversation(steps, simulator.conversations[1]?.id ?? '');
    await clock.sleep(3_600_000, never);
    const next = await step({ ...SEND, message: FINISH }, undefined, attempt(3));
    expect([next.outcome.status, next.runner.outputs['reused']]).toEqual(['finished', 'false']);
    expect((await storedMessages(steps)).at(-1)).toEqual([
      `${firstLine(steps, archived)}\n\n${FINISH}\n\n${markOf(3, FINISH)}`,
    ]);
  });

  test('leaves the new agent to post if the step is killed', async () => {
    const steps = await openArchived();
    const message = 'More\nsimulate: forever';
    const left = await steps.killed({ ...SEND, message }, 30, attempt(2));
    expect(steps.simulator.conversations.map(isAtWork)).toEqual([false, true]);
    await post(left, steps);
    expect(steps.simulator.conversations.map(isAtWork)).toEqual([false, false]);
  });

  test('tells nothing of the cost of the archived one if the step is canceled during the start', async () => {
    const steps = await openArchived();
    const inputs = { ...SEND, 'max-cost-usd': '1', message: FINISH };
    const canceled = await steps.step(inputs, 6, attempt(2));
    expect(canceled.outcome.status).toBe('cancelled');
    expect(canceled.runner.outputs['cost-usd']).toBeUndefined();
    expect(outcomeFileOf(canceled)).toMatchObject({ 'cost-usd': null, 'cost-before-usd': 0 });
  });
});

describe('if-exists: send, after an archived conversation that has spent the budget', () => {
  test('starts nothing before the limit is higher, and then the next one', async () => {
    const steps = await openArchived();
    const spent = await steps.step({ ...SEND, ...SPENT, message: FINISH }, undefined, attempt(2));
    expect(spent.outcome.status).toBe('over-budget');
    expect(spent.runner.failures).toEqual([expect.stringContaining('raise max-cost-usd in the workflow')]);
    expect(started(steps)).toBe(1);
    const raised = { ...SEND, 'max-cost-usd': '1', message: FINISH };
    const next = await steps.step(raised, undefined, attempt(3));
    expect([next.outcome.status, next.runner.outputs['reused']]).toEqual(['finished', 'false']);
  });
});

describe('nothing is started', () => {
  const message = '/api/v1/app-conversations/*/send-message';

  test.each([
    [404, 'missing'],
    [503, 'start-failed'],
    [403, 'start-failed'],
  ] as const)('if a message is answered %d', async (status, ends) => {
    const faults = [{ method: 'POST', path: message, answer: { kind: 'status', status } }] as const;
    const steps = await openArchived({ api: 'v1', faults });
    const next = await steps.step({ ...SEND, message: FINISH }, undefined, attempt(2));
    expect(next.outcome.status).toBe(ends);
    expect(started(steps)).toBe(1);
  });

  test('if the sandbox is in error', async () => {
    const steps = await openArchived(BROKEN);
    const next = await steps.step({ ...SEND, message: FINISH }, undefined, attempt(2));
    expect(next.outcome.status).toBe('start-failed');
    expect(started(steps)).toBe(1);
  });

  test('if the step names the archived conversation itself', async () => {
    const steps = await openArchived();
    const named = { 'conversation-id': steps.archived, message: FINISH, poll: 'true', 'api-version': 'v1' };
    const next = await steps.step(named, undefined, attempt(2));
    expect(next.outcome.status).toBe('missing');
    expect(started(steps)).toBe(1);
  });

  test('if an agent server does not know the conversation any more when the message comes', async () => {
    const path = '/api/conversations/*/events';
    const faults = [{ method: 'POST', path, answer: { kind: 'status', status: 404 } }] as const;
    const steps = await openServer({}, { faults });
    await steps.step({ ...SEND, ...OF_ALONE, message: 'Fix it' }, undefined, attempt(1));
    const next = await steps.step({ ...SEND, ...OF_ALONE, message: FINISH }, undefined, attempt(2));
    expect(next.outcome.status).toBe('missing');
    expect(steps.simulator.conversations).toHaveLength(1);
  });
});
