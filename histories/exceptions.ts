import { isRecord, parseJson } from '../simulator/json.ts';
import { taskIn } from './checks/conversations.ts';
import { isAboutComments } from './checks/github.ts';
import { stepsBefore, toldCost } from './checks/outputs.ts';
import type { Violation } from './checks/violation.ts';
import type { Played } from './play.ts';
import {
  costLimitOf,
  hasFault,
  isStop,
  isWaiting,
  linksRun,
  textOf,
  type ToldRequest,
  type ToldStep,
} from './told.ts';
import { agentsOf, costAt, eventsOf, mayBeAbout, toldId } from './truth.ts';

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
    sentence: 'The agent continues, and comments stay as they are. Check your list of conversations.',
    allows: ({ conversation = '' }, { steps }) => isGoneWithWork(conversation, steps),
  },
  {
    name: 'the runner is gone before the old comment is deleted',
    promise: 'one comment',
    page: 'docs/how-it-works.md',
    sentence: 'The agent continues, and comments stay as they are. Check your list of conversations.',
    allows: (violation, played) =>
      isOfStep(violation, played, (step) => isRunnerGone(step) && mayHaveLeftComment(step)),
  },
  {
    name: 'the server does not tell who shares the sandbox',
    promise: 'the neighbor works',
    page: 'docs/how-it-works.md',
    sentence: 'If the server does not tell who shares it, the sandbox is paused, with all agents in it.',
    allows: (_, { steps, neighbor }) => steps.some((step) => hasPausedUntold(step, neighbor?.sandboxId)),
  },
  {
    name: 'the second sandbox of two starts cannot be paused',
    promise: 'one conversation',
    page: 'docs/how-it-works.md',
    sentence: 'Both may start an agent; one is then paused, or a warning says where to look.',
    allows: ({ text, conversation = '' }, played) =>
      text.includes(' starts of one id') &&
      played.steps.some(
        (step) => SAYS_WHERE_TO_LOOK.test(textOf(step)) && isOfAgents(step, conversation, played),
      ),
  },
  {
    name: 'the agent was never asked for its result',
    promise: 'done is said',
    page: 'docs/how-it-works.md',
    sentence: 'is not judged, and a notice says so',
    allows: (violation, played) =>
      isOfStep(violation, played, (step) => textOf(step).includes('was never asked for its result')) &&
      // With two starts of one id, the server may show either.
      agentsOf(played, violation.conversation ?? '').some((agent) => !isAskedForResult(agent, played)),
  },
  {
    name: 'another step makes the agent work again',
    promise: 'the budget holds',
    page: 'docs/how-it-works.md',
    sentence: 'another step, with a higher limit or none, can make the agent work again.',
    allows: (violation, played) =>
      isOfStep(violation, played, (step) => worksAgain(step, violation.conversation ?? '', played.steps)),
  },
  {
    name: 'the server reports no cost',
    promise: 'the budget holds',
    page: 'docs/how-it-works.md',
    sentence: 'the server reports no cost after two minutes of work',
    allows: (_, { history }) => history.server.hasNoPrices === true,
  },
  {
    name: 'a step cannot read the conversation of another',
    promise: 'the budget holds',
    page: 'docs/troubleshooting.md',
    sentence: 'The agent was paused, or may still work and cost:',
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
    page: 'docs/how-it-works.md',
    sentence: 'after two minutes of work, or tokens and no cost at the end',
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
    page: 'docs/how-it-works.md',
    sentence: 'the last half minute of one step may count for the next',
    allows: (violation, played) =>
      violation.text.includes('an earlier step was told') &&
      isOfStep(violation, played, (step) => isCostLate(step, played)),
  },
  {
    name: 'GitHub fails until the end',
    promise: 'one comment',
    page: 'docs/how-it-works.md',
    sentence: 'What the step could not write, the action writes after the job, for up to 90 seconds',
    allows: (violation, played) => isOfStep(violation, played, failsUntilEnd),
  },
  {
    name: 'GitHub refuses to delete the comment that a new one replaces',
    promise: 'one comment',
    page: 'docs/how-it-works.md',
    sentence: 'if the old one cannot be deleted, both tell the end',
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
    page: 'docs/how-it-works.md',
    sentence: 'if somebody has deleted the comment, a new one is written',
    allows: (violation, played) =>
      violation.text.startsWith('there are 2 comments') &&
      isOfStep(violation, played, (step) =>
        troubledComments(step).some(
          ({ method, status = 0 }) => method === 'DELETE' && [404, 410].includes(status),
        ),
      ),
  },
  {
    name: 'two runs review at the same moment',
    promise: 'one review',
    page: 'docs/how-it-works.md',
    sentence: 'two runs at the same moment may post twice',
    allows: ({ text }, { steps }) =>
      text.includes(' reviews of ') &&
      steps.some((one) =>
        steps.some((other) => one.plan.run !== other.plan.run && havePostedTogether(one, other)),
      ),
  },
  {
    name: 'nobody can be asked for the clone',
    promise: 'the repository is there',
    page: 'docs/troubleshooting.md',
    sentence: 'The step can only ask if the runner can reach the sandbox',
    allows: (violation, played) => isOfStep(violation, played, couldNotAskForClone),
  },
  {
    name: 'the agent without a clone had ended before',
    promise: 'the repository is there',
    page: 'docs/troubleshooting.md',
    sentence: 'about an agent that had ended before it found the conversation, it does not ask',
    allows: (violation, played) =>
      isOfStep(violation, played, (step) => hadEndedBefore(step, violation.conversation ?? '', played)),
  },
];

/**
 * Whether the last request to the sandbox about its clone had no good answer, as after a cancel, or a step that does not wait made none,
 * because the sandbox was paused.
 */
function couldNotAskForClone(step: ToldStep): boolean {
  const asked = step.requests.filter(({ target }) =>
    /^\/agent-server\/[^/]+\/api\/(?:file\/archive|conversations\/[^/]+$)/.test(target),
  );
  const last = asked.at(-1);
  // Such a step leaves an agent that another step has paused.
  if (last === undefined)
    return !isWaiting(step) && step.atEnd.every(({ id, isAtWork }) => id !== toldId(step) || !isAtWork);
  const { status = 0 } = last;
  return hasFault(last) || last.at === step.cancelledAt || status === 0 || status >= 500;
}

/** Whether an agent had ended when a step found it. */
function hadEndedBefore(step: ToldStep, conversation: string, played: Played): boolean {
  const foundAt = step.lines.find(({ text }) => text.includes('already exists'))?.at ?? -1;
  const talk = agentsOf(played, conversation).flatMap((agent) =>
    eventsOf(agent, played, 'user-message', 'agent-state').filter(({ at }) => at <= foundAt),
  );
  const newest = talk.at(-1)?.happening;
  return newest?.kind === 'agent-state' && newest.agent !== 'working';
}

/** Whether a violation is one of a step for which something holds. */
function isOfStep(violation: Violation, { steps }: Played, holds: (step: ToldStep) => boolean): boolean {
  return steps.some((step) => step.number === violation.step && holds(step));
}

/** Whether the last step that has put an agent to work has lost its runner. */
function isGoneWithWork(conversation: string, steps: readonly ToldStep[]): boolean {
  const movedAt = ({ requests }: ToldStep): number => requests.findLast(putsToWork)?.at ?? -1;
  const last = steps
    .filter((step) => mayBeAbout(step, conversation) && movedAt(step) >= 0)
    .toSorted((one, other) => movedAt(one) - movedAt(other))
    .at(-1);
  return last !== undefined && isRunnerGone(last);
}

/** Whether a request starts an agent, sends it a message or resumes it. */
function putsToWork({ method, target }: ToldRequest): boolean {
  return (
    method === 'POST' &&
    /\/(?:app-conversations|conversations|send-message|events|run|resume|start)$/.test(target)
  );
}

/** Whether two steps have posted reviews within a minute: neither could see that of the other. */
function havePostedTogether(one: ToldStep, other: ToldStep): boolean {
  const times = [one, other].map(({ requests }) =>
    requests
      .filter(({ method, target }) => method === 'POST' && target.endsWith('/reviews'))
      .map(({ at }) => at),
  );
  return times[0]?.some((at) => times[1]?.some((each) => Math.abs(each - at) < 60)) ?? false;
}

/**
 * Whether a step was told at least what its conversation had cost half a minute before the last cost that each earlier step that was told
 * more can know of.
 */
function isCostLate(step: ToldStep, played: Played): boolean {
  const file = parseJson(step.files['outcome-file'] ?? '');
  const before = isRecord(file) ? Number(file['cost-before-usd']) : Number.NaN;
  const agents = agentsOf(played, toldId(step));
  const costHalfAMinuteBefore = (agent: Played['agents'][number], time: number): number => {
    const last = eventsOf(agent, played, 'cost').findLast(({ at }) => at <= time);
    return last === undefined ? 0 : costAt(agent, played, last.at - 30);
  };
  return stepsBefore(step, played)
    .filter((earlier) => toldCost(earlier) > before)
    .every(({ endedAt }) => agents.every((agent) => costHalfAMinuteBefore(agent, endedAt) <= before));
}

/** Whether a step has paused this sandbox just after the list of its starts could not be read. */
function hasPausedUntold({ requests }: ToldStep, sandbox: string | undefined): boolean {
  const untoldAt = requests
    .filter((request) => request.target.includes('/start-tasks/search') && hasFault(request))
    .map(({ at }) => at);
  return requests.some(
    ({ at, target }) =>
      target.endsWith(`/sandboxes/${sandbox ?? ''}/pause`) &&
      untoldAt.some((each) => each <= at && at - each < 10),
  );
}

/** Whether one of the agents of an id has the message of a step. */
function isOfAgents({ inputs: { message = '' } }: ToldStep, id: string, played: Played): boolean {
  const told = agentsOf(played, id).flatMap((agent) => eventsOf(agent, played, 'user-message'));
  return told.some(({ happening }) => taskIn(happening.text) === taskIn(message));
}

function isRunnerGone({ plan, post }: ToldStep): boolean {
  return plan.post.isGone === true || post === 'killed';
}

/** For how long post tries to write a comment, and the longest wait between two tries, in seconds. */
const TRIES = 90;
const LONGEST_WAIT = 20;

/** Whether GitHub has failed all that post has asked about the comment, until there was no time for another try. */
function failsUntilEnd({ requests, postEndedAt = 0 }: ToldStep): boolean {
  const own = requests.filter((request) => request.by === 'post' && isAboutComments(request));
  const [first, last] = [own[0], own.at(-1)];
  if (first === undefined || last?.mishap === undefined) return false;
  const { answer } = last.mishap;
  const asked = 'headers' in answer ? Number(answer.headers['retry-after'] ?? 0) : 0;
  const triedUntil = last.status === undefined ? postEndedAt : last.at;
  return triedUntil + Math.max(LONGEST_WAIT, asked) >= first.at + TRIES;
}

/** Whether a step may not have deleted the comment that it had replaced: a fault, or a kill came between. */
function mayHaveLeftComment(step: ToldStep): boolean {
  const writes = step.requests.filter(
    (each) => isAboutComments(each) && each.method !== 'GET' && !each.target.endsWith('/graphql'),
  );
  const hasReplaced = writes.length > 1 && writes.at(-1)?.method === 'POST';
  return troubledComments(step).length > 0 || hasReplaced;
}

/** Returns the requests about comments with a fault. */
function troubledComments({ requests }: ToldStep): ToldStep['requests'] {
  return requests.filter((each) => isAboutComments(each) && each.mishap !== undefined);
}

/** Whether another step with a higher limit has resumed an agent, or sent it a message, since a step has paused it, or has begun. */
function worksAgain(step: ToldStep, conversation: string, steps: readonly ToldStep[]): boolean {
  const pausedAt = step.requests.findLast(isStop)?.at;
  const since = pausedAt ?? step.startedAt;
  return steps.some(
    (other) =>
      other !== step &&
      costLimitOf(other) > costLimitOf(step) &&
      mayBeAbout(other, conversation) &&
      other.requests.some(
        ({ at, method, target }) =>
          at >= since && method === 'POST' && /\/(?:run|resume|send-message|events)$/.test(target),
      ),
  );
}

/** Whether the first message of an agent asks for the line that says the result. */
function isAskedForResult(agent: Played['agents'][number], played: Played): boolean {
  const [first] = eventsOf(agent, played, 'user-message');
  return first?.happening.text.includes('Result: done') ?? false;
}
