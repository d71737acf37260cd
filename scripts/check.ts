/**
 * Runs the checks of the project itself, one after the other, each as a separate command. Continues after a failed check,
 * so that one run reports all failures.
 *
 *     npm run check
 */
import { spawnSync } from 'node:child_process';

const CHECKS = [
  ['types', 'the types are right'],
  ['lint', 'format and rules are followed'],
  ['docs:check', 'the pages match action.yml and examples/'],
  ['dist:check', 'dist/ is what the source builds'],
  ['test', 'all tests pass'],
] as const;

const failed = CHECKS.filter(([name, meaning]) => {
  const began = performance.now();
  console.log(`\n── npm run ${name}: ${meaning}`);
  const { status } = spawnSync('npm', ['run', '--silent', name], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`── ${name}: ${status === 0 ? 'passed' : 'FAILED'} after ${seconds} s`);
  return status !== 0;
});

if (failed.length > 0) {
  console.error(`\nFailed: ${failed.map(([name]) => `npm run ${name}`).join(', ')}`);
  process.exitCode = 1;
} else {
  console.log('\nEverything passed.');
}
