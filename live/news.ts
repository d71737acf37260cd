import { memberAt, memberOf, textAt } from '../src/text/data.ts';

interface Known {
  /** The path of the start request. */
  readonly path: string;
  readonly fields: readonly string[];
  /** Those of the fields that the action sends. */
  readonly sent: readonly string[];
  readonly capabilities: readonly string[];
}

/**
 * What is known of the servers: the fields of the start request, and the capabilities in `/server_info`. Add here what the live
 * tests with `--newest` report, once it is clear what the action does with it: `max-cost-usd` waits for a budget in the start.
 * Source: the descriptions (`/openapi.json`) of openhands-ai 1.11.0 and OpenHands Cloud, and of openhands-agent-server 1.58.2.
 */
export const KNOWN: Readonly<Record<'v1' | 'agent-server', Known>> = {
  v1: {
    path: '/api/v1/app-conversations',
    fields: [
      'agent_profile_id',
      'agent_type',
      'conversation_id',
      'git_provider',
      'initial_message',
      'llm_model',
      'observability_metadata',
      'observability_span_name',
      'observability_tags',
      'parent_conversation_id',
      'plugins',
      'pr_number',
      'processors',
      'public',
      'sandbox_id',
      'secrets',
      'selected_branch',
      'selected_repository',
      'suggested_task',
      'system_message_suffix',
      'title',
      'trigger',
    ],
    sent: [
      ...['conversation_id', 'initial_message', 'llm_model'],
      ...['selected_repository', 'selected_branch', 'git_provider'],
    ],
    capabilities: [],
  },
  'agent-server': {
    path: '/api/conversations',
    fields: [
      'agent',
      'agent_definitions',
      'agent_launch_additions',
      'agent_profile_id',
      'agent_settings',
      'autotitle',
      'client_tools',
      'confirmation_policy',
      'container',
      'conversation_id',
      'conversation_runtime',
      'hook_config',
      'initial_message',
      'max_iterations',
      'observability_metadata',
      'observability_parent_span_context',
      'observability_span_name',
      'observability_tags',
      'parent_conversation_id',
      'plugins',
      'prompt',
      'secrets',
      'secrets_encrypted',
      'security_analyzer',
      'stuck_detection',
      'tags',
      'title_llm_profile',
      'tool_module_qualnames',
      'user_id',
      'workspace',
      'worktree',
      'worktree_options',
    ],
    sent: [
      ...['agent', 'agent_profile_id', 'agent_settings', 'conversation_id', 'initial_message'],
      ...['tags', 'workspace', 'worktree', 'worktree_options'],
    ],
    capabilities: [
      'agent_launch_pipeline_v1',
      'agent_profile_draft_materialize_v1',
      'conversation_runtime_routes_v1',
      'credential_binding_activation_guard_v1',
      'credential_binding_readiness_probe_v1',
      'credential_binding_v1',
      'idempotent_conversation_create_v1',
      'profile_persona_v1',
      'profile_public_skills_v1',
      'profile_secret_scope_v1',
      'skill_catalog_v1',
      'tool_catalog_v1',
    ],
  },
};

/**
 * Says what a server has that is not known, and what the action sends that it lacks or has marked as deprecated, such as
 * `agent_settings` once a profile takes its place. `description`: its `/openapi.json`, `info`: its `/server_info`.
 */
export function newIn(known: Known, description: unknown, info: unknown): readonly string[] {
  const start = memberOf(memberAt(description, 'paths'), known.path);
  const schema = textAt(start, 'post.requestBody.content.application/json.schema.$ref').split('/').at(-1);
  const fields = memberOf(memberOf(memberAt(description, 'components.schemas'), schema ?? ''), 'properties');
  if (typeof fields !== 'object' || fields === null) return ['the start request is not described'];
  const capabilities: unknown = memberOf(info, 'capabilities');
  const unknownIn = (names: readonly unknown[], list: readonly string[]): readonly string[] =>
    names.map(String).filter((name) => !list.includes(name));
  return [
    ...unknownIn(Object.keys(fields), known.fields).map((name) => `the start request has ${name}`),
    ...unknownIn(known.sent, Object.keys(fields)).map((name) => `the start request lacks ${name}`),
    ...known.sent
      .filter((name) => memberOf(memberOf(fields, name), 'deprecated') === true)
      .map((name) => `the start request has ${name} as deprecated`),
    ...unknownIn(Array.isArray(capabilities) ? capabilities : [], known.capabilities).map(
      (name) => `the server has the capability ${name}`,
    ),
  ];
}
