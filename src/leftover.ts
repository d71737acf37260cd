import type { ApiVersion, Conversation } from './conversation/conversation.ts';
import type { Inputs } from './inputs.ts';
import type { Interrupted, StepEvent } from './step-event.ts';

/** What main leaves to post. Ids only, never a secret. */
export type Leftover =
  | { readonly step: 'over' }
  /** The agent is no longer this step's concern, and its comment does not say yet how things went. */
  | { readonly step: 'untold'; readonly version: ApiVersion; readonly id: string }
  | Unfinished;

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
) & { readonly brokenOffBy?: Interrupted };

/** What of the record decides about it. */
export interface Owner {
  readonly leftover: Leftover;
  /** Absent until it is known which API the server speaks. */
  readonly version?: ApiVersion;
  readonly conversation?: Conversation;
  readonly hasComment: boolean;
  readonly inputs?: Pick<Inputs, 'poll'>;
}

/** What main would leave to post if it were killed after an event. */
export function leftoverAfter(owner: Owner, event: StepEvent): Leftover {
  const { leftover, version, conversation } = owner;
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
    case 'refused':
      return settled(owner);
    case 'ended':
      return isUnfinished(leftover) && event.left !== undefined
        ? { ...leftover, brokenOffBy: event.left }
        : settled(owner);
    case 'commented':
      return leftover.step === 'untold' ? { step: 'over' } : leftover;
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

function isUnfinished(leftover: Leftover): leftover is Unfinished {
  return leftover.step !== 'over' && leftover.step !== 'untold';
}

/** The agent is no longer this step's to stop; whether its comment says how things went is another matter. */
function settled({ hasComment, version, conversation }: Owner): Leftover {
  return hasComment && version !== undefined && conversation !== undefined
    ? { step: 'untold', version, id: conversation.id }
    : { step: 'over' };
}
