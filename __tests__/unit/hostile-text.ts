import fc from 'fast-check';

/** Pieces of text with which an attacker would try to end what a text is put into, to hide in it, or to act. */
const PIECES = [
  ...['\n', '\r', '\r\n', '\u2028', '\u0085', ' ', '\t', '\u00a0'],
  ...['\0', '\u200b', '\u202e', '\u{e0041}', '\ud800', '\u001b', '\u001b[31m', '\u001b]0;x\u0007'],
  ...['`', '```', '~~~', '**', '|', '#1', '@octocat', '&#64;octocat', '$\\phantom{x}$'],
  ...[
    '[x](https://evil.test)',
    '![x](https://evil.test/x.png)',
    '<img src=x>',
    '<a href="https://evil.test">',
  ],
  ...['<!--', '-->', '<!', '--', '>', '</sub>', '</p>', '</details>'],
];

/** Text as an attacker would write it: these pieces and some of its place, among any other characters, in any order. */
export function hostileText(...ofPlace: readonly string[]): fc.Arbitrary<string> {
  return fc
    .array(
      fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom(...PIECES, ...ofPlace) },
        ...(ofPlace.length > 0 ? [{ weight: 2, arbitrary: fc.constantFrom(...ofPlace) }] : []),
        fc.string({ unit: 'grapheme' }),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''));
}

/** Characters that people do not see, but for line breaks and tabs. */
export const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
