import type { Clock } from '../conversation/clock.ts';
import type { Lookup } from './address.ts';
import type { ProxyOptions, ProxyUse } from './proxy.ts';
import type { OpenSocket } from './socket.ts';

/** What requests need from the environment. */
export interface Network {
  readonly fetch: typeof fetch;
  /** Makes `fetch` use the proxy that the environment variables name. */
  readonly useProxy: (options: ProxyOptions) => ProxyUse;
  /** Looks up the addresses of a host. */
  readonly lookup: Lookup;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  /** Returns a random number in [0, 1). */
  readonly random: () => number;
}
