import { createHash } from 'node:crypto';

import { NotAPatch } from './not-a-patch.ts';

/** What precedes the content of a file. */
export interface Header {
  /** The name after the change. */
  readonly name: string;
  readonly isSubmodule: boolean;
  /** The ids of its blobs before and after the change, perhaps shortened; absent if they are the same. */
  readonly ids: { readonly old: string; readonly fresh: string } | undefined;
}

/** The lines that all hunks of a file remove and add. `end`: what ends the file's last line, a line break or nothing. */
export interface TextChange {
  readonly removed: readonly string[];
  readonly added: readonly string[];
  readonly end: string;
}

/**
 * The length of a whole SHA-1 id: a repository with SHA-256 ids is refused before, by its base commit. Git shortens the ids of a text
 * file. Those of a binary file are whole, and it has hunks only if a `textconv` has made text of it. Source: `fill_metainfo` and
 * `builtin_diff` in git's diff.c.
 */
const FULL_ID = 40;

/**
 * Whether a file's hunks cannot be the change from one of its blobs to the other, because they show converted text. Throws
 * {@link NotAPatch} if there are hunks, but no ids.
 *
 * @param change `undefined` if there are no hunks.
 */
export function isConverted({ ids, isSubmodule }: Header, change: TextChange | undefined): boolean {
  if (isSubmodule) return false;
  if (ids === undefined) {
    if (change !== undefined) throw new NotAPatch();
    return false;
  }
  const { old, fresh } = ids;
  // Without hunks, both sides must be empty.
  if (change === undefined) return !isIdOf(old, '') || !isIdOf(fresh, '');
  // Hunks between two contents show only parts of them. Whole ids tell that git takes the file for binary: then a hunk is converted text.
  if (!isIdOf(old, '') && !isIdOf(fresh, '')) return old.length === FULL_ID;
  // If one side is empty, the hunk has all of the other one.
  const { removed, added, end } = change;
  return !isIdOf(old, contentOf(removed, end)) || !isIdOf(fresh, contentOf(added, end));
}

/** Returns the content with these lines. `end`: what follows the last one. */
function contentOf(lines: readonly string[], end: string): string {
  return lines.length === 0 ? '' : lines.join('\n') + end;
}

/** Whether git would give a file with this content an id that begins like `id`. An id of zeros means that there is no file: no content. */
function isIdOf(id: string, content: string): boolean {
  if (content === '' && /^0+$/.test(id)) return true;
  const hash = createHash('sha1').update(`blob ${content.length}\0${content}`, 'latin1');
  return hash.digest('hex').startsWith(id);
}
