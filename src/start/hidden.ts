import { NO_FACTS, type Snapshot } from '../port/conversation.ts';
import type { Role } from '../port/events.ts';
import { noConversation, type Outcome } from '../port/outcome.ts';
import { CONFIRM_MS, MIN_LOOKING_MS } from '../port/pace.ts';
import { OTHER_KEY, type Problem } from '../port/problem.ts';
import { askUntilKnown } from '../session/ask.ts';
import { checkBudget } from '../session/budget.ts';
import { resumeAgent } from '../session/resume.ts';
import { lookAt, reportFound, type Session } from '../session/session.ts';
import { MAX_STOP_MS, stopAgent } from '../session/stop.ts';
import { refuseOther, type WantedStart } from './key.ts';
import type { Created } from './prepare.ts';

const WHY_HIDDEN =
  'the server does not list it a minute after its start, perhaps because a conversation with the same id was deleted';

/**
 * Waits until the server lists the conversation of a start. If that takes more than a minute, pauses the sandbox, because the
 * agent would work unseen: newer servers hide a conversation if one with its id was deleted. If it is listed after the pause,
 * runs the agent again. Returns the last look, or the outcome; `undefined` if the server listed it before, so that nothing was done.
 */
export async function waitUntilListed(
  created: Created,
  wanted: WantedStart,
  role: Role | undefined,
  session: Session,
): Promise<Snapshot | Outcome | undefined> {
  if (created.kind !== 'created' || created.unlisted === undefined) return undefined;
  const { id, readyAt, unlisted } = created;
  reportFound(id, session, role);
  const limitMs = Math.max(readyAt + CONFIRM_MS - session.clock.now(), MIN_LOOKING_MS);
  const listed = await askUntilKnown(limitMs, session, async () => {
    const look = await lookAt(id, session);
    return look.facts && look;
  });
  if (listed === undefined) return pauseUnlisted(id, unlisted.sandbox, wanted, session);
  return refuseListed(listed, wanted) ?? listed;
}

/** Returns the outcome if a conversation is not the key's, which shows only now that it is listed. */
function refuseListed({ facts }: Snapshot, wanted: WantedStart): Outcome | undefined {
  return refuseOther({ id: wanted.request.id, repository: facts?.repository }, wanted);
}

/** Pauses the sandbox of a start and looks once more. If the conversation is listed by then, runs the agent again. */
async function pauseUnlisted(
  id: string,
  sandbox: string | undefined,
  wanted: WantedStart,
  session: Session,
): Promise<Snapshot | Outcome> {
  const { api, clock, signal, emit } = session;
  const stopped = await stopAgent(api, id, { clock, signal, limitMs: MAX_STOP_MS, pendingWork: 'start' });
  const look = await lookAt(id, session);
  if (look.facts !== undefined) return refuseListed(look, wanted) ?? resumeListed(id, look, session);
  const named = sandbox === undefined ? 'its sandbox' : `sandbox ${sandbox}`;
  const isPaused = stopped.kind !== 'not-stopped';
  const what = isPaused ? 'was paused' : `could not be paused (${stopped.because})`;
  const problem: Problem = {
    failedTo: 'find the conversation that was started',
    because: `${WHY_HIDDEN}; ${named} ${what}`,
    ...(isPaused
      ? wanted.isShared
        ? OTHER_KEY
        : { advice: '', next: 'new-agent' }
      : { advice: `check what runs in ${named} before another agent starts` }),
    kind: 'not-found',
    ...(isPaused && { isHidden: true }),
  };
  emit({ kind: 'hidden', isPaused, problem });
  return noConversation(problem, 'missing');
}

/** Runs an agent again that was paused only because the server listed its conversation late. */
async function resumeListed(
  id: string,
  { facts = NO_FACTS }: Snapshot,
  session: Session,
): Promise<Snapshot | Outcome> {
  checkBudget(facts, session);
  session.emit({ kind: 'resuming' });
  const problem = await resumeAgent({ id, hasPendingWork: true }, session);
  if (problem === undefined) return lookAt(id, session);
  const conversation = session.api.conversation(id);
  return { kind: 'failed-start', status: 'start-failed', conversation, facts, problem };
}
