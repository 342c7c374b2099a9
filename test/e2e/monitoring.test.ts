// manifests/monitoring/ with a Prometheus that scrapes a lab: every alert and every panel works, docs/monitoring.md is true.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { must } from '#test/lab/command.ts';
import { openLab } from '#test/lab/lab.ts';
import { checkout } from '#test/lab/state.ts';
import { pollUntil, tryUntil } from '#test/lab/wait.ts';
import { ALERT_CASES, type AlertCase } from '#test/manifests/alert-cases.ts';
import {
  type Dashboard,
  formatMetricRow,
  type MetricRow,
  readAlerts,
  readMetricRows,
  type Target,
} from '#test/manifests/monitoring.ts';
import { apply, configMapManifest, ownerOf, refusalOf, serviceManifest, untilAddress, untilAnswer } from './cluster.ts';
import { readExposition } from './exposition.ts';
import { makeFolder, type Prometheus, startPrometheus, writeRules } from './prometheus.ts';

const POOL = 'address-pools:\n- name: a\n  protocol: layer2\n  addresses: [192.168.1.240/29, fd00:1::f0/125]\n';
const IP = '192.168.1.240';
const KEY = { 'metallb.io/allow-shared-ip': 'k' };
const PATIENCE = { every: 100, within: 20_000 };
/** The speaker that this test kills, and nothing else. */
const WRONG = ['ArpeggioSpeakerDown'];
const MANIFESTS = join(checkout, 'manifests/monitoring');
const MINUTES = 15;

const lab = openLab('monitor');
let prometheus: Prometheus | undefined;

function ask(): Prometheus {
  return prometheus ?? assert.fail('Prometheus is not up');
}

/** Whether there is data, and in it what the legend is made of. */
async function isShown({ expr, legendFormat }: Target): Promise<boolean> {
  // As Grafana fills it in.
  const samples = await ask().query(expr.replaceAll('$__rate_interval', '1m'));
  const labels = Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label = '']) => label);
  return samples.length > 0 && samples.every(({ metric }) => labels.every((label) => label in metric));
}

/** As promtool takes them: how many alerts of the name fire in each of the two worlds. */
function playsOf({ alert, fires, quiet, minutes = MINUTES }: AlertCase): object[] {
  const look = (count: number) => ({
    expr: `count(ALERTS{alertname="${alert}", alertstate="firing"}) or vector(0)`,
    eval_time: `${minutes}m`,
    exp_samples: [{ labels: '{}', value: count }],
  });
  const play = (input_series: AlertCase['fires'], count: number) => ({
    ...{ interval: '15s', name: `${alert} ${count}`, input_series, promql_expr_test: [look(count)] },
  });
  return [play(fires, 1), play(quiet, 0)];
}

describe('monitoring', { timeout: 120_000 }, () => {
  before(async () => {
    await lab.down();
    await lab.up({ nodes: 2, overlay: 'ebpf' });
    prometheus = await startPrometheus(lab);
    await apply(lab, configMapManifest(POOL));
    await lab.backend('web');
    await apply(lab, serviceManifest({ name: 'web', annotations: KEY }));
    assert.equal(await untilAddress(lab, 'web'), IP);
    await untilAnswer(lab, IP);
  });
  after(async () => {
    await prometheus?.stop();
    await lab.down();
  });

  test('promtool finds no fault with the rules, and every alert fires when it should', async () => {
    const folder = makeFolder();
    try {
      const rules = writeRules(folder);
      await must(['promtool', 'check', 'rules', ...rules]);
      const played = join(folder, 'played.json');
      const evaluation = { rule_files: rules, evaluation_interval: '15s' };
      writeFileSync(played, JSON.stringify({ ...evaluation, tests: ALERT_CASES.flatMap(playsOf) }));
      await must(['promtool', 'test', 'rules', played]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('a clash of ports is refused, and another node takes over when the owner is killed', async () => {
    const clash = serviceManifest({ name: 'clash', loadBalancerIP: IP, annotations: KEY });
    assert.match(await refusalOf(lab, clash), /TCP\/80 on 192\.168\.1\.240 is already used/);
    const owner = await pollUntil('an owner', () => ownerOf(lab, IP), PATIENCE);
    const owners = 'count by (node) (count by (node, ip) (metallb_speaker_announced))';
    const isSeen = (node: string) => async () =>
      (await ask().query(owners)).some(({ metric }) => metric['node'] === node);
    await pollUntil(`Prometheus to see ${owner}`, isSeen(owner), PATIENCE);
    await lab.killSpeaker(owner);
    const [heir = ''] = lab.nodes().flatMap(({ name }) => (name === owner ? [] : [name]));
    await pollUntil(`Prometheus to see ${heir}`, isSeen(heir), PATIENCE);
    const isDown = async () => (await activeAlerts()).find(({ labels }) => isSpeakerDown(labels, owner));
    const { annotations } = await pollUntil('the alert', isDown, PATIENCE);
    assert.equal(annotations['summary'], `The speaker on ${owner} does not answer`);
  });

  test('Prometheus evaluates every rule, and only what is wrong is pending', async () => {
    type Rule = { readonly name: string; readonly health: string; readonly lastError?: string };
    const evaluated = async () => {
      const { groups } = await ask().get<{ groups: readonly { readonly rules: readonly Rule[] }[] }>('rules');
      const rules = groups.flatMap((group) => group.rules);
      return rules.every(({ health }) => health !== 'unknown') && rules;
    };
    const rules = await pollUntil('all rules', evaluated, PATIENCE);
    assert.deepEqual(
      rules.filter(({ health }) => health !== 'ok'),
      [],
    );
    let wrong: string[] = [];
    const isSettled = async () => {
      wrong = await findWrong();
      return wrong.join() === WRONG.join();
    };
    await tryUntil(isSettled, PATIENCE);
    assert.deepEqual(wrong, WRONG);
  });

  test('kustomize makes what the operator and Grafana read', async () => {
    const rendered = parseAllDocuments(await lab.mustKubectl(['kustomize', MANIFESTS]));
    const objects = rendered.map(
      (one) => one.toJS() as { kind: string; metadata: { name: string; namespace: string } },
    );
    assert.deepEqual(
      objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`),
      [
        'ConfigMap metallb-system/arpeggio-dashboard',
        'PodMonitor metallb-system/arpeggio',
        'PrometheusRule metallb-system/arpeggio-programs',
        'PrometheusRule metallb-system/arpeggio-speakers',
      ],
    );
  });

  test('every panel of the dashboard shows something', async () => {
    await lab.mustKubectl(['apply', '-k', join(MANIFESTS, 'dashboard')]);
    const labelled = ['get', 'configmap', '-n', 'metallb-system', '-l', 'grafana_dashboard=1', '-o', 'json'];
    const { items } = JSON.parse(await lab.mustKubectl(labelled)) as { items: { data: Record<string, string> }[] };
    const { panels } = JSON.parse(items[0]?.data['arpeggio.json'] ?? '{}') as Dashboard;
    assert.ok(panels.length > 15);
    for (const { title, targets } of panels) {
      for (const target of targets) {
        await pollUntil(`data in "${title}": ${target.expr}`, () => isShown(target), PATIENCE);
      }
    }
  });

  test('docs/monitoring.md has every metric, as the programs describe it', async () => {
    const found = await readExposition(lab);
    const told = readMetricRows();
    const labelsOf = new Map(told.map(({ name, labels }) => [name, labels]));
    // A metric without a sample does not say what its labels are.
    const complete = (row: MetricRow) =>
      row.labels.length > 0 ? row : { ...row, labels: labelsOf.get(row.name) ?? [] };
    assert.deepEqual(told.map(formatMetricRow), found.map(complete).map(formatMetricRow));
  });
});

/** The alerts whose expressions give something now. */
async function findWrong(): Promise<string[]> {
  const given = await Promise.all(
    readAlerts().map(async ({ alert, expr }) => ((await ask().query(expr)).length > 0 ? [alert] : [])),
  );
  return given.flat();
}

function isSpeakerDown({ alertname, node }: Alert['labels'], owner: string): boolean {
  return alertname === 'ArpeggioSpeakerDown' && node === owner;
}

type Alert = { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };

async function activeAlerts(): Promise<readonly Alert[]> {
  return (await ask().get<{ alerts: readonly Alert[] }>('alerts')).alerts;
}
