import { linkTo, type OnPaused } from '../conversation/conversation.ts';
import type { WaitEvent } from '../conversation/events.ts';
import type { Problem } from '../conversation/problem.ts';
import { asClause } from '../text/clause.ts';

const WHILE_PAUSED: Readonly<Record<OnPaused, string>> = {
  wait: 'The step waits until somebody resumes it at',
  resume: 'The step resumes it:',
  fail: 'The step fails unless the agent had just finished:',
};

/** An event that the log reports as a warning, because people may have to act. */
type WarningEvent = WaitEvent & {
  readonly kind:
    | 'paused'
    | 'unrecognized'
    | 'unclear'
    | 'cost-unknown'
    | 'not-resumed'
    | 'events-unreadable'
    | 'answer-incomplete';
};

/**
 * Returns the warning for an event.
 *
 * @param waits whether the step waits for the end of the conversation; if not, it looks once.
 */
export function warningOf(event: WarningEvent, waits: boolean): string {
  const url = linkTo(event.conversation);
  switch (event.kind) {
    case 'paused':
      return (
        `The conversation was paused (${event.phase}): by a person, or because the account runs more conversations than it is allowed to. ` +
        `${waits ? WHILE_PAUSED[event.onPaused] : 'Resume it at'} ${url}`
      );
    case 'unrecognized':
      return `"${event.phase}" is a state that this action does not know${waits ? '; the step keeps waiting' : ''}`;
    case 'unclear':
      return (
        `The server has not said for a minute whether the agent is still working (${event.phase}). ` +
        `${waits ? 'The step keeps waiting; see' : 'See'} ${url}`
      );
    case 'cost-unknown':
      return `max-cost-usd may have no effect: the agent has worked for two minutes, and the server has not reported a cost. See ${url}`;
    case 'not-resumed':
    case 'events-unreadable':
      return failed(event.problem);
    case 'answer-incomplete':
      return `The agent's last answer could not be read: ${asClause(event.because)}. See it at ${url}`;
  }
}

/** Says what failed and why. */
export function failed({ failedTo, because }: Problem): string {
  return `Failed to ${failedTo}: ${asClause(because)}`;
}
