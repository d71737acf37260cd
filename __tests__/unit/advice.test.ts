import { describe, expect, test } from '@jest/globals';

import type { Next } from '../../src/port/problem.ts';
import { adviceFor, type Reader, type Situation, situationOf } from '../../src/report/advice.ts';

const CONVERSATION = { id: '1', url: 'https://openhands.test/conversations/1' };
const LINK = '(https://openhands.test/conversations/1)';
const WITHOUT_KEY: Situation = { hasKey: false, isKeyShared: false };
/** A key that names the run. */
const WITH_KEY: Situation = { hasKey: true, isKeyShared: false };
/** A key that other runs have, too. */
const SHARED_KEY: Situation = { hasKey: true, isKeyShared: true };

const LABEL: Situation = { ...SHARED_KEY, startedBy: 'label' };
const COMMAND: Situation = { ...SHARED_KEY, startedBy: 'comment', command: '/agent' };
const COMMENT: Situation = { ...SHARED_KEY, startedBy: 'comment' };
const REVIEW: Situation = { ...SHARED_KEY, startedBy: 'review' };
const ON_ISSUE = [LABEL, COMMAND, COMMENT, REVIEW];

describe('the advice for the author of the workflow', () => {
  test.each<[Next, sharedKey: string, withKey: string, withoutKey: string]>([
    ['again', 're-run the job', 're-run the job', 're-run the job'],
    [
      'continue',
      're-run the job, which continues this conversation',
      're-run the job, which continues this conversation',
      'continue this conversation in a step with conversation-id',
    ],
    [
      'raise',
      'raise max-cost-usd, then start a new run, which continues this conversation',
      'raise max-cost-usd, then continue this conversation in a step with conversation-id',
      'raise max-cost-usd, then continue this conversation in a step with conversation-id',
    ],
    [
      // The agent has ended: the workflow decides if a re-run starts another one.
      'continue-ended',
      're-run the job',
      're-run the job',
      'continue this conversation in a step with conversation-id',
    ],
    ...(['new-run', 'new-agent', 'new-answer', 'start-over'] as const).map(
      (next): [Next, string, string, string] => [
        next,
        'delete the conversation, then start a new run',
        'start a new run',
        'start a new run',
      ],
    ),
    ['new-key', 'start a new run with another idempotency-key', 'start a new run', 'start a new run'],
  ])('names an input only if that leads on, and links the conversation: %s', (next, ...words) => {
    const problem = { advice: '', next };
    const advices = [SHARED_KEY, WITH_KEY, WITHOUT_KEY].map((situation) =>
      adviceFor(problem, CONVERSATION, situation, 'author'),
    );
    expect(advices).toEqual(words.map((each) => `${each} ${LINK}`));
  });

  test('names another key without a conversation only if the key can have none', () => {
    const advise = (next: Next): string => adviceFor({ advice: '', next }, undefined, SHARED_KEY, 'author');
    expect(advise('new-run')).toBe('start a new run');
    expect(advise('new-key')).toBe('start a new run with another idempotency-key');
  });

  test('starts another agent without the id that a person has entered', () => {
    const byId = { ...WITHOUT_KEY, hasId: true } as const;
    const advise = (next: Next): string => adviceFor({ advice: '', next }, CONVERSATION, byId, 'author');
    const without = `start a new run without this conversation-id ${LINK}`;
    expect([advise('new-agent'), advise('start-over')]).toEqual([without, without]);
    expect(advise('new-run')).toBe(`start a new run ${LINK}`);
  });

  test('does not continue by the key an agent that a step with the key does not resume', () => {
    const situation = { ...SHARED_KEY, hasKey: false };
    const advise = (next: Next): string => adviceFor({ advice: '', next }, CONVERSATION, situation, 'author');
    const byId = `continue this conversation in a step with conversation-id ${LINK}`;
    expect(advise('continue')).toBe(byId);
    expect(advise('raise')).toBe(`raise max-cost-usd, then ${byId}`);
    expect(advise('new-run')).toBe(`delete the conversation, then start a new run ${LINK}`);
  });

  test.each<[string, Situation, string]>([
    ['a key', WITH_KEY, 're-run the job'],
    ['no key', WITHOUT_KEY, 'continue this conversation in a step with conversation-id'],
  ])('lets an agent at its limit of steps go on before the step waits for it: %s', (_, situation, words) => {
    expect(adviceFor({ advice: '', next: 'go-on' }, CONVERSATION, situation, 'author')).toBe(
      `tell the agent in the conversation to go on, then ${words} ${LINK}`,
    );
  });

  test('says first what to put right', () => {
    const problem = { advice: 'add credit', next: 'new-run' } as const;
    expect(adviceFor(problem, CONVERSATION, WITHOUT_KEY, 'author')).toBe(
      `add credit, then start a new run ${LINK}`,
    );
    expect(adviceFor({ advice: 'add credit' }, undefined, WITH_KEY, 'author')).toBe('add credit');
  });

  test('is empty if there is nothing to do, also where there is a conversation', () => {
    expect(adviceFor({ advice: '' }, undefined, WITH_KEY, 'author')).toBe('');
    expect(adviceFor({ advice: '' }, CONVERSATION, WITH_KEY, 'author')).toBe('');
  });

  test('has no link without a conversation, and an address once', () => {
    expect(adviceFor({ advice: '', next: 'again' }, undefined, WITH_KEY, 'author')).toBe('re-run the job');
    const advice = `see ${CONVERSATION.url}`;
    expect(adviceFor({ advice }, CONVERSATION, WITH_KEY, 'author')).toBe(advice);
  });

  test('shows an address without a page as one of the API', () => {
    const conversation = { ...CONVERSATION, hasNoPage: true } as const;
    expect(adviceFor({ advice: '', next: 'new-run' }, conversation, WITHOUT_KEY, 'author')).toBe(
      `start a new run (GET ${CONVERSATION.url})`,
    );
  });

  test.each<Next>(['again', 'continue', 'go-on', 'new-run', 'new-agent', 'new-answer', 'start-over'])(
    'is to do again what has started the step, if people can: %s',
    (next) => {
      const problem = { advice: 'wait', next };
      for (const situation of ON_ISSUE) {
        const words = adviceFor(problem, CONVERSATION, situation, 'issue');
        expect(adviceFor(problem, CONVERSATION, situation, 'author')).toBe(`${words} ${LINK}`);
      }
    },
  );

  test.each<[Next, string]>([
    ['raise', 'raise max-cost-usd'],
    ['new-key', 'change idempotency-key'],
  ])('is to change the input first, where a label started the step: %s', (next, change) => {
    expect(adviceFor({ advice: '', next }, CONVERSATION, LABEL, 'author')).toBe(
      `${change}, then remove the label and add it again ${LINK}`,
    );
  });
});

describe('the advice for a reader of the issue', () => {
  test.each<[Next, label: string, command: string, comment: string, review: string]>([
    [
      'again',
      'remove the label and add it again',
      'comment again: /agent and what to do',
      'comment again',
      'submit another review',
    ],
    [
      'continue',
      'remove the label and add it again',
      'comment again: /agent and how to continue',
      'comment again',
      'submit another review',
    ],
    [
      'new-run',
      'remove the label and add it again',
      'comment again: /agent and what to do',
      'comment again',
      'submit another review',
    ],
    // A comment makes the agent go on by itself; a label would start another one.
    [
      'go-on',
      'tell the agent in the conversation to go on, then remove the label and add it again',
      'comment again: /agent and how to continue',
      'comment again',
      'submit another review',
    ],
    // A label starts another agent after one that has failed.
    [
      'new-agent',
      'remove the label and add it again',
      'delete the conversation, then comment again: /agent and what to do',
      'delete the conversation, then comment again',
      'delete the conversation, then submit another review',
    ],
    // A comment asks the agent that has finished once more.
    [
      'new-answer',
      'delete the conversation, then remove the label and add it again',
      'comment again: /agent and what to do',
      'comment again',
      'submit another review',
    ],
    [
      'start-over',
      'delete the conversation, then remove the label and add it again',
      'delete the conversation, then comment again: /agent and what to do',
      'delete the conversation, then comment again',
      'delete the conversation, then submit another review',
    ],
    [
      'new-key',
      'have idempotency-key changed in the workflow, then remove the label and add it again',
      'have idempotency-key changed in the workflow, then comment again: /agent and what to do',
      'have idempotency-key changed in the workflow, then comment again',
      'have idempotency-key changed in the workflow, then submit another review',
    ],
    [
      'raise',
      'have max-cost-usd raised in the workflow, then remove the label and add it again',
      'have max-cost-usd raised in the workflow, then comment again: /agent and how to continue',
      'have max-cost-usd raised in the workflow, then comment again',
      'have max-cost-usd raised in the workflow, then submit another review',
    ],
  ])('names what started the step, without inputs or a link: %s', (next, ...words) => {
    const problem = { advice: '', next };
    const advices = ON_ISSUE.map((each) => adviceFor(problem, CONVERSATION, each, 'issue'));
    expect(advices).toEqual(words);
  });

  test('is only to start the step again if no other run finds the conversation', () => {
    for (const next of ['new-agent', 'new-answer', 'start-over', 'new-key'] as const) {
      const advise = (situation: Situation): string =>
        adviceFor({ advice: '', next }, CONVERSATION, { ...situation, isKeyShared: false }, 'issue');
      expect(advise(LABEL)).toBe('remove the label and add it again');
      expect(advise(COMMENT)).toBe('comment again');
    }
  });

  test('says first what to put right', () => {
    const problem = { advice: 'answer the agent in the conversation', next: 'continue' } as const;
    expect(adviceFor(problem, CONVERSATION, LABEL, 'issue')).toBe(
      'answer the agent in the conversation, then remove the label and add it again',
    );
    expect(adviceFor({ advice: 'use another model', next: 'start-over' }, CONVERSATION, LABEL, 'issue')).toBe(
      'use another model, delete the conversation, then remove the label and add it again',
    );
  });

  test('has no other try where none would help', () => {
    for (const situation of ON_ISSUE)
      expect(adviceFor({ advice: 'push a fix' }, CONVERSATION, situation, 'issue')).toBe('push a fix');
  });

  test('lets the agent go on where a label or a comment would start another one', () => {
    for (const startedBy of ['label', 'comment', 'review'] as const) {
      const advise = (next: Next, situation: Situation, reader: Reader): string =>
        adviceFor({ advice: '', next }, CONVERSATION, { ...situation, startedBy }, reader);
      const rerun = 're-run the job, which continues this conversation';
      expect(advise('continue', WITH_KEY, 'issue')).toBe(rerun);
      expect(advise('continue', WITHOUT_KEY, 'issue')).toBe('let the agent go on in its conversation');
      expect(advise('continue', WITHOUT_KEY, 'author')).toBe(
        `continue this conversation in a step with conversation-id ${LINK}`,
      );
      expect(advise('raise', WITH_KEY, 'issue')).toBe(
        'have max-cost-usd raised in the workflow, then let the agent go on in its conversation',
      );
    }
  });

  test('starts the step again by a label or a comment where each run finds its conversation by the id', () => {
    const byId = { ...WITHOUT_KEY, hasId: true, startedBy: 'label' } as const;
    expect(adviceFor({ advice: '', next: 'continue' }, CONVERSATION, byId, 'issue')).toBe(
      'remove the label and add it again',
    );
  });

  test('names no input where neither a label nor a comment started the step', () => {
    const advise = (next: Next, situation: Situation): string =>
      adviceFor({ advice: '', next }, CONVERSATION, situation, 'issue');
    expect(advise('continue', WITHOUT_KEY)).toBe('let the agent go on in its conversation');
    expect(advise('go-on', WITHOUT_KEY)).toBe('tell the agent in the conversation to go on');
    const answered = { advice: 'answer the agent in the conversation', next: 'continue' } as const;
    expect(adviceFor(answered, CONVERSATION, WITHOUT_KEY, 'issue')).toBe(answered.advice);
    for (const next of ['new-run', 'new-agent', 'new-answer', 'start-over'] as const)
      expect(advise(next, SHARED_KEY)).toBe('delete the conversation, then start a new run');
  });
});

describe('the situation of a step', () => {
  const comment = { author: 'octocat', body: '/agent Fix it', path: 'comment.body', isByActor: true };
  const situation = (
    event: Partial<Parameters<typeof situationOf>[0]>,
    inputs: Readonly<Record<string, string>> = {},
  ): Situation =>
    situationOf({ isLabeled: false, comment: undefined, ...event }, '77', (name) => inputs[name] ?? '');

  test('has a key only if that leads to the conversation: conversation-id wins', () => {
    const noKey = { hasKey: false, isKeyShared: false };
    expect(situation({})).toEqual(noKey);
    expect(situation({}, { 'idempotency-key': 'audit' })).toEqual({ hasKey: true, isKeyShared: true });
    expect(situation({}, { 'idempotency-key': ' ', 'conversation-id': ' ' })).toEqual(noKey);
    expect(situation({}, { 'idempotency-key': 'audit', 'conversation-id': '1' })).toEqual({
      ...noKey,
      hasId: true,
    });
  });

  test.each([
    ['run-77', false],
    ['77', false],
    ['issue-177', true],
    ['issue-7', true],
  ])('has a key that other runs have, too, unless it names the run: %s', (key, isKeyShared) => {
    expect(situation({}, { 'idempotency-key': key })).toEqual({ hasKey: true, isKeyShared });
  });

  test('has no key if a re-run would fail at the agent that this one has paused', () => {
    const keyed = { 'idempotency-key': 'run-77' };
    expect(situation({}, { ...keyed, 'on-paused': 'fail' }).hasKey).toBe(false);
    expect(situation({}, { ...keyed, 'on-paused': 'resume' }).hasKey).toBe(true);
  });

  test('has the label or the comment that started it, and the command', () => {
    expect(situation({ isLabeled: true })).toMatchObject({ startedBy: 'label' });
    expect(situation({ comment })).toMatchObject({ startedBy: 'comment' });
    const review = { ...comment, path: 'review.body' };
    expect(situation({ comment: review })).toMatchObject({ startedBy: 'review' });
    expect(situation({ comment }, { command: ' /agent\n' })).toMatchObject({
      startedBy: 'comment',
      command: '/agent',
    });
  });
});
