import { observe } from '../continue/attach.ts';
import { send } from '../continue/send.ts';
import type { Work } from '../inputs/work.ts';
import { composeMessage } from '../message/agent-message.ts';
import { runMarkOf } from '../message/run-mark.ts';
import { dropOutdatedPatch } from '../patch/patch.ts';
import { type Draft, type RunMark, STEP_TAG } from '../port/assignment.ts';
import type { Outcome } from '../port/outcome.ts';
import { hasMessageToSend } from '../record/unsent.ts';
import type { Begun } from '../session/begun.ts';
import type { WantedStart } from '../start/key.ts';
import { replaceWithoutClone, start } from '../start/start.ts';
import { waitIfBegun } from '../wait/wait.ts';
import { complete, patchContext } from './complete.ts';
import {
  askedOfAnswer,
  type ConnectedContext,
  logBug,
  type ServerConnection,
  type StepContext,
  stepTagOf,
} from './context.ts';
import { wantedStartOfKey } from './generations.ts';
import { draftWithPictures } from './pictures.ts';
import { type End, settle } from './settle.ts';

/**
 * Where an agent without tools works on the server's machine, in a folder of its own that the server creates. A server loads plugins from
 * the folder, and from the folders above it up to the root of their repository.
 */
const EMPTY_FOLDERS = '/tmp/openhands-without-tools/';

/** Starts or continues a conversation, waits for its end if `poll` is set, and then does whatever else the inputs ask for. */
export async function converse(
  context: StepContext,
  connecting: Promise<ServerConnection>,
): Promise<Outcome> {
  const { inputs, recorder } = context;
  let connected: ConnectedContext | undefined;
  let end: End;
  try {
    connected = { ...context, ...(await connecting) };
    const { version, worksInFolder, worktrees } = connected.api;
    const { grouping } = connected.account ?? {};
    recorder.emit({
      kind: 'api',
      version,
      worksInFolder,
      ...(worktrees && { worktrees }),
      ...(grouping !== undefined && { grouping }),
    });
    const ended = await beginAndWait(connected);
    // Only an end that the step has waited for, of an agent that has its message, can be completed.
    const canComplete = inputs.poll && !hasMessageToSend(recorder.record());
    end = canComplete ? await complete(ended, connected) : ended;
  } catch (error) {
    logBug(error, context.world);
    if (connected !== undefined) await dropOutdatedPatch(patchContext(connected));
    end = { kind: 'thrown', thrown: error };
  }
  return settle(end, context, connected);
}

/** Begins with the conversation of the inputs, and waits for its end if `poll` is set. */
async function beginAndWait(context: ConnectedContext): Promise<Outcome> {
  const { work } = context.inputs;
  const { session } = context.tools;
  if (work.kind === 'continue') return waitIfBegun(await continueNamed(work, context), session);
  const wanted = await wantedStartOf(work, context);
  try {
    return await waitIfBegun(await start(wanted, session), session);
  } catch (error) {
    const next = await replaceWithoutClone(error, wanted, session);
    return waitIfBegun(await start(next, session), session);
  }
}

/** Sends the message to the conversation that the inputs name, or observes it without one. */
async function continueNamed(
  { id, message }: Work & { readonly kind: 'continue' },
  context: ConnectedContext,
): Promise<Begun | Outcome> {
  const { session } = context.tools;
  context.recorder.emit({ kind: 'chosen', id });
  return message === undefined
    ? observe(id, session)
    : send({ id, role: 'follow-up', message: messageFor(message, context, 'follow-up') }, session);
}

/** Returns the conversation to start, with what was found by the key. */
async function wantedStartOf(
  { key, assignment }: Work & { readonly kind: 'start' },
  context: ConnectedContext,
): Promise<WantedStart> {
  const { world, inputs, account } = context;
  const { maxCostUsd, patchFile } = inputs;
  const { workflow } = world;
  const { step, isFirstAttempt } = workflow;
  const mark = key?.ifExists === 'send' ? runMarkOf(step, isFirstAttempt, key.asked) : undefined;
  const { message: task, ...asked } = assignment;
  const request = {
    ...asked,
    ...(assignment.hasNoTools && {
      agentServer: { ...assignment.agentServer, workingDirectory: EMPTY_FOLDERS + world.newId() },
    }),
    tags: {
      githubrepository: workflow.repository,
      ...(workflow.runId && { githubrun: workflow.runId }),
      [STEP_TAG]: stepTagOf(world),
    },
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    ...(patchFile !== undefined && { isForPatch: true as const }),
    ...(context.review && { commit: context.review.head.commit }),
  };
  const message = messageFor(task, context, 'start', mark);
  const followUp = messageFor(task, context, 'follow-up', mark);
  if (key === undefined)
    return { request: { ...request, id: world.newId() }, message, followUp, isShared: false };
  // `connect` reads it if there is a key.
  if (account === undefined) throw new Error('the account of the key is not known');
  return wantedStartOfKey({ ...key, account: account.id, mark }, { request, message, followUp }, context);
}

/** Returns the draft of a message. One for an existing conversation has only the pictures of the comment or review. */
function messageFor(
  task: string,
  context: ConnectedContext,
  role: 'start' | 'follow-up',
  mark?: RunMark,
): Draft {
  const { review, replies, thread } = context;
  return draftWithPictures(context, role, (pictures) =>
    composeMessage({
      task,
      thread,
      pictures,
      ...askedOfAnswer(context),
      review: review && { ...review, shown: review.fromDiff?.texts },
      threads: replies?.told,
      mark,
    }),
  );
}
