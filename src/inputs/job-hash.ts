import { createHash } from 'node:crypto';

import type { InputName } from '../interface.ts';
import { MESSAGE_INPUTS } from './message.ts';

/** The inputs that differ between the jobs of a matrix. */
const TELLING: readonly InputName[] = [
  ...MESSAGE_INPUTS,
  'idempotency-key',
  'conversation-id',
  'repository',
  'branch',
  'working-directory',
  'model',
  'output-schema',
];

/** Returns a hash of what tells the jobs of a matrix apart: the inputs as written, before any file is read or template is filled. */
export function jobHashOf(input: (name: InputName) => string): string {
  return createHash('sha256')
    .update(JSON.stringify(TELLING.map(input)))
    .digest('hex');
}
