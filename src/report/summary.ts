import type { Outcome } from '../conversation/outcome.ts';
import type { Inputs } from '../inputs.ts';
import type { StepRecord } from '../record.ts';
import { codeSpan } from '../text/safe.ts';
import { answerIn, type Render, rendererFor, renderWithin } from './answer.ts';
import { type PageContext, pageOf, type Request } from './page.ts';

/** GitHub allows 1 MiB for a step's summary; the rest of the page needs some of it. */
const LARGEST_ANSWER_BYTES = 768 * 1024;
const MAX_MESSAGE_BYTES = 16 * 1024;

/** Collects what the page of a step shows in addition to the outcome. `shownOf` changes a message for people. */
export function pageContext(
  record: StepRecord,
  shown: Pick<PageContext, 'pullRequests' | 'gitHubUrl'>,
  shownOf: (text: string) => string,
): PageContext {
  const { inputs, role, elapsedMs, answerFile, patch, steps, rounds } = record;
  const message = messageGiven(record);
  // The inputs say nothing about where the agent of an existing conversation works.
  const isOwnPlace = inputs?.work.kind === 'start' && role === 'started';
  return {
    ...shown,
    durationMs: elapsedMs,
    steps,
    rounds,
    request: isOwnPlace ? requestIn(inputs, record) : undefined,
    message: message === undefined ? undefined : shownOf(message),
    role,
    answerFile,
    patch,
  };
}

function requestIn({ work, workplace }: Inputs, { worksInFolder }: StepRecord): Request {
  const { model, agentServer } = work.kind === 'start' ? work.assignment : {};
  return worksInFolder ? { model, folder: agentServer?.workingDirectory ?? '' } : { model, workplace };
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
  return pageOf(outcome, context, answer, { mostMessageBytes: MAX_MESSAGE_BYTES });
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
