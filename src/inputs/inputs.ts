import type { EventComment, EventReview } from '../github/event.ts';
import { type PermissionRules, PERMISSIONS } from '../github/permission.ts';
import type { InputName } from '../interface.ts';
import type { Commanded } from '../message/command.ts';
import type { FilledTemplate, Inserted } from '../message/template.ts';
import type { Workplace } from '../port/assignment.ts';
import { checksIn, type ChecksOptions } from './checks.ts';
import { commandedIn, commandIn, placeholderOf } from './command.ts';
import { type Connection, connectionIn } from './connection.ts';
import { feedbackIn } from './feedback.ts';
import { messageIn, type MessageSource } from './message.ts';
import { InputReader, type Source } from './reader.ts';
import { resultIn, type ResultOptions } from './result.ts';
import { reviewIn } from './review.ts';
import { schemaIn, type Validate } from './schema.ts';
import { toolsIn } from './tools.ts';
import { inputsMeantBy } from './unknown.ts';
import { waitIn, type Waiting } from './wait.ts';
import { type Work, workIn } from './work.ts';

/** The validated inputs. */
export interface Inputs extends Connection, Waiting {
  readonly githubToken: string;
  readonly comment: boolean;
  /** The issue or pull request to comment on; absent for that of the event. */
  readonly issueNumber?: number;
  readonly work: Work;
  /** The task as pages show it. Absent without a message. */
  readonly task?: string;
  /** Whether the agent must have no tools. */
  readonly hasNoTools: boolean;
  readonly permission: PermissionRules;
  /** The word with which the event's comment must begin; absent for none. */
  readonly command?: string;
  /** The values of a template whose pictures go with the message. */
  readonly inserted: readonly Inserted[];
  /** Where the agent works; absent for work without a repository. */
  readonly workplace?: Workplace;
  /** Whether the inputs name another repository than the workflow's. */
  readonly namesOtherRepository: boolean;
  /** The JSON Schema of the input of that name; absent for none. A review has one of its own. */
  readonly outputSchema?: string;
  /** The pull request that the step reviews; absent for none. */
  readonly review?: number;
  /** The review in whose threads the step posts the agent's replies; absent for none. */
  readonly feedback?: EventReview;
  readonly checks?: ChecksOptions;
  /** What the agent must say that it has done; absent if the step succeeds whatever it says. */
  readonly result?: ResultOptions;
}

export interface InputSource extends Source, MessageSource {
  /** All inputs that were set, by name, including names that the action does not have. */
  readonly given: ReadonlyMap<string, string>;
  /** The repository of the workflow, as `owner/repo`. */
  readonly repository: string;
  /** The pull request that the event is about. */
  readonly pullRequest?: number | undefined;
  /** The comment or review that the event is about. */
  readonly comment?: EventComment | undefined;
  /** The review that the event is about. */
  readonly review?: EventReview | undefined;
  readonly workspace: string;
  readonly validate: Validate;
}

/** Reads and validates every input. An empty one means its default. Throws {@link WrongInputs} that describe each problem. */
export async function readInputs(source: InputSource): Promise<Inputs> {
  const read = inputReaderFor(source);
  const connection = connectionIn(read);
  const commentInputs = commentInputsIn(read);
  const answer = await answerInputsIn(read, source, commentInputs);
  const permission = permissionIn(read);
  const command = commandIn(read);
  const commanded = commandedIn(source.comment, command, permission.required);
  const hasNoTools = toolsIn(read, connection);
  const filled = await messageIn(read, {
    ...source,
    // A review needs no task.
    task:
      command === undefined || answer.review !== undefined
        ? undefined
        : source.comment && placeholderOf(source.comment),
    templateContext: async () => ({ ...(await source.templateContext()), ...(commanded && { commanded }) }),
  });
  const work = workIn(read, {
    ...connection,
    hasNoTools,
    message: filled?.message,
    repository: source.repository,
    workspace: source.workspace,
  });
  const waiting = waitIn(read, source.roots);
  const checks = checksIn(read, work.workplace);
  const result = resultIn(read, work.workplace);
  const inputs = {
    ...connection,
    ...work,
    ...(filled && { task: taskOf(filled, commanded) }),
    hasNoTools,
    ...waiting,
    ...answer,
    ...(checks && { checks }),
    ...(result && { result }),
    inserted: read.boolean('images', true) ? (filled?.inserted ?? []) : [],
    permission,
    ...(command !== undefined && { command }),
    ...commentInputs,
  };
  read.throwIfWrong();
  return Object.freeze(inputs);
}

/** Reads what a program reads in the agent's answer: what matches a schema, a review, or replies. */
async function answerInputsIn(
  read: InputReader,
  source: InputSource,
  { issueNumber }: Pick<Inputs, 'issueNumber'>,
): Promise<Pick<Inputs, 'review' | 'feedback' | 'outputSchema'>> {
  const review = reviewIn(read, issueNumber ?? source.pullRequest);
  const feedback = feedbackIn(read, source.review);
  const outputSchema = await schemaIn(read, source.validate);
  return {
    ...(review !== undefined && { review }),
    ...(feedback && { feedback }),
    ...(outputSchema !== undefined && { outputSchema }),
  };
}

/**
 * Returns the task as people see it: the titles and texts that a template inserts, without its own words, which are the same each time; of a
 * command, only what follows it. Without such texts, the whole message.
 */
function taskOf({ plain, inserted }: FilledTemplate, commanded: Commanded | undefined): string {
  const own = inserted.filter(({ name }) => name === commanded?.name);
  const written = inserted.filter(({ name }) => /\.(?:title|body)$/.test(name));
  const shown = (own.length > 0 ? own : written).map(({ text }) => text).join('\n');
  return shown.trim() === '' ? plain : shown;
}

/** Returns a reader that reports inputs with a wrong name, and reads their values as those of the right ones. */
function inputReaderFor(source: InputSource): InputReader {
  const meant = new Map<InputName, string>();
  const read = new InputReader({ ...source, input: (name) => source.input(name) || (meant.get(name) ?? '') });
  for (const [name, value] of source.given) {
    const names = inputsMeantBy(name);
    const [right] = names;
    // A variable of the job such as INPUT_PROMPT looks like an input. If the workflow passes its value to the right input, nothing is wrong.
    if (right === undefined || value === source.input(right)) continue;
    meant.set(right, value);
    read.wrong(`${name} is not an input of this action: use ${names.join(' or ')}`);
  }
  return read;
}

/** Reads the inputs for the comment, which post needs, too. */
export function commentInputsIn(read: InputReader): Pick<Inputs, 'githubToken' | 'comment' | 'issueNumber'> {
  const issueNumber = read.parsed(
    'issue-number',
    'it must be the number of an issue or pull request of this repository',
    (value) => (/^[1-9]\d{0,9}$/.test(value) ? Number(value) : undefined),
    undefined,
  );
  return {
    githubToken: read.given('github-token').value,
    comment: read.boolean('comment'),
    ...(issueNumber !== undefined && { issueNumber }),
  };
}

function permissionIn(read: InputReader): PermissionRules {
  return {
    required: read.choice('require-permission', PERMISSIONS, 'write'),
    allowedBots: read.parsed(
      'allowed-bots',
      'it must be exact logins of bots, separated by commas, such as renovate[bot]',
      botsIn,
      [],
    ),
  };
}

/** Parses logins of bots; `undefined` if one is not a login. Not all end with `[bot]`: that of GitHub's own agent is `Copilot`. */
function botsIn(value: string): readonly string[] | undefined {
  const logins = value
    .split(',')
    .map((login) => login.trim())
    .filter((login) => login !== '');
  return logins.every((login) => /^[A-Za-z0-9-]+(?:\[bot\])?$/.test(login)) ? logins : undefined;
}
