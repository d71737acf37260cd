import { canonicalId } from '../simulator/ids.ts';
import { isRecord, parseJson } from '../simulator/json.ts';
import type { ConversationView } from '../simulator/server/server.ts';
import type { Agent } from '../simulator/server/timeline.ts';
import { taskIn } from './checks/conversations.ts';
import { isAboutComments } from './checks/github.ts';
import { stepsBefore, toldCost } from './checks/outputs.ts';
import type { Violation } from './checks/violation.ts';
import type { Played } from './play.ts';
import {
  costLimitOf,
  errorsOf,
  hasFault,
  isStop,
  isWaiting,
  putToWorkAt,
  type ToldLine,
  type ToldRequest,
  type ToldStep,
} from './told.ts';
import { agentsOf, answersOf, costAt, deedTimes, eventsOf, mayBeAbout, toldId } from './truth.ts';

// The conditions of exceptions.ts: whether something has happened in a history.

/**
 * Whether the last request to the sandbox about its clone had no good answer, as after a cancel, or a step made none because the sandbox was
 * paused: one that does not wait, or whose agent had ended before the server said that it is ready.
 */
export function couldNotAskForClone(step: ToldStep, played: Played): boolean {
  const asked = step.requests.filter(({ target }) =>
    /^\/agent-server\/[^/]+\/api\/(?:file\/archive|conversations\/[^/]+$)/.test(target),
  );
  const last = asked.at(-1);
  if (last === undefined) {
    const isPaused = step.atEnd.every(({ id, isReachable }) => id !== toldId(step) || !isReachable);
    return isPaused && (!isWaiting(step) || hadEndedWhenKnown(step, played));
  }
  const { status = 0 } = last;
  return hasFault(last) || last.at === step.cancelledAt || status === 0 || status >= 500;
}

/** The line of the log as a step knows its conversation. */
const READY = 'OpenHands conversation: ';

/** Whether the agent of a step had ended when the step knew its conversation, and before the step's own message. */
function hadEndedWhenKnown(step: ToldStep, played: Played): boolean {
  const lineAt = step.lines.find(({ text }) => text.startsWith(READY))?.at ?? -1;
  const own = step.requests.flatMap(({ message }) => message ?? []);
  return agentsOf(played, toldId(step)).some((agent) => {
    const sent = eventsOf(agent, played, 'user-message').find(({ happening }) =>
      own.includes(happening.text),
    );
    return isEndedAt(Math.min(lineAt, sent?.at ?? lineAt), agent, played);
  });
}

function isEndedAt(time: number, agent: Played['agents'][number], played: Played): boolean {
  const newest = eventsOf(agent, played, 'agent-state').findLast(({ at }) => at <= time);
  return newest !== undefined && ENDED.has(newest.happening.agent);
}

/** Times are rounded: the effect of a request may seem to be this much earlier, in seconds. */
const ROUNDED = 0.002;

/** Returns the last state of an agent before a time, at which a request may change it; `undefined` if there was none. */
function stateBefore(time: number, agent: Played['agents'][number], played: Played): Agent | undefined {
  return eventsOf(agent, played, 'agent-state').findLast(({ at }) => at < time - ROUNDED)?.happening.agent;
}

const ENDS = ['finished', 'answered', 'failed', 'stuck', 'rejected'] as const;
const ENDED: ReadonlySet<Agent> = new Set<Agent>(ENDS);
const AT_REST: ReadonlySet<Agent> = new Set<Agent>([...ENDS, 'paused']);

/** Whether a violation is one of a step for which something holds. */
export function isOfStep(
  violation: Violation,
  { steps }: Played,
  holds: (step: ToldStep) => boolean,
): boolean {
  return steps.some((step) => step.number === violation.step && holds(step));
}

/** Whether the last step that has put an agent to work has lost its runner. One that was canceled before it knew its agent may name it in post. */
export function isGoneWithWork(conversation: string, steps: readonly ToldStep[]): boolean {
  const last = steps
    .filter(
      (step) => mayBeAbout(step, conversation) && !namesOther(step, conversation) && putToWorkAt(step) >= 0,
    )
    .toSorted((one, other) => putToWorkAt(one) - putToWorkAt(other))
    .at(-1);
  return last !== undefined && isRunnerGone(last);
}

/** Whether post names the conversation of a step, which outputs none, and that is another one. */
function namesOther(step: ToldStep, conversation: string): boolean {
  const named = step.lines.filter(({ by, text }) => by === 'post' && text.includes('/conversations/'));
  const isThis = ({ text }: ToldLine): boolean => canonicalId(text).includes(canonicalId(conversation));
  return toldId(step) === '' && named.length > 0 && !named.some(isThis);
}

/** Whether two steps have posted reviews within a minute: neither could see that of the other. */
export function havePostedTogether(one: ToldStep, other: ToldStep): boolean {
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
export function isCostLate(step: ToldStep, played: Played): boolean {
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

/** Whether another step has paused the agent of a step before its end, and told that the model's context is too small. */
export function hasBeenPausedForContext(step: ToldStep, { steps }: Played): boolean {
  return steps.some(
    (other) =>
      other !== step &&
      other.endedAt < step.endedAt &&
      canonicalId(toldId(other)) === canonicalId(toldId(step)) &&
      other.requests.some(isStop) &&
      errorsOf(other).some((text) => text.includes("the model's context is too small")),
  );
}

/** Whether a step has paused this sandbox just after the list of its starts could not be read. */
export function hasPausedUntold({ requests }: ToldStep, sandbox: string | undefined): boolean {
  const untoldAt = requests
    .filter((request) => request.target.includes('/start-tasks/search') && hasFault(request))
    .map(({ at }) => at);
  return requests.some(
    ({ at, target }) =>
      target.endsWith(`/sandboxes/${sandbox ?? ''}/pause`) &&
      untoldAt.some((each) => each <= at && at - each < 10),
  );
}

/** Whether a conversation is not alone in its sandbox. */
export function isShared({ sandboxId }: ConversationView, { conversations, neighbor }: Played): boolean {
  const users = conversations.filter((each) => each.sandboxId === sandboxId);
  return users.length > 1 || neighbor?.sandboxId === sandboxId;
}

/** Whether a step has failed to start because the answer to its start was lost. */
export function hasLostStart({ outputs, requests }: ToldStep): boolean {
  const isStart = ({ method, target }: ToldRequest): boolean =>
    method === 'POST' && target.endsWith('conversations');
  return outputs['status'] === 'start-failed' && requests.some((each) => isStart(each) && hasFault(each));
}

/** Whether one of the agents of an id has the message of a step. */
export function isOfAgents({ inputs: { message = '' } }: ToldStep, id: string, played: Played): boolean {
  const told = agentsOf(played, id).flatMap((agent) => eventsOf(agent, played, 'user-message'));
  return told.some(({ happening }) => taskIn(happening.text) === taskIn(message));
}

export function isRunnerGone({ plan, post }: ToldStep): boolean {
  return plan.post.isGone === true || post === 'killed';
}

/** For how long post tries to write a comment, and the longest wait between two tries, in seconds. */
const TRIES = 90;
const LONGEST_WAIT = 20;

/** Whether GitHub has failed all that post has asked about the comment, until there was no time for another try. */
export function failsUntilEnd({ requests, postEndedAt = 0 }: ToldStep): boolean {
  const own = requests.filter((request) => request.by === 'post' && isAboutComments(request));
  const [first, last] = [own[0], own.at(-1)];
  if (first === undefined || last?.mishap === undefined) return false;
  const { answer } = last.mishap;
  const asked = 'headers' in answer ? Number(answer.headers['retry-after'] ?? 0) : 0;
  const triedUntil = last.status === undefined ? postEndedAt : last.at;
  return triedUntil + Math.max(LONGEST_WAIT, asked) >= first.at + TRIES;
}

/** Whether a step may not have deleted the comment that it had replaced: a fault, or a kill came between. */
export function mayHaveLeftComment(step: ToldStep): boolean {
  const writes = step.requests.filter(
    (each) => isAboutComments(each) && each.method !== 'GET' && !each.target.endsWith('/graphql'),
  );
  const hasReplaced = writes.length > 1 && writes.at(-1)?.method === 'POST';
  return troubledComments(step).length > 0 || hasReplaced;
}

/** Returns the requests about comments with a fault. */
export function troubledComments({ requests }: ToldStep): ToldStep['requests'] {
  return requests.filter((each) => isAboutComments(each) && each.mishap !== undefined);
}

/**
 * Whether a person, or another step with a higher limit, has resumed an agent or sent it a message since a step has paused it, or while it had
 * ended or was paused and that step was there. A step that finds an agent paused does not pause it, and its post may be late.
 */
export function worksAgain(step: ToldStep, conversation: string, played: Played): boolean {
  const pausedAt = step.requests.findLast(isStop)?.at ?? Number.POSITIVE_INFINITY;
  const times = [
    ...deedTimes(played, conversation, 'resume', 'send'),
    ...played.steps
      .filter(
        (other) =>
          other !== step && costLimitOf(other) > costLimitOf(step) && mayBeAbout(other, conversation),
      )
      .flatMap(({ requests }) =>
        requests.flatMap(({ at, method, target }) =>
          method === 'POST' && /\/(?:run|resume|send-message|events)$/.test(target) ? [at] : [],
        ),
      ),
  ];
  return times.some(
    (at) =>
      at >= pausedAt ||
      (at >= step.startedAt &&
        agentsOf(played, conversation).some((agent) =>
          AT_REST.has(stateBefore(at, agent, played) ?? 'working'),
        )),
  );
}

/** Whether the answer that a step tells is one of its agent but for its secrets, of which it shows only that they were there. */
export function isOnlyMasked({ outputs, files }: ToldStep, played: Played): boolean {
  const told = (files['response-file'] ?? outputs['response'] ?? '').split('***');
  if (told.length < 2) return false;
  const pattern = told.map((piece) => RegExp.escape(piece)).join(MASKED);
  return agentsOf(played, outputs['conversation-id'] ?? '').some((agent) =>
    answersOf(agent, played).some(({ text }) => new RegExp(`^${pattern}$`).test(text.toWellFormed())),
  );
}

/** The keys that agents know: of an API, of a model, of a sandbox. */
const MASKED = String.raw`(?:session-[\w-]+|sk-[\w-]+)`;

/** Whether the first message of an agent asks for the line that says the result. */
export function isAskedForResult(agent: Played['agents'][number], played: Played): boolean {
  const [first] = eventsOf(agent, played, 'user-message');
  return first?.happening.text.includes('Result: done') ?? false;
}
