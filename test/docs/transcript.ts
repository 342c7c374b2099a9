// Reads the commands and files out of a document, in their order (CONTRIBUTING.md says what documents may hold). Pure.

export type Command = {
  readonly kind: 'command';
  readonly section: string;
  readonly text: string;
  /** Undefined: the document shows no output, and the command has to succeed. */
  readonly shown: string | undefined;
  /** Where the shown output stands: the lines from `first` on, `end` excluded, counted from 0. */
  readonly first: number;
  readonly end: number;
};
/** A command that no lab can run, and why. */
export type NotRun = {
  readonly kind: 'not-run';
  readonly section: string;
  readonly text: string;
  readonly why: string;
};
export type File = { readonly kind: 'file'; readonly section: string; readonly name: string; readonly text: string };
export type Step = Command | NotRun | File;

type Block = { readonly language: string; readonly section: string; readonly first: number; readonly lines: string[] };

const FENCE = /^```(\S*)$/;
const HEADING = /^#+ (.*)$/;
const NOT_RUN = /^# not run by the tests: (.+)$/;
const FILE_NAME = /^# (\S+\.yaml)$/;
const PROMPT = '$ ';

export function parseSteps(document: string): Step[] {
  return blocksOf(document).flatMap(stepsOf);
}

/** The languages of all fences, in order; an empty one is a fence that says none. */
export function languagesOf(document: string): string[] {
  return blocksOf(document).map(({ language }) => language);
}

/** The document with the outputs that were seen in the place of those shown. */
export function withOutputs(document: string, seen: ReadonlyMap<Command, string>): string {
  const lines = document.split('\n');
  const byPlace = Array.from(seen).sort(([a], [b]) => b.first - a.first);
  for (const [{ first, end }, output] of byPlace) lines.splice(first, end - first, ...output.split('\n'));
  return lines.join('\n');
}

function blocksOf(document: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  let open: Block | undefined;
  document.split('\n').forEach((line, i) => {
    const fence = FENCE.exec(line);
    if (open && fence) open = undefined;
    else if (open) open.lines.push(line);
    else if (fence) {
      open = { language: fence[1] ?? '', section, first: i + 1, lines: [] };
      blocks.push(open);
    } else section = HEADING.exec(line)?.[1] ?? section;
  });
  if (open) throw new Error(`Cannot read document: the block that opens in line ${open.first} has no end`);
  return blocks;
}

function stepsOf(block: Block): Step[] {
  const { language, section, lines } = block;
  if (language === 'yaml') {
    const name = FILE_NAME.exec(lines[0] ?? '')?.[1];
    return name === undefined ? [] : [{ kind: 'file', section, name, text: `${lines.join('\n')}\n` }];
  }
  if (language !== 'console' && language !== 'sh') return [];
  const why = NOT_RUN.exec(lines[0] ?? '')?.[1];
  const found = language === 'console' ? consoleCommands(block) : shellCommands(block);
  return why === undefined ? found : found.map(({ text }) => ({ kind: 'not-run', section, text, why }));
}

/** Every line is a command; comments are none. */
function shellCommands({ section, first, lines }: Block): Command[] {
  const isCommand = (line: string) => line.trim() !== '' && !line.startsWith('#');
  return joinContinued(lines)
    .filter(({ text }) => isCommand(text))
    .map(({ text, end }) => ({
      kind: 'command',
      section,
      text,
      shown: undefined,
      first: first + end,
      end: first + end,
    }));
}

/** Lines with a prompt are commands, those after it what they print. */
function consoleCommands({ section, first, lines }: Block): Command[] {
  const joined = joinContinued(lines);
  const starts = joined.flatMap(({ text }, i) => (text.startsWith(PROMPT) ? [i] : []));
  return starts.map((start, i) => {
    const { text = '', end = 0 } = joined[start] ?? {};
    const rest = joined.slice(start + 1, starts[i + 1]).map((line) => line.text);
    const outputs = rest.slice(0, rest.findLastIndex((line) => line !== '') + 1);
    const shown = outputs.length === 0 ? undefined : outputs.join('\n');
    const at = first + end;
    return { kind: 'command', section, text: text.slice(PROMPT.length), shown, first: at, end: at + outputs.length };
  });
}

type Joined = { readonly text: string; readonly end: number };

/** A command goes on in the next line after a backslash; `end` is the line behind it. */
function joinContinued(lines: readonly string[]): Joined[] {
  const joined: Joined[] = [];
  let text = '';
  lines.forEach((line, i) => {
    text += line;
    if (line.endsWith('\\')) text += '\n';
    else {
      joined.push({ text, end: i + 1 });
      text = '';
    }
  });
  return joined;
}
