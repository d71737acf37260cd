/**
 * The bill of materials of the built files: the packages that `dist/licenses.txt` names, as the lock file describes them.
 * `npm sbom` knows what is installed, not what is built: it lists what the build leaves out, and with `--omit=dev` it misses
 * packages that development needs, too (https://github.com/npm/cli/issues/7909). Needs only Node, no packages.
 */
import { randomUUID } from 'node:crypto';

import { memberOf, textAt } from '../src/text/data.ts';

const BUILT_ID = 'SPDXRef-Built';
/** The lock file has no addresses, and nobody looked into each file of the packages. */
const UNKNOWN = { downloadLocation: 'NOASSERTION', filesAnalyzed: false };

interface Package {
  /** Its folder in node_modules. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** A digest of the published archive, such as `sha512-` and Base64. */
  readonly integrity: string;
  readonly isForDevelopment: boolean;
}

function packagesIn(lock: string): readonly Package[] {
  const packages = memberOf(JSON.parse(lock), 'packages') ?? {};
  return Object.keys(packages).map((path) => {
    const entry = memberOf(packages, path);
    return {
      path,
      name: path.replace(/^.*node_modules\//, ''),
      version: textAt(entry, 'version'),
      license: textAt(entry, 'license'),
      integrity: textAt(entry, 'integrity'),
      isForDevelopment: memberOf(entry, 'dev') === true,
    };
  });
}

/**
 * Returns the packages that the text of a `licenses.txt` names, each once, sorted by name. The text has no versions: if several
 * are installed, it means one that is not for development alone. The build checks that with {@link checkLicenses}.
 */
export function packagesNamedIn(licenses: string, lock: string): readonly Package[] {
  const named = packagesIn(lock)
    .filter(({ name, license }) => `\n${licenses}`.includes(`\n${name}\n${license}\n`))
    .toSorted((a, b) => Number(b.isForDevelopment) - Number(a.isForDevelopment));
  // The map keeps the last package of each name: one for development alone only if there is no other.
  const byName = new Map(named.map((each) => [each.name, each]));
  return [...byName.keys()].toSorted().flatMap((name) => byName.get(name) ?? []);
}

/**
 * Checks that the text of a `licenses.txt` names the packages of the source files that were built, and no others.
 *
 * @throws Error if it does not
 */
export function checkLicenses(licenses: string, sources: readonly string[], lock: string): void {
  // The folder of a package is in the innermost node_modules. Its name has two parts if it has a scope: @actions/core.
  const built = new Set(
    sources.flatMap((source) => /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(source) ?? []),
  );
  const named = new Set(packagesNamedIn(licenses, lock).map(({ path }) => path));
  const wrong = [...built.symmetricDifference(named)];
  if (wrong.length > 0)
    throw new Error(
      `licenses.txt, read with package-lock.json, does not name exactly the packages that were built: see ${wrong.join(', ')}.`,
    );
}

/**
 * Returns a bill of materials in SPDX 2.3, which `actions/attest` recognizes.
 * Source: https://spdx.github.io/spdx-spec/v2.3/
 *
 * @param version of the action
 */
export function sbomOf(version: string, packages: readonly Package[], now: Date): object {
  const action = `openhands-conversation-action-${version}`;
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${action}/dist`,
    documentNamespace: `https://spdx.org/spdxdocs/${action}-${randomUUID()}`,
    // SPDX allows no fractions of a second.
    creationInfo: { created: now.toISOString().replace(/\.\d+/, ''), creators: [`Tool: ${action}`] },
    packages: [
      { SPDXID: BUILT_ID, name: 'dist', versionInfo: version, ...UNKNOWN, licenseDeclared: 'MIT' },
      ...packages.map((each) => ({
        SPDXID: idOf(each),
        name: each.name,
        versionInfo: each.version,
        ...UNKNOWN,
        licenseDeclared: each.license,
        checksums: [{ algorithm: 'SHA512', checksumValue: sha512Of(each) }],
        externalRefs: [
          {
            referenceCategory: 'PACKAGE-MANAGER',
            referenceType: 'purl',
            referenceLocator: `pkg:npm/${each.name.replace('@', '%40')}@${each.version}`,
          },
        ],
      })),
    ],
    relationships: [
      relation('SPDXRef-DOCUMENT', 'DESCRIBES', BUILT_ID),
      ...packages.map((each) => relation(BUILT_ID, 'CONTAINS', idOf(each))),
    ],
  };
}

/** SPDX allows only letters, digits, dots and hyphens. */
function idOf({ name, version }: Package): string {
  return `SPDXRef-${`${name}-${version}`.replace('@', '').replaceAll(/[^A-Za-z0-9.-]/g, '.')}`;
}

function sha512Of({ name, integrity }: Package): string {
  const [, digest] = /^sha512-([\w+/]+=*)$/.exec(integrity) ?? [];
  if (digest === undefined) throw new Error(`package-lock.json has no SHA-512 digest of ${name}.`);
  return Buffer.from(digest, 'base64').toString('hex');
}

function relation(spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
