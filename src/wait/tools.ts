import { ApiFailure } from '../port/api.ts';
import { Interruption } from '../port/interruption.ts';
import { CONFIRM_MS } from '../port/pace.ts';
import { askWithin, catchFailure } from '../session/ask.ts';
import type { Session } from '../session/session.ts';
import type { Watch } from './watch.ts';

/** How many tools an error names. */
const MAX_NAMED = 10;

/**
 * Makes sure that the agent has no tools, if it must have none: a server adds plugins that the start does not name. Reads what the model
 * was told as soon as that is stored, once for a wait. The agent of a correction was looked at before.
 *
 * @throws an {@link Interruption} if the agent has tools, or the server does not tell that within a minute. With `mayBeUntold`, reads once,
 * and takes no answer for a good one: the agent may have no message yet.
 */
export async function requireNoTools(
  watch: Watch,
  session: Session,
  { mayBeUntold = false }: { readonly mayBeUntold?: boolean } = {},
): Promise<void> {
  const { api, signal, hasNoTools, before } = session;
  if (!hasNoTools || watch.isWithoutTools || before !== undefined) return;
  const read = async (within: AbortSignal): Promise<readonly string[] | undefined> =>
    api.readOtherTools?.(watch.id, within);
  const others = mayBeUntold ? await catchFailure(read(signal)) : await askWithin(CONFIRM_MS, session, read);
  if (others instanceof ApiFailure || others === undefined) {
    if (mayBeUntold) return;
    throw new Interruption('tools', 'tools is none, and the server does not tell which tools the agent has');
  }
  if (others.length > 0) throw new Interruption('tools', hasTools(others));
  watch.rememberNoTools();
}

function hasTools(names: readonly string[]): string {
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '';
  return `tools is none, and the server has given the agent tools: ${names.slice(0, MAX_NAMED).join(', ')}${more}`;
}
