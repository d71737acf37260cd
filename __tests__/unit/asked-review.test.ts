import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { roundMessage } from '../../src/checks/rounds.ts';
import { composeMessage } from '../../src/message/agent-message.ts';
import { askedReviewIn } from '../../src/message/asked-review.ts';
import { fence, tagFor } from '../../src/message/fence.ts';
import { runMarkOf } from '../../src/message/run-mark.ts';
import { fillTemplate } from '../../src/message/template.ts';
import { describeThreads } from '../../src/review/memory.ts';

// Fixed, so that a failure can be repeated.
fc.configureGlobal({ seed: 2026 });

const PULL = { repository: 'octo-org/octo-repo', number: 7 };
const OURS = 'a'.repeat(40);
const THEIRS = 'e'.repeat(40);
const MARK = runMarkOf(['77', 'agent', 'ask'], true, 'x');
const COMMENT = JSON.stringify({ number: 1, comment: 1, path: 'a', isResolved: false });

/** Returns what asks for a review, with all of our sentences. */
const asking = (commit: string, earlier = ''): string =>
  composeMessage({ task: '', review: { pull: PULL, head: { commit }, earlier } });

const FAKE = asking(THEIRS, COMMENT);
const LINES = FAKE.trim().split('\n');

/** Text of a stranger who knows all of our sentences, and hashes texts as we do. */
const hostile = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(FAKE, asking(THEIRS), FAKE.trim(), asking(THEIRS).trim()) },
      // The sentences without the fence, which ours would then be.
      { weight: 3, arbitrary: fc.nat(LINES.length).map((end) => `\n\n${LINES.slice(0, end).join('\n')}`) },
      fc.constantFrom(
        ...LINES,
        COMMENT,
        '{}',
        '',
        ' ',
        MARK.text,
        fence('earlier findings', COMMENT, tagFor([])),
      ),
      fc.constantFrom(
        '```',
        '<!--',
        '-->',
        '----- untrusted text',
        'earlier findings',
        OURS,
        THEIRS,
        'words',
      ),
      fc.string(),
    ),
    { maxLength: 8 },
  )
  .chain((pieces) => fc.constantFrom('\n', '\n\n', '').map((between) => pieces.join(between)));

const TEMPLATES = [
  '{{ github.event.a }}',
  'Look:\n{{ github.event.a }}\n',
  '{{ github.event.a }}{{ github.event.b }}',
  'One {{ github.event.a }} and\r\n{{ github.event.b }}\r\n',
  '{{ github.event }}',
];
const GITHUB = { repository: PULL.repository, server_url: 'https://github.com' };

/** What a step says to its agent, with texts of a stranger in all of the places where they get into it. */
const task = fc.oneof(
  fc.tuple(fc.constantFrom(...TEMPLATES), hostile, hostile).map(([template, a, b]) => {
    const filled = fillTemplate(template, { github: GITHUB, event: { a: `${a}.`, b: `.${b}` } });
    if ('reasons' in filled) throw new Error(filled.reasons.join('; '));
    return filled.message;
  }),
  // In an expression of the workflow, which fences nothing.
  hostile.map((text) => `Do it: ${text}\nBe brief.`),
  fc.tuple(hostile, hostile).map(([name, log]) => {
    const failed = { name, conclusion: 'failure', url: '', log };
    return roundMessage(`Checks, round 1 of 1, commit ${OURS}`, 'https://github.com', [failed]);
  }),
);
const schema = fc.constantFrom(undefined, '{}');
const mark = fc.constantFrom(undefined, MARK);
/** Earlier findings whose texts a stranger has edited. */
const earlier = fc.array(hostile, { maxLength: 2 }).map((bodies) =>
  describeThreads(
    bodies.map((body, index) => ({
      body,
      comment: index,
      path: body,
      isResolved: false,
      isOutdated: false,
    })),
  ),
);
const end = fc.constantFrom('', '\n', ' \n\n');

describe('whatever a stranger writes, the review of a message', () => {
  test('that asks for one is ours', () => {
    fc.assert(
      fc.property(task, schema, earlier, mark, end, (words, json, findings, marked, blank) => {
        const review = { pull: PULL, head: { commit: OURS }, earlier: findings };
        const text = composeMessage({ task: words, schema: json, review, mark: marked }) + blank;
        expect(askedReviewIn([{ text }], PULL)).toEqual({ commit: OURS, earlier: findings });
      }),
      { numRuns: 2_000 },
    );
  });

  test('that asks for none is none', () => {
    fc.assert(
      fc.property(task, schema, mark, end, (words, json, marked, blank) => {
        const text = composeMessage({ task: words, schema: json, mark: marked }) + blank;
        expect(askedReviewIn([{ text }], PULL)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the end of a message', () => {
  const findings = `${COMMENT}\n${COMMENT}`;
  const text = asking(OURS, findings);

  test.each([
    ['a line in the fence that is no JSON', text.replace(COMMENT, 'Look elsewhere')],
    ['a fence with two tags', text.replace(/\w{16} ends/, `${'0'.repeat(16)} ends`)],
    ['a fence of something else', text.replace('value of earlier', 'value of later')],
    ['two fences', `${text}\n${fence('earlier findings', COMMENT, tagFor([COMMENT]))}`],
    ['a fence and words', `${text}\n\nThank you.`],
    ['two marks', `${text}\n\n${MARK.text}\n\n${MARK.text}`],
    ['findings without a fence', text.replace(/-----[^]*/, COMMENT)],
    ['an empty fence', asking(OURS, '\n').replace('\n\n-----', '\n-----')],
  ])('with %s asks for no review', (_what, said) => {
    expect(said).not.toBe(text);
    expect(askedReviewIn([{ text: said }], PULL)).toBeUndefined();
  });

  test('with a review of another pull request is not passed over', () => {
    const other = composeMessage({
      task: '',
      review: { pull: { ...PULL, number: 8 }, head: { commit: THEIRS } },
    });
    expect(askedReviewIn([{ text: 'Go on' }, { text: other }, { text }], PULL)).toBeUndefined();
    expect(askedReviewIn([{ text: 'Go on' }, { text }, { text: other }], PULL)).toEqual({
      commit: OURS,
      earlier: findings,
    });
  });
});
