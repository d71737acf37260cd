import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** The parts whose sizes are watched. */
export const PARTS = [
  'src',
  'src/conversation',
  'local/src',
  'outcomes/src',
  '__tests__',
  'simulator',
  'scripts',
  'bench',
  'live',
  'workflow-tests',
] as const;

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
  return { lines: texts.join('').split('\n').length - 1, files: texts.length };
}

/**
 * Returns the imports in `src/` that go up, as `path -> path`. The table of folders in architecture.md says what is up: a folder should
 * import only from folders in its own row or below.
 */
export function importsUp(root = ROOT): readonly string[] {
  const [, map = ''] = textsOf('docs/contributing/architecture.md', root).join('').split('\n## Folders\n');
  const rows = map
    .split('\n')
    .map((row) => [...row.matchAll(/\]\(\.\.\/\.\.\/src\/(\w+)\)/g)].map(([, name]) => name));
  // The modules of src/ itself are in no row: -1 is above all.
  const rankOf = (path: string): number => rows.findIndex((row) => row.includes(path.split('/')[1]));
  return globSync('src/*/**/*.ts', { cwd: root }).flatMap((path) =>
    textsOf(path, root)
      .flatMap((text) => [...text.matchAll(/(?:from|import\()\s*(?:\/\*.*?\*\/\s*)?'(\.[^']+)'/g)])
      .map(([, name = '']) => join(dirname(path), name))
      .filter((imported) => rankOf(imported) < rankOf(path))
      .map((imported) => `${relative('src', path)} -> ${relative('src', imported)}`),
  );
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

function textsOf(pattern: string, root = ROOT): readonly string[] {
  return globSync(pattern, { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8'));
}
