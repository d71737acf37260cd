import { describe, expect, test } from '@jest/globals';

import { checked, WrongInputs } from '../../src/inputs/reader.ts';
import { type LocalInputs, localInputsIn } from '../../src/local/inputs.ts';
import type { LocalInputName } from '../../src/local/interface.ts';

const IMAGE = `ghcr.io/openhands/agent-server@sha256:${'0a'.repeat(32)}`;

function read(given: Partial<Record<LocalInputName, string>>): LocalInputs {
  return checked({ input: (name: LocalInputName) => given[name] ?? '' }, (reader) =>
    localInputsIn(reader, '1.2.3'),
  );
}

function problems(given: Partial<Record<LocalInputName, string>>): readonly string[] {
  try {
    read(given);
  } catch (error) {
    if (error instanceof WrongInputs) return error.problems;
    throw error;
  }
  return [];
}

describe('the inputs of local/action.yml', () => {
  test('are all optional', () => {
    expect(read({})).toEqual({
      server: { kind: 'package', version: '1.2.3' },
      port: 8712,
      allowUnisolated: false,
    });
  });

  test('accept only the version that has a list of packages', () => {
    expect(read({ version: ' 1.2.3 ' }).server).toEqual({ kind: 'package', version: '1.2.3' });
    expect(problems({ version: '1.2.4' })).toEqual([
      expect.stringMatching(/^version is "1\.2\.4": .*1\.2\.3/),
    ]);
  });

  test('accept an image only by its digest', () => {
    expect(read({ image: IMAGE }).server).toEqual({ kind: 'image', image: IMAGE });
    for (const image of [
      'ghcr.io/openhands/agent-server:latest',
      `${IMAGE}0`,
      `--privileged@sha256:${'0'.repeat(64)}`,
    ])
      expect(problems({ image })).toEqual([expect.stringMatching(/^image is ".*digest/)]);
  });

  test('accept either an image or a version', () => {
    expect(problems({ image: IMAGE, version: '1.2.3' })).toEqual([
      expect.stringMatching(/cannot be combined/),
    ]);
  });

  test('accept an unprivileged port, and report all problems at once', () => {
    expect(read({ port: '1024' }).port).toBe(1024);
    expect(problems({ port: '80', 'allow-unisolated': 'perhaps' })).toEqual([
      expect.stringMatching(/^port is "80"/),
      expect.stringMatching(/^allow-unisolated is "perhaps"/),
    ]);
    for (const port of ['0', '65536', '1e4', '-8712', '8712.5', 'http'])
      expect(problems({ port })).toHaveLength(1);
  });
});
