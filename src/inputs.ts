import { ON_PAUSED, type OnPaused } from './conversation/conversation.ts';
import type { Workplace } from './conversation/workplace.ts';
import type { PermissionRules } from './github/permission.ts';
import {
  boolean,
  type Checked,
  choice,
  type Given,
  type Optional,
  readerOf,
  refuse,
  right,
  seconds,
  type Source,
  wrong,
} from './inputs/checked.ts';
import { type Connection, connectionChecks, connectionIn } from './inputs/connection.ts';
import { commentChecks, commentIn, type CommentInputs, permissionRules } from './inputs/github.ts';
import { message, type MessageSource } from './inputs/message.ts';
import { conversation, idempotencyKey, llmModel, type Work, workIn } from './inputs/work.ts';
import { workplace } from './inputs/workplace.ts';
import { placeForFile, type Roots } from './text/file.ts';

/** What the user of the action asks for, checked. */
export interface Inputs extends Connection, CommentInputs {
  readonly work: Work;
  /** Who may put the agent to work. */
  readonly permission: PermissionRules;
  /** Where the agent works; absent for work without a repository. */
  readonly workplace?: Workplace;
  readonly apiVersion: 'auto' | 'v1' | 'v0';
  readonly poll: boolean;
  readonly onPaused: OnPaused;
  /** The absolute path of the file for the trajectory. */
  readonly trajectoryFile?: string;
  readonly timeoutMs: number;
  readonly longestPollMs: number;
}

/** Where the inputs come from. */
export interface InputSource extends Source, MessageSource {
  /** The repository of the workflow, as `owner/repo`. */
  readonly repository: string;
}

/** A job of a GitHub-hosted runner ends after six hours. */
const LONGEST_TIMEOUT_SECONDS = 21_600;
const LONGEST_INTERVAL_SECONDS = 600;
/**
 * Reads and checks every input. Empty means the default.
 *
 * @throws {WrongInputs} which names each input that is wrong, what is wrong with it and what would be right.
 */
export async function readInputs(source: InputSource): Promise<Inputs> {
  const text = readerOf(source);
  const apiVersion = choice(text('api-version'), ['auto', 'v1', 'v0']);
  const v0Only = apiVersion.orElse('auto') === 'v0';
  const connection = connectionChecks(text);
  const comment = commentChecks(text);
  const poll = boolean(text('poll'));
  const checks = {
    apiVersion,
    message: await message(text, source),
    conversation: conversation(text, apiVersion.orElse('auto')),
    key: idempotencyKey(text, source.input('idempotency-key'), v0Only),
    workplace: workplace(text, source.repository, v0Only),
    llmModel: llmModel(text('llm-model').value, v0Only),
    poll,
    onPaused: choice(text('on-paused'), ON_PAUSED),
    trajectoryFile: await trajectoryFile(text('trajectory-file'), poll.orElse(true), source.roots),
    permission: permissionRules(text),
    timeout: seconds(text('timeout-seconds'), 1800, LONGEST_TIMEOUT_SECONDS),
    interval: seconds(text('poll-interval-seconds'), 30, LONGEST_INTERVAL_SECONDS),
  };
  const work = workIn(checks);
  refuse({ ...connection, work, ...checks, ...comment });
  return Object.freeze({
    ...connectionIn(connection),
    ...commentIn(comment, text('github-token').value),
    permission: checks.permission.value(),
    work: work.value(),
    apiVersion: checks.apiVersion.value(),
    poll: poll.value(),
    onPaused: checks.onPaused.value(),
    ...checks.trajectoryFile.value(),
    timeoutMs: checks.timeout.value() * 1000,
    longestPollMs: checks.interval.value() * 1000,
    ...checks.workplace.value(),
  });
}

async function trajectoryFile(
  { value, shown }: Given,
  poll: boolean,
  roots: Roots,
): Promise<Checked<Optional<'trajectoryFile', string>>> {
  if (value === '') return right({});
  if (!poll) return wrong('trajectory-file needs poll: true: there is a trajectory once the agent is done');
  const place = await placeForFile(value, roots);
  return place.kind === 'refused'
    ? wrong(`trajectory-file ${shown} ${place.reason}`)
    : right({ trajectoryFile: place.path });
}
