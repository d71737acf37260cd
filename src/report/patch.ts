import type { StepEvent } from '../step-event.ts';
import { asChanges } from './amounts.ts';

/** What people are told of a patch. */
interface PatchWords {
  readonly line: string;
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
}

const EMPTY = 'The agent changed no files: patch-file is empty';
const PUSHED =
  'The agent pushed its changes or opened a pull request anyway: its account may write to the repository';
const POINTERS = 'Of these nested repositories, patch-file has only the commit, not the files';

/** What the log says of a patch that was saved. */
export function patchWords(saved: StepEvent & { readonly kind: 'patch-saved' }): PatchWords {
  const { path, base, since, size, submodules, isElsewhere } = saved;
  const which = since === 'start' ? 'where the agent began' : 'its branch, as the server has it';
  return {
    line: `The agent's changes are in ${path}: ${asChanges(size)}, since ${base} (${which})`,
    notices: [...(size.files === 0 ? [EMPTY] : []), ...(isElsewhere ? [PUSHED] : [])],
    warnings: submodules.length > 0 ? [`${POINTERS}: ${submodules.join(', ')}`] : [],
  };
}
