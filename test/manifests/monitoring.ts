// What manifests/monitoring/ and docs/monitoring.md say, as data.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = new URL('../../', import.meta.url).pathname;

export type AlertRule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
};
type Rule = AlertRule | { readonly record: string; readonly expr: string };
export type RuleFile = { readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[] };
type PrometheusRule = { readonly metadata: { readonly name: string }; readonly spec: RuleFile };

export type Relabeling = { readonly [field: string]: unknown };
type PodMonitor = {
  readonly spec: { readonly podMetricsEndpoints: readonly { readonly relabelings: Relabeling[] }[] };
};
export type ScrapeConfig = {
  readonly kubernetes_sd_configs: readonly object[];
  readonly relabel_configs: readonly Relabeling[];
};
export type PrometheusConfig = { readonly scrape_configs: readonly ScrapeConfig[] };

export type Target = { readonly expr: string; readonly legendFormat: string };
export type Panel = { readonly title: string; readonly targets: readonly Target[] };
export type Dashboard = { readonly panels: readonly Panel[] };

/** A row of the table in docs/monitoring.md. */
export type MetricRow = {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly programs: readonly string[];
  readonly meaning: string;
};

export const DOC = read('docs/monitoring.md');

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Each PrometheusRule by its name, unwrapped to what a rule file holds. */
export function readRuleFiles(): Map<string, RuleFile> {
  const objects = globSync('manifests/monitoring/*rules.yaml', { cwd: ROOT }).map(
    (path) => parse(read(path)) as PrometheusRule,
  );
  return new Map(objects.map(({ metadata, spec }) => [metadata.name, spec]));
}

export function readAlerts(): AlertRule[] {
  const rules = [...readRuleFiles().values()].flatMap(({ groups }) => groups.flatMap((group) => group.rules));
  return rules.filter((rule) => 'alert' in rule);
}

export function readPodMonitor(): PodMonitor {
  return parse(read('manifests/monitoring/pod-monitor.yaml')) as PodMonitor;
}

export function readPrometheusConfig(): PrometheusConfig {
  return parse(read('manifests/monitoring/prometheus.yaml')) as PrometheusConfig;
}

export function readDashboard(): Dashboard {
  return JSON.parse(read('manifests/monitoring/dashboard/arpeggio.json')) as Dashboard;
}

export function readMetricRows(): MetricRow[] {
  return Array.from(DOC.matchAll(/^\| `(\w+)` \| (\w+) \| (.*) \| (.*) \| (.*) \|$/gm), (match) => {
    const [, name = '', type = '', labels = '', programs = '', meaning = ''] = match;
    return { name, type, labels: split(labels), programs: split(programs), meaning };
  });
}

function split(cell: string): string[] {
  return cell.split(', ').filter((word) => word !== '–');
}

/** As it stands in the table. */
export function formatMetricRow({ name, type, labels, programs, meaning }: MetricRow): string {
  return `| \`${name}\` | ${type} | ${labels.join(', ') || '–'} | ${programs.join(', ')} | ${meaning} |`;
}

/** The metrics that an expression asks for, a histogram's series by the histogram's name. */
export function metricsIn(expr: string): string[] {
  return Array.from(expr.matchAll(/\b(?:arpeggio|metallb)_\w+/g), ([name]) => name.replace(/_bucket$/, ''));
}
