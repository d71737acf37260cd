import { reportOutcomes } from '../outcomes/src/outcomes.ts';
import type { GithubApi, GithubApiOptions } from '../simulator/github/api.ts';
import type {
  SimulatedArtifact,
  SimulatedRepository,
  SimulatedRun,
} from '../simulator/github/repositories.ts';
import { isRecord, parseJson } from '../simulator/json.ts';
import { zipOf } from '../simulator/server/zip.ts';
import { clientOf } from './github-client.ts';
import { jumpingTime, recordingRunner, REPOSITORY } from './world.ts';

/** Something that a run has uploaded. */
export interface Uploaded {
  /** The members of the outcome that differ from one that has finished, or a whole text in its place. */
  readonly outcome?: Readonly<Record<string, unknown>> | string;
  readonly run?: Partial<SimulatedRun>;
  readonly artifact?: Partial<SimulatedArtifact>;
  /** The archive, if it is not one file with the outcome; `none` if it cannot be downloaded. */
  readonly zip?: Buffer | 'none';
}

/** When the first run was created. The clock of the tests begins on 24 November. */
const FIRST = Date.UTC(2026, 10, 20);

/** Returns a repository with runs and what they have uploaded, each a minute later than the one before. */
export function repositoryWith(
  uploads: readonly Uploaded[],
  more: Partial<SimulatedRepository> = {},
): SimulatedRepository {
  const runs = uploads.map(({ run }, index) => ({
    id: 100 + index,
    name: 'Solve issues',
    at: timeOf(index),
    ...run,
  }));
  const artifacts = uploads.map(({ artifact, outcome, zip }, index) => {
    const text = typeof outcome === 'string' ? outcome : JSON.stringify(finished(index, outcome));
    const archive = zip ?? zipOf([{ name: 'outcome.json', text }]);
    return {
      id: 1000 + index,
      name: `openhands-outcome-${index}`,
      run: 100 + index,
      at: timeOf(index),
      ...(archive === 'none' ? {} : { zip: archive }),
      ...artifact,
    };
  });
  return { name: REPOSITORY, artifacts: artifacts.toReversed(), runs: runs.toReversed(), ...more };
}

/** Returns a repository with runs of 50 cents each, and a merged pull request for every second one. */
export function busyRepository(
  name: string,
  runs: number,
  more: Partial<SimulatedRepository> = {},
): SimulatedRepository {
  const numbers = Array.from({ length: runs / 2 }, (_, index) => index + 1);
  const uploads = Array.from({ length: runs }, (_, index) => ({
    outcome: {
      'pull-request-urls': index % 2 === 0 ? [`https://github.com/${name}/pull/${index / 2 + 1}`] : [],
    },
  }));
  const pulls = Object.fromEntries(numbers.map((number) => [number, 'merged'] as const));
  return repositoryWith(uploads, { name, pulls, ...more });
}

function timeOf(index: number): string {
  return new Date(FIRST + index * 60_000).toISOString().replace('.000', '');
}

function finished(id: number, changes: Readonly<Record<string, unknown>> = {}): object {
  return {
    version: 1,
    status: 'finished',
    'failure-kind': '',
    'cost-usd': 0.5,
    'conversation-url': `https://app.all-hands.dev/conversations/${id}`,
    'pull-request-urls': [],
    ...changes,
  };
}

/** What the report has written. */
export interface Reported {
  readonly summary: string;
  /** The cells of the table, row by row, without its head. */
  readonly rows: readonly (readonly string[])[];
  readonly json: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: readonly string[];
  readonly failures: readonly string[];
  /** The requests without a query, which may be of any repository. */
  readonly requests: readonly string[];
  readonly api: GithubApi;
  /** How long it took by the clock. */
  readonly seconds: number;
}

/** Starts a simulated GitHub for a report. */
export type OpenGithub = (options: GithubApiOptions) => Promise<GithubApi>;

/** Runs the report on a simulated GitHub. Throws WrongInputs, as the report does. `temporary`: the folder for its file. */
export async function reportOn(
  open: OpenGithub,
  repositories: readonly SimulatedRepository[],
  inputs: Readonly<Record<string, string>>,
  { temporary, ...options }: GithubApiOptions & { readonly temporary: string },
): Promise<Reported> {
  const { clock, fetch: send } = jumpingTime();
  const wallClock = { speed: 1, now: (): number => clock.date().getTime() };
  const api = await open({ clock: wallClock, ...options, repositories });
  const runner = recordingRunner({});
  const outputs: Record<string, string> = {};
  const given: Readonly<Record<string, string>> = { 'github-token': 'ghs_report', ...inputs };
  await reportOutcomes({
    runner: {
      ...runner,
      input: (name) => given[name] ?? '',
      output: (name, value) => {
        outputs[name] = value;
      },
    },
    clock,
    github: (token) => clientOf(api, { token, clock, send }),
    repository: REPOSITORY,
    gitHubUrl: 'https://github.com',
    temporary,
  });
  const summary = runner.page();
  const json = parseJson(outputs['report'] ?? '');
  const table = summary.split('\n').filter((line) => line.startsWith('|'));
  return {
    summary,
    rows: table.slice(2).map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ),
    outputs,
    json: isRecord(json) ? json : {},
    log: runner.log,
    failures: runner.failures,
    requests: api.requests.map(({ path }) => path),
    api,
    seconds: clock.now() / 1000,
  };
}
