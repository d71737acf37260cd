import { INVISIBLE, LINE_BREAK, TERMINAL_SEQUENCE } from './safe.ts';

/** A way to read a text from a place on: what is written there, and where the text goes on. */
export interface Spelling {
  readonly characters: string;
  readonly end: number;
}

/** HTML's names of ASCII characters. Source: https://html.spec.whatwg.org/multipage/named-characters.html */
const ENTITIES =
  '\tTab \nNewLine !excl "quot "QUOT #num $dollar %percnt &amp &AMP \'apos (lpar )rpar *ast *midast +plus ,comma .period ' +
  '/sol :colon ;semi <lt <LT =equals >gt >GT ?quest @commat [lsqb [lbrack \\bsol ]rsqb ]rbrack ^Hat _lowbar _UnderBar ' +
  '`grave `DiacriticalGrave {lcub {lbrace |verbar |vert |VerticalLine }rcub }rbrace';
const NAMED: ReadonlyMap<string, string> = new Map(
  ENTITIES.split(' ').map((entry) => [entry.slice(1), entry.slice(0, 1)]),
);
/** What JSON writes for control characters. */
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
  /** What it stands for, if for anything. */
  readonly decode: (match: RegExpExecArray) => string | undefined;
}

const HEX = String.raw`(?:u([0-9a-f]{4})|u\{0{0,20}([0-9a-f]{1,6})\}|x([0-9a-f]{2}))`;
/** JSON, the strings of programs, and Markdown: what stands behind backslashes. */
const BACKSLASHES: Escape = {
  pattern: new RegExp(String.raw`\\{1,8}(?:${HEX}|([bfnrt])|([^A-Za-z0-9\\]))`, 'iy'),
  decode: ([, unit, point, byte, control, sign]) =>
    sign ?? (control === undefined ? ofCode(unit ?? point ?? byte, 16) : CONTROLS.get(control)),
};

/** How often what was escaped may be escaped again. */
const AGAIN = [0, 1, 2, 3];

const ESCAPES: ReadonlyMap<string, readonly Escape[]> = new Map<string, readonly Escape[]>([
  // What an encoder has escaped is at times escaped once more, each time one more way to read it: what follows may look like
  // an escape, too, and be the secret's own. All are bounded, so that a text that is hostile is still read once.
  ['\\', [BACKSLASHES, ...[2, 4, 8].map(backslashBy)]],
  ['&', AGAIN.map((count) => entity(`&${'amp;'.repeat(count)}`))],
  ['%', AGAIN.map((count) => percent(`%${'25'.repeat(count)}`))],
  // A blank in the query of an address.
  ['+', [{ pattern: /\+/y, decode: () => ' ' }]],
  // Nothing of these is seen. A part may be meant as it is all the same: it may be the beginning of a secret.
  ['\u001b', [nothing(TERMINAL_SEQUENCE.source)]],
  ...['\n', '\r', '\u0085', '\u2028', '\u2029'].map((sign): [string, Escape[]] => [
    sign,
    [nothing(`(?:${LINE_BREAK.source})[ \\t]+`)],
  ]),
]);

function nothing(pattern: string): Escape {
  return { pattern: new RegExp(pattern, 'y'), decode: () => '' };
}

/** A backslash itself, as so many. */
function backslashBy(count: number): Escape {
  return { pattern: new RegExp(String.raw`\\{${count}}`, 'y'), decode: () => '\\' };
}

function entity(before: string): Escape {
  return {
    pattern: new RegExp(`${before}(?:#0{0,20}(\\d{1,7})|#x0{0,20}([0-9a-f]{1,6})|([a-z]{2,20}));`, 'iy'),
    decode: ([, decimal, hex, name]) =>
      name === undefined ? (ofCode(decimal, 10) ?? ofCode(hex, 16)) : NAMED.get(name),
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

function ofCode(digits: string | undefined, radix: number): string | undefined {
  const code = Number.parseInt(digits ?? '', radix);
  return code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

const UNSEEN = new RegExp(INVISIBLE.source, 'uy');

/** The text without what is not seen, and in one line. */
export function inOnePiece(text: string): string {
  return text.replace(INVISIBLE, '');
}

/** Whether a code unit may be, or begin, a character that is not seen. */
export function mayBeUnseen(unit: number): boolean {
  return unit < 0x20 || unit >= 0x7f;
}

/** Where a character ends that is not seen; the place itself if it is seen. */
export function unseenAt(text: string, at: number): number {
  UNSEEN.lastIndex = at;
  return UNSEEN.test(text) ? UNSEEN.lastIndex : at;
}

/** Whether a code unit may be seen, and begin an escape. */
export function mayEscape(unit: number): boolean {
  return unit === 0x5c || unit === 0x25 || unit === 0x26 || unit === 0x2b;
}

/** What a text may stand for from a place on, beside what is written there. */
export function spellingsAt(text: string, at: number): readonly Spelling[] {
  return (ESCAPES.get(text.charAt(at)) ?? []).flatMap(({ pattern, decode }) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    const decoded = match && decode(match);
    if (decoded == null) return [];
    // Half of a pair is an escape of its own, and is not seen without the other.
    const characters = /^[\ud800-\udfff]$/.test(decoded) ? decoded : inOnePiece(decoded);
    return [{ characters, end: pattern.lastIndex }];
  });
}
