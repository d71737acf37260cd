import { posix } from 'node:path';

import { ApiFailure, START } from '../port/api.ts';
import { isSameId, NO_FACTS, type Snapshot } from '../port/conversation.ts';
import type { Outcome } from '../port/outcome.ts';
import type { Problem } from '../port/problem.ts';
import { catchFailure } from '../session/ask.ts';
import { lookAt, reportFound, type Session, unreachableOutcome } from '../session/session.ts';
import type { Starter } from './duplicates.ts';
import type { WantedStart } from './key.ts';

/**
 * Looks in which folder the agent works, if the start asked for a worktree. Returns the look. Returns the outcome if this step's own
 * conversation has no worktree: its agent is then in a folder where others may work, perhaps on another commit. Another step's
 * conversation may have none. Returns `undefined` if no worktree was asked for, or if another step's conversation cannot be looked at.
 *
 * @param starter which run has started the conversation.
 */
export async function checkWorktree(
  id: string,
  starter: Starter,
  { request: { workplace, agentServer } }: WantedStart,
  session: Session,
): Promise<Snapshot | Outcome | undefined> {
  const { api, emit } = session;
  const branch = workplace?.branch;
  if (branch === undefined || api.worktrees !== 'made') return undefined;
  const isOwn = starter !== 'another-run';
  if (isOwn) reportFound(id, session, 'started', { mayBeOthers: starter === 'unknown' });
  const look = await catchFailure(lookAt(id, session));
  const conversation = api.conversation(id);
  if (look instanceof ApiFailure)
    return isOwn ? unreachableOutcome(conversation, NO_FACTS, look.problem) : undefined;
  const { facts = NO_FACTS } = look;
  const { folder } = facts;
  if (folder === undefined) {
    emit({ kind: 'note', about: 'unknown-folder', branch });
    return look;
  }
  const isWorktree = !isSameFolder(folder, agentServer?.workingDirectory);
  if (!isWorktree && isOwn)
    return {
      kind: 'failed-start',
      status: 'start-failed',
      conversation,
      facts,
      problem: noWorktreeProblem(branch, folder),
    };
  emit({ kind: 'folder', folder, branch, isWorktree, isOwn });
  return look;
}

function noWorktreeProblem(branch: string, folder: string): Problem {
  return {
    failedTo: START,
    because: `the server made no worktree for branch ${branch}: the agent works in ${folder} itself`,
    advice: 'set working-directory to a clone of the repository',
    next: 'new-agent',
    kind: 'server',
  };
}

/**
 * Warns if another conversation is at work in the folder that a start names, unless the start names a branch, or an agent without tools
 * has the folder for itself. The step can do without this, so no failure counts, and an interruption ends the start itself.
 */
export async function warnOfNeighbors(
  { request: { id, workplace, agentServer, hasNoTools } }: WantedStart,
  { api, emit, signal }: Pick<Session, 'api' | 'emit' | 'signal'>,
): Promise<void> {
  const folder = agentServer?.workingDirectory;
  const isShared = workplace?.branch === undefined && !hasNoTools;
  if (api.readAtWork === undefined || folder === undefined || !isShared) return;
  const atWork = await api.readAtWork(signal).catch((error: unknown) => {
    if (!signal.aborted && !(error instanceof ApiFailure)) throw error;
    return [];
  });
  const others = atWork.filter((each) => isSameFolder(each.folder, folder) && !isSameId(each.id, id));
  const [first] = others;
  if (first === undefined) return;
  const { length: count } = others;
  emit({ kind: 'note', about: 'neighbor', folder, conversation: api.conversation(first.id), count });
}

/** Whether two paths name the same folder by their text: `/srv//a/` is `/srv/a`. */
export function isSameFolder(one: string, other = ''): boolean {
  const [first, second] = [one, other].map((path) => posix.normalize(path).replace(/[\\/]+$/, ''));
  return first === second;
}
