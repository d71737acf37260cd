import type { ApiFailure, Sandbox } from './api.ts';
import type { Findings, Reading, Sighting, Since, Steps } from './conversation.ts';

/** What can be asked of the API about a conversation, by the name of what answers it in {@link Answers}. */
export type Question =
  | { readonly ask: 'look' }
  | { readonly ask: 'stored' | 'steps' | 'result'; readonly since: Since }
  | { readonly ask: 'sandbox' }
  | { readonly ask: 'resume'; readonly sandbox: string }
  | { readonly ask: 'run'; readonly called: boolean };

/** What each question is answered with. */
export interface Answers {
  readonly look: Sighting;
  readonly stored: Reading;
  readonly steps: Steps;
  readonly result: Findings & { readonly steps?: Steps };
  readonly sandbox: Sandbox;
  readonly resume: 'done';
  readonly run: 'done';
}

/** What a turn has brought: to each of its questions an answer, or why there is none. */
export type Seen = { readonly [Name in keyof Answers]?: Answers[Name] | ApiFailure };

/**
 * The answer to a question that the turn has asked.
 *
 * @throws an error that is a bug of ours if it has not.
 */
export function answerTo<Name extends keyof Answers>(name: Name, seen: Seen): Answers[Name] | ApiFailure {
  const answer = seen[name];
  if (answer === undefined) throw new Error(`nobody asked for ${name}`);
  return answer;
}
