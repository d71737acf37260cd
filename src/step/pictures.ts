import { lacksRight } from '../github/failure.ts';
import { picturedTextsIn, type ReadPictures, readPictures } from '../github/pictures.ts';
import { describeLeftOut, describePictures, type PicturesOf } from '../message/pictures.ts';
import { type Draft, type Message, plainDraft } from '../port/assignment.ts';
import { asClause } from '../text/safe.ts';
import type { ConnectedContext } from './context.ts';

/** The texts whose pictures an existing conversation gets: it may have seen those of the others. */
const OF_FOLLOW_UP = ['github.event.comment.body', 'github.event.review.body'];
const GITHUB = 'https://github.com';

/**
 * Returns the draft of a message with the pictures of the texts that its template has inserted.
 *
 * @param compose returns the text of the message, with what it says of its pictures, if there are any.
 */
export function draftWithPictures(
  context: ConnectedContext,
  role: 'start' | 'follow-up',
  compose: (pictures?: string) => string,
): Draft {
  const { world, inputs, api, recorder, signal } = context;
  const { gitHubUrl } = world.workflow;
  const inserted = inputs.inserted.filter(({ name }) => role === 'start' || OF_FOLLOW_UP.includes(name));
  const texts = picturedTextsIn(inserted, world.event, gitHubUrl);
  if (texts.length === 0) return plainDraft(compose());
  const whyNone = api.takesPictures ? undefined : 'this API takes none';
  const whyNotRead = gitHubUrl === GITHUB ? whyNone : `only those on ${GITHUB} can be read`;
  let read: ReadPictures = { pictures: [], all: [] };
  const write = async (): Promise<Message> => {
    const github = world.github(inputs.githubToken);
    if (whyNotRead === undefined) read = await readPictures(texts, { ...world, github, signal });
    else recorder.emit({ kind: 'pictures', count: 0, note: whyNotRead });
    return finish(read);
  };
  const finish = ({ pictures, all, failure }: ReadPictures): Message => {
    const leftOut = describeLeftOut(all);
    const hint = failure && lacksRight(failure) ? hintFor(context) : '';
    const why = failure === undefined ? '' : ` (${asClause(failure.message)}${hint})`;
    if (all.length > 0)
      recorder.emit({
        kind: 'pictures',
        count: pictures.length,
        ...(leftOut !== undefined && { problem: leftOut + why }),
      });
    return { text: compose(describePictures(all)), pictures };
  };
  let written: Promise<Message> | undefined;
  return {
    write: async () => (written ??= write()),
    dropPictures: () => {
      written = Promise.resolve(finish({ ...read, pictures: [], all: read.all.map(leaveOutRefused) }));
    },
  };
}

/** Leaves out the pictures that the server refuses for their size: all that were to be sent. */
function leaveOutRefused({ text, pictures }: PicturesOf): PicturesOf {
  return { text, pictures: pictures.map((each) => ({ leftOut: 'refused', ...each })) };
}

function hintFor({ world }: ConnectedContext): string {
  const right = world.event.pullRequest === undefined ? 'issues: read' : 'pull-requests: read';
  return `; give the job the permission ${right}, or set images: false`;
}
