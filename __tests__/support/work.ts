/**
 * Returns the processor seconds that a piece of work takes. Unlike the time by a clock, they do not depend on what else
 * the machine does.
 */
export function processorSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}
