import type { Inputs } from '../inputs/inputs.ts';
import type { ApiVersion } from '../port/api-version.ts';
import type { Conversation } from '../port/conversation.ts';
import type { Role } from '../port/events.ts';
import type { LeftToPost, UnfinishedAgentWork, UnfinishedWork } from '../port/unfinished.ts';
import type { StepEvent } from './step-event.ts';
import { hasMessageToSend, isUnsentByKey } from './unsent.ts';

/** The part of the record that determines what is left for post. */
export interface UnfinishedWorkContext {
  /** What main leaves for post if it is killed now. */
  readonly unfinishedWork: UnfinishedWork;
  /** Absent until it is known which API the server speaks. */
  readonly version?: ApiVersion;
  /** The id that the step asks for. A server may have chosen another one for the conversation. */
  readonly chosen?: string;
  readonly conversation?: Conversation | undefined;
  /** The id in the marker of the step's comment; absent if it has none. */
  readonly comment?: string | undefined;
  readonly inputs?: Pick<Inputs, 'poll' | 'work'>;
  readonly role?: Role;
  /** Whether an earlier attempt of the run has sent the message to the conversation that the key has found. */
  readonly hasMessage?: boolean;
}

/** Returns what main leaves for post if it is killed after an event. If the step has a comment, post finds it by the marker. */
export function unfinishedWorkAfter(context: UnfinishedWorkContext, event: StepEvent): UnfinishedWork {
  const { unfinishedWork, comment } = context;
  const next = nextUnfinishedWork(context, event);
  const isEnd = event.kind === 'ended';
  if (next.kind === 'over' || (next === unfinishedWork && !isEnd)) return next;
  return {
    ...next,
    ...(comment !== undefined && { marker: comment }),
    ...(isEnd && { status: event.outcome.status }),
  };
}

function nextUnfinishedWork(context: UnfinishedWorkContext, event: StepEvent): UnfinishedWork {
  const { unfinishedWork, version } = context;
  switch (event.kind) {
    // So far, the step has asked for no conversation with the chosen id.
    case 'begun':
    case 'chosen':
      return workWithoutAgent(context);
    case 'reported':
      return isUnfinished(unfinishedWork) ? { ...unfinishedWork, isReported: true } : { kind: 'over' };
    default:
      return version === undefined ? unfinishedWork : nextWorkAt(version, context, event);
  }
}

/** The events after which nothing is left that was not left before. */
type LeavesNothing =
  | 'api'
  | 'restart-decided'
  | 'start-phase'
  | 'archived'
  | 'not-cloned'
  | 'folder'
  | 'pictures'
  | 'pictures-unseen'
  | 'retrying'
  | 'steps'
  | 'without-tools'
  | 'note'
  | 'budget-spent'
  | 'answers'
  | 'checks'
  | 'invalid-answer'
  | 'correction-left'
  | 'newer-message'
  | 'checks-unreadable'
  | 'round'
  | 'round-of-other-step'
  | 'patch-saved'
  | 'patch-missing'
  | 'patch-dropped'
  | 'reviewed'
  | 'replied'
  | 'result-not-asked'
  | 'result-unread'
  | 'stopping'
  | 'trajectory-saved'
  | 'trajectory-missing';

/** Returns what main leaves after an event that is about a server. */
function nextWorkAt(
  version: ApiVersion,
  context: UnfinishedWorkContext,
  event: Exclude<StepEvent, { readonly kind: 'begun' | 'chosen' | 'reported' }>,
): UnfinishedWork {
  const { unfinishedWork, conversation } = context;
  switch (event.kind) {
    case 'asking':
      return {
        kind: 'asked',
        version,
        id: event.id,
        at: event.at,
        ...(event.stepTag !== undefined && { stepTag: event.stepTag }),
      };
    case 'preparing':
      return workAfterPreparing(event, unfinishedWork, version);
    case 'found':
      return workAfterFound(event, context, version);
    case 'sending':
    case 'resuming':
      return workAfterMessage(event.kind, context, version);
    case 'only-resumed':
      return unfinishedWork.kind === 'started' ? { ...unfinishedWork, pendingWork: 'start' } : unfinishedWork;
    case 'delivered':
      return unfinishedWork.kind === 'started'
        ? { ...unfinishedWork, pendingWork: 'delivered' }
        : unfinishedWork;
    // An agent that has finished need not be stopped during the wait for its checks.
    case 'checking':
      return workAfterAgent(context);
    case 'no-work':
      return workWithoutAgent(context);
    case 'hidden':
      return event.isPaused ? workWithoutAgent(context) : unfinishedWork;
    case 'left-to-post': {
      const { left } = event;
      if (isUnfinished(unfinishedWork)) return { ...unfinishedWork, left };
      return conversation === undefined
        ? unfinishedWork
        : othersWork(conversation.id, left, context, version);
    }
    case 'ended':
      return leftIn(unfinishedWork) ? unfinishedWork : workWithoutAgent(context);
    case 'at-work':
      return workWithMessage(unfinishedWork, version);
    case 'state':
      return workAfterLook(event, unfinishedWork, version);
    case 'agent-ended':
      return unfinishedWork.kind === 'over'
        ? workAfterAgent(context)
        : workWithMessage(unfinishedWork, version);
    default:
      event.kind satisfies LeavesNothing;
      return unfinishedWork;
  }
}

/** An agent that is paused has its message, unless that, or a request to run, may still be on its way. */
function workAfterLook(
  { state }: StepEvent & { readonly kind: 'state' },
  unfinishedWork: UnfinishedWork,
  version: ApiVersion,
): UnfinishedWork {
  const isOnItsWay = 'pendingWork' in unfinishedWork && unfinishedWork.pendingWork === 'later';
  return state === 'paused' && !isOnItsWay ? workWithMessage(unfinishedWork, version) : unfinishedWork;
}

/** Returns the work of a step that sends a message, or resumes an agent, which it also stops. */
function workAfterMessage(
  kind: 'sending' | 'resuming',
  { unfinishedWork, conversation }: UnfinishedWorkContext,
  version: ApiVersion,
): UnfinishedWork {
  if (conversation === undefined) return unfinishedWork;
  // A message that was on its way before the resume still is.
  const before = 'pendingWork' in unfinishedWork ? unfinishedWork.pendingWork : undefined;
  const pendingWork = kind === 'sending' ? 'later' : (before ?? 'start');
  return { kind: 'started', version, id: conversation.id, pendingWork };
}

function workAfterPreparing(
  { task, id }: StepEvent & { readonly kind: 'preparing' },
  unfinishedWork: UnfinishedWork,
  version: ApiVersion,
): UnfinishedWork {
  // Post needs the time even if no other run may ask for the same id: sharedStartIn returns nothing then.
  const at = 'at' in unfinishedWork && { at: unfinishedWork.at };
  return { kind: 'pending', version, ...at, ...sharedStartIn(unfinishedWork), task, id };
}

function workAfterFound(
  { conversation: { id }, role, mayBeOthers }: StepEvent & { readonly kind: 'found' },
  context: UnfinishedWorkContext,
  version: ApiVersion,
): UnfinishedWork {
  const { unfinishedWork } = context;
  if (role === undefined || mayBeOthers) {
    // While it is not known which run has started the conversation, post must find that out first.
    if (unfinishedWork.kind !== 'announced') return unfinishedWork;
    // A step that has not asked for the conversation has no agent in it: there is only an end to report.
    return workAfterAgent(role === undefined ? context : { ...context, role: 'attached' });
  }
  if (role === 'started')
    return { kind: 'started', version, id, pendingWork: 'start', ...sharedStartIn(unfinishedWork) };
  // A step that waits takes over from the step that started the agent.
  return role === 'observer' && context.inputs?.poll === true
    ? { kind: 'started', version, id }
    : workWithoutAgent(context);
}

/** Returns what tells this step's start from those of other runs that may ask for the same id; nothing if no other run may. */
function sharedStartIn(
  unfinishedWork: UnfinishedWork,
): Partial<Pick<UnfinishedAgentWork & { readonly kind: 'started' }, 'at' | 'stepTag' | 'task'>> {
  if (!isUnfinished(unfinishedWork) || unfinishedWork.stepTag === undefined) return {};
  const { at, stepTag } = unfinishedWork;
  const task = 'task' in unfinishedWork && { task: unfinishedWork.task };
  return { stepTag, ...(at !== undefined && { at }), ...task };
}

/** Whether the agent may still be working for this step. */
export function isUnfinished(unfinishedWork: UnfinishedWork): unfinishedWork is UnfinishedAgentWork {
  return ['asked', 'pending', 'started'].includes(unfinishedWork.kind);
}

/** Returns why main has left an agent to post; `undefined` if it has not. */
export function leftIn(unfinishedWork: UnfinishedWork): LeftToPost | undefined {
  return isUnfinished(unfinishedWork) ? unfinishedWork.left : undefined;
}

/** Returns what is left if an agent that does not work for this step has to be stopped. */
function othersWork(
  id: string,
  left: LeftToPost,
  context: UnfinishedWorkContext,
  version: ApiVersion,
): UnfinishedWork {
  const hasNotSent = context.inputs?.work.kind === 'start' && hasMessageToSend(context);
  return {
    kind: 'started',
    version,
    id,
    left,
    ...((hasNotSent || isUnsentByKey(context)) && { isUnsentByKey: true }),
  };
}

/** Returns what is left once the agent has its message: nothing is on its way to it any more. */
function workWithMessage(unfinishedWork: UnfinishedWork, version: ApiVersion): UnfinishedWork {
  return unfinishedWork.kind === 'started'
    ? { kind: 'started', version, id: unfinishedWork.id, ...sharedStartIn(unfinishedWork) }
    : unfinishedWork;
}

/** Returns what is left once this step need not stop an agent: at most the comment. */
function workWithoutAgent(context: UnfinishedWorkContext): UnfinishedWork {
  return context.comment === undefined ? { kind: 'over' } : workAfterAgent(context);
}

/** Returns what is left once the agent has ended: the outcome is not reported yet. */
function workAfterAgent(context: UnfinishedWorkContext): UnfinishedWork {
  const { version, conversation } = context;
  if (version === undefined || conversation === undefined) return { kind: 'announced' };
  const unsent = isUnsentByKey(context) && { isUnsentByKey: true };
  return { kind: 'unreported', version, id: conversation.id, ...unsent };
}
