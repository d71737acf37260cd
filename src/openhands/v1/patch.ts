import * as v from 'valibot';

import { ApiFailure, PATCH } from '../../conversation/api.ts';
import type { Patch } from '../../conversation/patch.ts';
import { readPatch } from '../../text/git-patch.ts';
import { type FileShape, Unusable } from '../answer.ts';
import { isRefused, statusOf } from '../failure.ts';
import { createSanitizer, sanitizedReason } from '../guard.ts';
import type { HttpClient } from '../http.ts';
import type { RequestFailure } from '../request-failure.ts';
import type { AgentServer } from './agent.ts';

const ARCHIVE = '/api/file/archive';
const ANY_PATCH: FileShape = { begins: '', isEnd: () => true, limitBytes: 10 * 1024 * 1024 };
const COMMIT = /^[0-9a-f]{40}$/;
/** What is installed is not the agent's work. The server's own list has `dist/`, `build/` and `target/`, too. */
const INSTALLED = ['node_modules', '.venv', 'venv'];

/** Source: `ConversationInfo` in OpenHands/software-agent-sdk. */
const Place = v.looseObject({
  workspace: v.looseObject({ working_dir: v.string() }),
  created_at: v.string(),
});

/** Source: `GitChange` in OpenHands/software-agent-sdk. */
const Changes = v.array(v.looseObject({ path: v.string() }));

/** What is known of the commit that the agent began with. */
export interface Origin {
  /** It was read before the start. */
  readonly commit?: string;
  /** The branch that the server has cloned; `HEAD` for the repository's own. */
  readonly branch?: string;
}

/**
 * What an agent has changed in its folder. It is compared with the commit of before it began: that which was read then; or
 * that which git's log of HEAD has for the time before the conversation, however the agent has committed, pushed or changed
 * branches since. Without such a log it is the branch as it was cloned, or pushed to since.
 * Source: `archive_directory` in OpenHands/software-agent-sdk, seen with 1.34.0 and 1.58.2; gitrevisions(7).
 */
export async function patchOf(
  { http, path }: AgentServer,
  { commit, branch }: Origin,
  signal: AbortSignal,
): Promise<Patch> {
  const { workspace, created_at: createdAt } = await http.read({
    to: PATCH,
    path,
    answer: Place,
    contentBy: 'agent',
    signal,
  });
  const folder = workspace.working_dir;
  const since = async (ref: string, is: Patch['since']): Promise<Patch> =>
    patchSince(http, { folder, ref, is }, signal);
  try {
    return await since(commit ?? headBefore(createdAt), 'start');
  } catch (error) {
    if (commit !== undefined || branch === undefined || statusOf(error) !== 400) throw error;
    return since(`origin/${branch}`, 'branch');
  }
}

/** HEAD as it was a second before that: git counts in seconds. A number that large is a time for it. */
function headBefore(time: string): string {
  const ms = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`);
  return `HEAD@{${Math.floor(ms / 1000) - 1}}`;
}

interface Asked {
  readonly folder: string;
  /** What to compare with, as git takes it. */
  readonly ref: string;
  readonly is: Patch['since'];
}

async function patchSince(http: HttpClient, asked: Asked, signal: AbortSignal): Promise<Patch> {
  // First: what is new by the time of the patch is in it, and not missed.
  const changed = await changedFiles(http, asked, signal);
  const query = new URLSearchParams({
    path: asked.folder,
    format: 'git-delta',
    base_ref: asked.ref,
    use_default_excludes: 'false',
  });
  for (const name of INSTALLED) query.append('exclude', `${name}/`);
  let patch: Patch | undefined;
  const request = { to: PATCH, path: `${ARCHIVE}?${query.toString()}`, shape: ANY_PATCH, signal };
  await http.download(request, async (pieces, headers) => {
    const base = baseIn(headers);
    const bytes = Buffer.concat(await gathered(pieces));
    const content = readPatch(bytes);
    if (content === undefined) throw new Unusable(noPatch(bytes));
    const lost = missing(changed, content.names);
    if (lost.length > 0) throw incomplete(lost, http);
    const head = headers.get('x-archive-head-commit') ?? '';
    const { files, added, removed, submodules, brought } = content;
    const size = { files, added, removed };
    patch = { bytes, base, since: asked.is, size, submodules, brought, ...(COMMIT.test(head) && { head }) };
  });
  if (patch === undefined) throw new Error('the patch was not read');
  return patch;
}

/** The commit that a patch applies to; a repository without one has none. */
function baseIn(headers: Headers): string {
  if (headers.get('content-type')?.includes('text/html')) throw new Unusable({ kind: 'page', status: 200 });
  const base = headers.get('x-archive-base-commit') ?? '';
  if (COMMIT.test(base)) return base;
  throw new Unusable({
    kind: 'unexpected',
    reason: 'the server does not name the commit that the patch applies to',
  });
}

/** Git ends its last line; what does not was cut off. */
function noPatch(bytes: Buffer): RequestFailure {
  const isCut = bytes.at(-1) !== 0x0a;
  const reason =
    'it is not in a format that git apply accepts, perhaps because git there has diff.noprefix or a color set';
  return isCut ? { kind: 'cut-off' } : { kind: 'unexpected', reason };
}

async function gathered(pieces: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

/**
 * The files that git itself calls changed. The patch lacks some of them: what the agent has committed although it is
 * ignored, and what is left when git hands its diffs to another program. Nothing if the server cannot tell, as of names
 * with blanks.
 */
async function changedFiles(
  http: HttpClient,
  { folder, ref }: Asked,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const query = new URLSearchParams({ path: folder, ref });
  try {
    const path = `/api/git/changes?${query.toString()}`;
    const changes = await http.read({ to: PATCH, path, answer: Changes, contentBy: 'agent', signal });
    return changes.map((change) => change.path);
  } catch (error) {
    if (error instanceof ApiFailure && isRefused(error)) return [];
    throw error;
  }
}

/** Those of the files that a patch of these names has not. What git has put into quotes cannot be compared. */
function missing(changed: readonly string[], names: readonly string[]): readonly string[] {
  // The names are from the root of the repository, and the folder may be below it.
  const ends = new Set(
    names.flatMap((name) => name.split('/').map((_part, at, parts) => parts.slice(at).join('/'))),
  );
  const isInstalled = (name: string): boolean => name.split('/').some((part) => INSTALLED.includes(part));
  return changed.filter((name) => !ends.has(name) && !name.startsWith('"') && !isInstalled(name));
}

function incomplete([first = '', ...others]: readonly string[], { redact }: HttpClient): ApiFailure {
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const because = `the server's patch lacks ${first}${more}, which changed too: ignored by .gitignore, or inside a submodule`;
  const todo = 'tell the agent to leave ignored files alone, or remove them from .gitignore';
  return new ApiFailure({
    failedTo: PATCH,
    because: sanitizedReason(because, createSanitizer(redact)),
    todo,
    kind: 'server',
  });
}

/**
 * The commit that a folder has now.
 *
 * @throws {ApiFailure} if the folder is none of a git repository with a commit, or the server cannot make patches.
 */
export async function commitIn(http: HttpClient, folder: string, signal: AbortSignal): Promise<string> {
  const query = new URLSearchParams({
    path: folder,
    format: 'git-delta',
    base_ref: 'HEAD',
    use_default_excludes: 'false',
    exclude: '*',
  });
  let commit = '';
  const request = {
    to: 'read the commit that the agent starts from, for patch-file',
    path: `${ARCHIVE}?${query.toString()}`,
    shape: ANY_PATCH,
    signal,
  };
  await http.download(request, async (_pieces, headers) => {
    commit = baseIn(headers);
    return Promise.resolve();
  });
  return commit;
}
