import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';

import * as v from 'valibot';

import type { FileShape } from '../../http/answer.ts';
import type { Requests } from '../../http/client.ts';
import { isApiMissing, RequestFailed, statusOf } from '../../http/failure.ts';
import { AttemptFailed, type RequestFailure } from '../../http/request-failure.ts';
import { type ApiFailure, PATCH, type Patch } from '../../port/api.ts';
import { parseTime, untriedFailure } from '../wire.ts';
import type { AgentServer } from './agent.ts';
import { meaningIn, meaningOf, NO_COMMIT } from './server-words.ts';

/** The type of every patch. Source: `_ARCHIVE_MEDIA_TYPE` in OpenHands/software-agent-sdk. */
const PATCH_TYPE = 'text/x-patch';
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
export const EVERYTHING = ['*'];

/** Source: `ConversationInfo` in OpenHands/software-agent-sdk. */
const ConversationInfo = v.looseObject({
  workspace: v.looseObject({ working_dir: v.string() }),
  created_at: v.string(),
});

/** The folder in which the agent of a conversation works. `createdAt`: when the conversation was created, as the server writes it. */
export interface AgentFolder {
  readonly folder: string;
  readonly createdAt: string;
}

/** Source: `GitChange` in OpenHands/software-agent-sdk. */
const Changes = v.array(v.looseObject({ path: v.string(), status: v.optional(v.string()) }));

/** A folder on the machine of an agent server, and a revision to compare it with. */
export interface Comparison {
  readonly http: Requests;
  readonly folder: string;
  /** Default: the newest commit. */
  readonly ref?: string;
}

/** What to compare the agent's folder with. */
export interface PatchOrigin {
  /** The commit with which the agent began, if it was read then. */
  readonly commit?: string;
  /** Returns why a folder does not have the agent's repository any more; `undefined` if nothing shows that. */
  readonly whyReplaced?: (folder: string, found: RepositoryHeaders) => string | undefined;
  /** The branch that the server cloned; `HEAD` for the default branch. */
  readonly branch?: string;
  /** The agent's folder, if it was read before. */
  readonly known?: AgentFolder | undefined;
}

/** Reads in which folder an agent works. */
export async function readAgentFolder({ http, path }: AgentServer, goal: string): Promise<AgentFolder> {
  const request = { goal, path, shape: ConversationInfo, contentBy: 'agent' };
  const { workspace, created_at: createdAt } = await http.read(request);
  return { folder: workspace.working_dir, createdAt };
}

/**
 * Whether a folder is in a git repository with a commit. False if the folder is not there.
 *
 * @throws {RequestFailed} if the server does not tell.
 */
export async function isInRepository(compared: Comparison, goal: string): Promise<boolean> {
  try {
    await downloadPatch(compared, EVERYTHING, goal);
    return true;
  } catch (error) {
    const meaning = meaningOf(error);
    if (meaning === 'no-folder' || meaning === 'no-repository' || meaning === 'no-commit') return false;
    throw error;
  }
}

/**
 * Reads what an agent has changed in its folder. The base is `commit`, or else HEAD just before the conversation by the reflog, even if
 * the agent has committed, pushed or switched branches. Without a reflog, the base is the remote branch as cloned or last pushed.
 * Source: `archive_directory` in OpenHands/software-agent-sdk, seen with 1.34.0 and 1.58.2; gitrevisions(7).
 */
export async function readPatch(
  server: AgentServer,
  { commit, branch, whyReplaced, known }: PatchOrigin,
): Promise<Patch> {
  const { http } = server;
  const { folder, createdAt } = known ?? (await readAgentFolder(server, PATCH));
  const patchFrom = async (ref: string, since: Patch['since']): Promise<Patch> => {
    const compared = { http, folder, ref };
    // Listed first: a file that changes in between is in the patch, and does not count as missing.
    const listed = await withFallback(readChangedFiles(compared), { changed: [], leftOut: [] });
    const excluded = PACKAGE_FOLDERS.map((name) => `${name}/`);
    const { bytes, base, ...found } = await downloadPatch(compared, excluded);
    const why = whyReplaced?.(folder, found);
    if (why !== undefined) throw replacedFailure(folder, why);
    // Only V1 has a branch, and its agents work at the root of their clone.
    const mayBeBelowRoot = found.root === null && branch === undefined;
    const above = mayBeBelowRoot ? await readChangedAbove(compared) : [];
    return { bytes, base, since, ...listed, leftOut: [...listed.leftOut, ...above] };
  };
  try {
    return await patchFrom(commit ?? headBefore(createdAt), 'start');
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    if (meaningOf(error) === 'no-folder') {
      const because = `the agent's folder ${folder} does not exist any more (${error.problem.because})`;
      const advice = 'tell the agent in the message to keep its folder';
      throw untriedFailure(because, advice, { failedTo: PATCH, kind: 'agent' });
    }
    // 400: git does not know the revision.
    if (statusOf(error) !== 400) throw error;
    const { because } = error.problem;
    if (commit !== undefined) throw replacedFailure(folder, because);
    if (branch === undefined) throw noLogFailure(folder, because);
    return patchFrom(`origin/${branch}`, 'branch');
  }
}

function replacedFailure(folder: string, why: string): ApiFailure {
  const because = `the agent has replaced the repository of its folder ${folder}, or removed it (${why})`;
  const advice = 'tell the agent in the message to keep the repository of its folder';
  return untriedFailure(because, advice, { failedTo: PATCH, kind: 'agent' });
}

function noLogFailure(folder: string, why: string): ApiFailure {
  const because = `git in ${folder} does not tell with which commit the agent began (${why})`;
  const advice = 'check that it is a git repository, and that core.logAllRefUpdates is not off in its config';
  return untriedFailure(because, advice, { failedTo: PATCH });
}

/** Returns git's name for HEAD one second before a time. Git reads such a large number as seconds since 1970. */
function headBefore(time: string): string {
  return `HEAD@{${Math.floor((parseTime(time) ?? Number.NaN) / 1000) - 1}}`;
}

/** Whether git failed and will fail again. */
function isPermanent(failure: RequestFailure): boolean {
  const meaning = meaningIn(failure);
  return (
    failure.kind === 'status' && failure.status === 500 && (meaning === 'no-files' || meaning === 'no-patch')
  );
}

/** Headers of an answer with a patch; `null` if the folder is below the root of its repository, or the server older than 1.35. */
export interface RepositoryHeaders {
  /** The repository's root, percent-encoded. */
  readonly root: string | null;
  /** Its `origin`, percent-encoded; also `null` without one. */
  readonly remote: string | null;
  /** The commit that is checked out. */
  readonly head: string | null;
}

/** Downloads the changes from a revision to the files as they are now. `base`: the commit of that revision. */
export async function downloadPatch(
  { http, folder, ref = 'HEAD' }: Comparison,
  excluded: readonly string[],
  goal = PATCH,
): Promise<Pick<Patch, 'bytes' | 'base'> & RepositoryHeaders> {
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
    head: headers.get('x-archive-head-commit'),
    bytes: await buffer(pieces),
  }));
}

/** Returns the commit that a patch applies to. Throws {@link AttemptFailed} if the answer is a page, or names no commit. */
function baseIn(headers: Headers): string {
  if (headers.get('content-type')?.includes('text/html'))
    throw new AttemptFailed({ kind: 'page', status: 200 });
  const base = headers.get('x-archive-base-commit');
  if (base !== null && COMMIT.test(base)) return base;
  // A server answers so about an empty repository. Seen with 1.34.0 and 1.58.2.
  const isWithoutCommit = base === null && headers.get('content-type')?.startsWith(PATCH_TYPE) === true;
  const reason = isWithoutCommit
    ? NO_COMMIT
    : 'the server does not name the commit that the patch applies to';
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

export async function readChanges({ http, folder, ref }: Comparison): Promise<v.InferOutput<typeof Changes>> {
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
export function isBelow(root: string, folder: string): boolean {
  return root.startsWith(`${encodeURIComponent(folder)}%2F`);
}

/** Returns `otherwise` if the server refuses a request: with a page, or an HTTP status below 500. */
async function withFallback<T, U>(asked: Promise<T>, otherwise: U): Promise<T | U> {
  return asked.catch((error: unknown) => {
    if (isApiMissing(error) || (statusOf(error) ?? 500) < 500) return otherwise;
    throw error;
  });
}
