import type { Conversation } from '../conversation/conversation.ts';
import type { Role } from '../conversation/events.ts';
import type { Outcome } from '../conversation/outcome.ts';
import { asDuration } from './amounts.ts';

/** The first line of a page: what is to be known at once. What is not known is left out. */
export function firstLine(state: string, ...facts: readonly (string | undefined)[]): string {
  return `### ${[state, ...facts].filter((fact) => fact !== undefined).join(' · ')}`;
}

/** The link to the page where people see the conversation; `undefined` if there is none. */
export function conversationLink(conversation: Conversation | undefined): string | undefined {
  return conversation === undefined || conversation.hasNoPage
    ? undefined
    : `[Conversation](${conversation.url})`;
}

/** The link to the run of the workflow. */
export function runLink(runUrl: string | undefined): string | undefined {
  return runUrl && `[Run](${runUrl})`;
}

/**
 * How a step ended, in a few words.
 *
 * @param durationMs absent if nobody knows it.
 */
export function endWords(
  outcome: Outcome,
  { role = 'started', durationMs = 0 }: { readonly role?: Role; readonly durationMs?: number },
): string {
  const { status, conversation } = outcome;
  if (status === 'running') return WHILE_RUNNING[role];
  if (status === 'skipped') return '⏭️ Skipped';
  const isUnsaved = status === 'error' && 'problem' in outcome;
  const words = isUnsaved ? '❌ Changes not saved' : wordsFor(status, conversation !== undefined);
  // What failed at once took no time that anybody asks for.
  if (durationMs < 1_000) return words;
  return `${words} ${status === 'finished' ? 'in' : 'after'} ${asDuration(durationMs)}`;
}

function wordsFor(status: keyof typeof WORDS, hasConversation: boolean): string {
  if (status === 'start-failed' && hasConversation) return '❌ Message not sent';
  if (status === 'missing' && !hasConversation) return '❌ No such conversation';
  return WORDS[status];
}

const WHILE_RUNNING: Readonly<Record<Role, string>> = {
  started: '▶️ Started',
  attached: '▶️ Started before',
  'follow-up': '▶️ Message sent',
  observer: '⏳ Not done yet',
};

const WORDS: Readonly<Record<Exclude<Outcome['status'], 'running' | 'skipped'>, string>> = {
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
  'timed-out': '⏰ Timed out',
  cancelled: '🛑 Cancelled',
  'checks-failed': '❌ Checks failed',
};
