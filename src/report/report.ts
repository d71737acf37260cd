import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Ended } from '../conversation/conversation.ts';
import { failureKindOf, type Outcome } from '../conversation/outcome.ts';
import type { Problem } from '../conversation/problem.ts';
import type { Runner } from '../github/runner.ts';
import type { Work } from '../inputs/work.ts';
import { guardedFacts } from '../openhands/guard.ts';
import { beginning } from '../text/safe.ts';
import { asDollars, asDuration } from './duration.ts';
import type { Moment, Part } from './journal.ts';
import { problemLine, unwrittenProblem } from './problem.ts';
import { pullRequestUrls } from './pull-requests.ts';
import { problemIn, type SummaryContext, summaryOf, type Where } from './summary.ts';

/** A longer value cannot be handed on through `env:`: Linux allows 131,071 bytes for a variable. */
const LONGEST_RESPONSE_BYTES = 96 * 1024;

/** What a report needs beside the outcome. */
export interface ReportContext {
  readonly runner: Runner;
  /** Absent where the inputs were wrong. */
  readonly request?: Where & { readonly work: Work };
  /** Absent where no server was asked for a conversation. */
  readonly part?: Part;
  readonly durationMs: number;
  readonly timeline: readonly Moment[];
  /** GitHub's address, without a trailing slash. */
  readonly serverUrl: string;
  readonly temporary: string;
}

/**
 * Tells the outcome: to the next steps by outputs, to people by log and summary, to the workflow by failing the step.
 * Returns what was told beside the outcome.
 */
export async function report(outcome: Outcome, context: ReportContext): Promise<SummaryContext> {
  const { runner, part, durationMs, timeline, serverUrl } = context;
  const { redact } = runner.secrets;
  runner.output('status', outcome.status);
  const results: Results = 'facts' in outcome ? await handOn(outcome, context) : { pullRequestUrls: [] };
  runner.info(`Status: ${outcome.status}, after ${asDuration(durationMs)}${costIn(outcome)}`);
  const told = { durationMs, serverUrl, ...(part && { part }), ...ownPlaceIn(context), ...results };
  const message = messageAsked(outcome, context);
  await runner.summary(
    // The message is redacted here, for it is cut.
    await summaryOf(outcome, told, {
      timeline: timeline.map(({ sinceMs, phase }) => ({ sinceMs, phase: redact(phase) })),
      ...(message !== undefined && { message: redact(message) }),
    }),
  );
  if (outcome.status === 'skipped') runner.notice(outcome.notice);
  // The next steps decide by the outputs: without one of them no step is a success.
  const unwritten = runner.unwritten() ?? results.unsaved;
  const problem = problemIn(outcome, part) ?? unwritten;
  if (problem !== undefined) {
    runner.output('failure-kind', failureKindOf(outcome) ?? problem.kind ?? 'unknown');
    runner.fail(problemLine(problem));
  }
  if (unwritten !== undefined && problem !== unwritten) runner.warning(problemLine(unwritten));
  return told;
}

/** What others said once more without secrets, before it is cut and saved: some come to be known only after it was read. */
export function withoutSecrets(outcome: Outcome, redact: (text: string) => string): Outcome {
  if (!('facts' in outcome)) return outcome;
  const told = { ...outcome, facts: guardedFacts(outcome.facts, redact) };
  if (!('findings' in told)) return told;
  const { answer, reason, ...findings } = told.findings;
  return {
    ...told,
    phase: redact(told.phase),
    findings: {
      ...findings,
      ...(answer !== undefined && { answer: redact(answer) }),
      ...(reason !== undefined && { reason: redact(reason) }),
    },
  };
}

/** Where the step puts an agent to work. What is there already is where it is, whatever the inputs say. */
function ownPlaceIn({ request, part }: ReportContext): Pick<SummaryContext, 'request'> {
  return request?.work.kind === 'start' && part !== 'guest' ? { request } : {};
}

/** The message, where an agent was given it. */
function messageAsked(outcome: Outcome, { request, part }: ReportContext): string | undefined {
  if (request === undefined || outcome.conversation === undefined || outcome.status === 'start-failed')
    return undefined;
  const { work } = request;
  if (work.kind === 'start') return part === 'starter' ? work.assignment.message : undefined;
  return part === 'speaker' ? work.message : undefined;
}

interface Results {
  readonly pullRequestUrls: readonly string[];
  readonly answerFile?: string;
  /** Why there is no file of the answer. */
  readonly unsaved?: Problem;
}

async function handOn(
  { facts, findings }: Pick<Ended, 'facts' | 'findings'>,
  context: ReportContext,
): Promise<Results> {
  const { runner, request, serverUrl } = context;
  const answer = findings?.answer;
  const urls = pullRequestUrls(facts, answer ?? '', request?.workplace, serverUrl);
  const { title, costUsd, tokens } = facts;
  if (title !== undefined) runner.output('title', title);
  if (costUsd !== undefined) runner.output('cost-usd', String(costUsd));
  if (tokens !== undefined) {
    runner.output('input-tokens', String(tokens.input));
    runner.output('output-tokens', String(tokens.output));
  }
  runner.output('pull-request-urls', urls.join('\n'));
  urls.forEach((url) => {
    runner.info(`Pull request: ${url}`);
  });
  if (answer === undefined) {
    if (findings !== undefined) runner.info('The agent left no answer.');
    return { pullRequestUrls: urls };
  }

  const saved = await save(answer, context);
  const { answerFile } = saved;
  runner.output('response', responseOf(answer, answerFile));
  if (answerFile !== undefined) runner.output('response-file', answerFile);
  runner.quote("The agent's answer:", answer);
  return { pullRequestUrls: urls, ...saved };
}

/** A folder of its own: no other step can have put a link there, and none overwrites the file. */
async function save(
  answer: string,
  { temporary }: ReportContext,
): Promise<Pick<Results, 'answerFile' | 'unsaved'>> {
  try {
    const answerFile = join(await mkdtemp(join(temporary, 'openhands-')), 'response.md');
    await writeFile(answerFile, answer);
    return { answerFile };
  } catch (error) {
    return { unsaved: unwrittenProblem('response-file', error) };
  }
}

function responseOf(answer: string, file: string | undefined): string {
  const response = beginning(answer, LONGEST_RESPONSE_BYTES);
  if (response === answer) return answer;
  return `${response}\n\n[The answer goes on${file === undefined ? '' : ` in the file ${file}, which the output response-file names`}.]`;
}

function costIn(outcome: Outcome): string {
  const cost = 'facts' in outcome ? outcome.facts.costUsd : undefined;
  return cost === undefined ? '' : `, for ${asDollars(cost)}`;
}
