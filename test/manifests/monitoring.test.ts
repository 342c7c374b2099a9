// Alerts, dashboard, scraping and docs/monitoring.md agree with each other; test/e2e/monitoring.test.ts asks a Prometheus.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALERT_CASES } from './alert-cases.ts';
import {
  DOC,
  metricsIn,
  type Relabeling,
  readAlerts,
  readDashboard,
  readMetricRows,
  readPodMonitor,
  readPrometheusConfig,
} from './monitoring.ts';

const RUNBOOK = /\/docs\/monitoring\.md#(\w+)$/;
/** Labels that scraping adds. */
const SCRAPED = ['job', 'node', 'pod'];
const alerts = readAlerts();

test('every alert says how bad it is, what is wrong and what to do, and leads to its section', () => {
  assert.ok(alerts.length > 20);
  for (const { alert, labels, annotations } of alerts) {
    assert.match(labels['severity'] ?? '', /^(critical|warning|info)$/, alert);
    assert.match(annotations['summary'] ?? '', /[^.]$/, alert);
    assert.match(annotations['description'] ?? '', /\.$/, alert);
    assert.equal(RUNBOOK.exec(annotations['runbook_url'] ?? '')?.[1], alert.toLowerCase());
  }
});

test('docs/monitoring.md has a section for every alert, and for no other', () => {
  const sections = Array.from(DOC.matchAll(/^### (\w+)$/gm), ([, name = '']) => name);
  assert.deepEqual(
    sections,
    alerts.map(({ alert }) => alert),
  );
});

test('every alert is played through, and none twice', () => {
  assert.deepEqual(
    ALERT_CASES.map(({ alert }) => alert),
    alerts.map(({ alert }) => alert),
  );
});

test('alerts and panels ask for metrics that docs/monitoring.md knows', () => {
  const known = new Set(readMetricRows().map(({ name }) => name));
  const panels = readDashboard().panels.map(({ title, targets }) => ({
    title,
    exprs: targets.map(({ expr }) => expr),
  }));
  for (const { title, exprs } of [...panels, ...alerts.map(({ alert, expr }) => ({ title: alert, exprs: [expr] }))]) {
    for (const name of exprs.flatMap(metricsIn)) assert.ok(known.has(name), `${title}: ${name}`);
  }
});

test('what an alert says is made of labels that its metrics have', () => {
  const labelsOf = new Map(readMetricRows().map(({ name, labels }) => [name, labels]));
  for (const { alert, expr, annotations } of alerts) {
    const said = Object.values(annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g);
    const had = [...SCRAPED, ...metricsIn(expr).flatMap((name) => labelsOf.get(name) ?? [])];
    const known = expr.includes('arpeggio:pool_used:ratio') ? ['pool', 'family'] : had;
    for (const [, label = ''] of said) assert.ok(known.includes(label), `${alert}: ${label}`);
  }
});

test('the operator and a Prometheus without it label the programs alike', () => {
  const [endpoint] = readPodMonitor().spec.podMetricsEndpoints;
  const [scrape] = readPrometheusConfig().scrape_configs;
  // What the operator does of its own: the port, Pods that have ended, the labels of a Pod.
  const ours = scrape?.relabel_configs.slice(4);
  assert.deepEqual(endpoint?.relabelings.map(snakeCase), ours);
});

function snakeCase(relabeling: Relabeling): Relabeling {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(relabeling).map(([name, value]) => [snake(name), value]));
}
