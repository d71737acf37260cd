import type { Mark } from './mark.ts';
import type { Workplace } from './workplace.ts';

/** What the agent should do, and where. */
export interface Assignment {
  readonly message: string;
  readonly workplace?: Workplace;
  readonly model?: string;
  readonly agentServer?: AgentServerOptions;
  /** Present if the step will read the agent's changes as a patch. */
  readonly isForPatch?: true;
}

/** Options that only a stand-alone agent server gets. */
export interface AgentServerOptions {
  /** The folder on the server's machine in which the agent works. */
  readonly workingDirectory?: string;
  readonly llmApiKey?: string;
  readonly llmBaseUrl?: string;
  /** The names of the inputs among these options that the user has set. */
  readonly given?: readonly string[];
}

/** The request to start a conversation. */
export interface StartRequest extends Assignment {
  /** A UUID that was chosen for the conversation. Servers may choose another one: the answer to the start shows it. */
  readonly id: string;
  /** The most that the conversation may cost, in US dollars. Not every server reports the cost. */
  readonly maxCostUsd?: number;
}

/** A conversation to start. */
export interface Start {
  readonly request: StartRequest;
  /** Whether other runs may ask for the same id: then the step looks for an existing conversation first. */
  readonly isShared: boolean;
  /** Present if an existing conversation gets the message as a follow-up. The message ends with this mark. */
  readonly mark?: Mark;
}
