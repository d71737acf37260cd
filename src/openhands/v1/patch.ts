import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';

import * as v from 'valibot';

import { type ApiFailure, PATCH, type Patch } from '../../conversation/api.ts';
import type { FileShape } from '../../http/answer.ts';
import type { Requests } from '../../http/client.ts';
import { isApiMissing, RequestFailed, statusOf } from '../../http/failure.ts';
import { AttemptFailed, type RequestFailure } from '../../http/request-failure.ts';
import { parseTime, untriedFailure } from '../wire.ts';
import type { AgentServer } from './agent.ts';

/** Git ends a patch with a line break: without it, the answer was cut off. */
const PATCH_FILE: FileShape = {
  begins: '',
  isEnd: (tail) => tail === '' || tail.endsWith('\n'),
  limitBytes: 10 * 1024 * 1024,
};
const COMMIT = /^[0-9a-f]{40}$/;
/** Folders of installed packages. The server's own list is longer: it also has `dist/`, `build/` and `target/`. */
const PACKAGE_FOLDERS = ['node_modules', '.venv', 'venv'];
/** Excludes all files from a patch of which only the headers are wanted. */
const EVERYTHING = ['*'];

/** Source: `ConversationInfo` in OpenHands/software-agent-sdk. */
const AgentFolder = v.looseObject({
  workspace: v.looseObject({ working_dir: v.string() }),
  created_at: v.string(),
});

/** Source: `GitChange` in OpenHands/software-agent-sdk. */
const Changes = v.array(v.looseObject({ path: v.string(), status: v.optional(v.string()) }));

/** A folder on the machine of an agent server, and a revision to compare it with. */
interface Comparison {
  readonly http: Requests;
  readonly folder: string;
  /** Default: the newest commit. */
  readonly ref?: string;
}

/** What to compare the agent's folder with. */
export interface PatchOrigin {
  /** The commit that the folder had before the start, if it was read then. */
  readonly commit?: string;
  /** The branch that the server cloned; `HEAD` for the default branch. */
  readonly branch?: string;
}

/**
 * Reads what an agent has changed in its folder. The base is `commit`, or else HEAD just before the conversation by the reflog, even if
 * the agent has committed, pushed or switched branches. Without a reflog, the base is the remote branch as cloned or last pushed.
 * Source: `archive_directory` in OpenHands/software-agent-sdk, seen with 1.34.0 and 1.58.2; gitrevisions(7).
 */
export async function readPatch(
  { http, path }: AgentServer,
  { commit, branch }: PatchOrigin,
): Promise<Patch> {
  const request = { goal: PATCH, path, shape: AgentFolder, contentBy: 'agent' };
  const { workspace, created_at: createdAt } = await http.read(request);
  const folder = workspace.working_dir;
  const patchFrom = async (ref: string, since: Patch['since']): Promise<Patch> => {
    const compared = { http, folder, ref };
    // Listed first: a file that changes in between is in the patch, and does not count as missing.
    const listed = await withFallback(readChangedFiles(compared), { changed: [], leftOut: [] });
    const excluded = PACKAGE_FOLDERS.map((name) => `${name}/`);
    const { root, bytes, base } = await downloadPatch(compared, excluded);
    // Only V1 has a branch, and its agents work at the root of their clone.
    const mayBeBelowRoot = root === null && branch === undefined;
    const above = mayBeBelowRoot ? await readChangedAbove(compared) : [];
    return { bytes, base, since, ...listed, leftOut: [...listed.leftOut, ...above] };
  };
  try {
    return await patchFrom(commit ?? headBefore(createdAt), 'start');
  } catch (error) {
    if (isFolderMissing(error)) {
      const because = `the agent's folder ${folder} does not exist any more (${error.problem.because})`;
      const advice = 'tell the agent in the message to keep its folder';
      throw untriedFailure(because, advice, { failedTo: PATCH, kind: 'agent' });
    }
    // 400: git does not know the revision, because there is no reflog.
    if (commit !== undefined || branch === undefined || statusOf(error) !== 400) throw error;
    return patchFrom(`origin/${branch}`, 'branch');
  }
}

/** Whether the server has no such folder. Source: `file_router.py` in OpenHands/software-agent-sdk, seen with 1.58.2. */
function isFolderMissing(error: unknown): error is RequestFailed {
  const failure = error instanceof RequestFailed ? error.failure : undefined;
  return failure?.kind === 'status' && failure.detail === 'Directory not found';
}

/** Returns git's name for HEAD one second before a time. Git reads such a large number as seconds since 1970. */
function headBefore(time: string): string {
  return `HEAD@{${Math.floor((parseTime(time) ?? Number.NaN) / 1000) - 1}}`;
}

/** Whether git failed and will fail again, such as at a nested repository without a commit. Source: `file_router.py` in the SDK. */
function isPermanent(failure: RequestFailure): boolean {
  if (failure.kind !== 'status' || failure.status !== 500) return false;
  return /Failed to (?:generate git delta|archive directory)/.test(failure.detail);
}

/**
 * Downloads the changes from a revision to the files as they are now. `base`: the commit of that revision. `root` and `remote`: the
 * repository's root and its `origin`, percent-encoded; `null` if the folder is below the root, or the server older than 1.35. `remote` is
 * also `null` without an `origin`.
 */
async function downloadPatch(
  { http, folder, ref = 'HEAD' }: Comparison,
  excluded: readonly string[],
  goal = PATCH,
): Promise<Pick<Patch, 'bytes' | 'base'> & { readonly root: string | null; readonly remote: string | null }> {
  const query: [string, string][] = [
    ['path', folder],
    ['format', 'git-delta'],
    ['base_ref', ref],
    ['use_default_excludes', 'false'],
    ...excluded.map((name): [string, string] => ['exclude', name]),
  ];
  const archive = { goal, path: '/api/file/archive', query, shape: PATCH_FILE, isPermanent };
  return http.download(archive, async (pieces, headers) => ({
    base: baseIn(headers),
    root: headers.get('x-archive-repo-root'),
    remote: headers.get('x-archive-repo-remote'),
    bytes: await buffer(pieces),
  }));
}

/** Returns the commit that a patch applies to. Throws {@link AttemptFailed} if the answer is a page, or names no commit. */
function baseIn(headers: Headers): string {
  if (headers.get('content-type')?.includes('text/html'))
    throw new AttemptFailed({ kind: 'page', status: 200 });
  const base = headers.get('x-archive-base-commit') ?? '';
  if (COMMIT.test(base)) return base;
  const reason = 'the server does not name the commit that the patch applies to';
  throw new AttemptFailed({ kind: 'unexpected', reason });
}

/**
 * Lists the files in a folder that git calls changed. A patch may lack some: a committed file that is ignored, or all if git uses
 * another program for diffs. Leaves out names that git quotes: they cannot be compared. `leftOut`: the tracked files in the folders of
 * packages that the patch excludes.
 */
async function readChangedFiles(compared: Comparison): Promise<Pick<Patch, 'changed' | 'leftOut'>> {
  const all = await readChanges(compared);
  const isInstalled = (name: string): boolean =>
    name.split('/').some((part) => PACKAGE_FOLDERS.includes(part));
  const comparable = all.filter((change) => !change.path.startsWith('"'));
  const tracked = comparable.filter(({ status }) => status === 'UPDATED' || status === 'DELETED');
  return {
    changed: comparable.map((change) => change.path).filter((name) => !isInstalled(name)),
    leftOut: tracked.map((change) => change.path).filter(isInstalled),
  };
}

async function readChanges({ http, folder, ref }: Comparison): Promise<v.InferOutput<typeof Changes>> {
  const request = { goal: PATCH, path: '/api/git/changes', shape: Changes, contentBy: 'agent' };
  return http.read({ ...request, query: { path: folder, ...(ref !== undefined && { ref }) } });
}

const CHANGES_NOT_LISTED = { changed: ['(the server cannot list what changed)'], leftOut: [] };

/** Lists what has changed in the repository above a folder, relative to the folder; empty if the server does not tell the root. */
async function readChangedAbove(compared: Comparison): Promise<readonly string[]> {
  const { folder } = compared;
  for (let at = posix.dirname(folder); at !== posix.dirname(at); at = posix.dirname(at)) {
    const head = { ...compared, folder: at, ref: 'HEAD' };
    const { root } = await withFallback(downloadPatch(head, EVERYTHING), { root: null });
    // `null`: the root is further up, or not told. Below: this folder is no repository, and the server takes the only one in it.
    if (root === null || isBelow(root, at)) continue;
    const { changed, leftOut } = await withFallback(
      readChangedFiles({ ...compared, folder: at }),
      CHANGES_NOT_LISTED,
    );
    const names = [...changed, ...leftOut].map((name) => posix.relative(folder, posix.join(at, name)));
    // The caller has listed the others, which are in the folder.
    return names.filter((name) => name.startsWith('../'));
  }
  return [];
}

/** Whether the root of a repository, percent-encoded, is below a folder. */
function isBelow(root: string, folder: string): boolean {
  return root.startsWith(`${encodeURIComponent(folder)}%2F`);
}

/** Returns `otherwise` if the server refuses a request: with a page, or an HTTP status below 500. */
async function withFallback<T, U>(asked: Promise<T>, otherwise: U): Promise<T | U> {
  return asked.catch((error: unknown) => {
    if (isApiMissing(error) || (statusOf(error) ?? 500) < 500) return otherwise;
    throw error;
  });
}

/**
 * Reads the commit that a folder has now.
 *
 * @throws {RequestFailed} if it is in no git repository with a commit, or the server cannot make patches. Another {@link ApiFailure} if it
 *   does not exist: a start would create it, and hide a typo. Also, for a worktree, if the server shows that it lacks repository or remote.
 */
export async function readCommit(http: Requests, folder: string, isForWorktree = false): Promise<string> {
  const head = { http, folder };
  const goal = 'read the commit that the agent starts from';
  const found = await downloadPatch(head, EVERYTHING, goal).catch(async (error: unknown) => {
    throw await commitFailure(error, head, isForWorktree);
  });
  const why = isForWorktree ? whyNoWorktree(folder, found) : undefined;
  if (why !== undefined) throw refusal(folder, why, CLONE);
  return found.base;
}

const NO_REPOSITORY = "is not in a git repository of the server's machine, and branch needs one";
const NO_REMOTE = 'has no remote called origin, from which branch would come';
const CLONE = 'set working-directory to a clone of the repository, or leave branch out';
const CREATE = 'correct working-directory, or create the folder with a first commit in it';

function refusal(folder: string, what: string, advice: string): ApiFailure {
  return untriedFailure(`working-directory ${folder} ${what}`, advice);
}

/** Returns why no worktree can be made, if anything shows that. For a folder that is no repository, the server takes the only one in it. */
function whyNoWorktree(
  folder: string,
  { root, remote }: { readonly root: string | null; readonly remote: string | null },
): string | undefined {
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
  if (isFolderMissing(error)) return refusal(folder, "does not exist on the server's machine", CREATE);
  if (!(error instanceof RequestFailed)) return error;
  const { failure, problem } = error;
  if (isForWorktree && statusOf(error) === 400)
    return refusal(folder, `${NO_REPOSITORY} (${problem.because})`, CLONE);
  const isWithoutCommit = failure.kind === 'unexpected';
  // The server makes only empty folders.
  if (!isWithoutCommit || (await readChanges({ http, folder })).length > 0) return error;
  const what = 'is a repository without a commit, as the server makes of a folder that is no repository';
  return refusal(folder, what, CREATE);
}
