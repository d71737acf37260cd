import { type AgentStep, type Facts, linkTo, type OnPaused } from '../conversation/conversation.ts';
import type { CurrentState, WaitEvent } from '../conversation/events.ts';
import type { StepRecord } from '../record/record.ts';
import { heartbeat, type Line, step, warning } from '../text/lines.ts';
import { asClause } from '../text/safe.ts';
import { failed } from './problem.ts';
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

/** Returns the log lines for an event of a conversation that the step waits for, or looks at once if not `waits`. */
export function linesOfWait(event: WaitEvent, waits: boolean, before: StepRecord): readonly Line[] {
  const url = linkTo(event.conversation);
  switch (event.kind) {
    case 'phase':
      return [step(phaseWords(event).replace(/^./, (first) => first.toUpperCase()))];
    case 'current-state':
      return [heartbeat(`Still: ${phaseWords(event)}`)];
    case 'title':
      // Each further message of the step emits the title again.
      return event.title === before.facts.title ? [] : [step(`Title: ${event.title}`)];
    case 'steps':
      return [
        ...(event.isCut ? [step('… There were more steps; the older ones are in the conversation')] : []),
        ...event.steps.map(({ kind, text }) => step(`${STEP_LABELS[kind]}: ${text}`)),
      ];
    case 'steps-unreadable':
      return [step(`The agent's steps cannot be read at the moment: ${asClause(event.problem.because)}`)];
    case 'events-late':
      return [step('The agent has ended; its last events arrive up to half a minute later')];
    case 'resuming':
      return [step('Resuming the conversation')];
    case 'at-work':
    case 'answers':
    case 'agent-ended':
      return [];
    // People may have to act on the others.
    case 'paused': {
      const who = `The conversation was paused (${event.phase}): by a person, an earlier step or the server`;
      return [warning(`${who}. ${waits ? WHILE_PAUSED[event.onPaused] : 'Resume it at'} ${url}`)];
    }
    case 'unrecognized': {
      const next = waits ? '; the step keeps waiting' : '';
      return [warning(`"${event.phase}" is a state that this action does not know${next}`)];
    }
    case 'unclear': {
      const next = waits ? 'The step keeps waiting; see' : 'See';
      const what = 'The server has not said for a minute whether the agent is still working';
      return [warning(`${what} (${event.phase}). ${next} ${url}`)];
    }
    case 'cost-unknown':
      return [warning(`${COST_UNKNOWN}. See ${url}`)];
    case 'not-resumed':
    case 'events-unreadable':
      return [warning(failed(event.problem))];
    case 'answer-incomplete': {
      const why = asClause(event.because);
      return [warning(`The agent's last answer could not be read: ${why}. See it at ${url}`)];
    }
  }
}

const COST_UNKNOWN =
  'max-cost-usd may have no effect: the agent has worked for two minutes, and the server has not reported a cost';

/** Formats a phase with how long the step waits for one in doubt, or with the cost so far; not at an end, whose cost is logged last. */
function phaseWords({ phase, state, mayRunHook, facts }: CurrentState): string {
  if (state !== 'doubtful') return state === 'ended' ? phase : phase + costIn(facts);
  const [why, time] = mayRunHook
    ? ['a Stop hook may be running', '10 minutes']
    : ['this may pass', 'a minute'];
  return `${phase}; ${why}, so the step waits up to ${time}`;
}

/** Formats the cost so far; empty while it is zero, because the server reports the cost late. */
function costIn({ costUsd = 0 }: Facts): string {
  return costUsd === 0 ? '' : `, ${asDollars(costUsd)} so far`;
}
