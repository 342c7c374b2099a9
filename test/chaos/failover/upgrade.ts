// All programs are replaced by those of another image, as `kubectl apply -k` of the next version does it, while the client
// opens connections and the API server asks for reviews.
import { join } from 'node:path';
import { checkout } from '#test/lab/state.ts';
import { pollUntil } from '#test/lab/wait.ts';
import { type Reviews, underReviews } from '../reviews.ts';
import { type Rolling, replaceSpeakers } from './rolling.ts';
import type { Stage } from './stage.ts';

export type Upgrade = Reviews & {
  readonly rolling: Rolling;
  /** Of all Pods in the end. */
  readonly images: readonly string[];
};

const OURS = ['-n', 'metallb-system'];
const IMAGE = 'ghcr.io/arpeggio/arpeggio';
const PATIENCE = { every: 100, within: 30_000 };

export async function upgradeTo(tag: string, stage: Stage): Promise<Upgrade> {
  const { lab } = stage;
  const manifests = await lab.mustKubectl(['kustomize', join(checkout, 'manifests')]);
  const next = manifests.replaceAll(new RegExp(`${IMAGE}:\\S+`, 'g'), `${IMAGE}:${tag}`);
  const replace = async () => {
    await lab.mustKubectl(['apply', '-f', '-'], next);
    for (const workload of ['deployment/webhook', 'deployment/controller', 'daemonset/speaker']) {
      await lab.mustKubectl([...OURS, 'rollout', 'status', workload, '--timeout=120s']);
    }
  };
  let rolling: Rolling | undefined;
  const reviews = await underReviews(lab, async () => {
    rolling = await replaceSpeakers(stage, replace);
  });
  if (!rolling) throw new Error('Cannot judge the upgrade: it did not take place');
  const images = await pollUntil('the last old Pod to be gone', () => soleImage(stage), PATIENCE);
  return { ...reviews, rolling, images };
}

/** Undefined while there are several. */
async function soleImage({ lab }: Stage): Promise<string[] | undefined> {
  const path = 'jsonpath={.items[*].spec.containers[*].image}';
  const images = [...new Set((await lab.mustKubectl([...OURS, 'get', 'pods', '-o', path])).split(' '))];
  return images.length === 1 ? images : undefined;
}
