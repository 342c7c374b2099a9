// The bill of materials names each Debian package as of the distribution it came from, and says whose image each part is in.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSystem } from '../../manifests/release/debian.ts';
import { mergeBom } from '../../manifests/release/sbom.ts';

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n';
const UBUNTU = "NAME='Ubuntu'\nVERSION_ID='24.04'\nID='ubuntu'\nID_LIKE=debian\n";
const SID = 'NAME="Debian GNU/Linux"\nID=debian\n';

const PACKAGE = { file: 'x.deb', name: 'libstdc++6', version: '1:12.2.0-14' };

type Merged = {
  components: { 'bom-ref': string; type: string; purl?: string }[];
  dependencies: { ref: string; dependsOn: string[] }[];
};

function mergeOn(osRelease: string, architectures: readonly string[]): Merged {
  const component = { name: 'arpeggio', version: '0.1.0', 'bom-ref': 'arpeggio@0.1.0' };
  const nodes = architectures.map((architecture) => ({ name: `node-${architecture}`, version: '24.0.0' }));
  const components = [...nodes, { name: 'express', version: '5.0.0' }, { name: 'unused', version: '1.0.0' }].map(
    (one) => ({ ...one, 'bom-ref': one.name }),
  );
  const direct = components.map(({ name }) => name);
  const merged = mergeBom(
    { metadata: { component }, components, dependencies: [{ ref: 'arpeggio@0.1.0', dependsOn: direct }] },
    {
      source: { version: '0.1.0', commit: 'c', epoch: 0 },
      packages: [{ name: 'express', version: '5.0.0', licence: 'MIT', text: '' }],
      images: architectures.map((architecture, i) => ({
        ...{ architecture, digest: `sha256:${i}`, debian: [{ ...PACKAGE, architecture }] },
        node: [{ name: `node-${architecture}`, version: '24.0.0', licence: 'MIT', text: '' }],
      })),
      system: parseSystem(osRelease),
      digest: 'sha256:9',
    },
  );
  return JSON.parse(merged) as Merged;
}

function purlOn(osRelease: string): string | undefined {
  return mergeOn(osRelease, ['amd64']).components.find(({ type }) => type === 'library')?.purl;
}

test('the image for each platform has its own Node and Debian packages; what is bundled belongs to all', () => {
  const { components, dependencies } = mergeOn(DEBIAN, ['amd64', 'arm64']);
  const image = (digit: number, architecture: string) =>
    `pkg:oci/arpeggio@sha256%3A${digit}?arch=${architecture}&repository_url=ghcr.io/arpeggio/arpeggio&tag=0.1.0`;
  const debian = (architecture: string) =>
    `pkg:deb/debian/libstdc%2B%2B6@1%3A12.2.0-14?arch=${architecture}&distro=debian-12`;
  assert.deepEqual(dependencies, [
    { ref: 'arpeggio@0.1.0', dependsOn: ['express', image(0, 'amd64'), image(1, 'arm64')] },
    { ref: image(0, 'amd64'), dependsOn: ['node-amd64', debian('amd64')] },
    { ref: image(1, 'arm64'), dependsOn: ['node-arm64', debian('arm64')] },
  ]);
  const refs = components.map((one) => one['bom-ref']);
  assert.deepEqual(
    refs.toSorted(),
    ['express', ...dependencies.slice(1).flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])].toSorted(),
  );
});

describe('a Debian package in the bill of materials', () => {
  const purls: [string, string, string][] = [
    ['Debian', DEBIAN, 'pkg:deb/debian/libstdc%2B%2B6@1%3A12.2.0-14?arch=amd64&distro=debian-12'],
    ['a system of its kind', UBUNTU, 'pkg:deb/ubuntu/libstdc%2B%2B6@1%3A12.2.0-14?arch=amd64&distro=ubuntu-24.04'],
    ['a release without a number', SID, 'pkg:deb/debian/libstdc%2B%2B6@1%3A12.2.0-14?arch=amd64&distro=debian'],
  ];
  for (const [what, osRelease, wanted] of purls) {
    test(`is named as of ${what}`, () => assert.equal(purlOn(osRelease), wanted));
  }

  test('is not named where the system does not say what it is', () => {
    assert.throws(() => parseSystem('NAME=x\n'), /^Error: Cannot name the Debian packages: .* has no ID, wanted/);
  });
});
