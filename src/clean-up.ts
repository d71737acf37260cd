import { ApiFailure, type ConversationApi, type Found } from './conversation/api.ts';
import { type Clock, Interruption, withDeadline } from './conversation/clock.ts';
import { stopAgent } from './conversation/stop.ts';
import type { Runner } from './github/runner.ts';
import type { StepState, Unfinished } from './github/state.ts';
import type { Connection } from './inputs/connection.ts';
import { apiOf } from './openhands/begin.ts';
import type { HttpClient } from './openhands/http.ts';
import { aftermathWords } from './report/interruption.ts';

/** So long a start that was under way may take to become a conversation that can be stopped. */
const START_MS = 60_000;
const LOOK_MS = 2_000;
const STOP_MS = 30_000;

/** What cleaning up needs. */
export interface CleanUp {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly connection: Connection;
}

/**
 * Stops the agent that `main` started and could not stop itself: it was killed, or cancelled while the start was under
 * way. Once, and only an agent that still runs. What goes wrong is told and fails nothing: the step has its result.
 */
export async function cleanUp(state: StepState, { runner, clock, http, connection }: CleanUp): Promise<void> {
  if (state.step === 'over') return;
  const api = apiOf(state.step === 'asked' ? 'v1' : state.version, http);
  // Where main left no reason it was killed.
  const { brokenOffBy = 'cancel' } = state;
  if (!connection.stopOn[brokenOffBy]) {
    const input = brokenOffBy === 'cancel' ? 'stop-on-cancel' : 'stop-on-timeout';
    runner.info(`The step was broken off, and the agent goes on, as ${input} is false: see ${api.list}`);
    return;
  }
  const id = await settled(state, api, clock);
  if (id === undefined) {
    runner.warning(
      `The step was broken off while the conversation was being started: see at ${api.list} whether it runs`,
    );
    return;
  }
  const aftermath = await stopAgent(api, id, clock, STOP_MS);
  const text = `The step was broken off, and ${aftermathWords(aftermath)}: ${api.page(id)}`;
  if (aftermath.kind === 'not-stopped') runner.warning(text);
  else runner.notice(text);
}

/** The id of the conversation, once there is one; `undefined` where there is none within a minute. */
async function settled(state: Unfinished, api: ConversationApi, clock: Clock): Promise<string | undefined> {
  const never = new AbortController().signal;
  try {
    return await withDeadline(clock, START_MS, never, async (signal) => createdBy(state, api, clock, signal));
  } catch (error) {
    if (error instanceof ApiFailure || error instanceof Interruption) return undefined;
    throw error;
  }
}

/** Follows a start until it has become a conversation, or is known to become none. */
async function createdBy(
  state: Unfinished,
  api: ConversationApi,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (state.step === 'started') return state.id;
  const look = async (): Promise<Found> =>
    state.step === 'asked' ? api.find({ id: state.id }, signal) : api.startProgress(state.task, signal);
  let found = await look();
  while (found.kind !== 'created') {
    if (found.kind === 'failed' || found.kind === 'untold') return undefined;
    await clock.sleep(LOOK_MS, signal);
    found = found.kind === 'not-there' ? await look() : await api.startProgress(found.task, signal);
  }
  return found.id;
}
