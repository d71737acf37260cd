import { isLoopbackUrl } from '../http/address.ts';
import { isAgentServer, traitsOf } from '../port/api-version.ts';
import type { AgentServerOptions } from '../port/assignment.ts';
import { addressIn } from './address.ts';
import type { Connection } from './connection.ts';
import type { InputReader } from './reader.ts';
import { keyIn } from './secret.ts';

const MAX_PATH = 4_096;

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
