import { checksIn, type ChecksOptions } from './checks/inputs.ts';
import type { Workplace } from './conversation/assignment.ts';
import type { PermissionRules } from './github/permission.ts';
import { type Connection, connectionIn } from './inputs/connection.ts';
import { commentIn, type CommentInputs, permissionIn } from './inputs/github.ts';
import { messageIn, type MessageSource } from './inputs/message.ts';
import { meantBy, wrongName } from './inputs/names.ts';
import { Reader, type Source } from './inputs/reader.ts';
import { waitIn, type Waiting } from './inputs/wait.ts';
import { type Work, workIn } from './inputs/work.ts';
import type { InputName } from './interface.ts';
import { schemaIn } from './schema/inputs.ts';
import { type Validate, withSchema } from './schema/schema.ts';

/** The validated inputs. */
export interface Inputs extends Connection, CommentInputs, Waiting {
  readonly work: Work;
  /** Who may start the agent. */
  readonly permission: PermissionRules;
  /** Where the agent works; absent for work without a repository. */
  readonly workplace?: Workplace;
  /** Whether the inputs name another repository than the workflow's. */
  readonly namesOtherRepository: boolean;
  /** The JSON Schema that the answer must fit; absent for none. */
  readonly outputSchema?: string;
  /** Present if the step waits for the checks of pull requests. */
  readonly checks?: ChecksOptions;
}

/** Where the inputs come from. */
export interface InputSource extends Source, MessageSource {
  /** All inputs that were set, by name, including names that the action does not have. */
  readonly given: ReadonlyMap<string, string>;
  /** The repository of the workflow, as `owner/repo`. */
  readonly repository: string;
  /** The folder of the checkout. */
  readonly workspace: string;
  readonly validate: Validate;
}

/**
 * Reads and validates every input. An empty input means its default.
 *
 * @throws {WrongInputs} with each wrong input, what is wrong with it, and what would be right.
 */
export async function readInputs(source: InputSource): Promise<Inputs> {
  const read = readerOf(source);
  const connection = connectionIn(read);
  const outputSchema = await schemaIn(read, source.validate);
  const message = await messageIn(read, source);
  const work = workIn(read, {
    ...connection,
    message: message && outputSchema ? withSchema(message, outputSchema) : message,
    repository: source.repository,
    workspace: source.workspace,
  });
  const waiting = await waitIn(read, source.roots, connection.apiVersion);
  const checks = checksIn(read, work.workplace);
  const inputs = {
    ...connection,
    ...work,
    ...waiting,
    ...(outputSchema !== undefined && { outputSchema }),
    ...(checks && { checks }),
    permission: permissionIn(read),
    ...commentIn(read),
  };
  read.refuse();
  return Object.freeze(inputs);
}

/** Returns a reader in which an input with a wrong name is a problem, but counts as the right one: it is not missing, too. */
function readerOf(source: InputSource): Reader {
  const meant = new Map<InputName, string>();
  const read = new Reader({ ...source, input: (name) => source.input(name) || (meant.get(name) ?? '') });
  for (const [name, value] of source.given) {
    const right = meantBy(name);
    // A variable of the job that the workflow passes on under the right name is not an input.
    if (right === undefined || value === source.input(right)) continue;
    meant.set(right, value);
    read.wrong(wrongName(name, right));
  }
  return read;
}
