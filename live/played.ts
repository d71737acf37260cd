/** Plays a scenario, which throws if it fails, and prints how it went, unless it was interrupted; whether it passed. */
export async function played(
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

/** Prints how many passed; whether all did, and there was one. */
export function summed(results: readonly boolean[]): boolean {
  const failed = results.filter((passed) => !passed).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  return failed === 0 && results.length > 0;
}
