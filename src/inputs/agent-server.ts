import type { AgentServerOptions } from '../conversation/assignment.ts';
import { isLoopbackUrl } from '../http/address.ts';
import { addressIn, type Connection, keyIn } from './connection.ts';
import type { Reader } from './reader.ts';

const MAX_PATH = 4_096;

/** The inputs that only apply to an agent server. */
export const FOR_AGENT_SERVERS = ['working-directory', 'llm-api-key', 'llm-base-url'] as const;

/** The checked inputs that decide how these inputs are read. */
export interface AgentServerContext extends Pick<Connection, 'apiVersion' | 'baseUrl' | 'allowHttp'> {
  /** The folder of the checkout. */
  readonly workspace: string;
}

/**
 * Reads the inputs for an agent server; `undefined` if there are none. Without `working-directory` the agent works in the
 * checkout, if the server is on the same machine.
 */
export function agentServerIn(read: Reader, context: AgentServerContext): AgentServerOptions | undefined {
  const { apiVersion, allowHttp } = context;
  const given = FOR_AGENT_SERVERS.filter((name) => read.given(name).value !== '');
  if (apiVersion === 'v1' || apiVersion === 'v0') {
    for (const name of given)
      read.wrong(`${name} is for an agent server: leave it out with api-version ${apiVersion}`);
    return undefined;
  }
  const workingDirectory = folderIn(read, context);
  if (given.length === 0 && workingDirectory === '') return undefined;
  const llmBaseUrl = addressIn(read, 'llm-base-url', { key: 'llm-api-key', allowHttp });
  return {
    ...(given.length > 0 && { given }),
    ...(workingDirectory !== '' && { workingDirectory }),
    ...(given.includes('llm-api-key') && { llmApiKey: keyIn(read, 'llm-api-key') }),
    ...(llmBaseUrl !== undefined && { llmBaseUrl }),
  };
}

/** Reads the working directory. It is on the server's machine, so both POSIX and Windows paths are right. */
function folderIn(read: Reader, { apiVersion, baseUrl, workspace }: AgentServerContext): string {
  const folder = read.parsed(
    'working-directory',
    "it must be the absolute path of a folder on the server's machine",
    (value) =>
      /^(?:\/|[A-Za-z]:[\\/])/.test(value) && value.length <= MAX_PATH && !/\p{Cc}/u.test(value)
        ? value
        : undefined,
    isLoopbackUrl(baseUrl) ? workspace : '',
    'wrong',
  );
  if (apiVersion === 'agent-server' && folder === '')
    read.wrong(
      "working-directory is empty: name the folder on the server's machine for the agent to work in",
    );
  return folder;
}
