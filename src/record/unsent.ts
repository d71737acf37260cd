import type { Role } from '../conversation/events.ts';
import { ifExistsOf, type Inputs } from '../inputs/inputs.ts';

/** What the step does with its conversation, and its inputs once they are known. */
interface RoleAndInputs {
  readonly role?: Role;
  readonly inputs?: Pick<Inputs, 'work'>;
}

/** Whether the step has a message for the conversation that is not delivered yet. */
export function isUnsent({ inputs, role }: RoleAndInputs): boolean {
  const work = inputs?.work;
  const hasMessage = work?.kind === 'start' || work?.message !== undefined;
  // Once it has delivered its message, the step is no observer any more.
  return role === 'observer' && hasMessage;
}

/** Whether the step is attached to the conversation of its key without sending its message. With `send`, an earlier attempt has sent it. */
export function isUnsentByKey({ role, inputs }: RoleAndInputs): boolean {
  return role === 'attached' && ifExistsOf(inputs) !== 'send';
}
