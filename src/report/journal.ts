import type { Assignment } from '../conversation/api.ts';
import type { Clock } from '../conversation/clock.ts';
import type { Conversation } from '../conversation/conversation.ts';
import type { OnPaused, WaitEvent } from '../conversation/wait.ts';
import type { Runner } from '../github/runner.ts';
import type { RequestFailed } from '../openhands/failure.ts';
import { asDuration } from './duration.ts';
import { asClause } from './problem.ts';

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
  stopping(): void;
  trajectorySaved(path: string): void;
  trajectoryMissing(because: string): void;
  readonly waiting: (event: WaitEvent) => void;
  readonly retrying: (error: RequestFailed, waitMs: number) => void;
}

const WHILE_PAUSED: Readonly<Record<OnPaused, string>> = {
  wait: 'The step waits until it goes on; resume it at',
  resume: 'The step resumes it:',
  fail: 'The step fails unless the agent had just finished:',
};

/** Begins a journal now. */
export function createJournal(runner: Runner, clock: Clock): Journal {
  const startedAt = clock.now();
  const elapsedMs = (): number => clock.now() - startedAt;
  const say = (text: string): void => {
    runner.info(`[${asDuration(elapsedMs())}] ${text}`);
  };

  return {
    startedAt,
    elapsedMs,
    starting(baseUrl, { workplace }) {
      const where =
        workplace === undefined
          ? 'without a repository'
          : `on ${workplace.repository}${workplace.branch === undefined ? '' : `, branch ${workplace.branch}`}`;
      say(`Asking OpenHands at ${baseUrl} for a conversation ${where}`);
    },
    startPhase(phase) {
      say(`Start: ${phase}`);
    },
    takingUp(baseUrl, id) {
      say(`Asking OpenHands at ${baseUrl} for the conversation ${id}`);
    },
    found({ url }) {
      runner.notice(`OpenHands conversation: ${url}`);
    },
    delivered() {
      say('The agent has the message');
    },
    reusing() {
      runner.notice(
        'The idempotency key has a conversation already: the message was not sent. To start another one, use another key.',
      );
    },
    keyIgnored() {
      runner.warning(
        'The server chose an id of its own for the conversation, so that idempotency-key cannot find it again: a run with the same key starts another one',
      );
    },
    trajectorySaved(path) {
      say(`The trajectory is in ${path}`);
    },
    trajectoryMissing(because) {
      runner.warning(`Failed to save the trajectory: ${asClause(because)}`);
    },
    stopping() {
      say('Pausing the agent');
    },
    waiting(event) {
      tellOfWait(event, runner, say);
    },
    retrying(error, waitMs) {
      const { failedTo, because } = error.problem;
      say(`Failed to ${failedTo}: ${asClause(because)}; trying again in ${(waitMs / 1000).toFixed(1)} s`);
    },
  };
}

function tellOfWait(event: WaitEvent, runner: Runner, say: (text: string) => void): void {
  switch (event.kind) {
    case 'phase':
      say(`Now: ${event.phase}`);
      break;
    case 'title':
      runner.output('title', event.title);
      say(`Title: ${event.title}`);
      break;
    case 'paused':
      runner.warning(
        `The conversation was paused (${event.phase}): by a person, or because the account runs more conversations than it may. ` +
          `${WHILE_PAUSED[event.onPaused]} ${event.conversation.url}`,
      );
      break;
    case 'resuming':
      say('Resuming the conversation');
      break;
    case 'unrecognized':
      runner.warning(`"${event.phase}" is a state that this action does not know; it waits on`);
      break;
    case 'not-resumed':
    case 'unreadable':
      runner.warning(`Failed to ${event.problem.failedTo}: ${asClause(event.problem.because)}`);
      break;
  }
}
