import { hasAgentEnded, type Outcome } from '../port/outcome.ts';
import type { StepRecord } from '../record/record.ts';
import { areAllPosted, withoutReplies } from '../replies/words.ts';
import { withoutResult } from '../result/words.ts';
import { firstBytesOf } from '../text/safe.ts';
import type { MayLink } from './harmless.ts';

/** The longest answer, as Markdown, that a summary or a comment renders. */
const MAX_RENDERED_BYTES = 256 * 1024;
/** The longest output `response`. Workflows pass it on through `env:`, and Linux allows 131,071 bytes for a variable. */
const MAX_RESPONSE_BYTES = 96 * 1024;

/** Renders an answer as inert Markdown: it mentions nobody, references no issue and loads no image. */
export type Render = (answer: string) => string;

/** Returns the agent's answer, or what it has said so far; `undefined` if the outcome has neither. */
export function wholeAnswerOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'cut-short') return outcome.soFar?.text;
  return hasAgentEnded(outcome) ? outcome.storedEnd?.answer : undefined;
}

/** Returns the answer as people see it: without its last line, if that is for the step, and without replies that they read in their threads. */
export function shownAnswerOf(
  outcome: Outcome,
  { inputs, replies }: Pick<StepRecord, 'inputs' | 'replies'>,
): string {
  const whole = wholeAnswerOf(outcome) ?? '';
  const answer = inputs?.result === undefined ? whole : withoutResult(whole);
  return replies && areAllPosted(replies) ? withoutReplies(answer) : answer;
}

/**
 * Returns the function that renders the answer of an outcome as a block for a Markdown page. Only addresses on GitHub and on
 * the conversation's server become links. Without an answer, the function returns an empty text.
 */
export async function rendererFor(
  outcome: Outcome,
  gitHubUrl: string,
  mayLink: MayLink = () => true,
): Promise<Render> {
  const { conversation } = outcome;
  if (conversation === undefined || (wholeAnswerOf(outcome) ?? '').trim() === '') return () => '';
  const { url, hasNoPage } = conversation;
  const servers = [gitHubUrl, ...(hasNoPage ? [] : [url.replace(/\/conversations\/[^/]*$/, '')])];
  const isKnown = ({ href }: URL): boolean => servers.some((server) => href.startsWith(`${server}/`));
  // Imported only when needed: most steps have no answer to show.
  const { renderReadable } = await import(/* webpackIgnore: true */ './readable.ts');
  const isCutShort = outcome.kind === 'cut-short';
  const heading = isCutShort ? `**${outcome.soFar?.isFromBefore ? 'Before that' : 'So far'}:**\n\n` : '';
  return (answer) =>
    answer === '' ? '' : heading + renderReadable(answer, (address) => isKnown(address) && mayLink(address));
}

/** Returns the value of the output `response`: the whole answer, or its beginning with a note where the rest is. */
export function responseOf(answer: string, file: string | undefined): string {
  const response = firstBytesOf(answer, MAX_RESPONSE_BYTES);
  if (response === answer) return answer;
  return `${response}\n\n[The answer continues${file === undefined ? '' : ` in the file ${file}, which the output response-file names`}.]`;
}

/** Renders as much of an answer as fits into the room, as measured by `sizeOf`. */
export function renderWithin(
  { room, sizeOf }: { readonly room: number; readonly sizeOf: (text: string) => number },
  answer: string,
  render: Render,
): { readonly shown: string; readonly isWhole: boolean } {
  // In UTF-8, a UTF-16 code unit takes at most three bytes.
  let source = firstBytesOf(answer, Math.min(MAX_RENDERED_BYTES, 3 * Math.max(0, room)));
  // A text may grow unevenly when rendered, so each further try cuts off more than the proportion suggests.
  for (let cut = 0.02; ; cut *= 2) {
    const shown = render(source);
    const size = sizeOf(shown);
    if (size <= room || source === '') return { shown, isWhole: source === answer };
    const share = Math.max(0, Math.min(1 - cut, room / size));
    source = firstBytesOf(source, Math.floor(Buffer.byteLength(source) * share));
  }
}
