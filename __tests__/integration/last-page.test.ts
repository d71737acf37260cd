import { describe, expect, test } from '@jest/globals';

import { finishAt, worksThen } from '../../simulator/server/scenario-parts.ts';
import { DISPATCH } from '../../testbed/world.ts';
import { attempt } from '../support/attempts.ts';
import { commentOf } from '../support/github.ts';
import { answering, type GithubSteps, openGithubSteps } from '../support/github-steps.ts';

const ISSUE = { number: 1, title: 'The login fails', body: 'It says 500.', branch: 'a-branch' };
const ASKED = { 'api-version': 'v1', poll: 'true', comment: 'true', 'require-result': 'done' };
const LABEL = {
  ...ASKED,
  'message-template': 'Solve this:\n{{ github.event.issue.title }}\n{{ github.event.issue.body }}\nOpen one.',
  'idempotency-key': 'issue-1',
  'if-exists': 'restart-failed',
};
const COMMENT = {
  ...ASKED,
  'message-template':
    'Somebody asks:\n{{ github.event.comment.body }}\nBackground:\n{{ github.event.issue.body }}',
  command: '/agent',
  'idempotency-key': 'issue-1',
  'if-exists': 'send',
};

/** Runs a step for a label on an issue or, with a text, for a comment on it. Returns its comment. */
async function comment(
  steps: GithubSteps,
  inputs: Readonly<Record<string, string>>,
  body?: string,
): Promise<string> {
  const github = { repository: 'octo-org/octo-repo', server_url: 'https://github.com' };
  const event = { issue: ISSUE, comment: { body } };
  const number = steps.github.comments.length;
  await steps.step(inputs, undefined, {
    ...attempt(number),
    templateContext: async () => Promise.resolve({ github, event }),
  });
  return steps.github.comments.at(-1)?.body ?? '';
}

const open = async (body?: string, answer = 'Done.\n\nResult: done'): Promise<GithubSteps> =>
  openGithubSteps(
    { scenario: worksThen('the agent is done', ...finishAt(18.5, answer)) },
    { event: { ...DISPATCH, issue: 1, ...(body !== undefined && { comment: commentOf(body) }) } },
  );

const askedIn = (page: string): string | undefined =>
  /<summary>What was asked<\/summary>\n\n```text\n([^]*?)\n```/.exec(page)?.[1];

describe('the page at the end', () => {
  test('shows the task of a label: the texts of the issue, and nothing that the workflow has written around them', async () => {
    expect(askedIn(await comment(await open(), LABEL))).toBe('The login fails\nIt says 500.');
  });

  test('shows the message if it is one, without what a program reads', async () => {
    const inputs = { ...ASKED, message: 'Solve it.', 'output-schema': '{}', 'require-result': 'none' };
    expect(askedIn(await comment(await open(), inputs))).toBe('Solve it.');
  });

  test('shows the whole message of a template that inserts neither title nor text, without fences', async () => {
    const template = 'Fix the checks of the branch {{ github.event.issue.branch }}.';
    expect(askedIn(await comment(await open(), { ...LABEL, 'message-template': template }))).toBe(
      'Fix the checks of the branch a-branch.',
    );
    const both = `${LABEL['message-template']} On {{ github.event.issue.branch }}.`;
    expect(askedIn(await comment(await open(), { ...LABEL, 'message-template': both }))).toBe(
      'The login fails\nIt says 500.',
    );
  });

  test('of a follow-up quotes the question, and tells what its answer has cost beside the total', async () => {
    const body = `/agent And a test, @mona? ${'Please. '.repeat(30)}`;
    const steps = await open(body);
    expect(await comment(steps, COMMENT, body)).not.toContain('<blockquote>');
    // The server tells the last of the cost a while after the end.
    await steps.clock.sleep(60_000, new AbortController().signal);
    const page = await comment(steps, COMMENT, body);
    expect(page).toMatch(/^### ✅ Finished in \d+ s · \$0\.23, \$0\.46 in total\n/);
    expect(page).toMatch(
      /\n<blockquote>And a test, <code>@mona<\/code>\? (?:Please\. )+Pl?e?a?s?e?…<\/blockquote>\n/,
    );
    expect(askedIn(page)).toMatch(/^And a test, @mona\? Please\.[^:]*$/);
  });

  test('links each pull request once above the answer', async () => {
    const steps = await openGithubSteps(
      { scenario: answering('See {{pullRequest}}.') },
      { event: { ...DISPATCH, issue: 1 } },
    );
    const [above = ''] = (await comment(steps, { ...LABEL, 'require-result': 'none' })).split('<div>');
    expect(above.match(/pull\/12/g)).toHaveLength(1);
    expect(above).toContain('PR #12</a> Correct three statements in the README&nbsp;· open');
  });

  test('has no link in its heading, where a narrow screen would break it', async () => {
    const [heading, ...others] = (await comment(await open(), LABEL)).split('\n');
    expect(heading).not.toContain('](');
    expect(others.join('\n')).toMatch(/\n\[Conversation\]\(\S+\)(?: · \[Run\]\(\S+\))?\n/);
  });

  test('repeats neither the title nor the repository in its last line', async () => {
    const page = await comment(await open(), LABEL);
    expect(page).toMatch(/<p><sub>Status: finished · Tokens: [^·]*<\/sub><\/p>/);
  });
});
