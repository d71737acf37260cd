import { clientFor } from './client.ts';
import type { ConversationApi } from './conversation/api.ts';
import type { ApiVersion } from './conversation/conversation.ts';
import type { Driving } from './conversation/drive.ts';
import type { WaitEvent } from './conversation/events.ts';
import type { Pace } from './conversation/pace.ts';
import type { StartOptions } from './conversation/start.ts';
import type { StateKeeper } from './github/state.ts';
import type { Inputs } from './inputs.ts';
import type { BeginOptions } from './openhands/begin.ts';
import type { Journal } from './report/journal.ts';
import { pullRequestUrls } from './report/pull-requests.ts';
import type { World } from './run.ts';
import type { Teller } from './teller.ts';

/** What the two halves of a conversation, its beginning and the wait for its end, have in common. */
export interface Stage {
  readonly world: World;
  readonly state: StateKeeper;
  readonly journal: Journal;
  readonly teller: Teller;
  /** Aborted when the deadline passes or the step is cancelled. */
  readonly signal: AbortSignal;
  /** Aborted when a cancelled step has no more time for its agent. */
  readonly late: AbortSignal;
}

/** What beginning, or taking up, needs. */
export function beginOptions(inputs: Inputs, { world, state, journal, signal }: Stage): BeginOptions {
  const { runner, clock } = world;
  const deadlineAt = journal.startedAt + inputs.timeoutMs;
  return {
    http: clientFor(inputs, world, { secrets: runner.secrets, deadlineAt, onRetry: journal.retrying }),
    version: inputs.apiVersion,
    clock,
    signal,
    onAsk: (id, version) => {
      state.keep({ step: 'asked', version, id });
    },
    onRefused: () => {
      state.keep({ step: 'over' });
    },
    onAnswer: (version, progress, id) => {
      const keyed =
        inputs.work.kind === 'start' && inputs.work.key !== undefined && ({ keyed: true } as const);
      if (progress.kind === 'pending')
        state.keep({ step: 'pending', version, task: progress.task, id, ...keyed });
      if (progress.kind === 'created')
        state.keep({ step: 'started', version, id: progress.id, called: true });
    },
  };
}

/** What the wait for a start needs. */
export function startOptions(api: ConversationApi, inputs: Inputs, stage: Stage): StartOptions {
  const { world, journal, signal } = stage;
  return {
    api,
    clock: world.clock,
    pace: paceOf(inputs, world),
    startedAt: journal.startedAt,
    deadlineAt: journal.startedAt + inputs.timeoutMs,
    signal,
    ...(inputs.workplace && { workplace: inputs.workplace }),
    onPhase: journal.startPhase,
  };
}

/** What the wait for an end needs. */
export function waitOptions(api: ConversationApi, inputs: Inputs, stage: Stage): Driving {
  const { world, journal, teller, signal } = stage;
  let told = '';
  return {
    api,
    clock: world.clock,
    pace: paceOf(inputs, world),
    deadlineAt: journal.startedAt + inputs.timeoutMs,
    signal,
    tell: (read) => {
      const event = withoutSecretsIn(read, world.runner.secrets.redact);
      keepCalled(event, api.version, stage);
      journal.waiting(event);
      teller.waiting(event, journal.elapsedMs());
      const { serverUrl } = world.workflow;
      const urls = pullRequestUrls(journal.facts(), '', inputs.workplace, serverUrl).join('\n');
      if (urls !== told) world.runner.output('pull-request-urls', urls);
      told = urls;
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

/** Remembers whether something is on its way to the agent, which may look at rest until it is seen at work. */
function keepCalled(event: WaitEvent, version: ApiVersion, { state }: Stage): void {
  // Whoever resumes an agent is whose it is to stop.
  if (event.kind === 'resuming')
    state.keep({ step: 'started', version, id: event.conversation.id, called: true });
  const ours = state.current();
  if (ours.step === 'started' && (event.kind === 'at-work' || event.kind === 'at-rest'))
    state.keep({ step: 'started', version, id: ours.id });
}

function paceOf({ longestPollMs: longestMs }: Inputs, { random }: World): Pace {
  return { longestMs, random };
}
