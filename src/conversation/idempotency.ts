import { v5 as uuidV5 } from 'uuid';

/** Never to be changed: with another one, every key would mean another conversation than before. */
const NAMESPACE = '5f0b1c6e-7a43-4c9d-9c1b-6d2f8e3a4b57';

/** What an idempotency key stands for, beside its text. */
export interface KeyScope {
  /** Origin and path prefix of the server, without a trailing slash. */
  readonly baseUrl: string;
  /** `owner/repo`; absent for work without a repository. */
  readonly repository?: string;
  /** Nobody else can know which id a key leads to, and so take its place, without the account. */
  readonly account: string;
}

/**
 * The id of a conversation of a key: the same in every run.
 * Source: RFC 9562, section 5.5 (UUID version 5).
 *
 * @param generation 0 for the first conversation of the key, 1 for the one that was started after it, and so on.
 */
export function conversationIdOf(
  key: string,
  { baseUrl, repository = '', account }: KeyScope,
  generation = 0,
): string {
  const scope = [baseUrl, repository.toLowerCase(), account, key];
  return uuidV5(JSON.stringify(generation === 0 ? scope : [...scope, generation]), NAMESPACE);
}

/**
 * What a step of a workflow is known by while its conversation is not: the same if the run is done again, and another one
 * for another task of a matrix.
 *
 * @param step the run, the job and the step.
 * @param task what the step asks for.
 */
export function stepIdOf(step: readonly string[], task: string): string {
  return uuidV5(JSON.stringify(['step', ...step, task]), NAMESPACE);
}
