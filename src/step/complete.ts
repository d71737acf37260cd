import { type ChecksContext, waitForGreenChecks } from '../checks/checks.ts';
import { markerOf, signingKeyOf } from '../comment/comment.ts';
import { requireAnswer } from '../continue/correction.ts';
import { composeMessage } from '../message/agent-message.ts';
import { unseenBy } from '../message/pictures.ts';
import { type PatchContext, savePatch, savePatchAgain } from '../patch/patch.ts';
import type { StoredEnd } from '../port/conversation.ts';
import { endedOutcome, hasAgentEnded, type Outcome } from '../port/outcome.ts';
import { cutReplies, postReplies, readReplies, type Replying } from '../replies/replies.ts';
import { type Render, rendererFor } from '../report/answer.ts';
import { createsReference } from '../report/comment.ts';
import { FINISH } from '../report/problem.ts';
import { conversationLink } from '../report/words.ts';
import { requireResult, type ResultContext } from '../result/result.ts';
import { cutToSize, postReview, type Reviewing } from '../review/review.ts';
import { extractAndValidate, requireValidAnswer, type SchemaContext } from '../schema/schema.ts';
import { toError } from '../text/to-error.ts';
import { answerSchemaOf, askedOfAnswer, type ConnectedContext, stepTagOf } from './context.ts';

/** Does what the inputs ask for after the agent has ended: patch, result, checks, structured output, review, replies and trajectory. */
export async function complete(ended: Outcome, context: ConnectedContext): Promise<Outcome> {
  // Each feature reads the record when it needs that: what was done before has changed it.
  const patch = patchContext(context);
  const result = resultContext(context);
  const seen = await requireSeen(ended, context);
  // First of all other work, because the sandbox does not run forever.
  const saved = await savePatch(seen, patch);
  const judged = await requireResult(saved, result);
  const checked = await waitForGreenChecks(judged, checksContext(context, patch, result));
  const replying = replyContext(context);
  const answered = replying
    ? await readReplies(checked, replying)
    : { ended: await requireValidAnswer(checked, schemaContext(context)) };
  const resaved = await savePatchAgain(answered.ended, patch);
  const outcome = await postReview(resaved, await reviewContext(resaved, context));
  if (replying)
    await postReplies(
      { ...answered, ended: outcome },
      { ...replying, render: await inertRendererFor(outcome, context) },
    );
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
  const because = `${unseenBy(model)}, says the server`;
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
    isCorrection: saysPicturesUnseen,
    announcement: { kind: 'pictures-unseen' as const, model },
    ...problem,
  };
  const again = await requireAnswer(ended, rule, { ...tools, stepTag: stepTagOf(world) });
  if ('found' in again) return again.ended;
  if (again.kind !== 'invalid-output') return again;
  return endedOutcome('error', again, { problem: { ...problem, because: again.problem.because } });
}

/** Read from stored messages: an older wording must stay known (`stored-messages.test.ts`). */
const WITHOUT_PICTURES =
  'The pictures of the message before this one cannot be seen by the model of this conversation. Do the task from the text alone.';

/** Whether a message says that the model sees no pictures. */
export function saysPicturesUnseen(message: string): boolean {
  return message.startsWith(WITHOUT_PICTURES);
}

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
  return { ...tools, options, github, gitHubUrl: world.workflow.gitHubUrl, stepTag: stepTagOf(world) };
}

/** Returns what waitForGreenChecks needs; `undefined` if the inputs do not ask for that. */
function checksContext(
  context: ConnectedContext,
  patch: PatchContext | undefined,
  result: ResultContext | undefined,
): ChecksContext | undefined {
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
    afterAnswer: async (ended) => requireResult(await savePatchAgain(ended, patch), result),
  };
}

/** Returns what requireValidAnswer needs; `undefined` if the inputs do not ask for that. */
function schemaContext(context: ConnectedContext): SchemaContext | undefined {
  const { world, review, replies, tools } = context;
  const schema = answerSchemaOf(context);
  if (schema === undefined) return undefined;
  const { redact } = tools;
  const common = { ...tools, schema, stepTag: stepTagOf(world), validate: world.validate };
  if (review) return { ...common, name: 'the review schema', adjust: (value) => cutToSize(value, redact) };
  if (replies === undefined) return { ...common, name: 'output-schema' };
  const { asksForResult } = askedOfAnswer(context);
  return {
    ...common,
    name: 'the schema of replies',
    adjust: (value) => cutReplies(value, replies.threads, redact),
    ...(asksForResult && { withMore: (task) => composeMessage({ task, asksForResult }) }),
  };
}

/** Returns what replies need; `undefined` if the inputs ask for none, or there is no thread to reply in. */
function replyContext(context: ConnectedContext): Replying | undefined {
  const { world, inputs, replies, tools } = context;
  const schema = schemaContext(context);
  if (replies === undefined || schema === undefined) return undefined;
  const { repository, number: issue } = replies.pull;
  const { gitHubUrl } = world.workflow;
  return {
    ...tools,
    ...replies,
    markerOf: (id) => markerOf(id, { repository, issue }, signingKeyOf(inputs)),
    requireValid: async (checked) => requireValidAnswer(checked, schema),
    check: async (answer) => extractAndValidate(schema.schema, answer, schema),
    url: `${gitHubUrl}/${repository}/pull/${issue}#pullrequestreview-${replies.review}`,
  };
}

/** Returns what postReview needs; `undefined` if the inputs do not ask for that. */
async function reviewContext(ended: Outcome, context: ConnectedContext): Promise<Reviewing | undefined> {
  const { world, inputs, review, tools } = context;
  if (review === undefined) return undefined;
  const { repository, number: issue } = review.pull;
  const { gitHubUrl } = world.workflow;
  return {
    ...tools,
    ...review,
    markerOf: (id) => markerOf(id, { repository, issue }, signingKeyOf(inputs)),
    render: await inertRendererFor(ended, context),
    repositoryUrl: `${gitHubUrl}/${repository}`,
    conversationLink: conversationLink(ended.conversation),
  };
}

/** Returns what renders texts of an agent for a pull request: they mention nobody, and add no reference to another page of GitHub. */
async function inertRendererFor(ended: Outcome, { world }: ConnectedContext): Promise<Render> {
  return rendererFor(ended, world.workflow.gitHubUrl, (address) => !createsReference(address));
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
