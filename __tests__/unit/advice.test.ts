import { describe, expect, test } from '@jest/globals';

import type { Next } from '../../src/conversation/problem.ts';
import { adviceFor, type Situation, situationOf } from '../../src/report/advice.ts';

const CONVERSATION = { id: '1', url: 'https://openhands.test/conversations/1' };
const LINK = '(https://openhands.test/conversations/1)';
const WITHOUT_KEY: Situation = { hasKey: false };
const WITH_KEY: Situation = { hasKey: true };

const LABEL: Situation = { ...WITH_KEY, startedBy: 'label' };
const COMMAND: Situation = { ...WITH_KEY, startedBy: 'comment', command: '/agent' };
const COMMENT: Situation = { ...WITH_KEY, startedBy: 'comment' };
const REVIEW: Situation = { ...WITH_KEY, startedBy: 'review' };
const ON_ISSUE = [LABEL, COMMAND, COMMENT, REVIEW];

const NEXT: readonly Next[] = ['again', 'continue', 'new-run', 'raise'];

describe('the advice for the author of the workflow', () => {
  test.each<[Next, withKey: string, withoutKey: string]>([
    ['again', 're-run the job', 're-run the job'],
    [
      'continue',
      're-run the job, which continues this conversation',
      'continue this conversation in a step with conversation-id',
    ],
    [
      'new-run',
      'start a new run, with another idempotency-key if this one does not name the run',
      'start a new run',
    ],
    [
      'raise',
      'raise max-cost-usd, and continue this conversation in a step with conversation-id',
      'raise max-cost-usd, and continue this conversation in a step with conversation-id',
    ],
  ])('names an input only if that leads on, and links the conversation: %s', (next, withKey, withoutKey) => {
    const problem = { advice: '', next };
    expect(adviceFor(problem, CONVERSATION, WITH_KEY, 'author')).toBe(`${withKey} ${LINK}`);
    expect(adviceFor(problem, CONVERSATION, WITHOUT_KEY, 'author')).toBe(`${withoutKey} ${LINK}`);
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

  test.each<Next>(['again', 'continue', 'new-run'])(
    'is to do again what has started the step, if people can: %s',
    (next) => {
      const problem = { advice: 'wait', next };
      for (const situation of ON_ISSUE) {
        const words = adviceFor(problem, CONVERSATION, situation, 'issue');
        expect(adviceFor(problem, CONVERSATION, situation, 'author')).toBe(`${words} ${LINK}`);
      }
    },
  );

  test('is to raise the limit first, where a label started the step', () => {
    expect(adviceFor({ advice: '', next: 'raise' }, CONVERSATION, LABEL, 'author')).toBe(
      `raise max-cost-usd, then remove the label and add it again ${LINK}`,
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

  test.each(ON_ISSUE)('does not depend on a key: %j', (situation) => {
    for (const next of NEXT) {
      const problem = { advice: 'wait', next };
      const words = adviceFor(problem, CONVERSATION, situation, 'issue');
      expect(adviceFor(problem, CONVERSATION, { ...situation, hasKey: false }, 'issue')).toBe(words);
    }
  });

  test('says first what to put right', () => {
    const problem = { advice: 'answer the agent in the conversation', next: 'continue' } as const;
    expect(adviceFor(problem, CONVERSATION, LABEL, 'issue')).toBe(
      'answer the agent in the conversation, then remove the label and add it again',
    );
  });

  test('has no other try where none would help', () => {
    for (const situation of ON_ISSUE)
      expect(adviceFor({ advice: 'push a fix' }, CONVERSATION, situation, 'issue')).toBe('push a fix');
  });

  test('has the words of the author where neither a label nor a comment started the step', () => {
    const problem = { advice: '', next: 'continue' } as const;
    expect(adviceFor(problem, CONVERSATION, WITHOUT_KEY, 'issue')).toBe(
      'continue this conversation in a step with conversation-id',
    );
  });
});

describe('the situation of a step', () => {
  const comment = { author: 'octocat', body: '/agent Fix it', path: 'comment.body', isByActor: true };
  const situation = (
    event: Partial<Parameters<typeof situationOf>[0]>,
    inputs: Readonly<Record<string, string>> = {},
  ): Situation =>
    situationOf({ isLabeled: false, comment: undefined, ...event }, (name) => inputs[name] ?? '');

  test('has a key only if that leads to the conversation: conversation-id wins', () => {
    expect(situation({})).toEqual({ hasKey: false });
    expect(situation({}, { 'idempotency-key': 'run-7' })).toEqual({ hasKey: true });
    expect(situation({}, { 'idempotency-key': ' ', 'conversation-id': ' ' })).toEqual({ hasKey: false });
    expect(situation({}, { 'idempotency-key': 'run-7', 'conversation-id': ' ' })).toEqual({ hasKey: true });
    expect(situation({}, { 'idempotency-key': 'run-7', 'conversation-id': '1' })).toEqual({ hasKey: false });
  });

  test('has no key if a re-run would fail at the agent that this one has paused', () => {
    const keyed = { 'idempotency-key': 'run-7' };
    expect(situation({}, { ...keyed, 'on-paused': 'fail' })).toEqual({ hasKey: false });
    expect(situation({}, { ...keyed, 'on-paused': 'resume' })).toEqual({ hasKey: true });
  });

  test('has the label or the comment that started it, and the command', () => {
    expect(situation({ isLabeled: true })).toEqual({ hasKey: false, startedBy: 'label' });
    expect(situation({ comment })).toEqual({ hasKey: false, startedBy: 'comment' });
    const review = { ...comment, path: 'review.body' };
    expect(situation({ comment: review })).toEqual({ hasKey: false, startedBy: 'review' });
    expect(situation({ comment }, { command: ' /agent\n' })).toEqual({
      hasKey: false,
      startedBy: 'comment',
      command: '/agent',
    });
  });
});
