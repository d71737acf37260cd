import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type EventComment, readEvent, type WorkflowEvent } from '../../src/github/event.ts';
import { REPOSITORY } from '../../testbed/world.ts';

/**
 * Returns the event of a run as the action reads it. A payload that is a string is written unchanged, JSON or not.
 */
export async function eventOf(
  name: string,
  payload: unknown = {},
  env: Readonly<Record<string, string>> = {},
): Promise<WorkflowEvent> {
  const folder = await mkdtemp(join(tmpdir(), 'event-'));
  try {
    const path = join(folder, 'event.json');
    await writeFile(path, typeof payload === 'string' ? payload : JSON.stringify(payload));
    return await readEvent({
      GITHUB_EVENT_NAME: name,
      GITHUB_EVENT_PATH: path,
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_ACTOR: 'octocat',
      GITHUB_TRIGGERING_ACTOR: 'octocat',
      ...env,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Returns the comment of an event that is about one. */
export function commentOf(body: string, author = 'octocat'): EventComment {
  return { body, author, path: 'comment.body', isByActor: true };
}
