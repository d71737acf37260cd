import { clientFor } from './client.ts';
import type { ConversationApi } from './conversation/api.ts';
import type { Driving } from './conversation/drive.ts';
import type { LifeEvent } from './conversation/events.ts';
import type { Plan } from './conversation/plan.ts';
import type { Inputs } from './inputs.ts';
import type { HttpClient } from './openhands/http.ts';
import type { Recorder } from './record.ts';
import type { World } from './world.ts';

/** What a conversation is had with. */
export interface Stage {
  readonly world: World;
  readonly recorder: Recorder;
  /** When the step began, the clock's milliseconds. */
  readonly startedAt: number;
  /** Aborted when the deadline passes or the step is cancelled. */
  readonly signal: AbortSignal;
  /** Aborted when a cancelled step has no more time for its agent. */
  readonly late: AbortSignal;
  readonly http: HttpClient;
}

/** The same with the client of the step. */
export function stageOf(inputs: Inputs, stage: Omit<Stage, 'http'>): Stage {
  const { world, recorder, startedAt } = stage;
  const http = clientFor(inputs, world, {
    secrets: world.runner.secrets,
    deadlineAt: startedAt + inputs.timeoutMs,
    onRetry: ({ problem }, waitMs) => {
      recorder.tell({ kind: 'retrying', problem, waitMs });
    },
  });
  return { ...stage, http };
}

/** What the inputs want of the conversation. */
export function planOf({ baseUrl, onPaused, poll, timeoutMs }: Inputs, { startedAt }: Stage): Plan {
  const list = `${baseUrl}/conversations`;
  return { list, startedAt, deadlineAt: startedAt + timeoutMs, onPaused, untilEnd: poll };
}

/** What driving the conversation needs. */
export function drivingOf(
  api: ConversationApi,
  { longestPollMs: longestMs, timeoutMs }: Inputs,
  { world, recorder, startedAt, signal }: Stage,
): Driving {
  return {
    api,
    clock: world.clock,
    pace: { longestMs, random: world.random },
    deadlineAt: startedAt + timeoutMs,
    signal,
    tell: (event) => {
      const { version } = api;
      if (recorder.record().version !== version) recorder.tell({ kind: 'api', version });
      recorder.tell(withoutSecretsIn(event, world.runner.secrets.redact));
    },
  };
}

/** What a server says once more without secrets: the key of a sandbox may have come with an answer in between. */
function withoutSecretsIn(event: LifeEvent, redact: (text: string) => string): LifeEvent {
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
