import type { ScenarioName } from '../simulator/server/scenarios.ts';

/**
 * A history: steps on one server and one GitHub, and what happens to them. It is plain data, so that it can be printed, repeated,
 * and made smaller. All times are in seconds, by the simulated clock.
 */
export interface History {
  /** Decides what the history leaves open, such as the jitter of polls. */
  readonly seed: number;
  readonly server: ServerPlan;
  /** What the agent pushes to its pull request: at its start, and with each message. */
  readonly pushes: readonly PushPlan[];
  /** What people do, each at a time since the beginning. */
  readonly people: readonly Deed[];
  readonly steps: readonly StepPlan[];
  /** The pictures of the texts that the messages of all steps insert; absent if they insert none. */
  readonly pictures?: PicturesPlan;
}

/**
 * What was uploaded: pictures that models take or do not take, such as broken ones, one that is too large, one at an old address, and one
 * that is not there any more.
 */
export const PICTURES = ['png', 'gif', 'text', 'large', 'gone', 'header', 'cut', 'animated', 'old'] as const;

export interface PicturesPlan {
  readonly issue: readonly (typeof PICTURES)[number][];
  readonly comment: readonly (typeof PICTURES)[number][];
  /** The share of the requests for them that fail, each in a way of its own. */
  readonly failing: number;
}

/** The servers: V1 as in the Cloud or self-hosted, an agent server alone, V0. */
export type ServerKind = 'v1' | 'self-hosted' | 'agent-server' | 'v0';

export interface ServerPlan {
  readonly kind: ServerKind;
  /** What happens after a message that does not choose it. */
  readonly scenario: ScenarioName;
  /** Whether the events are reviews that request changes. */
  readonly hasFeedback?: true;
  /** Whether each event is a comment in a thread of a review, where the comments of the steps stand then. */
  readonly hasThreads?: true;
  /** Whether the pull request to review is of a fork. */
  readonly isFork?: true;
  /** Whether all conversations of V1 share a sandbox. */
  readonly isShared?: true;
  /** Whether somebody else's agent is at work, from the beginning. */
  readonly hasNeighbor?: true;
  /** Whether twenty others have just started conversations with pictures, together larger than an answer is read. */
  readonly hasPicturedNeighbors?: true;
  /** Whether a start cannot choose its id. */
  readonly ignoresIds?: true;
  readonly reservesIds?: true;
  readonly hidesDeleted?: true;
  /** Whether events can only be polled. */
  readonly hasNoSockets?: true;
  /** Whether it does not know what the model costs, and tells 0. */
  readonly hasNoPrices?: true;
  /** What V1 fails to clone: the repository, or one branch of it. */
  readonly failsToClone?: 'repository' | 'branch';
  /** Whether the folder of an agent server is empty, and no repository. */
  readonly hasEmptyFolder?: true;
  /** Whether an agent server gives each agent a tool of a plugin of its owner. */
  readonly addsTools?: true;
  /** Whether it limits requests as the Cloud does. */
  readonly hasLimits?: true;
  /** The version of an agent server, if it is an older one. */
  readonly version?: string;
  /** The share of the answers with a wrong `Date`. */
  readonly wrongDates?: number;
}

export interface PushPlan {
  /** How its check ends; absent for a commit without checks. */
  readonly check?: 'success' | 'failure';
}

/** Something that a person does, the one who runs the server included. Those about a conversation mean the newest one. */
export interface Deed {
  readonly at: number;
  readonly what: (typeof DEEDS)[number] | (typeof RESTARTS)[number];
}

export const DEEDS = [
  'pause',
  'resume',
  'send',
  'delete',
  'delete comment',
  'edit comment',
  'merge',
  'close',
  'push',
  'restart server',
] as const;

/** What happens to the process of an agent server, or to those in all sandboxes: it ends, and comes back. */
export const RESTARTS = ['stop agent servers', 'kill agent servers'] as const;

/** The permissions in the repository of those who cause events. */
export const ROLES = { octocat: 'write', reader: 'read', stranger: 'none' } as const;

/** Who causes an event. */
export type Actor = keyof typeof ROLES | 'helper[bot]';

/** A moment of a step: after a number of its requests, or of seconds. */
export type Moment = { readonly request: number; readonly isSent?: boolean } | { readonly seconds: number };

export interface StepPlan {
  /** When it begins: after the beginning, or after the end of the step `after`. */
  readonly at: number;
  readonly after?: number;
  /** The number of its run. Two steps with the same run are attempts of it. */
  readonly run: number;
  readonly attempt: number;
  /** Who has caused its event, a comment. Absent for an event that only somebody who may write can cause. */
  readonly by?: Actor;
  /** The number of the step whose conversation it continues with `conversation-id`. */
  readonly continues?: number;
  /** Without addresses, keys and folders. */
  readonly inputs: Readonly<Record<string, string>>;
  /** How far the runner's time of day is ahead of the server's. */
  readonly ahead?: number;
  readonly faults: readonly FaultPlan[];
  readonly outage?: Outage;
  readonly cancel?: Moment;
  readonly kill?: Moment;
  readonly post: PostPlan;
}

interface PostPlan {
  /** How long after main it begins. */
  readonly delay: number;
  /** The runner is gone: post never runs. */
  readonly isGone?: true;
  readonly kill?: Moment;
}

/**
 * A fault of the matrix. It happens to the first `times` requests of a step and its post that it fits, from request number `from` on. A
 * message is one to an existing conversation; a comment is one that is written.
 */
export interface FaultPlan {
  readonly name: string;
  readonly from: number;
  readonly times: number;
  readonly only: 'any' | 'send' | 'message' | 'comment' | 'github' | 'openhands';
}

/** A time in which all requests of a step fail in the same way. */
export interface Outage {
  readonly from: number;
  readonly to: number;
  readonly isOfGithub: boolean;
  readonly name: string;
}
