import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** The folders with code besides the tests. */
export const CODE = [
  'src',
  'local/src',
  'outcomes/src',
  'simulator',
  'testbed',
  'scripts',
  'bench',
  'histories',
  'live',
  'workflow-tests',
] as const;
/** The parts whose sizes are watched. */
export const PARTS = [...CODE, '__tests__'] as const;

/** A file should be readable in one go. `npm run sizes` lists longer ones, and a test fails at a higher limit. */
export const LONG = 250;

/**
 * Counts lines and files of TypeScript.
 *
 * @param root the folder of a checkout.
 */
export function sizeOf(
  part: (typeof PARTS)[number],
  root?: string,
): { readonly lines: number; readonly files: number } {
  const texts = textsOf(`${part}/**/*.ts`, root);
  return { lines: linesOf(texts.join('')), files: texts.length };
}

/** Returns the files of code with more lines than {@link LONG}, with their lines, longest first. */
export function longFiles(root = ROOT): readonly (readonly [path: string, lines: number])[] {
  return globSync(
    CODE.map((folder) => `${folder}/**/*.ts`),
    { cwd: root },
  )
    .map((path) => [path, linesOf(readFileSync(join(root, path), 'utf8'))] as const)
    .filter(([, lines]) => lines > LONG)
    .toSorted(([, one], [, other]) => other - one);
}

/** Counts the words of Markdown pages: tables count, code does not. */
export function wordsOfPages(pattern: string, root?: string): number {
  const words = textsOf(pattern, root).flatMap((text) =>
    text.replaceAll(/^```.*?^```/gms, '').split(/[\s|]+/),
  );
  return words.filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/** Counts the words of a page without its code blocks, tables, HTML and addresses of links. */
export function proseWordsOf(markdown: string): number {
  const prose = markdown
    .replaceAll(/^ *```.*?^ *```$/gms, '')
    .replaceAll(/^ *\|.*$/gm, '')
    .replaceAll(/<!--.*?-->|<\/?[a-z]+(?:\s[^>]*)?>/gs, '')
    .replaceAll(/\]\([^)]*\)/g, ']');
  return prose.match(/[^\s\p{L}\p{N}]*[\p{L}\p{N}]\S*/gu)?.length ?? 0;
}

function linesOf(text: string): number {
  return text.split('\n').length - 1;
}

function textsOf(pattern: string, root = ROOT): readonly string[] {
  return globSync(pattern, { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8'));
}
