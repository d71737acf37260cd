import { checksIn, type ChecksOptions } from './checks/inputs.ts';
import { ON_PAUSED, type OnPaused } from './conversation/conversation.ts';
import type { Workplace } from './conversation/workplace.ts';
import type { PermissionRules } from './github/permission.ts';
import { budgetIn } from './inputs/budget.ts';
import { type Connection, connectionIn } from './inputs/connection.ts';
import { commentIn, type CommentInputs, permissionIn } from './inputs/github.ts';
import { messageIn, type MessageSource } from './inputs/message.ts';
import { misnamedAmong, rightWords } from './inputs/names.ts';
import { Reader, type Source } from './inputs/reader.ts';
import { type Work, workIn } from './inputs/work.ts';
import { schemaIn } from './schema/inputs.ts';
import { type Validate, withSchema } from './schema/schema.ts';
import { placeForFile, type Roots } from './text/file.ts';

/** The validated inputs. */
export interface Inputs extends Connection, CommentInputs {
  readonly work: Work;
  /** Who may start the agent. */
  readonly permission: PermissionRules;
  /** Where the agent works; absent for work without a repository. */
  readonly workplace?: Workplace;
  /** Whether the inputs name another repository than the workflow's. */
  readonly namesOtherRepository: boolean;
  readonly poll: boolean;
  /** The most that the conversation may cost, in US dollars; absent for no limit. */
  readonly maxCostUsd?: number;
  /** The JSON Schema that the answer must fit; absent for none. */
  readonly outputSchema?: string;
  readonly onPaused: OnPaused;
  /** The absolute path of the file for the trajectory. */
  readonly trajectoryFile?: string;
  /** The absolute path of the file for the patch of the agent's changes. */
  readonly patchFile?: string;
  /** Present if the step waits for the checks of pull requests. */
  readonly checks?: ChecksOptions;
  readonly timeoutMs: number;
  readonly longestPollMs: number;
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

/** GitHub ends a job on its runners after six hours. */
const MAX_TIMEOUT_SECONDS = 21_600;
const MAX_INTERVAL_SECONDS = 600;

/**
 * Reads and validates every input. An empty input means its default.
 *
 * @throws {WrongInputs} with each wrong input, what is wrong with it, and what would be right.
 */
export async function readInputs(source: InputSource): Promise<Inputs> {
  const misnamed = misnamedAmong(source.given.keys()).filter(
    // A variable of the job that the workflow passes on under the right name is not an input.
    ({ wrong, right }) => source.given.get(wrong) !== source.input(right),
  );
  // An input with a wrong name counts as the right one, so that it is not reported as missing, too.
  const meant = new Map(misnamed.map(({ wrong, right }) => [right, source.given.get(wrong) ?? '']));
  const read = new Reader({ ...source, input: (name) => source.input(name) || (meant.get(name) ?? '') });
  for (const each of misnamed)
    read.wrong(`${each.wrong} is not an input of this action: use ${rightWords(each)}`);
  const connection = connectionIn(read);
  const maxCostUsd = budgetIn(read, connection.apiVersion);
  const outputSchema = await schemaIn(read, source.validate);
  const message = await messageIn(read, source);
  const work = workIn(read, {
    ...connection,
    message: message && outputSchema ? withSchema(message, outputSchema) : message,
    repository: source.repository,
    workspace: source.workspace,
  });
  const polling = await pollIn(read, source.roots, connection.apiVersion === 'v0');
  const checks = checksIn(read, work.workplace);
  const inputs = {
    ...connection,
    ...work,
    ...polling,
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    ...(outputSchema !== undefined && { outputSchema }),
    ...(checks && { checks }),
    onPaused: read.choice('on-paused', ON_PAUSED),
    permission: permissionIn(read),
    timeoutMs: read.seconds('timeout-seconds', 1_800, MAX_TIMEOUT_SECONDS),
    longestPollMs: read.seconds('poll-interval-seconds', 30, MAX_INTERVAL_SECONDS),
    ...commentIn(read),
  };
  read.refuse();
  return Object.freeze(inputs);
}

type Waiting = Pick<Inputs, 'poll' | 'trajectoryFile' | 'patchFile'>;

async function pollIn(read: Reader, roots: Roots, isV0: boolean): Promise<Waiting> {
  const poll = read.boolean('poll', false, true);
  const placeOf = async (
    name: 'trajectory-file' | 'patch-file',
    reason: string,
  ): Promise<string | undefined> => {
    const { value, shown } = read.given(name);
    if (value === '') return undefined;
    if (!read.needsPoll(name, reason)) return '';
    const place = await placeForFile(value, roots);
    return place.kind === 'place' ? place.path : read.wrong(`${name} ${shown} ${place.reason}`, '');
  };
  const trajectoryFile = await placeOf('trajectory-file', 'there is no trajectory before the agent is done');
  const patchFile = await placeOf('patch-file', 'there is no patch before the agent is done');
  if (patchFile !== undefined && patchFile !== '' && patchFile === trajectoryFile)
    read.wrong('patch-file and trajectory-file name the same file: give each its own');
  if (isV0 && read.given('patch-file').value !== '')
    read.wrong('patch-file needs api-version v1 or agent-server: leave it out with v0');
  return {
    poll,
    ...(trajectoryFile !== undefined && { trajectoryFile }),
    ...(patchFile !== undefined && { patchFile }),
  };
}
