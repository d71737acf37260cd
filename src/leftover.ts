import type { InterruptionKind } from './conversation/clock.ts';
import type { ApiVersion, Conversation } from './conversation/conversation.ts';
import type { Inputs } from './inputs.ts';
import type { StepEvent } from './step-event.ts';

/** What main leaves for post to do. Contains only ids, never a secret. */
export type Leftover =
  | { readonly step: 'over' }
  /** The comment says that a conversation is being started, but no request was sent. `id` is in the comment's marker. */
  | { readonly step: 'announced'; readonly id: string }
  /** Nothing needs to be stopped, but the comment does not show the outcome yet. */
  | ({ readonly step: 'unreported'; readonly version: ApiVersion; readonly id: string } & Commented)
  | Unfinished;

interface Commented {
  /** The id in the comment's marker, if it may differ from `id`. */
  readonly chosen?: string;
}

/** The agent may still be working for this step. */
export type Unfinished = (
  | { readonly step: 'asked'; readonly version: ApiVersion; readonly id: string }
  | {
      readonly step: 'pending';
      readonly version: ApiVersion;
      readonly task: string;
      /** The id chosen for the conversation. The server may list the conversation before the start reports it. */
      readonly id: string;
      /** Present if the id comes from a key: other runs may have asked for it at the same time. */
      readonly keyed?: true;
    }
  | {
      readonly step: 'started';
      readonly version: ApiVersion;
      readonly id: string;
      /** Present if a message or a resume may be on its way to the agent, which may look idle until then. */
      readonly hasPendingWork?: true;
    }
) & { readonly interruptedBy?: InterruptionKind } & Commented;

/** The part of the record that determines what is left for post. */
export interface LeftoverContext {
  readonly leftover: Leftover;
  /** Absent until it is known which API the server speaks. */
  readonly version?: ApiVersion;
  readonly chosen?: string;
  readonly conversation?: Conversation;
  readonly hasComment: boolean;
  readonly inputs?: Pick<Inputs, 'poll'>;
}

/** Returns what main leaves for post if it is killed after an event. */
export function leftoverAfter(owner: LeftoverContext, event: StepEvent): Leftover {
  const { leftover, chosen, hasComment } = owner;
  const next = nextLeftover(owner, event);
  if (next === leftover || next.step === 'over' || next.step === 'announced') return next;
  return hasComment && chosen !== undefined && chosen !== next.id ? { ...next, chosen } : next;
}

function nextLeftover(owner: LeftoverContext, event: StepEvent): Leftover {
  const { leftover, version, conversation } = owner;
  if (event.kind === 'chosen') return withoutAgent(owner);
  if (event.kind === 'commented') return isUnfinished(leftover) ? leftover : { step: 'over' };
  if (version === undefined) return leftover;
  switch (event.kind) {
    case 'asking':
      return { step: 'asked', version, id: event.id };
    case 'preparing': {
      const { task, id, isShared } = event;
      return { step: 'pending', version, task, id, ...(isShared && { keyed: true }) };
    }
    case 'found':
      return leftoverOf(event, owner, version);
    // A step that resumes an agent also stops it.
    case 'sending':
    case 'resuming':
      return conversation === undefined
        ? leftover
        : { step: 'started', version, id: conversation.id, hasPendingWork: true };
    // An agent that has finished need not be stopped during the wait for its checks.
    case 'checking':
    case 'refused':
      return withoutAgent(owner);
    case 'ended':
      return isUnfinished(leftover) && event.stopInPost !== undefined
        ? { ...leftover, interruptedBy: event.stopInPost }
        : withoutAgent(owner);
    case 'at-work':
    case 'agent-ended':
      return leftover.step === 'started' ? { step: 'started', version, id: leftover.id } : leftover;
    default:
      return leftover;
  }
}

function leftoverOf(
  { conversation: { id }, role }: StepEvent & { readonly kind: 'found' },
  owner: LeftoverContext,
  version: ApiVersion,
): Leftover {
  if (role === 'started') return { step: 'started', version, id, hasPendingWork: true };
  // A step that waits takes over from the step that started the agent.
  return role === 'observer' && owner.inputs?.poll === true
    ? { step: 'started', version, id }
    : withoutAgent(owner);
}

/** Whether the agent may still be working for this step. */
export function isUnfinished(leftover: Leftover): leftover is Unfinished {
  return ['asked', 'pending', 'started'].includes(leftover.step);
}

/** Returns what is left once this step need not stop the agent any more: at most the comment. */
function withoutAgent({ hasComment, version, chosen, conversation }: LeftoverContext): Leftover {
  if (!hasComment) return { step: 'over' };
  if (version !== undefined && conversation !== undefined)
    return { step: 'unreported', version, id: conversation.id };
  return chosen === undefined ? { step: 'over' } : { step: 'announced', id: chosen };
}

/** Returns the id in the marker of the comment that main may have written. */
export function markerIn(leftover: Exclude<Leftover, { readonly step: 'over' }>): string {
  return leftover.step === 'announced' ? leftover.id : (leftover.chosen ?? leftover.id);
}
