import { textOf } from '../body-checks.ts';
import { isRecord, type Json, type JsonObject } from '../json.ts';
import { invalid, json, refuse, type Reply } from '../reply.ts';
import type { Tool } from './timeline.ts';

/** The version of a standalone agent server, if its variant names none. */
export const AGENT_SERVER_VERSION = '1.58.2';

/** How a standalone agent server differs from that version by itself, with a profile. */
export interface AgentServerVariant {
  readonly version?: string;
  /** What `/server_info` lists; by default what the version does. Without {@link ONE_BY_ONE}, see {@link startsTwice}. */
  readonly capabilities?: readonly string[];
  /** Agent Canvas in front of it: `local` as npm installs it, `docker` as its image has it, `backend` without pages. */
  readonly canvas?: 'local' | 'docker' | 'backend';
  /** Its active agent profile; `no-model`: one whose model is not set up; `unsupported`: older servers. */
  readonly profile?: 'active' | 'no-model' | 'none' | 'unsupported';
  /**
   * The folders that agents work in. The server creates a missing one, as an empty repository; a plain one is none. `bare`: a
   * repository without files, or a .git folder.
   */
  readonly folder?: 'repository' | 'missing' | 'empty' | 'plain' | 'no-remote' | 'bare';
  /** Whether git keeps no log of HEAD (`core.logAllRefUpdates=false`). */
  readonly hasNoLog?: boolean;
  /** Whether each agent, with its first edit, makes a new repository of the folder that it works in. */
  readonly makesRepository?: boolean;
  /** Whether conversations are listed without the folder that their agents work in. */
  readonly hidesFolder?: boolean;
  /** The refs that no worktree can be made from. */
  readonly absentRefs?: readonly string[];
  /** Whether it works in the folder itself, even if a worktree is wanted. */
  readonly ignoresWorktree?: boolean;
  /** Whether `/server_info` tells no version. */
  readonly hidesVersion?: boolean;
  /** The tools that it gives to each agent, as from plugins that its owner has installed for its user. */
  readonly addsTools?: readonly Tool[];
  /** Whether it stores no event about the tools of an agent. */
  readonly hidesTools?: boolean;
  /** Whether it refuses a start with tags, as a field that it does not know. */
  readonly refusesTags?: boolean;
}

const TOOLS: Readonly<Record<string, string>> = {
  terminal: 'TerminalTool',
  file_editor: 'FileEditorTool',
  task_tracker: 'TaskTrackerTool',
};
/** What a start calls built-in tools, and what its model is told. Each agent has the first two. Seen with 1.49.1 and 1.58.2. */
const BUILT_IN: Readonly<Record<string, string>> = {
  FinishTool: 'finish',
  ThinkTool: 'think',
  SwitchLLMTool: 'switch_llm',
};
/** The setting that turns `switch_llm` off. 1.49.1 takes it, and 1.58.2 refuses it. */
const SWITCH = 'enable_switch_llm_tool';

/** Returns the tools of an agent, as its model is told of them: those of the start, or of the profile; absent if the server hides them. */
export function toolsOf(body: JsonObject, variant: AgentServerVariant): { readonly tools?: readonly Tool[] } {
  if (variant.hidesTools === true) return {};
  const agent = recordIn(body, 'agent');
  const asked = namesIn((agent ?? recordIn(body, 'agent_settings'))?.['tools']) ?? Object.keys(TOOLS);
  const own = asked.map((name) => ({ kind: TOOLS[name] ?? 'UnknownTool', title: name }));
  const builtIn = namesIn(agent?.['include_default_tools']) ?? builtInBySettings(body, variant);
  const tools = builtIn.map((kind) => ({ kind, title: BUILT_IN[kind] ?? kind }));
  return { tools: [...own, ...tools, ...(variant.addsTools ?? [])] };
}

function builtInBySettings(body: JsonObject, variant: AgentServerVariant): readonly string[] {
  const settings = recordIn(body, 'agent_settings');
  const isSwitching = isOld(variant) && settings !== undefined && settings[SWITCH] !== false;
  return ['FinishTool', 'ThinkTool', ...(isSwitching ? ['SwitchLLMTool'] : [])];
}

/** Whether the server is like 1.49.1, not like 1.58.2. */
function isOld({ version = AGENT_SERVER_VERSION }: AgentServerVariant): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 2 && minor < 52;
}

function recordIn(body: JsonObject, name: string): JsonObject | undefined {
  const value = body[name];
  return isRecord(value) ? value : undefined;
}

/** Returns the names in a list of tools, which has objects or names. */
function namesIn(list: Json | undefined): readonly string[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const items: readonly Json[] = list;
  return items.map((item) => (typeof item === 'string' ? item : (textOf(item, 'name') ?? '')));
}

export const PROFILES = '/api/agent-profiles';
const PROFILE = 'd2713a3e-9346-4ed1-9dc3-c247106d005a';
const MAX_TAG = 256;

/** What Agent Canvas adds to `/server_info`. Seen with 1.20.0; its image names no frontend, although it has one. */
export function runtimeServices({ canvas }: AgentServerVariant): JsonObject {
  if (canvas === undefined) return {};
  const service = (port: number): JsonObject => ({ url_from_agent: `http://localhost:${port}` });
  const services = { agent_server: service(18_000), automation: service(18_001) };
  const frontend = { kind: 'static', ...service(3001) };
  return {
    runtime_services: {
      mode: canvas === 'docker' ? canvas : 'agent-canvas',
      agent_host_alias: 'localhost',
      services: canvas === 'local' ? { ...services, frontend } : services,
    },
  };
}

/** Answers with the agent profiles. Source: `AgentProfileListResponse` in OpenHands/software-agent-sdk. */
export function answerProfiles({ profile = 'active' }: AgentServerVariant): Reply {
  if (profile === 'unsupported') return refuse(404, 'Not Found');
  const stored = { id: PROFILE, name: 'default', agent_kind: 'openhands', llm_profile_ref: 'default' };
  return json(200, { profiles: [stored], active_agent_profile_id: profile === 'none' ? null : PROFILE });
}

/** Returns the refusal of a start for a setting, its tags or its profile, in the words of 1.49.1 and 1.58.2. */
export function refusalOf(body: Json | undefined, variant: AgentServerVariant): Reply | undefined {
  const settings = isRecord(body) ? recordIn(body, 'agent_settings') : undefined;
  if (!isOld(variant) && settings?.[SWITCH] !== undefined)
    return invalid([
      { loc: ['body'], msg: `Value error, Removed agent settings: ${SWITCH}`, type: 'value_error' },
    ]);
  const tags = isRecord(body) ? body['tags'] : undefined;
  const why = isRecord(tags) ? tagProblem(tags, variant) : undefined;
  if (why !== undefined) return invalid([{ loc: ['body', 'tags'], msg: why, type: 'value_error' }]);
  const profile = textOf(body, 'agent_profile_id');
  if (profile === null) return undefined;
  if (profile !== PROFILE || variant.profile === 'unsupported')
    return refuse(404, `Agent profile with id '${profile}' not found`);
  if (variant.profile !== 'no-model') return undefined;
  // 404 seen with 1.49.1, 422 with 1.58.2.
  return refuse(capabilitiesOf(variant).includes(ONE_BY_ONE) ? 422 : 404, "LLM profile 'default' not found");
}

function tagProblem(tags: JsonObject, { refusesTags }: AgentServerVariant): string | undefined {
  if (refusesTags === true) return 'Extra inputs are not permitted';
  for (const [key, value] of Object.entries(tags)) {
    if (!/^[a-z0-9]+$/.test(key))
      return `Value error, Tag key '${key}' is invalid: keys must be lowercase alphanumeric only`;
    if (typeof value !== 'string' || value.length > MAX_TAG)
      return `Value error, Tag value for '${key}' exceeds maximum length of ${MAX_TAG} characters`;
  }
  return undefined;
}

/** The capability of a server that takes starts with one id one after the other. Seen with 1.58.2; not there with 1.49.1. */
const ONE_BY_ONE = 'idempotent_conversation_create_v1';

/** Returns the capabilities in `/server_info` that matter to this project. Real servers list more. */
export function capabilitiesOf({
  version = AGENT_SERVER_VERSION,
  capabilities,
}: AgentServerVariant): readonly string[] {
  return capabilities ?? (isOld({ version }) ? [] : [ONE_BY_ONE]);
}

/** Whether the server takes a second start with an id, at the same instant, for a first one. Seen with 1.49.1. */
export function startsTwice(variant: AgentServerVariant): boolean {
  return !capabilitiesOf(variant).includes(ONE_BY_ONE);
}
