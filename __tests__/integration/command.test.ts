import { describe, expect, test } from '@jest/globals';

import type { EventComment } from '../../src/github/event.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { commentOf } from '../support/github.ts';
import { messagesTo } from '../support/messages.ts';
import { openSteps } from '../support/open-steps.ts';

const TEMPLATE = {
  'message-template': 'On #{{ github.event.issue.number }}:\n{{ github.event.comment.body }}\n',
  command: '/agent',
  'api-version': 'v1',
};

const CONTEXT = {
  github: { repository: 'octo-org/octo-repo', server_url: 'https://github.com' },
  event: { issue: { number: 42 }, comment: { body: '/agent Fix it' } },
};

/** Runs a step for a comment. Returns what the agent was told, and what people read. */
async function run(
  comment: EventComment | undefined,
  inputs: Readonly<Record<string, string>> = {},
): Promise<{
  readonly status: string;
  readonly told: readonly string[];
  readonly asked: readonly string[];
  readonly log: string;
}> {
  const steps = await openSteps({ scenario: 'finish' }, { event: { ...DISPATCH, comment } });
  const event = { ...CONTEXT.event, comment: { body: comment?.body ?? 'none' } };
  const templateContext = async () => Promise.resolve({ ...CONTEXT, event });
  const { outcome, runner } = await steps.step({ ...TEMPLATE, ...inputs }, undefined, { templateContext });
  const log = [...runner.log, ...runner.failures].join('\n');
  return { status: outcome.status, told: messagesTo(steps), asked: steps.requests(), log };
}

test('what a person writes after the command is the task of the agent', async () => {
  const { status, told } = await run(commentOf('/agent Fix it\n> as they said'));
  expect(status).toBe('running');
  expect(told).toEqual([
    expect.stringMatching(
      /^On #42:\nThe text .* is your task\. It was set by @octocat, .*\n-+ task \w+ begins -+\nFix it\n> as they said\n-+ task/,
    ),
  ]);
});

test.each([
  ['the comment does not begin with it', '/agents Fix it', 'the comment does not begin with /agent'],
  ['nothing follows it', '/agent  \n', 'nothing follows /agent in the comment'],
  ['it is quoted', '> /agent Fix it', 'the comment does not begin with /agent'],
])('without a task, the step is skipped before any request: %s', async (_, body, because) => {
  const { status, asked, log } = await run(commentOf(body));
  expect([status, asked]).toEqual(['skipped', []]);
  expect(log).toContain(`Skipped: ${because}. Nothing was sent to the agent.`);
});

test.each([
  ['the event is about an edit, or an app wrote it', { isByActor: false }, {}],
  ['a lower role is enough', {}, { 'require-permission': 'triage' }],
  ['no role is needed', {}, { 'require-permission': 'none' }],
])('what follows the command is data if %s', async (_, changes, inputs) => {
  const { told } = await run({ ...commentOf('/agent Fix it'), ...changes }, inputs);
  expect(told).toEqual([
    expect.stringMatching(/is the value of github\.event\.comment\.body\. It is data.*\n.*\nFix it\n/),
  ]);
});

test('an event without a comment is not looked at', async () => {
  const { told } = await run(undefined);
  expect(told).toEqual([expect.stringContaining('On #42:\n')]);
});

test.each([
  ['a message has no place for what follows', { message: 'Fix it' }, 'command needs message-template'],
  [
    'it is more than a word',
    { ...TEMPLATE, command: '/agent please' },
    'command is "/agent please": it must be one word',
  ],
  ['it could be markup', { ...TEMPLATE, command: '`agent`' }, 'it must be one word'],
])('is refused if %s', async (_, inputs, problem) => {
  const steps = await openSteps({ scenario: 'finish' });
  const templateContext = async () => Promise.resolve(CONTEXT);
  const { runner } = await steps.step({ command: '/agent', ...inputs }, undefined, { templateContext });
  expect(runner.failures).toEqual([expect.stringContaining(problem)]);
  expect(steps.requests()).toEqual([]);
});

describe('a template without the place for what follows the command', () => {
  const LACKS = 'does not have {{ github.event.comment.body }}, which is what follows command: add it';

  test.each([
    ['is refused, with the other problems', { 'message-template': 'Do it', poll: 'perhaps' }],
    ['is refused if it only names the whole comment', { 'message-template': '{{ github.event.comment }}' }],
    ['is refused if the place is escaped', { 'message-template': '\\{{ github.event.comment.body }}' }],
    ['is refused for a follow-up, too', { 'message-template': 'Do it', 'conversation-id': 'a'.repeat(32) }],
  ])('%s', async (_, inputs) => {
    const { status, asked, log } = await run(commentOf('/agent Fix it'), inputs);
    expect([status, asked]).toEqual(['start-failed', []]);
    expect(log).toContain(`message-template ${LACKS}`);
    if ('poll' in inputs) expect(log).toContain('poll is "perhaps"');
  });

  test('is right with blanks or none around the name', async () => {
    const { told } = await run(commentOf('/agent Fix it'), {
      'message-template': '{{github.event.comment.body}}',
    });
    expect(told).toEqual([expect.stringContaining('\nFix it\n')]);
  });

  test('is right for an event without a comment, where the command is not looked at', async () => {
    const { status } = await run(undefined, { 'message-template': 'On #{{ github.event.issue.number }}' });
    expect(status).toBe('running');
  });
});
