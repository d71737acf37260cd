import type { ApiVersion } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { Inputs } from '../inputs.ts';
import type { StepRecord } from '../record.ts';
import { codeSpan } from '../text/safe.ts';
import { answerIn, type Render, rendererFor, renderWithin } from './answer.ts';
import { type PageContext, pageOf, type Request } from './page.ts';

/** GitHub allows 1 MiB for a step's summary; the rest of the page needs some of it. */
const LARGEST_ANSWER_BYTES = 768 * 1024;
const MAX_MESSAGE_BYTES = 16 * 1024;

/** What a page needs in addition to the record of the step. */
interface PageExtras extends Pick<PageContext, 'pullRequests' | 'gitHubUrl'> {
  /** Returns a message as people may see it. */
  readonly shownOf: (text: string) => string;
}

/** Collects what the page of a step shows in addition to the outcome. */
export function pageContext(
  record: StepRecord,
  { pullRequests, gitHubUrl, shownOf }: PageExtras,
): PageContext {
  const { inputs, role, elapsedMs, answerFile, patch, version, steps, rounds } = record;
  const message = messageGiven(record);
  // The inputs say nothing about where the agent of an existing conversation works.
  const isOwnPlace = inputs?.work.kind === 'start' && role === 'started';
  return {
    durationMs: elapsedMs,
    pullRequests,
    gitHubUrl,
    steps,
    rounds,
    ...(isOwnPlace && { request: requestIn(inputs, version) }),
    ...(message !== undefined && { message: shownOf(message) }),
    ...(role && { role }),
    ...(answerFile !== undefined && { answerFile }),
    ...(patch && { patch }),
  };
}

function requestIn({ work, workplace }: Inputs, version: ApiVersion | undefined): Request {
  const { model, agentServer } = work.kind === 'start' ? work.assignment : {};
  return {
    ...(model !== undefined && { model }),
    ...(version === 'agent-server'
      ? { folder: agentServer?.workingDirectory ?? '' }
      : workplace && { workplace }),
  };
}

/** Returns the message; `undefined` if no agent got it. */
function messageGiven({ inputs, role, outcome }: StepRecord): string | undefined {
  if (inputs === undefined || outcome?.conversation === undefined || outcome.status === 'start-failed')
    return undefined;
  if (role !== 'started' && role !== 'follow-up') return undefined;
  const { work } = inputs;
  return work.kind === 'start' ? work.assignment.message : work.message;
}

/** Formats the outcome of a step as its summary. */
export async function summaryOf(outcome: Outcome, context: PageContext): Promise<string> {
  const render = await rendererFor(outcome, context.gitHubUrl);
  const answer = answerFor(context, answerIn(outcome) ?? '', render);
  return pageOf(outcome, context, answer, { folded: { mostMessageBytes: MAX_MESSAGE_BYTES } });
}

function answerFor({ answerFile }: PageContext, answer: string, render: Render): string {
  const { shown, isWhole } = renderWithin(
    { room: LARGEST_ANSWER_BYTES, sizeOf: (text) => Buffer.byteLength(text) },
    answer,
    render,
  );
  const more = `The answer continues in the file of the output \`response-file\`${answerFile === undefined ? '' : `: ${codeSpan(answerFile)}`}.`;
  return isWhole ? shown : `${shown}\n\n${more}`;
}
