import * as v from 'valibot';

import type { PersonMessage } from '../conversation/conversation.ts';
import { ANY_MARK } from '../conversation/key.ts';
import { ask, isIn, listOf, type PullRequest, PullRequestHead } from '../github/pull-request.ts';
import { type Finding, MAX_CHARACTERS } from './findings.ts';

/** The lines of the new file that a hunk of a diff shows: added lines and context. Empty if `to` is below `from`. */
interface Hunk {
  readonly from: number;
  readonly to: number;
}

/** The head of a pull request, and the hunks of each file that it changes, by the file's path. */
export interface Head {
  readonly commit: string;
  readonly diff: ReadonlyMap<string, readonly Hunk[]>;
}

const Answer = v.object({ head: PullRequestHead });
const File = v.object({ filename: v.string(), patch: v.optional(v.string(), '') });

/** Reads the newest commit of a pull request. @throws {GitHubFailure}, or the signal's reason. */
export async function newestCommit(pull: PullRequest): Promise<PullRequestHead> {
  return (await ask(pull, 'read', '', Answer)).head;
}

/**
 * Reads the head of a pull request; `undefined` if it is in another repository. The commit is read before and after the files: if
 * it has changed meanwhile, no line is known to be in the diff.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function headOf(pull: PullRequest): Promise<Head | undefined> {
  const before = await newestCommit(pull);
  if (!isIn(pull.repository, before)) return undefined;
  const files = await listOf(pull, 'read', '/files', File);
  const { sha: commit } = await newestCommit(pull);
  const known = commit === before.sha ? files : [];
  return { commit, diff: new Map(known.map(({ filename, patch }) => [filename, hunksIn(patch)])) };
}

/**
 * Returns the hunks of a patch as GitHub shows it. Counts the lines themselves, as the patch of a long file may be cut.
 * Source: "Detailed Description of Unified Format" in the manual of GNU diffutils.
 */
export function hunksIn(patch: string): readonly Hunk[] {
  // By \n alone: a line can have other line separators in it.
  return patch.split(/\n(?=@@ )/).flatMap((hunk) => {
    const [, start] = /^@@ -\S+ \+(\d+)/.exec(hunk) ?? [];
    const shown = hunk.match(/\n[ +]/g) ?? [];
    return start === undefined ? [] : [{ from: Number(start), to: Number(start) + shown.length - 1 }];
  });
}

/** Returns the lines of a finding, as GitHub's API names them; `undefined` if they are not in the diff. */
export function placeOf({ path, line, start_line: start }: Finding, diff: Head['diff']): object | undefined {
  const hunk = diff.get(path)?.find(({ from, to }) => from <= line && line <= to);
  if (hunk === undefined) return undefined;
  const isRange = start !== undefined && hunk.from <= start && start < line;
  return { path, line, side: 'RIGHT', ...(isRange && { start_line: start, start_side: 'RIGHT' }) };
}

const TASK = `Look at the files as they are at that commit. Your answer is posted as a review: post no comment and no review yourself. For each
finding, path counts from the root of the repository, and line from 1 in the file at that commit; of several lines it is the last,
and start_line the first. In at most ${MAX_CHARACTERS} characters, text says what is wrong, what happens then and how to fix it.`;

/** Adds to a message which commit of the pull request the agent must look at, and what the members of its answer mean. */
export function withHead(message: string, pullRequest: number, { commit }: Pick<Head, 'commit'>): string {
  return `${message}\n\nReview of pull request #${pullRequest}, commit ${commit}\n${TASK}`;
}

/** Matches what {@link withHead} has added, only at the end of a message: anybody may have written the same before it. */
const OWN_END = new RegExp(
  `\\nReview of pull request #(\\d{1,10}), commit ([0-9a-f]{40,64})\\n${RegExp.escape(TASK)}\\s*(?:${ANY_MARK.source}\\s*)?$`,
);

/** Returns the commit that the newest message with one names, if that is for the pull request. Newest message first. */
export function commitAsked(messages: readonly PersonMessage[], pullRequest: number): string | undefined {
  const ends = messages.map(({ text = '' }) => OWN_END.exec(text));
  const [, number, commit] = ends.find((end) => end !== null) ?? [];
  return Number(number) === pullRequest ? commit : undefined;
}
