/** Runs a scenario, which throws if it fails. Prints the result, unless it was interrupted. Returns whether it passed. */
export async function runScenario(
  name: string,
  run: () => Promise<void>,
  interrupted?: AbortSignal,
): Promise<boolean> {
  const began = performance.now();
  const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s`;
  try {
    await run();
    console.log(`passed ${seconds()}  ${name}`);
    return true;
  } catch (error) {
    if (interrupted?.aborted === true) return false;
    console.log(`FAILED ${seconds()}  ${name}`);
    console.log((error instanceof Error ? error.message : String(error)).replace(/^/gm, '    '));
    return false;
  }
}

interface Named {
  readonly name: string;
}

/**
 * Plays scenarios, and once more those that failed: on a busy machine, a start can take longer than a scenario allows for. What is wrong
 * fails twice. Prints the sum. Returns whether there was a scenario, and all passed in the end.
 *
 * @param first plays them, and returns those that failed.
 * @param again the same for those, one after the other.
 */
export async function playTwice<S extends Named>(
  scenarios: readonly S[],
  first: (scenarios: readonly S[]) => Promise<readonly S[]>,
  again: (scenarios: readonly S[]) => Promise<readonly S[]>,
): Promise<boolean> {
  const failed = await first(scenarios);
  const next = failed.map((each) => ({ ...each, name: `${each.name}, at the second try` }));
  const left = next.length === 0 ? [] : await again(next);
  const late = failed.length - left.length;
  const needed = late === 0 ? '' : `, ${late} of them at the second try`;
  console.log(`\n${scenarios.length - left.length} passed${needed}, ${left.length} failed`);
  return left.length === 0 && scenarios.length > 0;
}

/** Prints how many scenarios passed. Returns true if there was one, and none failed. */
export function reportSum(results: readonly boolean[]): boolean {
  const failed = results.filter((passed) => !passed).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  return failed === 0 && results.length > 0;
}
