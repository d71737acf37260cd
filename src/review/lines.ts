import type { Finding } from './findings.ts';

/** The lines of the new file that a hunk of a diff shows: added lines and context. Empty if `to` is below `from`. */
export interface Hunk {
  readonly from: number;
  readonly to: number;
}

/** The hunks of each changed file, by its path. */
export type Diff = ReadonlyMap<string, readonly Hunk[]>;

/** The lines of a comment, as GitHub's API names them. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly start_line?: number;
}

const HEADER = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

/**
 * Returns the hunks of a patch as GitHub shows it. Counts the lines themselves, as the patch of a long file may be cut.
 * Source: "Detailed Description of Unified Format" in the manual of GNU diffutils.
 */
export function hunksIn(patch: string): readonly Hunk[] {
  const hunks: Hunk[] = [];
  for (const line of patch.split('\n')) {
    const [, start] = HEADER.exec(line) ?? [];
    const last = hunks.at(-1);
    if (start !== undefined) hunks.push({ from: Number(start), to: Number(start) - 1 });
    else if (last !== undefined && /^[ +]/.test(line)) hunks[hunks.length - 1] = { ...last, to: last.to + 1 };
  }
  return hunks;
}

/** Returns where a finding can be a comment; `undefined` if its line is not in the diff. */
export function placeOf({ path, line, start_line: start }: Finding, diff: Diff): Place | undefined {
  const hunk = diff.get(path)?.find(({ from, to }) => from <= line && line <= to);
  if (hunk === undefined) return undefined;
  const isRange = start !== undefined && hunk.from <= start && start < line;
  return { path, line, ...(isRange && { start_line: start }) };
}
