import { ReadableStream } from 'node:stream/web';

import type { StepContext } from '../context.ts';
import { ApiFailure, PATCH } from '../conversation/api.ts';
import { linkTo } from '../conversation/conversation.ts';
import type { EndedOutcome, Outcome } from '../conversation/outcome.ts';
import type { Patch } from '../conversation/patch.ts';
import { hasCommit } from '../github/commit.ts';
import { pullRequestsOf } from '../report/pull-requests.ts';
import { toError } from '../text/to-error.ts';

/**
 * Saves the agent's changes as a patch, if the inputs ask for it. If that fails after a success, the step fails, because nobody
 * could use the work. After a failure, the outcome stays the same.
 */
export async function savePatch(ended: Outcome, context: StepContext): Promise<Outcome> {
  const { world, inputs, api, recorder, signal } = context;
  const { patchFile: path } = inputs;
  const { status } = ended;
  if (path === undefined || !('phase' in ended) || status === 'missing') return ended;
  try {
    const patch = await api.patch(ended.conversation.id, signal);
    refuseSecrets(patch, world.runner.secrets.redact);
    const isElsewhere = await isPushed(patch, ended, context);
    await world.save(path, ReadableStream.from([patch.bytes]), world.workflow.roots);
    const { base, since, size, submodules } = patch;
    recorder.emit({ kind: 'patch-saved', path, base, since, size, submodules, isElsewhere });
    return ended;
  } catch (error) {
    const because = error instanceof ApiFailure ? error.problem.because : toError(error).message;
    if (status !== 'finished' && status !== 'stopped') {
      recorder.emit({ kind: 'patch-missing', because });
      return ended;
    }
    const todo = `see in the conversation what the agent has changed: ${linkTo(ended.conversation)}`;
    return { ...ended, status: 'error', problem: { failedTo: PATCH, because, todo, kind: 'server' } };
  }
}

/** Saves the patch again, if the agent may have got a message since. If that fails, deletes the outdated patch. */
export async function savePatchAgain(ended: Outcome, context: StepContext): Promise<Outcome> {
  if (!context.recorder.record().isPatchOutdated) return ended;
  const saved = await savePatch(ended, context);
  await dropOutdatedPatch(context);
  return saved;
}

/** Deletes a saved patch if the agent may have got a message since. */
export async function dropOutdatedPatch({ world, inputs, recorder }: StepContext): Promise<void> {
  const { patchFile: path } = inputs;
  if (path === undefined || !recorder.record().isPatchOutdated) return;
  try {
    await world.deleteFile(path, world.workflow.roots);
    recorder.emit({ kind: 'patch-dropped', path });
  } catch (error) {
    recorder.emit({ kind: 'patch-dropped', path, because: toError(error).message });
  }
}

/** Refuses a patch that contains a secret in any encoding, because a patch goes to other jobs and into a repository. */
function refuseSecrets({ bytes, introduced }: Patch, redact: (text: string) => string): void {
  const hasSecret = [bytes, ...introduced].some((part) => {
    const text = part.toString('utf8');
    return redact(text) !== text;
  });
  if (hasSecret)
    throw new ApiFailure({
      failedTo: PATCH,
      because: 'they contain a secret of this step, so they are not saved',
      todo: 'find out how the agent got it',
      kind: 'server',
    });
}

/** Whether the work is in the repository, too, as a pull request or a commit of the agent. */
async function isPushed(
  { base, head = base }: Patch,
  ended: EndedOutcome,
  context: StepContext,
): Promise<boolean> {
  const { world, inputs, recorder, signal } = context;
  const { gitHubUrl } = world.workflow;
  if (pullRequestsOf({ ...recorder.record(), outcome: ended }, gitHubUrl).length > 0) return true;
  const { workplace, githubToken } = inputs;
  if (head === base || workplace?.gitProvider !== 'github') return false;
  return hasCommit(workplace.repository, head, world.github(githubToken), signal);
}
