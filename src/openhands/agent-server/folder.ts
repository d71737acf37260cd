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
} from '../sdk/patch.ts';
import { meaningOf } from '../sdk/server-words.ts';
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
 * @throws {RequestFailed} if a patch needs it, and the server cannot tell it. Another {@link ApiFailure} if the folder does not exist: a
 *   start would create it, and hide a typo. Also if a patch or a worktree needs a git repository with a commit and files, and it has none.
 */
export async function readCommitBefore(
  http: Requests,
  { isForPatch, hasNoTools, agentServer: { workingDirectory: folder } = {} }: StartRequest,
  worktree: Worktree | undefined,
): Promise<string | undefined> {
  if (folder === undefined || hasNoTools) return undefined;
  const reader = worktree !== undefined ? 'branch' : isForPatch === true ? 'patch-file' : undefined;
  const isNeeded = reader === 'patch-file';
  try {
    const commit = await readCommit(isNeeded ? http : http.withoutRetries(TIMEOUT_MS), folder, reader);
    return worktree === undefined ? commit : undefined;
  } catch (error) {
    if (isNeeded || !(error instanceof RequestFailed)) throw error;
    return undefined;
  }
}

/** The input that needs a git repository with a commit and files. */
type Reader = 'branch' | 'patch-file';

async function readCommit(http: Requests, folder: string, reader: Reader | undefined): Promise<string> {
  const head = { http, folder };
  const found = await downloadPatch(head, EVERYTHING, GOAL).catch(async (error: unknown) => {
    throw await commitFailure(error, head, reader);
  });
  const why = reader === 'branch' ? whyNoWorktree(folder, found) : undefined;
  if (why !== undefined) throw refusal(folder, why, CLONE);
  return found.base;
}

const noRepositoryFor = (reader: Reader): string =>
  `is not in a git repository of the server's machine, and ${reader} needs one`;
const NO_REMOTE = 'has no remote called origin, from which branch would come';
const noFilesFor = (reader: Reader): string =>
  `has no files of a git repository, as in a bare repository or a .git folder, and ${reader} needs them`;
/** Without the input, the agent would work in a folder that is not the repository, and the step could be green. */
const CLONE = 'set working-directory to a clone of the repository';
const CREATE = 'correct working-directory, or create the folder with a first commit in it';

function refusal(folder: string, what: string, advice: string): ApiFailure {
  return untriedFailure(`working-directory ${folder} ${what}`, advice);
}

/** Returns why no worktree can be made, if anything shows that. For a folder that is no repository, the server takes the only one in it. */
function whyNoWorktree(folder: string, { root, remote }: RepositoryHeaders): string | undefined {
  // The server does not tell where the root is, nor the remote.
  if (root === null) return undefined;
  if (isBelow(root, folder)) return noRepositoryFor('branch');
  return remote === null ? NO_REMOTE : undefined;
}

/** Returns the failure of {@link readCommit} after its request failed with `error`. */
async function commitFailure(
  error: unknown,
  { http, folder }: Comparison,
  reader: Reader | undefined,
): Promise<unknown> {
  if (meaningOf(error) === 'no-folder')
    return refusal(folder, "does not exist on the server's machine", CREATE);
  // Without these inputs, an agent can work in any folder that is there.
  if (!(error instanceof RequestFailed) || reader === undefined) return error;
  const { because } = error.problem;
  const meaning = meaningOf(error);
  // A server without git says the same.
  if (meaning === 'no-repository' || (reader === 'branch' && statusOf(error) === 400))
    return refusal(folder, `${noRepositoryFor(reader)} (${because})`, CLONE);
  if (meaning === 'no-files') return refusal(folder, `${noFilesFor(reader)} (${because})`, CLONE);
  // The server makes only empty folders.
  if (meaning !== 'no-commit' || (await readChanges({ http, folder })).length > 0) return error;
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
