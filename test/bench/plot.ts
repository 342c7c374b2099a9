// Samples in milliseconds on one scale: a dot for each, a bar at the median. As SVG for a file, as text for a terminal.
import { percentile } from './figure.ts';

export type Series = { readonly name: string; readonly samples: readonly number[] };

const SHAPE = { left: 190, width: 640, row: 44, top: 30 };
const COLUMNS = 60;

export function formatText(series: readonly Series[]): string {
  const most = mostOf(series);
  const rows = series.map(({ name, samples }) => {
    const cells = Array<string>(COLUMNS + 1).fill(' ');
    for (const sample of samples) cells[columnOf(sample, most)] = '.';
    cells[columnOf(percentile(samples, 0.5), most)] = '|';
    return `${name.padStart(26)} ${cells.join('')}`;
  });
  return [...rows, `${''.padStart(27)}0${`${Math.round(most)} ms`.padStart(COLUMNS)}`].join('\n');
}

function columnOf(sample: number, most: number): number {
  return Math.min(COLUMNS, Math.round((sample / most) * COLUMNS));
}

export function formatSvg(series: readonly Series[]): string {
  const { left, width, row, top } = SHAPE;
  const most = mostOf(series);
  const height = top + series.length * row + 40;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => tick(part, most, height));
  const rows = series.map((one, i) => drawRow(one, top + i * row + row / 2, most));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 40} ${height}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    ...ticks,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

function drawRow({ name, samples }: Series, y: number, most: number): string {
  const x = (sample: number) => (SHAPE.left + (sample / most) * SHAPE.width).toFixed(1);
  const dots = samples.map((one) => `<circle cx="${x(one)}" cy="${y}" r="3" fill="#1f6fb2" fill-opacity="0.45"/>`);
  const median = x(percentile(samples, 0.5));
  return [
    `<text x="${SHAPE.left - 10}" y="${y + 4}" text-anchor="end">${escapeXml(name)}</text>`,
    ...dots,
    `<line x1="${median}" x2="${median}" y1="${y - 12}" y2="${y + 12}" stroke="#c0392b" stroke-width="2"/>`,
  ].join('\n');
}

function tick(part: number, most: number, height: number): string {
  const x = SHAPE.left + part * SHAPE.width;
  const line = `<line x1="${x}" x2="${x}" y1="${SHAPE.top - 10}" y2="${height - 35}" stroke="#dddddd"/>`;
  return `${line}\n<text x="${x}" y="${height - 18}" text-anchor="middle">${Math.round(part * most)} ms</text>`;
}

function mostOf(series: readonly Series[]): number {
  return Math.max(1, ...series.flatMap(({ samples }) => samples)) * 1.05;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
