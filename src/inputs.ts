import { GIT_PROVIDERS, type GitProvider, type Workplace } from './conversation/api.ts';
import type { InputName } from './interface.ts';
import { readTextFile, type Roots } from './text/file.ts';
import { shorten, singleLine } from './text/safe.ts';

/** What the user of the action asks for, checked. */
export interface Inputs {
  readonly apiKey: string;
  /** Origin and path prefix, without a trailing slash. */
  readonly baseUrl: string;
  readonly apiVersion: 'auto' | 'v1' | 'v0';
  readonly message: string;
  /** Absent where the agent is to work without a repository. */
  readonly workplace?: Workplace;
  readonly llmModel?: string;
  readonly poll: boolean;
  readonly timeoutMs: number;
  readonly longestPollMs: number;
}

/** Where the inputs come from. */
export interface InputSource {
  /** The value of an input, empty where it was not given. */
  readonly input: (name: InputName) => string;
  /** The repository of the workflow, as `owner/repo`. */
  readonly repository: string;
  /** The folders that files may be read from. */
  readonly roots: Roots;
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
const V0_PROVIDERS: readonly GitProvider[] = ['github', 'gitlab', 'bitbucket'];
/** A job of a GitHub-hosted runner ends after six hours. */
const LONGEST_TIMEOUT_SECONDS = 21_600;
const LONGEST_INTERVAL_SECONDS = 600;

/**
 * Reads and checks every input. Empty means the default.
 *
 * @throws {WrongInputs} which names each input that is wrong, what is wrong with it and what would be right.
 */
export async function readInputs(source: InputSource): Promise<Inputs> {
  const text = (name: InputName): string => source.input(name).trim();
  const allowHttp = boolean('allow-http', text('allow-http'));
  const apiVersion = choice('api-version', text('api-version'), ['auto', 'v1', 'v0']);
  const v0Only = apiVersion.problems.length === 0 && apiVersion.value() === 'v0';
  const checks = {
    apiKey: apiKey(text('api-key')),
    allowHttp,
    baseUrl: baseUrl(text('base-url'), allowHttp.problems.length === 0 && allowHttp.value()),
    apiVersion,
    message: await message(source),
    workplace: workplace(text, source.repository, v0Only),
    llmModel: llmModel(text('llm-model'), v0Only),
    poll: boolean('poll', text('poll')),
    timeout: seconds('timeout-seconds', text('timeout-seconds'), 1800, LONGEST_TIMEOUT_SECONDS),
    interval: seconds('poll-interval-seconds', text('poll-interval-seconds'), 30, LONGEST_INTERVAL_SECONDS),
  };
  const problems = Object.values(checks).flatMap((check) => check.problems);
  if (problems.length > 0) throw new WrongInputs(problems);
  return Object.freeze({
    apiKey: checks.apiKey.value(),
    baseUrl: checks.baseUrl.value(),
    apiVersion: checks.apiVersion.value(),
    message: checks.message.value(),
    poll: checks.poll.value(),
    timeoutMs: checks.timeout.value() * 1000,
    longestPollMs: checks.interval.value() * 1000,
    ...checks.workplace.value(),
    ...checks.llmModel.value(),
  });
}

/** The value of an input, or what is wrong with it. */
interface Checked<T> {
  readonly problems: readonly string[];
  /** To be called only where there are no problems. */
  readonly value: () => T;
}

function right<T>(value: T): Checked<T> {
  return { problems: [], value: () => value };
}

function wrong(...problems: readonly string[]): Checked<never> {
  return {
    problems,
    value: () => {
      throw new WrongInputs(problems);
    },
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

function boolean(name: InputName, text: string): Checked<boolean> {
  // The YAML 1.2 core schema, as @actions/core reads booleans.
  if (text === '' || ['false', 'False', 'FALSE'].includes(text)) return right(false);
  return ['true', 'True', 'TRUE'].includes(text)
    ? right(true)
    : wrong(`${name} is ${quoted(text)}: it must be true or false`);
}

function choice<T extends string>(name: string, text: string, choices: readonly [T, ...T[]]): Checked<T> {
  if (text === '') return right(choices[0]);
  const chosen = choices.find((each) => each === text);
  return chosen === undefined
    ? wrong(`${name} is ${quoted(text)}: it must be one of ${choices.join(', ')}`)
    : right(chosen);
}

function seconds(name: InputName, text: string, standard: number, most: number): Checked<number> {
  if (text === '') return right(standard);
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= most
    ? right(value)
    : wrong(`${name} is ${quoted(text)}: it must be a whole number of seconds from 1 to ${most}`);
}

function baseUrl(text: string, allowHttp: boolean): Checked<string> {
  if (text === '') return right(DEFAULT_BASE_URL);
  const url = URL.parse(text);
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

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(host)
  );
}

async function message({ input, roots }: InputSource): Promise<Checked<string>> {
  const text = input('message');
  const file = input('message-file').trim();
  if (text.trim() !== '' && file !== '')
    return wrong('message and message-file are both given: exactly one is needed');
  if (file === '') {
    return text.trim() === ''
      ? wrong('message is empty: say in message, or in a file named by message-file, what the agent is to do')
      : right(text);
  }
  const read = await readTextFile(file, roots);
  if (read.kind === 'refused') return wrong(`message-file ${quoted(file)} ${read.reason}`);
  return read.text.trim() === '' ? wrong(`message-file ${quoted(file)} is empty`) : right(read.text);
}

function workplace(
  text: (name: InputName) => string,
  workflowRepository: string,
  v0Only: boolean,
): Checked<{ readonly workplace?: Workplace }> {
  const repository = text('repository') === '' ? workflowRepository : text('repository');
  const branch = text('branch');
  const provider = choice('git-provider', text('git-provider'), GIT_PROVIDERS);
  const problems = [
    ...repositoryProblems(repository),
    ...branchProblems(branch, repository),
    ...provider.problems,
    ...(provider.problems.length === 0 && v0Only ? providerProblemsOfV0(provider.value()) : []),
  ];
  if (problems.length > 0) return wrong(...problems);
  if (repository === 'none') return right({});
  const gitProvider = provider.value();
  return right({ workplace: { repository, gitProvider, ...(branch !== '' && { branch }) } });
}

function repositoryProblems(name: string): readonly string[] {
  if (name === '')
    return ['repository is empty: it must be owner/repo, or none for work without a repository'];
  return name === 'none' || isRepository(name)
    ? []
    : [`repository is ${quoted(name)}: it must be owner/repo, or none for work without a repository`];
}

function branchProblems(name: string, repository: string): readonly string[] {
  if (name === '') return [];
  if (repository === 'none') return ['branch is given and repository is none: leave one of them out'];
  return isBranch(name)
    ? []
    : [`branch is ${quoted(name)}: it must be the name of a branch, without refs/heads/`];
}

function providerProblemsOfV0(provider: GitProvider): readonly string[] {
  return V0_PROVIDERS.includes(provider)
    ? []
    : [`git-provider is ${provider}, which needs api-version v1: V0 knows ${V0_PROVIDERS.join(', ')}`];
}

/** Two segments on GitHub; other providers have groups within groups, or a project between owner and repository. */
function isRepository(name: string): boolean {
  const segments = name.split('/');
  return (
    name.length <= 300 &&
    segments.length >= 2 &&
    segments.every((segment) => /^[A-Za-z0-9._~ -]+$/.test(segment) && !/^\.+$/.test(segment))
  );
}

/** The rules of git-check-ref-format that a mistake is likely to break. */
function isBranch(name: string): boolean {
  return (
    name.length <= 255 &&
    !/[\p{Cc}\p{Cf}\s~^:?*[\\]/u.test(name) &&
    !/\.\.|@\{|\/\/|\.lock$|^[-/]|[./]$|^refs\//.test(name)
  );
}

function llmModel(text: string, v0Only: boolean): Checked<{ readonly llmModel?: string }> {
  if (text === '') return right({});
  return v0Only ? wrong('llm-model needs api-version v1: leave it out with V0') : right({ llmModel: text });
}

/** A value of an input in a message: short, and on one line. */
function quoted(text: string): string {
  return `"${shorten(singleLine(text), 60)}"`;
}
