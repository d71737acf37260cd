import { Interruption } from './clock.ts';
import type { Facts } from './conversation.ts';
import { type Turn, withEvents } from './turn.ts';
import type { Waiting } from './waiting-stages.ts';
import { currentStateOf } from './watch.ts';

/** An agent that has worked for this long has a cost. If there is none, the server does not report it. */
const SILENT_MS = 120_000;

/**
 * Applies the budget to a turn: ends the wait for a conversation that has reached its limit, unless it has ended. Warns once if
 * the server reports no cost.
 */
export function withinBudget(turn: Turn<Waiting>, now: number): Turn<Waiting> {
  const { next } = turn;
  if (!('stage' in next) || next.budget === undefined || hasEnded(next)) return turn;
  const { watch, budget } = next;
  const { maxUsd, isWarned = false } = budget;
  const { costUsd } = watch.facts;
  const spent = spentBudget(watch.facts, maxUsd);
  if (spent)
    return { events: [...turn.events, { kind: 'current-state', ...currentStateOf(watch) }], next: spent };
  const isSilent = costUsd === undefined && watch.seenActive && now - watch.startedAt >= SILENT_MS;
  if (!isSilent || isWarned) return turn;
  const { conversation } = watch;
  const warned = { ...next, budget: { ...budget, isWarned: true } } as const;
  return withEvents(turn.events, { events: [{ kind: 'cost-unknown', conversation }], next: warned });
}

/** Whether the conversation has ended, by a look or by a push. */
function hasEnded({ stage, watch }: Waiting): boolean {
  return ENDED.includes(stage.kind) || watch.push?.lastState?.stoppedAt !== undefined;
}

const ENDED: readonly Waiting['stage']['kind'][] = ['checking-message', 'settling', 'collecting', 'closing'];

/**
 * Returns the interruption of a conversation that has reached its budget; `undefined` if it has not.
 *
 * @param maxUsd the limit in US dollars; absent for no limit.
 */
export function spentBudget({ costUsd = 0 }: Facts, maxUsd: number | undefined): Interruption | undefined {
  if (maxUsd === undefined || costUsd < maxUsd) return undefined;
  return new Interruption(
    'budget',
    `the conversation has cost ${dollars(costUsd)} (max-cost-usd is ${dollars(maxUsd)})`,
  );
}

/** Formats an amount with up to four decimals, so that a cost just above the limit does not look equal to it. */
function dollars(usd: number): string {
  const [whole = '', parts = ''] = String(Number(usd.toFixed(4))).split('.');
  return `$${whole}.${parts.padEnd(2, '0')}`;
}
