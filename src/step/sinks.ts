import type { Runner } from '../github/runner.ts';
import { OUTPUT_NAMES, type OutputName } from '../interface.ts';
import type { Facts } from '../port/conversation.ts';
import { hasAgentEnded, hasConversation, type Outcome, resultsOf } from '../port/outcome.ts';
import type { StepRecord } from '../record/record.ts';
import type { Sink } from '../record/recorder.ts';
import type { StepEvent } from '../record/step-event.ts';
import { responseOf, shownAnswerOf, wholeAnswerOf } from '../report/answer.ts';
import { linesOf } from '../report/log.ts';
import { failureKindOf, problemIn } from '../report/problem.ts';
import { pullRequestsOf } from '../report/pull-requests.ts';
import { asClock, asDuration, costWords, noteWithoutWait } from '../report/words.ts';
import { firstBytesOf } from '../text/safe.ts';
import type { WriteOutcome } from './outcome-file.ts';

/** The log is silent for this long before a heartbeat: under a minute, because looks come a little early or late. */
const SILENCE_MS = 59_000;
/** The longest answer that the log shows. */
const MAX_LOGGED_BYTES = 64 * 1024;

/** Saves what main leaves for post, whenever it changes. */
export function stateSink(runner: Runner): Sink {
  return (_event, { unfinishedWork }, before) => {
    if (unfinishedWork !== before.unfinishedWork) runner.saveState(unfinishedWork);
  };
}

/**
 * Writes the outcome file whenever it changes: what the conversation has cost before, once that is known; what is known of the conversation
 * once the agent has ended, because the step may be killed before its end; and the end.
 */
export function outcomeSink(write: WriteOutcome, gitHubUrl: string): Sink {
  let hasEnded = false;
  // The address that the output tells, too.
  let url: string | undefined;
  return (event, record, before) => {
    hasEnded ||= event.kind === 'agent-ended';
    const { 'conversation-url': told } = outputsAfter(event, record, before);
    if (told !== undefined) url = String(told);
    const { conversation, facts, outcome, costBeforeUsd = null } = record;
    const known = hasEnded && conversation ? ({ kind: 'not-over', conversation, facts } as const) : undefined;
    const account = outcome ?? known;
    if (account === undefined) write(undefined, { pullRequests: [], costBeforeUsd });
    else write(account, { pullRequests: pullRequestsOf(record, gitHubUrl), costBeforeUsd, url });
  };
}

type Outputs = Partial<Record<OutputName, string | number | undefined>>;

/** Writes outputs as soon as they are known or have changed, so that a later kill loses none. */
export function outputSink(runner: Runner, gitHubUrl: string): Sink {
  const written: Outputs = {};
  return (event, record, before) => {
    const outputs = outputsAfter(event, record, before);
    // Only at the end of a conversation is it known that there are no pull requests: then the output is empty.
    const isEnd = event.kind === 'ended' && hasConversation(event.outcome);
    const urls = pullRequestsOf(record, gitHubUrl).join('\n');
    if (isEnd || urls !== '') outputs['pull-request-urls'] = urls;
    for (const name of OUTPUT_NAMES) {
      const value = outputs[name];
      if (value === undefined || value === written[name]) continue;
      written[name] = value;
      runner.output(name, String(value));
    }
  };
}

/** Takes back what the outputs say of a conversation. */
const NO_CONVERSATION: Outputs = {
  'conversation-id': '',
  'conversation-url': '',
  title: '',
  'pull-request-urls': '',
  reused: '',
};

/** Returns the outputs that an event shows; `undefined` for what is unknown. An empty text takes back what was written before. */
function outputsAfter(event: StepEvent, record: StepRecord, before: StepRecord): Outputs {
  switch (event.kind) {
    case 'chosen':
    case 'archived':
      // The server hides the conversation that was chosen before, or it is archived.
      return before.chosen === undefined ? {} : NO_CONVERSATION;
    case 'found':
      return {
        'conversation-id': event.conversation.id,
        'conversation-url': event.conversation.url,
        'api-version': record.version,
        status: 'running',
        // Whether the step was to start a conversation, but attaches or sends a message to an existing one.
        reused: event.role && String(record.inputs?.work.kind === 'start' && event.role !== 'started'),
      };
    case 'state':
      return { title: event.facts.title };
    case 'patch-saved':
      return { 'patch-file': event.path, 'patch-base': event.base };
    case 'patch-dropped':
      return { 'patch-file': '', 'patch-base': '' };
    case 'checking':
      return { checks: 'pending' };
    case 'invalid-answer':
    case 'correction-left':
      // If there were checks, they have ended, and the output still says `pending`.
      return { checks: event.checks };
    case 'round':
    case 'round-of-other-step':
      return { checks: 'failed' };
    case 'reviewed':
      return { 'review-url': event.url };
    case 'ended':
      return lastOutputs(event.outcome, record);
    // Most events show no output.
    default:
      return {};
  }
}

function lastOutputs(outcome: Outcome, { answerFile }: StepRecord): Outputs {
  const { title, costUsd, tokens }: Partial<Facts> = hasConversation(outcome) ? outcome.facts : {};
  const { checks, structured } = resultsOf(outcome);
  const answer = wholeAnswerOf(outcome);
  return {
    status: outcome.status,
    'failure-kind': failureKindOf(outcome),
    checks,
    title,
    'cost-usd': costUsd,
    'input-tokens': tokens?.input,
    'output-tokens': tokens?.output,
    'structured-output': structured,
    response: answer === undefined ? undefined : responseOf(answer, answerFile),
    'response-file': answerFile,
  };
}

/** Prints the log. */
export function logSink(runner: Runner, gitHubUrl: string): Sink {
  /** When the last plain line was logged, in milliseconds from the start of the step. */
  let loggedMs = 0;
  return (event, record, before) => {
    const isSilent = record.elapsedMs - loggedMs >= SILENCE_MS;
    // Plain lines are written in one go, but before the annotation that follows them.
    const plain: string[] = [];
    for (const { level, text } of linesOf(event, record, before)) {
      if (level === 'heartbeat' && !isSilent) continue;
      if (level === 'step' || level === 'heartbeat') {
        loggedMs = record.elapsedMs;
        plain.push(`[${asClock(record.elapsedMs)}] ${text}`);
      } else {
        runner.info(...plain.splice(0));
        runner[level](text);
      }
    }
    runner.info(...plain);
    if (event.kind !== 'ended') return;
    runner.info(...pullRequestsOf(record, gitHubUrl).map((url) => `Pull request: ${url}`));
    printEnd(event.outcome, record, runner);
  };
}

function printEnd(outcome: Outcome, record: StepRecord, runner: Runner): void {
  // The answer of a review is JSON. People read it as the review, and what could not be posted in the summary.
  if (record.review === undefined) printAnswer(outcome, record, runner);
  const cost = hasConversation(outcome) ? outcome.facts.costUsd : undefined;
  const price = cost === undefined ? '' : `, ${costWords(cost, record)}`;
  runner.info(
    `Status: ${outcome.status} after ${asDuration(record.elapsedMs)}${price}${noteWithoutWait(outcome)}`,
  );
  if (outcome.status === 'skipped') runner.notice(outcome.notice);
  const { failedTo, reasons = [] } = problemIn(outcome) ?? {};
  // One on each line: a long error line is hard to read.
  if (reasons.length > 1) runner.info(`Failed to ${failedTo}:`, ...reasons.map((reason) => `- ${reason}`));
}

function headingOf(outcome: Outcome): string {
  if (outcome.kind !== 'cut-short') return "The agent's answer:";
  return outcome.soFar?.isFromBefore ? 'What the agent had said before:' : 'What the agent has said so far:';
}

function printAnswer(outcome: Outcome, record: StepRecord, runner: Runner): void {
  const answer = shownAnswerOf(outcome, record);
  if (answer === '') {
    // Not if there is an answer of which nothing is shown: it may have only the line for `require-result`.
    if (hasAgentEnded(outcome) && outcome.storedEnd && wholeAnswerOf(outcome) === undefined)
      runner.info('The agent gave no answer.');
    return;
  }
  const shown = firstBytesOf(answer, MAX_LOGGED_BYTES);
  runner.quote(headingOf(outcome), shown);
  if (shown !== answer) runner.info('… The rest is in the file that the output response-file names.');
}
