import { canonicalId } from '../../simulator/ids.ts';
import { isLost } from '../../simulator/server/at-work.ts';
import type { Played } from '../play.ts';
import { haveOverlapped, isDeleted, startedIn } from '../truth.ts';
import type { Check, Violation } from './violation.ts';

/** One start has one conversation, and so has a generation of a key. */
export const oneConversation: Check = (played) => [...ofTasks(played), ...ofIds(played)];

/** Without a key, each step may start one conversation. With a key, all its steps together may start one. */
function ofTasks(played: Played): readonly Violation[] {
  const keys = [...new Set(played.steps.map(keyOf))];
  return keys.flatMap((key) => {
    const steps = played.steps.filter((step) => keyOf(step) === key && step.plan.continues === undefined);
    const messages = new Set(steps.map(({ inputs }) => taskIn(inputs['message'] ?? '')));
    const ids = new Set(
      startedIn(played)
        .filter(({ message }) => messages.has(taskIn(message)))
        .map(({ id }) => id),
    );
    const restarts = steps.some(({ inputs }) => (inputs['if-exists'] ?? '').startsWith('restart'));
    const isOfKey = steps.some(({ inputs }) => 'idempotency-key' in inputs);
    // A conversation frees its key if it is deleted, or if the server does not know it any more.
    const unknown = played.conversations.filter(({ state }) => !state.shown).length;
    // A message to one without a sandbox goes to the next one.
    const sends = steps.some(({ inputs }) => inputs['if-exists'] === 'send');
    const archived = played.conversations.filter(
      ({ state }) => sends && state.version !== 'v0' && state.sandbox === 'MISSING',
    ).length;
    // So does a message that is answered as one to an archived conversation.
    const gone = steps
      .flatMap(({ requests }) => requests)
      .filter(
        ({ method, mishap }) =>
          sends && method === 'POST' && mishap?.answer.kind === 'status' && mishap.answer.status === 410,
      ).length;
    const freed = played.deeds.filter(({ what }) => what === 'delete').length + unknown + archived + gone;
    // A server that chooses ids itself cannot find what a key has: each step starts its own.
    const isFound = isOfKey && played.history.server.ignoresIds !== true;
    const most = isFound && !restarts ? 1 + freed : steps.length + freed;
    if (ids.size <= most) return [];
    return [
      {
        promise: 'one conversation',
        text: `${ids.size} conversations of ${key}, where at most ${most} can be: ${[...ids].join(', ')}`,
      },
    ];
  });
}

function keyOf({ inputs, plan }: Played['steps'][number]): string {
  const key = inputs['idempotency-key'] ?? `the task of run ${plan.run}`;
  const isBare = inputs['tools'] === 'none';
  return `${key}${isBare ? ' without tools' : ''}${inputs['repository'] === 'none' ? ' without a repository' : ''}`;
}

/** Returns the number of the task in a message; the message itself if it has none. */
export function taskIn(message: string): string {
  return /Task of step (\w+)\./.exec(message)?.[1] ?? message;
}

/** Two starts with the same id are one too many, unless two runs start at the same moment: then one of the agents is paused. */
function ofIds(played: Played): readonly Violation[] {
  // In a shared sandbox both are one conversation, and it is not paused because of the others in it.
  if (played.history.server.isShared === true) return [];
  const all = startedIn(played).filter(({ id }) => !isDeleted(played, id));
  const hasTwoRuns = played.steps.some((one) => played.steps.some((other) => haveOverlapped(one, other)));
  return [...new Set(all.map(({ id }) => id))].flatMap((id) => {
    const same = all.filter((each) => each.id === id);
    // A start that never gets ready has no agent, and one that the server does not show is not there for a step.
    const awake = same.filter(
      (each) =>
        each.state.version !== 'v0' &&
        each.state.shown &&
        each.state.start === 'READY' &&
        each.state.sandbox !== 'PAUSED' &&
        !isLost(each),
    );
    const isUnseen = same.some(({ state }) => !state.shown);
    const isAllowed = (isUnseen && !hasTwoRuns) || ((isUnseen || hasTwoRuns) && awake.length < 2);
    if (same.length < 2 || isAllowed) return [];
    const states = same.map(({ state }) => JSON.stringify(state)).join(' and ');
    return [
      {
        promise: 'one conversation',
        conversation: canonicalId(id),
        text: `${same.length} starts of one id: ${states}`,
      },
    ];
  });
}
