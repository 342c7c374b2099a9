// The ConfigMap as custom resources: the same meaning, or a refusal that names field and value.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { formatObjects, type Migration, migrate } from '#cli/migrate.ts';
import { isAdvertised } from '#core/advertisement.ts';
import { type Config, type ConfigMapObject, parseConfig } from '#core/config.ts';
import type { IPAddressPoolObject, L2AdvertisementObject } from '#core/custom-resources.ts';
import { formatProblem } from '#core/problem.ts';
import { formatRange } from '#core/range.ts';
import { advertisement, configMap, NAMESPACE, pool } from '#test/webhook/builders.ts';

const SAMPLES = new URL('../../manifests/samples/', import.meta.url);
const sample = (name: string) => readFileSync(new URL(name, SAMPLES), 'utf8');
const POOL = '- {name: a, protocol: layer2, addresses: [10.0.0.0/24]';
const MANY = `address-pools:
- {name: "010", protocol: layer2, addresses: [10.0.0.0/24, 10.0.1.5-10.0.1.9], auto-assign: false}
- {name: buggy, protocol: layer2, addresses: [10.1.0.7/24, "fd00::/64"], avoid-buggy-ips: yes}
- {name: plain, protocol: layer2, addresses: [10.2.0.0/16], auto-assign: true, bgp-advertisements: []}
`;

function migrateText(text: string, present: object[] = []): Migration {
  const parts = partsOf(present as { kind: string }[]);
  return migrate({ configMap: configMap(text) as ConfigMapObject, ...parts }, NAMESPACE);
}

/** All that decides, without where it was written. */
function meaningOf({ pools, advertisements }: Config): object {
  return {
    pools: pools.map(({ source: _, ranges, ...pool }) => ({
      ...pool,
      ranges: ranges.map((one) => formatRange(one.range)),
    })),
    advertisements: advertisements.map(({ name: _, ...one }) => JSON.stringify(one)).sort(),
  };
}

type Parts = { pools: IPAddressPoolObject[]; advertisements: L2AdvertisementObject[] };

function partsOf(objects: readonly { readonly kind: string }[]): Parts {
  return {
    pools: objects.filter(({ kind }) => kind === 'IPAddressPool') as IPAddressPoolObject[],
    advertisements: objects.filter(({ kind }) => kind === 'L2Advertisement') as L2AdvertisementObject[],
  };
}

/** As they are printed. */
function objectsOf(text: string): Parts {
  const migration = migrateText(text);
  assert.ok(migration.ok);
  return partsOf(parseAllDocuments(formatObjects(migration.objects)).map((one) => one.toJS() as { kind: string }));
}

describe('migrate', () => {
  test('makes of the sample ConfigMap the sample resources', () => {
    const { data } = parse(sample('configmap.yaml')) as { data: { config: string } };
    const wanted = parseAllDocuments(sample('crds.yaml')).map((one) => one.toJS() as unknown);
    const migration = migrateText(data.config);
    assert.ok(migration.ok);
    assert.deepEqual([...migration.objects].reverse(), wanted);
  });

  test('makes resources that mean the same, and stand beside the ConfigMap without a problem', () => {
    const before = parseConfig({ configMap: configMap(MANY) as ConfigMapObject, pools: [], advertisements: [] });
    const after = parseConfig(objectsOf(MANY));
    assert.deepEqual([before.problems, after.problems], [[], []]);
    assert.deepEqual(meaningOf(after.config), meaningOf(before.config));
    const both = parseConfig({ configMap: configMap(MANY) as ConfigMapObject, ...objectsOf(MANY) });
    assert.deepEqual(both.problems, []);
    assert.deepEqual(meaningOf(both.config), meaningOf(before.config));
  });

  test('keeps every pool and its advertisement after each step of the application', () => {
    const migration = migrateText(MANY);
    assert.ok(migration.ok);
    for (const [i] of migration.objects.entries()) {
      const { pools, advertisements } = partsOf(migration.objects.slice(0, i + 1));
      const { config, problems } = parseConfig({
        configMap: configMap(MANY) as ConfigMapObject,
        pools,
        advertisements,
      });
      assert.deepEqual(problems, []);
      assert.equal(config.pools.length, 3);
      for (const pool of config.pools)
        assert.ok(
          config.advertisements.some((one) => isAdvertised(one, pool)),
          pool.name,
        );
    }
  });

  test('makes nothing of a ConfigMap without pools', () => {
    assert.deepEqual(migrateText(''), { ok: true, objects: [] });
  });

  test('may be repeated', () => {
    const { pools, advertisements } = objectsOf(MANY);
    assert.ok(migrateText(MANY, [...pools, ...advertisements]).ok);
    const filledIn = pools.map((one) => ({ ...one, spec: { autoAssign: true, avoidBuggyIPs: false, ...one.spec } }));
    assert.ok(migrateText(MANY, filledIn).ok);
  });

  const refusals: [string, string, object[], RegExp][] = [
    [
      'peers',
      `peers:\n- {my-asn: 64500, peer-asn: 64501, peer-address: 10.0.0.1, password: secret}\naddress-pools:\n${POOL}}\n`,
      [],
      /^peers: cannot be carried over: BGP is not supported yet, wanted it removed$/,
    ],
    [
      'a pool of BGP',
      'address-pools:\n- {name: a, protocol: bgp, addresses: [10.0.0.0/24]}\n',
      [],
      /^address-pools\[0\]\.protocol: "bgp" is not supported yet, wanted "layer2"$/,
    ],
    [
      'a name that no object can have',
      'address-pools:\n- {name: My_Pool, protocol: layer2, addresses: [10.0.0.0/24]}\n',
      [],
      /^address-pools\[0\]\.name: "My_Pool" is no name of an object, wanted lower-case letters/,
    ],
    [
      'an advertisement that would be overwritten',
      `address-pools:\n${POOL}}\n`,
      [advertisement('a', { ipAddressPools: ['b'] })],
      /^address-pools\[0\]\.name: L2Advertisement "a" exists and says something else/,
    ],
    [
      'a pool that would be overwritten',
      `address-pools:\n${POOL}}\n`,
      [pool('a', ['10.9.0.0/24'])],
      /^address-pools\[0\]\.name: IPAddressPool "a" exists and says something else, wanted another name for one of the two$/,
    ],
    [
      'a pool that says the same but for a field more',
      `address-pools:\n${POOL}}\n`,
      [{ kind: 'IPAddressPool', metadata: { name: 'a' }, spec: { addresses: ['10.0.0.0/24'], autoAssign: false } }],
      /^address-pools\[0\]\.name: IPAddressPool "a" exists and says something else/,
    ],
    [
      'a document that is broken already',
      'address-pools: everything\n',
      [],
      /^data\.config:1:1?\d: address-pools is "everything"/,
    ],
  ];
  for (const [what, text, present, wanted] of refusals) {
    test(`refuses ${what}`, () => {
      const migration = migrateText(text, present);
      assert.ok(!migration.ok);
      assert.match(migration.problems.map(formatProblem).join('\n'), wanted);
    });
  }
});
