// The bill of materials names each Debian package as of the distribution it came from.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSystem } from '../../manifests/release/debian.ts';
import { mergeBom } from '../../manifests/release/sbom.ts';

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n';
const UBUNTU = "NAME='Ubuntu'\nVERSION_ID='24.04'\nID='ubuntu'\nID_LIKE=debian\n";
const SID = 'NAME="Debian GNU/Linux"\nID=debian\n';

function purlOn(osRelease: string): string | undefined {
  const component = { name: 'arpeggio', version: '0.1.0', 'bom-ref': 'arpeggio@0.1.0' };
  const merged = mergeBom(
    { metadata: { component }, components: [], dependencies: [] },
    {
      source: { version: '0.1.0', commit: 'c', epoch: 0 },
      packages: [],
      debian: [{ file: 'x.deb', name: 'libstdc++6', version: '1:12.2.0-14', architecture: 'amd64' }],
      system: parseSystem(osRelease),
      reference: 'arpeggio:0.1.0',
    },
  );
  return (JSON.parse(merged) as { components: { purl: string }[] }).components[0]?.purl;
}

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
