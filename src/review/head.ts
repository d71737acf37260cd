import * as v from 'valibot';

import {
  isIn,
  type PullRequest,
  PullRequestHead,
  readListAbout,
  requestAbout,
} from '../github/pull-request.ts';
import type { Finding } from './findings.ts';

/** A line of the new file, and whether the diff has deleted lines directly before it. */
interface DiffLine {
  readonly text: string;
  readonly isAfterDeleted: boolean;
}

/** The lines of the new file that a hunk of a diff shows: added lines and context. `from`: the number of the first. */
interface Hunk {
  readonly from: number;
  readonly lines: readonly DiffLine[];
}

/** The head of a pull request, and the hunks of each file that it changes, by the file's path. */
export interface HeadWithDiff {
  readonly commit: string;
  readonly diff: ReadonlyMap<string, readonly Hunk[]>;
}

/** The same, with what an agent that cannot look at the pull request must be shown of it. */
export interface WholeHead extends HeadWithDiff {
  readonly title: string;
  readonly description: string;
  readonly files: readonly ChangedFile[];
  /** How many files it changes: GitHub lists at most 3,000. */
  readonly fileCount: number;
}

const OptionalText = v.nullish(v.string(), '');
const HeadAnswer = v.object({
  head: PullRequestHead,
  title: OptionalText,
  body: OptionalText,
  changed_files: v.optional(v.number(), 0),
});
/** Source: "List pull requests files" in https://docs.github.com/rest/pulls/pulls */
const ChangedFile = v.object({
  filename: v.string(),
  status: v.optional(v.string(), 'changed'),
  previous_filename: v.optional(v.string()),
  patch: v.optional(v.string(), ''),
  /** The lines that were added, and those that were deleted. */
  changes: v.optional(v.number(), 0),
});
export type ChangedFile = v.InferOutput<typeof ChangedFile>;

/** Reads the newest commit of a pull request. @throws {GitHubFailure}, or the signal's reason. */
export async function readNewestCommit(pull: PullRequest): Promise<PullRequestHead> {
  return (await requestAbout(pull, 'read', '', HeadAnswer)).head;
}

/**
 * Reads the head of a pull request; `undefined` if it is in another repository, and `isForkAllowed` is false. The commit is read before
 * and after the files: if it has changed meanwhile, no line is known to be in the diff.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function readHead(pull: PullRequest, isForkAllowed: boolean): Promise<WholeHead | undefined> {
  const { head, title, body, changed_files: count } = await requestAbout(pull, 'read', '', HeadAnswer);
  if (!isForkAllowed && !isIn(pull.repository, head)) return undefined;
  const read = await readListAbout(pull, 'read', '/files', ChangedFile);
  const { sha: commit } = await readNewestCommit(pull);
  const files = commit === head.sha ? read : [];
  return {
    commit,
    diff: new Map(files.map(({ filename, patch }) => [filename, hunksIn(patch)])),
    title,
    description: body,
    files,
    fileCount: Math.max(count, read.length),
  };
}

/**
 * Returns the hunks of a patch as GitHub shows it. Of a hunk's header, only the first line number counts, not the number of lines: the patch
 * of a long file may be cut.
 * Source: "Detailed Description of Unified Format" in the manual of GNU diffutils.
 */
export function hunksIn(patch: string): readonly Hunk[] {
  // By \n alone: a line can have other line separators in it.
  return patch.split(/\n(?=@@ )/).flatMap((hunk) => {
    const [, start] = /^@@ -\S+ \+(\d+)/.exec(hunk) ?? [];
    return start === undefined ? [] : [{ from: Number(start), lines: linesIn(hunk) }];
  });
}

function linesIn(hunk: string): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  let isAfterDeleted = false;
  for (const line of hunk.split('\n').slice(1)) {
    if (/^[ +]/.test(line)) {
      lines.push({ text: line.slice(1), isAfterDeleted });
      isAfterDeleted = false;
    } else if (line.startsWith('-')) isAfterDeleted = true;
  }
  return lines;
}

/** Returns the hunk that shows a line of the new file; `undefined` if none does. */
function hunkOf(line: number, hunks: readonly Hunk[] = []): Hunk | undefined {
  return hunks.find(({ from, lines }) => from <= line && line < from + lines.length);
}

/**
 * Returns the lines of a finding, as a comment on them names them in GitHub's API: only the last one if the first is in another hunk.
 * `undefined` if the last one is not in the diff.
 */
export function commentedLinesOf(
  { path, line, start_line: start }: Finding,
  diff: HeadWithDiff['diff'],
): object | undefined {
  const hunk = hunkOf(line, diff.get(path));
  if (hunk === undefined) return undefined;
  const isRange = start !== undefined && hunk.from <= start && start < line;
  return { path, line, side: 'RIGHT', ...(isRange && { start_line: start, start_side: 'RIGHT' }) };
}

/**
 * Returns the texts of the lines of a finding; `undefined` if they are not all in one hunk, or the diff has deleted lines between them:
 * GitHub applies no suggestion to those. Source: https://github.com/parkerbxyz/suggest-changes/issues/50
 */
export function lineTextsOf(
  { path, line, start_line: start = line }: Finding,
  diff: HeadWithDiff['diff'],
): readonly string[] | undefined {
  const hunk = hunkOf(line, diff.get(path));
  if (hunk === undefined || start < hunk.from || start > line) return undefined;
  const lines = hunk.lines.slice(start - hunk.from, line - hunk.from + 1);
  return lines.slice(1).some(({ isAfterDeleted }) => isAfterDeleted)
    ? undefined
    : lines.map(({ text }) => text);
}
