import { drive, type DriveContext } from './drive.ts';
import type { Outcome } from './outcome.ts';
import { waitingFor } from './waiting.ts';
import { watch } from './watch.ts';

/**
 * Looks at a conversation and returns its outcome: `running` if it has not ended, or is paused.
 *
 * @throws as {@link drive} does.
 */
export async function currentOutcome(id: string, context: DriveContext): Promise<Outcome> {
  const watched = watch(context.api.conversation(id), context.clock.now());
  const { value } = await drive([waitingFor(watched, { onPaused: 'wait', poll: false })], context).next();
  if (value === undefined) throw new Error('reading the status gave no result');
  return value;
}
