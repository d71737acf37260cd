import type { Problem } from '../port/problem.ts';
import type { LimitsIn } from './limits.ts';
import type { RequestFailure } from './request-failure.ts';

export interface Server {
  /** Origin and path prefix, without a trailing slash. */
  readonly baseUrl: string;
  readonly api: ServerApi;
}

/** What requests depend on of a server's API, of which http/ knows nothing. */
export interface ServerApi {
  readonly advise: Advise;
  readonly limitsIn: LimitsIn;
  /** Registers the secrets in an answer before anything else reads it. */
  readonly registerSecrets: (json: unknown) => void;
}

/** Returns the kind of a failure, and what to do. `isUnsure`: the server may have acted on the request anyway. */
export type Advise = (
  failure: RequestFailure,
  at: { readonly baseUrl: string; readonly isUnsure: boolean },
) => Required<Pick<Problem, 'kind' | 'advice' | 'next'>>;
