import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { createSecrets } from '../../src/text/secrets.ts';

// Fixed, so that a failure can be repeated.
fc.configureGlobal({ seed: 2026 });

const key = fc.string({ minLength: 8, maxLength: 40, unit: 'binary-ascii' });

test('no registered secret is left in a text, whatever is around it', () => {
  fc.assert(
    fc.property(
      fc.array(key, { minLength: 1, maxLength: 4 }),
      fc.string(),
      fc.string(),
      (keys, before, after) => {
        fc.pre(keys.every((each) => !'***'.includes(each) && !each.includes('***')));
        // A key without visible characters cannot be found in visible text.
        fc.pre(keys.every((each) => /[\u0020-\u007e]/.test(each)));
        const secrets = createSecrets(() => undefined);
        secrets.add(...keys);
        const redacted = secrets.redact(before + keys.join(after) + after);
        for (const each of keys) expect(redacted).not.toContain(each);
      },
    ),
  );
});

test('a secret is redacted in each usual encoding', () => {
  const key = 'sk-a key/with+"signs"?';
  const secrets = createSecrets(() => undefined);
  secrets.add(key);
  const encoded = (text: string): readonly string[] => [
    Buffer.from(text).toString('base64'),
    Buffer.from(text).toString('base64url'),
  ];
  const texts = [
    encodeURIComponent(key),
    encodeURIComponent(key).toLowerCase(),
    new URLSearchParams({ key }).toString(),
    JSON.stringify({ key }),
    ...encoded(key),
    ...encoded(`Bearer ${key}`),
    ...encoded(`:${key}`),
    ...encoded(`user:${key}@host`),
  ];
  for (const text of texts) {
    const redacted = secrets.redact(text);
    expect(redacted).toContain('***');
    expect(redacted.length).toBeLessThan(text.length - 15);
  }
});

test.each([
  'sk\\-oh\\-01\\_23\\&45',
  'sk%2Doh%2D01%5F23%2645',
  'sk%2doh%2d01%5f23%2645',
  'sk\\u002doh\\u002d01\\u005f23\\u002645',
  'sk\\u002Doh\\u002D01\\u005F23\\u002645',
  'sk&#45;oh&#45;01&#95;23&#38;45',
  'sk&#x2d;oh&#x2d;01&#x5f;23&#x26;45',
  'sk-oh-01_23&amp;45',
])('a secret with escaped punctuation is redacted: %s', (text) => {
  const secrets = createSecrets(() => undefined);
  secrets.add('sk-oh-01_23&45');
  expect(secrets.redact(`a ${text} b`)).toBe('a *** b');
});

const html = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

test.each([
  ['in an address', encodeURIComponent],
  ['in JSON', (text: string) => JSON.stringify(text).slice(1, -1)],
  ['in HTML', html],
])('a secret that looks escaped itself is redacted, however often it is escaped %s', (_where, escaped) => {
  const key = '33%33>p/&lt;12\\"56\\u0041"\\&amp;%2525';
  const secrets = createSecrets(() => undefined);
  secrets.add(key);
  for (const times of [1, 2, 3]) {
    let text = key;
    for (let each = 0; each < times; each += 1) text = escaped(text);
    expect(secrets.redact(`a ${text} b`)).toBe('a *** b');
  }
});

test.each(['\\', '%25', '&amp;', '%', '\\u005c'])('a hostile text of %j takes little time', (part) => {
  const secrets = createSecrets(() => undefined);
  secrets.add('sk-oh-0123456789', '\\'.repeat(40), '%25'.repeat(12), '&amp;'.repeat(8));
  const began = process.cpuUsage().user;
  secrets.redact(part.repeat((256 * 1024) / part.length));
  expect(process.cpuUsage().user - began).toBeLessThan(5_000_000);
});

/** Keys as people create them, such as with `openssl rand -base64 32`, and of all characters that a header allows. */
const anyKey = fc.oneof(
  fc.uint8Array({ minLength: 8, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  fc.string({
    minLength: 8,
    maxLength: 40,
    unit: fc.integer({ min: 0x21, max: 0x7e }).map(String.fromCharCode),
  }),
);
const NAMES = new Map(
  Object.entries({
    '+': 'plus',
    '/': 'sol',
    '=': 'equals',
    _: 'lowbar',
    '&': 'amp',
    '<': 'lt',
    '>': 'GT',
    '"': 'quot',
  }),
);
const SPELLINGS: readonly ((character: string, code: number) => string)[] = [
  (character) => character,
  (character) => (/[A-Za-z0-9]/.test(character) ? character : `\\${character}`),
  (_, code) => `\\u${code.toString(16).padStart(4, '0')}`,
  (_, code) => `\\u${code.toString(16).padStart(4, '0').toUpperCase()}`,
  (_, code) => `\\x${code.toString(16)}`,
  (_, code) => `%${code.toString(16).toUpperCase()}`,
  (_, code) => `%${code.toString(16)}`,
  (_, code) => `%25${code.toString(16)}`,
  (_, code) => `&#${code};`,
  (_, code) => `&#000${code};`,
  (_, code) => `&#x${code.toString(16)};`,
  (_, code) => `&#X00${code.toString(16).toUpperCase()};`,
  (_, code) => `&amp;#x${code.toString(16)};`,
  (character) => (NAMES.has(character) ? `&${NAMES.get(character) ?? ''};` : character),
];
/** What may be between two characters. */
const BREAKS = ['', '', '', '\n', '\r\n  ', '\\n', '\\\n', '\u200b', '\u001b[1m'];

/** A key, and a text that spells each of its characters in a random way. */
const spelledKey = anyKey.chain((key) =>
  fc
    .tuple(
      ...key
        .split('')
        .map((character, at) =>
          fc
            .tuple(fc.constantFrom(...(at === 0 ? [''] : BREAKS)), fc.constantFrom(...SPELLINGS))
            .map(([between, spell]) => between + spell(character, character.charCodeAt(0))),
        ),
    )
    .map((spelled) => ({ key, spelled: spelled.join('') })),
);

test('a secret is redacted, whichever way each of its characters is spelled', () => {
  fc.assert(
    fc.property(spelledKey, ({ key, spelled }) => {
      const secrets = createSecrets(() => undefined);
      secrets.add(key);
      // The escape of the first character, or the break behind it, may itself end in the beginning of the key.
      expect(secrets.redact(`key: ${spelled} .`)).toMatch(/^key: .{0,13}\*\*\* \.$/s);
    }),
    { numRuns: 10_000 },
  );
});

test('text before a secret does not hide it by turning its beginning into an escape', () => {
  const context = fc.constantFrom(
    'xyz\u001b[',
    'xyz\u001b[1;',
    'xyz\n ',
    'xyz-\\',
    '\\',
    '\\\\',
    '\\u',
    '\\u00',
    '%',
    '%2',
    '%25',
    '&',
    '&#',
    '&#x',
    '&amp;',
    '\u001b[',
  );
  fc.assert(
    fc.property(context, spelledKey, (before, { key, spelled }) => {
      const secrets = createSecrets(() => undefined);
      secrets.add(key);
      // The text before may be the beginning of another secret.
      secrets.addFromServer('xyz-0123456789');
      const redacted = secrets.redact(`${before}${spelled} .`);
      expect(redacted.length).toBeLessThanOrEqual(before.length + 13 + '*** .'.length);
    }),
    { numRuns: 2000 },
  );
});

test('text that spells a part of a secret, or nothing, is unchanged', () => {
  const secrets = createSecrets(() => undefined);
  secrets.add('sk-oh-01/23+45=');
  const text =
    'sk-oh-01%2F23%2B4 &sol; \\/ &#1114112; &#x2F; &none; %C3%A9 %FF \\u00e9 100% & \\\\ \n\n \t sk-oh-';
  expect(secrets.redact(text)).toBe(text);
});

test.each([64, 76])('a secret in Base64 with lines of %d characters is redacted at any position', (width) => {
  const secrets = createSecrets(() => undefined);
  const key = 'sk-oh-0123456789';
  secrets.add(key);
  for (let before = 0; before < 130; before += 1) {
    const base64 = Buffer.from('A'.repeat(before) + key + 'B'.repeat(80)).toString('base64');
    const lines = base64.replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n');
    const redacted = secrets.redact(`text:\n${lines}\nmore`);
    expect(redacted).toContain('***');
    expect(redacted.startsWith('text:\n')).toBe(true);
    expect(redacted.endsWith('more')).toBe(true);
    expect(Buffer.from(redacted.replace(/\s/g, ''), 'base64').toString()).not.toContain('0123456');
  }
  const other = `${'x'.repeat(width)}\n${'y'.repeat(20)}`;
  expect(secrets.redact(other)).toBe(other);
});

test('a long text in Base64 takes little time', () => {
  const secrets = createSecrets(() => undefined);
  secrets.add('sk-oh-0123456789');
  const began = process.cpuUsage().user;
  secrets.redact('x'.repeat(10 * 1024 * 1024));
  secrets.redact(`${'x'.repeat(76)}\n`.repeat(130_000));
  expect(process.cpuUsage().user - began).toBeLessThan(5_000_000);
});

test('each form of a secret is announced once', () => {
  const announced: string[] = [];
  const secrets = createSecrets((form) => announced.push(form));
  secrets.add('sk-oh-0123456789', 'sk-oh-0123456789');
  secrets.add('sk-oh-0123456789');
  expect(announced).toHaveLength(new Set(announced).size);
  expect(announced[0]).toBe('sk-oh-0123456789');
});

test.each(['\u200b', '\u00ad', '\u034f', '\ufe0f', '\u3164', '\u115f', '\u{e0101}', '\0', '\u202e'])(
  'a secret with a hidden character %j is redacted, and the character in other text is kept',
  (hidden) => {
    const secrets = createSecrets(() => undefined);
    secrets.add('sk-oh-0123456789');
    expect(secrets.redact(`key: sk-oh-${hidden}0123456789.`)).toBe('key: ***.');
    expect(secrets.redact(`no ${hidden} key`)).toBe(`no ${hidden} key`);
  },
);

test('thousands of secrets are registered together in little time', () => {
  const secrets = createSecrets(() => undefined);
  const began = process.cpuUsage().user;
  secrets.add(...Array.from({ length: 5000 }, (_, index) => `session-key-${String(index)}`));
  expect(process.cpuUsage().user - began).toBeLessThan(5_000_000);
  expect(secrets.redact('session-key-4999')).toBe('***');
});

test('the longer of two secrets is redacted first', () => {
  const secrets = createSecrets(() => undefined);
  secrets.add('abcdefgh');
  secrets.add('abcdefghijkl');
  expect(secrets.redact('abcdefghijkl')).toBe('***');
});

test('an empty secret is ignored', () => {
  const secrets = createSecrets(() => undefined);
  secrets.add('');
  expect(secrets.redact('text')).toBe('text');
});
