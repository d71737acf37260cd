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
        keys.forEach(secrets.add);
        const redacted = secrets.redact(before + keys.join(after) + after);
        for (const each of keys) expect(redacted).not.toContain(each);
      },
    ),
  );
});

test('a secret is taken out of addresses and Base64, too, and each form is announced once', () => {
  const announced: string[] = [];
  const secrets = createSecrets((form) => announced.push(form));
  secrets.add('a key/with+signs');
  secrets.add('a key/with+signs');
  expect(announced).toEqual(['a key/with+signs', 'a%20key%2Fwith%2Bsigns', 'YSBrZXkvd2l0aCtzaWducw']);
  expect(secrets.redact('?k=a%20key%2Fwith%2Bsigns Basic YSBrZXkvd2l0aCtzaWducw==')).toBe(
    '?k=*** Basic ***==',
  );
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
