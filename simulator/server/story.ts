import { type ScenarioName, SCENARIOS } from './scenarios.ts';
import type { Scenario } from './timeline.ts';

/** A scenario of the table by name, or a custom one. */
export type Story = ScenarioName | Scenario;

/** Returns the name or the description of a story. */
export function nameOf(story: Story): string {
  return typeof story === 'string' ? story : story.about;
}

/** Whether `name` is the name of a scenario. */
export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}

/** Returns all names in the order of the table. */
export function scenarioNames(): readonly ScenarioName[] {
  return Object.keys(SCENARIOS).filter(isScenarioName);
}

/** Returns the scenario of a story. */
export function scenarioOf(story: Story): Scenario {
  return typeof story === 'string' ? SCENARIOS[story] : story;
}

/** Returns the scenario that a line `simulate: NAME` in a message chooses; `undefined` if there is none. */
export function orderedScenario(message: string): ScenarioName | undefined {
  for (const match of message.matchAll(/^[ \t>]*simulate:[ \t]*([a-z-]+)[ \t]*\r?$/gm)) {
    const name = match[1] ?? '';
    if (isScenarioName(name)) return name;
  }
  return undefined;
}

/** Returns the duration of a scenario's start in seconds. Then the agent gets the message. */
export function startSeconds(scenario: Scenario): number {
  return Math.max(0, ...scenario.start.map((change) => change.at));
}
