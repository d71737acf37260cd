import {
  GIT_PROVIDERS,
  type GitProvider,
  V0_GIT_PROVIDERS,
  type Workplace,
} from '../conversation/assignment.ts';
import type { Reader } from './reader.ts';

const MAX_BRANCH = 255;

/** Reads the repository (`standard` if empty), its provider and the branch; `undefined` for work without a repository. */
export function workplaceIn(read: Reader, standard: string, isV0: boolean): Workplace | undefined {
  // If the provider is wrong, names are checked by the most lenient rules, those of GitLab.
  const gitProvider = read.choice('git-provider', GIT_PROVIDERS, 'github', 'gitlab');
  const { value, shown } = read.given('repository');
  const repository = value === '' ? standard : value;
  if (repository !== 'none' && !isRepository(repository, gitProvider)) {
    const what = repository === '' ? 'empty' : shown;
    read.wrong(`repository is ${what}: it must be owner/repo, or none to work without one`);
  }
  const branch = branchIn(read, repository);
  if (isV0 && !V0_GIT_PROVIDERS.includes(gitProvider)) {
    read.wrong(
      `git-provider is ${gitProvider}, which needs api-version v1: V0 supports ${V0_GIT_PROVIDERS.join(', ')}`,
    );
  }
  return repository === 'none' ? undefined : { repository, gitProvider, ...(branch !== '' && { branch }) };
}

function branchIn(read: Reader, repository: string): string {
  const { value, shown } = read.given('branch');
  if (value === '') return value;
  const fault = branchFault(value);
  if (repository === 'none') {
    read.wrong('branch is given and repository is none: remove branch, or name a repository');
  } else if (fault !== undefined) {
    read.wrong(`branch is ${shown}, which ${fault}: it must be the name of a branch, without refs/heads/`);
  }
  return value;
}

/** Whether a name is valid: two segments on GitHub; elsewhere more, as for nested groups, or a project above the repository. */
function isRepository(name: string, provider: GitProvider): boolean {
  const segments = name.split('/');
  const right = provider === 'github' ? segments.length === 2 : segments.length >= 2;
  // Names of projects on Azure DevOps may contain blanks.
  const segment = provider === 'azure_devops' ? /^[\w.~-](?:[\w.~ -]*[\w.~-])?$/ : /^[\w.~-]+$/;
  return right && name.length <= 300 && segments.every((each) => segment.test(each) && !/^\.+$/.test(each));
}

/** The rules of git-check-ref-format that mistakes often break: what a name must not have, and how an error says it. */
const BRANCH_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/[~^:?*[\\]|\.\.|@\{|\/\//, 'contains'],
  [/^(?:[-/]|refs\/)/, 'begins with'],
  [/(?:\.lock|[./])$/, 'ends with'],
];

/** Says what is wrong with a branch name, as the end of a sentence; `undefined` if nothing is. */
function branchFault(name: string): string | undefined {
  if (name.length > MAX_BRANCH) return `is longer than ${MAX_BRANCH} characters`;
  if (/\s/.test(name)) return 'contains white space';
  if (/[\p{Cc}\p{Cf}]/u.test(name)) return 'contains an invisible character';
  for (const [pattern, words] of BRANCH_FAULTS) {
    const [found] = pattern.exec(name) ?? [];
    if (found !== undefined) return `${words} "${found}"`;
  }
  return undefined;
}
