import { Interruption } from './clock.ts';
import type { Facts, Usage } from './conversation.ts';
import { orFailure, type Session } from './session.ts';
import type { Watch } from './watch.ts';

/** After this much work an agent has a cost. If there is none, the server does not report it. */
const SILENT_MS = 120_000;

/** If there is a budget, reads the usage from the newest events: some servers show it nowhere else. */
export async function usageOf(id: string, { api, signal, maxCostUsd }: Session): Promise<Usage> {
  const read = maxCostUsd === undefined ? {} : await orFailure(api.steps(id, signal));
  return ('usage' in read ? read.usage : undefined) ?? {};
}

/**
 * Looks at the cost before anything that makes it grow: a message, a resume, a longer wait.
 *
 * @throws {Interruption} once the conversation has reached its budget.
 */
export function checkBudget(facts: Facts, { maxCostUsd, before }: Session): void {
  const { costUsd = 0 } = facts;
  if (maxCostUsd === undefined || costUsd < maxCostUsd) return;
  const { checks } = before ?? {};
  const kept = { facts, ...(checks && { checks }) };
  throw new Interruption('budget', `max-cost-usd is ${dollars(maxCostUsd)}`, { kept });
}

/** Like {@link checkBudget}, during a wait. Says once if the server does not report a cost. */
export function checkBudgetOf(watch: Watch, session: Session): void {
  const { current, workedMs = 0 } = watch;
  const { poll, maxCostUsd } = session;
  if (!poll || maxCostUsd === undefined) return;
  try {
    checkBudget(current.facts, session);
  } catch (error) {
    watch.reportState();
    throw error;
  }
  if (current.facts.costUsd === undefined && workedMs >= SILENT_MS) watch.noteOnce({ about: 'unknown-cost' });
}

/** Formats an amount with up to four decimals, so that a cost just above the limit does not look equal to it. */
export function dollars(usd: number): string {
  const [whole = '', parts = ''] = String(Number(usd.toFixed(4))).split('.');
  return `$${whole}.${parts.padEnd(2, '0')}`;
}
