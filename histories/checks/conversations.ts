import { canonicalId } from '../../simulator/ids.ts';
import { isLost } from '../../simulator/server/at-work.ts';
import type { Played } from '../play.ts';
import { haveOverlapped, startedIn } from '../truth.ts';
import type { Check, Violation } from './violation.ts';

/** One start has one conversation, and so has a generation of a key. */
export const oneConversation: Check = (played) => [...ofTasks(played), ...ofIds(played)];

/**
 * Without a key, each step may start one conversation. With a key, all its steps together may start one, and another one each time that the
 * key is free again.
 */
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
    const freed = timesFreed(steps, played);
    const mostOfSteps = steps.length + freed;
    const most = isOfKey && !restarts ? 1 + freed : mostOfSteps;
    if (ids.size <= most) return [];
    const whose = ids.size <= mostOfSteps ? 'the steps' : 'more than the steps';
    return [
      {
        promise: 'one conversation',
        text: `${whose} of ${key} have ${ids.size} conversations, where at most ${most} can be: ${[...ids].join(', ')}`,
      },
    ];
  });
}

/**
 * Returns how many conversations at most have freed the key of some steps: those that were deleted, those that the server does not know any
 * more and, with `send`, those that are archived, or answer the message as if they were.
 */
function timesFreed(steps: Played['steps'], { conversations, deeds }: Played): number {
  const deleted = deeds.filter(({ what }) => what === 'delete').length;
  const unknown = conversations.filter(({ state }) => !state.shown).length;
  if (steps.every(({ inputs }) => inputs['if-exists'] !== 'send')) return deleted + unknown;
  const archived = conversations.filter(
    ({ state }) => state.version !== 'v0' && state.sandbox === 'MISSING',
  ).length;
  const gone = steps
    .flatMap(({ requests }) => requests)
    .filter(
      ({ method, mishap }) =>
        method === 'POST' && mishap?.answer.kind === 'status' && mishap.answer.status === 410,
    ).length;
  return deleted + unknown + archived + gone;
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

/**
 * Two starts with the same id are one too many, unless the server does not show the first one, so that the action asks again, or two runs start
 * at the same moment: then at most one of the agents is awake.
 */
function ofIds(played: Played): readonly Violation[] {
  const all = startedIn(played);
  const hasTwoRuns = played.steps.some((one) => played.steps.some((other) => haveOverlapped(one, other)));
  return [...new Set(all.map(({ id }) => id))].flatMap((id) => {
    const same = all.filter((each) => each.id === id);
    const isUnseen = same.some(({ state }) => !state.shown);
    const isAllowed = hasTwoRuns ? same.filter(isAwake).length < 2 : isUnseen;
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

/** Whether a conversation has an agent that is not paused, and that the server shows. */
function isAwake({ state }: Played['conversations'][number]): boolean {
  return (
    state.version !== 'v0' &&
    state.shown &&
    state.start === 'READY' &&
    state.sandbox !== 'PAUSED' &&
    !isLost({ state })
  );
}
