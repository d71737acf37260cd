import { ApiFailure, type ConversationApi, type Sandbox } from './api.ts';
import type { Clock } from './clock.ts';

const RESUME = 'resume the conversation';
const LOOK_MS = 2_000;
/** A sandbox starts within seconds; on a busy server it takes longer, and beyond this it will not. */
const WAKE_MS = 120_000;
const MOST_TRIES = 3;

/**
 * Does what may be done twice: three times in all, where the API fails.
 *
 * @throws {ApiFailure} the last failure; the signal's reason once aborted.
 */
export async function persist(ask: () => Promise<void>, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!(error instanceof ApiFailure) || tries === MOST_TRIES) throw error;
      await clock.sleep(LOOK_MS, signal);
    }
  }
}

/**
 * Sees to it that the sandbox of a conversation runs. It is asked to once, however long that takes.
 *
 * @throws {ApiFailure} where the sandbox does not start; the signal's reason once aborted.
 */
export async function wakeUp(
  api: ConversationApi,
  id: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Sandbox & { readonly kind: 'running' | 'gone' }> {
  const since = clock.now();
  let asked = false;
  for (;;) {
    const sandbox = await api.sandbox(id, signal);
    if (sandbox.kind === 'running' || sandbox.kind === 'gone') return sandbox;
    if (clock.now() - since >= WAKE_MS) {
      throw cannotResume(`its sandbox did not start within ${WAKE_MS / 1000} s`, api.page(id));
    }
    if (sandbox.kind === 'paused' && !asked) {
      await wake(api, sandbox.handle, signal);
      asked = true;
    }
    await clock.sleep(LOOK_MS, signal);
  }
}

/** Where the answer is lost, the sandbox itself shows whether it wakes. */
async function wake(api: ConversationApi, handle: string, signal: AbortSignal): Promise<void> {
  try {
    await api.wake(handle, signal);
  } catch (error) {
    if (!(error instanceof ApiFailure) || !error.mayHaveActed) throw error;
  }
}

function cannotResume(because: string, page: string): ApiFailure {
  const todo = `see what became of it: ${page}`;
  return new ApiFailure({ failedTo: RESUME, because, todo, kind: 'sandbox' });
}
