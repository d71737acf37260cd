import type { Clock } from '../clock.ts';
import type { Fault } from '../faults.ts';
import type { Authorization } from './authorization.ts';
import type { AgentServerVariant } from './canvas.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Story } from './story.ts';

/** The options of a simulator. */
export interface SimulatorOptions {
  /** The address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** The port; 0, the default, uses any free one. */
  readonly port?: number;
  /** In place of host and port: an origin at which only this process reaches it, in memory. */
  readonly origin?: string;
  /** The API versions that it serves, or `agent-server` for a standalone agent server; both versions by default. */
  readonly api?: 'v1' | 'v0' | 'both' | 'agent-server';
  /** Which requests are authorized; `open` by default. */
  readonly authorization?: Authorization;
  /** The scenario for messages that do not choose one; `finish` by default. */
  readonly scenario?: Story;
  /** The number of simulated seconds in a real second; 1 by default. */
  readonly speed?: number;
  /**
   * The kind of V1 server; `cloud` by default. A self-hosted server, with processes as sandboxes, differs in the result of
   * resuming a working agent and of a second start with the same id, in its rate limits, and has no accounts and no web app.
   */
  readonly kind?: 'cloud' | 'self-hosted';
  /** Whether V1's events reach the server in batches, up to 30 s late, as on real servers; true by default. */
  readonly lateEvents?: boolean;
  /** The rate limit in simulated time. The Cloud allows 10 requests a second and 100 a minute for each key. */
  readonly rateLimit?: RateLimit | 'self-hosted' | 'none';
  /** Whether the model sees pictures, as far as V1 and agent servers know; true by default. */
  readonly seesPictures?: boolean;
  readonly faults?: readonly Fault[];
  /** Whether a start can choose the id of its conversation, as on newer servers; true by default. */
  readonly honourConversationId?: boolean;
  /** Whether a start with the id of another conversation is refused with 409, as by the newest servers; false by default. */
  readonly reservesIds?: boolean;
  /** Whether a deleted conversation hides all later ones with its id, as on newer servers; false by default. */
  readonly hidesDeleted?: boolean;
  /** Whether all conversations share one sandbox; false by default. */
  readonly sharedSandbox?: boolean;
  /** The `sandbox_grouping_strategy` that the account tells; `NO_GROUPING` by default. */
  readonly grouping?: string;
  /** The `status_detail` of sandboxes that have failed or are gone; none by default. */
  readonly statusDetail?: string;
  /** Whether two starts of the same id on a self-hosted server both become ready, with one sandbox; otherwise one fails. */
  readonly duplicatesReady?: boolean;
  /** The repositories that V1 fails to clone, or that have no commit; with a branch, only at that. */
  readonly failedClones?: readonly { readonly repository: string; readonly branch?: string }[];
  /** The root of the repository that the agents' folders are in; by default, each folder is the root of its own. */
  readonly repository?: string;
  /** The only commit of every repository that agents work in, 40 hexadecimal digits. */
  readonly commit?: string;
  /** How a standalone agent server differs from the usual one. */
  readonly agentServer?: AgentServerVariant;
  /** The number of agents that may work at once on a standalone agent server; 10 by default. */
  readonly maxRuns?: number;
  /**
   * The address of agent servers that the API reports, for example one where no server listens; without a trailing slash.
   * By default the simulator itself.
   */
  readonly agentServers?: string;
  /** Where the web app is, such as `/canvas`: V1 then names the page of each conversation, as newer servers do. */
  readonly webPath?: string;
  /** Another clock, for tests; `speed` is then ignored. */
  readonly clock?: Clock;
  /** Called with every request once it is answered. */
  readonly onRequest?: (request: RecordedRequest) => void;
}

/** A received request. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The status of the response; 0 if there was none. */
  readonly status: number;
  /** The time of the request, in simulated milliseconds since the epoch. */
  readonly at: number;
}
