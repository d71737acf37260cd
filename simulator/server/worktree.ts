import { posix } from 'node:path';

import { textOf } from '../body-checks.ts';
import { isRecord, type JsonObject } from '../json.ts';
import { invalid, json, type Reply } from '../reply.ts';
import { AGENT_SERVER_VERSION, type AgentServerVariant } from './canvas.ts';

/** The root of all worktrees, by default. */
const ROOT = '/tmp/conversation-worktrees';
const WORKTREE = new RegExp(`^${ROOT}/[^/]+/[^/]+`);
const REF = /^[A-Za-z0-9][A-Za-z0-9._/-]*$/;
const COMMIT = /^[0-9a-f]{40}$/;
/** The commit that the server has fetched for a worktree. The folder itself still has an older one. */
export const FETCHED = 'fe7c4ed0'.repeat(5);

/** Where a conversation works, or why it cannot be started. */
type Place = { readonly request: JsonObject } | { readonly refusal: Reply };

/**
 * Returns a start's request with the folder that its agent works in: a worktree of its own if the request wants one and the folder is a
 * repository, else the folder itself. Older versions do not know the option for a branch. Source: `_plan_conversation_worktree` in
 * OpenHands/software-agent-sdk; seen with 1.58.2.
 */
export function placeOf(
  request: JsonObject,
  id: string,
  repository: string | undefined,
  variant: AgentServerVariant,
): Place {
  const ref = textOf(request, 'worktree_options', 'ref');
  if (request['worktree'] !== true || ref === null || !makesWorktrees(variant)) return { request };
  const source = textOf(request, 'workspace', 'working_dir') ?? '';
  const root = repository !== undefined && source.startsWith(`${repository}/`) ? repository : source;
  const worktree = `${ROOT}/${id}/${posix.basename(root)}`;
  const refusal = refusalOf(ref, `git worktree add -b openhands/${id} ${worktree} ${ref}`, variant);
  if (refusal !== undefined) return { refusal };
  const workspace = isRecord(request['workspace']) ? request['workspace'] : {};
  const working_dir = posix.join(worktree, posix.relative(root, source));
  return { request: { ...request, workspace: { ...workspace, working_dir } } };
}

/**
 * Whether the server makes a worktree. An old server does not. A folder that is no repository becomes one, and the agent works in the
 * folder itself.
 */
function makesWorktrees({
  version = AGENT_SERVER_VERSION,
  folder = 'repository',
  ignoresWorktree,
}: AgentServerVariant): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < 1 || (major === 1 && minor < 57);
  return !isOld && ignoresWorktree !== true && !['plain', 'missing', 'bare'].includes(folder);
}

function refusalOf(
  ref: string,
  command: string,
  { folder, absentRefs = [] }: AgentServerVariant,
): Reply | undefined {
  if (!REF.test(ref)) {
    const msg = `String should match pattern '${REF.source}'`;
    const loc = ['body', 'worktree_options', 'ref'];
    return invalid([{ loc, msg, type: 'string_pattern_mismatch' }]);
  }
  const isThere = folder !== 'empty' && folder !== 'no-remote' && !absentRefs.includes(ref);
  const exception = `Git command failed: ${command}`;
  return isThere ? undefined : json(500, { detail: 'Internal Server Error', exception });
}

/** Returns the root of the worktree that a folder is in; `undefined` if it is in none. */
export function worktreeOf(folder: string): string | undefined {
  return WORKTREE.exec(folder)?.[0];
}

/** Returns the commit that a worktree began with. */
export function commitOf(request: JsonObject): string {
  const ref = textOf(request, 'worktree_options', 'ref') ?? '';
  return COMMIT.test(ref) ? ref : FETCHED;
}
