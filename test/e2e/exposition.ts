// What the programs of a lab expose, read as the rows of the table in docs/monitoring.md.
import type { Lab } from '#test/lab/lab.ts';
import type { MetricRow } from '#test/manifests/monitoring.ts';
import { type Pod, readPods } from './pods.ts';

/** By name; the labels are those of the samples there are. */
export async function readExposition(lab: Lab): Promise<MetricRow[]> {
  const rows = await Promise.all((await readPods(lab)).map((pod) => readPod(lab, pod)));
  return mergeRows(rows.flat());
}

async function readPod(lab: Lab, { metadata, status }: Pod): Promise<MetricRow[]> {
  const program = metadata.labels['app.kubernetes.io/component'] ?? '';
  const { stdout } = await lab.exec('control', ['curl', '-s', `http://${status.podIP}:7472/metrics`]);
  return parseExposition(stdout, program);
}

export function parseExposition(text: string, program: string): MetricRow[] {
  const typeOf = new Map(
    Array.from(text.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name = '', type = '']) => [name, type]),
  );
  return Array.from(text.matchAll(/^# HELP (\S+) (.*)$/gm), ([, name = '', meaning = '']) => ({
    ...{ name, meaning, type: typeOf.get(name) ?? '' },
    ...{ programs: [program], labels: labelsOf(name, text) },
  }));
}

function labelsOf(name: string, text: string): string[] {
  const samples = text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? \\S+$`, 'gm'));
  const names = Array.from(samples, ([, labels = '']) =>
    Array.from(labels.matchAll(/(\w+)="/g), ([, label = '']) => label),
  );
  return unique(names.flat()).filter((label) => label !== 'le');
}

function mergeRows(rows: readonly MetricRow[]): MetricRow[] {
  const byName = Map.groupBy(rows, ({ name }) => name);
  const merged = Array.from(byName.values(), ([first, ...others]) => {
    const all = [first as MetricRow, ...others];
    const labels = unique(all.flatMap((row) => row.labels)).sort();
    return { ...(first as MetricRow), labels, programs: unique(all.flatMap((row) => row.programs)).sort() };
  });
  return merged.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}
