import { type Checking, waitForGreenChecks } from './checks/checks.ts';
import { markerOf, signingKeyOf } from './comment/comment.ts';
import type { ConnectedContext } from './context.ts';
import type { Conversation, Ended } from './conversation/conversation.ts';
import type { Outcome } from './conversation/outcome.ts';
import { type PatchSaving, savePatch, savePatchAgain } from './patch/patch.ts';
import { rendererFor } from './report/answer.ts';
import { createsReference } from './report/comment.ts';
import { pullRequestNumbersIn } from './report/pull-requests.ts';
import { beganEarlier, conversationLink } from './report/words.ts';
import { cutToSize, postReview } from './review/review.ts';
import { type AnswerCheck, hasSucceeded, requireValidAnswer } from './schema/schema.ts';
import { toError } from './text/to-error.ts';

/** Does what the inputs ask for after the agent has ended: patch, checks, structured output, review and trajectory. */
export async function complete(ended: Outcome, context: ConnectedContext): Promise<Outcome> {
  const { trajectoryFile, outputSchema: schema } = context.inputs;
  const { role } = context.recorder.record();
  const saving = patchSavingOf(context);
  const checking = checkingOf(saving, context);
  // First, because the sandbox does not run forever.
  const saved = await savePatch(ended, saving);
  const checked = checking && saved.status === 'finished' ? await waitForGreenChecks(saved, checking) : saved;
  const answered =
    schema === undefined ? checked : await requireValidAnswer(checked, checkOf(schema, context));
  const resaved = await savePatchAgain(answered, saving);
  const outcome = hasSucceeded(resaved)
    ? await postReviewIfAsked(resaved, beganEarlier(role), context)
    : resaved;
  if (trajectoryFile !== undefined && 'phase' in outcome)
    await saveTrajectory(trajectoryFile, outcome.conversation, context);
  return outcome;
}

/** Returns what it takes to save the agent's changes; `undefined` if the inputs do not ask for that. */
export function patchSavingOf({ world, inputs, recorder, tools }: ConnectedContext): PatchSaving | undefined {
  const { patchFile: path } = inputs;
  if (path === undefined) return undefined;
  return {
    ...tools,
    path,
    isCloned: inputs.work.kind === 'start',
    save: async (pieces) => world.save(path, pieces, world.workflow.roots),
    isOutdated: () => recorder.record().isPatchOutdated,
  };
}

/** Returns what it takes to wait for checks; `undefined` if the inputs do not ask for that. */
function checkingOf(
  saving: PatchSaving | undefined,
  { world, inputs, recorder, github, tools }: ConnectedContext,
): Checking | undefined {
  const { checks: options, outputSchema: schema } = inputs;
  if (options === undefined) return undefined;
  const { repository } = options;
  const { runId: ownRun, gitHubUrl } = world.workflow;
  return {
    ...tools,
    options,
    schema,
    place: { github, repository, ownRun, gitHubUrl },
    answered: () => pullRequestNumbersIn(recorder.record().answers.join('\n'), repository, gitHubUrl),
    rounds: () => recorder.record().rounds,
    afterAnswer: async (outcome) => savePatchAgain(outcome, saving),
    isNew: recorder.record().role === 'started',
  };
}

/** Returns what it takes to check the answer against a schema. */
function checkOf(schema: string, { world, inputs, tools }: ConnectedContext): AnswerCheck {
  return {
    ...tools,
    schema,
    validate: world.validate,
    ...(inputs.review === undefined
      ? { name: 'output-schema' }
      : { name: 'the review schema', adjust: (value) => cutToSize(value, tools.redact) }),
  };
}

/** Posts the agent's findings as a review, if the inputs ask for that. */
async function postReviewIfAsked(
  ended: Ended,
  isAttached: boolean,
  { world, inputs, review, tools }: ConnectedContext,
): Promise<Outcome> {
  if (review === undefined) return ended;
  const { repository, number: issue } = review.pull;
  const { gitHubUrl } = world.workflow;
  return postReview(ended, {
    ...tools,
    ...review,
    isAttached,
    markerOf: (id) => markerOf(id, { repository, issue }, signingKeyOf(inputs)),
    render: await rendererFor(ended, gitHubUrl, (address) => !createsReference(address)),
    repositoryUrl: `${gitHubUrl}/${repository}`,
    conversationLink: conversationLink(ended.conversation),
  });
}

/** Saves the trajectory. A failure or an interruption does not change the outcome. */
async function saveTrajectory(
  path: string,
  { id }: Conversation,
  { world, api, recorder: { emit }, signal }: ConnectedContext,
): Promise<void> {
  try {
    await api.downloadTrajectory(
      id,
      async (pieces) => world.save(path, pieces, world.workflow.roots),
      signal,
    );
    emit({ kind: 'trajectory-saved', path });
  } catch (error) {
    emit({ kind: 'trajectory-missing', because: toError(error).message });
  }
}
