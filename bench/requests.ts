import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type GithubApi, startGithubApi } from '../simulator/github/api.ts';
import { FILES } from '../simulator/github/repositories.ts';
import { busyRepository, reportOn } from '../testbed/outcomes.ts';

const REPOSITORIES = 200;
const RUNS = 20;
/** GitHub's limit for an app or a person in an hour. Source: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
const GOAL = 5_000;

/** Prints how many requests the report about many repositories makes in a run of a public one, which takes the most. */
export async function printRequests(): Promise<void> {
  const names = Array.from({ length: REPOSITORIES }, (_, index) => `octo-org/service-${index}`);
  const opened: GithubApi[] = [];
  const temporary = mkdtempSync(join(tmpdir(), 'report-'));
  const { requests, json } = await reportOn(
    async (options) => {
      const api = await startGithubApi(options);
      opened.push(api);
      return api;
    },
    names.map((name) => busyRepository(name, RUNS)),
    { repositories: names.join('\n') },
    { temporary },
  );
  for (const api of opened) await api.close();
  rmSync(temporary, { recursive: true });
  // Artifacts are on another host, which does not count.
  const count = requests.filter((path) => !path.startsWith(FILES)).length;
  const note = json['incomplete'] === false ? '' : ', but it is incomplete';
  console.log(
    `The report about ${REPOSITORIES} repositories with ${RUNS} runs each: ${count} requests${note} (goal: less than ${GOAL})`,
  );
}
