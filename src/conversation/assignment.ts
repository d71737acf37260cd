import type { Workplace } from './workplace.ts';

/** What the agent is asked to do, and where. */
export interface Assignment {
  readonly message: string;
  readonly workplace?: Workplace;
  readonly model?: string;
  readonly agentServer?: AgentServerOptions;
  /** Present if its changes will be asked for as a patch. */
  readonly isForPatch?: true;
}

/** What an agent server by itself is told, and no other server. */
export interface AgentServerOptions {
  /** The folder on its machine that the agent works in. */
  readonly workingDirectory?: string;
  readonly llmApiKey?: string;
  readonly llmBaseUrl?: string;
  /** The inputs among them that were given. */
  readonly given?: readonly string[];
}

/** What a conversation is started with. */
export interface StartRequest extends Assignment {
  /** A UUID, chosen for the conversation. Servers may choose another one: the answer to the start tells. */
  readonly id: string;
  /** What the conversation may cost: not every server tells what it does. */
  readonly maxCostUsd?: number;
}
