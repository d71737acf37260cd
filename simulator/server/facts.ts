import { textOf } from '../body-checks.ts';
import { type Facts, fillIn } from '../texts.ts';
import type { Names, Order } from './order.ts';
import type { Happening } from './timeline.ts';

const PULL_REQUEST = 12;

function pullRequestLink({ repository, provider }: Order, number: number): string {
  const name = repository ?? 'octo-org/octo-repo';
  if (provider === 'gitlab') return `https://gitlab.com/${name}/-/merge_requests/${number}`;
  if (provider === 'bitbucket') return `https://bitbucket.org/${name}/pull-requests/${number}`;
  return `https://github.com/${name}/pull/${number}`;
}

/** Returns the values for the placeholders in the texts of a conversation. */
export function factsOf(order: Order, names: Names): Facts {
  return {
    repository: order.repository ?? 'no repository',
    id: names.id,
    pullRequest: pullRequestLink(order, PULL_REQUEST),
    apiKey: order.apiKey,
    // On a standalone agent server, the texts repeat the model's key: there is no sandbox with a key.
    sessionKey:
      textOf(order.request, 'agent_settings', 'llm', 'api_key') ??
      textOf(order.request, 'agent', 'llm', 'api_key') ??
      names.sessionKey,
  };
}

/** Fills in the texts of a happening. */
export function withFacts(happening: Happening, facts: Facts): Happening {
  const fill = (text: string): string => fillIn(text, facts);
  switch (happening.kind) {
    case 'user-message':
    case 'system-prompt':
    case 'condensation':
    case 'cost':
    case 'pause':
    case 'interrupt':
      return happening;
    case 'plan':
    case 'plan-result':
      return {
        ...happening,
        tasks: happening.tasks.map((task) => ({ ...task, title: fill(task.title) })),
      };
    case 'agent-message':
    case 'finish':
    case 'tool-error':
      return { ...happening, text: fill(happening.text) };
    case 'command':
      return { ...happening, summary: fill(happening.summary), command: fill(happening.command) };
    case 'command-result':
      return { ...happening, command: fill(happening.command), text: fill(happening.text) };
    case 'edit':
      return { ...happening, summary: fill(happening.summary), text: fill(happening.text) };
    case 'error':
      return { ...happening, code: fill(happening.code), detail: fill(happening.detail) };
    case 'agent-state':
      return happening.reason === undefined ? happening : { ...happening, reason: fill(happening.reason) };
  }
}
