import type { ConversationView } from '../../simulator/server/server.ts';
import { UNCLONED_BRANCH } from '../plan-folders.ts';
import type { Played } from '../play.ts';
import { conversationsOf, toldId } from '../truth.ts';
import { isGreen } from './outputs.ts';
import { ofEachStep } from './violation.ts';

/** No step is green that starts an agent without a clone of its repository, or finds one by its key. */
export const cloneIsThere = ofEachStep('the repository is there', (step, played) => {
  if (step.plan.continues !== undefined) return [];
  const all = conversationsOf(played, toldId(step));
  const isWithout = all.length > 0 && all.every((each) => lacksClone(each, played));
  return isWithout && isGreen(step)
    ? [`it is ${step.outputs['status'] ?? ''}, and the server could not clone the repository`]
    : [];
});

/** Whether there is no clone for a conversation in the end. In a shared sandbox, another one may have its clone there. */
function lacksClone(
  conversation: ConversationView,
  { conversations, deleted, neighbor, history }: Played,
): boolean {
  const others = [...deleted.conversations, ...conversations, ...(neighbor === undefined ? [] : [neighbor])];
  return others
    .filter(({ sandboxId }) => sandboxId === conversation.sandboxId)
    .every((each) => isUncloned(each, history));
}

/** Whether the server could not clone the repository of a conversation. */
export function isUncloned(
  { repository, branch }: ConversationView,
  { server: { failsToClone: fails } }: Played['history'],
): boolean {
  if (fails === undefined || repository === null) return false;
  return fails === 'repository' || branch === UNCLONED_BRANCH;
}
