// Which platforms a release is for, and the documents of the image that tell them apart.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { layoutOf } from '../../manifests/release/oci.ts';
import { formatPlatform, parsePlatforms } from '../../manifests/release/platform.ts';

const parse = (...args: string[]) => parsePlatforms(args).map(formatPlatform);

describe('the platforms of a release', () => {
  test('are all unless the command line names some', () => {
    assert.deepEqual(parse(), ['linux/amd64', 'linux/arm64']);
    assert.deepEqual(parse('--platform', 'linux/arm64'), ['linux/arm64']);
    assert.deepEqual(parse('--platform', 'linux/arm64,linux/amd64'), ['linux/amd64', 'linux/arm64']);
    assert.deepEqual(parse('--platform=linux/arm64', '--platform', 'linux/amd64'), ['linux/amd64', 'linux/arm64']);
  });

  test('that nobody can make are refused', () => {
    assert.throws(() => parse('--platform', 'linux/riscv64'), {
      message: 'Cannot make an image for "linux/riscv64": wanted linux/amd64 or linux/arm64',
    });
    assert.throws(() => parse('linux/amd64'), /Unexpected argument/);
  });
});

type Descriptor = {
  mediaType: string;
  digest: string;
  platform?: { os: string; architecture: string };
  annotations?: { [key: string]: string };
};

describe('the layout of an image for two platforms', () => {
  const layer = (title: string) => ({ title, diffId: `sha256:${title}`, gzip: new TextEncoder().encode(title) });
  const platforms = ['amd64', 'arm64'].map((architecture) => ({
    architecture,
    layers: [layer(architecture), layer('shared')],
  }));
  const wish = { tag: '1.0.0', created: '2026-01-01T00:00:00.000Z', annotations: {}, config: {} };
  const { blobs, index, digest, digests } = layoutOf(platforms, wish);
  const read = (wanted: string) => {
    const blob = blobs.find((one) => one.digest === wanted);
    return JSON.parse(new TextDecoder().decode(blob?.bytes)) as { manifests: Descriptor[]; architecture: string };
  };

  test('tags one index, which names an image for each, and those images too', () => {
    const { manifests } = JSON.parse(index) as { manifests: Descriptor[] };
    assert.deepEqual(
      manifests.map((one) => [one.annotations?.['org.opencontainers.image.ref.name'], one.digest]),
      [
        ['1.0.0', digest],
        ['1.0.0-amd64', digests.get('amd64')],
        ['1.0.0-arm64', digests.get('arm64')],
      ],
    );
    assert.deepEqual(
      read(digest).manifests.map(({ platform, ...one }) => [platform?.os, platform?.architecture, one.digest]),
      [...digests].map(([architecture, of]) => ['linux', architecture, of]),
    );
  });

  test('holds a layer once that both have', () => {
    const shared = blobs.filter(({ bytes }) => new TextDecoder().decode(bytes) === 'shared');
    assert.equal(shared.length, 1);
    // Three layers, two configurations, two manifests, the index.
    assert.equal(blobs.length, 8);
  });
});
