import type { GithubApi, SimulatedPush } from '../../simulator/github-api.ts';
import type { RecordedRequest } from '../../simulator/server.ts';

/** The pull request that the simulated agent opens. */
export const PULL_REQUEST = 12;
/** An agent of the simulator begins after six and a half seconds, and is done eighteen later. */
export const OPENED_AFTER = 24;
/** With a later message it works as long, and pushes just before its end. */
const PUSHED_AFTER = 15;

export type Push = Pick<SimulatedPush, 'checks' | 'by'>;

/** An agent that pushes: first what it was started for, and then once for each message that reaches it. */
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
