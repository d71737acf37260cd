import { traitsOf } from '../port/api-version.ts';
import type { Connection } from './connection.ts';
import type { InputReader } from './reader.ts';

/** The inputs for what an agent without tools does not have, and what that is. */
const WITHOUT = [
  ['conversation-id', 'it needs a new conversation'],
  ['working-directory', 'it works in no folder'],
  ['branch', 'it reads no branch'],
  ['patch-file', 'it changes no files'],
] as const;

/**
 * Reads whether the agent has no tools. An empty input is wrong: a variable that is not set must not give the agent of a stranger's text
 * all tools.
 */
export function toolsIn(read: InputReader, { apiVersion }: Pick<Connection, 'apiVersion'>): boolean {
  if (read.given('tools').value === '')
    return read.wrong('tools is empty: it must be all or none (a variable in it may not be set)', false);
  if (read.choice('tools', ['all', 'none']) === 'all') return false;
  read.requirePoll('tools: none', 'the step sees which tools the agent has only while it waits');
  if (traitsOf(apiVersion)?.isAgentServer === false)
    read.wrong(
      'tools is none, which needs an agent server: set base-url to its address, and api-version to agent-server',
    );
  if (read.given('model').value === '')
    read.wrong('tools: none needs model: without it, the agent has the tools of its profile on the server');
  const refuse = (setting: string, why: string): void => {
    read.wrong(`${setting} is not for an agent without tools: ${why}; leave it out`);
  };
  for (const [name, why] of WITHOUT) if (read.given(name).value !== '') refuse(name, why);
  const opens = 'it opens no pull request';
  if (read.boolean('wait-for-checks')) refuse('wait-for-checks', opens);
  if (read.given('require-result').value === 'pull-request') refuse('require-result: pull-request', opens);
  return true;
}
