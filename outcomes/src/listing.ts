import { GitHubFailure } from '../../src/github/failure.ts';
import { WrongInputs } from '../../src/inputs/reader.ts';
import type { Requests } from './patience.ts';
import { type Reading, unread } from './repository.ts';
import { type Failed, hasFailed, isPrivate, listRepositories } from './requests.ts';

const MAX_REPOSITORIES = 500;

/** A repository to read. */
export interface Asked {
  readonly name: string;
  /** Whether it is read only if it is public, which is not known yet. */
  readonly mustBePublic: boolean;
}

/** Which repositories the report is about. */
export interface Listing {
  readonly asked: readonly Asked[];
  /** Those of organizations that could not be listed. */
  readonly failed: readonly Reading[];
  /** How many private ones were left out, because everybody can read the report. */
  readonly hidden: number;
  /** How many were left out because there are too many. */
  readonly tooMany: number;
}

/**
 * Lists the repositories that the lines of the input name, and those of organizations. Throws {@link WrongInputs} if one is no
 * organization.
 *
 * @param here the run's own repository: it is read, even if it is private.
 * @param connect makes a new client.
 */
export async function listAll(
  lines: readonly string[],
  here: string,
  connect: () => Requests,
): Promise<Listing> {
  const hidesPrivate = await mustHidePrivate(lines, here, connect());
  const found = new Map<string, Listed>();
  const failed: Reading[] = [];
  const requests = connect();
  for (const line of lines) {
    // A line without `/*` names a single repository.
    const [owner = ''] = line.split('/*');
    const listed = owner === line ? [{ name: line }] : await listOwner(owner, requests);
    if (hasFailed(listed)) failed.push(unread(line, listed));
    else for (const each of listed) found.set(each.name.toLowerCase(), each);
  }
  const all = [...found.values()];
  const chosen = all.slice(0, MAX_REPOSITORIES);
  const isHidden = ({ name, isPrivate }: Listed): boolean =>
    hidesPrivate && isPrivate === true && !isSame(name, here);
  const asked = chosen.filter((each) => !isHidden(each));
  return {
    asked: asked.map(({ name, isPrivate }) => ({
      name,
      mustBePublic: hidesPrivate && isPrivate === undefined && !isSame(name, here),
    })),
    failed,
    hidden: chosen.length - asked.length,
    tooMany: all.length - chosen.length,
  };
}

/** A repository of the input. `isPrivate` is undefined if it is not known. */
interface Listed {
  readonly name: string;
  readonly isPrivate?: boolean;
}

/**
 * Whether the report must hide other repositories that are private: everybody can read the run of a public repository. If it is not known
 * whether `here`, the run's own repository, is public, it counts as public.
 */
async function mustHidePrivate(lines: readonly string[], here: string, requests: Requests): Promise<boolean> {
  const hasOthers = lines.some((line) => !isSame(line, here));
  return hasOthers && (await isPrivate(here, requests)) !== true;
}

async function listOwner(owner: string, requests: Requests): Promise<readonly Listed[] | Failed> {
  const listed = await listRepositories(owner, requests);
  if (listed instanceof GitHubFailure && listed.status === 404)
    throw new WrongInputs([
      `repositories has ${owner}/*, but GitHub shows the token no organization ${owner}: list a person's repositories one by one`,
    ]);
  if (hasFailed(listed)) return listed;
  return listed
    .filter(({ archived, fork }) => !archived && !fork)
    .map((each) => ({ name: each.full_name, isPrivate: each.private }));
}

function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}
