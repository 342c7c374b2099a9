// Every command of docs/*.md and the README, in order, in a real cluster; what they print is what the documents show.
// The way from MetalLB wants clusters of its own: migration.test.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { indexed, MIGRATION, README } from '#test/docs/files.ts';
import { openLab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { announcersOf, apply, serviceManifest, untilAddress } from './cluster.ts';
import { type Hands, openPlayer } from './docs-player.ts';

const SAMPLE = readFileSync(join(checkout, 'manifests/samples/crds.yaml'), 'utf8');
const OURS = ['-n', 'metallb-system'];
const PATIENCE = { every: 200, within: 20_000 };

const lab = openLab('docs');
const player = openPlayer(lab);

const sample = () => apply(lab, SAMPLE);
const served = async () => {
  await sample();
  await apply(lab, serviceManifest({ name: 'web' }));
  await untilAddress(lab, 'web');
};
const announced = async () => {
  await served();
  await pollUntil('ServiceL2Status of web', () => announcersOf(lab, 'web'), PATIENCE);
};
const withoutPods = async () => {
  await lab.mustKubectl(['delete', 'pods', '-l', 'app=web']);
  // Of the Service of the same name before: with these a speaker would announce the new one for a moment.
  const isForgotten = async () => {
    const slices = ['get', 'endpointslices', '-l', 'kubernetes.io/service-name=web', '-o', 'name'];
    return (await lab.mustKubectl(slices)) === '' && !(await announcersOf(lab, 'web'));
  };
  await pollUntil('nothing to be left of the web before', isForgotten, PATIENCE);
  await served();
};

/** What a document takes for granted. */
const GRANTED: { readonly [path: string]: () => Promise<void> } = {
  'docs/first-service.md': () => lab.backend('web'),
  'docs/sharing.md': sample,
  'docs/failover.md': served,
  'docs/troubleshooting.md': sample,
  'docs/cli.md': announced,
  [README]: withoutPods,
};

const HANDS: { readonly [path: string]: Hands } = {
  'docs/failover.md': {
    'A node fails': async () => void (await lab.powerOff('node3')),
    'The node comes back': () => lab.powerOn('node3'),
  },
};

/** What earlier documents made, where Arpeggio is installed at all. */
async function tidy(): Promise<void> {
  await lab.mustKubectl(['delete', 'services', '-A', '--field-selector', 'spec.type=LoadBalancer']);
  await lab.kubectl(['delete', 'ipaddresspools,l2advertisements', '--all', ...OURS]);
}

describe('the documents', { timeout: 240_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 3, isBare: true });
  });
  after(async () => {
    player.close();
    await lab.down();
  });

  for (const path of [...indexed(), README].filter((one) => one !== MIGRATION)) {
    test(`${path}: every command does what it says`, async () => {
      await tidy();
      await GRANTED[path]?.();
      await player.play(path, HANDS[path]);
    });
  }
});
