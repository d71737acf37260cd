import type { ChecksOptions } from '../checks/inputs.ts';
import type { Workplace } from '../conversation/assignment.ts';
import type { Role } from '../conversation/events.ts';
import type { PermissionRules } from '../github/permission.ts';
import type { Connection } from '../inputs/connection.ts';
import type { Waiting } from '../inputs/wait.ts';
import type { Key, Work } from '../inputs/work.ts';
import type { ResultOptions } from '../result/inputs.ts';

/** The validated inputs. */
export interface Inputs extends Connection, Waiting {
  readonly githubToken: string;
  readonly comment: boolean;
  /** The issue or pull request to comment on; absent for that of the event. */
  readonly issueNumber?: number;
  readonly work: Work;
  readonly permission: PermissionRules;
  /** The word with which the event's comment must begin; absent for none. */
  readonly command?: string;
  /** Where the agent works; absent for work without a repository. */
  readonly workplace?: Workplace;
  /** Whether the inputs name another repository than the workflow's. */
  readonly namesOtherRepository: boolean;
  /** The JSON Schema of the input of that name; absent for none. A review has one of its own. */
  readonly outputSchema?: string;
  /** The pull request that the step reviews; absent for none. */
  readonly review?: number;
  readonly checks?: ChecksOptions;
  /** What the agent must say that it has done; absent if the step succeeds whatever it says. */
  readonly result?: ResultOptions;
}

/** Returns what the step does if the conversation of its key exists; `undefined` without a key, or before the inputs are known. */
export function ifExistsOf(inputs: Pick<Inputs, 'work'> | undefined): Key['ifExists'] | undefined {
  return inputs?.work.kind === 'start' ? inputs.work.key?.ifExists : undefined;
}

/** Whether the step is attached to the conversation of its key without sending its message. With `send`, an earlier attempt has sent it. */
export function isUnsentByKey({
  role,
  inputs,
}: {
  readonly role?: Role;
  readonly inputs?: Pick<Inputs, 'work'>;
}): boolean {
  return role === 'attached' && ifExistsOf(inputs) !== 'send';
}
