import type { RecordedRequest } from '../server/server.ts';
import type { GithubApi, SimulatedPush } from './api.ts';

/** The pull request of the event, for a review. */
export const REVIEWED = 7;
/** The pull request that the simulated agent opens. */
export const PULL_REQUEST = 12;
/** In seconds. An agent of the simulator begins after 6.5 s and is done 18 s later. */
export const OPENED_AFTER = 24;
/** In seconds after a later message. The agent works for the same time and pushes just before its end. */
const PUSHED_AFTER = 15;

export type Push = Pick<SimulatedPush, 'checks' | 'by'>;

/** Returns an agent that pushes: first for its start, and then once for each message that reaches it. */
export function pushingAgent(github: () => GithubApi | undefined): {
  readonly pushes: (first: Push, ...others: readonly Push[]) => void;
  readonly onRequest: (request: Pick<RecordedRequest, 'method' | 'path'>) => void;
} {
  let later: readonly Push[] = [];
  const push = (given: Push, seconds: number): void => {
    github()?.push({ number: PULL_REQUEST }, { ...given, in: seconds });
  };
  return {
    pushes(first, ...others) {
      push(first, OPENED_AFTER);
      later = others;
    },
    onRequest({ method, path }) {
      const [next, ...rest] = later;
      if (method !== 'POST' || !/\/(?:send-message|events)$/.test(path) || next === undefined) return;
      later = rest;
      push(next, PUSHED_AFTER);
    },
  };
}
