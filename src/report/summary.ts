import type { ApiVersion } from '../conversation/conversation.ts';
import type { Outcome } from '../conversation/outcome.ts';
import type { Inputs } from '../inputs.ts';
import type { StepRecord } from '../record.ts';
import { codeSpan } from '../text/safe.ts';
import { answerIn, type Render, rendererFor, renderWithin } from './answer.ts';
import { type PageContext, pageOf, type Request } from './page.ts';

/** A step's summary may have 1 MiB, and other texts need some of it. */
const LARGEST_ANSWER_BYTES = 768 * 1024;
const LONGEST_MESSAGE_BYTES = 16 * 1024;

/** What the record of a step does not know. */
interface Told extends Pick<PageContext, 'pullRequests' | 'serverUrl'> {
  /** What people see of the message: no secrets. */
  readonly shownOf: (text: string) => string;
}

/** What the record of a step tells beside its outcome. */
export function pageContext(record: StepRecord, { pullRequests, serverUrl, shownOf }: Told): PageContext {
  const { inputs, role, elapsedMs, answerFile, patch, version, steps, rounds } = record;
  const message = messageGiven(record);
  // What is there already is where it is, whatever the inputs say.
  const isOwnPlace = inputs?.work.kind === 'start' && role === 'started';
  return {
    durationMs: elapsedMs,
    pullRequests,
    serverUrl,
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

/** The message, if an agent was given it. */
function messageGiven({ inputs, role, outcome }: StepRecord): string | undefined {
  if (inputs === undefined || outcome?.conversation === undefined || outcome.status === 'start-failed')
    return undefined;
  if (role !== 'started' && role !== 'follow-up') return undefined;
  const { work } = inputs;
  return work.kind === 'start' ? work.assignment.message : work.message;
}

/** The outcome of a step as the page of its summary. */
export async function summaryOf(outcome: Outcome, context: PageContext): Promise<string> {
  const render = await rendererFor(outcome, context.serverUrl);
  const answer = answerFor(context, answerIn(outcome) ?? '', render);
  return pageOf(outcome, context, answer, { folded: { mostMessageBytes: LONGEST_MESSAGE_BYTES } });
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
