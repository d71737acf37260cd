import * as v from 'valibot';

import type { PersonMessage } from '../conversation/conversation.ts';
import { MAX_CHARACTERS } from './findings.ts';
import { type Diff, hunksIn } from './lines.ts';
import { ask, listOf, type PullRequest } from './pull-request.ts';

/** What is reviewed: the head of a pull request, and the lines that its diff shows. */
export interface Head {
  readonly commit: string;
  readonly diff: Diff;
}

const Answer = v.object({
  head: v.object({
    sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/, 'the hash of a commit was expected')),
    // Null if the fork was deleted.
    repo: v.nullish(v.object({ full_name: v.string() })),
  }),
});
const File = v.object({ filename: v.string(), patch: v.optional(v.string(), '') });

/** Reads the head of a pull request. @throws {GitHubFailure}, or the signal's reason. */
export async function headCommit(
  pull: PullRequest,
): Promise<{ readonly commit: string; readonly isElsewhere: boolean }> {
  const { head } = await ask(pull, { verb: 'read', path: '', answer: Answer });
  const isElsewhere = head.repo?.full_name.toLowerCase() !== pull.repository.toLowerCase();
  return { commit: head.sha, isElsewhere };
}

/**
 * Reads the head of a pull request with its diff; `undefined` if it is in another repository. The head is read before and after
 * the files: if it has moved meanwhile, no line is known to be in its diff.
 *
 * @throws {GitHubFailure}, or the signal's reason.
 */
export async function headOf(pull: PullRequest): Promise<Head | undefined> {
  const before = await headCommit(pull);
  if (before.isElsewhere) return undefined;
  const diff = new Map<string, ReturnType<typeof hunksIn>>();
  for await (const { filename, patch } of listOf(pull, { verb: 'read', path: '/files', answer: File }))
    diff.set(filename, hunksIn(patch));
  const { commit } = await headCommit(pull);
  return { commit, diff: commit === before.commit ? diff : new Map() };
}

/** Adds to a message which commit of the pull request the agent must look at, and what the members of its answer mean. */
export function withHead(message: string, pullRequest: number, { commit }: Pick<Head, 'commit'>): string {
  return `${message}

Review of pull request #${pullRequest}, commit ${commit}
Look at the files as they are at that commit. Your answer is posted as a review: post no comment and no review yourself. For each
finding, path counts from the root of the repository, and line from 1 in the file at that commit; of several lines it is the last,
and start_line the first. In at most ${MAX_CHARACTERS} characters, text says what is wrong, what happens then and how to fix it.`;
}

const HEAD_LINE = /^Review of pull request #(\d{1,10}), commit ([0-9a-f]{40,64})$/gm;

/**
 * Returns the commit that the newest message about the pull request names; `undefined` if none does. Texts of others in a message
 * come before our own line, so the last one counts.
 *
 * @param messages newest first.
 */
export function commitAsked(messages: readonly PersonMessage[], pullRequest: number): string | undefined {
  for (const { text = '' } of messages) {
    const [, number, commit] = [...text.matchAll(HEAD_LINE)].at(-1) ?? [];
    if (commit !== undefined) return Number(number) === pullRequest ? commit : undefined;
  }
  return undefined;
}
