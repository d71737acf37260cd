import { textOf, WORST } from './worst-texts.ts';

/** Long enough to be measured. */
const SIZE = 512 * 1024;
const RUNS = 3;
/** In fewer milliseconds, chance decides how much the work grows. */
const MIN_MS = 20;

/** Prints by which factor the work of each function grows if its worst texts are twice as long: 2 if it grows like the texts. */
export function printGrowth(): void {
  console.log(
    `Twice the text, ${(2 * SIZE) / 1024} KiB of the worst kinds (goal: about 2; 4 grows with the square):`,
  );
  for (const { name, apply, shapes } of WORST) {
    const msForAll = (size: number): number =>
      shapes.map((shape) => msOf(() => apply(textOf(shape, size)))).reduce((a, b) => a + b);
    print(name, msForAll(SIZE), msForAll(2 * SIZE));
  }
}

function print(name: string, once: number, twice: number): void {
  const ratio = twice < MIN_MS ? 'too little to compare' : `× ${(twice / once).toFixed(1)}`;
  console.log(`  ${name.padEnd(32)} ${twice.toFixed(0).padStart(5)} ms, ${ratio}`);
}

/** Returns the shortest of several times, of the processor alone. */
function msOf(work: () => unknown): number {
  const times = Array.from({ length: RUNS }, () => {
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}
