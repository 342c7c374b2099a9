// What a benchmark yields: figures with their aims, printed as a table for people and as one JSON object for programs.
import Table from 'cli-table3';

export type Figure = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Absent for reference values measured in the same run. */
  readonly aim?: { readonly relation: '<=' | '>='; readonly value: number };
};

export type BenchOptions = {
  /** Repetitions of what is repeated. */
  readonly runs?: number | undefined;
  /** How long a disturbance lasts that needs time to do harm. */
  readonly minutes?: number | undefined;
  /** Virtual time at most, where a bench has it. */
  readonly hours?: number | undefined;
  /** One size of a fleet only. */
  readonly nodes?: number | undefined;
  /** How many Services there are where their number is what matters. */
  readonly services?: number | undefined;
  /** Which parts; all when absent. */
  readonly parts?: readonly string[] | undefined;
  /** Where the plot goes. */
  readonly plot?: string | undefined;
};

export type Bench = {
  /** Measures; progress goes to `say`. */
  run(say: (line: string) => void, options: BenchOptions): Promise<Figure[]>;
};

export function isMet({ value, aim }: Figure): boolean | undefined {
  if (!aim) return undefined;
  return aim.relation === '<=' ? value <= aim.value : value >= aim.value;
}

export function formatJson(name: string, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => ({
    name: figure.name,
    value: round(figure.value),
    unit: figure.unit,
    aim: figure.aim ? `${figure.aim.relation} ${figure.aim.value}` : null,
    met: isMet(figure) ?? null,
  }));
  return JSON.stringify({ name, figures: rows });
}

export function formatTable(figures: readonly Figure[]): string {
  const table = new Table({ head: ['figure', 'value', 'unit', 'aim', 'met'], style: { head: [], border: [] } });
  for (const figure of figures) {
    const aim = figure.aim ? `${figure.aim.relation} ${figure.aim.value}` : '';
    const met = isMet(figure);
    table.push([figure.name, String(round(figure.value)), figure.unit, aim, met === undefined ? '' : String(met)]);
  }
  return table.toString();
}

/** The value below which the share `p` (0 to 1) of the samples lies. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
