import type { Assignment, Workplace } from '../conversation/api.ts';
import type { Clock } from '../conversation/clock.ts';
import type { OnPaused } from '../conversation/conversation.ts';
import {
  type AgentStep,
  type Conversation,
  type Facts,
  NO_FACTS,
  type State,
} from '../conversation/conversation.ts';
import type { WaitEvent } from '../conversation/events.ts';
import type { Runner } from '../github/runner.ts';
import type { RequestFailed } from '../openhands/failure.ts';
import { asDollars, asDuration } from './duration.ts';
import { asClause } from './problem.ts';

/** So long nothing is said before a line says that all is well. Looks are a little earlier or later than their pace. */
const SILENCE_MS = 59_000;

/** A state of things, and when it began. */
export interface Moment {
  /** Since the start of the step. */
  readonly sinceMs: number;
  readonly phase: string;
}

/**
 * What the step has to do with the conversation: it asked for it, found it by its key, sent it a message, or looks on. One
 * that means to send a message looks on until that is sent.
 */
export type Part = 'starter' | 'guest' | 'speaker' | 'onlooker';

/** An agent as it was seen last: at work, paused, at its end, or not well enough to tell. */
export type LastSeen = 'goes-on' | 'asleep' | 'not-running' | 'unknown';

/** What the step does now, line by line, each with the time since its start. */
export interface Journal {
  /** The clock's milliseconds at which the step began. */
  readonly startedAt: number;
  elapsedMs(): number;
  starting(baseUrl: string, assignment: Assignment): void;
  readonly startPhase: (phase: string) => void;
  takingUp(baseUrl: string, id: string): void;
  found(conversation: Conversation): void;
  delivered(): void;
  /** The idempotency key led to a conversation of another run. */
  reusing(): void;
  /** The server chose another id than the one that the idempotency key leads to. */
  keyIgnored(): void;
  /** A sandbox of the same key's could not be paused. */
  readonly leavingInVain: (sandbox: string) => void;
  stopping(): void;
  trajectorySaved(path: string): void;
  trajectoryMissing(because: string): void;
  /** Does the waiting; what is told meanwhile is folded once it is over. */
  watching<T>(wait: () => Promise<T>): Promise<T>;
  readonly waiting: (event: WaitEvent) => void;
  /** The states that start and conversation went through. */
  timeline(): readonly Moment[];
  /** What the agent was seen to do last. */
  lastSeen(): LastSeen;
  /** What is known of the conversation, as last seen. */
  facts(): Facts;
  /** Absent as long as no server was asked for a conversation. */
  part(): Part | undefined;
  readonly retrying: (error: RequestFailed, waitMs: number) => void;
}

const SPEAKERS: Readonly<Record<AgentStep['kind'], string>> = {
  action: 'Step',
  unconfirmed: 'To be confirmed',
  message: 'The agent says',
  error: 'Error',
};

const WHILE_PAUSED: Readonly<Record<OnPaused, string>> = {
  wait: 'The step waits until it goes on; resume it at',
  resume: 'The step resumes it:',
  fail: 'The step fails unless the agent had just finished:',
};

const SEEN: Readonly<Record<State['kind'], LastSeen>> = {
  active: 'goes-on',
  // Where the wait goes on all the same, the end is that of an earlier message.
  ended: 'unknown',
  paused: 'asleep',
  doubtful: 'unknown',
  unclear: 'unknown',
  unrecognized: 'unknown',
};

function seenIn(event: WaitEvent): LastSeen | undefined {
  switch (event.kind) {
    case 'phase':
    case 'still':
      return SEEN[event.state ?? 'doubtful'];
    case 'resuming':
      return 'unknown';
    case 'at-rest':
      return 'not-running';
    default:
      return undefined;
  }
}

const REUSED =
  'The idempotency key has a conversation already: the message was not sent. To start another one, use another key.';
const KEY_IGNORED =
  'The server chose an id of its own for the conversation, so that idempotency-key cannot find it again: a run with the same key starts another one';

const FULL =
  'The account runs as many conversations as it may at once: the step waits for a place until its deadline. Pause or end another one to make it';

/** Warns once for a row of retries that wait for a place. */
function fullWarning(runner: Runner): (error: RequestFailed) => void {
  let isFull = false;
  return ({ failure }) => {
    const wasFull = isFull;
    isFull = failure.kind === 'status' && failure.limit === 'concurrency-limit';
    if (isFull && !wasFull) runner.warning(FULL);
  };
}

function retryWords({ problem: { failedTo, because } }: RequestFailed, waitMs: number): string {
  return `Failed to ${failedTo}: ${asClause(because)}; trying again in ${(waitMs / 1000).toFixed(1)} s`;
}

/** Begins a journal now. */
export function createJournal(runner: Runner, clock: Clock): Journal {
  const { startedAt, elapsedMs, say, isSilent } = speech(runner, clock);
  const moments: Moment[] = [];
  let part: Part | undefined;
  let waits = false;
  let lastSeen: LastSeen = 'goes-on';
  let facts = NO_FACTS;
  const warnIfFull = fullWarning(runner);
  const enter = (phase: string): void => {
    moments.push({ sinceMs: elapsedMs(), phase });
  };

  return {
    ...annotationsOf(runner),
    startedAt,
    elapsedMs,
    starting(baseUrl, { workplace }) {
      part = 'starter';
      say(`Asking OpenHands at ${baseUrl} for a conversation ${placeWords(workplace)}`);
    },
    startPhase(phase) {
      const entered = `start: ${phase}`;
      if (moments.at(-1)?.phase !== entered) {
        enter(entered);
        say(`Start: ${phase}`);
      } else if (isSilent()) say(`Still: start, ${phase}`);
    },
    takingUp(baseUrl, id) {
      part = 'onlooker';
      say(`Asking OpenHands at ${baseUrl} for the conversation ${id}`);
    },
    delivered() {
      part = 'speaker';
      say('The agent has the message');
    },
    reusing() {
      part = 'guest';
      runner.notice(REUSED);
    },
    trajectorySaved(path) {
      say(`The trajectory is in ${path}`);
    },
    stopping() {
      say('Pausing the agent');
    },
    watching: async (wait) => {
      waits = true;
      return runner.group('The agent at work', wait);
    },
    waiting(event) {
      lastSeen = seenIn(event) ?? lastSeen;
      if ('facts' in event) facts = event.facts;
      if (event.kind === 'at-work' || event.kind === 'at-rest') return;
      if (event.kind === 'phase') enter(event.phase);
      if (event.kind === 'still' && !isSilent()) return;
      tellOfWait(event, waits, { runner, say });
    },
    timeline: () => moments,
    lastSeen: () => lastSeen,
    facts: () => facts,
    part: () => part,
    retrying(error, waitMs) {
      lastSeen = 'unknown';
      warnIfFull(error);
      say(retryWords(error, waitMs));
    },
  };
}

/** Lines with the time since now, and whether there was none for a while. */
function speech(
  runner: Runner,
  clock: Clock,
): Pick<Journal, 'startedAt' | 'elapsedMs'> & Pick<Ear, 'say'> & { readonly isSilent: () => boolean } {
  const startedAt = clock.now();
  let saidAt = startedAt;
  const elapsedMs = (): number => clock.now() - startedAt;
  return {
    startedAt,
    elapsedMs,
    isSilent: () => clock.now() - saidAt >= SILENCE_MS,
    say(text) {
      saidAt = clock.now();
      runner.info(`[${asDuration(elapsedMs())}] ${text}`);
    },
  };
}

/** What is told of a sandbox that works in vain. */
export function inVainWords(sandbox: string): string {
  return `Two runs with the same idempotency-key began at the same moment, and the sandbox ${sandbox}, which is in vain, could not be paused: pause it yourself`;
}

/** What stands on the page of the run, too, and bears no time. */
function annotationsOf(
  runner: Runner,
): Pick<Journal, 'found' | 'keyIgnored' | 'leavingInVain' | 'trajectoryMissing'> {
  return {
    found({ url }) {
      runner.notice(`OpenHands conversation: ${url}`);
    },
    keyIgnored() {
      runner.warning(KEY_IGNORED);
    },
    leavingInVain(sandbox) {
      runner.warning(inVainWords(sandbox));
    },
    trajectoryMissing(because) {
      runner.warning(`Failed to save the trajectory: ${asClause(because)}`);
    },
  };
}

function placeWords(workplace: Workplace | undefined): string {
  if (workplace === undefined) return 'without a repository';
  const { repository, branch } = workplace;
  return `on ${repository}${branch === undefined ? '' : `, branch ${branch}`}`;
}

const WHILE_IN_DOUBT = ', which is waited on for a minute, as it may pass';

const DOING = {
  late: 'Waiting for the last events, which arrive up to half a minute after the end',
  resuming: 'Resuming the conversation',
} as const;

/** What is told of a wait: that the agent is at work or at rest, its phase tells. */
type Told = Exclude<WaitEvent, { readonly kind: 'at-work' | 'at-rest' }>;

/** Where events are told. */
interface Ear {
  readonly runner: Runner;
  readonly say: (text: string) => void;
}

/** @param waits whether the step waits for the end; else it only looks. */
function tellOfWait(event: Told, waits: boolean, { runner, say }: Ear): void {
  switch (event.kind) {
    case 'phase':
      say(`Now: ${event.phase}${costIn(event)}${event.state === 'doubtful' ? WHILE_IN_DOUBT : ''}`);
      break;
    case 'still':
      say(`Still: ${event.phase}${costIn(event)}`);
      break;
    case 'steps':
      if (event.isCut)
        say('… There were more steps than are read at once; the older ones are in the conversation');
      event.steps.forEach(({ kind, text }) => {
        say(`${SPEAKERS[kind]}: ${text}`);
      });
      break;
    case 'no-steps':
      say(`The steps of the agent cannot be read now: ${asClause(event.problem.because)}`);
      break;
    case 'title':
      runner.output('title', event.title);
      say(`Title: ${event.title}`);
      break;
    case 'late':
    case 'resuming':
      say(DOING[event.kind]);
      break;
    default:
      runner.warning(warningOf(event, waits));
  }
}

function costIn({ facts: { costUsd } }: { readonly facts: Facts }): string {
  return costUsd === undefined ? '' : `, ${asDollars(costUsd)} so far`;
}

/** What is to be done about, by people. */
type Trouble = Told & {
  readonly kind: 'paused' | 'unrecognized' | 'unclear' | 'not-resumed' | 'unreadable' | 'unread';
};

function warningOf(event: Trouble, waits: boolean): string {
  switch (event.kind) {
    case 'paused':
      return (
        `The conversation was paused (${event.phase}): by a person, or because the account runs more conversations than it may. ` +
        `${waits ? WHILE_PAUSED[event.onPaused] : 'Resume it at'} ${event.conversation.url}`
      );
    case 'unrecognized':
      return `"${event.phase}" is a state that this action does not know${waits ? '; it waits on' : ''}`;
    case 'unclear':
      return (
        `For a minute now the agent cannot be asked (${event.phase}): nobody can tell whether it is still at work. ` +
        `${waits ? 'The step waits on; see' : 'See'} ${event.conversation.url}`
      );
    case 'not-resumed':
    case 'unreadable':
      return `Failed to ${event.problem.failedTo}: ${asClause(event.problem.because)}`;
    case 'unread':
      return `The last answer of the agent could not be read: ${asClause(event.because)}. See it at ${event.conversation.url}`;
  }
}
