import type { HeadWithChecks, Round } from '../checks/checks.ts';
import type { Inputs } from '../inputs/inputs.ts';
import type { PatchSize, ShownPatch } from '../patch/patch.ts';
import { type Facts, type MessageCursor, NO_FACTS } from '../port/conversation.ts';
import type { Role } from '../port/events.ts';
import type { ChecksResult, Outcome } from '../port/outcome.ts';
import type { Problem } from '../port/problem.ts';
import type { RepliesEvent } from '../replies/words.ts';
import type { ReviewEvent } from '../review/words.ts';
import { type AgentSteps, NO_STEPS } from './agent-steps.ts';
import type { UnfinishedWorkContext } from './unfinished-work.ts';

/** The agent's state as last seen: working, paused, ended, or unknown. */
export type AgentState = 'at-work' | 'paused' | 'ended' | 'unknown';

/** What people are told of a message's pictures. */
export interface ShownPictures {
  readonly sent: number;
  /** Which the model does not see, and why; absent if it sees all. */
  readonly unseen?: string;
}

/** The current state of the step, in one place. */
export interface StepRecord extends UnfinishedWorkContext {
  /** The time from the start of the step to the last event, in milliseconds. */
  readonly elapsedMs: number;
  /** Absent before the permission check has passed. */
  readonly inputs?: Inputs;
  /** The JSON Schema that the agent's answer must match; absent for none. */
  readonly schema?: string | undefined;
  /** Whether the agent works in a folder of the server's machine instead of a repository. */
  readonly worksInFolder: boolean;
  /** Whether the server makes a worktree for a branch. */
  readonly makesWorktrees: boolean;
  readonly role?: Role;
  /** Whether the step has seen that the agent has no tools. */
  readonly isWithoutTools: boolean;
  /** Whether an earlier attempt of the run has sent the message to the conversation that the key has found. */
  readonly hasMessage?: boolean;
  /** The pictures of the newest message that can have some. */
  readonly pictures: ShownPictures;
  readonly agent: AgentState;
  readonly facts: Facts;
  /**
   * What the conversation had cost when the step took it up, in US dollars: 0 if the step has asked for it, `null` if the server did
   * not tell. Absent before the step has seen it.
   */
  readonly costBeforeUsd?: number | null | undefined;
  readonly steps: AgentSteps;
  /** The agent's answers as far as they were read, newest first: each may name pull requests that a later one does not. */
  readonly answers: readonly string[];
  /** The position before the newest message that the step has delivered. */
  readonly messageCursor?: MessageCursor;
  /**
   * What the step has to wait for: a request that is being retried, a look that is unconfirmed, something that it looks for and that is
   * not there, or a start that stands still. `undefined` after any other event, except those that show no answer of the server.
   */
  readonly trouble: Problem | undefined;
  /** The `elapsedMs` of the last event, except those that show no answer of the server. */
  readonly lastAnswerMs: number;
  /** The last state of the start or the conversation, in the server's words. */
  readonly phase?: string;
  readonly heads?: readonly HeadWithChecks[];
  /** Whether the step has begun to wait for the checks of its agent's pull requests. */
  readonly hasWaitedForChecks: boolean;
  /** The rounds in which this step has sent red checks back. */
  readonly rounds: readonly Round[];
  /** The result of the checks, if the budget was spent after them. */
  readonly checks?: ChecksResult;
  /** Whether the step has asked the agent for another answer. */
  readonly hasCorrected: boolean;
  /** Whether the step has said that the server tells no cost. */
  readonly hasNotedCost: boolean;
  /** Whether the step has seen the agent at work, has resumed it or has sent it a message. */
  readonly hasSeenWork: boolean;
  /** Why `if-exists` started no other conversation; absent if it did, or did not look. */
  readonly whyNotRestarted?: string | undefined;
  readonly outcome?: Outcome;
  readonly answerFile?: string;
  /** The review of a pull request, once its findings are known. */
  readonly review?: ReviewEvent;
  /** What has become of the agent's replies in the threads of a review. */
  readonly replies?: RepliesEvent;
  /** The size of the patch of the agent's changes, once it is saved. */
  readonly patch: PatchSize | undefined;
  /** The changes in that patch, for people. */
  readonly shownPatch?: ShownPatch | undefined;
  /** Whether the saved patch shows that the agent has changed no files. */
  readonly isUnchanged: boolean;
  /** Whether the agent may have got a message after the patch was saved. */
  readonly isPatchOutdated: boolean;
}

export const EMPTY_RECORD: StepRecord = {
  elapsedMs: 0,
  worksInFolder: false,
  makesWorktrees: false,
  isWithoutTools: false,
  pictures: { sent: 0 },
  agent: 'at-work',
  facts: NO_FACTS,
  trouble: undefined,
  lastAnswerMs: 0,
  steps: NO_STEPS,
  answers: [],
  hasWaitedForChecks: false,
  rounds: [],
  hasCorrected: false,
  hasNotedCost: false,
  hasSeenWork: false,
  patch: undefined,
  isUnchanged: false,
  isPatchOutdated: false,
  unfinishedWork: { kind: 'over' },
};

/** The server counts as gone after this long without an answer; in a short step, after half of its time. */
const GONE_MS = 60_000;

/** Whether the server counts as gone, `nowMs` milliseconds after the start of the step. */
export function isGoneAt(nowMs: number, { trouble, lastAnswerMs }: StepRecord): boolean {
  const isFailing = trouble?.kind === 'network' || trouble?.kind === 'server';
  return isFailing && nowMs - lastAnswerMs >= Math.min(GONE_MS, nowMs / 2);
}
