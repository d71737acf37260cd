import { ApiFailure, ATTACH } from '../port/api.ts';
import type { Snapshot } from '../port/conversation.ts';
import { isOver, noConversation, type Outcome } from '../port/outcome.ts';
import { CONFIRM_MS } from '../port/pace.ts';
import type { Problem } from '../port/problem.ts';
import { askUntilKnown, catchFailure } from '../session/ask.ts';
import type { Begun } from '../session/begun.ts';
import { lookAt, reportFound, type Session } from '../session/session.ts';

/** How long a step that does not wait looks for a conversation: servers list a new one half a second after its start. */
const SHORT_LOOKING_MS = 2_000;

/** Finds an existing conversation, to observe it without a message. Returns the outcome if it is not there. */
export async function observe(id: string, session: Session): Promise<Begun | Outcome> {
  const { poll } = session;
  const limitMs = poll ? CONFIRM_MS : SHORT_LOOKING_MS;
  const firstLook = await lookUntilListed(id, { limitMs, isNamedByInput: true }, session);
  if (isOver(firstLook)) return firstLook;
  reportFound(id, session, 'observer', { facts: firstLook.facts });
  // A step that does not wait reports a missing sandbox at once.
  const { state } = firstLook;
  const isCertain = !poll && state.kind === 'unconfirmed' && state.ending === 'missing';
  return { kind: 'found', id, firstLook, isCertain };
}

/**
 * Looks for a conversation: a new one may not be listed yet. Returns the look, or the outcome if it is not there.
 * `isNamedByInput`: its id is the input `conversation-id`, so the advice names that.
 */
export async function lookUntilListed(
  id: string,
  { limitMs, isNamedByInput }: { readonly limitMs: number; readonly isNamedByInput: boolean },
  session: Session,
): Promise<Snapshot | Outcome> {
  const problem: Problem = {
    failedTo: ATTACH,
    because: `the server does not list the conversation ${id}`,
    advice: isNamedByInput
      ? 'check conversation-id and base-url, and that api-key belongs to the account of the conversation'
      : '',
    next: isNamedByInput ? 'new-agent' : 'again',
    kind: 'not-found',
  };
  let isNoted = false;
  const found = await askUntilKnown(limitMs, session, async () => {
    const look = await catchFailure(lookAt(id, session));
    if (look instanceof ApiFailure || look.facts !== undefined) return look;
    if (!isNoted) session.emit({ kind: 'note', about: 'search', problem, limitMs });
    isNoted = true;
    return undefined;
  });
  if (found instanceof ApiFailure) return noConversation({ ...found.problem, failedTo: ATTACH });
  return found ?? noConversation(problem, 'missing');
}
