import type { Interrupted } from './conversation/clock.ts';
import type { ApiVersion, Conversation } from './conversation/conversation.ts';
import type { Inputs } from './inputs.ts';
import type { StepEvent } from './step-event.ts';

/** What main leaves to post. Ids only, never a secret. */
export type Leftover =
  | { readonly step: 'over' }
  /** The comment says that a conversation is being started, and the server has nothing of it; `id` is in its marker. */
  | { readonly step: 'announced'; readonly id: string }
  /** The agent is no longer this step's concern, and its comment does not say yet how things went. */
  | ({ readonly step: 'unreported'; readonly version: ApiVersion; readonly id: string } & Commented)
  | Unfinished;

interface Commented {
  /** The id in the comment's marker, if that may still be another one. */
  readonly chosen?: string;
}

/** The agent may still be at work for this step. */
export type Unfinished = (
  | { readonly step: 'asked'; readonly version: ApiVersion; readonly id: string }
  | {
      readonly step: 'pending';
      readonly version: ApiVersion;
      readonly task: string;
      /** Chosen for the conversation, which the server may list before the start says so. */
      readonly id: string;
      /** Present if a key led to that id: other runs may have asked for it at the same moment. */
      readonly keyed?: true;
    }
  | {
      readonly step: 'started';
      readonly version: ApiVersion;
      readonly id: string;
      /** A message or a resume is on its way to the agent, which may look at rest until it has come. */
      readonly called?: true;
    }
) & { readonly brokenOffBy?: Interrupted } & Commented;

/** What of the record decides about it. */
export interface Owner {
  readonly leftover: Leftover;
  /** Absent until it is known which API the server speaks. */
  readonly version?: ApiVersion;
  readonly chosen?: string;
  readonly conversation?: Conversation;
  readonly hasComment: boolean;
  readonly inputs?: Pick<Inputs, 'poll'>;
}

/** What main would leave to post if it were killed after an event. */
export function leftoverAfter(owner: Owner, event: StepEvent): Leftover {
  const { leftover, chosen, hasComment } = owner;
  const next = nextLeftover(owner, event);
  if (next === leftover || next.step === 'over' || next.step === 'announced') return next;
  return hasComment && chosen !== undefined && chosen !== next.id ? { ...next, chosen } : next;
}

function nextLeftover(owner: Owner, event: StepEvent): Leftover {
  const { leftover, version, conversation } = owner;
  if (event.kind === 'chosen') return settled(owner);
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
    // Whoever resumes an agent is whose it is to stop.
    case 'sending':
    case 'resuming':
      return conversation === undefined
        ? leftover
        : { step: 'started', version, id: conversation.id, called: true };
    // An agent that is done is not stopped for its checks.
    case 'checking':
    case 'refused':
      return settled(owner);
    case 'ended':
      return isUnfinished(leftover) && event.left !== undefined
        ? { ...leftover, brokenOffBy: event.left }
        : settled(owner);
    case 'at-work':
    case 'at-rest':
      return leftover.step === 'started' ? { step: 'started', version, id: leftover.id } : leftover;
    default:
      return leftover;
  }
}

function leftoverOf(
  { conversation: { id }, role }: StepEvent & { readonly kind: 'found' },
  owner: Owner,
  version: ApiVersion,
): Leftover {
  if (role === 'started') return { step: 'started', version, id, called: true };
  // Who waits stands in for the step that started the agent.
  return role === 'observer' && owner.inputs?.poll === true
    ? { step: 'started', version, id }
    : settled(owner);
}

/** Whether the agent may still be at work for this step. */
export function isUnfinished(leftover: Leftover): leftover is Unfinished {
  return ['asked', 'pending', 'started'].includes(leftover.step);
}

/** The agent is no longer this step's to stop; whether its comment says how things went is another matter. */
function settled({ hasComment, version, chosen, conversation }: Owner): Leftover {
  if (!hasComment) return { step: 'over' };
  if (version !== undefined && conversation !== undefined)
    return { step: 'unreported', version, id: conversation.id };
  return chosen === undefined ? { step: 'over' } : { step: 'announced', id: chosen };
}

/** The id in the marker of the comment that main may have written. */
export function markerIn(left: Exclude<Leftover, { readonly step: 'over' }>): string {
  return left.step === 'announced' ? left.id : (left.chosen ?? left.id);
}
