/** The repository that the agent works in, and its branch; absent for the default branch, or the working directory as it is. */
export interface Workplace {
  readonly repository: string;
  readonly branch?: string;
  readonly gitProvider: GitProvider;
}

export const GIT_PROVIDERS = [
  'github',
  'gitlab',
  'bitbucket',
  'bitbucket_data_center',
  'forgejo',
  'azure_devops',
] as const;
export type GitProvider = (typeof GIT_PROVIDERS)[number];

/** A marker at the end of a step's message. Another attempt of the same run finds the message by it. */
export interface RunMark {
  /** An HTML comment, which is not visible to people. */
  readonly text: string;
  /** Whether an earlier attempt of the run may have sent the message. */
  readonly mayHaveBeenSent: boolean;
}

/** Whether a message ends with the mark. A mark elsewhere in a message is a quotation. */
export function endsWithMark(message: string | undefined, { text }: RunMark): boolean {
  return message?.trimEnd().endsWith(text) === true;
}

/** What the agent is asked to do, and where and with which model. */
export interface Assignment {
  readonly message: string;
  readonly workplace?: Workplace;
  readonly model?: string;
  readonly agentServer?: AgentServerOptions;
  /** The commit to work from, if it is not the newest of the branch: the head that is reviewed. */
  readonly commit?: string;
  /** Present if the agent has no tools: it gets its message, and can only answer. */
  readonly hasNoTools?: true;
  /** Present if the step will read the agent's changes as a patch. */
  readonly isForPatch?: true;
}

/** Options that only a stand-alone agent server gets. */
export interface AgentServerOptions {
  readonly workingDirectory?: string;
  readonly llmApiKey?: string;
  readonly llmBaseUrl?: string;
  /** The inputs for these options that the user has set. */
  readonly given?: readonly string[];
}

/** The tag that says which step has started a conversation. */
export const STEP_TAG = 'githubstep';

/** A picture that goes with a message. */
export interface Picture {
  readonly type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';
  readonly bytes: Buffer;
}

/** What the agent is told. */
export interface Message {
  readonly text: string;
  readonly pictures: readonly Picture[];
}

/** A message that is written just before it is sent, since its pictures are read only then. */
export interface Draft {
  /** Returns the message, each time the same. Throws the signal's reason. */
  readonly write: () => Promise<Message>;
  /** Leaves the pictures out from now on, because the server refuses the message for its size. */
  readonly dropPictures: () => void;
}

/** Returns the draft of a message without pictures. */
export function plainDraft(text: string): Draft {
  return { write: async () => Promise.resolve({ text, pictures: [] }), dropPictures: () => undefined };
}

/** Returns a draft with another text, which is made of that of the first. */
export function redraft({ write, dropPictures }: Draft, change: (text: string) => string): Draft {
  return {
    write: async () => {
      const { text, pictures } = await write();
      return { text: change(text), pictures };
    },
    dropPictures,
  };
}

/** The request to start a conversation. */
export interface StartRequest extends Omit<Assignment, 'message'> {
  readonly message: Message;
  /** A UUID that was chosen for the conversation. Servers may choose another one: the answer to the start shows it. */
  readonly id: string;
  /** The most that the conversation may cost, in US dollars. Not every server reports the cost. */
  readonly maxCostUsd?: number;
  /** Tags that people can filter the server's list by: lower-case keys, values of at most 256 characters. */
  readonly tags?: Readonly<Record<string, string>>;
}
