import { clientFor } from './client.ts';
import type { ConversationApi } from './conversation/api.ts';
import type { Driving } from './conversation/drive.ts';
import type { WaitEvent } from './conversation/events.ts';
import type { Pace } from './conversation/pace.ts';
import type { StartOptions } from './conversation/start.ts';
import type { Inputs } from './inputs.ts';
import type { BeginOptions } from './openhands/begin.ts';
import type { Recorder } from './record.ts';
import type { World } from './world.ts';

/** What the two halves of a conversation, its beginning and the wait for its end, have in common. */
export interface Stage {
  readonly world: World;
  readonly recorder: Recorder;
  /** When the step began, the clock's milliseconds. */
  readonly startedAt: number;
  /** Aborted when the deadline passes or the step is cancelled. */
  readonly signal: AbortSignal;
  /** Aborted when a cancelled step has no more time for its agent. */
  readonly late: AbortSignal;
}

/** What beginning, or taking up, needs. */
export function beginOptions(
  inputs: Inputs,
  { world, recorder: { tell }, startedAt, signal }: Stage,
): BeginOptions {
  const { runner, clock } = world;
  const deadlineAt = startedAt + inputs.timeoutMs;
  return {
    http: clientFor(inputs, world, {
      secrets: runner.secrets,
      deadlineAt,
      onRetry: (error, waitMs) => {
        tell({ kind: 'retrying', problem: error.problem, waitMs });
      },
    }),
    version: inputs.apiVersion,
    clock,
    signal,
    onAsk: (id, version) => {
      tell({ kind: 'api', version });
      tell({ kind: 'asking', id });
    },
    onRefused: () => {
      tell({ kind: 'refused' });
    },
    onAnswer: (version, progress, id) => {
      tell({ kind: 'api', version });
      const isShared = inputs.work.kind === 'start' && inputs.work.key !== undefined;
      if (progress.kind === 'pending') tell({ kind: 'preparing', task: progress.task, id, isShared });
    },
  };
}

/** What the wait for a start needs. */
export function startOptions(api: ConversationApi, inputs: Inputs, stage: Stage): StartOptions {
  const {
    world,
    recorder: { tell },
    startedAt,
    signal,
  } = stage;
  return {
    api,
    clock: world.clock,
    pace: paceOf(inputs, world),
    startedAt,
    deadlineAt: startedAt + inputs.timeoutMs,
    signal,
    ...(inputs.workplace && { workplace: inputs.workplace }),
    onPhase: (phase) => {
      tell({ kind: 'start-phase', phase });
    },
  };
}

/** What the wait for an end needs. */
export function waitOptions(api: ConversationApi, inputs: Inputs, stage: Stage): Driving {
  const { world, recorder, startedAt, signal } = stage;
  return {
    api,
    clock: world.clock,
    pace: paceOf(inputs, world),
    deadlineAt: startedAt + inputs.timeoutMs,
    signal,
    tell: (event) => {
      recorder.tell(withoutSecretsIn(event, world.runner.secrets.redact));
    },
  };
}

/** What a server says once more without secrets: the key of a sandbox may have come with an answer in between. */
function withoutSecretsIn(event: WaitEvent, redact: (text: string) => string): WaitEvent {
  switch (event.kind) {
    case 'phase':
    case 'still':
    case 'unrecognized':
    case 'unclear':
    case 'paused':
      return { ...event, phase: redact(event.phase) };
    case 'steps':
      return { ...event, steps: event.steps.map(({ kind, text }) => ({ kind, text: redact(text) })) };
    case 'title':
      return { ...event, title: redact(event.title) };
    case 'unread':
      return { ...event, because: redact(event.because) };
    case 'no-steps':
    case 'not-resumed':
    case 'unreadable':
      return { ...event, problem: { ...event.problem, because: redact(event.problem.because) } };
    default:
      return event;
  }
}

function paceOf({ longestPollMs: longestMs }: Inputs, { random }: World): Pace {
  return { longestMs, random };
}
