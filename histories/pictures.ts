import type { GithubApiOptions } from '../simulator/github/api.ts';
import { ANIMATED_GIF, GIF, JPEG, PNG } from '../simulator/github/picture-files.ts';
import { FAULTS } from '../testbed/faults.ts';
import type { Mishap } from '../testbed/mishap.ts';
import { diceOf } from './dice.ts';
import type { History, PicturesPlan, StepPlan } from './history.ts';

/** The number of the comment: no comment of a step has it. */
const COMMENT = 5_500_000;
const TOO_LARGE = 3_300_000;
/** Those that models take. */
export const TAKEN = { png: PNG, gif: GIF } as const;
const BYTES: Readonly<Record<Exclude<PicturesPlan['issue'][number], 'gone' | 'old'>, Buffer>> = {
  ...TAKEN,
  header: PNG.subarray(0, 8),
  cut: JPEG.subarray(0, -2),
  animated: ANIMATED_GIF,
  text: Buffer.from('<svg/>'),
  // One that is cut off must not be whole.
  large: Buffer.concat([JPEG.subarray(0, -2), Buffer.alloc(TOO_LARGE), JPEG.subarray(-2)]),
};

function uploadOf(text: 'issue' | 'comment', index: number): string {
  return `0a1b2c3d-0000-4000-8000-${text === 'issue' ? '1' : '2'}${String(index).padStart(11, '0')}`;
}

function bodyOf(text: 'issue' | 'comment', { [text]: pictures }: PicturesPlan): string {
  const shots = pictures.map(
    (what, index) =>
      `![shot](https://github.com/${what === 'old' ? 'octo-org/octo-repo/assets/1' : 'user-attachments/assets'}/${uploadOf(text, index)})`,
  );
  return [`The ${text}.`, ...shots].join('\n');
}

/** Returns the texts of the issue and of its comment, with their paths in GitHub's API. */
export function textsWith(
  pictures: PicturesPlan,
): readonly { readonly name: 'issue' | 'comment'; readonly path: string; readonly body: string }[] {
  return [
    { name: 'issue', path: 'issues/1', body: bodyOf('issue', pictures) },
    { name: 'comment', path: `issues/comments/${COMMENT}`, body: bodyOf('comment', pictures) },
  ];
}

/** Returns the options of a GitHub that has the pictures of a history; without any, there is no host of pictures. */
export function githubWith({ pictures }: History): Pick<GithubApiOptions, 'texts' | 'uploads'> {
  if (pictures === undefined) return {};
  const uploads = (['issue', 'comment'] as const).flatMap((text) =>
    pictures[text].flatMap((what, index) =>
      what === 'gone' || what === 'old' ? [] : [[uploadOf(text, index), BYTES[what]] as const],
    ),
  );
  return {
    texts: Object.fromEntries(textsWith(pictures).map(({ path, body }) => [path, body])),
    uploads: Object.fromEntries(uploads),
  };
}

/** Returns the inputs with a template in place of the message, which inserts the texts that have pictures. */
export function withTemplate(
  inputs: Readonly<Record<string, string>>,
  { pictures }: History,
): Readonly<Record<string, string>> {
  const { message, ...others } = inputs;
  if (pictures === undefined || message === undefined) return inputs;
  const texts = '{{ github.event.issue.body }}\n{{ github.event.comment.body }}';
  return { ...others, 'message-template': `${texts}\n${message}` };
}

/** The faults that happen to one request. */
const ONCE = FAULTS.filter(({ mishap }) => mishap.times === undefined);

/** Returns what happens to each request of a step for the pictures. */
export function pictureFaultsOf(
  { pictures, seed }: Pick<History, 'pictures' | 'seed'>,
  { run, attempt }: StepPlan,
): (target: string) => Mishap | undefined {
  const dice = diceOf(seed * 37 + run * 11 + attempt);
  const isAbout = new RegExp(String.raw`^/583231/|/issues/(?:1|comments/${COMMENT})$`);
  return (target) =>
    pictures !== undefined && isAbout.test(target) && dice.chance(pictures.failing)
      ? dice.pick(ONCE).mishap
      : undefined;
}
