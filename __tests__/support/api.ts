import type { ConversationApi } from '../../src/conversation/api.ts';
import type { Clock } from '../../src/conversation/clock.ts';
import type { Facts, Findings, Recollection, Sighting } from '../../src/conversation/conversation.ts';

/** What a conversation shows from a time on, in seconds. */
export interface Scene {
  readonly at: number;
  readonly sighting: Sighting;
  readonly recollection?: Recollection;
}

export interface StagedApi extends ConversationApi {
  /** The seconds at which each method was called. */
  /** Replaces the facts of every later look. */
  readonly facts: (facts: Facts) => void;
  readonly calls: Readonly<Record<'look' | 'recall' | 'steps' | 'findings', number[]>>;
}

/** An API whose conversations follow a script by the clock. */
export function stagedApi(
  clock: Clock,
  script: readonly Scene[],
  findings: (seconds: number) => Findings = () => ({ complete: true, answer: 'done' }),
): StagedApi {
  const calls: StagedApi['calls'] = { look: [], recall: [], steps: [], findings: [] };
  let facts: Facts | undefined;
  const seconds = (): number => clock.now() / 1000;
  const scene = (): Scene => {
    const current = script.findLast(({ at }) => at <= seconds());
    if (current === undefined) throw new Error('the script begins later');
    return current;
  };
  return {
    version: 'v1',
    calls,
    facts: (later) => {
      facts = later;
    },
    list: 'https://openhands.test/conversations',
    page: (id) => `https://openhands.test/conversations/${id}`,
    start: async () => Promise.resolve({ kind: 'created', id: '1' }),
    stop: async () => Promise.resolve('stopped'),
    find: async () => Promise.resolve({ kind: 'untold' }),
    starts: async () => Promise.resolve([]),
    repositoryRefusal: async () => Promise.resolve(''),
    account: async () => Promise.resolve('account'),
    mark: async () => Promise.resolve({}),
    hasArrived: async () => Promise.resolve(false),
    send: async () => Promise.resolve({ kind: 'delivered' }),
    sandbox: async () => Promise.resolve({ kind: 'running', handle: 'sandbox' }),
    wake: async () => Promise.resolve(),
    halt: async () => Promise.resolve(),
    goOn: async () => Promise.resolve(),
    trajectory: async () => Promise.resolve(),
    startProgress: async () => Promise.resolve({ kind: 'created', id: '1' }),
    look: async (ids) => {
      calls.look.push(seconds());
      return Promise.resolve(ids.map(() => ({ ...scene().sighting, ...(facts && { facts }) })));
    },
    recall: async () => {
      calls.recall.push(seconds());
      const { recollection: state } = scene();
      return Promise.resolve({ ...(state && { state }) });
    },
    steps: async () => {
      calls.steps.push(seconds());
      return Promise.resolve({ steps: [], isCut: false });
    },
    findings: async () => {
      calls.findings.push(seconds());
      return Promise.resolve(findings(seconds()));
    },
  };
}
