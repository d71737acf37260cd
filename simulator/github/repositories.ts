import type { Json, JsonObject } from '../json.ts';
import { json, type Reply } from '../reply.ts';
import { type GithubCall, githubRefusal, notAccessible, pageOf } from './rest.ts';

/** An artifact of a run. */
export interface SimulatedArtifact {
  readonly id: number;
  readonly name: string;
  /** The id of the run; null for an artifact of none. */
  readonly run: number | null;
  /** When it was uploaded, as an ISO timestamp. */
  readonly at: string;
  /** The size that the list shows; by default that of the archive. */
  readonly size?: number;
  readonly isExpired?: boolean;
  /** How long it is kept; 90 days by default. */
  readonly days?: number;
  /** The archive; without one, a download finds nothing. */
  readonly zip?: Buffer;
}

/** A run of a workflow. */
export interface SimulatedRun {
  readonly id: number;
  readonly name: string;
  /** When it was created, as an ISO timestamp. */
  readonly at: string;
  /** The id of the repository of its commit: by default the run's own; null if that repository was deleted. */
  readonly head?: number | null;
}

/** A repository besides that of the simulated GitHub: what a report about many repositories reads. */
export interface SimulatedRepository {
  /** `owner/repo`. */
  readonly name: string;
  readonly isPrivate?: boolean;
  readonly isArchived?: boolean;
  readonly isFork?: boolean;
  /** The artifacts, newest first. */
  readonly artifacts?: readonly SimulatedArtifact[];
  /** The runs, newest first. */
  readonly runs?: readonly SimulatedRun[];
  readonly pulls?: Readonly<Record<number, 'open' | 'closed' | 'merged'>>;
  /** The status with which GitHub refuses to list artifacts or pull requests. */
  readonly refuses?: { readonly artifacts?: 403 | 404; readonly pulls?: 403 };
}

/** The path of artifacts, which stands for GitHub's separate host for them. */
export const FILES = '/_artifacts/';
const OWN_ID = 1;
const DAY_MS = 86_400_000;

/** Answers requests about these repositories, and about the organizations that own them; `undefined` for other requests. */
export function answerRepositories(
  call: GithubCall,
  repositories: readonly SimulatedRepository[],
): Reply | undefined {
  const [, org] = /^\/orgs\/([^/]+)\/repos$/.exec(call.path) ?? [];
  if (org !== undefined) return answerOrganization(org, call, repositories);
  const [, name = '', path = ''] = /^\/repos\/([^/]+\/[^/]+)(.*)$/.exec(call.path) ?? [];
  const repository = repositories.find((each) => each.name.toLowerCase() === name.toLowerCase());
  return repository && call.method === 'GET' ? answerRepository(path, repository, call) : undefined;
}

/** Answers with an artifact, which is requested without a token. */
export function answerArtifact(
  { path }: Pick<GithubCall, 'path'>,
  repositories: readonly SimulatedRepository[],
): Reply | undefined {
  if (!path.startsWith(FILES)) return undefined;
  const [owner, repo, id] = path.slice(FILES.length).split('/');
  const { artifacts = [] } = repositories.find(({ name }) => name === `${owner}/${repo}`) ?? {};
  const zip = artifacts.find((each) => each.id === Number(id))?.zip;
  return zip === undefined
    ? githubRefusal(404, 'Not Found')
    : { status: 200, type: 'application/zip', headers: {}, body: zip };
}

/** Source: "List organization repositories" in https://docs.github.com/rest/repos/repos. Of a person, GitHub answers 404, too. */
function answerOrganization(
  org: string,
  { query }: GithubCall,
  repositories: readonly SimulatedRepository[],
): Reply {
  const own = repositories.filter(({ name }) => name.toLowerCase().startsWith(`${org.toLowerCase()}/`));
  return own.length === 0 ? githubRefusal(404, 'Not Found') : json(200, pageOf(own.map(repositoryOf), query));
}

function repositoryOf({ name, isPrivate, isArchived, isFork }: SimulatedRepository): JsonObject {
  return {
    full_name: name,
    private: isPrivate === true,
    archived: isArchived === true,
    fork: isFork === true,
  };
}

type Route = (repository: SimulatedRepository, part: string, call: GithubCall) => Reply;

/** The routes below a repository. The only group of a pattern is the subject of the request; empty if the repository is. */
const ROUTES: readonly (readonly [path: RegExp, refusal: 'artifacts' | 'pulls' | undefined, route: Route])[] =
  [
    [/^()$/, undefined, (repository) => json(200, repositoryOf(repository))],
    [
      /^\/actions\/artifacts()$/,
      'artifacts',
      ({ artifacts = [] }, _, { query }) => list('artifacts', artifacts.map(artifactOf), query),
    ],
    [/^\/actions\/runs()$/, 'artifacts', (repository, _, { query }) => listRuns(repository, query)],
    [
      /^\/actions\/artifacts\/(\d+)\/zip$/,
      'artifacts',
      (repository, id, { origin }) => redirectToFile(repository, id, origin),
    ],
    [/^\/pulls()$/, 'pulls', ({ pulls = {} }, _, { query }) => json(200, pageOf(pullsOf(pulls), query))],
  ];

/** Answers with what the repository has; `undefined` for other requests. */
function answerRepository(
  path: string,
  repository: SimulatedRepository,
  call: GithubCall,
): Reply | undefined {
  for (const [pattern, refusal, route] of ROUTES) {
    const [, part] = pattern.exec(path) ?? [];
    if (part === undefined) continue;
    const refused = refusal && repository.refuses?.[refusal];
    if (refused === undefined) return route(repository, part, call);
    return refused === 403 ? notAccessible() : githubRefusal(404, 'Not Found');
  }
  const [, number = ''] = /^\/pulls\/(\d+)$/.exec(path) ?? [];
  const state = repository.pulls?.[Number(number)];
  return state && json(200, pullOf(Number(number), state));
}

function listRuns({ runs = [] }: SimulatedRepository, query: URLSearchParams): Reply {
  const [since = '', until = '~'] = query.get('created')?.replace('>=', '').split('..') ?? [];
  const asked = runs.filter(({ at }) => at >= since && at <= until);
  return list('workflow_runs', asked.map(runOf), query);
}

function redirectToFile({ name, artifacts = [] }: SimulatedRepository, id: string, origin: string): Reply {
  if (!artifacts.some((each) => each.id === Number(id) && each.isExpired !== true))
    return githubRefusal(404, 'Not Found');
  const location = `${origin}${FILES}${name}/${id}`;
  return { status: 302, type: 'text/html', headers: { location }, body: '' };
}

/** Returns the pull requests, the newest first. */
function pullsOf(pulls: SimulatedRepository['pulls'] & {}): readonly Json[] {
  const numbers = Object.keys(pulls).map(Number);
  return numbers.toSorted((a, b) => b - a).map((number) => pullOf(number, pulls[number]));
}

/** Source: https://docs.github.com/rest/actions/artifacts */
function artifactOf({ id, name, run, at, size, zip, isExpired, days = 90 }: SimulatedArtifact): Json {
  return {
    id,
    name,
    size_in_bytes: size ?? zip?.length ?? 300,
    expired: isExpired === true,
    created_at: at,
    expires_at: new Date(Date.parse(at) + days * DAY_MS).toISOString(),
    workflow_run: run === null ? null : { id: run, repository_id: OWN_ID, head_repository_id: OWN_ID },
  };
}

/** Source: https://docs.github.com/rest/actions/workflow-runs */
function runOf({ id, name, at, head = OWN_ID }: SimulatedRun): Json {
  return {
    id,
    name,
    event: 'issues',
    created_at: at,
    repository: { id: OWN_ID },
    head_repository: head === null ? null : { id: head },
  };
}

/** Source: https://docs.github.com/rest/pulls/pulls */
function pullOf(number: number, state: 'open' | 'closed' | 'merged' = 'open'): Json {
  return {
    number,
    state: state === 'open' ? 'open' : 'closed',
    merged_at: state === 'merged' ? '2027-01-02T00:00:00Z' : null,
  };
}

function list(name: string, all: readonly Json[], query: URLSearchParams): Reply {
  return json(200, { total_count: all.length, [name]: pageOf(all, query) });
}
