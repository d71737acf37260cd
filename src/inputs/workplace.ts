import {
  GIT_PROVIDERS,
  type GitProvider,
  V0_GIT_PROVIDERS,
  type Workplace,
} from '../conversation/workplace.ts';
import { type Checked, choice, type Given, type Optional, type Reader, right, wrong } from './checked.ts';

const LONGEST_BRANCH = 255;

/** The repository, its provider and the branch. */
export function workplace(
  text: Reader,
  workflowRepository: string,
  v0Only: boolean,
): Checked<Optional<'workplace', Workplace>> {
  const given = text('repository');
  const repository = given.value === '' ? workflowRepository : given.value;
  const branch = text('branch');
  const provider = choice(text('git-provider'), GIT_PROVIDERS);
  const problems = [
    ...repositoryProblems(repository, given.shown, provider.orElse('gitlab')),
    ...branchProblems(branch, repository),
    ...provider.problems,
    ...(v0Only ? providerProblemsOfV0(provider.orElse('github')) : []),
  ];
  if (problems.length > 0) return wrong(...problems);
  if (repository === 'none') return right({});
  const gitProvider = provider.value();
  return right({
    workplace: { repository, gitProvider, ...(branch.value !== '' && { branch: branch.value }) },
  });
}

function repositoryProblems(name: string, shown: string, provider: GitProvider): readonly string[] {
  if (name === 'none') return [];
  const rule = 'it must be owner/repo, or none for work without a repository';
  if (name === '') return [`repository is empty: ${rule}`];
  return isRepository(name, provider) ? [] : [`repository is ${shown}: ${rule}`];
}

function branchProblems({ value, shown }: Given, repository: string): readonly string[] {
  if (value === '') return [];
  if (repository === 'none')
    return ['branch is given and repository is none: remove branch, or name a repository'];
  const fault = branchFault(value);
  return fault === undefined
    ? []
    : [`branch is ${shown}, which ${fault}: it must be the name of a branch, without refs/heads/`];
}

function providerProblemsOfV0(provider: GitProvider): readonly string[] {
  return V0_GIT_PROVIDERS.includes(provider)
    ? []
    : [`git-provider is ${provider}, which needs api-version v1: V0 knows ${V0_GIT_PROVIDERS.join(', ')}`];
}

/** Two segments on GitHub; other providers have groups within groups, or a project between owner and repository. */
function isRepository(name: string, provider: GitProvider): boolean {
  const segments = name.split('/');
  const right = provider === 'github' ? segments.length === 2 : segments.length >= 2;
  // Names of projects on Azure DevOps may contain blanks.
  const segment = provider === 'azure_devops' ? /^[\w.~-](?:[\w.~ -]*[\w.~-])?$/ : /^[\w.~-]+$/;
  return right && name.length <= 300 && segments.every((each) => segment.test(each) && !/^\.+$/.test(each));
}

/** The rules of git-check-ref-format that a mistake is likely to break: what is wrong, and the words before it. */
const BRANCH_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/[~^:?*[\\]|\.\.|@\{|\/\//, 'contains'],
  [/^(?:[-/]|refs\/)/, 'begins with'],
  [/(?:\.lock|[./])$/, 'ends with'],
];

/** What is wrong with the name of a branch: the end of a sentence. */
function branchFault(name: string): string | undefined {
  if (name.length > LONGEST_BRANCH) return `is longer than ${LONGEST_BRANCH} characters`;
  if (/\s/.test(name)) return 'contains white space';
  if (/[\p{Cc}\p{Cf}]/u.test(name)) return 'contains an invisible character';
  for (const [pattern, words] of BRANCH_FAULTS) {
    const [found] = pattern.exec(name) ?? [];
    if (found !== undefined) return `${words} "${found}"`;
  }
  return undefined;
}
