import { type ChecksContext, waitForGreenChecks } from '../checks/checks.ts';
import { markerOf, signingKeyOf } from '../comment/comment.ts';
import { composeMessage } from '../message/agent-message.ts';
import { type PatchContext, savePatch, savePatchAgain } from '../patch/patch.ts';
import type { StoredEnd } from '../port/conversation.ts';
import { endedOutcome, hasAgentEnded, type Outcome } from '../port/outcome.ts';
import type { StepRecord } from '../record/record.ts';
import { rendererFor } from '../report/answer.ts';
import { createsReference } from '../report/comment.ts';
import { FINISH } from '../report/problem.ts';
import { beganEarlier, conversationLink } from '../report/words.ts';
import { requireResult, type ResultContext } from '../result/result.ts';
import { cutToSize, postReview, type Reviewing } from '../review/review.ts';
import { requireValidAnswer, type SchemaContext } from '../schema/schema.ts';
import { toError } from '../text/to-error.ts';
import { type CorrectionContext, requireAnswer } from '../wait/correction.ts';
import { answerSchemaOf, askedOfAnswer, type ConnectedContext, stepTagOf } from './context.ts';

/** Does what the inputs ask for after the agent has ended: patch, result, checks, structured output, review and trajectory. */
export async function complete(ended: Outcome, context: ConnectedContext): Promise<Outcome> {
  // Read now: a correction that is delivered makes an observer a follow-up.
  const { role } = context.tools.record();
  const seen = await requireSeen(ended, context);
  // First of all other work, because the sandbox does not run forever.
  const saved = await savePatch(seen, patchContext(context));
  const judged = await requireResult(saved, resultContext(context));
  const checked = await waitForGreenChecks(judged, checksContext(context));
  const answered = await requireValidAnswer(checked, schemaContext(context));
  const resaved = await savePatchAgain(answered, patchContext(context));
  const outcome = await postReview(resaved, await reviewContext(resaved, beganEarlier(role), context));
  await saveTrajectory(outcome, context);
  return outcome;
}

/**
 * If the server has answered in place of a model that sees no pictures, asks the agent once to do without. Returns the outcome: if the server
 * does so again, the model has failed.
 *
 * @throws an interruption.
 */
async function requireSeen(ended: Outcome, context: ConnectedContext): Promise<Outcome> {
  const { world, tools } = context;
  const model = ended.kind === 'succeeded' ? ended.storedEnd?.blindModel : undefined;
  if (ended.kind !== 'succeeded' || model === undefined) return ended;
  const because = `the model ${model} sees no pictures, says the server`;
  const problem = {
    failedTo: FINISH,
    because,
    advice: 'use a model that sees pictures, or set images: false',
    next: 'new-agent',
    kind: 'model',
  } as const;
  const rule = {
    name: 'the message' as const,
    check: async (_: unknown, end: StoredEnd | undefined) =>
      Promise.resolve(end?.blindModel === undefined ? {} : { problems: [because] }),
    correctionOf: () => composeMessage({ task: WITHOUT_PICTURES, ...askedOfAnswer(context) }),
    announcement: { kind: 'pictures-unseen' as const, model },
    ...problem,
  };
  const asked = askedBy(tools.record());
  const again = await requireAnswer(ended, rule, { ...tools, asked, stepTag: stepTagOf(world) });
  if ('found' in again) return again.ended;
  if (again.kind !== 'invalid-output') return again;
  return endedOutcome('error', again, { problem: { ...problem, because: again.problem.because } });
}

const WITHOUT_PICTURES =
  'The pictures of the message before this one cannot be seen by the model of this conversation. Do the task from the text alone.';

/** Returns what savePatch needs; `undefined` if the inputs do not ask for that. */
export function patchContext({ world, inputs, tools }: ConnectedContext): PatchContext | undefined {
  const { patchFile: path } = inputs;
  if (path === undefined) return undefined;
  return {
    ...tools,
    path,
    // A start for a patch needs a repository: the server's adapter refuses one without.
    asksForRepository: inputs.work.kind === 'start',
    hasSecret: world.runner.secrets.hasSecret,
    save: async (pieces) => world.save(path, pieces, world.workflow.roots),
  };
}

/** Returns what requireResult needs; `undefined` if the inputs do not ask for that. */
function resultContext({ world, inputs, github, tools }: ConnectedContext): ResultContext | undefined {
  const { result: options } = inputs;
  if (options === undefined) return undefined;
  const record = tools.record();
  return {
    ...tools,
    options,
    github,
    gitHubUrl: world.workflow.gitHubUrl,
    isNew: record.role === 'started',
    hasAsked: !beganEarlier(record.role) || record.rounds.length > 0,
    mayCorrect: !record.hasCorrected,
    asked: askedBy(record),
    stepTag: stepTagOf(world),
  };
}

/** Returns what waitForGreenChecks needs; `undefined` if the inputs do not ask for that. */
function checksContext(context: ConnectedContext): ChecksContext | undefined {
  const { world, inputs, github, tools } = context;
  const { checks: options } = inputs;
  if (options === undefined) return undefined;
  const { repository } = options;
  const { runId: ownRun, gitHubUrl } = world.workflow;
  return {
    ...tools,
    options,
    asked: askedOfAnswer(context),
    source: { github, repository, ownRun, gitHubUrl },
    afterAnswer: async (ended) =>
      requireResult(await savePatchAgain(ended, patchContext(context)), resultContext(context)),
    isNew: tools.record().role === 'started',
  };
}

/** Returns the position before this step's last message, as a correction needs it: that of its start is the first one. */
function askedBy({ role, messageCursor }: StepRecord): CorrectionContext['asked'] {
  return messageCursor ?? (role === 'started' ? {} : undefined);
}

/** Returns what requireValidAnswer needs; `undefined` if the inputs do not ask for that. */
function schemaContext(context: ConnectedContext): SchemaContext | undefined {
  const { world, inputs, tools } = context;
  const schema = answerSchemaOf(context);
  if (schema === undefined) return undefined;
  const record = tools.record();
  return {
    ...tools,
    schema,
    mayCorrect: record.role !== 'attached' || record.hasSeenWork,
    asked: askedBy(record),
    stepTag: stepTagOf(world),
    validate: world.validate,
    ...(inputs.review === undefined
      ? { name: 'output-schema' }
      : { name: 'the review schema', adjust: (value) => cutToSize(value, tools.redact) }),
  };
}

/** Returns what postReview needs; `undefined` if the inputs do not ask for that. */
async function reviewContext(
  ended: Outcome,
  wasAskedEarlier: boolean,
  { world, inputs, review, tools }: ConnectedContext,
): Promise<Reviewing | undefined> {
  if (review === undefined) return undefined;
  const { repository, number: issue } = review.pull;
  const { gitHubUrl } = world.workflow;
  return {
    ...tools,
    ...review,
    wasAskedEarlier,
    markerOf: (id) => markerOf(id, { repository, issue }, signingKeyOf(inputs)),
    render: await rendererFor(ended, gitHubUrl, (address) => !createsReference(address)),
    repositoryUrl: `${gitHubUrl}/${repository}`,
    conversationLink: conversationLink(ended.conversation),
  };
}

/** Saves the trajectory, if the inputs ask for that. A failure or an interruption does not change the outcome. */
async function saveTrajectory(
  outcome: Outcome,
  { world, inputs: { trajectoryFile: path }, api, tools: { emit }, signal }: ConnectedContext,
): Promise<void> {
  if (path === undefined || !hasAgentEnded(outcome)) return;
  try {
    await api.downloadTrajectory(
      outcome.conversation.id,
      async (pieces) => world.save(path, pieces, world.workflow.roots),
      signal,
    );
    emit({ kind: 'trajectory-saved', path });
  } catch (error) {
    emit({ kind: 'trajectory-missing', because: toError(error).message });
  }
}
