import { REVIEWED } from '../simulator/github/pushing-agent.ts';
import { FEEDBACK } from '../simulator/github/review-story.ts';
import { FIRST_THREAD_ID } from '../simulator/github/store.ts';
import type { World } from '../src/world.ts';
import { withEventTexts } from './event-texts.ts';

/** The id of the review with threads. */
export const REVIEW_ID = 80;
/** The review, and a comment in its first thread. */
const OF_REVIEW = {
  review: { id: REVIEW_ID, pullRequest: REVIEWED },
  thread: {
    id: FIRST_THREAD_ID,
    pullRequest: REVIEWED,
    comment: FIRST_THREAD_ID + FEEDBACK.length,
    place: { path: 'src/a.ts', startLine: undefined, line: 2, side: 'RIGHT', isOutdated: false },
    diff: '+TWO',
  },
};

/** Returns a world whose event is the review with threads, if there is one. */
export function withThreads({ hasThreads = false }: { readonly hasThreads?: boolean }, world: World): World {
  if (!hasThreads) return world;
  const task = 'Rename this.';
  const comment = { body: task, author: 'octocat', path: 'comment.body', isByActor: true };
  const event = { ...world.event, ...OF_REVIEW, issue: REVIEWED, pullRequest: REVIEWED, comment };
  return withEventTexts([{ name: 'comment', path: 'pulls/comments/1', body: task }], { ...world, event });
}
