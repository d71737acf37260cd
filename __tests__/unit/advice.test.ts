import { describe, expect, test } from '@jest/globals';

import type { Next } from '../../src/port/problem.ts';
import { adviceFor, adviceInLog, type Situation, situationOf } from '../../src/report/advice.ts';

const CONVERSATION = { id: '1', url: 'https://openhands.test/conversations/1' };
const LINK = '(https://openhands.test/conversations/1)';
const WITHOUT_KEY: Situation = { hasKey: false, isKeyShared: false };
/** A key that names the run. */
const WITH_KEY: Situation = { hasKey: true, isKeyShared: false };
/** A key that other runs have, too. */
const SHARED_KEY: Situation = { hasKey: true, isKeyShared: true };
const BY_ID: Situation = { ...WITHOUT_KEY, hasId: true };

const LABEL: Situation = { ...SHARED_KEY, startedBy: 'label' };
const COMMAND: Situation = { ...SHARED_KEY, startedBy: 'comment', command: '/agent' };
const COMMENT: Situation = { ...SHARED_KEY, startedBy: 'comment' };
const REVIEW: Situation = { ...SHARED_KEY, startedBy: 'review' };
const ON_ISSUE = [LABEL, COMMAND, COMMENT, REVIEW];
const IF_FOUND_AGAIN = '(if it finds this conversation again, delete that first)';
const LOCAL = { id: '1', url: 'http://127.0.0.1:8712/api/conversations/1', hasNoPage: true } as const;

describe('the advice where neither a label nor a comment leads back', () => {
  test.each<[Next, sharedKey: string, withKey: string, withoutKey: string, byId: string]>([
    [
      'again',
      'check it, then re-run the job, which continues this conversation',
      'check it, then re-run the job, which continues this conversation',
      'check it, then tell the agent to continue in its conversation',
      'check it, then tell the agent to continue in a new run with this conversation-id and a message',
    ],
    [
      'find',
      're-run the job, which continues this conversation',
      're-run the job, which continues this conversation',
      'check it',
      'check it',
    ],
    [
      'tell',
      'check it in its conversation (another run may start another agent)',
      'check it in its conversation, then re-run the job',
      'check it in its conversation',
      'check it in a new run with this conversation-id and a message',
    ],
    [
      'new-agent',
      `check it, then start a new run ${IF_FOUND_AGAIN}`,
      'check it, then start a new run',
      'check it, then start a new run',
      'check it, then start a new run without this conversation-id',
    ],
    [
      'raised',
      'check it before the next run, which with the same limit may start another agent',
      'check it, then start a new run with this conversation-id (without it, another agent starts)',
      'check it, then start a new run with this conversation-id (without it, another agent starts)',
      'check it, then start a new run with this conversation-id',
    ],
  ])('depends on the key, and has the address of the conversation in the log: %s', (next, ...words) => {
    const advices = [SHARED_KEY, WITH_KEY, WITHOUT_KEY, BY_ID].map((situation) =>
      adviceInLog({ advice: 'check it', next }, CONVERSATION, situation),
    );
    expect(advices).toEqual(words.map((each) => `${each} ${LINK}`));
  });

  test.each<[Next, withKey: string, withoutKey: string]>([
    ['again', 'check it, then re-run the job', 'check it, then re-run the job'],
    // Only a key keeps a re-run from starting another agent.
    ['find', 're-run the job', 'check it'],
    ['new-agent', 'check it, then start a new run', 'check it, then start a new run'],
  ])('starts the step again if there is no conversation: %s', (next, ...words) => {
    const advices = [WITH_KEY, WITHOUT_KEY].map((situation) =>
      adviceInLog({ advice: 'check it', next }, undefined, situation),
    );
    expect(advices).toEqual(words);
  });

  test('does not continue by the key an agent that a step with the key does not resume', () => {
    const situation = { ...SHARED_KEY, hasKey: false };
    expect(adviceInLog({ advice: '', next: 'again' }, CONVERSATION, situation)).toBe(
      `tell the agent to continue in its conversation ${LINK}`,
    );
  });

  test('is what to put right, if that is the one thing to do', () => {
    for (const situation of [...ON_ISSUE, WITH_KEY])
      expect(adviceFor({ advice: 'push a fix' }, CONVERSATION, situation)).toBe('push a fix');
    expect(adviceInLog({ advice: '' }, undefined, WITH_KEY)).toBe('');
    expect(adviceInLog({ advice: '' }, CONVERSATION, WITH_KEY)).toBe('');
  });

  test('has an address once', () => {
    const advice = `see ${CONVERSATION.url}`;
    expect(adviceInLog({ advice }, CONVERSATION, WITH_KEY)).toBe(advice);
  });

  test('shows an address without a page as one of the API, where nobody can write', () => {
    const conversation = { ...CONVERSATION, hasNoPage: true } as const;
    expect(adviceInLog({ advice: 'answer the agent', next: 'tell' }, conversation, WITHOUT_KEY)).toBe(
      `answer the agent in a new run with the conversation-id 1 and a message (GET ${CONVERSATION.url})`,
    );
  });
});

describe('the advice on an issue or a pull request', () => {
  test.each<[Next, label: string, command: string, comment: string, review: string]>([
    [
      'again',
      'remove the label and add it again',
      'comment again: /agent and what to do',
      'comment again',
      'submit another review',
    ],
    [
      'find',
      'remove the label and add it again',
      'comment again: /agent and what to do',
      'comment again',
      'submit another review',
    ],
    [
      'tell',
      'answer the agent in its conversation (a label may start another agent)',
      'answer the agent with another comment that begins with /agent',
      'answer the agent with another comment',
      'answer the agent with another review',
    ],
  ])('is what leads back to the conversation, with its address in the log: %s', (next, ...words) => {
    const problem = { advice: next === 'tell' ? 'answer the agent' : '', next };
    const advise = (inPlace: typeof adviceFor): readonly string[] =>
      ON_ISSUE.map((each) => inPlace(problem, CONVERSATION, each));
    expect(advise(adviceFor)).toEqual(words);
    expect(advise(adviceInLog)).toEqual(words.map((each) => `${each} ${LINK}`));
  });

  test('says with another agent when the conversation of this one must go', () => {
    const advise = (situation: Situation, inPlace = adviceFor): string =>
      inPlace({ advice: 'use another model', next: 'new-agent' }, CONVERSATION, situation);
    expect(advise(LABEL, adviceInLog)).toBe(
      `use another model, then remove the label and add it again ${IF_FOUND_AGAIN} ${LINK}`,
    );
    expect(advise(COMMAND)).toBe(
      `use another model, then comment again: /agent and what to do ${IF_FOUND_AGAIN}`,
    );
    // No other run finds it.
    expect(advise({ ...LABEL, isKeyShared: false })).toBe(
      'use another model, then remove the label and add it again',
    );
  });

  test('is to do again what has started the step, if there is no conversation', () => {
    for (const next of ['again', 'find', 'new-agent'] as const) {
      const advices = ON_ISSUE.map((each) => adviceFor({ advice: '', next }, undefined, each));
      expect(advices).toEqual([
        'remove the label and add it again',
        'comment again: /agent and what to do',
        'comment again',
        'submit another review',
      ]);
    }
  });

  test('names /agent if its recipe has the same key, with what the label does', () => {
    const byRecipe = { ...LABEL, hasRecipeKey: true } as const;
    expect(adviceFor({ advice: 'answer the agent', next: 'tell' }, CONVERSATION, byRecipe)).toBe(
      'answer the agent with a comment that begins with /agent, or in its conversation (a label may start another agent)',
    );
  });

  test.each(['needs-input', 'paused'] as const)(
    'does not say that a label may start another agent if its key leads to one that waits: %s',
    (kind) => {
      const problem = { advice: 'answer the agent', next: 'tell', kind } as const;
      expect(adviceFor(problem, CONVERSATION, LABEL)).toBe('answer the agent in its conversation');
      expect(adviceFor(problem, CONVERSATION, { ...LABEL, isKeyShared: false })).toBe(
        'answer the agent in its conversation, then re-run the job (a label may start another agent)',
      );
    },
  );

  test('lets the agent go on where a label or a comment would start another one', () => {
    for (const startedBy of ['label', 'comment', 'review'] as const) {
      const advise = (next: Next, situation: Situation): string =>
        adviceFor({ advice: 'answer the agent', next }, CONVERSATION, { ...situation, startedBy });
      expect(advise('again', WITH_KEY)).toBe(
        'answer the agent, then re-run the job, which continues this conversation',
      );
      expect(advise('again', WITHOUT_KEY)).toBe(
        'answer the agent, then tell the agent to continue in its conversation',
      );
      expect(advise('tell', WITH_KEY)).toContain('answer the agent in its conversation');
    }
  });

  test('starts the step again by a label or a comment where each run finds its conversation by the id', () => {
    expect(adviceFor({ advice: '', next: 'again' }, CONVERSATION, { ...BY_ID, startedBy: 'label' })).toBe(
      'remove the label and add it again',
    );
  });
});

describe('the advice with an agent server on the runner, which ends with the job', () => {
  test.each<[Next, byHand: string, label: string, comment: string]>([
    [
      'tell',
      'check it in the message of a new run (another agent starts over)',
      'check it in the message of a new run (another agent starts over)',
      'check it with another comment that begins with /agent (another agent starts over)',
    ],
    ...(['again', 'go-on', 'raised'] as const).map((next): [Next, string, string, string] => [
      next,
      'check it, then start a new run (another agent starts over)',
      'check it, then remove the label and add it again (another agent starts over)',
      'check it, then comment again: /agent and what to do (another agent starts over)',
    ]),
    [
      'new-agent',
      'check it, then start a new run',
      'check it, then remove the label and add it again',
      'check it, then comment again: /agent and what to do',
    ],
  ])('says what the next run does, and names no address: %s', (next, ...words) => {
    const byComment = { ...WITHOUT_KEY, startedBy: 'comment', command: '/agent' } as const;
    const situations = [WITHOUT_KEY, { ...WITHOUT_KEY, startedBy: 'label' } as const, byComment];
    for (const inPlace of [adviceFor, adviceInLog])
      expect(situations.map((each) => inPlace({ advice: 'check it', next }, LOCAL, each))).toEqual(words);
    // Only a re-run has a key that names the run, and it gets another server.
    expect(adviceFor({ advice: 'check it', next }, LOCAL, WITH_KEY)).toBe(words[0]);
  });

  test('asks for more time after a deadline, as another agent needs as long', () => {
    const late = { advice: '', next: 'again', kind: 'timeout' } as const;
    const words = 'give the step more timeout-seconds, then start a new run (another agent starts over)';
    expect(adviceFor(late, LOCAL, WITHOUT_KEY)).toBe(words);
    // The same agent continues, and has got part of its work done.
    expect(adviceFor(late, LOCAL, SHARED_KEY)).not.toContain('timeout-seconds');
  });

  test('sends nobody to look for a start on it', () => {
    const advise = (situation: Situation): string =>
      adviceFor({ advice: 'look there', next: 'find' }, undefined, situation);
    expect(advise({ ...WITHOUT_KEY, isOnRunner: true })).toBe('start a new run (another agent starts over)');
    expect(advise(WITHOUT_KEY)).toBe('look there');
  });

  test('is as elsewhere if other runs have the key, or the conversation is named: then the server stays', () => {
    const answer = 'answer in a new run with';
    const adviceIn = (situation: Situation): string =>
      adviceInLog({ advice: 'answer', next: 'tell' }, LOCAL, situation);
    expect(adviceIn(BY_ID)).toBe(`${answer} this conversation-id and a message (GET ${LOCAL.url})`);
    expect(adviceIn(SHARED_KEY)).toBe(
      `${answer} the conversation-id 1 and a message (another run may start another agent) (GET ${LOCAL.url})`,
    );
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
    expect(situation({}, { 'idempotency-key': key })).toMatchObject({ hasKey: true, isKeyShared });
  });

  test.each([
    ['issue-7', true],
    ['pull-request-7', true],
    ['issue-7-b', undefined],
    ['readme-audit', undefined],
  ])('knows the keys that the recipes for comments have: %s', (key, hasRecipeKey) => {
    expect(situation({}, { 'idempotency-key': key }).hasRecipeKey).toBe(hasRecipeKey);
  });

  test.each([
    ['http://127.0.0.1:8712', 'agent-server', true],
    ['http://localhost:8712', 'agent-server', true],
    ['http://127.0.0.1:3000', 'v1', undefined],
    ['https://agents.example.com', 'agent-server', undefined],
  ])('knows an agent server on the runner: %s, %s', (baseUrl, version, isOnRunner) => {
    const inputs = { 'base-url': baseUrl, 'api-version': version };
    expect(situation({}, inputs).isOnRunner).toBe(isOnRunner);
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
