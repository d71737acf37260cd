import type { Inputs } from '../inputs/inputs.ts';
import type { Role } from '../port/events.ts';

/** What the step does with its conversation, and its inputs once they are known. */
interface RoleAndInputs {
  readonly role?: Role;
  readonly inputs?: Pick<Inputs, 'work'>;
}

/** What the step does with its conversation, and whether an earlier attempt of the run has sent it the message. */
interface RoleAndMessage {
  readonly role?: Role;
  readonly hasMessage?: boolean;
}

/** Whether the step has a message for the conversation that is not delivered yet. */
export function hasMessageToSend({ inputs, role }: RoleAndInputs): boolean {
  const work = inputs?.work;
  const hasMessage = work?.kind === 'start' || work?.message !== undefined;
  // Once it has delivered its message, the step is no observer any more.
  return role === 'observer' && hasMessage;
}

/** Whether the step is attached to the conversation of its key, which has not got its message. */
export function isUnsentByKey({ role, hasMessage }: RoleAndMessage): boolean {
  return role === 'attached' && hasMessage !== true;
}
