import { INPUT_NAMES, type InputName } from '../interface.ts';

/** Names that other actions for agents, or the OpenHands API, use for inputs of this action. */
const ALIASES = new Map<string, InputName>([
  ['prompt', 'message'],
  ['direct-prompt', 'message'],
  ['instructions', 'message'],
  ['initial-message', 'message'],
  ['conversation-message', 'message'],
  ['prompt-file', 'message-file'],
  ['llm-model', 'model'],
  ['gemini-model', 'model'],
  ['selected-branch', 'branch'],
  ['base-branch', 'branch'],
  ['repo', 'repository'],
  ['selected-repository', 'repository'],
  ['openhands-api-key', 'api-key'],
  ['session-api-key', 'api-key'],
  ['openhands-base-url', 'base-url'],
  ['timeout', 'timeout-seconds'],
  ['timeout-minutes', 'timeout-seconds'],
  ['poll-interval', 'poll-interval-seconds'],
  ['trajectory-path', 'trajectory-file'],
]);

/**
 * Returns the input that an unknown name means in another tool, or with blanks or underscores. `undefined` for all other
 * names, which the runner passes on, too: they may be variables of the job named `INPUT_…`.
 */
export function meantBy(name: string): InputName | undefined {
  const dashed = name.replaceAll(/[_ ]/g, '-');
  return ALIASES.get(dashed) ?? INPUT_NAMES.find((known) => known === dashed && known !== name);
}

/** Returns the problem of an input with a wrong name. `prompt` is a text in some actions, and a file in others. */
export function wrongName(name: string, right: InputName): string {
  const use = name === 'prompt' ? 'message (for a text) or message-file (for a file)' : right;
  return `${name} is not an input of this action: use ${use}`;
}
