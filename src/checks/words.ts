import { type Outcome, resultsOf } from '../port/outcome.ts';
import { failureClause } from '../port/problem.ts';
import { heartbeat, type Line, notice, step } from '../text/lines.ts';
import { capitalize, inertHtmlOf } from '../text/safe.ts';
import { type ChecksEvent, type HeadWithChecks, redCheckNames, type Round } from './head.ts';

const NOTHING_TO_WAIT_FOR = 'The conversation has no pull request whose checks the step could wait for';
const NO_CHECKS = 'No check of the pull request started within two minutes: the step ends without checks';

/**
 * Returns the log lines about checks: during the wait, for each round, and at the end if there were no checks.
 *
 * @param seen the heads after the event; absent until the first look.
 * @param before the heads before the event.
 */
export function linesOfChecks(
  event: ChecksEvent | { readonly kind: 'ended'; readonly outcome: Outcome },
  seen: readonly HeadWithChecks[] = [],
  before?: readonly HeadWithChecks[],
): readonly Line[] {
  switch (event.kind) {
    case 'checking':
      return [step('The agent is done: waiting for the checks of its pull requests')];
    case 'checks-unreadable':
      return [step(`${failureClause(event.problem)}; trying again`)];
    case 'checks':
      return linesOfLook(event, before);
    case 'round':
      return [notice(roundLine(event.round))];
    case 'round-of-other-step':
      return [step('Another step has sent failed checks to the agent: waiting for it to finish')];
    case 'ended':
      return resultsOf(event.outcome).checks === 'none'
        ? [notice(seen.length === 0 ? NOTHING_TO_WAIT_FOR : NO_CHECKS)]
        : [];
  }
}

/** Formats a look at the checks. If its lines are those of the look before, they are heartbeats. */
function linesOfLook(
  { heads, leftOut, unread }: ChecksEvent & { readonly kind: 'checks' },
  before: readonly HeadWithChecks[] | undefined,
): readonly Line[] {
  const lines = heads.map(headLine);
  if (before?.map(headLine).join('\n') === lines.join('\n')) return lines.map(heartbeat);
  if (before !== undefined) return lines.map(step);
  // Logged once, with the first look.
  const ignored = leftOut.map(({ pullRequest, because }) => `Ignoring #${pullRequest}: ${because}`);
  const untold = unread === undefined ? [] : [capitalize(unread)];
  return [...ignored, ...untold, ...lines].map(step);
}

function headLine(head: HeadWithChecks): string {
  const { pullRequest, commit, checks } = head;
  const ended = checks.filter(({ state }) => state !== 'running').length;
  const count = checks.length === 0 ? 'none yet' : `${ended} of ${checks.length} done`;
  const red = redCheckNames(head);
  return `Checks of #${pullRequest} at ${commit.slice(0, 7)}: ${count}${red === '' ? '' : `, failed: ${red}`}`;
}

function roundLine({ number, of, head }: Round): string {
  return `Round ${number} of ${of}: sending the failed checks of #${head.pullRequest} at ${head.commit.slice(0, 7)} to the agent`;
}

/**
 * Returns an HTML block with a line for each round and the result of the checks; `undefined` if there are neither.
 *
 * @param pullRequests how many the conversation has.
 */
export function checksBlock(
  outcome: Outcome,
  rounds: readonly Round[],
  pullRequests: number,
): string | undefined {
  const { checks: result } = resultsOf(outcome);
  const none = pullRequests === 0 ? 'no pull request' : 'none started';
  const lines = [
    ...rounds.map(roundSummary),
    ...(result === undefined ? [] : [`Checks: ${result === 'none' ? none : result}`]),
  ];
  return lines.length === 0 ? undefined : `<p>\n${lines.join('<br>\n')}\n</p>`;
}

function roundSummary({ number, of, head, isDelivered }: Round): string {
  const undelivered = isDelivered ? '' : ' (not sent to the agent)';
  return `Round ${number} of ${of}: #${head.pullRequest} at <code>${head.commit.slice(0, 7)}</code> failed: ${redCheckNames(head, inertHtmlOf)}${undelivered}`;
}
