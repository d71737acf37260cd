import type { World } from '../src/world.ts';

/** Returns a world whose event has texts, for templates, and their paths in GitHub's API. */
export function withEventTexts(
  texts: readonly { readonly name: string; readonly path: string; readonly body: string }[],
  { event, workflow, ...world }: World,
): World {
  const github = { repository: workflow.repository, server_url: workflow.gitHubUrl };
  const payload = Object.fromEntries(texts.map(({ name, body }) => [name, { body }]));
  const templateContext = async () => Promise.resolve({ github, event: payload });
  const textPaths = new Map(texts.map(({ name, path }) => [`github.event.${name}.body`, path]));
  return { ...world, event: { ...event, textPaths }, workflow: { ...workflow, templateContext } };
}
