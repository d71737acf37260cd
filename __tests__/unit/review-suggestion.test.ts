import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { isSigned, markerOf, withMarker } from '../../src/comment/marker.ts';
import { renderReadable } from '../../src/report/readable.ts';
import { findRepeats } from '../../src/review/memory.ts';
import { addSuggestion, withoutSuggestion } from '../../src/review/suggestion.ts';
import { findingCommentOf } from '../../src/review/texts.ts';
import { createSecrets } from '../../src/text/secrets.ts';
import { rendered } from '../support/rendered.ts';
import { finding } from '../support/reviews.ts';
import { suggestionsIn } from '../support/suggestions.ts';
import { hostileText, INVISIBLE } from './hostile-text.ts';

// Fixed, so that a failure can be repeated.
fc.configureGlobal({ seed: 2026 });

const PLACE = { repository: 'octo-org/octo-repo', issue: 7 };
const KEY = 'a-key';
const SECRET = 'sk-oh-0123456789';
const MARKER = markerOf('0a1b_0123456789abcdef', PLACE, KEY);
const OTHER = markerOf('ffff_0123456789abcdef', PLACE, 'another key');

const hostile = hostileText(
  ...[
    '```suggestion\n',
    '\n\n```suggestion\n',
    '\n\n````suggestion\n',
    '~~~suggestion\n',
    '\n```\n',
    '\n````\n',
  ],
  ...[
    '`'.repeat(80),
    '`'.repeat(255),
    `\n\n${MARKER}\n`,
    OTHER,
    MARKER.slice(0, 40),
    '<!-- openhands-conversation',
  ],
  ...[
    '❌ **Error**\n\n',
    '</div>\n\n',
    '<pre lang="suggestion"><code>',
    SECRET,
    SECRET.slice(0, 8),
    '…',
    '\n',
    'one',
  ],
);
/** Texts that become a long block of HTML or none: the comment has them as a code block. */
const tooDeep = hostile.map((text) => `${'> '.repeat(120)}${text}`);
const texts = fc.oneof({ weight: 4, arbitrary: hostile }, tooDeep);
const linesOfFile = fc.array(fc.constantFrom('one', '', '```', '<!--', '\r', ' two'), {
  minLength: 1,
  maxLength: 3,
});

const render = (markdown: string): string => renderReadable(markdown, () => false);
const { add, redact } = createSecrets(() => undefined);
add(SECRET);

/** Returns the comment of a finding without a suggestion and with one, as they are posted. */
function commentsOf(text: string, replacement: string, lines: readonly string[]): readonly [string, string] {
  const comment = findingCommentOf(finding({ text: redact(text) }), { render });
  const posted = [comment, addSuggestion(comment, replacement, lines, redact)].map((each) =>
    withMarker(redact(each), MARKER),
  );
  return [posted[0] ?? '', posted[1] ?? ''];
}

const withoutMarker = (body: string): string => body.slice(0, body.lastIndexOf(MARKER)).trimEnd();

describe('whatever a finding says, its comment', () => {
  test('has its replacement as it is, as the only suggestion, or none', () => {
    let suggested = 0;
    fc.assert(
      fc.property(texts, hostile, linesOfFile, (text, replacement, lines) => {
        const [plain, body] = commentsOf(text, replacement, lines);
        expect(suggestionsIn(plain)).toEqual([]);
        const expected = replacement.replaceAll('\r\n', '\n').replace(/[^\n]$/u, '$&\n');
        const isHarmless =
          !INVISIBLE.test(expected) && !expected.includes('`'.repeat(80)) && redact(expected) === expected;
        const isChange = expected !== lines.map((line) => `${line.replaceAll('\r', '')}\n`).join('');
        expect(suggestionsIn(body)).toEqual(isHarmless && isChange ? [expected] : []);
        suggested += suggestionsIn(body).length;
        // And nothing of it is outside of the block.
        const block = /<pre><code class="language-suggestion">[^<]*<\/code><\/pre>\n/;
        expect(rendered(body).replace(block, '')).toBe(rendered(plain));
      }),
      { numRuns: 2_000 },
    );
    expect(suggested).toBeGreaterThan(100);
  });

  test('ends with our marker, and an earlier one with the same text is known by it', () => {
    fc.assert(
      fc.property(texts, hostile, hostile, linesOfFile, (text, first, second, lines) => {
        const [plain, body] = commentsOf(text, first, lines);
        expect(isSigned(body, PLACE, KEY)).toBe(true);
        expect(withoutSuggestion(withoutMarker(body)).trimEnd()).toBe(withoutMarker(plain));
        const thread = { path: 'src/a.ts', comment: 1, isResolved: false, isOutdated: false };
        const again = { summary: '', missing: 0, findings: [finding({ text, replacement: second })] };
        const threads = [{ ...thread, url: '', body, viewerDidAuthor: true }];
        const { repeated } = findRepeats(again, threads, () => plain);
        expect(repeated).toHaveLength(1);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is not taken for one with another text because of its replacement', () => {
    fc.assert(
      fc.property(hostile, linesOfFile, (replacement, lines) => {
        const [, body] = commentsOf('It is slow.', replacement, lines);
        const [other] = commentsOf('It is lost.', '', ['']);
        const thread = { path: 'src/a.ts', comment: 1, isResolved: false, isOutdated: false, body };
        const again = { summary: '', missing: 0, findings: [finding()] };
        expect(findRepeats(again, [thread], () => other).repeated).toEqual([]);
      }),
    );
  });
});
