import { expect, test } from '@jest/globals';

import { nodeProblem } from '../../src/preconditions.ts';
import { problemLine } from '../../src/report/problem.ts';

test('a Node that is too old is reported with what to do', () => {
  const problem = nodeProblem('20.20.2');
  expect(problem && problemLine(problem)).toMatch(
    /^failed to run on Node 20\.20\.2: the action needs Node 24 or later\. What to do: update the runner/,
  );
});

test.each(['24.0.0', '24.21.0', '26.1.0', '100.0.0'])('Node %s is new enough', (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});
