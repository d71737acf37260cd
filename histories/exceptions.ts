import type { Violation } from './checks/violation.ts';
import type { Played } from './play.ts';
import { mayBeAbout } from './truth.ts';

/** Something that would be a violation, if a page did not say that it can happen. */
export interface Exception {
  readonly name: string;
  readonly promise: string;
  readonly page: string;
  /** The sentence of the page that allows it: a test checks that it still stands there. */
  readonly sentence: string;
  /** Whether it allows a violation of the promise. It must not be wider than the sentence. */
  readonly allows: (violation: Violation, played: Played) => boolean;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    name: 'the runner is gone',
    promise: 'no agent unseen',
    page: 'docs/how-it-works.md',
    sentence: 'The agent continues. Check your list of conversations.',
    allows: ({ conversation = '' }, { steps }) =>
      steps.some(
        (step) =>
          mayBeAbout(step, conversation) && (step.plan.post.isGone === true || step.post === 'killed'),
      ),
  },
];
