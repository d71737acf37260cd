import type { Mishap } from '../testbed/mishap.ts';
import type { StepPlan } from './history.ts';

/** Which process of a step: its main, or its post. */
export type Phase = 'main' | 'post';

/** Something that happened, in the story of a history. */
export interface Beat {
  readonly at: number;
  readonly who: string;
  readonly what: string | ToldRequest;
}

/** A request of a step. All times are in seconds since the beginning of the history. */
export interface ToldRequest {
  readonly at: number;
  readonly by: Phase;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly mishap?: Mishap;
  /** The text of the message that it sends to an existing conversation. */
  message?: string;
  /** Absent without an answer. */
  status?: number;
}

/** A line of the log, or an error. */
export interface ToldLine {
  readonly at: number;
  readonly by: Phase;
  readonly kind: 'log' | 'error';
  readonly text: string;
}

/** How a process ended: by itself, killed, never, or with an exception. `absent`: it never ran. */
export type ProcessEnd = 'done' | 'killed' | 'hung' | 'threw' | 'absent';

/** A conversation, seen at the end of a step. */
export interface SeenAgent {
  readonly id: string;
  readonly isAtWork: boolean;
  /** Whether its sandbox runs, so that it can be asked. */
  readonly isReachable: boolean;
  /** Its cost then, whether or not the server knew it. */
  readonly cost: number;
}

/** What a step told people and later steps. */
export interface ToldStep {
  /** The number of the step in the history. */
  readonly number: number;
  readonly plan: StepPlan;
  /** With addresses, keys and folders. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly main: ProcessEnd;
  readonly cancelledAt?: number;
  readonly post: ProcessEnd;
  readonly postStartedAt?: number;
  readonly postEndedAt?: number;
  readonly exceptions: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly lines: readonly ToldLine[];
  /** What main has saved for post. */
  readonly state: string;
  readonly page: string;
  /** The contents of the files that outputs name, by output; those that do not exist are absent. */
  readonly files: Readonly<Record<string, string>>;
  readonly requests: readonly ToldRequest[];
  /** The conversations at the end of main, and at the end of post or of main without it. */
  readonly atEnd: readonly SeenAgent[];
  readonly afterPost: readonly SeenAgent[];
}

/** Whether a request had a fault that is worse than a wrong date. */
export function hasFault({ mishap }: ToldRequest): boolean {
  return mishap !== undefined && mishap.answer.kind !== 'date';
}

/** Whether a request stops an agent, or pauses its sandbox. */
export function isStop({ target }: ToldRequest): boolean {
  return /\/(?:pause|interrupt)$/.test(target);
}

/** Returns all texts of a step's log and errors, one per line. */
export function textOf({ lines }: ToldStep): string {
  return lines.map(({ text }) => text).join('\n');
}

/** Returns the errors of a step. */
export function errorsOf({ lines }: ToldStep): readonly string[] {
  return lines.filter(({ kind }) => kind === 'error').map(({ text }) => text);
}

/** Whether a step waits for its agent. */
export function isWaiting({ inputs }: Pick<ToldStep, 'inputs'>): boolean {
  return inputs['poll'] === 'true';
}

/** Returns after how many seconds a step stops waiting. */
export function timeoutOf({ inputs }: Pick<ToldStep, 'inputs'>): number {
  return Number(inputs['timeout-seconds'] ?? '1800');
}

/** Returns how much the conversation of a step may cost, in US dollars. */
export function costLimitOf({ inputs }: Pick<ToldStep, 'inputs'>): number {
  return Number(inputs['max-cost-usd'] ?? Number.POSITIVE_INFINITY);
}

/** Returns the address of a step's run. */
export function runUrlOf({ run }: Pick<StepPlan, 'run'>): string {
  return `https://github.com/octo-org/octo-repo/actions/runs/${run}`;
}

/** Whether a comment links the run of a step. */
export function linksRun(body: string, plan: Pick<StepPlan, 'run'>): boolean {
  return body.includes(`${runUrlOf(plan)})`);
}

/** Returns when a step has last asked to start an agent, to resume it or to give it a message; -1 if it has not. */
export function putToWorkAt({ requests }: Pick<ToldStep, 'requests'>): number {
  return requests.findLast(putsToWork)?.at ?? -1;
}

/** Whether a request may have put an agent to work: one that the server has refused has not. */
function putsToWork({ method, target, status = 0, mishap }: ToldRequest): boolean {
  const isRefused = status >= 400 && status < 500 && mishap?.when !== 'after';
  return (
    method === 'POST' &&
    !isRefused &&
    /\/(?:app-conversations|conversations|send-message|events|run|resume|start)$/.test(target)
  );
}
