import type { ApiVersion, Conversation } from '../conversation/conversation.ts';
import type { Leftover, Unfinished } from '../github/state.ts';
import type { Inputs } from './inputs.ts';
import type { StepEvent } from './step-event.ts';

/** The part of the record that determines what is left for post. */
export interface LeftoverContext {
  readonly leftover: Leftover;
  /** Absent until it is known which API the server speaks. */
  readonly version?: ApiVersion;
  readonly chosen?: string;
  readonly conversation?: Conversation | undefined;
  readonly hasComment: boolean;
  readonly inputs?: Pick<Inputs, 'poll'>;
}

/** Returns what main leaves for post if it is killed after an event. */
export function leftoverAfter(context: LeftoverContext, event: StepEvent): Leftover {
  const { leftover, chosen, hasComment } = context;
  const next = nextLeftover(context, event);
  if (next === leftover || next.kind === 'over' || next.kind === 'announced') return next;
  return hasComment && chosen !== undefined && chosen !== next.id ? { ...next, markerId: chosen } : next;
}

function nextLeftover(context: LeftoverContext, event: StepEvent): Leftover {
  const { leftover, version, conversation } = context;
  if (event.kind === 'chosen') return withoutAgent(context);
  if (event.kind === 'reported')
    return isUnfinished(leftover) ? { ...leftover, isReported: true } : { kind: 'over' };
  if (version === undefined) return leftover;
  switch (event.kind) {
    case 'asking':
      return { kind: 'asked', version, id: event.id, at: event.at };
    case 'preparing':
      return pendingOf(event, leftover, version);
    case 'found':
      return leftoverOf(event, context, version);
    // A step that resumes an agent also stops it.
    case 'sending':
    case 'resuming':
      return conversation === undefined
        ? leftover
        : { kind: 'started', version, id: conversation.id, hasPendingWork: true };
    // An agent that has finished need not be stopped during the wait for its checks.
    case 'checking':
    case 'refused':
      return withoutAgent(context);
    case 'hidden':
      return event.isPaused ? withoutAgent(context) : leftover;
    case 'left-to-post':
      return isUnfinished(leftover) ? { ...leftover, ...event.why } : leftover;
    case 'ended':
      return 'interruptedBy' in leftover ? leftover : withoutAgent(context);
    case 'at-work':
    case 'agent-ended':
      return leftover.kind === 'started' ? { kind: 'started', version, id: leftover.id } : leftover;
    default:
      return leftover;
  }
}

function pendingOf(
  { task, id, isShared }: StepEvent & { readonly kind: 'preparing' },
  leftover: Leftover,
  version: ApiVersion,
): Leftover {
  const at = 'at' in leftover && { at: leftover.at };
  return { kind: 'pending', version, task, id, ...at, ...(isShared && { keyed: true }) };
}

function leftoverOf(
  { conversation: { id }, role }: StepEvent & { readonly kind: 'found' },
  context: LeftoverContext,
  version: ApiVersion,
): Leftover {
  if (role === undefined) return context.leftover;
  if (role === 'started') return { kind: 'started', version, id, hasPendingWork: true };
  // A step that waits takes over from the step that started the agent.
  return role === 'observer' && context.inputs?.poll === true
    ? { kind: 'started', version, id }
    : withoutAgent(context);
}

/** Whether the agent may still be working for this step. */
export function isUnfinished(leftover: Leftover): leftover is Unfinished {
  return ['asked', 'pending', 'started'].includes(leftover.kind);
}

/** Returns what is left once this step need not stop an agent: at most the comment. */
function withoutAgent({ hasComment, version, chosen, conversation }: LeftoverContext): Leftover {
  if (!hasComment) return { kind: 'over' };
  if (version !== undefined && conversation !== undefined)
    return { kind: 'unreported', version, id: conversation.id };
  return chosen === undefined ? { kind: 'over' } : { kind: 'announced', id: chosen };
}

/** Returns the id in the marker of the comment that main may have written. */
export function markerIdIn(leftover: Exclude<Leftover, { readonly kind: 'over' }>): string {
  return leftover.kind === 'announced' ? leftover.id : (leftover.markerId ?? leftover.id);
}
