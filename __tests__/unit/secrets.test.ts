import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { createSecrets } from '../../src/text/secrets.ts';

const key = fc.string({ minLength: 8, maxLength: 40, unit: 'binary-ascii' });

test('no registered secret is left in a text, whatever stands around it', () => {
  fc.assert(
    fc.property(
      fc.array(key, { minLength: 1, maxLength: 4 }),
      fc.string(),
      fc.string(),
      (keys, before, after) => {
        fc.pre(keys.every((each) => !'***'.includes(each) && !each.includes('***')));
        const secrets = createSecrets(() => undefined);
        secrets.add(...keys);
        const redacted = secrets.redact(before + keys.join(after) + after);
        for (const each of keys) expect(redacted).not.toContain(each);
      },
    ),
  );
});

test('a secret is taken out in whichever form it comes back', () => {
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
])('a secret whose punctuation is escaped is taken out: %s', (text) => {
  const secrets = createSecrets(() => undefined);
  secrets.add('sk-oh-01_23&45');
  expect(secrets.redact(`a ${text} b`)).toBe('a *** b');
});

test.each([64, 76])(
  'a secret in Base64 with lines of %d characters is taken out, wherever it stands',
  (width) => {
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
  },
);

test('a long text in Base64 takes a moment', () => {
  const secrets = createSecrets(() => undefined);
  secrets.add('sk-oh-0123456789');
  const began = process.cpuUsage().user;
  secrets.redact('x'.repeat(10 * 1024 * 1024));
  secrets.redact(`${'x'.repeat(76)}\n`.repeat(130_000));
  expect(process.cpuUsage().user - began).toBeLessThan(5_000_000);
});

test('each form is announced once', () => {
  const announced: string[] = [];
  const secrets = createSecrets((form) => announced.push(form));
  secrets.add('sk-oh-0123456789', 'sk-oh-0123456789');
  secrets.add('sk-oh-0123456789');
  expect(announced).toHaveLength(new Set(announced).size);
  expect(announced[0]).toBe('sk-oh-0123456789');
});

test.each(['\u200b', '\u00ad', '\u034f', '\ufe0f', '\u3164', '\u115f', '\u{e0101}', '\0', '\u202e'])(
  'a secret that %j hides is found, and a text without one keeps it',
  (hidden) => {
    const secrets = createSecrets(() => undefined);
    secrets.add('sk-oh-0123456789');
    expect(secrets.redact(`key: sk-oh-${hidden}0123456789.`)).toBe('key: ***.');
    expect(secrets.redact(`no ${hidden} key`)).toBe(`no ${hidden} key`);
  },
);

test('thousands of secrets are taken in together in a moment', () => {
  const secrets = createSecrets(() => undefined);
  const began = process.cpuUsage().user;
  secrets.add(...Array.from({ length: 5000 }, (_, index) => `session-key-${String(index)}`));
  expect(process.cpuUsage().user - began).toBeLessThan(5_000_000);
  expect(secrets.redact('session-key-4999')).toBe('***');
});

test('of two secrets the longer one goes first', () => {
  const secrets = createSecrets(() => undefined);
  secrets.add('abcdefgh');
  secrets.add('abcdefghijkl');
  expect(secrets.redact('abcdefghijkl')).toBe('***');
});

test('an empty secret is none', () => {
  const secrets = createSecrets(() => undefined);
  secrets.add('');
  expect(secrets.redact('text')).toBe('text');
});
