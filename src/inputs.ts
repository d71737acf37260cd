import {
  type Assignment,
  GIT_PROVIDERS,
  type GitProvider,
  V0_GIT_PROVIDERS,
  type Workplace,
} from './conversation/api.ts';
import { ON_PAUSED, type OnPaused } from './conversation/wait.ts';
import type { InputName } from './interface.ts';
import type { ReadContext } from './message/placeholders.ts';
import { fillTemplate } from './message/template.ts';
import { isLoopback } from './openhands/loopback.ts';
import { isUuid } from './openhands/v1-wire.ts';
import { placeForFile, readTextFile, type Roots } from './text/file.ts';
import { shorten, singleLine } from './text/safe.ts';

/** Where the server is, and what is to become of an agent that is not waited for any more. */
export interface Connection {
  readonly apiKey: string;
  /** Origin and path prefix, without a trailing slash. */
  readonly baseUrl: string;
  /** Whether the agent is stopped where the step is cancelled, or its deadline passes, while it waits. */
  readonly stopOn: { readonly cancel: boolean; readonly deadline: boolean };
}

/** What is to be done with which conversation. */
export type Work =
  | {
      readonly kind: 'start';
      readonly assignment: Assignment;
      /** The same key means the same conversation. */
      readonly key?: string;
    }
  /** Takes up an existing conversation: with a message as a follow-up, without one to look on. */
  | { readonly kind: 'continue'; readonly id: string; readonly message?: string };

/** What the user of the action asks for, checked. */
export interface Inputs extends Connection {
  readonly work: Work;
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
export interface InputSource {
  /** The value of an input, empty where it was not given. */
  readonly input: (name: InputName) => string;
  /** Takes secrets out of a text: a value that is shown may be one that was put into the wrong input. */
  readonly redact: (text: string) => string;
  /** The repository of the workflow, as `owner/repo`. */
  readonly repository: string;
  /** The folders that files may be read from. */
  readonly roots: Roots;
  /** What the placeholders of a template stand for; read only where there is a template. */
  readonly templateContext: () => Promise<ReadContext>;
}

/** Some inputs are wrong: what and how, all of them. */
export class WrongInputs extends Error {
  override readonly name = 'WrongInputs';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

const DEFAULT_BASE_URL = 'https://app.all-hands.dev';
/** A job of a GitHub-hosted runner ends after six hours. */
const LONGEST_TIMEOUT_SECONDS = 21_600;
const LONGEST_INTERVAL_SECONDS = 600;
const LONGEST_URL = 2_048;
const LONGEST_SHOWN = 60;

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
    timeout: seconds(text('timeout-seconds'), 1800, LONGEST_TIMEOUT_SECONDS),
    interval: seconds(text('poll-interval-seconds'), 30, LONGEST_INTERVAL_SECONDS),
  };
  const work = workIn(checks);
  refuse({ ...connection, work, ...checks });
  return Object.freeze({
    ...connectionIn(connection),
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

type Optional<Name extends string, T> = Readonly<Partial<Record<Name, T>>>;

interface WorkChecks {
  readonly message: Checked<Optional<'message', string>>;
  readonly conversation: Checked<Optional<'id', string>>;
  readonly key: Checked<Optional<'key', string>>;
  readonly workplace: Checked<Optional<'workplace', Workplace>>;
  readonly llmModel: Checked<Optional<'llmModel', string>>;
}

/** What is to be done; wrong where nothing is said of it. What is wrong with the parts they tell themselves. */
function workIn({ message, conversation, key, workplace, llmModel }: WorkChecks): Checked<Work> {
  const given = message.orElse({ message: '' });
  const { id } = conversation.orElse({ id: '' });
  if (id !== undefined) return right({ kind: 'continue', id, ...given });
  if (given.message === undefined) {
    return wrong(
      'message is empty: say in message, or in a file named by message-file or message-template, what the agent is to do',
    );
  }
  const assignment = { message: given.message, ...workplace.orElse({}), ...llmModel.orElse({}) };
  return right({ kind: 'start', assignment, ...key.orElse({}) });
}

/**
 * Reads and checks the inputs that are needed to stop an agent.
 *
 * @throws {WrongInputs} which names each of them that is wrong.
 */
export function readConnection(source: Pick<InputSource, 'input' | 'redact'>): Connection {
  const checks = connectionChecks(readerOf(source));
  refuse(checks);
  return connectionIn(checks);
}

function readerOf({ input, redact }: Pick<InputSource, 'input' | 'redact'>): Reader {
  return (name) => {
    const value = input(name).trim();
    return { name, value, shown: `"${shorten(singleLine(redact(value)), LONGEST_SHOWN)}"` };
  };
}

interface ConnectionChecks {
  readonly apiKey: Checked<string>;
  readonly allowHttp: Checked<boolean>;
  readonly baseUrl: Checked<string>;
  readonly stopOnCancel: Checked<boolean>;
  readonly stopOnTimeout: Checked<boolean>;
}

function connectionChecks(text: Reader): ConnectionChecks {
  const allowHttp = boolean(text('allow-http'));
  return {
    apiKey: apiKey(text('api-key').value),
    allowHttp,
    baseUrl: baseUrl(text('base-url').value, allowHttp.orElse(false)),
    stopOnCancel: boolean(text('stop-on-cancel'), true),
    stopOnTimeout: boolean(text('stop-on-timeout')),
  };
}

function connectionIn(checks: ConnectionChecks): Connection {
  return {
    apiKey: checks.apiKey.value(),
    baseUrl: checks.baseUrl.value(),
    stopOn: { cancel: checks.stopOnCancel.value(), deadline: checks.stopOnTimeout.value() },
  };
}

function refuse(checks: object): void {
  const problems = Object.values(checks).flatMap((check: Checked<unknown>) => check.problems);
  if (problems.length > 0) throw new WrongInputs(problems);
}

/** An input as it was given: its value without white space around it, and as an error shows it. */
interface Given {
  readonly name: InputName;
  readonly value: string;
  readonly shown: string;
}

type Reader = (name: InputName) => Given;

/** The value of an input, or what is wrong with it. */
interface Checked<T> {
  readonly problems: readonly string[];
  /** Throws the problems, where there are some. */
  readonly value: () => T;
  readonly orElse: <U>(other: U) => T | U;
}

function right<T>(value: T): Checked<T> {
  return { problems: [], value: () => value, orElse: () => value };
}

function wrong(...problems: readonly string[]): Checked<never> {
  return {
    problems,
    value: () => {
      throw new WrongInputs(problems);
    },
    orElse: (other) => other,
  };
}

function apiKey(text: string): Checked<string> {
  if (text === '') {
    return wrong(
      'api-key is empty: create a key in the settings of OpenHands, save it as a secret of the repository and pass it as ' +
        '${{ secrets.OPENHANDS_API_KEY }} (runs of forks and of Dependabot get no secrets)',
    );
  }
  // What fetch accepts in a header; a line break in the middle is a secret that was pasted with something else.
  return /^[\x21-\x7e]+$/.test(text)
    ? right(text)
    : wrong(
        'api-key contains white space or other characters that no key has: save the secret again, the key alone',
      );
}

function boolean({ name, value, shown }: Given, standard = false): Checked<boolean> {
  if (value === '') return right(standard);
  // The YAML 1.2 core schema, as @actions/core reads booleans.
  if (['false', 'False', 'FALSE'].includes(value)) return right(false);
  return ['true', 'True', 'TRUE'].includes(value)
    ? right(true)
    : wrong(`${name} is ${shown}: it must be true or false`);
}

function choice<T extends string>(
  { name, value, shown }: Given,
  choices: readonly [T, ...(readonly T[])],
): Checked<T> {
  if (value === '') return right(choices[0]);
  const chosen = choices.find((each) => each === value);
  return chosen === undefined
    ? wrong(`${name} is ${shown}: it must be one of ${choices.join(', ')}`)
    : right(chosen);
}

function seconds({ name, value, shown }: Given, standard: number, most: number): Checked<number> {
  if (value === '') return right(standard);
  const number = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  return number >= 1 && number <= most
    ? right(number)
    : wrong(`${name} is ${shown}: it must be a whole number of seconds from 1 to ${most}`);
}

function baseUrl(text: string, allowHttp: boolean): Checked<string> {
  if (text === '') return right(DEFAULT_BASE_URL);
  const url = text.length > LONGEST_URL ? null : URL.parse(text);
  // The text itself is not shown where it may hold a password.
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    return wrong(`base-url is no web address: it must look like ${DEFAULT_BASE_URL}`);
  }
  if (url.username !== '' || url.password !== '') {
    return wrong('base-url contains a user name or password: the key belongs into api-key');
  }
  if (text.includes('?') || text.includes('#')) {
    return wrong('base-url contains a query or fragment: it must end with the host or a path');
  }
  if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    return wrong(
      'base-url is http, which would send the key unencrypted: use https, or allow-http: true for a server in the same network',
    );
  }
  return right(url.origin + url.pathname.replace(/\/+$/, ''));
}

async function message(text: Reader, source: InputSource): Promise<Checked<Optional<'message', string>>> {
  const sources = [text('message'), text('message-file'), text('message-template')] as const;
  const [inline, file, template] = sources;
  const given = sources.filter(({ value }) => value !== '').map(({ name }) => name);
  if (given.length > 1) {
    return wrong(
      `${given.join(' and ')} are ${given.length === 2 ? 'both' : 'all'} given: exactly one is needed`,
    );
  }
  // As it was given, with the white space around it.
  if (inline.value !== '') return right({ message: source.input('message') });
  if (file.value !== '') return asMessage(await textIn(file, source.roots));
  if (template.value !== '') return asMessage(await filledIn(template, source));
  return right({});
}

function asMessage(text: Checked<string>): Checked<Optional<'message', string>> {
  return text.problems.length > 0 ? wrong(...text.problems) : right({ message: text.value() });
}

async function textIn({ name, value, shown }: Given, roots: Roots): Promise<Checked<string>> {
  const read = await readTextFile(value, roots);
  if (read.kind === 'refused') return wrong(`${name} ${shown} ${read.reason}`);
  return read.text.trim() === '' ? wrong(`${name} ${shown} is empty`) : right(read.text);
}

async function filledIn(template: Given, { roots, templateContext }: InputSource): Promise<Checked<string>> {
  const text = await textIn(template, roots);
  if (text.problems.length > 0) return text;
  const read = await templateContext();
  if (read.kind === 'refused') return wrong(`message-template needs the event of the run: ${read.reason}`);
  const filled = fillTemplate(text.value(), read.context);
  return filled.kind === 'text'
    ? right(filled.text)
    : wrong(...filled.reasons.map((reason) => `${template.name} ${template.shown} ${reason}`));
}

/** What belongs to a new conversation alone is refused beside an existing one: it would be left out without a word. */
function conversation(text: Reader, version: 'auto' | 'v1' | 'v0'): Checked<Optional<'id', string>> {
  const { value: id, shown } = text('conversation-id');
  if (id === '') return right({});
  const problems = (['branch', 'llm-model', 'idempotency-key'] as const)
    .filter((name) => text(name).value !== '')
    .map((name) => `${name} is for a new conversation: leave it out with conversation-id`);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) {
    problems.push(`conversation-id is ${shown}: it must be the id alone, as in the output conversation-id`);
  } else if (version === 'v1' && !isUuid(id)) {
    problems.push(`conversation-id is ${shown}: with api-version v1 it must be a UUID`);
  }
  return problems.length > 0 ? wrong(...problems) : right({ id });
}

/** The key is taken as it is, so that no two keys become the same. */
function idempotencyKey(text: Reader, key: string, v0Only: boolean): Checked<Optional<'key', string>> {
  if (text('idempotency-key').value === '') return right({});
  return v0Only ? wrong('idempotency-key needs api-version v1: leave it out with V0') : right({ key: key });
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

function workplace(
  text: Reader,
  workflowRepository: string,
  v0Only: boolean,
): Checked<Optional<'workplace', Workplace>> {
  const given = text('repository');
  const repository = given.value === '' ? workflowRepository : given.value;
  const branch = text('branch');
  const provider = choice(text('git-provider'), GIT_PROVIDERS);
  const problems = [
    ...repositoryProblems(repository, given.shown, provider.orElse('gitlab')),
    ...branchProblems(branch, repository),
    ...provider.problems,
    ...(v0Only ? providerProblemsOfV0(provider.orElse('github')) : []),
  ];
  if (problems.length > 0) return wrong(...problems);
  if (repository === 'none') return right({});
  const gitProvider = provider.value();
  return right({
    workplace: { repository, gitProvider, ...(branch.value !== '' && { branch: branch.value }) },
  });
}

function repositoryProblems(name: string, shown: string, provider: GitProvider): readonly string[] {
  if (name === 'none') return [];
  const rule = 'it must be owner/repo, or none for work without a repository';
  if (name === '') return [`repository is empty: ${rule}`];
  return isRepository(name, provider) ? [] : [`repository is ${shown}: ${rule}`];
}

function branchProblems({ value, shown }: Given, repository: string): readonly string[] {
  if (value === '') return [];
  if (repository === 'none')
    return ['branch is given and repository is none: remove branch, or name a repository'];
  return isBranch(value) ? [] : [`branch is ${shown}: it must be the name of a branch, without refs/heads/`];
}

function providerProblemsOfV0(provider: GitProvider): readonly string[] {
  return V0_GIT_PROVIDERS.includes(provider)
    ? []
    : [`git-provider is ${provider}, which needs api-version v1: V0 knows ${V0_GIT_PROVIDERS.join(', ')}`];
}

/** Two segments on GitHub; other providers have groups within groups, or a project between owner and repository. */
function isRepository(name: string, provider: GitProvider): boolean {
  const segments = name.split('/');
  const right = provider === 'github' ? segments.length === 2 : segments.length >= 2;
  // Names of projects on Azure DevOps may contain blanks.
  const segment = provider === 'azure_devops' ? /^[\w.~-](?:[\w.~ -]*[\w.~-])?$/ : /^[\w.~-]+$/;
  return right && name.length <= 300 && segments.every((each) => segment.test(each) && !/^\.+$/.test(each));
}

/** The rules of git-check-ref-format that a mistake is likely to break. */
function isBranch(name: string): boolean {
  return (
    name.length <= 255 &&
    !/[\p{Cc}\p{Cf}\s~^:?*[\\]/u.test(name) &&
    !/\.\.|@\{|\/\/|\.lock$|^[-/]|[./]$|^refs\//.test(name)
  );
}

function llmModel(text: string, v0Only: boolean): Checked<Optional<'llmModel', string>> {
  if (text === '') return right({});
  return v0Only ? wrong('llm-model needs api-version v1: leave it out with V0') : right({ llmModel: text });
}
