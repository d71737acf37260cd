import * as v from 'valibot';

import { parseJson } from '../../simulator/json.ts';
import type { PicturesPlan } from '../history.ts';
import type { Played } from '../play.ts';
import { errorsOf } from '../told.ts';
import { isCorrection } from './messages.ts';
import { broken, type Check, ofEachStep } from './violation.ts';

/** No step fails for a picture. */
export const noFailureByPictures = ofEachStep('no step fails for a picture', (step) =>
  errorsOf(step).filter((error) => /picture|user-images/i.test(error)),
);

/** Each message has the pictures of its texts, or says how many it has not; a follow-up only those of the comment. V0 takes none. */
export const picturesAreTold: Check = ({ history, requests }) => {
  const { pictures, server } = history;
  if (pictures === undefined || server.kind === 'v0') return [];
  return requests.flatMap((request) =>
    wrongIn(request, pictures).map((text) => ({
      promise: 'pictures are told',
      text: `${text}: ${request.path}`,
    })),
  );
};

const STARTS = /\/(?:app-conversations|conversations)$/;
const FOLLOW_UPS = /\/(?:send-message|events)$/;

const Content = v.tupleWithRest([v.object({ text: v.string() })], v.object({ type: v.string() }));
/** The content of a message, in a start or by itself. */
const Sent = v.union([
  v.pipe(
    v.object({ initial_message: v.object({ content: Content }) }),
    v.transform(({ initial_message: { content } }) => content),
  ),
  v.pipe(
    v.object({ content: Content }),
    v.transform(({ content }) => content),
  ),
]);

function wrongIn(
  { method, path, body }: Played['requests'][number],
  pictures: PicturesPlan,
): readonly string[] {
  if (method !== 'POST' || !(STARTS.test(path) || FOLLOW_UPS.test(path))) return [];
  const sent = v.safeParse(Sent, parseJson(body));
  if (!sent.success) return [];
  const [{ text }, ...others] = sent.output;
  const images = others.filter(({ type }) => type === 'image').length;
  if (isCorrection(text) || !text.includes('Task of step')) return [];
  const ofIssue = toldOf('issue', text);
  const ofComment = toldOf('comment', text);
  const hasIssue = ofIssue.all === pictures.issue.length;
  return broken([
    [images === ofIssue.sent + ofComment.sent, `${images} pictures, and the message says otherwise`],
    [ofComment.all === pictures.comment.length, `the message tells ${ofComment.all} pictures of the comment`],
    // A message to a conversation that this step has started, but without its message, is a start's.
    [hasIssue || (ofIssue.all === 0 && !STARTS.test(path)), `the message tells ${ofIssue.all} of the issue`],
  ]);
}

/** Returns how many pictures of a text a message says to have, and how many it tells in all. */
function toldOf(name: string, text: string): { readonly sent: number; readonly all: number } {
  const count = (prefix: string): number =>
    Number(
      new RegExp(String.raw`^- ${prefix}(\d+) pictures? of github\.event\.${name}\.body`, 'm').exec(
        text,
      )?.[1] ?? 0,
    );
  const sent = count('');
  return { sent, all: sent + count('not sent: ') };
}
