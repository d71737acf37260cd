/** The repository that the agent works in. */
export interface Workplace {
  readonly repository: string;
  readonly branch?: string;
  readonly gitProvider: GitProvider;
}

export const GIT_PROVIDERS = [
  'github',
  'gitlab',
  'bitbucket',
  'bitbucket_data_center',
  'forgejo',
  'azure_devops',
] as const;
export type GitProvider = (typeof GIT_PROVIDERS)[number];
/** The git providers that API V0 supports. Source: `ProviderType` in its description. */
export const V0_GIT_PROVIDERS: readonly GitProvider[] = ['github', 'gitlab', 'bitbucket'];
