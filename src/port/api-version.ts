import { GIT_PROVIDERS, type GitProvider } from './assignment.ts';

export const API_VERSIONS = ['v1', 'v0', 'agent-server'] as const;
export type ApiVersion = (typeof API_VERSIONS)[number];

/** The values of the input `api-version`. `auto`: the server shows which API it has. */
export const WANTED_APIS = ['auto', ...API_VERSIONS] as const;
export type WantedApi = (typeof WANTED_APIS)[number];

/** What is known of an API before a server is asked. What only a server shows is a fact of the port. */
interface ApiTraits {
  /** Whether its agents work in a folder of the server, and a start names their model with its key. */
  readonly isAgentServer: boolean;
  /** Whether all ids of conversations are UUIDs. */
  readonly hasUuids: boolean;
  /** Whether a step can have a model, a key, a budget and a patch. */
  readonly isComplete: boolean;
  readonly gitProviders: readonly GitProvider[];
}

const TRAITS: Readonly<Record<ApiVersion, ApiTraits>> = {
  v1: { isAgentServer: false, hasUuids: true, isComplete: true, gitProviders: GIT_PROVIDERS },
  v0: {
    isAgentServer: false,
    hasUuids: false,
    isComplete: false,
    // Source: `ProviderType` in its description.
    gitProviders: ['github', 'gitlab', 'bitbucket'],
  },
  'agent-server': { isAgentServer: true, hasUuids: true, isComplete: true, gitProviders: GIT_PROVIDERS },
};

/** Returns what is known of an API; `undefined` if the server is to show which one it has. */
export function traitsOf(version: ApiVersion): ApiTraits;
export function traitsOf(version: WantedApi): ApiTraits | undefined;
export function traitsOf(version: WantedApi): ApiTraits | undefined {
  return version === 'auto' ? undefined : TRAITS[version];
}

/** Returns the value of the input `api-version`; `auto` if it is empty or wrong. */
export function wantedApiOf(text: string): WantedApi {
  return WANTED_APIS.find((each) => each === text.trim()) ?? 'auto';
}

/** Whether the inputs say that the server is an agent server. */
export function isAgentServer(version: WantedApi): boolean {
  return traitsOf(version)?.isAgentServer === true;
}
