import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { logLine, quotedLines } from '../../src/text/lines.ts';
import {
  codeBlock,
  codeSpan,
  firstBytesOf,
  reasonLine,
  shorten,
  singleLine,
  stripInvisible,
} from '../../src/text/safe.ts';
import { hostileText, INVISIBLE } from './hostile-text.ts';

const hostile = hostileText('::', '::error::', '::add-mask::', '##[error]', '##', '[');

/**
 * Whether the runner would execute the line as a command. Source: actions/runner, src/Runner.Common/ActionCommand.cs.
 */
function isCommand(line: string): boolean {
  return line.trimStart().startsWith('::') || line.includes('##[');
}

describe('a line of the log', () => {
  test('has only visible characters and is no command', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const line = logLine(text);
        expect(line).not.toMatch(INVISIBLE);
        expect(line).not.toMatch(/[\n\t]/);
        expect(isCommand(line)).toBe(false);
      }),
    );
  });

  test('keeps harmless text unchanged', () => {
    expect(logLine('[0:12] Agent running – naïve ✓')).toBe('[0:12] Agent running – naïve ✓');
  });

  test.each([
    ['::error::x', '| ::error::x'],
    [' \u00a0::error::x', '|  \u00a0::error::x'],
    ['a ##[error]x', 'a ## [error]x'],
    ['\u200b::error::x', '| ::error::x'],
    ['one\rtwo', 'one two'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;title\u0007shown', 'shown'],
    ['\u001b] begins and does not end', '] begins and does not end'],
    ['fi\ufe0fl\u034fl\u3164er', 'filler'],
  ])('%j becomes %j', (text, expected) => {
    expect(logLine(text)).toBe(expected);
  });
});

test('each line of quoted text begins with a bar', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const line of quotedLines(text)) {
        expect(line).toMatch(/^ {2}\|/);
        expect(isCommand(line)).toBe(false);
        expect(line).not.toMatch(INVISIBLE);
      }
    }),
  );
  expect(quotedLines('one\r\ntwo\rthree')).toEqual(['  | one', '  | two', '  | three']);
});

test('a terminal sequence without an end hides no line', () => {
  expect(quotedLines('one \u001b] begins\ntwo\nthree')).toEqual(['  | one ] begins', '  | two', '  | three']);
});

test('visible text keeps its line breaks and tabs, and no other invisible characters', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(stripInvisible(text)).not.toMatch(INVISIBLE);
    }),
  );
});

test('a single line has no white space except single blanks', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(singleLine(text)).not.toMatch(/[^\S ]| {2}|^ | $/);
    }),
  );
});

describe('Markdown', () => {
  test('cannot end a code span from within', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const span = codeSpan(text);
        if (span === '') return;
        const fence = /^`+/.exec(span)?.[0] ?? '';
        const inner = span.slice(fence.length, -fence.length);
        expect(span.endsWith(fence)).toBe(true);
        expect(inner.match(/`+/g) ?? []).not.toContain(fence);
        expect(inner).not.toMatch(/^`|`$|\n/);
      }),
    );
  });

  test('cannot end a code block from within', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines = codeBlock(text).split('\n');
        const fence = /^`+/.exec(lines[0] ?? '')?.[0] ?? '';
        expect(fence.length).toBeGreaterThanOrEqual(3);
        expect(lines.at(-1)).toBe(fence);
        for (const line of lines.slice(1, -1)) {
          expect(/`+/.exec(line.trim())?.[0].length ?? 0).toBeLessThan(fence.length);
        }
      }),
    );
  });
});

describe('a run of backticks that is too long for the parser of GitHub', () => {
  // It knows no code span with a longer fence, and takes a closing fence of 255 for one of any length.
  const MAX_SPAN = 80;

  test.each([79, 80, 255, 300])('is shorter in a code span and in a code block: %d', (length) => {
    const text = `a ${'`'.repeat(length)}\n${'`'.repeat(length)}\n![x](https://evil.test/x.png) b`;
    for (const code of [codeSpan(text), codeBlock(text)]) {
      const runs = (code.match(/`+/g) ?? []).map((run) => run.length);
      expect(Math.max(...runs)).toBeLessThanOrEqual(MAX_SPAN);
      expect(runs).toEqual([80, 79, 79, 80]);
      expect(code).toContain('![x](https://evil.test/x.png) b');
    }
  });
});

describe('a session key within a reason', () => {
  const key = 'pU7-x_9~Zq.4+/w=';
  const url = `https://w.example/api?a=1&session_api_key=${encodeURIComponent(key)}&b=2`;

  test.each([
    url,
    encodeURIComponent(url),
    `X-Session-API-Key: ${key}`,
    `x-session-api-key:${key}`,
    JSON.stringify({ session_api_key: key }),
    JSON.stringify(JSON.stringify({ session_api_key: key }, null, 2)),
    `{'session_api_key': '${key}'}`,
    `SESSION_API_KEY = ${key}`,
    `session_api\u200b_key=\u200b${key}`,
  ])('is redacted: %s', (reason) => {
    const shown = reasonLine(`failed: ${reason} is wrong`);
    expect(shown).toContain('***');
    expect(shown).not.toMatch(/pU7|9~Zq/);
    expect(shown).toContain('is wrong');
  });

  test.each(['session_api_key: Field required', 'the session_api_key was refused', 'session_api_key='])(
    'is not assumed if there is none: %s',
    (reason) => {
      expect(reasonLine(reason)).toBe(reason);
    },
  );
});

describe('truncation', () => {
  test('of a text is a prefix within the limit, and the whole text if it fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, limit) => {
        const start = firstBytesOf(text, limit);
        expect(text.startsWith(start)).toBe(true);
        expect(Buffer.byteLength(start)).toBeLessThanOrEqual(limit);
        if (Buffer.byteLength(text) <= limit) expect(start).toBe(text);
        // A code point has at most four bytes: no more than three are given away.
        else expect(Buffer.byteLength(start)).toBeGreaterThan(limit - 4);
      }),
    );
  });

  test('with a mark has at most the given number of characters, including the mark', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, limit) => {
        const short = shorten(text, limit);
        expect(Array.from(short).length).toBeLessThanOrEqual(Math.max(limit, 1));
        if (Array.from(text).length > limit) expect(short.endsWith('…')).toBe(true);
        else expect(short).toBe(text);
      }),
    );
  });
});
