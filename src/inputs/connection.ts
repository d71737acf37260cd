import { isLoopback, isLoopbackUrl } from '../http/address.ts';
import type { InputName } from '../interface.ts';
import { traitsOf, WANTED_APIS, type WantedApi, wantedApiOf } from '../port/api-version.ts';
import type { AgentServerOptions } from '../port/assignment.ts';
import type { StopInput } from '../port/interruption.ts';
import { singleLine } from '../text/safe.ts';
import type { InputReader, Source } from './reader.ts';

/** OpenHands Cloud, which has API V1. */
const DEFAULT_BASE_URL = 'https://app.all-hands.dev';
const MAX_URL = 2_048;
const MAX_PATH = 4_096;
/** The pages of OpenHands whose address people copy. */
const PAGE_PATH = /(?<=[^:/])\/(?:conversations|settings)(?:\/.*)?$/;
/** What the action itself adds. A proxy may have the server at `/api`, or below `/api/v1` with a name of its own. */
const API_PATH =
  /(?<=[^:/])\/(?:api\/(?:v\d(?:\/(?:app-conversations|sandboxes|users)(?:\/.*)?)?|conversations(?:\/.*)?)|server_info)\/?$/;
const MAX_SHOWN_PATH = 80;
/** A shorter key could be guessed. As a secret it would also match parts of ordinary words, and redact them. */
const MIN_KEY = 8;

/** How to reach the server, and when to stop the agent if the step is interrupted. */
export interface Connection {
  /** Empty for an agent server on the same machine that was started without a key. */
  readonly apiKey: string;
  /** Origin and path prefix, without a trailing slash. */
  readonly baseUrl: string;
  /** Whether http is allowed for hosts other than the same machine. */
  readonly allowHttp: boolean;
  readonly apiVersion: WantedApi;
  readonly stopOn: Readonly<Record<StopInput, boolean>>;
}

/** Reads the inputs that main needs to reach the server, and post to stop an agent. */
export function connectionIn(read: InputReader): Connection {
  const apiVersion = read.choice('api-version', WANTED_APIS);
  const allowHttp = read.boolean('allow-http');
  const baseUrl = addressIn(read, 'base-url', allowHttp) ?? DEFAULT_BASE_URL;
  const [api] = API_PATH.exec(baseUrl) ?? [];
  const [path] = api === undefined ? (PAGE_PATH.exec(baseUrl) ?? []) : [api];
  if (path !== undefined) {
    const what = api === undefined ? 'the path of a page' : 'a path of the API';
    read.wrong(`base-url has ${what}: remove ${singleLine(path, MAX_SHOWN_PATH)} from its end`);
  }
  return {
    apiKey: apiKeyIn(read, apiVersion, baseUrl),
    baseUrl,
    allowHttp,
    // OpenHands Cloud has V1.
    apiVersion: apiVersion === 'auto' && baseUrl === DEFAULT_BASE_URL ? 'v1' : apiVersion,
    stopOn: {
      'stop-on-cancel': read.boolean('stop-on-cancel', true),
      'stop-on-timeout': read.boolean('stop-on-timeout', true),
    },
  };
}

/**
 * Returns the secrets among the inputs, to redact before anything else happens. Leaves out keys that are too short to be one: they
 * are never sent, because the inputs are refused, and redacting them would make that error unreadable.
 */
export function secretsIn(input: Source['input']): readonly string[] {
  const keys = [input('api-key').trim(), input('llm-api-key').trim()];
  const real = keys.filter((key) => key.length >= MIN_KEY && !SECRET_NAME.test(key));
  return [...real, input('github-token').trim()];
}

/**
 * Returns the required secret that is empty; `undefined` if none is. An agent server needs the model's key, or without `model` its own
 * key, unless it is on this machine.
 */
export function findMissingSecret(input: Source['input']): 'api-key' | 'llm-api-key' | undefined {
  const isEmpty = (name: InputName): boolean => input(name).trim() === '';
  if (isAgentServer(wantedApiOf(input('api-version'))) && isEmpty('conversation-id')) {
    if (!isEmpty('model')) return isEmpty('llm-api-key') ? 'llm-api-key' : undefined;
    if (isLoopbackUrl(input('base-url').trim())) return undefined;
  }
  return isEmpty('api-key') ? 'api-key' : undefined;
}

/** Whether the inputs say that the server is an agent server. */
function isAgentServer(version: WantedApi): boolean {
  return traitsOf(version)?.isAgentServer === true;
}

function apiKeyIn(read: InputReader, apiVersion: Connection['apiVersion'], baseUrl: string): string {
  if (read.given('api-key').value !== '') return keyIn(read, 'api-key');
  if (isAgentServer(apiVersion) && isLoopbackUrl(baseUrl)) return '';
  return read.wrong(
    'api-key is empty: create a key in OpenHands (Settings → API Keys), or take the session key of your agent server, save it as ' +
      'the secret that the workflow passes as api-key, such as OPENHANDS_API_KEY, then re-run the job (GitHub gives runs for forks and for Dependabot no secrets)',
    '',
  );
}

/** Written in place of the secret itself. A random key may be of capital letters. */
const SECRET_NAME =
  /^(?:\$?(?:OPENHANDS|LLM)_API_KEY|\$[A-Z_][A-Z\d_]*|\$\{\w+\}|(?:\$?\{\{ *)?(?:secrets|env|vars)\.\w+(?: *\}\})?)$/;
/** A line of a file with variables. The `=` at the end of a key in base64 has nothing after it. */
const NAMED = /^(?:export )?[A-Z][A-Z\d_]*=[^=]/;
const STANDS_FOR_KEY = /^<.*>$/;
const IN_QUOTES = /^(["'`]).*\1$/;

const USUAL_NAME = { 'api-key': 'OPENHANDS_API_KEY', 'llm-api-key': 'LLM_API_KEY' } as const;

const SHORT_KEY = {
  'api-key': 'your own server needs a long random key',
  'llm-api-key': 'for a model without a key, leave llm-api-key out',
} as const;

function keyIn(read: InputReader, name: 'api-key' | 'llm-api-key'): string {
  const { value: key } = read.given(name);
  if (SECRET_NAME.test(key))
    return read.wrong(
      `${name} is the name of a secret, not its value: write \${{ secrets.${USUAL_NAME[name]} }}, with the name that yours has`,
      key,
    );
  if (IN_QUOTES.test(key)) return read.wrong(`${name} is in quotes: save the secret again without them`, key);
  if (NAMED.test(key))
    return read.wrong(
      `${name} has a name and = before the key: save the secret again with the key alone`,
      key,
    );
  if (STANDS_FOR_KEY.test(key))
    return read.wrong(`${name} is a placeholder, not a key: save the key itself as the secret`, key);
  if (key.length < MIN_KEY)
    read.wrong(`${name} is shorter than ${MIN_KEY} characters: pass the whole key; ${SHORT_KEY[name]}`);
  if (!/^[\x21-\x7e]+$/.test(key)) {
    // Other characters are not valid in a header. A line break inside a key means that more than the key was pasted.
    read.wrong(
      `${name} contains white space or other characters that no key has: save the secret again with the key alone`,
    );
  }
  return key;
}

/** Reads an address to which a key is sent, without its trailing slash; `undefined` if empty. */
function addressIn(
  read: InputReader,
  name: 'base-url' | 'llm-base-url',
  allowHttp: boolean,
): string | undefined {
  const { value } = read.given(name);
  if (value === '') return undefined;
  const url = value.length > MAX_URL ? null : URL.parse(value);
  // The errors do not quote the value: it may contain a password.
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    read.wrong(`${name} is not the address of a server: it must look like https://example.com`);
    return undefined;
  }
  if (url.username !== '' || url.password !== '' || /[?#]/.test(value)) {
    read.wrong(
      `${name} contains a user name, a password, a query or a fragment: it must be only the host and a path, and the key belongs in ${name.replace('base-url', 'api-key')}`,
    );
  }
  if (url.protocol === 'http:' && !allowHttp && !isLoopback(url.hostname)) {
    read.wrong(
      `${name} is http, which would send the key unencrypted: use https, or allow-http: true for a server in the same network`,
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** The inputs that only apply to an agent server. */
export const FOR_AGENT_SERVERS = ['working-directory', 'llm-api-key', 'llm-base-url'] as const;

/** What decides how the inputs for an agent server are read: other inputs, already checked, and the job's checkout. */
export interface AgentServerContext extends Pick<Connection, 'apiVersion' | 'baseUrl' | 'allowHttp'> {
  readonly workspace: string;
  /** Whether the agent has no tools, and so no folder. */
  readonly hasNoTools: boolean;
}

/**
 * Reads the inputs for an agent server; `undefined` if there are none. Without `working-directory` the agent works in the
 * checkout, if the server is on the same machine, and it has tools.
 */
export function readAgentServer(
  read: InputReader,
  context: AgentServerContext,
): AgentServerOptions | undefined {
  const { apiVersion } = context;
  const given = FOR_AGENT_SERVERS.filter((name) => read.given(name).value !== '');
  if (traitsOf(apiVersion)?.isAgentServer === false) {
    for (const name of given)
      read.wrong(`${name} is for an agent server: leave it out with api-version ${apiVersion}`);
    return undefined;
  }
  const workingDirectory = folderIn(read, context);
  const isModelGiven = read.given('model').value !== '';
  for (const name of given) {
    if (!isModelGiven && name !== 'working-directory')
      read.wrong(`${name} needs model: without it, the server's own model is used, with its own key`);
  }
  if (given.length === 0 && workingDirectory === '' && !context.hasNoTools) return undefined;
  return {
    ...(given.length > 0 && { given }),
    ...(workingDirectory !== '' && { workingDirectory }),
    ...(isModelGiven && modelAccessIn(read, context)),
  };
}

/**
 * Reads how the server reaches the model. The key is optional for a server on this machine, with llm-base-url, and with `auto`: then the
 * server may be no agent server.
 */
function modelAccessIn(
  read: InputReader,
  { apiVersion, baseUrl, allowHttp }: AgentServerContext,
): Pick<AgentServerOptions, 'llmApiKey' | 'llmBaseUrl'> {
  const llmBaseUrl = addressIn(read, 'llm-base-url', allowHttp);
  const hasKey = read.given('llm-api-key').value !== '';
  if (!hasKey && llmBaseUrl === undefined && isAgentServer(apiVersion) && !isLoopbackUrl(baseUrl))
    read.wrong('llm-api-key is empty: check that its secret is set; without a key, name llm-base-url');
  return {
    ...(hasKey && { llmApiKey: keyIn(read, 'llm-api-key') }),
    ...(llmBaseUrl !== undefined && { llmBaseUrl }),
  };
}

/** Reads the working directory; empty for an agent without tools. It is on the server's machine, so both POSIX and Windows paths are right. */
function folderIn(
  read: InputReader,
  { apiVersion, baseUrl, workspace, hasNoTools }: AgentServerContext,
): string {
  if (hasNoTools) return '';
  const folder = read.parsed(
    'working-directory',
    "it must be the absolute path of a folder on the server's machine",
    (value) =>
      /^(?:\/|[A-Za-z]:[\\/])/.test(value) && value.length <= MAX_PATH && !/\p{Cc}/u.test(value)
        ? value
        : undefined,
    isLoopbackUrl(baseUrl) ? workspace : '',
    // Not empty, so that a wrong folder is not also reported as missing.
    'wrong',
  );
  if (isAgentServer(apiVersion) && folder === '')
    read.wrong(
      "working-directory is empty: name the folder on the server's machine for the agent to work in",
    );
  return folder;
}
