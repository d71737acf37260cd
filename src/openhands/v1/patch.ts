import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';

import * as v from 'valibot';

import { ApiFailure, PATCH, type Patch, START } from '../../conversation/api.ts';
import type { FileShape } from '../../http/answer.ts';
import type { HttpClient } from '../../http/client.ts';
import { isApiMissing, RequestFailed, statusOf } from '../../http/failure.ts';
import { AttemptFailed, type RequestFailure } from '../../http/request-failure.ts';
import { parseTime } from '../wire.ts';
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

/** Source: `ConversationInfo` in OpenHands/software-agent-sdk. */
const Place = v.looseObject({
  workspace: v.looseObject({ working_dir: v.string() }),
  created_at: v.string(),
});

/** Source: `GitChange` in OpenHands/software-agent-sdk. */
const Changes = v.array(v.looseObject({ path: v.string(), status: v.optional(v.string()) }));

/** What to compare the agent's folder with. */
export interface Origin {
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
  { commit, branch }: Origin,
  signal: AbortSignal,
): Promise<Patch> {
  const { workspace, created_at: createdAt } = await http.read({
    goal: PATCH,
    path,
    shape: Place,
    contentBy: 'agent',
    signal,
  });
  const folder = workspace.working_dir;
  const patchFrom = async (ref: string, since: Patch['since']): Promise<Patch> => {
    // Listed first: a file that changes in between is in the patch, and does not count as missing.
    const listed = await withFallback(readChangedFiles(http, folder, ref, signal), {
      changed: [],
      leftOut: [],
    });
    const query = archivePath(folder, ref, ...PACKAGE_FOLDERS.map((name) => `${name}/`));
    const { root, ...patch } = await downloadPatch(http, query, signal);
    // An agent of V1 works at the root of its clone.
    const above =
      root === null && branch === undefined ? await readChangedAbove(http, folder, ref, signal) : [];
    return { ...patch, since, ...listed, leftOut: [...listed.leftOut, ...above] };
  };
  try {
    return await patchFrom(commit ?? headBefore(createdAt), 'start');
  } catch (error) {
    if (commit !== undefined || branch === undefined || statusOf(error) !== 400) throw error;
    return patchFrom(`origin/${branch}`, 'branch');
  }
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

/** A patch. `root`: that of its repository, percent-encoded; `null` if the folder is below it, or before 1.36. */
type Archive = Pick<Patch, 'bytes' | 'base'> & { readonly root: string | null };

async function downloadPatch(
  http: HttpClient,
  path: string,
  signal: AbortSignal,
  goal = PATCH,
): Promise<Archive> {
  let patch: Archive | undefined;
  await http.download({ goal, path, shape: PATCH_FILE, isPermanent, signal }, async (pieces, headers) => {
    patch = { base: baseIn(headers), root: headers.get('x-archive-repo-root'), bytes: await buffer(pieces) };
  });
  if (patch === undefined) throw new Error('the patch was not read');
  return patch;
}

/** Returns the path of a patch from a revision to the files as they are now. */
function archivePath(folder: string, ref: string, ...excluded: readonly string[]): string {
  const query = new URLSearchParams({
    path: folder,
    format: 'git-delta',
    base_ref: ref,
    use_default_excludes: 'false',
  });
  for (const name of excluded) query.append('exclude', name);
  return `/api/file/archive?${query.toString()}`;
}

/** Returns the commit that a patch applies to. Throws {@link AttemptFailed} if the repository has no commit. */
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
 * another program for diffs. Leaves out names that git quotes: they cannot be compared.
 */
async function readChangedFiles(
  http: HttpClient,
  folder: string,
  ref: string,
  signal: AbortSignal,
): Promise<Pick<Patch, 'changed' | 'leftOut'>> {
  const path = `/api/git/changes?${new URLSearchParams({ path: folder, ref }).toString()}`;
  const all = await http.read({ goal: PATCH, path, shape: Changes, contentBy: 'agent', signal });
  const isInstalled = (name: string): boolean =>
    name.split('/').some((part) => PACKAGE_FOLDERS.includes(part));
  const comparable = all.filter((change) => !change.path.startsWith('"'));
  const old = comparable.filter(({ status }) => status === 'UPDATED' || status === 'DELETED');
  return {
    changed: comparable.map((change) => change.path).filter((name) => !isInstalled(name)),
    leftOut: old.map((change) => change.path).filter(isInstalled),
  };
}

const NOT_LISTED = { changed: ['(the server cannot list what changed)'], leftOut: [] };

/** Lists what has changed in the repository above a folder, relative to it; empty if the server does not tell where that is. */
async function readChangedAbove(
  http: HttpClient,
  folder: string,
  ref: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  for (let at = posix.dirname(folder); at !== posix.dirname(at); at = posix.dirname(at)) {
    const { root } = await withFallback(downloadPatch(http, archivePath(at, 'HEAD', '*'), signal), {
      root: null,
    });
    // For a folder that is not a repository, the server takes the only one in it.
    if (root === null || root.startsWith(`${encodeURIComponent(at)}%2F`)) continue;
    const { changed, leftOut } = await withFallback(readChangedFiles(http, at, ref, signal), NOT_LISTED);
    const names = [...changed, ...leftOut].map((name) => posix.relative(folder, posix.join(at, name)));
    return names.filter((name) => name.startsWith('../'));
  }
  return [];
}

/** Returns `otherwise` if the server refuses a request: with a page, or an HTTP status below 500. */
async function withFallback<T, U>(asked: Promise<T>, otherwise: U): Promise<T | U> {
  return asked.catch((error: unknown) => {
    if (isApiMissing(error) || (statusOf(error) ?? 500) < 500) return otherwise;
    throw error;
  });
}

/**
 * Reads the commit that a folder has now. Throws {@link ApiFailure} if the folder does not exist: the server would create it, and hide a
 * typo. Throws {@link RequestFailed} if it is not in a git repository with a commit, or the server cannot make patches.
 */
export async function readCommit(http: HttpClient, folder: string, signal: AbortSignal): Promise<string> {
  try {
    const goal = 'read the commit that the agent starts from';
    return (await downloadPatch(http, archivePath(folder, 'HEAD', '*'), signal, goal)).base;
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    const { failure } = error;
    let what = "does not exist on the server's machine";
    if (failure.kind === 'unexpected') {
      const path = `/api/git/changes?${new URLSearchParams({ path: folder }).toString()}`;
      const changes = await http.read({ goal: PATCH, path, shape: Changes, contentBy: 'agent', signal });
      if (changes.length > 0) throw error;
      what = 'is a repository without a commit, which the server creates if a folder does not exist';
    } else if (failure.kind !== 'status' || failure.detail !== 'Directory not found') throw error;
    const advice = 'correct working-directory, or create the folder with a first commit in it';
    throw new ApiFailure({
      failedTo: START,
      because: `working-directory ${folder} ${what}`,
      advice,
      kind: 'input',
    });
  }
}
