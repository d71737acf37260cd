import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';

import { isolatorOf } from './isolated.ts';
import { type Place, readNote } from './place.ts';
import { lastLines } from './programs.ts';
import { endUnisolated } from './unisolated.ts';

/**
 * Stops a server with all its processes, and removes its files except the log. Can be called repeatedly.
 *
 * @returns descriptions of what could not be stopped; empty on success.
 */
export async function stopLocal(place: Place, folder: string): Promise<readonly string[]> {
  if (!existsSync(place.base)) return [];
  const left: string[] = [];
  if (!(await endUnisolated(place))) left.push('some of its processes did not stop');
  const isolator = await isolatorOf(folder);
  // Only root can remove the files of the agent's user.
  if (typeof isolator === 'string') {
    if (readNote(place, 'uid') !== undefined) left.push(`the agent may still run: ${isolator}`);
    await rm(place.base, { recursive: true, force: true, maxRetries: 5 });
  } else {
    const ended = await isolator('stop', place.base);
    if (ended.code !== 0) left.push(`the agent may still run: ${lastLines(ended)}`);
  }
  return left;
}
