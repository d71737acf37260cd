import { v5 as uuidV5 } from 'uuid';

/** Must never change: with another namespace, every key would lead to another conversation than before. */
const NAMESPACE = '5f0b1c6e-7a43-4c9d-9c1b-6d2f8e3a4b57';

/** The scope of an idempotency key: the same text in another scope is another key. */
export interface KeyScope {
  /** Origin and path prefix of the server, without a trailing slash. */
  readonly baseUrl: string;
  /** `owner/repo`; absent for work without a repository. */
  readonly repository?: string;
  /** Makes the id of a key unpredictable to others, so that nobody else can take that id. */
  readonly account: string;
}

/**
 * Returns the id of a conversation of a key: the same in every run.
 * Source: RFC 9562, section 5.5 (UUID version 5).
 *
 * @param generation 0 for the first conversation of the key, 1 for the next one, and so on.
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
 * Returns an id for a step of a workflow, to use until its conversation has an id: the same in each attempt of a run, but
 * different for each job of a matrix.
 *
 * @param step the run, the job and the step.
 * @param task what the step asks for: a message, a key or a conversation id.
 */
export function stepIdOf(step: readonly string[], task: string): string {
  return uuidV5(JSON.stringify(['step', ...step, task]), NAMESPACE);
}
