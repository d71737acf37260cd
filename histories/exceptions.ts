import { isReachable } from '../simulator/server/at-work.ts';
import type { Violation } from './checks/violation.ts';
import {
  couldNotAskForClone,
  failsUntilEnd,
  hasBeenPausedForContext,
  hasLostStart,
  hasPausedUntold,
  havePostedTogether,
  isAskedForResult,
  isCostLate,
  isGoneWithWork,
  isOfAgents,
  isOfStep,
  isOnlyMasked,
  isRunnerGone,
  isShared,
  mayHaveLeftComment,
  troubledComments,
  worksAgain,
} from './conditions.ts';
import type { Played } from './play.ts';
import { hasFault, linksRun, textOf } from './told.ts';
import { agentsOf, conversationsOf } from './truth.ts';

/** Something that would be a violation, if a page did not say that it can happen. */
export interface Exception {
  readonly name: string;
  readonly promise: string;
  readonly page: string;
  /** The sentence of the page that allows it: a test checks that it still stands there. */
  readonly sentence: string;
  /** Whether it allows a violation of the promise. It must not be wider than the sentence. */
  readonly allows: (violation: Violation, played: Played) => boolean;
}

/** Words that say where an agent may be at work that nobody needs: its sandbox, or the list of conversations. */
const SAYS_WHERE_TO_LOOK =
  /is not needed and could not be paused|while the conversation was starting: check at \S+ whether/;

export const EXCEPTIONS: readonly Exception[] = [
  {
    name: 'the runner is gone',
    promise: 'no agent unseen',
    page: 'docs/how-it-works.md',
    sentence: 'The agent continues, and comments stay as they are: check your list of conversations.',
    allows: ({ conversation = '' }, { steps }) => isGoneWithWork(conversation, steps),
  },
  {
    name: 'the runner is gone before the old comment is deleted',
    promise: 'one comment',
    page: 'docs/how-it-works.md',
    sentence: 'The agent continues, and comments stay as they are: check your list of conversations.',
    allows: (violation, played) =>
      isOfStep(violation, played, (step) => isRunnerGone(step) && mayHaveLeftComment(step)),
  },
  {
    name: 'the server does not tell who shares the sandbox',
    promise: 'the neighbor works',
    page: 'docs/how-it-works.md',
    sentence: 'If the server does not tell who shares it, all agents in it are paused.',
    allows: (_, { steps, neighbor }) => steps.some((step) => hasPausedUntold(step, neighbor?.sandboxId)),
  },
  {
    name: 'V0 does not know the conversation any more',
    promise: 'no agent unseen',
    page: 'docs/api-v0.md',
    sentence: 'counts as stopped: V0 does not tell whether its agent is at work',
    allows: ({ conversation = '' }, played) =>
      conversationsOf(played, conversation).some(({ state }) => state.version === 'v0' && !state.shown),
  },
  {
    name: 'nobody can reach an agent whose sandbox others share',
    promise: 'no agent left',
    page: 'docs/how-it-works.md',
    sentence: 'If it could not be paused, the error or a warning says why.',
    allows: ({ conversation = '' }, played) =>
      conversationsOf(played, conversation).some((each) => !isReachable(each) && isShared(each, played)),
  },
  {
    name: 'V0 does not tell which conversation a start has made whose answer was lost',
    promise: 'no agent left',
    page: 'docs/api-v0.md',
    sentence: 'the step fails, and says where to look for the conversation',
    allows: ({ conversation = '' }, played) =>
      conversationsOf(played, conversation).some(({ state }) => state.version === 'v0') &&
      played.steps.some((step) => hasLostStart(step) && isOfAgents(step, conversation, played)),
  },
  {
    name: 'a start whose answer was lost is not found at a server that chooses ids itself',
    promise: 'no agent left',
    page: 'docs/contributing/edge-cases.md',
    sentence: 'the step fails, and the log says where to look for the conversation',
    allows: ({ conversation = '' }, played) =>
      played.history.server.ignoresIds === true &&
      played.steps.some((step) => hasLostStart(step) && isOfAgents(step, conversation, played)),
  },
  {
    name: 'the second sandbox of two starts cannot be paused',
    promise: 'one conversation',
    page: 'docs/how-it-works.md',
    sentence: 'may both start an agent; one is then paused, or a warning says where to look.',
    allows: ({ text, conversation = '' }, played) =>
      text.includes(' starts of one id') &&
      played.steps.some(
        (step) => SAYS_WHERE_TO_LOOK.test(textOf(step)) && isOfAgents(step, conversation, played),
      ),
  },
  {
    name: 'the server chooses ids itself',
    promise: 'one conversation',
    page: 'docs/contributing/edge-cases.md',
    sentence: 'Each step starts a conversation of its own, and a warning says so.',
    allows: ({ text }, { history }) => text.startsWith('the steps of ') && history.server.ignoresIds === true,
  },
  {
    name: 'two runs at the same moment both take themselves for the one that has started the conversation',
    promise: 'reused is right',
    page: 'docs/contributing/edge-cases.md',
    sentence: 'Both may output `reused: false`.',
    allows: (violation, played) =>
      violation.text.startsWith('it is false') &&
      isOfStep(violation, played, (step) =>
        played.steps.some(
          (other) => other !== step && other.startedAt <= step.endedAt && step.startedAt <= other.endedAt,
        ),
      ),
  },
  {
    name: 'the answer has a secret',
    promise: 'outputs are right',
    page: 'docs/security.md',
    sentence: 'No log, output, summary, comment, error or file (except `trajectory-file`) shows them',
    allows: (violation, played) =>
      violation.text.startsWith('the agent never said') &&
      isOfStep(violation, played, (step) => isOnlyMasked(step, played)),
  },
  {
    name: 'the agent was never asked for its result',
    promise: 'done is said',
    page: 'docs/how-it-works.md',
    sentence: 'does not judge it, and says so in a notice',
    allows: (violation, played) =>
      isOfStep(violation, played, (step) => textOf(step).includes('was never asked for its result')) &&
      // With two starts of one id, the server may show either.
      agentsOf(played, violation.conversation ?? '').some((agent) => !isAskedForResult(agent, played)),
  },
  {
    name: 'another step or a person makes the agent work again',
    promise: 'the budget holds',
    page: 'docs/contributing/edge-cases.md',
    sentence: 'another step, with a higher limit or none, or a person can make the agent work again.',
    allows: (violation, played) =>
      isOfStep(violation, played, (step) => worksAgain(step, violation.conversation ?? '', played)),
  },
  {
    name: 'the server reports no cost',
    promise: 'the budget holds',
    page: 'docs/costs.md',
    sentence: 'if the server reports none after two minutes of work',
    allows: (_, { history }) => history.server.hasNoPrices === true,
  },
  {
    name: 'a step cannot read the conversation of another',
    promise: 'the budget holds',
    page: 'docs/troubleshooting.md',
    sentence: 'the error says whether the agent was paused, or may still work and cost money',
    allows: (violation, played) =>
      isOfStep(
        violation,
        played,
        ({ outputs, requests, endedAt }) =>
          ['unreachable', 'start-failed'].includes(outputs['status'] ?? '') &&
          outputs['reused'] !== 'false' &&
          requests.some((request) => request.by === 'main' && hasFault(request) && request.at > endedAt - 75),
      ),
  },
  {
    name: 'the server has told neither tokens nor cost',
    promise: 'the cost is right',
    page: 'docs/costs.md',
    sentence: 'after two minutes of work, or only tokens at the end',
    allows: (violation, played) =>
      violation.text.includes('no word of the cost') &&
      isOfStep(
        violation,
        played,
        (step) =>
          !('input-tokens' in step.outputs) &&
          (step.endedAt - step.startedAt < 120 || !textOf(step).includes('Agent running')),
      ),
  },
  {
    name: 'the server tells the last cost late',
    promise: 'the outcome file is right',
    page: 'docs/contributing/edge-cases.md',
    sentence: 'the last half minute counts only from the next step on',
    allows: (violation, played) =>
      violation.text.includes('an earlier step was told') &&
      isOfStep(violation, played, (step) => isCostLate(step, played)),
  },
  {
    name: 'GitHub fails until the end',
    promise: 'one comment',
    page: 'docs/contributing/edge-cases.md',
    sentence: 'What the step could not write, the action writes after the job, for up to 90 seconds',
    allows: (violation, played) => isOfStep(violation, played, failsUntilEnd),
  },
  {
    name: 'GitHub refuses to delete the comment that a new one replaces',
    promise: 'one comment',
    page: 'docs/contributing/edge-cases.md',
    sentence: 'If the old one cannot be deleted, both tell the end',
    allows: (violation, played) =>
      violation.text.startsWith('there are 2 comments') &&
      isOfStep(
        violation,
        played,
        (step) =>
          troubledComments(step).some(({ method }) => method === 'DELETE') &&
          played.comments.every(({ body }) => !linksRun(body, step.plan) || !body.includes('⏳')),
      ),
  },
  {
    name: 'GitHub says that the old comment is gone',
    promise: 'one comment',
    page: 'docs/contributing/edge-cases.md',
    sentence: 'If somebody has deleted the comment, a new one is written',
    allows: (violation, played) =>
      violation.text.startsWith('there are 2 comments') &&
      isOfStep(violation, played, (step) =>
        troubledComments(step).some(
          ({ method, status = 0 }) => method === 'DELETE' && [404, 410].includes(status),
        ),
      ),
  },
  {
    name: 'another step has paused an agent that only forgets',
    promise: 'the end is true',
    page: 'docs/contributing/edge-cases.md',
    sentence: 'another step with the same conversation may see only the pause',
    allows: (violation, played) =>
      violation.text.startsWith('timed-out') &&
      isOfStep(violation, played, (step) => hasBeenPausedForContext(step, played)),
  },
  {
    name: 'two runs review at the same moment',
    promise: 'one review',
    page: 'docs/how-it-works.md',
    sentence: 'two runs at once may post twice',
    allows: ({ text }, { steps }) =>
      text.includes(' reviews of ') &&
      steps.some((one) =>
        steps.some((other) => one.plan.run !== other.plan.run && havePostedTogether(one, other)),
      ),
  },
  {
    name: 'nobody can be asked for the clone',
    promise: 'the repository is there',
    page: 'docs/contributing/edge-cases.md',
    sentence: 'only if the runner can reach the sandbox while that runs',
    allows: (violation, played) => isOfStep(violation, played, (step) => couldNotAskForClone(step, played)),
  },
];
