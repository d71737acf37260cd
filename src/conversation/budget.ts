import { Interruption } from './clock.ts';
import type { Facts } from './conversation.ts';
import { type Turn, withEvents } from './turn.ts';
import type { Waiting } from './waiting-stages.ts';
import { standingOf } from './watch.ts';

/** An agent that has worked for so long has cost something: nobody tells how much. */
const SILENT_MS = 120_000;

/**
 * The same turn of a conversation within its budget. One that has cost as much as it may is waited for no longer, unless it
 * has come to its end; if no cost is told, people are warned once.
 */
export function withinBudget(turn: Turn<Waiting>, now: number): Turn<Waiting> {
  const { next } = turn;
  if (!('stage' in next) || next.budget === undefined || hasEnded(next)) return turn;
  const { watch, budget } = next;
  const { maxUsd, isWarned = false } = budget;
  const { costUsd } = watch.facts;
  const spent = spentBudget(watch.facts, maxUsd);
  if (spent) return { events: [...turn.events, { kind: 'still', ...standingOf(watch) }], next: spent };
  const isSilent = costUsd === undefined && watch.seenActive && now - watch.startedAt >= SILENT_MS;
  if (!isSilent || isWarned) return turn;
  const { conversation } = watch;
  const warned = { ...next, budget: { ...budget, isWarned: true } } as const;
  return withEvents(turn.events, { events: [{ kind: 'no-cost', conversation }], next: warned });
}

/** As it was seen, or as the server has just told. */
function hasEnded({ stage, watch }: Waiting): boolean {
  return ENDED.includes(stage.kind) || watch.push?.lastState?.stoppedAt !== undefined;
}

const ENDED: readonly Waiting['stage']['kind'][] = ['checking', 'settling', 'collecting', 'closing'];

/**
 * Why a conversation is left that has cost as much as it may; `undefined` if it has not.
 *
 * @param maxUsd US dollars; absent for no limit.
 */
export function spentBudget({ costUsd = 0 }: Facts, maxUsd: number | undefined): Interruption | undefined {
  if (maxUsd === undefined || costUsd < maxUsd) return undefined;
  return new Interruption(
    'budget',
    `the conversation has cost ${dollars(costUsd)}, and max-cost-usd is ${dollars(maxUsd)}`,
  );
}

/** So exact that what is more than the limit looks like it. */
function dollars(usd: number): string {
  const [whole = '', parts = ''] = String(Number(usd.toFixed(4))).split('.');
  return `$${whole}.${parts.padEnd(2, '0')}`;
}
