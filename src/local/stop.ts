import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';

import { endContainer } from './container.ts';
import { isolatorOf } from './isolated.ts';
import { noted, type Place } from './place.ts';
import { lastWords } from './programs.ts';
import { endUnisolated } from './unisolated.ts';

/**
 * Ends a server and all that it left running, and removes its files but for its log. To be called as often as one likes.
 *
 * @returns what is left, in words; nothing if all is gone.
 */
export async function stopLocal(place: Place, folder: string): Promise<readonly string[]> {
  if (!existsSync(place.base)) return [];
  const left: string[] = [];
  if (!(await endUnisolated(place))) left.push('some of its processes did not stop');
  // After the program that would make it.
  const container = await endContainer(place);
  if (container !== undefined) left.push(`the container may still run: ${container}`);
  const isolator = await isolatorOf(folder);
  // Root can remove what the agent's user has written.
  if (typeof isolator === 'string') {
    if (noted(place, 'uid') !== undefined) left.push(`the agent may still run: ${isolator}`);
    await rm(place.base, { recursive: true, force: true, maxRetries: 5 });
  } else {
    const ended = await isolator('stop', place.base);
    if (ended.code !== 0) left.push(`the agent may still run: ${lastWords(ended)}`);
  }
  return left;
}
