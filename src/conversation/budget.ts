import { asPreciseDollars } from '../text/dollars.ts';
import { Interruption } from './clock.ts';
import type { Facts, Usage } from './conversation.ts';
import { catchFailure, type Session } from './session.ts';

/** If there is a budget, reads the usage from the newest events: some servers show it nowhere else. Empty if the read fails. */
export async function readUsage(id: string, { api, signal, maxCostUsd }: Session): Promise<Usage> {
  const read = maxCostUsd === undefined ? {} : await catchFailure(api.readSteps(id, signal));
  return ('usage' in read ? read.usage : undefined) ?? {};
}

/** Whether a conversation has reached its budget. An unknown cost counts as zero. */
export function isBudgetSpent(
  { costUsd = 0 }: Facts,
  { maxCostUsd = Infinity }: Pick<Session, 'maxCostUsd'>,
): boolean {
  return costUsd >= maxCostUsd;
}

/** Throws an {@link Interruption} if the budget is spent. Called before all that costs: a message, a resume, a longer wait. */
export function checkBudget(facts: Facts, session: Session): void {
  const { maxCostUsd, before, emit } = session;
  if (maxCostUsd === undefined || !isBudgetSpent(facts, session)) return;
  // If the agent went on after its checks, their result.
  const checks = before?.checks;
  emit({ kind: 'budget-spent', facts, ...(checks && { checks }) });
  throw new Interruption('budget', `max-cost-usd is ${asPreciseDollars(maxCostUsd)}`);
}
