import type { Clock } from './clock.ts';
import type { JsonObject } from './json.ts';

/** A check of a commit, as a script tells it. Seconds count from the push. */
export interface SimulatedCheck {
  readonly name: string;
  /** When it begins; 2 if it is left out. Before that there is no word of it. */
  readonly from?: number;
  /** When it ends; `Infinity`: never. */
  readonly to: number;
  /** How it ends, in GitHub's word; `success` if it is left out. */
  readonly conclusion?: string;
  /** `actions`, the default, is a job with a log; `app` a check run of another app; `status` a commit status. */
  readonly kind?: 'actions' | 'app' | 'status';
  /** The id of its workflow run; 501 if it is left out. */
  readonly run?: number;
  /** What it has printed. */
  readonly log?: string;
}

/** A push to the branch of a pull request. */
export interface SimulatedPush {
  /** The hash of its commit; one of its own if it is left out. */
  readonly commit?: string;
  /** Who committed it, by login; that of the pull request if it is left out. */
  readonly by?: string;
  /** What the commit says. */
  readonly message?: string;
  readonly checks: readonly SimulatedCheck[];
  /** When it is pushed, in seconds from now; 0 if it is left out. */
  readonly in?: number;
}

/** The pull request that is pushed to, and whose it is. */
export interface PushedTo {
  readonly number: number;
  /** `octocat` if it is left out. */
  readonly author?: string;
  /** The repository of its branch, if it is another one. */
  readonly from?: string;
  /** When it was opened, in milliseconds since 1970, if that is not its first push. */
  readonly createdAt?: number;
}

/** With its id, that of the job if it is one. */
type ScriptedCheck = SimulatedCheck & { readonly id: number };

interface Pushed {
  readonly commit: string;
  readonly by: string;
  readonly message: string;
  readonly at: number;
  readonly checks: readonly ScriptedCheck[];
}

interface Pull {
  readonly author: string;
  readonly createdAt: number | undefined;
  readonly from: string | undefined;
  readonly pushes: Pushed[];
}

/** The pull requests of a repository, by a clock. */
export interface PullStore {
  /** Pushes to a pull request, which is opened by the first push. */
  readonly push: (pull: PushedTo, push: SimulatedPush) => string;
  numbers(): readonly number[];
  pull(number: number, repository: string): JsonObject | undefined;
  commits(number: number): readonly JsonObject[] | undefined;
  /** The hashes of its commits, the oldest first. */
  readonly hashes: (number: number) => readonly string[];
  runs(ref: string, repository: string): readonly JsonObject[];
  statuses(ref: string): readonly JsonObject[];
  /** What a job has printed by now; `undefined` if there is none of that id. */
  log(job: number): string | undefined;
}

const FIRST_JOB = 901;
const AGENT_TRAILER = 'Co-authored-by: openhands <openhands@all-hands.dev>';

/** A repository without pull requests. */
export function createPullStore(clock: Clock): PullStore {
  const pulls = new Map<number, Pull>();
  let nextId = FIRST_JOB;
  const since = (at: number): number => (clock.now() - at) / 1000;
  /** The pushes to a pull request by now, the first one first; none: it is not there yet. */
  const pushesTo = (number: number): readonly Pushed[] =>
    pulls.get(number)?.pushes.filter(({ at }) => since(at) >= 0) ?? [];
  const begun = (ref: string, isStatus: boolean): readonly (readonly [ScriptedCheck, boolean])[] => {
    const pushes = [...pulls.keys()].flatMap(pushesTo).filter(({ commit }) => commit === ref);
    return pushes.flatMap(({ at, checks }) =>
      checks
        .filter(({ from = 2, kind }) => since(at) >= from && (kind === 'status') === isStatus)
        .map((check) => [check, since(at) >= check.to] as const),
    );
  };

  return {
    push({ number, author = 'octocat', from, createdAt }, { in: seconds = 0, checks, ...given }) {
      const pull = pulls.get(number) ?? { author, from, createdAt, pushes: [] };
      pulls.set(number, pull);
      const pushed = {
        commit: `${pull.pushes.length}${number}`.padEnd(40, 'c'),
        by: author,
        message: `Work on it\n\n${AGENT_TRAILER}`,
        ...given,
        at: clock.now() + seconds * 1000,
        checks: checks.map((check) => ({ ...check, id: nextId++ })),
      };
      pull.pushes.push(pushed);
      return pushed.commit;
    },
    numbers: () => [...pulls.keys()].filter((number) => pushesTo(number).length > 0),
    pull(number, repository) {
      const pull = pulls.get(number);
      return pull && pullOf(number, pull, pushesTo(number), repository);
    },
    hashes: (number) => pushesTo(number).map(({ commit }) => commit),
    commits: (number) => (pulls.has(number) ? pushesTo(number).map(commitOf) : undefined),
    runs: (ref, repository) => begun(ref, false).map(([check, isEnded]) => runOf(check, isEnded, repository)),
    statuses: (ref) =>
      begun(ref, true).map(([{ name, conclusion = 'success' }, isEnded]) => ({
        context: name,
        state: isEnded ? conclusion : 'pending',
        target_url: null,
      })),
    log: (job) =>
      [...pulls.values()]
        .flatMap(({ pushes }) => pushes.flatMap(({ checks }) => checks))
        .find(({ id }) => id === job)?.log,
  };
}

/** Source: https://docs.github.com/rest/pulls/pulls */
function pullOf(
  number: number,
  { author, from, createdAt }: Pull,
  pushes: readonly Pushed[],
  repository: string,
): JsonObject | undefined {
  const [first] = pushes;
  const last = pushes.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return {
    number,
    html_url: `https://github.com/${repository}/pull/${number}`,
    created_at: new Date(createdAt ?? first.at).toISOString(),
    user: { login: author },
    head: { sha: last.commit, repo: { full_name: from ?? repository } },
  };
}

function commitOf({ commit: sha, by, message, at }: Pushed): JsonObject {
  const signed = { name: by, email: `${by}@users.noreply.github.com`, date: new Date(at).toISOString() };
  const account = { login: by };
  return { sha, author: account, committer: account, commit: { message, author: signed, committer: signed } };
}

/** Source: https://docs.github.com/rest/checks/runs */
function runOf(
  { id, name, kind = 'actions', conclusion = 'success', run = 501 }: ScriptedCheck,
  isEnded: boolean,
  repository: string,
): JsonObject {
  const page =
    kind === 'actions'
      ? `https://github.com/${repository}/actions/runs/${run}/job/${id}`
      : `https://ci.example.com/${id}`;
  return {
    id,
    name,
    status: isEnded ? 'completed' : 'in_progress',
    conclusion: isEnded ? conclusion : null,
    details_url: page,
    html_url: kind === 'actions' ? page : `https://github.com/${repository}/runs/${id}`,
    check_suite: { id: kind === 'actions' ? run : 7 },
    app: kind === 'actions' ? { id: 15368, slug: 'github-actions' } : { id: 7, slug: 'other-ci' },
  };
}
