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

/** Prints how many scenarios passed. Returns true if there was one, and none failed. */
export function reportSum(results: readonly boolean[]): boolean {
  const failed = results.filter((passed) => !passed).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  return failed === 0 && results.length > 0;
}
