import type { SimulatorOptions } from '../simulator/server/server.ts';
import type { ServerKind, ServerPlan } from './history.ts';
import { UNCLONED_BRANCH } from './plan-folders.ts';

/** The same on every machine: ids of keys depend on it. */
const ORIGIN = 'https://openhands.test';
/** The repository of the steps. */
const REPOSITORY = 'octo-org/octo-repo';
/** What a plugin adds: a tool of an MCP server. */
const PLUGINS_TOOL = { kind: 'MCPToolDefinition', title: 'search' } as const;
/** What OpenHands Cloud allows for a key. */
const LIMITS = { perSecond: 10, perMinute: 100 } as const;
const APIS = {
  v1: 'v1',
  'self-hosted': 'v1',
  'agent-server': 'agent-server',
  v0: 'v0',
} as const satisfies Record<ServerKind, SimulatorOptions['api']>;

/** Returns the options of the simulator for a server. */
export function serverOptions(plan: ServerPlan): SimulatorOptions {
  const { kind, scenario, version, failsToClone, hasEmptyFolder, addsTools } = plan;
  return {
    api: APIS[kind],
    ...(kind === 'self-hosted' && { kind }),
    scenario,
    origin: ORIGIN,
    agentServers: ORIGIN,
    rateLimit: plan.hasLimits === true ? LIMITS : 'none',
    sharedSandbox: plan.isShared === true,
    honourConversationId: plan.ignoresIds !== true,
    reservesIds: plan.reservesIds === true,
    hidesDeleted: plan.hidesDeleted === true,
    ...(failsToClone !== undefined && {
      failedClones: [
        { repository: REPOSITORY, ...(failsToClone === 'branch' && { branch: UNCLONED_BRANCH }) },
      ],
    }),
    agentServer: {
      ...(version !== undefined && { version }),
      ...(hasEmptyFolder && { folder: 'plain' }),
      ...(addsTools && { addsTools: [PLUGINS_TOOL] }),
    },
  };
}
