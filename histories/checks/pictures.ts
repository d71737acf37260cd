import * as v from 'valibot';

import { parseJson } from '../../simulator/json.ts';
import type { PicturesPlan } from '../history.ts';
import { TAKEN } from '../pictures.ts';
import type { Played } from '../play.ts';
import { errorsOf, type ToldRequest } from '../told.ts';
import { isCorrection } from './messages.ts';
import { broken, type Check, ofEachStep } from './violation.ts';

/** No step fails for a picture. */
export const noFailureByPictures = ofEachStep('no step fails for a picture', (step) =>
  errorsOf(step).filter((error) => /picture|user-images/i.test(error)),
);

/** Each message has the pictures of its texts that models take, whole ones, or says how many it has not; a follow-up only those of the comment. V0 takes none. */
export const picturesAreTold: Check = ({ history, requests }) => {
  const { pictures, server } = history;
  if (pictures === undefined || server.kind === 'v0') return [];
  const sent = requests.flatMap((request) => sentIn(request) ?? []);
  const starts = new Set(sent.flatMap(({ path, text }) => (STARTS.test(path) ? [text] : [])));
  return sent.flatMap((message) =>
    wrongIn(message, pictures, starts.has(message.text)).map((text) => ({
      promise: 'pictures are told',
      text: `${text}: ${message.path}`,
    })),
  );
};

/** A page tells as many pictures as a message of its step had. A step whose start gets no answer cannot know whose message its conversation has. */
export const picturesAreOnPage = ofEachStep(
  'the page tells how many pictures were sent',
  (step, { requests }) => {
    const [, told] = /Sent: (\d+) picture/.exec(step.page) ?? [];
    if (step.requests.some(isLostStart)) return [];
    const [task = ''] = /Task of step \w+\./.exec(Object.values(step.inputs).join('\n')) ?? [];
    const sent = requests
      .flatMap((request) => sentIn(request) ?? [])
      .filter(({ text }) => text.includes(task));
    return told === undefined || sent.some(({ images }) => images.length === Number(told))
      ? []
      : [`${told} pictures, but its messages had ${sent.map(({ images }) => images.length).join(', ')}`];
  },
);

function isLostStart({ method, target, status }: ToldRequest): boolean {
  return method === 'POST' && STARTS.test(target) && status === undefined;
}

const STARTS = /\/(?:app-conversations|conversations)$/;
const FOLLOW_UPS = /\/(?:send-message|events)$/;

const Content = v.tupleWithRest(
  [v.object({ text: v.string() })],
  v.object({ type: v.string(), image_urls: v.optional(v.array(v.string()), []) }),
);
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

interface SentMessage {
  readonly path: string;
  readonly text: string;
  readonly images: readonly string[];
}

/** Returns the message of a step that a request starts or continues a conversation with; `undefined` for all other requests. */
function sentIn({ method, path, body }: Played['requests'][number]): SentMessage | undefined {
  if (method !== 'POST' || !(STARTS.test(path) || FOLLOW_UPS.test(path))) return undefined;
  const sent = v.safeParse(Sent, parseJson(body));
  if (!sent.success) return undefined;
  const [{ text }, ...others] = sent.output;
  if (isCorrection(text) || !text.includes('Task of step')) return undefined;
  return { path, text, images: others.flatMap((each) => each.image_urls) };
}

const WHOLE = new Set(Object.values(TAKEN).map((bytes) => bytes.toString('base64')));

/** `isOfStart`: whether the message is that of a start, with which it goes, or after which it is sent again if it is not there. */
function wrongIn(
  { text, images }: SentMessage,
  pictures: PicturesPlan,
  isOfStart: boolean,
): readonly string[] {
  const [ofIssue, ofComment] = [toldOf('issue', text), toldOf('comment', text)];
  const expected = isOfStart ? pictures.issue.length : 0;
  return broken([
    [
      images.length === ofIssue.sent + ofComment.sent,
      `${images.length} pictures, and the message says otherwise`,
    ],
    [images.every((image) => WHOLE.has(image.replace(/^.*,/, ''))), 'a picture that no model takes'],
    [ofIssue.all === expected, `the message tells ${ofIssue.all} pictures of the issue, not ${expected}`],
    [ofComment.all === pictures.comment.length, `the message tells ${ofComment.all} pictures of the comment`],
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
