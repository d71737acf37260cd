import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Returns the members of an object at a path within parsed YAML or JSON; none if there is no object. */
export function members(value: unknown, ...path: readonly string[]): ReadonlyMap<string, unknown> {
  let at = value;
  for (const name of path) at = members(at).get(name);
  return typeof at === 'object' && at !== null ? new Map(Object.entries(at)) : new Map();
}

/** Returns the blocks of YAML of a page, or the whole workflow. */
export function yamlIn(file: string): readonly string[] {
  const text = read(file);
  if (!file.endsWith('.md')) return [text];
  return [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block]) => block ?? '');
}
