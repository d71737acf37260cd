import { checksOutput } from './checks/words.ts';
import type { Conversation, Facts } from './conversation/conversation.ts';
import type { Role } from './conversation/events.ts';
import { failureKindOf, type Outcome } from './conversation/outcome.ts';
import type { Runner } from './github/runner.ts';
import type { OutputName } from './interface.ts';
import type { Sink, StepRecord } from './record/record.ts';
import type { StepEvent } from './record/step-event.ts';
import { answerIn, responseOf } from './report/answer.ts';
import { linesOf } from './report/log.ts';
import { pullRequestsOf } from './report/pull-requests.ts';
import { asClock, asDuration, costWords, notWaited } from './report/words.ts';
import { firstBytesOf } from './text/safe.ts';

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

/** Writes an output, unless its value is unknown. */
type Write = (name: OutputName, value: string | number | undefined) => void;

/** Writes outputs as soon as they are known, so that a later kill loses none. */
export function outputSink(runner: Runner, gitHubUrl: string): Sink {
  const write: Write = (name, value) => {
    if (value !== undefined) runner.output(name, String(value));
  };
  return (event, record, before) => {
    writeEvent(event, record, before, write);
    const urls = pullRequestsOf(record, gitHubUrl).join('\n');
    const isEnd = event.kind === 'ended' && 'facts' in event.outcome;
    if (isEnd || urls !== pullRequestsOf(before, gitHubUrl).join('\n')) write('pull-request-urls', urls);
  };
}

function writeEvent(event: StepEvent, record: StepRecord, before: StepRecord, write: Write): void {
  switch (event.kind) {
    case 'chosen':
      // The server hides the conversation that was chosen before.
      if (before.chosen !== undefined) writeLink({ id: '', url: '' }, record, write);
      break;
    case 'found':
      if (before.conversation?.url !== event.conversation.url) writeLink(event.conversation, record, write);
      if (event.role !== undefined) write('reused', String(isReused(event.role, record)));
      break;
    case 'state':
      if (event.facts.title !== before.facts.title) write('title', event.facts.title);
      break;
    case 'patch-saved':
    case 'patch-dropped':
      write('patch-file', event.kind === 'patch-saved' ? event.path : '');
      write('patch-base', event.kind === 'patch-saved' ? event.base : '');
      break;
    case 'checking':
      write('checks', 'pending');
      break;
    case 'invalid-answer':
      write('checks', event.checks);
      break;
    case 'round':
    case 'round-of-other-step':
      write('checks', 'failed');
      break;
    case 'reviewed':
      write('review-url', event.url);
      break;
    case 'ended':
      writeEnd(event.outcome, record, write);
      break;
    default:
  }
}

/** Whether the step was to start a conversation, but attaches or sends a message to an existing one. */
function isReused(role: Role, { inputs }: StepRecord): boolean {
  return inputs?.work.kind === 'start' && role !== 'started';
}

function writeLink({ id, url }: Conversation, { version }: StepRecord, write: Write): void {
  write('conversation-id', id);
  write('conversation-url', url);
  write('api-version', version ?? '');
  write('status', 'running');
}

function writeEnd(outcome: Outcome, { answerFile }: StepRecord, write: Write): void {
  const { title, costUsd, tokens }: Partial<Facts> = 'facts' in outcome ? outcome.facts : {};
  const answer = answerIn(outcome);
  write('status', outcome.status);
  write('failure-kind', failureKindOf(outcome));
  write('checks', checksOutput(outcome));
  write('title', title);
  write('cost-usd', costUsd);
  write('input-tokens', tokens?.input);
  write('output-tokens', tokens?.output);
  write('structured-output', 'structured' in outcome ? outcome.structured : undefined);
  write('response', answer === undefined ? undefined : responseOf(answer, answerFile));
  write('response-file', answerFile);
}

/** Prints the log. */
export function logSink(runner: Runner, gitHubUrl: string): Sink {
  let loggedMs = 0;
  return (event, record, before) => {
    const isSilent = record.elapsedMs - loggedMs >= SILENCE_MS;
    const plain: string[] = [];
    for (const { level, text } of linesOf(event, record, before)) {
      if (level === 'step' || (level === 'heartbeat' && isSilent)) {
        loggedMs = record.elapsedMs;
        plain.push(`[${asClock(record.elapsedMs)}] ${text}`);
      } else if (level !== 'heartbeat') {
        runner.info(...plain.splice(0));
        runner[level](text);
      }
    }
    runner.info(...plain);
    if (event.kind === 'ended') printEnd(event, record, { runner, gitHubUrl });
  };
}

function printEnd(
  { outcome }: StepEvent & { readonly kind: 'ended' },
  record: StepRecord,
  { runner, gitHubUrl }: { readonly runner: Runner; readonly gitHubUrl: string },
): void {
  runner.info(...pullRequestsOf(record, gitHubUrl).map((url) => `Pull request: ${url}`));
  printAnswer(outcome, runner);
  const cost = 'facts' in outcome ? outcome.facts.costUsd : undefined;
  const price = cost === undefined ? '' : `, ${costWords(cost, record.role)}`;
  runner.info(`Status: ${outcome.status} after ${asDuration(record.elapsedMs)}${price}${notWaited(outcome)}`);
  if (outcome.status === 'skipped') runner.notice(outcome.notice);
  const { failedTo, reasons = [] } = 'problem' in outcome ? outcome.problem : {};
  // One on each line: a long error line is hard to read.
  if (reasons.length > 1) runner.info(`Failed to ${failedTo}:`, ...reasons.map((reason) => `- ${reason}`));
}

function printAnswer(outcome: Outcome, runner: Runner): void {
  const answer = answerIn(outcome);
  if (answer === undefined) {
    if ('result' in outcome) runner.info('The agent gave no answer.');
    return;
  }
  const shown = firstBytesOf(answer, MAX_LOGGED_BYTES);
  runner.quote('soFar' in outcome ? 'What the agent has said so far:' : "The agent's answer:", shown);
  if (shown !== answer) runner.info('… The rest is in the file that the output response-file names.');
}
