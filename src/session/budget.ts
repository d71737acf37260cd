import { ApiFailure } from '../port/api.ts';
import type { Facts, Usage } from '../port/conversation.ts';
import { Interruption } from '../port/interruption.ts';
import { asPreciseDollars } from '../text/dollars.ts';
import { catchFailure } from './ask.ts';
import type { Session } from './session.ts';

/** If there is a budget, reads the usage from the newest events: some servers show it nowhere else. Empty if the read fails. */
export async function readUsage(id: string, { api, signal, maxCostUsd }: Session): Promise<Usage> {
  if (maxCostUsd === undefined) return {};
  const read = await catchFailure(api.readSteps(id, signal));
  return read instanceof ApiFailure ? {} : (read.usage ?? {});
}

/** Whether a conversation has reached its budget. An unknown cost counts as zero. */
export function isBudgetSpent(
  { costUsd = 0 }: Facts,
  { maxCostUsd = Infinity }: Pick<Session, 'maxCostUsd'>,
): boolean {
  return costUsd >= maxCostUsd;
}

/** Says at the end of a step with a budget if the server has told tokens and no cost. */
export function reportUntoldCost(
  { costUsd, tokens }: Facts,
  { maxCostUsd, emit }: Pick<Session, 'maxCostUsd' | 'emit'>,
): void {
  if (maxCostUsd !== undefined && tokens !== undefined && costUsd === undefined)
    emit({ kind: 'note', about: 'unknown-cost' });
}

/** Throws an {@link Interruption} if the budget is spent. Called before all that costs: a message, a resume, a longer wait. */
export function checkBudget(facts: Facts, session: Session): void {
  const { maxCostUsd, before, emit } = session;
  if (maxCostUsd === undefined || !isBudgetSpent(facts, session)) return;
  // The result of earlier checks, if the agent went on after them.
  const checks = before?.checks;
  emit({ kind: 'budget-spent', facts, ...(checks && { checks }) });
  throw new Interruption('budget', `max-cost-usd is ${asPreciseDollars(maxCostUsd)}`);
}
