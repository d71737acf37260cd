import type { ConversationApi } from './conversation/api.ts';
import type { Session } from './conversation/session.ts';
import type { GitHub } from './github/octokit.ts';
import type { HttpClient } from './http/client.ts';
import type { Inputs } from './inputs.ts';
import { wantedApi } from './openhands/auto.ts';
import { clientFor } from './openhands/client.ts';
import type { Recorder } from './record.ts';
import type { World } from './world.ts';

/** What a step gets that may send requests to the server. Times are the clock's milliseconds. */
export interface StepContext {
  readonly world: World;
  readonly inputs: Inputs;
  readonly recorder: Recorder;
  readonly startedAt: number;
  readonly deadlineAt: number;
  /** Aborted when the deadline passes or the step is cancelled. */
  readonly signal: AbortSignal;
  /** Aborted when a cancelled step has no more time for its agent. */
  readonly late: AbortSignal;
  readonly http: HttpClient;
  readonly api: ConversationApi;
  readonly github: GitHub;
}

/** Adds the API clients to a context. */
export function withApi(context: Omit<StepContext, 'http' | 'api'>): StepContext {
  const { world, inputs, recorder, deadlineAt } = context;
  const http = clientFor(inputs, world, {
    secrets: world.runner.secrets,
    deadlineAt,
    onRetry: ({ problem }, waitMs) => {
      recorder.emit({ kind: 'retrying', problem, waitMs });
    },
  });
  return { ...context, http, api: wantedApi(inputs.apiVersion, http) };
}

/** Returns what the step needs to work with its conversation. */
export function sessionOf(context: StepContext): Session {
  const { world, inputs, recorder, startedAt, deadlineAt, signal, api } = context;
  const { poll, onPaused, maxCostUsd } = inputs;
  return {
    api,
    clock: world.clock,
    pace: { longestMs: inputs.longestPollMs, random: world.random },
    startedAt,
    deadlineAt,
    signal,
    poll,
    onPaused,
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    emit(event) {
      const { version } = api;
      if (recorder.record().version !== version) recorder.emit({ kind: 'api', version });
      recorder.emit(event);
    },
  };
}
