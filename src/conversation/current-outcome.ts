import { drive, type DriveContext } from './drive.ts';
import type { Outcome } from './outcome.ts';
import { waitingFor } from './waiting.ts';
import { watch } from './watch.ts';

/**
 * Looks at a conversation and returns its outcome: `running` if it has not ended, or is paused.
 *
 * @throws as {@link drive} does.
 */
export async function currentOutcome(id: string, driving: DriveContext): Promise<Outcome> {
  const watched = watch(driving.api.conversation(id), driving.clock.now());
  const { value } = await drive([waitingFor(watched, { onPaused: 'wait', poll: false })], driving).next();
  if (value === undefined) throw new Error('reading the status gave no result');
  return value;
}
