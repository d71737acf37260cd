import type { AgentStep, Conversation, Tokens } from '../port/conversation.ts';
import { beganEarlier, type Role } from '../port/events.ts';
import { hasAgentEnded, type Outcome } from '../port/outcome.ts';
import type { StepRecord } from '../record/record.ts';
import { isUnsentByKey } from '../record/unsent.ts';
import { asDollars } from '../text/dollars.ts';
import { codeSpan } from '../text/safe.ts';
import { currentIn, progressOf } from './plan.ts';

/** Said of a step that found the conversation of its key, and has sent it nothing. */
export const NOT_SENT =
  'The conversation for this idempotency-key already exists: the message of this run was not sent';

/** What people can do if they want more of the agent. `place`: where, such as "in its conversation". */
export function howToSend(place: string): string {
  return `To ask for more, write to the agent ${place}.`;
}

/** The same in the first line of a page. */
export const UNSENT = 'Message not sent';

/** Returns the heading of a page: the state, then the most important facts. Facts that are `undefined` are left out. */
export function firstLine(state: string, ...facts: readonly (string | undefined)[]): string {
  return `### ${[state, ...facts].filter((fact) => fact !== undefined).join(' · ')}`;
}

/** Returns a link to the conversation's web page; `undefined` if it has none. */
export function conversationLink(
  conversation: Conversation | undefined,
  text = 'Conversation',
): string | undefined {
  return conversation === undefined || conversation.hasNoPage ? undefined : `[${text}](${conversation.url})`;
}

/** Returns a link to the workflow run; `undefined` without its address. */
export function runLink(runUrl: string | undefined): string | undefined {
  return runUrl && `[Run](${runUrl})`;
}

/** Returns a line of links; `undefined` if there is none. Not in the heading, which would break before a link on a narrow screen. */
export function linksLine(...links: readonly (string | undefined)[]): string | undefined {
  return links.filter(Boolean).join(' · ') || undefined;
}

/** Returns a note for the status of a step that did not wait for its agent; empty for every other step. */
export function noteWithoutWait({ status }: Outcome): string {
  return status === 'running' ? ' (the step did not wait, because poll is false)' : '';
}

/** What the words for an end read in the step's record. */
export interface EndRecord extends Pick<StepRecord, 'elapsedMs' | 'role' | 'hasMessage'> {
  /** As in the record; absent in post, which does not know it. */
  readonly hasSeenWork?: boolean | undefined;
}

/** Returns a few words for the end of a step. */
export function endWords(outcome: Outcome, record: EndRecord): string {
  const { role = 'started', elapsedMs } = record;
  if (outcome.status === 'running') return WHILE_RUNNING[role];
  if (outcome.status === 'finished' && hasOnlyFoundEnd(record)) return '⏭️ Finished earlier';
  const words = wordsFor(outcome);
  // The step's duration is not the agent's.
  if (hasAgentEnded(outcome) && beganEarlier(role)) return `${words}, started earlier`;
  // The duration of a step that ended at once is of no interest, and post does not know it.
  if (outcome.status === 'skipped' || elapsedMs < 1_000) return words;
  return `${words} ${outcome.status === 'finished' ? 'in' : 'after'} ${asDuration(elapsedMs)}`;
}

/** Whether the step has only found, by its key, work that was over: that is no success of this step. */
function hasOnlyFoundEnd(record: EndRecord): boolean {
  return isUnsentByKey(record) && record.hasSeenWork === false;
}

/**
 * Formats the cost of a conversation. Of one that existed before, it is the total; for a message that the step has sent, what its answer has
 * cost stands before that, if it is known what the conversation had cost until then.
 */
export function costWords(
  costUsd: number,
  { role = 'started', costBeforeUsd }: Pick<StepRecord, 'role' | 'costBeforeUsd'>,
): string {
  if (role === 'started') return asDollars(costUsd);
  const total = `${asDollars(costUsd)} in total`;
  const isKnown = role === 'follow-up' && typeof costBeforeUsd === 'number' && 0 < costBeforeUsd;
  // The server's figure falls back at times.
  return isKnown && costBeforeUsd <= costUsd ? `${asDollars(costUsd - costBeforeUsd)}, ${total}` : total;
}

function wordsFor(outcome: Exclude<Outcome, { readonly status: 'running' }>): string {
  if (outcome.kind === 'not-saved') return '❌ Changes not saved';
  if (outcome.kind === 'no-conversation' && outcome.status === 'missing') return '❌ No such conversation';
  if (outcome.status === 'start-failed' && outcome.problem.stage === 'send') return '❌ Message not sent';
  return WORDS[outcome.status];
}

const WHILE_RUNNING: Readonly<Record<Role, string>> = {
  started: '▶️ Started',
  attached: '▶️ Started earlier',
  'follow-up': '▶️ Message sent',
  observer: '▶️ Was still running',
};

const WORDS: Readonly<Record<Exclude<Outcome['status'], 'running'>, string>> = {
  skipped: '⏭️ Skipped',
  finished: '✅ Finished',
  stopped: '⏹️ Stopped',
  'needs-input': '🙋 Needs input',
  error: '❌ Agent error',
  stuck: '❌ Stuck',
  missing: '❌ Conversation missing',
  paused: '⏸️ Paused',
  'start-failed': '❌ Start failed',
  unreachable: '❌ Unreachable',
  'over-budget': '💸 Over budget',
  'invalid-output': '❌ Invalid output',
  'not-done': '🚧 Not done',
  'timed-out': '⏰ Timed out',
  cancelled: '🛑 Canceled',
  'checks-failed': '❌ Checks failed',
};

/** Formats a duration like a clock: `0:07`, `12:30`, `1:02:03`. */
export function asClock(ms: number): string {
  const { hours, minutes, seconds } = partsOf(ms);
  const clock = `${minutes}:${String(seconds).padStart(2, '0')}`;
  return hours === 0 ? clock : `${hours}:${clock.padStart(5, '0')}`;
}

/** Formats a duration with units: `12 s`, `4 min 12 s`, `1 h 5 min`. */
export function asDuration(ms: number): string {
  const { hours, minutes, seconds } = partsOf(ms);
  const parts = hours > 0 ? [`${hours} h`, `${minutes} min`] : [`${minutes} min`, `${seconds} s`];
  return parts.filter((part) => !part.startsWith('0 ')).join(' ') || '0 s';
}

/** Formats token counts as `23,000 read (11,500 from a cache), 1,917 written`. */
export function asTokens({ input, cached, output }: Tokens): string {
  // Not with a locale, whose first use takes 40 ms and 9 MB.
  const count = (tokens: number): string => String(tokens).replace(/\B(?=(?:\d{3})+$)/g, ',');
  return `${count(input)} read${cached === 0 ? '' : ` (${count(cached)} from a cache)`}, ${count(output)} written`;
}

function partsOf(ms: number): { readonly hours: number; readonly minutes: number; readonly seconds: number } {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return { hours: Math.floor(seconds / 3600), minutes: Math.floor(seconds / 60) % 60, seconds: seconds % 60 };
}

const LABELS: Readonly<Record<Exclude<AgentStep['kind'], 'plan'>, string>> = {
  action: '',
  message: 'Says: ',
  error: 'Error: ',
  condensation: 'Context: ',
};

/** Formats a step as inline Markdown, with the agent's text in a code span. */
export function stepLine(step: AgentStep): string {
  if (step.kind !== 'plan') return LABELS[step.kind] + codeSpan(step.text);
  const current = currentIn(step.plan);
  return `Plan: ${progressOf(step.plan)}${current === undefined ? '' : ` · ${codeSpan(current)}`}`;
}
