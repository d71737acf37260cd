import type { Outcome } from '../conversation/outcome.ts';
import { truncated } from '../text/safe.ts';
import type { MayLink } from './harmless.ts';

/** An answer longer than this is not read in a summary. */
const LONGEST_ANSWER_BYTES = 256 * 1024;
/** A longer value cannot be passed on through `env:`: Linux allows 131,071 bytes for a variable. */
const LONGEST_RESPONSE_BYTES = 96 * 1024;
/** A longer answer is not read in a log. */
const LONGEST_QUOTE_BYTES = 64 * 1024;
/** A unit of UTF-16 takes at most so many in UTF-8. */
const MOST_BYTES_PER_UNIT = 3;

/** An answer as Markdown in which nothing of it does anything. */
export type Render = (answer: string) => string;

/** The agent's answer in an outcome. */
export function answerIn(outcome: Outcome): string | undefined {
  return 'result' in outcome ? outcome.result.answer : undefined;
}

/**
 * What shows the answer of an outcome as a block that can stand in a page of Markdown. Only addresses of GitHub, and of the
 * server of the conversation, are links.
 */
export async function rendererFor(
  outcome: Outcome,
  serverUrl: string,
  mayLink: MayLink = () => true,
): Promise<Render> {
  const { conversation } = outcome;
  if (conversation === undefined || (answerIn(outcome) ?? '').trim() === '') return () => '';
  const { url, hasNoPage } = conversation;
  const places = [serverUrl, ...(hasNoPage ? [] : [url.replace(/\/conversations\/[^/]*$/, '')])];
  const isKnown = ({ href }: URL): boolean => places.some((place) => href.startsWith(`${place}/`));
  // A file of its own: most steps have no answer to show.
  const { readable } = await import(/* webpackIgnore: true */ './readable.ts');
  return (answer) => readable(answer, (address) => isKnown(address) && mayLink(address));
}

/** A text as a log shows it. */
export interface Quoted {
  readonly text: string;
  readonly isWhole: boolean;
}

/** As much of the agent's answer as is read in a log, in the form for it; `undefined` if there is none. */
export async function answerForLog(outcome: Outcome): Promise<Quoted | undefined> {
  const answer = answerIn(outcome);
  if (answer === undefined) return undefined;
  const shown = truncated(answer, LONGEST_QUOTE_BYTES);
  // A file of its own: most steps have no answer to show.
  const { forTerminal } = await import(/* webpackIgnore: true */ './terminal.ts');
  return { text: forTerminal(shown), isWhole: shown === answer };
}

/** An answer as an output: whole, or cut with a note that says where the rest is. */
export function responseOf(answer: string, file: string | undefined): string {
  const response = truncated(answer, LONGEST_RESPONSE_BYTES);
  if (response === answer) return answer;
  return `${response}\n\n[The answer continues${file === undefined ? '' : ` in the file ${file}, which the output response-file names`}.]`;
}

/** As much of an answer as has room once it is rendered. */
export function renderWithin(
  { room, sizeOf }: { readonly room: number; readonly sizeOf: (text: string) => number },
  answer: string,
  render: Render,
): { readonly shown: string; readonly isWhole: boolean } {
  let source = truncated(answer, Math.min(LONGEST_ANSWER_BYTES, MOST_BYTES_PER_UNIT * Math.max(0, room)));
  // The more tries a text takes that grows in some places alone, the less of it is tried next.
  for (let cut = 0.02; ; cut *= 2) {
    const shown = render(source);
    const size = sizeOf(shown);
    if (size <= room || source === '') return { shown, isWhole: source === answer };
    const share = Math.max(0, Math.min(1 - cut, room / size));
    source = truncated(source, Math.floor(Buffer.byteLength(source) * share));
  }
}
