import type { Clock } from '../src/port/clock.ts';
import type { World } from '../src/world.ts';

/** A process that can be killed: nothing that it has begun ever comes back to it then. */
export interface Life {
  readonly isOver: () => boolean;
  readonly end: () => void;
  /** Resolves when the process is killed. */
  readonly ended: Promise<void>;
}

export function beginLife(): Life {
  const end = Promise.withResolvers<undefined>();
  let isOver = false;
  return {
    isOver: () => isOver,
    end: () => {
      isOver = true;
      end.resolve(undefined);
    },
    ended: end.promise,
  };
}

const NEVER = new Promise<never>(() => undefined);

/** Returns the result of work, unless the process is killed before it is there. */
async function unlessOver<T>(life: Life, work: () => Promise<T>): Promise<T> {
  if (life.isOver()) return NEVER;
  try {
    const result = await work();
    return life.isOver() ? await NEVER : result;
  } catch (error) {
    if (life.isOver()) return NEVER;
    throw error;
  }
}

/** Returns what a process uses of its machine, for as long as it lives. */
export function withinLife(
  life: Life,
  { clock, fetch: send, save }: Pick<World, 'clock' | 'fetch' | 'save'>,
): { readonly clock: Clock; readonly fetch: typeof fetch; readonly save: World['save'] } {
  return {
    clock: { ...clock, sleep: async (ms, signal) => unlessOver(life, async () => clock.sleep(ms, signal)) },
    // A request that was sent before a kill is processed.
    fetch: async (input, init) => unlessOver(life, async () => send(input, init)),
    save: async (path, pieces, roots) => unlessOver(life, async () => save(path, pieces, roots)),
  };
}
