import type { Requests } from '../../http/client.ts';
import { RequestFailed, statusOf } from '../../http/failure.ts';
import { ApiFailure } from '../../port/api.ts';
import type { StartRequest } from '../../port/assignment.ts';
import {
  type Comparison,
  downloadPatch,
  EVERYTHING,
  isBelow,
  readChanges,
  type RepositoryHeaders,
} from '../agent/patch.ts';
import { meaningOf } from '../agent/server-words.ts';
import { untriedFailure } from '../wire.ts';
import type { StartedIn } from './wire.ts';
import { type Worktree, worktreeRootOf } from './worktree.ts';

const GOAL = 'read the commit that the agent starts from';

/** The timeout for what a step can do without. */
const TIMEOUT_MS = 10_000;

/**
 * Reads the commit that the agent will begin with, before the start. Returns `undefined` if the agent gets a worktree, which begins with
 * another one, if it has no tools, so that its folder is empty, or if the commit cannot be read and no patch needs it.
 *
 * @throws {RequestFailed} if the folder is in no git repository with a commit, or the server cannot make patches. Another {@link ApiFailure}
 *   if it does not exist: a start would create it, and hide a typo. Also, for a worktree, if the server shows that none can be made.
 */
export async function readCommitBefore(
  http: Requests,
  { isForPatch, hasNoTools, agentServer: { workingDirectory: folder } = {} }: StartRequest,
  worktree: Worktree | undefined,
): Promise<string | undefined> {
  if (folder === undefined || hasNoTools) return undefined;
  const isForWorktree = worktree !== undefined;
  const isNeeded = isForPatch === true && !isForWorktree;
  try {
    const commit = await readCommit(isNeeded ? http : http.withoutRetries(TIMEOUT_MS), folder, isForWorktree);
    return isForWorktree ? undefined : commit;
  } catch (error) {
    if (isNeeded || !(error instanceof RequestFailed)) throw error;
    return undefined;
  }
}

async function readCommit(http: Requests, folder: string, isForWorktree: boolean): Promise<string> {
  const head = { http, folder };
  const found = await downloadPatch(head, EVERYTHING, GOAL).catch(async (error: unknown) => {
    throw await commitFailure(error, head, isForWorktree);
  });
  const why = isForWorktree ? whyNoWorktree(folder, found) : undefined;
  if (why !== undefined) throw refusal(folder, why, CLONE);
  return found.base;
}

const NO_REPOSITORY = "is not in a git repository of the server's machine, and branch needs one";
const NO_REMOTE = 'has no remote called origin, from which branch would come';
const NO_FILES =
  'has no files of a git repository, as in a bare repository or a .git folder, and branch needs them';
const CLONE = 'set working-directory to a clone of the repository, or leave branch out';
const CREATE = 'correct working-directory, or create the folder with a first commit in it';

function refusal(folder: string, what: string, advice: string): ApiFailure {
  return untriedFailure(`working-directory ${folder} ${what}`, advice);
}

/** Returns why no worktree can be made, if anything shows that. For a folder that is no repository, the server takes the only one in it. */
function whyNoWorktree(folder: string, { root, remote }: RepositoryHeaders): string | undefined {
  // The server does not tell where the root is, nor the remote.
  if (root === null) return undefined;
  if (isBelow(root, folder)) return NO_REPOSITORY;
  return remote === null ? NO_REMOTE : undefined;
}

/** Returns the failure of {@link readCommit} after its request failed with `error`. */
async function commitFailure(
  error: unknown,
  { http, folder }: Comparison,
  isForWorktree: boolean,
): Promise<unknown> {
  if (meaningOf(error) === 'no-folder')
    return refusal(folder, "does not exist on the server's machine", CREATE);
  if (!(error instanceof RequestFailed)) return error;
  const { failure, problem } = error;
  if (isForWorktree && statusOf(error) === 400)
    return refusal(folder, `${NO_REPOSITORY} (${problem.because})`, CLONE);
  if (isForWorktree && meaningOf(error) === 'no-files')
    return refusal(folder, `${NO_FILES} (${problem.because})`, CLONE);
  const isWithoutCommit = failure.kind === 'unexpected';
  // The server makes only empty folders.
  if (!isWithoutCommit || (await readChanges({ http, folder })).length > 0) return error;
  const what = 'is a repository without a commit, as the server makes of a folder that is no repository';
  return refusal(folder, what, CREATE);
}

/**
 * Reads the commit with which a worktree has begun, just after the start: that of the branch, if it is still checked out. Returns
 * `undefined` if the agent may have committed already, or if the server fails. Never throws that it was interrupted: the answer to the
 * start must not be lost.
 */
export async function readBeginning(
  http: Requests,
  { id, folder = '' }: StartedIn,
  { worktree_options: { ref } }: Worktree,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Below the root, the server does not tell what is checked out.
  const root = worktreeRootOf(folder, id);
  if (root === undefined) return undefined;
  try {
    const at = { http: http.withoutRetries(TIMEOUT_MS), folder: root, ref };
    const { base, head } = await downloadPatch(at, EVERYTHING, GOAL);
    return head === base ? base : undefined;
  } catch (error) {
    if (!signal.aborted && !(error instanceof ApiFailure)) throw error;
    return undefined;
  }
}
