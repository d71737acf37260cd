import { INVISIBLE, LINE_BREAK, TERMINAL_SEQUENCE } from './safe.ts';

/** One way to decode a text at a position: the characters that an escape stands for, and the position behind it. */
export interface Spelling {
  readonly characters: string;
  readonly end: number;
}

/**
 * HTML's names of ASCII characters, each after its character.
 * Source: https://html.spec.whatwg.org/multipage/named-characters.html
 */
const ENTITIES =
  '\tTab \nNewLine !excl "quot "QUOT #num $dollar %percnt &amp &AMP \'apos (lpar )rpar *ast *midast +plus ,comma .period ' +
  '/sol :colon ;semi <lt <LT =equals >gt >GT ?quest @commat [lsqb [lbrack \\bsol ]rsqb ]rbrack ^Hat _lowbar _UnderBar ' +
  '`grave `DiacriticalGrave {lcub {lbrace |verbar |vert |VerticalLine }rcub }rbrace';
const NAMED: ReadonlyMap<string, string> = new Map(
  ENTITIES.split(' ').map((entry) => [entry.slice(1), entry.slice(0, 1)]),
);
/** JSON's escapes of control characters. */
const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** A kind of escape. */
interface Escape {
  readonly pattern: RegExp;
  /** Returns the decoded characters; `undefined` if the match is not a valid escape. */
  readonly decode: (match: RegExpExecArray) => string | undefined;
}

const HEX = String.raw`(?:u([0-9a-f]{4})|u\{0{0,20}([0-9a-f]{1,6})\}|x([0-9a-f]{2}))`;
/** Escapes with backslashes, as in JSON, in strings of programs, and in Markdown. */
const BACKSLASHES: Escape = {
  pattern: new RegExp(String.raw`\\{1,8}(?:${HEX}|([bfnrt])|([^A-Za-z0-9\\]))`, 'iy'),
  decode: ([, unit, point, byte, control, sign]) =>
    sign ?? (control === undefined ? characterOf(unit ?? point ?? byte, 16) : CONTROLS.get(control)),
};

/** How many more times an escaped text may have been escaped. */
const EXTRA_ESCAPES = [0, 1, 2, 3];

const ESCAPES: ReadonlyMap<string, readonly Escape[]> = new Map<string, readonly Escape[]>([
  // Escaped text is sometimes escaped again, and each level is a separate way to decode it: the secret itself may contain
  // what looks like an escape. All patterns are bounded, so that even a hostile text is read in linear time.
  ['\\', [BACKSLASHES, ...[2, 4, 8].map(backslashBy)]],
  ['&', EXTRA_ESCAPES.map((count) => entity(`&${'amp;'.repeat(count)}`))],
  ['%', EXTRA_ESCAPES.map((count) => percent(`%${'25'.repeat(count)}`))],
  // A blank in the query of a URL.
  ['+', [{ pattern: /\+/y, decode: () => ' ' }]],
  // Invisible sequences. The search also reads them literally: a part of them may be the beginning of a secret.
  ['\u001b', [invisible(TERMINAL_SEQUENCE.source)]],
  ...['\n', '\r', '\u0085', '\u2028', '\u2029'].map((sign): [string, Escape[]] => [
    sign,
    [invisible(`(?:${LINE_BREAK.source})[ \\t]+`)],
  ]),
]);

function invisible(pattern: string): Escape {
  return { pattern: new RegExp(pattern, 'y'), decode: () => '' };
}

/** A backslash that is escaped as `count` backslashes. */
function backslashBy(count: number): Escape {
  return { pattern: new RegExp(String.raw`\\{${count}}`, 'y'), decode: () => '\\' };
}

function entity(before: string): Escape {
  return {
    pattern: new RegExp(`${before}(?:#0{0,20}(\\d{1,7})|#x0{0,20}([0-9a-f]{1,6})|([a-z]{2,20}));`, 'iy'),
    decode: ([, decimal, hex, name]) =>
      name === undefined ? (characterOf(decimal, 10) ?? characterOf(hex, 16)) : NAMED.get(name),
  };
}

function percent(before: string): Escape {
  const more = `(?:${before}[89ab][0-9a-f])`;
  const bytes = `(?:[0-7][0-9a-f]|[cd][0-9a-f]${more}|e[0-9a-f]${more}{2}|f[0-7]${more}{3})`;
  return {
    pattern: new RegExp(before + bytes, 'iy'),
    decode: ([all]) => Buffer.from(all.replaceAll(/%(?:25)*(?=[0-9a-f]{2})/gi, ''), 'hex').toString(),
  };
}

function characterOf(digits: string | undefined, radix: number): string | undefined {
  const code = Number.parseInt(digits ?? '', radix);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

const INVISIBLE_HERE = new RegExp(INVISIBLE.source, 'uy');

/** Removes invisible characters, including line breaks. */
export function withoutInvisible(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** Whether a code unit may be, or begin, an invisible character. */
export function mayBeInvisible(unit: number): boolean {
  return unit < 0x20 || unit >= 0x7f;
}

/** Returns the end of the invisible character at a position; the position itself if the character is visible. */
export function endOfInvisible(text: string, at: number): number {
  INVISIBLE_HERE.lastIndex = at;
  return INVISIBLE_HERE.test(text) ? INVISIBLE_HERE.lastIndex : at;
}

/** Whether a code unit is a visible character that may begin an escape. */
export function mayEscape(unit: number): boolean {
  return unit === 0x5c || unit === 0x25 || unit === 0x26 || unit === 0x2b;
}

/** Returns the ways to decode a text at a position, in addition to reading it literally. */
export function spellingsAt(text: string, at: number): readonly Spelling[] {
  return (ESCAPES.get(text.charAt(at)) ?? []).flatMap(({ pattern, decode }) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const decoded = match && decode(match);
    if (decoded == null) return [];
    // Keep a lone surrogate: its other half may be escaped separately.
    const characters = /^[\ud800-\udfff]$/.test(decoded) ? decoded : withoutInvisible(decoded);
    return [{ characters, end: pattern.lastIndex }];
  });
}
