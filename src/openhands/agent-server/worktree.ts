import { isLoopbackUrl } from '../../http/address.ts';
import { statusOf } from '../../http/failure.ts';
import { ApiFailure, type ConversationApi, START } from '../../port/api.ts';
import type { StartRequest } from '../../port/assignment.ts';
import { isSameId } from '../../port/conversation.ts';
import { memberOf } from '../../text/data.ts';
import type { RepositoryHeaders } from '../sdk/patch.ts';
import { meaningOf } from '../sdk/server-words.ts';
import { untriedFailure } from '../wire.ts';

/** The part of a start that asks for a git worktree. Source: `ConversationWorktreeOptions` in OpenHands/software-agent-sdk. */
export interface Worktree {
  readonly worktree: true;
  readonly worktree_options: { readonly base: 'ref'; readonly ref: string };
}

/** Returns whether a server makes worktrees for branches, by its answer to `/server_info`: 1.57.0 is the first version that does. */
export function worktreesIn(info: unknown): NonNullable<ConversationApi['worktrees']> {
  const version = memberOf(info, 'version');
  const numbers = typeof version === 'string' ? /^(\d+)\.(\d+)\./.exec(version) : null;
  if (numbers === null) return 'unknown';
  const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
  return major > 1 || (major === 1 && minor >= 57) ? 'made' : 'not-made';
}

/**
 * Returns the worktree to ask for, from the newest commit of the branch at `origin`. For a review, it is from the head of the pull
 * request: the start fails if the server has not fetched that. Returns `undefined` without a branch, and for an old server, which would
 * ignore it.
 *
 * @throws {ApiFailure} if the agent might work on another commit, and that could not be seen.
 */
export function worktreeFor(
  { workplace, commit, isForPatch }: StartRequest,
  worktrees: ReturnType<typeof worktreesIn>,
  baseUrl: string,
): Worktree | undefined {
  const branch = workplace?.branch;
  if (branch === undefined) return undefined;
  if (worktrees === 'unknown')
    throw untriedFailure(
      'branch needs version 1.57.0 of the agent server or newer, and GET /server_info does not tell its version',
      'run the step again; if that also fails, update the server',
      { kind: 'server' },
    );
  if (worktrees === 'made')
    return { worktree: true, worktree_options: { base: 'ref', ref: commit ?? `origin/${branch}` } };
  const needsRightCommit = commit !== undefined ? 'review' : isForPatch === true ? 'patch-file' : undefined;
  if (needsRightCommit === undefined) return undefined;
  // On this machine, the job has checked out the folder.
  if (isLoopbackUrl(baseUrl)) return undefined;
  throw untriedFailure(
    `branch with ${needsRightCommit} needs version 1.57.0 of the agent server or newer: this one works in working-directory as it is, perhaps on another commit`,
    'update the server',
  );
}

/** Returns the root of the worktree that a folder is in, `<id of the conversation>/<name>`; `undefined` if it is in none. */
export function worktreeRootOf(folder: string, id: string): string | undefined {
  const parts = folder.split('/');
  const at = parts.findIndex((part) => isSameId(part, id));
  return at < 0 || parts[at + 1] === undefined ? undefined : parts.slice(0, at + 2).join('/');
}

/** Returns why a folder is no worktree any more: its repository had a remote. `undefined` if nothing shows that, or it never was one. */
export function whyNoWorktreeAnyMore(
  folder: string,
  id: string,
  { root, remote }: RepositoryHeaders,
): string | undefined {
  const isTold = root !== null && worktreeRootOf(folder, id) !== undefined;
  return isTold && remote === null ? 'it has no remote called origin any more' : undefined;
}

/**
 * Returns the failure of a start with a worktree. If git cannot make that, nothing exists after the answer, and asking again would not
 * help. Seen with 1.58.2.
 */
export function worktreeFailure(error: unknown, { worktree_options: { ref } }: Worktree): unknown {
  if (!(error instanceof ApiFailure) || statusOf(error) !== 500) return error;
  if (meaningOf(error) !== 'no-worktree') return error;
  const [, name] = /^origin\/(.*)/.exec(ref) ?? [];
  const branch = name === undefined ? "the pull request's branch" : `the branch ${name}`;
  return new ApiFailure({
    failedTo: START,
    because: `the server cannot make a worktree from ${ref}: ${error.problem.because}`,
    // With `--depth` or `--single-branch`, a clone fetches one branch only.
    advice: `check that ${branch} exists at the remote of working-directory, that this is a clone of all branches, and that the server can fetch them: its log says why not`,
    kind: 'not-found',
  });
}
