import { type AgentStep, type Facts, linkTo, type OnPaused } from '../conversation/conversation.ts';
import type { ConversationEvent, CurrentState, Note } from '../conversation/events.ts';
import type { StepRecord } from '../record/record.ts';
import { heartbeat, type Line, step, warning } from '../text/lines.ts';
import { asClause } from '../text/safe.ts';
import { failureClause } from './problem.ts';
import { asDollars } from './words.ts';

const STEP_LABELS: Readonly<Record<AgentStep['kind'], string>> = {
  action: 'Step',
  message: 'The agent says',
  error: 'Error',
};

const WHILE_PAUSED: Readonly<Record<OnPaused, string>> = {
  wait: 'The step waits until somebody resumes it at',
  resume: 'The step resumes it:',
  fail: 'The step fails unless the agent had just finished:',
};

/** Returns the log lines for a state. */
export function linesOfState(
  { isNew, ...current }: ConversationEvent & { readonly kind: 'state' },
  before: StepRecord,
): readonly Line[] {
  const { title } = current.facts;
  const words = phaseWords(current);
  return [
    ...(title === undefined || title === before.facts.title ? [] : [step(`Title: ${title}`)]),
    isNew ? step(words.replace(/^./, (first) => first.toUpperCase())) : heartbeat(`Still: ${words}`),
  ];
}

/** Returns the log lines for steps of the agent. */
export function linesOfSteps({
  steps,
  isCut,
}: ConversationEvent & { readonly kind: 'steps' }): readonly Line[] {
  return [
    ...(isCut ? [step('… There were more steps; the older ones are in the conversation')] : []),
    ...steps.map(({ kind, text }) => step(`${STEP_LABELS[kind]}: ${text}`)),
  ];
}

/** Returns the log line for a note: a warning if people may have to act. */
export function lineOfNote(note: Note, record: StepRecord): Line {
  const words = wordsOfNote(note, record);
  return ['search', 'steps', 'late-events'].includes(note.about) ? step(words) : warning(words);
}

function wordsOfNote(note: Note, { conversation, inputs }: StepRecord): string {
  const waits = inputs?.poll === true;
  const url = conversation ? linkTo(conversation) : '';
  switch (note.about) {
    case 'search':
      return `${failureClause(note.problem)}; looking for it for up to ${note.limitMs / 1000} s`;
    case 'ignored-key':
      return 'The server chose its own id for the conversation, so idempotency-key cannot find it again: a run with the same key starts another one';
    case 'duplicate':
      return duplicateNotPaused(note.sandbox);
    case 'unrecognized':
      return `"${note.phase}" is a state that this action does not know${waits ? '; the step keeps waiting' : ''}`;
    case 'unclear':
      return (
        `The server has not said for a minute whether the agent is still working (${note.phase}). ` +
        `${waits ? 'The step keeps waiting; see' : 'See'} ${url}`
      );
    case 'pause':
      return (
        `The conversation was paused (${note.phase}): by a person, an earlier step or the server. ` +
        `${waits ? WHILE_PAUSED[note.onPaused] : 'Resume it at'} ${url}`
      );
    case 'unknown-cost':
      return `max-cost-usd may have no effect: the agent has worked for two minutes, and the server has not reported a cost. See ${url}`;
    case 'late-events':
      return 'The agent has ended; its last events arrive up to half a minute later';
    case 'steps':
      return `The agent's steps cannot be read at the moment: ${asClause(note.problem.because)}`;
    case 'failure':
      return failureClause(note.problem);
    case 'answer':
      return `The agent's last answer could not be read: ${asClause(note.because)}. See it at ${url}`;
  }
}

/** Returns the warning about the sandbox of a duplicate start. */
export function duplicateNotPaused(sandbox: string): string {
  return `Two runs with the same idempotency-key started at the same moment. The second sandbox, ${sandbox}, is not needed and could not be paused: pause it yourself`;
}

/** Formats a phase with how long the step waits for an unconfirmed one, or with the cost so far. At an end, the cost is logged last. */
function phaseWords({ phase, state, mayRunHook, facts }: CurrentState): string {
  if (state !== 'unconfirmed') return state === 'ended' ? phase : phase + costIn(facts);
  const [why, time] = mayRunHook
    ? ['a Stop hook may be running', '10 minutes']
    : ['this may be temporary', 'a minute'];
  return `${phase}; ${why}, so the step waits up to ${time}`;
}

/** Formats the cost so far; empty while it is zero, because the server reports the cost late. */
function costIn({ costUsd = 0 }: Facts): string {
  return costUsd === 0 ? '' : `, ${asDollars(costUsd)} so far`;
}
