import type { Result } from './run.ts';

/** Returns what came of many histories: how their steps ended, what was wrong, and what was excepted. */
export function summaryOf(results: readonly Result[]): string {
  const requests = sum(results.map((each) => each.requests));
  const faults = sum(results.map((each) => each.faults));
  const days = sum(results.map(({ simulated }) => simulated)) / 86_400;
  return [
    `\nSteps: ${counted(results.flatMap(({ statuses }) => statuses))}`,
    `${requests} requests, ${faults} of them with a fault, in ${days.toFixed(1)} simulated days`,
    `Excepted: ${counted(results.flatMap(({ excepted }) => excepted)) || 'nothing'}`,
    `Violations: ${counted(results.flatMap(({ violations }) => violations.map(({ promise }) => promise))) || 'none'}`,
  ].join('\n');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

/** Returns how often each text is there, the commonest first. */
function counted(texts: readonly string[]): string {
  const counts = Map.groupBy(texts, (text) => text);
  return [...counts]
    .map(([text, all]) => [text, all.length] as const)
    .sort(([, one], [, other]) => other - one)
    .map(([text, count]) => `${text} ${count}`)
    .join(', ');
}
