import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { shorten } from '../../src/text/safe.ts';
import { createSecrets, type Secrets } from '../../src/text/secrets.ts';
import { SPELLINGS } from '../support/spellings.ts';

// Fixed, so that a failure can be repeated.
fc.configureGlobal({ seed: 2026 });

function secretsWith(...keys: readonly string[]): Secrets {
  const secrets = createSecrets(() => undefined);
  secrets.add(...keys);
  return secrets;
}

/**
 * Keys as people create them, such as with `openssl rand -base64 32`, and of all characters that a header allows, but no backslash
 * at the end: it would escape what follows.
 */
const anyKey = fc.oneof(
  fc.uint8Array({ minLength: 12, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc
    .string({
      minLength: 12,
      maxLength: 40,
      unit: fc.integer({ min: 0x21, max: 0x7e }).map(String.fromCharCode),
    })
    .filter((key) => !key.endsWith('\\')),
);

describe.each(SPELLINGS)('a secret %s', (_, spelled) => {
  test('is redacted, and the text around it stays', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const redacted = secretsWith(key).redact(`the key: ${spelled(key)} .`);
        // In Base64, the characters at either end belong to adjacent bytes, too.
        expect(redacted).toMatch(/^the key: [\w+/=\\-]{0,14}\*\*\*[\w+/=\\-]{0,6} \.$/);
      }),
      { numRuns: 500 },
    );
  });

  test('leaves no beginning of it in a text that was shortened', () => {
    const key = 'sk-oh-"01/23+45&67"-ABCdef';
    const text = `the key: ${spelled(key)} and more`;
    for (let limit = 14; limit < text.length; limit += 1) {
      const redacted = secretsWith(key).redact(shorten(text, limit));
      expect(redacted).not.toMatch(/sk.{0,12}oh/s);
      expect(Buffer.from(redacted.slice(9), 'base64').toString()).not.toContain('sk-oh');
    }
  });
});

test('no registered secret is left in a text, whatever is around it', () => {
  const key = fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(
      fc.array(key, { minLength: 1, maxLength: 4 }),
      fc.string(),
      fc.string(),
      (keys, before, after) => {
        fc.pre(keys.every((each) => !each.includes('***')));
        // Fewer visible characters are no secret.
        fc.pre(keys.every((each) => each.replace(/[^\u0021-\u007e]/g, '').length >= 4));
        const redacted = secretsWith(...keys).redact(before + keys.join(after) + after);
        for (const each of keys) expect(redacted).not.toContain(each);
      },
    ),
  );
});

test.each([64, 76])('a secret in Base64 with lines of %d characters is redacted at any position', (width) => {
  const key = 'sk-oh-0123456789';
  const secrets = secretsWith(key);
  for (let before = 0; before < 130; before += 1) {
    const base64 = Buffer.from('A'.repeat(before) + key + 'B'.repeat(80)).toString('base64');
    const lines = base64.replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n');
    const redacted = secrets.redact(`text:\n${lines}\nmore`);
    expect(redacted).toContain('***');
    expect(redacted.startsWith('text:\n')).toBe(true);
    expect(redacted.endsWith('more')).toBe(true);
    expect(Buffer.from(redacted.replace(/\s/g, ''), 'base64').toString()).not.toContain('0123456');
  }
});

test('text that spells a part of a secret, or nothing, is unchanged', () => {
  const text =
    'sk-oh-01%2F23%2B4 &sol; \\/ &#1114112; &#x2F; &none; %C3%A9 %FF \\u00e9 100% & \\\\ \n\n \t sk-oh- no \u200b key';
  expect(secretsWith('sk-oh-01/23+45=').redact(text)).toBe(text);
});

test.each(['\\', '%25', '&amp;', '%', '\\u005c', '…', '\u001b]', 'sk-oh-', `${'x'.repeat(76)}\n`, 'x'])(
  'a megabyte of %j is unchanged',
  (part) => {
    const text = part.repeat(2 ** 20 / part.length);
    expect(secretsWith('sk-oh-0123456789').redact(text)).toBe(text);
  },
);

test.each(['\u200b', '\u00ad', '\u034f', '\ufe0f', '\u3164', '\u115f', '\u{e0101}', '\0', '\u202e'])(
  'a secret with a hidden character %j is redacted',
  (hidden) => {
    expect(secretsWith('sk-oh-0123456789').redact(`key: sk-oh-${hidden}0123456789.`)).toBe('key: ***.');
  },
);

test('each of thousands of secrets is redacted', () => {
  const secrets = secretsWith(...Array.from({ length: 5000 }, (_, index) => `session-key-${String(index)}-`));
  expect(secrets.redact('session-key-0- session-key-4999- session-key-5000-')).toBe(
    '*** *** session-key-5000-',
  );
});

test('each form of a secret is announced once', () => {
  const announced: string[] = [];
  const secrets = createSecrets((form) => announced.push(form));
  secrets.add('sk-oh-0123456789', 'sk-oh-0123456789');
  secrets.add('sk-oh-0123456789');
  expect(announced).toHaveLength(new Set(announced).size);
  expect(announced[0]).toBe('sk-oh-0123456789');
});

test('of two secrets that overlap, nothing is left', () => {
  expect(secretsWith('abcdefgh', 'abcdefghijkl').redact('abcdefghijkl')).toBe('***');
  expect(secretsWith('abcdefgh', 'efghijkl').redact('abcdefghijkl')).toBe('***');
});

test('an empty secret is ignored', () => {
  expect(secretsWith('').redact('text')).toBe('text');
});

test('a text has a secret if it would be redacted', () => {
  const secrets = secretsWith('sk-oh-0123456789');
  for (const [, spelled] of SPELLINGS)
    expect(secrets.hasSecret(`key: ${spelled('sk-oh-0123456789')}.`)).toBe(true);
  expect(secrets.hasSecret('key: sk-oh-…')).toBe(true);
  expect(secrets.hasSecret('key: sk-oh-01')).toBe(false);
  expect(secretsWith().hasSecret('key: sk-oh-0123456789')).toBe(false);
});

describe('as a search that tries each place finds them,', () => {
  /** Few characters, so that secrets begin alike, repeat themselves and overlap. */
  const secret = fc.string({ unit: fc.constantFrom('p', 'q', 'r'), minLength: 4, maxLength: 7 });
  /** A character as it is read, and ways to write it that are no part of a secret. */
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('p', 'q', 'r').map((read) => ({ read, written: read })) },
    { weight: 2, arbitrary: fc.constantFrom('…', '.').map((read) => ({ read, written: read })) },
    fc.constantFrom(
      { read: 'p', written: '\\u0070' },
      { read: 'p', written: '&#112;' },
      { read: 'q', written: '\\\\u0071' },
      { read: 'r', written: '&amp;#114;' },
      { read: '', written: '\u200b' },
      { read: '', written: '\n' },
      { read: '', written: '\u001b[1m' },
    ),
  );

  /** Returns where a secret, or at least four characters of one before an ellipsis, are in a text: each place of each. */
  const placesOf = (text: string, secrets: readonly string[]): (readonly [number, number])[] =>
    Array.from(text).flatMap((_, start) =>
      secrets.flatMap((each) =>
        Array.from(each).flatMap((_last, at): (readonly [number, number])[] => {
          const end = start + at + 1;
          const isAll = at + 1 === each.length || (at >= 3 && text[end] === '…');
          return isAll && text.slice(start, end) === each.slice(0, at + 1) ? [[start, end]] : [];
        }),
      ),
    );

  test('secrets are redacted, and the text between them stays', () => {
    const pieces = fc.array(piece, { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 4 }), pieces, (secrets, written) => {
        const read = written.filter((each) => each.read !== '');
        const places = placesOf(read.map((each) => each.read).join(''), secrets);
        const isIn = (at: number): boolean => places.some(([start, end]) => start <= at && at < end);
        const isJoined = (at: number): boolean => places.some(([start, end]) => start < at && at < end);
        let expected = '';
        let at = 0;
        for (const each of written) {
          const isHidden = each.read === '' ? isJoined(at) : isIn(at);
          if (!isHidden) expected += each.written;
          else if (each.read !== '' && !isJoined(at)) expected += '***';
          if (each.read !== '') at += 1;
        }
        const text = written.map((each) => each.written).join('');
        const register = secretsWith(...secrets);
        expect(register.redact(text)).toBe(expected);
        expect(register.hasSecret(text)).toBe(expected !== text);
      }),
      { numRuns: 5_000 },
    );
  });
});

test('a secret in a text of 16 MB is redacted, and so is one of blanks without one', () => {
  const secrets = secretsWith('sk-oh-0123456789');
  const [text, blanks] = ['word '.repeat(2 ** 24 / 5), ' '.repeat(2 ** 24)];
  expect(secrets.redact(`${text}sk-oh-0123456789`) === `${text}***`).toBe(true);
  expect(secrets.redact(blanks) === blanks).toBe(true);
});
