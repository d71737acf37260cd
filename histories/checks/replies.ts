import { textOf } from '../told.ts';
import { isGreen } from './outputs.ts';
import { broken, type Check, ofEachStep } from './violation.ts';

/** A thread has at most one reply, in all attempts of the run, and the end says what has become of the replies. */
export const oneReply: Check = (played) => {
  const threads = played.replies.map(({ thread }) => thread);
  const twice = threads.filter((thread, index) => threads.indexOf(thread) !== index);
  const isOneDeleted = played.history.people.some(({ what }) => what === 'delete comment');
  const isAsked = played.steps.some(({ inputs }) => inputs['review-feedback'] === 'true');
  return [
    ...broken([
      [twice.length === 0, `the thread ${twice.join(', ')} has two replies`],
      [isAsked || threads.length === 0, 'there are replies that nobody asked for'],
      [
        played.replies.every(({ bodies: [first = ''] }) => first.startsWith('<')),
        'a reply begins with the words of the agent',
      ],
    ]).map((text) => ({ promise: 'one reply', text })),
    ...ofEachStep('one reply', (step) => {
      if (step.inputs['review-feedback'] !== 'true' || !isGreen(step)) return [];
      const said = /Replies in the threads of the review: (?:(\d+) posted)?|asked for no replies/.exec(
        textOf(step),
      );
      const [line, posted = '0'] = said ?? [];
      return broken([
        [line !== undefined, 'it is finished, and says nothing of replies'],
        [
          isOneDeleted || Number(posted) <= threads.length,
          `it has posted ${posted} replies, and there are ${threads.length}`,
        ],
      ]);
    })(played),
  ];
};
