import type { ApiVersion, Findings, Recollection, Sighting } from './conversation.ts';
import type { Problem } from './problem.ts';

/** What the agent is asked to do, and where. */
export interface Assignment {
  readonly message: string;
  readonly workplace?: Workplace;
  readonly llmModel?: string;
}

/** What a conversation is started with. */
export interface StartRequest extends Assignment {
  /** A UUID, chosen for the conversation. Servers may choose another one: the answer to the start tells. */
  readonly id: string;
}

/** The repository that the agent works in. */
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
/** Those that API V0 knows. Source: `ProviderType` in its description. */
export const V0_GIT_PROVIDERS: readonly GitProvider[] = ['github', 'gitlab', 'bitbucket'];

/** What a start is called where it fails. */
export const START = 'start the conversation';

/** How far a start has come. */
export type StartProgress =
  /** The server prepares the sandbox; `task` is what to ask about. */
  | { readonly kind: 'pending'; readonly task: string; readonly phase: string }
  | { readonly kind: 'created'; readonly id: string }
  /** The server does not tell; for a moment that is no bad sign. */
  | { readonly kind: 'unknown'; readonly task: string }
  /** The server gave up; `reason` in its own words. */
  | { readonly kind: 'failed'; readonly reason: string };

/** A start whose answer was lost: by the id that was chosen, and, for servers that forget that, by the message. */
export type Sought = Pick<StartRequest, 'id'> & Partial<Pick<StartRequest, 'message'>>;

/** What is found of a start whose answer was lost. */
export type Found = StartProgress | { readonly kind: 'not-there' } | { readonly kind: 'untold' };

/**
 * What became of the wish to stop an agent: it was, or nothing was to be done, or the server does not list the conversation,
 * as it is for a moment after the start.
 */
export type Stop = 'stopped' | 'not-running' | 'not-listed';

/**
 * The OpenHands API in the words of this project. What differs between its versions stays behind it.
 *
 * Every method throws {@link ApiFailure} when the API cannot be reached or gives no usable answer, and the signal's
 * reason once that is aborted.
 */
export interface ConversationApi {
  readonly version: ApiVersion;
  /** Asks for a new conversation. Sent once: sending it again could start a second agent. {@link find} tells what came. */
  start(request: StartRequest, signal: AbortSignal): Promise<StartProgress>;
  /**
   * Looks for the conversation of a start whose answer was lost, by the id that was chosen for it: `untold` where the
   * version or the server cannot tell.
   */
  find(request: Sought, signal: AbortSignal): Promise<Found>;
  /** How far a pending start has come. */
  startProgress(task: string, signal: AbortSignal): Promise<StartProgress>;
  /** Looks at several conversations, with as few requests as the version allows. In the order of `ids`. */
  look(ids: readonly string[], signal: AbortSignal): Promise<readonly Sighting[]>;
  /** How the stored events end, where they say so. */
  recall(id: string, signal: AbortSignal): Promise<Recollection | undefined>;
  /** The agent's answer and, where it failed, why. Reads only as far back as needed. */
  findings(id: string, signal: AbortSignal): Promise<Findings>;
  /**
   * Makes the agent of a conversation stop, and nobody else's work. Nothing is lost: people can set it going again.
   */
  stop(id: string, signal: AbortSignal): Promise<Stop>;
  /** The page where people see the conversation. */
  page(id: string): string;
  /** The page where people see all of them. */
  readonly list: string;
}

/** The API could not be used. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly problem: Problem;
  /** Whether the server may have done what was asked all the same. */
  readonly mayHaveActed: boolean;

  constructor(problem: Problem, mayHaveActed = false) {
    super(problem.because);
    this.problem = problem;
    this.mayHaveActed = mayHaveActed;
  }
}
