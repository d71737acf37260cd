import type { CutShort, Outcome } from '../port/outcome.ts';
import { leftIn } from '../record/unfinished-work.ts';
import { hasMessageToSend } from '../record/unsent.ts';
import { tryWithTimeLimit } from '../session/ask.ts';
import type { ConnectedContext } from './context.ts';
import { STOP_MS } from './stop-own-agent.ts';

/** How long to wait for the agent's words. */
const SO_FAR_MS = 5_000;

/** Adds what the agent has said so far to an end that cut it short: as read now or, if that fails, its last answer. */
export async function addWordsSoFar(outcome: Outcome, context: ConnectedContext): Promise<Outcome> {
  // A failed start has cut nothing short: the agent did not get the message.
  if (outcome.kind !== 'cut-short') return outcome;
  const text = (await readWords(outcome, context)) ?? context.recorder.record().answers[0];
  if (text === undefined) return outcome;
  // If the step's message is not delivered, the words are an answer to an earlier one.
  return { ...outcome, soFar: { text, isFromBefore: hasMessageToSend(context.recorder.record()) } };
}

/** Reads the agent's last answer to this step; `undefined` if there is none, or no time, or if that fails. */
async function readWords(outcome: CutShort, context: ConnectedContext): Promise<string | undefined> {
  const { world, inputs, api, recorder } = context;
  const { messageCursor, isWithoutTools } = recorder.record();
  // The answer of an agent that may have tools is not read.
  if (inputs.hasNoTools && !isWithoutTools) return undefined;
  const access = { clock: world.clock, signal: world.cancelled };
  const read = await tryWithTimeLimit(limitMsFor(outcome, context), access, async (signal) =>
    api.readStoredEnd(outcome.conversation.id, signal, messageCursor && { messageCursor }),
  ).catch(() => undefined);
  return read?.answer;
}

/** How long to wait for the words, in milliseconds: at most until the time limit of the agent's pause. 0 or less: not at all. */
function limitMsFor({ status }: CutShort, { world, recorder, deadlineAt }: ConnectedContext): number {
  // After a cancel there is no time left, and a server that is gone does not answer.
  if (status === 'cancelled' || leftIn(recorder.record().unfinishedWork)?.isGone) return 0;
  return Math.min(SO_FAR_MS, deadlineAt + STOP_MS.deadline - world.clock.now());
}
