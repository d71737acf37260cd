import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { isAboutOwnComment, markerOf, readOwnMarker, withMarker } from '../../src/comment/marker.ts';
import type { AgentStep, Ending } from '../../src/port/conversation.ts';
import { endedOutcome, type Outcome } from '../../src/port/outcome.ts';
import { planOf } from '../../src/port/plan.ts';
import { NO_STEPS, withSteps } from '../../src/record/agent-steps.ts';
import { EMPTY_RECORD, type StepRecord } from '../../src/record/record.ts';
import { lastCommentOf, workingCommentOf as pageOfStage } from '../../src/report/comment.ts';
import type { PageContext } from '../../src/report/page.ts';
import { REPOSITORY } from '../../testbed/world.ts';
import { eventOf } from '../support/github.ts';
import { inputsWith } from '../support/record.ts';
import { hrefsIn, rendered, withoutCode } from '../support/rendered.ts';
import { hostileText } from './hostile-text.ts';

const KEY = 'sk-oh-comment-tests';
const ID = '0a1b2c3d-0000-4000-8000-00000000cafe';
const PLACE = { repository: REPOSITORY, issue: 7 };
const conversation = { id: ID, url: `https://openhands.test/conversations/${ID}` };
const marker = markerOf(ID, PLACE, KEY);
const frame = { conversation, runUrl: `https://github.com/${REPOSITORY}/actions/runs/42` };
const context = {
  ...EMPTY_RECORD,
  hasSeenWork: undefined,
  elapsedMs: 65_000,
  pullRequests: [{ url: `https://github.com/${REPOSITORY}/pull/8` }],
  gitHubUrl: 'https://github.com',
  ownRepository: REPOSITORY,
  situation: { hasKey: false, isKeyShared: false },
};

async function ended(outcome: Outcome, more: Partial<PageContext> = {}): Promise<string> {
  return withMarker(await lastCommentOf(outcome, { ...context, ...more }, frame.runUrl), marker);
}

function commentOf(
  state: Parameters<typeof pageOfStage>[0],
  { runUrl, ...record }: Partial<StepRecord> & { readonly runUrl?: string },
): string {
  return withMarker(pageOfStage(state, { ...EMPTY_RECORD, ...record }, runUrl), marker);
}

/** Returns a part of the record of a step that has started a conversation with this message and model. */
async function startedWith(message: string, model = ''): Promise<Partial<StepRecord>> {
  const inputs = await inputsWith();
  return {
    role: 'started',
    inputs: { ...inputs, task: message, work: { kind: 'start', assignment: { message, model } } },
  };
}

function withAnswer(answer: string, status: Ending = 'finished'): Outcome {
  return endedOutcome(status, {
    conversation,
    phase: `agent ${status}`,
    facts: { title: 'Fix the README', pullRequests: [8], costUsd: 0.42 },
    storedEnd: { complete: true, answer },
  });
}

describe('a comment', () => {
  test('has no link if the conversation has no page', () => {
    const alone = { ...conversation, hasNoPage: true } as const;
    expect(commentOf('started', { conversation: alone })).toBe(`### ⏳ Started\n\n${marker}\n`);
  });

  const steps = withSteps(NO_STEPS, {
    steps: [
      { kind: 'action', text: 'Runs `npm test`' },
      { kind: 'error', text: 'no such file' },
    ],
    isCut: false,
  });

  const planned = withSteps(steps, {
    steps: [
      {
        kind: 'plan',
        plan: planOf([
          { title: 'Read it', status: 'done' },
          { title: 'Fix `it`', status: 'in_progress' },
          { title: '', status: 'todo' },
        ]),
      },
    ],
    isCut: false,
  });
  const unfinishedWork = { kind: 'started', version: 'v1', id: ID } as const;

  test('on running work shows how long that takes, what it costs, the plan, the newest steps, and how to stop it', async () => {
    const inputs = await inputsWith({ poll: 'true', 'max-cost-usd': '10' });
    const facts = { pullRequests: [], costUsd: 0.42 };
    const record = { ...frame, facts, inputs, steps: planned, unfinishedWork, elapsedMs: 299_999 };
    expect(commentOf('at-work', record)).toBe(
      `### ⏳ Working · after 4 min · $0.42 of $10

[Conversation](${conversation.url}) · [Run](${frame.runUrl})

**Plan: 1 of 3 done**

- [x] \`Read it\`
- [ ] \`\` Fix \`it\` \`\` (in progress)
- [ ] untitled

**Newest steps**

- \`\` Runs \`npm test\` \`\`
- Error: \`no such file\`

<sub>To stop the agent, cancel the run.</sub>

${marker}
`,
    );
  });

  test.each([
    ['not asked for', { 'stop-on-cancel': 'false' }, unfinishedWork],
    ['of an agent that works for another step', {}, { kind: 'over' }],
  ] as const)('does not offer a stop that is %s', async (_, given, work) => {
    const inputs = await inputsWith({ poll: 'true', ...given });
    expect(commentOf('at-work', { ...frame, inputs, unfinishedWork: work })).not.toContain('cancel');
  });

  test('of a conversation that costs nothing yet, or has no limit, says so', async () => {
    const headOf = (costUsd: number | undefined, more: Partial<StepRecord> = {}): string | undefined =>
      commentOf('at-work', { facts: { pullRequests: [], costUsd }, ...more }).split('\n')[0];
    const inputs = await inputsWith({ poll: 'true', 'max-cost-usd': '10' });
    expect(headOf(undefined, { inputs })).toBe('### ⏳ Working');
    expect(headOf(0, { inputs })).toBe('### ⏳ Working');
    expect(headOf(0.42, { role: 'started' })).toBe('### ⏳ Working · $0.42');
    expect(headOf(0.42, { role: 'follow-up', costBeforeUsd: 0.4 })).toBe(
      '### ⏳ Working · $0.02, $0.42 in total',
    );
    expect(headOf(0.42, { elapsedMs: 3_900_000 })).toBe('### ⏳ Working · after 1 h 5 min · $0.42');
  });

  test('shows no more of a plan than people read', () => {
    const tasks = Array.from({ length: 300 }, () => ({ title: 'x'.repeat(400), status: 'todo' }) as const);
    const shown = commentOf('at-work', {
      steps: withSteps(NO_STEPS, { steps: [{ kind: 'plan', plan: planOf(tasks) }], isCut: false }),
    });
    expect(shown.split('\n').filter((line) => line.startsWith('- [ ] `x'))).toHaveLength(20);
    expect(shown).toContain('\n- … 280 more\n');
    expect(shown.length).toBeLessThan(4_000);
  });

  test('of a plan that was taken back, or was never made, shows none', () => {
    const back = withSteps(planned, { steps: [{ kind: 'plan', plan: planOf([]) }], isCut: false });
    for (const each of [steps, back]) expect(commentOf('at-work', { steps: each })).not.toContain('Plan');
  });

  test('on running work shows the steps', () => {
    expect(commentOf('at-work', { conversation, steps })).toBe(
      `### ⏳ Working

[Conversation](${conversation.url})

- \`\` Runs \`npm test\` \`\`
- Error: \`no such file\`

${marker}
`,
    );
  });

  test('shows that the conversation is paused', () => {
    expect(commentOf('paused', { ...frame, steps })).toMatch(/^### ⏸️ Paused\n\n\[/);
  });

  test('on the end shows the answer, pull requests, duration and cost', async () => {
    expect(await ended(withAnswer('All **fixed**, @octocat'))).toBe(
      `### ✅ Finished in 1 min 5 s · $0.42

<p>
<a href="https://github.com/${REPOSITORY}/pull/8">PR #8</a>
</p>

[Conversation](${conversation.url}) · [Run](${frame.runUrl})

<div>
<p>All <strong>fixed</strong>, <code>@octocat</code></p>
</div>

<p><sub>Status: finished</sub></p>

${marker}
`,
    );
  });

  const hostile = hostileText(marker);

  /** Returns an outcome in which every fact is the given text. */
  const withFacts = (text: string): Outcome => ({
    kind: 'agent-failed',
    status: 'error',
    conversation,
    phase: text,
    facts: { title: text, repository: text, branch: text, pullRequests: [8] },
    storedEnd: { complete: true, reason: text, answer: text },
  });
  const pageWith = async (text: string): Promise<Partial<PageContext>> => ({
    pullRequests: context.pullRequests.map(({ url }) => ({
      url,
      facts: { title: text, state: 'open', added: 1, removed: 1 },
    })),
    steps: withSteps(NO_STEPS, { steps: [{ kind: 'message', text }, planWith(text)], isCut: false }),
    ...(await startedWith(text, text)),
  });

  const planWith = (title: string): AgentStep => ({
    kind: 'plan',
    plan: planOf([
      { title, status: 'done' },
      { title, status: 'in_progress' },
    ]),
  });

  test('on an end that cut the agent short shows what it has said so far, as far as there is room', async () => {
    const problem = { failedTo: 'wait', because: 'the deadline passed', advice: 'see it' };
    const facts = { pullRequests: [] };
    const endWith = async (text: string): Promise<string> => {
      const soFar = { text, isFromBefore: false };
      return ended({ kind: 'cut-short', status: 'timed-out', conversation, facts, problem, soFar });
    };
    expect(await endWith('I found **two** READMEs, @mona.')).toMatch(
      /\n\*\*So far:\*\*\n\n<div>\n<p>I found <strong>two<\/strong> READMEs, <code>@mona/,
    );
    const long = await endWith('long '.repeat(20_000));
    expect(long).toContain('**So far:**\n\n');
    expect(long).toContain('it continues [in the conversation]');
    expect(long.length).toBeLessThanOrEqual(65_536);
  });

  test('neutralizes all text from outside', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const bodies = [
          commentOf('at-work', {
            ...frame,
            steps: withSteps(NO_STEPS, { steps: [{ kind: 'error', text }, planWith(text)], isCut: false }),
          }),
          await ended(withAnswer(text)),
          await ended(withFacts(text), await pageWith(text)),
          await ended(withFacts(text), { ...(await pageWith(text)), role: 'follow-up' }),
          await ended({ kind: 'skipped', status: 'skipped', notice: text }),
        ];
        for (const body of bodies) {
          const outside = withoutCode(rendered(body));
          expect(outside).not.toContain('@octocat');
          expect(outside).not.toContain('evil.test');
          expect(outside).not.toContain('<img');
          expect(outside).not.toMatch(/#1\b|\$\\/);
          const elsewhere = hrefsIn(outside).filter((href) => !href.startsWith('https://github.com/'));
          expect(elsewhere.filter((href) => href !== conversation.url)).toEqual([]);
          expect(outside.split('<!--')).toHaveLength(2);
          expect(outside.trimEnd().endsWith(marker)).toBe(true);
        }
      }),
    );
  });

  test("links no issue, commit or discussion, where GitHub would show a reference, except the conversation's own pull requests", async () => {
    const at = (path: string): string => `https://github.com/${REPOSITORY}/${path}`;
    const paths = ['issues/1', 'pull/8', 'pull/9', 'discussions/2', 'commit/0123456', 'blob/main/README.md'];
    const body = await ended(withAnswer(paths.map((path) => `[x](${at(path)}) ${at(path)}`).join(' ')));
    const hrefs = new Set(hrefsIn(rendered(body.slice(body.indexOf('<div>')))));
    expect(hrefs).toEqual(new Set([at('pull/8'), at('blob/main/README.md')]));
  });

  test.each([
    ['a long answer', 'word '.repeat(100_000)],
    ['an answer of back-ticks', '`'.repeat(200_000)],
    ['an answer of characters outside of the basic plane', '🙂'.repeat(200_000)],
    ['an answer that takes more room from its middle on', `${'word '.repeat(8_000)}${'"&'.repeat(50_000)}`],
  ])('truncates the answer and links to the rest: %s', async (_, answer) => {
    const body = await ended(withAnswer(answer));
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toContain(`[in the conversation](${conversation.url})`);
    expect(body.endsWith(`${marker}\n`)).toBe(true);
    expect(body.isWellFormed()).toBe(true);
  });

  test.each(['x', '`', '🙂', '@'])(
    'stays within the limit if every text in it has its maximum length: %j',
    async (text) => {
      const long = text.repeat(300);
      const facts = { title: long, repository: long, branch: long, pullRequests: [] };
      const storedEnd = { complete: true, reason: text.repeat(2_000_000), answer: 'x'.repeat(2_000_000) };
      const url = `https://${'host.'.repeat(50)}test/${'path/'.repeat(150)}pull/`;
      const pullRequests = Array.from({ length: 100 }, (_, index) => ({ url: `${url}${index}` }));
      const steps = Array.from({ length: 60 }, () => ({ kind: 'message', text: text.repeat(200) }) as const);
      const body = await ended(
        endedOutcome('error', { conversation, phase: 'agent error', facts, storedEnd }),
        {
          pullRequests,
          steps: withSteps(NO_STEPS, { steps, isCut: true }),
          ...(await startedWith(text.repeat(100_000))),
        },
      );
      expect(body.length).toBeLessThanOrEqual(65_536);
      expect(body).toContain(conversation.url);
      expect(body.endsWith(`${marker}\n`)).toBe(true);
    },
  );
});

describe('the marker of a comment', () => {
  test('is valid only for its conversation, issue and API key', () => {
    const body = `words\n\n${marker}\n`;
    expect(readOwnMarker(ID, body, PLACE, KEY)).toBeDefined();
    expect(readOwnMarker(ID, body, { ...PLACE, issue: 8 }, KEY)).toBeUndefined();
    expect(readOwnMarker(ID, body, { ...PLACE, repository: 'octo-org/other' }, KEY)).toBeUndefined();
    expect(readOwnMarker(ID, body, PLACE, 'another key')).toBeUndefined();
    expect(readOwnMarker('0'.repeat(32), body, PLACE, KEY)).toBeUndefined();
  });

  test('ignores dashes and case in the id, and case in the repository', () => {
    const other = { ...PLACE, repository: REPOSITORY.toUpperCase() };
    expect(readOwnMarker(ID.replaceAll('-', '').toUpperCase(), marker, other, KEY)).toBeDefined();
  });

  test('is valid only at the end of the comment, because an answer can quote another marker', () => {
    expect(readOwnMarker(ID, `${marker}\r\n \n`, PLACE, KEY)).toBeDefined();
    expect(readOwnMarker(ID, `${marker}\nmore`, PLACE, KEY)).toBeUndefined();
    const quoting = { ...PLACE, issue: 9 };
    expect(readOwnMarker(ID, `${marker}\n${markerOf('another', quoting, KEY)}`, PLACE, KEY)).toBeUndefined();
  });

  test('does not contain the API key', () => {
    expect(marker).not.toContain(KEY);
  });

  test.each([
    '',
    '<!-- openhands-conversation -->',
    `<!-- openhands-conversation ${ID} ${'0'.repeat(64)} -->`,
  ])('is not valid: %j', (body) => {
    expect(readOwnMarker(ID, body, PLACE, KEY)).toBeUndefined();
  });
});

describe('an event about a comment', () => {
  const of = async (body: string, issue = PLACE.issue): Promise<boolean | string> =>
    isAboutOwnComment(await eventOf('issue_comment', { issue: { number: issue }, comment: { body } }), KEY);

  test("is about the action's own comment if that has a marker, for whatever conversation", async () => {
    expect(await of(commentOf('started', frame))).toBe(true);
    expect(await of(`x\n${markerOf('another', PLACE, KEY)}`)).toBe(true);
  });

  test("is not about the action's own comment if a person wrote it, or the marker is of another issue or forged", async () => {
    expect(await of('Please fix the README')).toBe(false);
    expect(await of(`x\n${marker}`, 8)).toBe(false);
    expect(await of(`x\n${markerOf(ID, PLACE, 'guessed')}`)).toBe(false);
  });

  test("is not about the action's own comment if it has no comment or no issue", async () => {
    expect(isAboutOwnComment(await eventOf('issues', { issue: { number: 7, body: marker } }), KEY)).toBe(
      false,
    );
    expect(isAboutOwnComment(await eventOf('issue_comment', { comment: { body: marker } }), KEY)).toBe(false);
  });

  test('is about our own review if that is sealed for the same pull request', async () => {
    const body = withMarker('One error', markerOf(`${ID}_0123456789abcdef`, PLACE, KEY));
    expect(readOwnMarker(ID, body, PLACE, KEY)).toBeUndefined();
    const event = async (number: number) =>
      eventOf('pull_request_review', { pull_request: { number }, review: { body } });
    expect(isAboutOwnComment(await event(7), KEY)).toBe(true);
    expect(isAboutOwnComment(await event(8), KEY)).toBe(false);
  });
});
