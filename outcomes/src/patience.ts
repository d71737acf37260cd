import { GitHubFailure, isRateLimited } from '../../src/github/failure.ts';
import type { GitHub, GitHubArtifacts } from '../../src/github/octokit.ts';
import type { Clock } from '../../src/port/clock.ts';
import { Interruption } from '../../src/port/interruption.ts';

/** The requests of the report. */
export type Requests = Pick<GitHub, 'rest'> & GitHubArtifacts;

export interface Patience {
  readonly clock: Clock;
  /** The clock's time after which no request waits. */
  readonly deadlineAt: number;
  /** Called before each wait. */
  readonly onWait: (waitMs: number) => void;
}

/** GitHub's docs ask for a minute if GitHub names no time. */
const DEFAULT_WAIT_MS = 60_000;
const MIN_WAIT_MS = 1_000;

/**
 * Returns requests that wait for the limits of GitHub. They throw an {@link Interruption} with the kind `deadline` if a limit lasts
 * longer than the time that is left.
 */
export function withPatience(github: Requests, signal: AbortSignal, patience: Patience): Requests {
  const { clock, deadlineAt, onWait } = patience;
  const ask = async <T>(request: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await request();
      } catch (error) {
        if (!(error instanceof GitHubFailure) || !isRateLimited(error)) throw error;
        const waitMs = Math.max(error.retryAfterMs ?? DEFAULT_WAIT_MS, MIN_WAIT_MS);
        if (clock.now() + waitMs > deadlineAt) throw new Interruption('deadline', LIMITED, { cause: error });
        onWait(waitMs);
        await clock.sleep(waitMs, signal);
      }
    }
  };
  return {
    rest: async (request) => ask(async () => github.rest(request)),
    readArtifact: async (repository, id, limitBytes) =>
      ask(async () => github.readArtifact(repository, id, limitBytes)),
  };
}

const LIMITED = "GitHub's limit of requests lasts longer than the report may take";
