import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** The size of a part of the project. */
export interface Size {
  readonly lines: number;
  readonly files: number;
  /** The lines of the longest file. */
  readonly longest: number;
}

/** The parts whose sizes are watched. */
export const PARTS = ['src', 'src/conversation', 'local/src', '__tests__', 'simulator'] as const;

/** Counts lines and files of TypeScript. */
export function sizeOf(part: (typeof PARTS)[number]): Size {
  const lines = textsOf(`${part}/**/*.ts`).map((text) => text.split('\n').length - 1);
  const sum = lines.reduce((total, each) => total + each, 0);
  return { lines: sum, files: lines.length, longest: Math.max(...lines) };
}

/** Counts the imports between the files of a folder. */
export function importsWithin(folder: string): number {
  return textsOf(`${folder}/*.ts`).flatMap((text) => text.match(/from '\.\/[^']+'/g) ?? []).length;
}

/** Counts the words of Markdown pages: tables count, code does not. */
export function wordsOfPages(pattern: string): number {
  const words = textsOf(pattern).flatMap((text) => text.replaceAll(/^```.*?^```/gms, '').split(/[\s|]+/));
  return words.filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

function textsOf(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
}
